/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <glib/gstdio.h>

#include "siamban-cli-overlay.h"
#include "siamban-cli.h"

typedef struct
{
  char **settings;
  char *config;
  char *snapshot;
  char **frames;
  char **more_frames; /* what is no option is one more folder */
  char *init;
  char *output;
  char *overlay;
  CliDeviceOptions device;
  gboolean json;
  SiambanBox box; /* of --init */
} TrackOptions;

/* What became of one sequence. */
typedef struct
{
  char *name;
  guint n_frames;
  double fps;                    /* of the tracker, without reading and writing */
  SiambanEvaluation *evaluation; /* NULL without ground truth */
} Row;

static void
row_free (gpointer data)
{
  Row *self = data;

  g_free (self->name);
  g_clear_pointer (&self->evaluation, siamban_evaluation_unref);
  g_free (self);
}

/* `x,y,width,height` */
static gboolean
parse_init (TrackOptions *options, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (options->init, ",", -1);
  double numbers[4] = { 0 };
  gboolean good = g_strv_length (parts) == G_N_ELEMENTS (numbers);

  for (guint i = 0; good && i < G_N_ELEMENTS (numbers); i++)
    {
      char *end;

      numbers[i] = g_ascii_strtod (parts[i], &end);
      good = end != parts[i] && *end == '\0';
    }

  options->box = (SiambanBox){ numbers[0], numbers[1], numbers[0] + numbers[2],
                               numbers[1] + numbers[3] };
  if (good && siamban_box_is_valid (&options->box))
    return TRUE;

  cli_set_usage_error (error, _ ("--init is “%s”, but is x,y,width,height of a box with an area"),
                       options->init);

  return FALSE;
}

static void
gather_frames (TrackOptions *options)
{
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();

  if (options->frames != NULL)
    g_strv_builder_addv (all, (const char **) options->frames);
  if (options->more_frames != NULL)
    g_strv_builder_addv (all, (const char **) options->more_frames);
  g_strfreev (options->frames);
  options->frames = g_strv_builder_end (all);
}

static gboolean
check (TrackOptions *options, GError **error)
{
  const guint n_folders = g_strv_length (options->frames);

  if (!cli_check_given ("--config", options->config != NULL, error) ||
      !cli_check_given ("--snapshot", options->snapshot != NULL, error) ||
      !cli_check_given ("--frames", n_folders > 0, error) ||
      !cli_check_given ("--output", options->output != NULL, error) ||
      !cli_check_range ("--threads", options->device.n_threads, 0, 1024, error))
    return FALSE;

  if (options->init == NULL)
    return TRUE;
  if (n_folders > 1)
    {
      cli_set_usage_error (error, _ ("--init is for one folder of frames, but there are %u"),
                           n_folders);
      return FALSE;
    }

  return parse_init (options, error);
}

static gboolean
parse (TrackOptions *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config,
      N_ ("The configuration that was trained"), N_ ("CONFIG") },
    { "snapshot", 'p', 0, G_OPTION_ARG_FILENAME, &options->snapshot,
      N_ ("The weights: a checkpoint, or a file of PyTorch's"), N_ ("FILE") },
    { "frames", 'f', 0, G_OPTION_ARG_FILENAME_ARRAY, &options->frames,
      N_ ("A folder of images, or a video; may be given again"), N_ ("DIR|FILE") },
    { "init", 'i', 0, G_OPTION_ARG_STRING, &options->init,
      N_ ("The target in the first frame, if not the first box of the ground truth"),
      N_ ("X,Y,W,H") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("Where the boxes go; a folder for several sequences"), N_ ("FILE|DIR") },
    { "overlay", 0, 0, G_OPTION_ARG_FILENAME, &options->overlay,
      N_ ("Draw the boxes into copies of the frames"), N_ ("DIR") },
    CLI_SET_OPTION (&options->settings),
    CLI_DEVICE_OPTIONS (&options->device),
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print JSON"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->more_frames, NULL, NULL },
    { NULL },
  };

  if (!cli_parse (entries, N_ ("[DIR|FILE…]"),
                  N_ ("Follows a target through the frames of a folder or a video. In the "
                      "drawings, the tracked "
                      "box is green and the ground truth white."),
                  &argc, &argv, error))
    return FALSE;

  gather_frames (options);

  return check (options, error);
}

