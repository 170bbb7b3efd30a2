/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban.h"

/* Every shipped configuration, in both phases of a training and in tracking, as the CPU engine
 * plans it: nothing may go to the loops that oneDNN calls its reference, which take minutes. */

static SiambanDevice *device;

static void
check (const char *name, const char *what, SiambanGraph *graph, gboolean training)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanProgram) program = NULL;
  g_autofree char *text = NULL;

  g_assert_nonnull (graph);
  program = siamban_device_compile (device, graph, training, &error);
  g_assert_no_error (error);
  text = siamban_program_to_string (program);
  g_assert_nonnull (strstr (text, "steps forward"));
  if (strstr (text, "ref:") != NULL)
    g_error ("%s, %s, goes to oneDNN's reference loops:\n%s", name, what, text);
}

static void
check_training (const char *name, SiambanModel *model, guint epoch)
{
  g_autofree char *what = g_strdup_printf ("training in epoch %u", epoch);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = NULL;

  siamban_model_set_epoch (model, epoch);
  graph = siamban_model_build_training (model, 2, &error);
  g_assert_no_error (error);
  check (name, what, graph, TRUE);
}

static void
test_config (gconstpointer data)
{
  const char *path = data;
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, &error);
  g_autoptr (SiambanModel) model = NULL;
  g_autoptr (SiambanGraph) search = NULL;
  g_autoptr (SiambanGraph) template = NULL;
  gint64 train_epoch;

  g_assert_no_error (error);
  model = siamban_model_new (config, &error);
  g_assert_no_error (error);

  train_epoch = siamban_config_get_int (config, "BACKBONE.TRAIN_EPOCH");
  check_training (name, model, (guint) train_epoch);
  if (train_epoch > 0)
    check_training (name, model, 0);

  search = siamban_model_build_search (model, 1, &error);
  g_assert_no_error (error);
  check (name, "tracking", search, FALSE);
  template = siamban_model_build_template (model, 1, &error);
  g_assert_no_error (error);
  check (name, "the template", template, FALSE);
}

static guint
add_configs (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) files = g_dir_open (folder, 0, &error);
  const char *file;
  guint n = 0;

  g_assert_no_error (error);
  while ((file = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *test = g_strconcat ("/engine-configs/", file, NULL);

      if (!g_str_has_suffix (file, ".yaml"))
        continue;
      g_test_add_data_func_full (test, g_build_filename (folder, file, NULL), test_config, g_free);
      n++;
    }

  return n;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);

  device = siamban_device_open ("cpu", &error);
  if (device == NULL)
    {
      g_test_skip (error->message);
      return g_test_run ();
    }

  g_assert_cmpuint (add_configs (g_getenv ("SIAMBAN_CONFIGS")), >=, 5);
  status = g_test_run ();
  g_object_unref (device);

  return status;
}
