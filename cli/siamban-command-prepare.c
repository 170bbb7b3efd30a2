/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

typedef struct
{
  char **sources;
  char *folder;
  int n_threads;
  gboolean force;
  gboolean json;
} PrepareOptions;

static gboolean
parse (PrepareOptions *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->folder,
      N_ ("Where the crops and train.json go"), N_ ("DIR") },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &options->force,
      N_ ("Make crops of an earlier run again, even if they are good"), NULL },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options->n_threads,
      N_ ("Work on this many frames at a time; 0 for one a processor"), N_ ("N") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print the report as JSON"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->sources, NULL, NULL },
    { NULL },
  };

  if (!cli_parse (entries, N_ ("SOURCE…"),
                  N_ ("Cuts the target out of every frame and lists the boxes in train.json.\n\n"
                      "A source is a folder of images with a groundtruth.txt, or a folder of such "
                      "folders."),
                  &argc, &argv, error) ||
      !cli_check_range ("--threads", options->n_threads, 0, 1024, error) ||
      !cli_check_given ("--output", options->folder != NULL, error))
    return FALSE;

  if (options->sources == NULL)
    cli_set_usage_error (error, _ ("A folder of frames is missing"));

  return options->sources != NULL;
}

static void
print_hint (const char *folder)
{
  g_print (_ ("Train on them with --set DATASET.NAMES='[MINE]' --set DATASET.MINE.ROOT='%s' "
              "--set DATASET.MINE.ANNO='%s/train.json'\n"),
           folder, folder);
}

static gboolean
run (PrepareOptions *options, GError **error)
{
  g_autoptr (SiambanFramesImporter) frames = siamban_frames_importer_new (
      (const char *const *) options->sources, options->folder);
  SiambanImporter *importer = SIAMBAN_IMPORTER (frames);
  SiambanPrepareReport *report;

  siamban_importer_set_force (importer, options->force);
  siamban_importer_set_n_threads (importer, (guint) options->n_threads);
  if (!cli_run_importer (importer, error))
    return FALSE;

  report = siamban_importer_get_report (importer);
  if (options->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      cli_json_string (builder, "folder", options->folder);
      cli_json_report (builder, report);
      json_builder_end_object (builder);
      cli_print_json (builder);

      return TRUE;
    }

  cli_print_report (report);
  print_hint (options->folder);

  return TRUE;
}

static gboolean
prepare_frames (int argc, char **argv, GError **error)
{
  PrepareOptions options = { 0 };
  const gboolean done = parse (&options, argc, argv, error) && run (&options, error);

  g_strfreev (options.sources);
  g_free (options.folder);

  return done;
}

gboolean
cli_prepare (int argc, char **argv, GError **error)
{
  static const CliCommand formats[] = {
    { "frames", prepare_frames,
      N_ ("Folders of images with a groundtruth.txt: OTB, VOT, LaSOT …") },
    { NULL },
  };

  return cli_dispatch (formats, N_ ("Makes what training reads of your own recordings."), argc,
                       argv, error);
}