static SiambanTracker *
load_tracker (TrackOptions *options, SiambanDevice *device, GError **error)
{
  g_autoptr (SiambanConfig) config = cli_load_config (options->config, options->settings, error);
  g_autoptr (SiambanModel) model = config != NULL ? siamban_model_new (config, error) : NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = NULL;
  g_autoptr (SiambanLoadReport) report = NULL;

  if (model == NULL)
    return NULL;
  checkpoint = siamban_checkpoint_new_from_file (options->snapshot, error);
  if (checkpoint == NULL)
    return NULL;
  report = siamban_checkpoint_apply (checkpoint, siamban_model_get_weights (model), "", error);
  if (report == NULL)
    return NULL;

  /* A network with parts of it drawn at random tracks nothing; better say so. */
  if (siamban_load_report_get_missing (report)[0] != NULL)
    {
      g_autofree char *text = siamban_load_report_to_string (report);

      g_printerr (_ ("Warning: %s\n"), text);
    }

  return siamban_tracker_new (model, config, device, error);
}

static gboolean
first_box (TrackOptions *options, SiambanSequence *sequence, SiambanBox *box, GError **error)
{
  if (options->init != NULL)
    {
      *box = options->box;
      return TRUE;
    }
  if (siamban_sequence_get_box (sequence, 0, box))
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_BOX,
               _ ("%s: no ground truth for the first frame; tell where the target is with --init "
                  "x,y,width,height"),
               siamban_sequence_get_name (sequence));

  return FALSE;
}

/* Shows or finds the target in one frame, and adds the time that it took. */
static gboolean
step (SiambanTracker *tracker,
      SiambanImage *frame,
      gboolean is_first,
      SiambanBox *box,
      gint64 *duration,
      GError **error)
{
  const gint64 start = g_get_monotonic_time ();
  g_autoptr (SiambanTrackResult) result = NULL;

  if (is_first)
    {
      if (!siamban_tracker_init (tracker, frame, box, error))
        return FALSE;
    }
  else
    {
      result = siamban_tracker_track (tracker, frame, error);
      if (result == NULL)
        return FALSE;
      *box = *siamban_track_result_get_box (result);
    }
  *duration += g_get_monotonic_time () - start;

  return TRUE;
}

static gboolean
draw (CliOverlay *overlay,
      SiambanSequence *sequence,
      guint index,
      SiambanImage *frame,
      const SiambanBox *box,
      GError **error)
{
  SiambanBox truth;
  const gboolean has_truth = siamban_sequence_get_box (sequence, index, &truth);

  return cli_overlay_add (overlay, frame, box, has_truth ? &truth : NULL, error);
}

/* The boxes of all frames; NULL on failure. */
static SiambanTrajectory *
track_frames (TrackOptions *options,
              SiambanTracker *tracker,
              SiambanSequence *sequence,
              CliOverlay *overlay,
              gint64 *duration,
              GError **error)
{
  const guint n_frames = siamban_sequence_get_n_frames (sequence);
  g_autofree SiambanBox *boxes = g_new0 (SiambanBox, n_frames);
  CliProgress progress;
  SiambanBox box;

  if (!first_box (options, sequence, &box, error))
    return NULL;

  cli_progress_init (&progress, stderr);
  for (guint i = 0; i < n_frames; i++)
    {
      g_autoptr (SiambanImage) frame = siamban_sequence_get_frame (sequence, i, error);

      if (frame == NULL || !step (tracker, frame, i == 0, &box, duration, error) ||
          (overlay != NULL && !draw (overlay, sequence, i, frame, &box, error)))
        {
          cli_progress_clear (&progress);
          return NULL;
        }
      boxes[i] = box;
      cli_progress_update (&progress, i + 1, n_frames);
    }
  cli_progress_clear (&progress);

  if (overlay != NULL && !cli_overlay_finish (overlay, error))
    return NULL;

  return siamban_trajectory_new (boxes, n_frames);
}

static gboolean
has_many (TrackOptions *options)
{
  return g_strv_length (options->frames) > 1;
}

/* FILE for one sequence, DIR/NAME.txt for several or where a folder is already. */
static char *
result_path (TrackOptions *options, SiambanSequence *sequence)
{
  g_autofree char *name = g_strconcat (siamban_sequence_get_name (sequence), ".txt", NULL);

  if (has_many (options) || g_file_test (options->output, G_FILE_TEST_IS_DIR))
    return g_build_filename (options->output, name, NULL);

  return g_strdup (options->output);
}

static CliOverlay *
make_overlay (TrackOptions *options, SiambanSequence *sequence, GError **error)
{
  g_autofree char *folder = has_many (options)
                                ? g_build_filename (options->overlay,
                                                    siamban_sequence_get_name (sequence), NULL)
                                : g_strdup (options->overlay);

  return cli_overlay_new (folder, siamban_sequence_get_n_frames (sequence), error);
}

