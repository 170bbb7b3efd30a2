/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-trainer-private.h"

#include "siambanenums.h"

/**
 * SiambanTrainer:
 *
 * Trains a network: the data of a configuration, its model, a device, and a folder for what comes
 * of it.
 *
 * The folder gets the configuration (`config.yaml`, `config.json`), the log in the original's format
 * (`logs.txt`), one JSON object an iteration (`events.jsonl`), scalars for TensorBoard (`tb/`), and
 * after each epoch a checkpoint that PyTorch reads (`snapshot/checkpoint_eN.pth`). A run that ends
 * before its time after iteration N leaves `snapshot/checkpoint_iN.pth`. With `TRAIN.RESUME` naming a checkpoint, or
 * the folder, a new trainer goes on there, and comes to the very weights that an uninterrupted run
 * comes to: samples are a pure function of the seed and the iteration, and the momentum is kept.
 *
 * An update whose loss, over all devices, is not finite or above 10⁴, or whose gradients are not
 * finite, is skipped, and told. After `TRAIN.MAX_SKIPPED_UPDATES` in a row the run ends, with an error
 * that tells which layer was first not finite, or pauses: [property@Trainer:pause-after-skips]. A damaged image is replaced
 * by another draw, and told.
 *
 * [method@Trainer.run] computes in the calling thread, [method@Trainer.run_async] in a thread of its
 * own. Signals and changes of properties always come out in the thread that started the run; a
 * worker never emits. A trainer runs once. While it runs, do not touch its model.
 *
 * While it runs, the folder is locked against other runs, `status.json` tells its state, and a socket
 * `control` takes requests of other processes: see [class@Run].
 *
 * Methods are called in the thread that made the trainer; [method@Trainer.stop],
 * [method@Trainer.pause] and [method@Trainer.resume] also from handlers of its signals.
 *
 * Source: `tools/train.py`.
 *
 * Since: 0.1
 */

enum
{
  PROP_CONFIG = 1,
  PROP_DEVICE,
  PROP_DEVICES,
  PROP_RUN_DIRECTORY,
  PROP_MODEL,
  PROP_ACCUMULATE,
  PROP_SCALE_LR,
  PROP_PAUSE_AFTER_SKIPS,
  PROP_PREFLIGHT,
  PROP_DRY_STEPS,
  PROP_ACCEPT_CHANGES,
  PROP_STATE,
  PROP_DIAGNOSIS,
  PROP_PROGRESS,
  PROP_ETA,
  PROP_N_SKIPPED_SAMPLES,
  PROP_N_SKIPPED_UPDATES,
  N_PROPS,
};

enum
{
  SIGNAL_MESSAGE,
  SIGNAL_EPOCH_STARTED,
  SIGNAL_EPOCH_FINISHED,
  SIGNAL_ITERATION,
  SIGNAL_CHECKPOINT,
  SIGNAL_SAMPLE_SKIPPED,
  SIGNAL_UPDATE_SKIPPED,
  SIGNAL_VALIDATION,
  N_SIGNALS,
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SiambanTrainer, siamban_trainer, G_TYPE_OBJECT)

void
_siamban_trainer_set_state (SiambanTrainer *self, SiambanTrainerState state)
{
  if (self->state == state)
    return;

  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

static void
set_diagnosis (SiambanTrainer *self, const char *diagnosis)
{
  if (g_strcmp0 (self->diagnosis, diagnosis) == 0)
    return;

  g_free (self->diagnosis);
  self->diagnosis = g_strdup (diagnosis);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DIAGNOSIS]);
}

static void
deliver_iteration (SiambanTrainer *self, SiambanIteration *iteration)
{
  self->progress = (double) iteration->number / (double) iteration->n_iterations;
  self->eta = iteration->eta;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROGRESS]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ETA]);
  g_signal_emit (self, signals[SIGNAL_ITERATION], 0, iteration);
}

