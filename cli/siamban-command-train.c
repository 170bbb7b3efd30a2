/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

/* No number of batches. */
#define UNSET G_MININT

typedef struct
{
  char **settings;
  CliDeviceOptions device;
  char *devices;
  char *output;
  char *resume;
  char *config;   /* path */
  int accumulate; /* UNSET if not given */
  gboolean scale_lr;
  gboolean pause_after_skips;
  gboolean no_preflight;
  gboolean dry_steps;
  gboolean force;
  gboolean anew; /* there is nothing to resume from */
} TrainOptions;

/* One run, as the terminal shows it. */
typedef struct
{
  SiambanTrainer *trainer;
  gboolean silent; /* one of several processes, and not the first */
  GMainLoop *loop;
  CliProgress progress;
  SiambanIteration last;
  GError *error;
} Show;

/* A line that stays, above the one that is written again and again. */
static void
say (Show *self, const char *text)
{
  g_autofree char *line = g_strchomp (g_strdup (text));

  cli_progress_clear (&self->progress);
  g_print ("%s\n", line);
}

/* The log is long and goes to a file as well: a terminal shows what is new in one line instead. */
static void
message_cb (SiambanTrainer *trainer, const char *text, gpointer user_data)
{
  Show *self = user_data;

  if (!self->progress.live)
    say (self, text);
}

static void
iteration_cb (SiambanTrainer *trainer, const SiambanIteration *iteration, gpointer user_data)
{
  Show *self = user_data;
  g_autofree char *left = cli_format_duration (iteration->eta);
  g_autofree char *line = NULL;

  self->last = *iteration;
  if (!self->progress.live)
    return;

  /* What matters most comes first: a narrow terminal cuts the rest. */
  line = g_strdup_printf (_ ("epoch %u of %u, %u/%u, %s left, loss %.4f (cls %.4f, loc %.4f), %.2f "
                             "s each, %.0f%% data"),
                          iteration->epoch,
                          (guint) (iteration->n_iterations / iteration->n_per_epoch),
                          iteration->index, iteration->n_per_epoch, left, iteration->total_loss,
                          iteration->cls_loss, iteration->loc_loss, iteration->batch_time,
                          100 * iteration->data_time / MAX (iteration->batch_time, 1e-9));
  cli_progress_show (&self->progress, line, iteration->index == iteration->n_per_epoch);
}

static void
checkpoint_cb (SiambanTrainer *trainer, const char *path, gpointer user_data)
{
  Show *self = user_data;
  g_autofree char *text = g_strdup_printf (_ ("Checkpoint: %s"), path);

  say (self, text);
}

static void
sample_skipped_cb (SiambanTrainer *trainer, const char *text, gpointer user_data)
{
  Show *self = user_data;
  g_autofree char *line = g_strdup_printf (_ ("Sample replaced: %s"), text);

  if (self->progress.live)
    say (self, line);
}

static void
update_skipped_cb (SiambanTrainer *trainer,
                   const SiambanIteration *iteration,
                   GVariant *samples,
                   gpointer user_data)
{
  Show *self = user_data;
  g_autofree char *line = g_strdup_printf (
      _ ("Iteration %.0f changed nothing: its loss is %g, its gradient norm %g"),
      (double) iteration->number, iteration->total_loss, iteration->grad_norm);

  if (self->progress.live)
    say (self, line);
}

static void
validation_cb (SiambanTrainer *trainer, const SiambanValidationResult *result, gpointer user_data)
{
  Show *self = user_data;
  g_autofree char *line = g_strdup_printf (_ ("Validation after epoch %u: %.4f"), result->epoch,
                                           result->measure);

  if (self->progress.live)
    say (self, line);
}

static void
diagnosis_cb (Show *self)
{
  const char *diagnosis = siamban_trainer_get_diagnosis (self->trainer);
  g_autofree char *quoted = g_shell_quote (siamban_trainer_get_run_directory (self->trainer));
  g_autofree char *line = NULL;

  if (diagnosis == NULL || !self->progress.live)
    return;

  line = g_strdup_printf (_ ("Paused: %s. To try again: siamban log %s --resume"), diagnosis,
                          quoted);
  say (self, line);
}

