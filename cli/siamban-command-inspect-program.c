/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

typedef struct
{
  char **settings;
  CliDeviceOptions device;
  int epoch;
  int batch_size;
  gboolean inference;
} ProgramOptions;

static gboolean
parse (ProgramOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    CLI_SET_OPTION (&options->settings),
    CLI_DEVICE_OPTIONS (&options->device),
    { "epoch", 'e', 0, G_OPTION_ARG_INT, &options->epoch,
      N_ ("Plan the training of this epoch (1)"), N_ ("N") },
    { "batch", 'b', 0, G_OPTION_ARG_INT, &options->batch_size,
      N_ ("Batch size, if not that of the configuration"), N_ ("N") },
    { "inference", 0, 0, G_OPTION_ARG_NONE, &options->inference,
      N_ ("Plan the use of the network, not its training"), NULL },
    { NULL },
  };

  return cli_parse (entries, N_ ("CONFIG"),
                    N_ ("Prints what an engine makes of the network: fused operations, layouts, "
                        "memory."),
                    argc, argv, error) &&
         cli_check_config_argument (*argc, *argv, error) &&
         cli_check_range ("--epoch", options->epoch, 1, 1000000, error) &&
         cli_check_range ("--batch", options->batch_size, 0, 65536, error);
}

static gboolean
run (ProgramOptions *options, const char *path, GError **error)
{
  g_autoptr (SiambanConfig) config = cli_load_config (path, options->settings, error);
  g_autoptr (SiambanDevice) device = NULL;
  g_autoptr (SiambanModel) model = NULL;
  g_autoptr (SiambanGraph) graph = NULL;
  g_autoptr (SiambanProgram) program = NULL;
  g_autofree char *text = NULL;
  g_autofree char *memory = NULL;
  guint batch_size;

  device = config != NULL ? cli_open_device (&options->device, error) : NULL;
  model = device != NULL ? siamban_model_new (config, error) : NULL;
  if (model == NULL)
    return FALSE;

  batch_size = options->batch_size > 0
                   ? (guint) options->batch_size
                   : (guint) siamban_config_get_int (config, "TRAIN.BATCH_SIZE");
  siamban_model_set_epoch (model, (guint) options->epoch - 1);
  graph = options->inference ? siamban_model_build_inference (model, batch_size, error)
                             : siamban_model_build_training (model, batch_size, error);
  program = graph != NULL ? siamban_device_compile (device, graph, !options->inference, error)
                          : NULL;
  if (program == NULL)
    return FALSE;

  text = siamban_program_to_string (program);
  memory = g_format_size_full (siamban_program_get_memory (program), G_FORMAT_SIZE_IEC_UNITS);
  g_print (_ ("%s\n\nmemory of a step: %s, with batches of %u, on %s\n"), g_strchomp (text), memory,
           batch_size, siamban_device_get_id (device));

  return TRUE;
}

gboolean
cli_inspect_program (int argc, char **argv, GError **error)
{
  ProgramOptions options = { .epoch = 1 };
  const gboolean done = parse (&options, &argc, &argv, error) && run (&options, argv[1], error);

  g_strfreev (options.settings);
  cli_clear_device_options (&options.device);

  return done;
}
