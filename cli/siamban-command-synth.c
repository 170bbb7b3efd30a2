/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "siamban-cli.h"

typedef struct
{
  char *folder;
  int n_videos;
  int n_frames;
  gint64 seed;
  char *size;
  int n_threads;
  gboolean frames_only;
  gboolean crops_only;
  gboolean json;
  guint width, height;
} SynthOptions;

static gboolean
parse_size (SynthOptions *options, GError **error)
{
  char rest;

  options->width = 320;
  options->height = 240;
  if (options->size != NULL &&
      sscanf (options->size, "%4ux%4u%c", &options->width, &options->height, &rest) != 2)
    {
      cli_set_usage_error (error, _ ("--size is “%s”, but looks like 320x240"), options->size);
      return FALSE;
    }

  return cli_check_range (_ ("the width of --size"), options->width, 64, 4096, error) &&
         cli_check_range (_ ("the height of --size"), options->height, 64, 4096, error);
}

static gboolean
check (SynthOptions *options, GError **error)
{
  if (options->frames_only && options->crops_only)
    {
      cli_set_usage_error (error, _ ("--frames-only and --crops-only exclude each other"));
      return FALSE;
    }

  return cli_check_given ("--output", options->folder != NULL, error) &&
         cli_check_range ("--videos", options->n_videos, 1, 1000000, error) &&
         cli_check_range ("--frames", options->n_frames, 1, 1000000, error) &&
         cli_check_range ("--seed", options->seed, 0, G_MAXINT64, error) &&
         cli_check_range ("--threads", options->n_threads, 0, 1024, error) &&
         parse_size (options, error);
}

static gboolean
parse (SynthOptions *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->folder,
      N_ ("Where the folders crops/ and frames/ go"), N_ ("DIR") },
    { "videos", 'v', 0, G_OPTION_ARG_INT, &options->n_videos, N_ ("How many clips (20)"),
      N_ ("N") },
    { "frames", 'n', 0, G_OPTION_ARG_INT, &options->n_frames, N_ ("Frames of each clip (60)"),
      N_ ("N") },
    { "seed", 's', 0, G_OPTION_ARG_INT64, &options->seed,
      N_ ("Another number makes other clips (1)"), N_ ("S") },
    { "size", 0, 0, G_OPTION_ARG_STRING, &options->size, N_ ("Size of the frames (320x240)"),
      N_ ("WxH") },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options->n_threads,
      N_ ("Work on this many frames at a time; 0 for one a processor"), N_ ("N") },
    { "frames-only", 0, 0, G_OPTION_ARG_NONE, &options->frames_only,
      N_ ("Write frames/: clips with ground truth, to track"), NULL },
    { "crops-only", 0, 0, G_OPTION_ARG_NONE, &options->crops_only,
      N_ ("Write crops/: crops and train.json, to train on"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print the report as JSON"), NULL },
    { NULL },
  };

  return cli_parse (entries, NULL,
                    N_ ("Generates clips of moving things with the exact box of one of them."),
                    &argc, &argv, error) &&
         cli_check_no_arguments (argc, argv, error) && check (options, error);
}

static SiambanPrepareReport *
write_crops (SiambanSynth *synth, const char *folder, SynthOptions *options, GError **error)
{
  g_autoptr (SiambanSynthImporter) importer = siamban_synth_importer_new (synth, folder);

  siamban_importer_set_n_threads (SIAMBAN_IMPORTER (importer), (guint) options->n_threads);
  if (!cli_run_importer (SIAMBAN_IMPORTER (importer), error))
    return NULL;

  return siamban_prepare_report_ref (siamban_importer_get_report (SIAMBAN_IMPORTER (importer)));
}

static void
print_json (SynthOptions *options,
            const char *crops,
            const char *frames,
            SiambanPrepareReport *report)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  if (!options->crops_only)
    cli_json_string (builder, "frames-folder", frames);
  if (report != NULL)
    {
      cli_json_string (builder, "folder", crops);
      cli_json_report (builder, report);
    }
  json_builder_end_object (builder);
  cli_print_json (builder);
}

static gboolean
run (SynthOptions *options, GError **error)
{
  g_autofree char *crops = g_build_filename (options->folder, "crops", NULL);
  g_autofree char *frames = g_build_filename (options->folder, "frames", NULL);
  g_autoptr (SiambanSynth)
      synth = siamban_synth_new ((guint64) options->seed, (guint) options->n_videos,
                                 (guint) options->n_frames, options->width, options->height);
  g_autoptr (SiambanPrepareReport) report = NULL;

  if (!options->crops_only)
    {
      if (!siamban_synth_write_frames (synth, frames, error))
        return FALSE;
      if (!options->json)
        g_print (_ ("%d clips of %d frames in “%s”\n"), options->n_videos, options->n_frames,
                 frames);
    }
  if (!options->frames_only)
    {
      report = write_crops (synth, crops, options, error);
      if (report == NULL)
        return FALSE;
      if (!options->json)
        {
          cli_print_report (report);
          g_print (_ ("Train on them with --set DATASET.SYNTH.ROOT='%s' "
                      "--set DATASET.SYNTH.ANNO='%s/train.json'\n"),
                   crops, crops);
        }
    }
  if (options->json)
    print_json (options, crops, frames, report);

  return TRUE;
}

gboolean
cli_synth (int argc, char **argv, GError **error)
{
  SynthOptions options = { .n_videos = 20, .n_frames = 60, .seed = 1 };
  const gboolean done = parse (&options, argc, argv, error) && run (&options, error);

  g_free (options.folder);
  g_free (options.size);

  return done;
}