static void
stop_cb (gpointer user_data)
{
  Show *self = user_data;

  if (!self->silent)
    say (self,
         _ ("Stopping after this iteration, with a checkpoint; another Ctrl-C kills at once"));
  siamban_trainer_stop (self->trainer);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Show *self = user_data;

  siamban_trainer_run_finish (SIAMBAN_TRAINER (source), result, &self->error);
  g_main_loop_quit (self->loop);
}

static void
print_end (Show *self)
{
  const char *folder = siamban_trainer_get_run_directory (self->trainer);
  const guint64 n_samples = siamban_trainer_get_n_skipped_samples (self->trainer);
  const guint64 n_updates = siamban_trainer_get_n_skipped_updates (self->trainer);
  g_autofree char *quoted = g_shell_quote (folder);

  if (n_samples > 0)
    g_print (_ ("%.0f samples were replaced; logs.txt tells which\n"), (double) n_samples);
  if (n_updates > 0)
    g_print (_ ("%.0f iterations changed nothing; logs.txt tells which\n"), (double) n_updates);

  if (siamban_trainer_get_state (self->trainer) != SIAMBAN_TRAINER_STOPPED)
    {
      g_print (_ ("Done: “%s”\n"), folder);
      return;
    }

  if (self->last.number > 0)
    g_print (_ ("Stopped after iteration %.0f of %.0f. To go on:\n"), (double) self->last.number,
             (double) self->last.n_iterations);
  else
    g_print (_ ("Stopped before an iteration was done. To go on:\n"));
  g_print ("  siamban train --resume %s\n", quoted);
}

static void
connect_signals (Show *self)
{
  g_signal_connect (self->trainer, "message", G_CALLBACK (message_cb), self);
  g_signal_connect (self->trainer, "iteration", G_CALLBACK (iteration_cb), self);
  g_signal_connect (self->trainer, "checkpoint", G_CALLBACK (checkpoint_cb), self);
  g_signal_connect (self->trainer, "sample-skipped", G_CALLBACK (sample_skipped_cb), self);
  g_signal_connect (self->trainer, "update-skipped", G_CALLBACK (update_skipped_cb), self);
  g_signal_connect (self->trainer, "validation", G_CALLBACK (validation_cb), self);
  g_signal_connect_swapped (self->trainer, "notify::diagnosis", G_CALLBACK (diagnosis_cb), self);
}

static gboolean
train (SiambanTrainer *trainer, gboolean silent, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Show self = { .trainer = trainer, .silent = silent, .loop = loop };
  g_autoptr (CliInterrupt) interrupt = cli_interrupt_new (stop_cb, &self);

  cli_progress_init (&self.progress, stdout);
  if (!silent)
    connect_signals (&self);
  siamban_trainer_run_async (trainer, NULL, ended_cb, &self);
  g_main_loop_run (loop);
  g_signal_handlers_disconnect_by_data (trainer, &self);
  cli_progress_clear (&self.progress);

  if (self.error != NULL)
    {
      g_propagate_error (error, self.error);
      return FALSE;
    }
  if (!silent)
    print_end (&self);

  return TRUE;
}

/* `runs/NAME-DATE`, so that no run writes over another. */
static char *
default_output (const char *config)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *name = g_path_get_basename (config);
  g_autofree char *folder = NULL;
  char *dot = strrchr (name, '.');

  if (dot != NULL && dot != name)
    *dot = '\0';
  folder = g_strdup_printf ("%s-%s", name, date);

  return g_build_filename ("runs", folder, NULL);
}

/* Only a run that goes on may write into its folder again. */
static gboolean
check_output (TrainOptions *options, GError **error)
{
  g_autofree char *events = g_build_filename (options->output, "events.jsonl", NULL);

  if (options->resume != NULL || !g_file_test (events, G_FILE_TEST_EXISTS))
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO,
               _ ("There is a run in “%s” already: go on with it by --resume “%s”, or name another "
                  "--output"),
               options->output, options->output);

  return FALSE;
}

