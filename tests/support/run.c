/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "golden.h"
#include "siamban-weights-private.h"

#define CROP_SIZE 511
#define JPEG_QUALITY 95

static const char
    config_text[] = "BACKBONE:\n"
                    "  TYPE: mobilenetv2\n"
                    "  KWARGS: {used_layers: [3], width_mult: 0.25}\n"
                    "  PRETRAINED: ''\n"
                    "  TRAIN_EPOCH: 2\n"
                    "  TRAIN_LAYERS: [layer2, layer3]\n"
                    "ADJUST:\n"
                    "  ADJUST: true\n"
                    "  TYPE: AdjustAllLayer\n"
                    "  KWARGS: {in_channels: [8], out_channels: [8]}\n"
                    "BAN:\n"
                    "  BAN: true\n"
                    "  TYPE: MultiBAN\n"
                    "  KWARGS: {in_channels: [8], cls_out_channels: 2, weighted: false}\n"
                    "TRAIN:\n"
                    "  EPOCH: 3\n"
                    "  BATCH_SIZE: 2\n"
                    "  NUM_WORKERS: 1\n"
                    "  PRINT_FREQ: 2\n"
                    "  BASE_LR: 0.01\n"
                    "  SEED: 5\n"
                    "  LR: {TYPE: log, KWARGS: {start_lr: 0.01, end_lr: 0.005}}\n"
                    "  LR_WARMUP: {WARMUP: false}\n"
                    "DATASET:\n"
                    "  NAMES: [TINY]\n"
                    "  VIDEOS_PER_EPOCH: 6\n"
                    "  NEG: 0.1\n";

/* The side of the target in a crop: it and half of it around fill the template. */
static void
measure_target (double w, double h, int *target_w, int *target_h)
{
  const double context = 0.5 * (w + h);
  const double scale = 127 / sqrt ((w + context) * (h + context));

  *target_w = (int) (w * scale);
  *target_h = (int) (h * scale);
}

static void
draw_target (guint8 *pixels, int w, int h, guint8 shade)
{
  for (int y = (CROP_SIZE - h) / 2; y < (CROP_SIZE + h) / 2; y++)
    for (int x = (CROP_SIZE - w) / 2; x < (CROP_SIZE + w) / 2; x++)
      {
        guint8 *pixel = pixels + 3 * (y * CROP_SIZE + x);

        pixel[0] = shade;
        pixel[1] = (guint8) (255 - shade);
        pixel[2] = (x + y) % 16 < 8 ? 255 : 0;
      }
}

char *
run_crop_path (const char *folder, guint video, guint frame)
{
  return g_strdup_printf ("%s/crop511/v%u/%06u.00.x.jpg", folder, video, frame);
}

int
run_read_pid (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "status.json", NULL);
  g_autofree char *status = NULL;
  int pid = 0;

  g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
  g_assert_cmpint (sscanf (strstr (status, "\"pid\""), "\"pid\" : %d", &pid), ==, 1);

  return pid;
}

static void
save_crop (const char *folder, guint video, guint frame, double w, double h)
{
  g_autofree char *name = g_strdup_printf ("run.%u.%u", video, frame);
  g_autofree char *path = run_crop_path (folder, video, frame);
  g_autofree char *parent = g_path_get_dirname (path);
  guint8 *pixels = golden_pattern (name, CROP_SIZE, CROP_SIZE);
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, 3 * CROP_SIZE * CROP_SIZE);
  g_autoptr (SiambanImage) image = NULL;
  g_autoptr (GError) error = NULL;
  int target_w, target_h;

  measure_target (w, h, &target_w, &target_h);
  draw_target (pixels, target_w, target_h, (guint8) (60 * video));
  image = siamban_image_new_from_data (CROP_SIZE, CROP_SIZE, bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0777), ==, 0);
  siamban_image_save (image, path, JPEG_QUALITY, &error);
  g_assert_no_error (error);
}

void
run_make_data (const char *folder)
{
  g_autoptr (GString) text = g_string_new ("{");

  for (guint video = 0; video < RUN_N_VIDEOS; video++)
    {
      g_string_append_printf (text, "%s\"v%u\": {\"00\": {", video > 0 ? ", " : "", video);
      for (guint frame = 0; frame < RUN_N_FRAMES; frame++)
        {
          const double w = 60 + 20 * video, h = 80 + 5 * frame;

          save_crop (folder, video, frame, w, h);
          g_string_append_printf (text, "%s\"%06u\": [0, 0, %.0f, %.0f]", frame > 0 ? ", " : "",
                                  frame, w, h);
        }
      g_string_append (text, "}}");
    }
  g_string_append (text, "}");

  files_write (folder, "train.json", text->str);
}

void
run_set (SiambanConfig *config, const char *assignment)
{
  g_autoptr (GError) error = NULL;

  siamban_config_set_from_string (config, assignment, &error);
  g_assert_no_error (error);
}

static void
set_path (SiambanConfig *config, const char *key, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  siamban_config_set_string (config, key, path, &error);
  g_assert_no_error (error);
}

SiambanConfig *
run_make_config (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "tiny.yaml", NULL);
  g_autoptr (GError) error = NULL;
  SiambanConfig *config;

  files_write (folder, "tiny.yaml", config_text);
  config = siamban_config_new_from_file (path, &error);
  g_assert_no_error (error);
  set_path (config, "DATASET.TINY.ROOT", folder, "crop511");
  set_path (config, "DATASET.TINY.ANNO", folder, "train.json");
  run_set (config, "DATASET.TINY.FRAME_RANGE=2");

  return config;
}

SiambanTrainer *
run_make_trainer (SiambanConfig *config, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = siamban_device_open ("cpu", NULL);
  SiambanTrainer *trainer;

  /* Built without the fast engine. */
  if (device == NULL)
    device = siamban_device_open ("reference", &error);
  g_assert_no_error (error);
  /* So small a network only loses by threads that wait for each other. */
  siamban_device_set_n_threads (device, 1);
  trainer = siamban_trainer_new (config, device, path, &error);
  g_assert_no_error (error);

  return trainer;
}

void
run_train (SiambanTrainer *trainer)
{
  g_autoptr (GError) error = NULL;
  const gboolean done = siamban_trainer_run (trainer, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

char *
run_digest (SiambanTrainer *trainer)
{
  SiambanWeights *weights = siamban_model_get_weights (siamban_trainer_get_model (trainer));
  const SiambanWeightsStore *store = _siamban_weights_get_store (weights);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *) store->values,
                     (gssize) (store->n_values * sizeof (float)));
  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);

      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_COUNTER)
        g_checksum_update (checksum, (const guchar *) _siamban_parameter_peek_counter (parameter),
                           sizeof (gint64));
    }

  return g_strdup (g_checksum_get_string (checksum));
}

char *
run_read (const char *folder, const char *name, const char *file)
{
  g_autofree char *path = g_build_filename (folder, name, file, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);

  return text;
}

void
run_set_up (RunFixture *fixture, gconstpointer data)
{
  fixture->folder = files_make_folder ();
  run_make_data (fixture->folder);
  fixture->config = run_make_config (fixture->folder);
}

void
run_tear_down (RunFixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->config);
  files_remove_tree (fixture->folder);
  g_free (fixture->folder);
}
