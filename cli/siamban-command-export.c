/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <glib/gstdio.h>

#include "siamban-cli.h"

typedef struct
{
  char **settings;
  char *snapshot;
  char *output;
  int batch_size;
} ExportOptions;

static gboolean
parse (ExportOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "snapshot", 'p', 0, G_OPTION_ARG_FILENAME, &options->snapshot,
      N_ ("The weights: a checkpoint, or a file of PyTorch's"), N_ ("FILE") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("The folder for template.onnx and search.onnx"), N_ ("DIR") },
    { "batch", 'b', 0, G_OPTION_ARG_INT, &options->batch_size, N_ ("Images in a batch (1)"),
      N_ ("N") },
    CLI_SET_OPTION (&options->settings),
    { NULL },
  };

  options->batch_size = 1;

  return cli_parse (entries, N_ ("CONFIG"),
                    N_ ("Writes the network that tracks in ONNX's format: what is computed of the "
                        "template once, and what is computed of each frame."),
                    argc, argv, error) &&
         cli_check_config_argument (*argc, *argv, error) &&
         cli_check_given ("--snapshot", options->snapshot != NULL, error) &&
         cli_check_given ("--output", options->output != NULL, error) &&
         cli_check_range ("--batch", options->batch_size, 1, 4096, error);
}

static SiambanModel *
load_model (ExportOptions *options, const char *path, GError **error)
{
  g_autoptr (SiambanConfig) config = cli_load_config (path, options->settings, error);
  g_autoptr (SiambanModel) model = config != NULL ? siamban_model_new (config, error) : NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = NULL;
  g_autoptr (SiambanLoadReport) report = NULL;
  const char *const *missing;

  if (model == NULL)
    return NULL;
  checkpoint = siamban_checkpoint_new_from_file (options->snapshot, error);
  if (checkpoint == NULL)
    return NULL;
  report = siamban_checkpoint_apply (checkpoint, siamban_model_get_weights (model), "", error);
  if (report == NULL)
    return NULL;
  missing = siamban_load_report_get_missing (report);
  if (missing[0] == NULL)
    return g_steal_pointer (&model);

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS,
               _ ("%s: %u parameters of the network are missing, such as “%s”"), options->snapshot,
               g_strv_length ((char **) missing), missing[0]);

  return NULL;
}

static gboolean
save (ExportOptions *options, SiambanGraph *graph, const char *name, GError **error)
{
  g_autofree char *file = g_strconcat (name, ".onnx", NULL);
  g_autofree char *path = g_build_filename (options->output, file, NULL);

  if (graph == NULL || !siamban_onnx_save (graph, name, path, error))
    return FALSE;
  g_print ("%s\n", path);

  return TRUE;
}

static gboolean
run (ExportOptions *options, const char *path, GError **error)
{
  const guint batch_size = (guint) options->batch_size;
  g_autoptr (SiambanModel) model = load_model (options, path, error);
  g_autoptr (SiambanGraph) template = NULL;
  g_autoptr (SiambanGraph) search = NULL;

  if (model == NULL)
    return FALSE;
  if (g_mkdir_with_parents (options->output, 0777) != 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, _ ("Cannot make the folder “%s”: %s"),
                   options->output, g_strerror (errno));
      return FALSE;
    }
  template = siamban_model_build_template (model, batch_size, error);
  if (!save (options, template, "template", error))
    return FALSE;
  search = siamban_model_build_search (model, batch_size, error);

  return save (options, search, "search", error);
}

gboolean
cli_export (int argc, char **argv, GError **error)
{
  ExportOptions options = { 0 };
  const gboolean done = parse (&options, &argc, &argv, error) && run (&options, argv[1], error);

  g_strfreev (options.settings);
  g_free (options.snapshot);
  g_free (options.output);

  return done;
}