/* Whether there is something to go on from; a run that died early may have nothing. */
static gboolean
has_snapshot (const char *folder)
{
  g_autoptr (SiambanRun) run = siamban_run_is_run (folder) ? siamban_run_new (folder, NULL) : NULL;

  return run != NULL && g_list_model_get_n_items (siamban_run_get_snapshots (run)) > 0;
}

/* `--resume auto`: go on with the run in the folder, from wherever it came to. */
static gboolean
complete_auto (TrainOptions *options, GError **error)
{
  if (g_strcmp0 (options->resume, "auto") != 0)
    return TRUE;
  if (!cli_check_given ("--output", options->output != NULL, error))
    return FALSE;

  g_free (options->resume);
  options->resume = g_strdup (options->output);
  options->anew = !has_snapshot (options->output);

  return TRUE;
}

/* What is not said follows from the run to go on with, or from the configuration. */
static gboolean
complete (TrainOptions *options, int argc, char **argv, GError **error)
{
  gboolean resumes_run;

  if (!complete_auto (options, error))
    return FALSE;
  resumes_run = options->resume != NULL && g_file_test (options->resume, G_FILE_TEST_IS_DIR);
  if (argc < 2 && resumes_run)
    options->config = g_build_filename (options->resume, "config.yaml", NULL);
  else if (cli_check_config_argument (argc, argv, error))
    options->config = g_strdup (argv[1]);
  else
    return FALSE;

  if (options->output == NULL)
    options->output = resumes_run ? g_strdup (options->resume) : default_output (options->config);

  return TRUE;
}

static gboolean
parse (TrainOptions *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    CLI_SET_OPTION (&options->settings),
    CLI_DEVICE_OPTIONS (&options->device),
    { "devices", 0, 0, G_OPTION_ARG_STRING, &options->devices,
      N_ ("Train one replica on each of these devices, such as “cuda:0,cuda:1”, or on “all”"),
      N_ ("ID,ID…") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("The folder of the run (runs/NAME-DATE)"), N_ ("RUN") },
    { "resume", 'r', 0, G_OPTION_ARG_FILENAME, &options->resume,
      N_ ("Go on with this run, or from this checkpoint; auto: with what --output holds, if "
          "anything"),
      N_ ("RUN|FILE|auto") },
    { "accumulate", 0, 0, G_OPTION_ARG_INT, &options->accumulate,
      N_ ("Average the gradients of N batches for one update, as TRAIN.ACCUMULATE=N"), N_ ("N") },
    { "scale-lr", 0, 0, G_OPTION_ARG_NONE, &options->scale_lr,
      N_ ("Multiply the learning rates by the samples of an update over TRAIN.LR_BATCH, as "
          "TRAIN.SCALE_LR=true"),
      NULL },
    { "pause-after-skips", 0, 0, G_OPTION_ARG_NONE, &options->pause_after_skips,
      N_ ("Pause, with a diagnosis, where the run would end after TRAIN.MAX_SKIPPED_UPDATES; "
          "“siamban log RUN --resume” lets it go on"),
      NULL },
    { "no-preflight", 0, 0, G_OPTION_ARG_NONE, &options->no_preflight,
      N_ ("Do not plan later phases before the first step"), NULL },
    { "dry-steps", 0, 0, G_OPTION_ARG_NONE, &options->dry_steps,
      N_ ("Take a step of every phase before the first one, on the processor too"), NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options->force,
      N_ ("Go on with --resume even if the configuration or the data changed"), NULL },
    { NULL },
  };

  return cli_parse (
             entries, N_ ("CONFIG"),
             N_ ("Trains what a configuration describes. Ctrl-C stops after the iteration and "
                 "leaves a checkpoint; “--resume RUN”, alone, goes on there."),
             &argc, &argv, error) &&
         cli_check_range ("--threads", options->device.n_threads, 0, 1024, error) &&
         (options->accumulate == UNSET ||
          cli_check_range ("--accumulate", options->accumulate, 1, 4096, error)) &&
         complete (options, argc, argv, error);
}

static void
print_start (TrainOptions *options, GListModel *devices)
{
  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, i);

      g_print (_ ("Run “%s” on %s, %s\n"), options->output, siamban_device_get_id (device),
               siamban_device_get_name (device));
    }
}