void
_siamban_trainer_deliver (SiambanTrainer *self, SiambanReport *report)
{
  switch (report->kind)
    {
    case SIAMBAN_REPORT_MESSAGE:
      g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, report->text);
      break;

    case SIAMBAN_REPORT_EPOCH_STARTED:
      g_signal_emit (self, signals[SIGNAL_EPOCH_STARTED], 0, report->epoch);
      break;

    case SIAMBAN_REPORT_EPOCH_FINISHED:
      g_signal_emit (self, signals[SIGNAL_EPOCH_FINISHED], 0, report->epoch);
      break;

    case SIAMBAN_REPORT_ITERATION:
      deliver_iteration (self, &report->iteration);
      break;

    case SIAMBAN_REPORT_CHECKPOINT:
      g_signal_emit (self, signals[SIGNAL_CHECKPOINT], 0, report->text);
      break;

    case SIAMBAN_REPORT_SAMPLE_SKIPPED:
      self->n_skipped_samples++;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_SKIPPED_SAMPLES]);
      g_signal_emit (self, signals[SIGNAL_SAMPLE_SKIPPED], 0, report->text);
      break;

    case SIAMBAN_REPORT_VALIDATION:
      g_signal_emit (self, signals[SIGNAL_VALIDATION], 0, &report->validation);
      break;

    case SIAMBAN_REPORT_STUCK:
      set_diagnosis (self, report->text);
      _siamban_trainer_update_paused (self);
      break;

    case SIAMBAN_REPORT_PAUSE_CHANGED:
      _siamban_trainer_update_paused (self);
      if (self->state != SIAMBAN_TRAINER_PAUSED)
        set_diagnosis (self, NULL);
      break;

    case SIAMBAN_REPORT_UPDATE_SKIPPED:
      self->n_skipped_updates++;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_SKIPPED_UPDATES]);
      g_signal_emit (self, signals[SIGNAL_UPDATE_SKIPPED], 0, &report->iteration, report->samples);
      break;
    }
}

static void
siamban_trainer_finalize (GObject *object)
{
  SiambanTrainer *self = SIAMBAN_TRAINER (object);

  if (self->evaluate_destroy)
    self->evaluate_destroy (self->evaluate_data);
  g_clear_pointer (&self->reports, g_async_queue_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->stages, _siamban_stage_list_unref);
  g_clear_object (&self->schedule);
  g_clear_object (&self->model);
  g_clear_object (&self->devices);
  g_clear_object (&self->device);
  g_clear_object (&self->config);
  g_free (self->run_directory);
  g_free (self->stuck_because);
  g_free (self->diagnosis);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (siamban_trainer_parent_class)->finalize (object);
}