static Row *
make_row (SiambanSequence *sequence, SiambanTrajectory *boxes, gint64 duration)
{
  SiambanTrajectory *truth = siamban_sequence_get_ground_truth (sequence);
  Row *row = g_new0 (Row, 1);

  row->name = g_strdup (siamban_sequence_get_name (sequence));
  row->n_frames = siamban_sequence_get_n_frames (sequence);
  row->fps = row->n_frames * (double) G_USEC_PER_SEC / (double) MAX (duration, 1);
  /* A ground truth that has no box at all is none. */
  row->evaluation = truth != NULL ? siamban_evaluation_new (boxes, truth, NULL) : NULL;

  return row;
}

static Row *
track_folder (TrackOptions *options, SiambanTracker *tracker, const char *folder, GError **error)
{
  g_autoptr (SiambanSequence) sequence = g_file_test (folder, G_FILE_TEST_IS_REGULAR)
                                             ? siamban_sequence_new_from_video (folder, NULL, error)
                                             : siamban_sequence_new_from_folder (folder, error);
  g_autoptr (CliOverlay) overlay = NULL;
  g_autoptr (SiambanTrajectory) boxes = NULL;
  g_autofree char *path = NULL;
  gint64 duration = 0;

  if (sequence == NULL)
    return NULL;
  if (options->overlay != NULL)
    {
      overlay = make_overlay (options, sequence, error);
      if (overlay == NULL)
        return NULL;
    }

  boxes = track_frames (options, tracker, sequence, overlay, &duration, error);
  path = result_path (options, sequence);
  if (boxes == NULL || !siamban_result_file_write (path, boxes, error))
    return NULL;

  return make_row (sequence, boxes, duration);
}

static void
print_text (GPtrArray *rows)
{
  const char *const titles[] = { _ ("sequence"), _ ("frames"), _ ("frames/s"),
                                 _ ("mean IoU"), _ ("AUC"),    NULL };
  g_autoptr (CliTable) table = cli_table_new (titles);

  for (guint i = 0; i < rows->len; i++)
    {
      Row *row = g_ptr_array_index (rows, i);
      char **cells = g_new0 (char *, 6);

      cells[0] = g_strdup (row->name);
      cells[1] = g_strdup_printf ("%u", row->n_frames);
      cells[2] = g_strdup_printf ("%.1f", row->fps);
      cells[3] = row->evaluation != NULL
                     ? g_strdup_printf ("%.3f", siamban_evaluation_get_mean_iou (row->evaluation))
                     : g_strdup ("-");
      cells[4] = row->evaluation != NULL
                     ? g_strdup_printf ("%.3f", siamban_evaluation_get_auc (row->evaluation))
                     : g_strdup ("-");
      cli_table_add (table, cells);
    }
  cli_table_print (table);
}

static void
print_json (GPtrArray *rows)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < rows->len; i++)
    {
      Row *row = g_ptr_array_index (rows, i);

      json_builder_begin_object (builder);
      cli_json_string (builder, "name", row->name);
      cli_json_int (builder, "frames", row->n_frames);
      cli_json_double (builder, "fps", row->fps);
      if (row->evaluation != NULL)
        {
          cli_json_double (builder, "mean-iou", siamban_evaluation_get_mean_iou (row->evaluation));
          cli_json_double (builder, "auc", siamban_evaluation_get_auc (row->evaluation));
        }
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  cli_print_json (builder);
}

static gboolean
make_output_folder (TrackOptions *options, GError **error)
{
  if (!has_many (options) || g_mkdir_with_parents (options->output, 0777) == 0)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, _ ("Cannot make the folder “%s”: %s"),
               options->output, g_strerror (errno));

  return FALSE;
}

static gboolean
run (TrackOptions *options, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (row_free);
  g_autoptr (SiambanDevice) device = cli_open_device (&options->device, error);
  g_autoptr (SiambanTracker) tracker = device != NULL ? load_tracker (options, device, error)
                                                      : NULL;

  if (tracker == NULL || !make_output_folder (options, error))
    return FALSE;

  for (char **folder = options->frames; *folder != NULL; folder++)
    {
      Row *row = track_folder (options, tracker, *folder, error);

      if (row == NULL)
        return FALSE;
      g_ptr_array_add (rows, row);
    }

  if (options->json)
    print_json (rows);
  else
    print_text (rows);

  return TRUE;
}

gboolean
cli_track (int argc, char **argv, GError **error)
{
  TrackOptions options = { 0 };
  const gboolean done = parse (&options, argc, argv, error) && run (&options, error);

  g_strfreev (options.settings);
  g_free (options.config);
  g_free (options.snapshot);
  g_strfreev (options.frames);
  g_strfreev (options.more_frames);
  g_free (options.init);
  g_free (options.output);
  g_free (options.overlay);
  cli_clear_device_options (&options.device);

  return done;
}