/* In the thread that trains. */
static gboolean
evaluate_cb (SiambanModel *model,
             SiambanDevice *device,
             GCancellable *cancellable,
             double *measure,
             gpointer user_data,
             GError **error)
{
  SiambanValidation *validation = user_data;
  g_autoptr (SiambanTracker) tracker = siamban_tracker_new (model, NULL, device, error);
  g_autoptr (SiambanEvaluation) evaluation = NULL;

  if (tracker == NULL)
    return FALSE;
  evaluation = siamban_validation_run (validation, tracker, cancellable, error);
  if (evaluation == NULL)
    return FALSE;
  *measure = siamban_evaluation_get_mean_iou (evaluation);

  return TRUE;
}

/* The sequences of TRAIN.EVAL_DATA, found before anything is trained. */
static gboolean
set_evaluation (SiambanTrainer *trainer, SiambanConfig *config, GError **error)
{
  const char *folder = siamban_config_get_string (config, "TRAIN.EVAL_DATA");
  g_autoptr (SiambanValidation) validation = NULL;

  if (folder == NULL || *folder == '\0')
    return TRUE;

  validation = siamban_validation_new (folder, error);
  if (validation == NULL)
    {
      g_prefix_error (error, "TRAIN.EVAL_DATA: ");
      return FALSE;
    }
  g_print (_ ("Validation: %u sequences of “%s”, by mean IoU\n"),
           siamban_validation_get_n_sequences (validation), folder);
  siamban_trainer_set_evaluation (trainer,
                                  (guint) siamban_config_get_int (config, "TRAIN.EVAL_EPOCHS"),
                                  evaluate_cb, g_steal_pointer (&validation), g_object_unref);

  return TRUE;
}

/* Whether a launcher made this process another rank than the first. */
static gboolean
find_rank (gboolean *silent, GError **error)
{
  g_autoptr (GError) failure = NULL;
  SiambanCommunicator *processes = siamban_communicator_get_default (&failure);

  *silent = processes != NULL && siamban_communicator_get_rank (processes) > 0;
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

static gboolean
run (TrainOptions *options, GError **error)
{
  g_autoptr (SiambanConfig) config = NULL;
  g_autoptr (GListModel) devices = NULL;
  g_autoptr (SiambanTrainer) trainer = NULL;
  gboolean silent;

  /* Of several processes only the first has to do with the folder. */
  if (!find_rank (&silent, error) || (!silent && !check_output (options, error)))
    return FALSE;
  config = cli_load_config (options->config, options->settings, error);
  if (config == NULL || (options->resume != NULL &&
                         !siamban_config_set_string (config, "TRAIN.RESUME",
                                                     options->anew ? "" : options->resume, error)))
    return FALSE;
  devices = cli_open_devices (&options->device, options->devices, error);
  if (devices == NULL)
    return FALSE;
  trainer = siamban_trainer_new_on_devices (config, devices, options->output, error);
  if (trainer == NULL)
    return FALSE;

  if (!set_evaluation (trainer, config, error))
    return FALSE;
  if (options->accumulate != UNSET)
    siamban_trainer_set_accumulate (trainer, (guint) options->accumulate);
  if (options->scale_lr)
    siamban_trainer_set_scale_lr (trainer, TRUE);
  siamban_trainer_set_pause_after_skips (trainer, options->pause_after_skips);
  siamban_trainer_set_preflight (trainer, !options->no_preflight);
  siamban_trainer_set_dry_steps (trainer, options->dry_steps);
  siamban_trainer_set_accept_changes (trainer, options->force);
  if (!silent)
    print_start (options, devices);

  return train (trainer, silent, error);
}

gboolean
cli_train (int argc, char **argv, GError **error)
{
  TrainOptions options = { .accumulate = UNSET };
  const gboolean done = parse (&options, argc, argv, error) && run (&options, error);

  g_strfreev (options.settings);
  cli_clear_device_options (&options.device);
  g_free (options.devices);
  g_free (options.output);
  g_free (options.resume);
  g_free (options.config);

  return done;
}
