/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-demo.h"

#include <string.h>

#define SEED 1
#define N_VIDEOS 120
#define N_FRAMES 10
/* Clips that are not among those to learn from. */
#define TEST_SEED 1001
#define N_TEST_VIDEOS 3
#define N_TEST_FRAMES 60
#define WIDTH 320
#define HEIGHT 240
/* Written last: what is there is complete. */
#define STAMP "complete"

static const char *const changes[] = {
  "META_ARC=demo",
  "TRAIN.EPOCH=20",
  "DATASET.VIDEOS_PER_EPOCH=800",
};

typedef struct
{
  char *folder;
  SiambanDemoProgress progress;
  gpointer user_data;
} Demo;

static void
free_demo (gpointer data)
{
  Demo *demo = data;

  g_free (demo->folder);
  g_free (demo);
}

static gboolean
set_path (SiambanConfig *config,
          const char *key,
          const char *folder,
          const char *name,
          GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return siamban_config_set_string (config, key, path, error);
}

static SiambanConfig *
make_config (const char *folder, GError **error)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (GBytes) bytes = g_resources_lookup_data (
      "/io/github/siamban/Siamban/siamban_r18_small.yaml", G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  if (bytes == NULL || !siamban_config_load_bytes (config, bytes, "siamban_r18_small.yaml", error))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    if (!siamban_config_set_from_string (config, changes[i], error))
      return NULL;
  if (!set_path (config, "DATASET.SYNTH.ROOT", folder, "crops", error) ||
      !set_path (config, "DATASET.SYNTH.ANNO", folder, "crops" G_DIR_SEPARATOR_S "train.json",
                 error))
    return NULL;

  return g_steal_pointer (&config);
}

static void
finish (GTask *task)
{
  const Demo *demo = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  SiambanConfig *config = make_config (demo->folder, &error);

  if (config != NULL)
    g_task_return_pointer (task, config, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
write_frames (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const char *folder = g_task_get_task_data (task);
  g_autofree char *frames = g_build_filename (folder, "frames", NULL);
  g_autofree char *stamp = g_build_filename (folder, STAMP, NULL);
  g_autoptr (SiambanSynth)
      synth = siamban_synth_new (TEST_SEED, N_TEST_VIDEOS, N_TEST_FRAMES, WIDTH, HEIGHT);
  g_autoptr (GError) error = NULL;

  if (siamban_synth_write_frames (synth, frames, &error) &&
      g_file_set_contents (stamp, "", 0, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
frames_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    finish (task);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
cropped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  const Demo *demo = g_task_get_task_data (task);
  g_autoptr (GTask) frames = NULL;
  g_autoptr (GError) error = NULL;

  g_signal_handlers_disconnect_by_data (source, (gpointer) demo);
  if (!siamban_importer_run_finish (SIAMBAN_IMPORTER (source), result, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }

  frames = g_task_new (NULL, g_task_get_cancellable (task), frames_written_cb, task);
  g_task_set_task_data (frames, g_strdup (demo->folder), g_free);
  g_task_run_in_thread (frames, write_frames);
}

static void
progress_cb (SiambanImporter *importer, guint n_done, guint n_frames, gpointer user_data)
{
  const Demo *demo = user_data;

  demo->progress ((double) n_done / MAX (n_frames, 1), demo->user_data);
}

void
siamban_demo_prepare_async (const char *folder,
                            GCancellable *cancellable,
                            SiambanDemoProgress progress,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (SiambanSynth) synth = siamban_synth_new (SEED, N_VIDEOS, N_FRAMES, WIDTH, HEIGHT);
  g_autoptr (SiambanSynthImporter) importer = NULL;
  g_autofree char *crops = g_build_filename (folder, "crops", NULL);
  g_autofree char *stamp = g_build_filename (folder, STAMP, NULL);
  Demo *demo = g_new0 (Demo, 1);

  demo->folder = g_strdup (folder);
  demo->progress = progress;
  demo->user_data = user_data;
  g_task_set_source_tag (task, siamban_demo_prepare_async);
  g_task_set_task_data (task, demo, free_demo);
  if (g_file_test (stamp, G_FILE_TEST_EXISTS))
    {
      finish (task);
      g_object_unref (task);
      return;
    }

  importer = siamban_synth_importer_new (synth, crops);
  g_signal_connect (importer, "progress", G_CALLBACK (progress_cb), demo);
  siamban_importer_run_async (SIAMBAN_IMPORTER (importer), cancellable, cropped_cb, task);
}

SiambanConfig *
siamban_demo_prepare_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