static void
siamban_trainer_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanTrainer *self = SIAMBAN_TRAINER (object);

  switch (prop_id)
    {
    case PROP_CONFIG:
      g_value_set_object (value, self->config);
      break;

    case PROP_DEVICE:
      g_value_set_object (value, self->device);
      break;

    case PROP_DEVICES:
      g_value_set_object (value, self->devices);
      break;

    case PROP_RUN_DIRECTORY:
      g_value_set_string (value, self->run_directory);
      break;

    case PROP_MODEL:
      g_value_set_object (value, self->model);
      break;

    case PROP_ACCUMULATE:
      g_value_set_uint (value, siamban_trainer_get_accumulate (self));
      break;

    case PROP_DRY_STEPS:
      g_value_set_boolean (value, self->dry_steps);
      break;

    case PROP_PREFLIGHT:
      g_value_set_boolean (value, self->preflight);
      break;

    case PROP_ACCEPT_CHANGES:
      g_value_set_boolean (value, self->accept_changes);
      break;

    case PROP_SCALE_LR:
      g_value_set_boolean (value, siamban_trainer_get_scale_lr (self));
      break;

    case PROP_PAUSE_AFTER_SKIPS:
      g_value_set_boolean (value, self->pause_after_skips);
      break;

    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;

    case PROP_DIAGNOSIS:
      g_value_set_string (value, self->diagnosis);
      break;

    case PROP_PROGRESS:
      g_value_set_double (value, self->progress);
      break;

    case PROP_ETA:
      g_value_set_double (value, self->eta);
      break;

    case PROP_N_SKIPPED_SAMPLES:
      g_value_set_uint64 (value, self->n_skipped_samples);
      break;

    case PROP_N_SKIPPED_UPDATES:
      g_value_set_uint64 (value, self->n_skipped_updates);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_trainer_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_ACCUMULATE:
      siamban_trainer_set_accumulate (SIAMBAN_TRAINER (object), g_value_get_uint (value));
      break;

    case PROP_SCALE_LR:
      siamban_trainer_set_scale_lr (SIAMBAN_TRAINER (object), g_value_get_boolean (value));
      break;

    case PROP_PAUSE_AFTER_SKIPS:
      siamban_trainer_set_pause_after_skips (SIAMBAN_TRAINER (object), g_value_get_boolean (value));
      break;

    case PROP_DRY_STEPS:
      siamban_trainer_set_dry_steps (SIAMBAN_TRAINER (object), g_value_get_boolean (value));
      break;

    case PROP_PREFLIGHT:
      siamban_trainer_set_preflight (SIAMBAN_TRAINER (object), g_value_get_boolean (value));
      break;

    case PROP_ACCEPT_CHANGES:
      siamban_trainer_set_accept_changes (SIAMBAN_TRAINER (object), g_value_get_boolean (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* Nearly all are told and not set: what a run needs comes with siamban_trainer_new(). */
#define READ_ONLY (G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS)
#define READ_AND_SET (G_PARAM_WRITABLE | READ_ONLY)

static void
describe_setting (void)
{
  /**
   * SiambanTrainer:config: (getter get_config)
   *
   * The configuration of the run, a copy of that which the trainer was made with.
   *
   * Since: 0.1
   */
  props[PROP_CONFIG] = g_param_spec_object ("config", NULL, NULL, SIAMBAN_TYPE_CONFIG, READ_ONLY);

  /**
   * SiambanTrainer:device: (getter get_device)
   *
   * What computes; of several devices the first.
   *
   * Since: 0.1
   */
  props[PROP_DEVICE] = g_param_spec_object ("device", NULL, NULL, SIAMBAN_TYPE_DEVICE, READ_ONLY);

  /**
   * SiambanTrainer:devices: (getter get_devices)
   *
   * What computes: one [class@Device] for each replica of the network.
   *
   * Since: 0.1
   */
  props[PROP_DEVICES] = g_param_spec_object ("devices", NULL, NULL, G_TYPE_LIST_MODEL, READ_ONLY);

  /**
   * SiambanTrainer:run-directory: (getter get_run_directory)
   *
   * The folder that the run writes to.
   *
   * Since: 0.1
   */
  props[PROP_RUN_DIRECTORY] = g_param_spec_string ("run-directory", NULL, NULL, NULL, READ_ONLY);

  /**
   * SiambanTrainer:model: (getter get_model)
   *
   * What is trained.
   *
   * Since: 0.1
   */
  props[PROP_MODEL] = g_param_spec_object ("model", NULL, NULL, SIAMBAN_TYPE_MODEL, READ_ONLY);
}

static void
describe_options (void)
{
  /**
   * SiambanTrainer:accumulate: (getter get_accumulate) (setter set_accumulate)
   *
   * How many batches each device takes for one update, with the mean of their gradients; the key
   * `TRAIN.ACCUMULATE` of [property@Trainer:config]. A batch of that many times the size would make the
   * same update, but for batch norms, which measure their own batch, and need that many times the memory.
   *
   * Since: 0.1
   */
  props[PROP_ACCUMULATE] = g_param_spec_uint ("accumulate", NULL, NULL, 1, MAX_ACCUMULATE, 1,
                                              READ_AND_SET);

  /**
   * SiambanTrainer:scale-lr: (getter get_scale_lr) (setter set_scale_lr)
   *
   * Whether the learning rates, those of the warm-up too, are multiplied by the samples of an iteration over
   * those that they are meant for, `TRAIN.LR_BATCH`; the key `TRAIN.SCALE_LR` of
   * [property@Trainer:config].
   *
   * Since: 0.1
   */
  props[PROP_SCALE_LR] = g_param_spec_boolean ("scale-lr", NULL, NULL, FALSE, READ_AND_SET);

  /**
   * SiambanTrainer:pause-after-skips: (getter get_pause_after_skips) (setter set_pause_after_skips)
   *
   * Whether a run that had to skip `TRAIN.MAX_SKIPPED_UPDATES` updates in a row pauses, with a
   * [property@Trainer:diagnosis], instead of ending with an error. For a run that somebody watches, who may
   * then stop it or let it go on.
   *
   * Since: 0.1
   */
  props[PROP_PAUSE_AFTER_SKIPS] = g_param_spec_boolean ("pause-after-skips", NULL, NULL, FALSE,
                                                        READ_AND_SET);

  /**
   * SiambanTrainer:preflight: (getter get_preflight) (setter set_preflight)
   *
   * Whether all phases are planned before anything is trained, and their memory compared with what
   * the device has, so that a step that does not fit is told now and not in days. On devices other
   * than the processor a dry step of each is taken, too. The log tells memory and time. It changes no
   * number of the training.
   *
   * Since: 0.1
   */
  props[PROP_PREFLIGHT] = g_param_spec_boolean ("preflight", NULL, NULL, TRUE, READ_AND_SET);

  /**
   * SiambanTrainer:dry-steps: (getter get_dry_steps) (setter set_dry_steps)
   *
   * Whether [property@Trainer:preflight] takes a dry step of each phase on the processor, too, where
   * it takes as long as any step, and tells what it measured beside what was planned.
   *
   * Since: 0.1
   */
  props[PROP_DRY_STEPS] = g_param_spec_boolean ("dry-steps", NULL, NULL, FALSE, READ_AND_SET);

  /**
   * SiambanTrainer:accept-changes: (getter get_accept_changes) (setter set_accept_changes)
   *
   * Whether a run that is resumed may go on with another configuration, or with other data, than it
   * had before; otherwise it fails, and the error lists what changed.
   *
   * Since: 0.1
   */
  props[PROP_ACCEPT_CHANGES] = g_param_spec_boolean ("accept-changes", NULL, NULL, FALSE,
                                                     READ_AND_SET);
}

static void
describe_course (void)
{
  /**
   * SiambanTrainer:state: (getter get_state)
   *
   * What the trainer is doing.
   *
   * Since: 0.1
   */
  props[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, SIAMBAN_TYPE_TRAINER_STATE,
                                         SIAMBAN_TRAINER_IDLE, READ_ONLY);

  /**
   * SiambanTrainer:diagnosis: (getter get_diagnosis)
   *
   * Why the run paused by itself, or %NULL: which samples were in its last batch, and what first was not
   * finite; see [property@Trainer:pause-after-skips].
   *
   * Since: 0.1
   */
  props[PROP_DIAGNOSIS] = g_param_spec_string ("diagnosis", NULL, NULL, NULL, READ_ONLY);

  /**
   * SiambanTrainer:progress: (getter get_progress)
   *
   * How much of the training is done, 0 to 1.
   *
   * Since: 0.1
   */
  props[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, READ_ONLY);

  /**
   * SiambanTrainer:eta: (getter get_eta)
   *
   * Seconds that the rest of the training will take, at the average speed.
   *
   * Since: 0.1
   */
  props[PROP_ETA] = g_param_spec_double ("eta", NULL, NULL, 0, G_MAXDOUBLE, 0, READ_ONLY);

  /**
   * SiambanTrainer:n-skipped-samples: (getter get_n_skipped_samples)
   *
   * How many samples were replaced, because an image could not be read.
   *
   * Since: 0.1
   */
  props[PROP_N_SKIPPED_SAMPLES] = g_param_spec_uint64 ("n-skipped-samples", NULL, NULL, 0,
                                                       G_MAXUINT64, 0, READ_ONLY);

  /**
   * SiambanTrainer:n-skipped-updates: (getter get_n_skipped_updates)
   *
   * How many iterations left the weights alone, because of their loss or gradients.
   *
   * Since: 0.1
   */
  props[PROP_N_SKIPPED_UPDATES] = g_param_spec_uint64 ("n-skipped-updates", NULL, NULL, 0,
                                                       G_MAXUINT64, 0, READ_ONLY);
}

static guint
new_signal (const char *name, guint n_params, GType first, GType second)
{
  return g_signal_new (name, SIAMBAN_TYPE_TRAINER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, n_params, first, second);
}

static void
install_progress_signals (void)
{
  /**
   * SiambanTrainer::message:
   * @self: the trainer
   * @text: one or more lines
   *
   * The log has a new entry.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MESSAGE] = new_signal ("message", 1, G_TYPE_STRING, 0);

  /**
   * SiambanTrainer::epoch-started:
   * @self: the trainer
   * @epoch: the epoch, from 1
   *
   * An epoch begins, or goes on in a run that was resumed.
   *
   * Since: 0.1
   */
  signals[SIGNAL_EPOCH_STARTED] = new_signal ("epoch-started", 1, G_TYPE_UINT, 0);

  /**
   * SiambanTrainer::epoch-finished:
   * @self: the trainer
   * @epoch: the epoch, from 1
   *
   * An epoch is over and its checkpoint written.
   *
   * Since: 0.1
   */
  signals[SIGNAL_EPOCH_FINISHED] = new_signal ("epoch-finished", 1, G_TYPE_UINT, 0);

  /**
   * SiambanTrainer::iteration:
   * @self: the trainer
   * @iteration: what it did
   *
   * An iteration ended.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ITERATION] = new_signal ("iteration", 1,
                                          SIAMBAN_TYPE_ITERATION | G_SIGNAL_TYPE_STATIC_SCOPE, 0);
}

static void
install_event_signals (void)
{
  /**
   * SiambanTrainer::checkpoint:
   * @self: the trainer
   * @path: path of the file
   *
   * A checkpoint is complete.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CHECKPOINT] = new_signal ("checkpoint", 1, G_TYPE_STRING, 0);

  /**
   * SiambanTrainer::sample-skipped:
   * @self: the trainer
   * @text: path of the image, and what is wrong with it
   *
   * A sample was replaced by another, because an image could not be read.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SAMPLE_SKIPPED] = new_signal ("sample-skipped", 1, G_TYPE_STRING, 0);

  /**
   * SiambanTrainer::update-skipped:
   * @self: the trainer
   * @iteration: the iteration, with its losses
   * @samples: indices of the samples of its batch, `at`; see [method@Dataset.get_sample]
   *
   * An iteration left the weights alone, because its loss is not finite or too large, or its
   * gradients are not finite.
   *
   * Since: 0.1
   */
  signals[SIGNAL_UPDATE_SKIPPED] = new_signal (
      "update-skipped", 2, SIAMBAN_TYPE_ITERATION | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_VARIANT);

  /**
   * SiambanTrainer::validation:
   * @self: the trainer
   * @result: what it came to
   *
   * The function of [method@Trainer.set_evaluation] judged the network after an epoch.
   *
   * Since: 0.1
   */
  signals[SIGNAL_VALIDATION] = new_signal (
      "validation", 1, SIAMBAN_TYPE_VALIDATION_RESULT | G_SIGNAL_TYPE_STATIC_SCOPE, 0);
}

static void
siamban_trainer_class_init (SiambanTrainerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = siamban_trainer_finalize;
  object_class->get_property = siamban_trainer_get_property;
  object_class->set_property = siamban_trainer_set_property;

  describe_setting ();
  describe_options ();
  describe_course ();
  g_object_class_install_properties (object_class, N_PROPS, props);

  install_progress_signals ();
  install_event_signals ();
}

static void
siamban_trainer_init (SiambanTrainer *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->preflight = TRUE;
  self->reports = g_async_queue_new_full ((GDestroyNotify) _siamban_report_free);
}

/**
 * siamban_trainer_new:
 * @config: describes the run; later changes to it have no effect
 * @device: what computes
 * @run_directory: (type filename): the folder that the run writes to; it is made when it runs
 * @error: return location for an error
 *
 * Makes a trainer, and its model with new weights.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if @config describes no model.
 *
 * Returns: (transfer full): a new trainer
 *
 * Since: 0.1
 */
SiambanTrainer *
siamban_trainer_new (SiambanConfig *config,
                     SiambanDevice *device,
                     const char *run_directory,
                     GError **error)
{
  g_autoptr (GListStore) devices = NULL;

  g_return_val_if_fail (SIAMBAN_IS_DEVICE (device), NULL);

  devices = g_list_store_new (SIAMBAN_TYPE_DEVICE);
  g_list_store_append (devices, device);

  return siamban_trainer_new_on_devices (config, G_LIST_MODEL (devices), run_directory, error);
}

/**
 * siamban_trainer_new_on_devices:
 * @config: describes the run; later changes to it have no effect
 * @devices: what computes: at least one [class@Device], each for one replica of the network; see
 *   [func@Device.open_all]
 * @run_directory: (type filename): the folder that the run writes to; it is made when it runs
 * @error: return location for an error
 *
 * Makes a trainer for one network on several devices.
 *
 * Each device makes batches of `TRAIN.BATCH_SIZE` of its own: R devices take R times as many samples
 * an iteration, and as many fewer iterations. Gradients are averaged or summed, as
 * `TRAIN.GRAD_REDUCE` says. [property@Trainer:accumulate] multiplies the samples in the same way.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if @config describes no model.
 *
 * Returns: (transfer full): a new trainer
 *
 * Since: 0.1
 */
SiambanTrainer *
siamban_trainer_new_on_devices (SiambanConfig *config,
                                GListModel *devices,
                                const char *run_directory,
                                GError **error)
{
  g_autoptr (SiambanTrainer) self = NULL;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (config), NULL);
  g_return_val_if_fail (G_IS_LIST_MODEL (devices), NULL);
  g_return_val_if_fail (g_list_model_get_n_items (devices) > 0, NULL);
  g_return_val_if_fail (run_directory != NULL, NULL);

  self = g_object_new (SIAMBAN_TYPE_TRAINER, NULL);
  self->config = siamban_config_copy (config);
  self->devices = g_object_ref (devices);
  self->device = g_list_model_get_item (devices, 0);
  self->run_directory = g_strdup (run_directory);
  self->model = siamban_model_new (self->config, error);
  if (self->model == NULL)
    return NULL;

  return g_steal_pointer (&self);
}
