/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-error.h"
#include "siamban-run-control-private.h"
#include "siamban-run-private.h"
#include "siambanenums.h"

/**
 * SiambanRun:
 *
 * A training that is known by its folder: finished, or at work in this process, in one that was
 * launched by [func@Run.launch], or in somebody else's.
 *
 * It reads the files of the folder and follows them as they grow: each iteration that
 * `events.jsonl` tells of is there by index, as a series of numbers for a plot, and, when it is new,
 * as a signal. It never writes to the folder. What [method@Run.pause], [method@Run.stop] and the
 * like ask for goes to the training through a socket in the folder, `control`, which only the same
 * user may open.
 *
 * Use it in the thread that made it. Signals come out in that thread's default main context, a
 * quarter of a second after the files changed at the latest, or from [method@Run.refresh]. A run
 * writes its files once a second.
 *
 * Since: 0.1
 */

#define POLL_MS 250

enum
{
  PROP_DIRECTORY = 1,
  PROP_STATE,
  PROP_REASON,
  PROP_PROGRESS,
  PROP_ETA,
  N_PROPS,
};

enum
{
  SIGNAL_ITERATION,
  SIGNAL_VALIDATION,
  SIGNAL_MESSAGE,
  SIGNAL_CHECKPOINT,
  SIGNAL_REWOUND,
  N_SIGNALS,
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SiambanRun, siamban_run, G_TYPE_OBJECT)

void
_siamban_run_set_state (SiambanRun *self, SiambanRunState state, const char *reason)
{
  if (g_strcmp0 (self->reason, reason) != 0)
    {
      g_free (self->reason);
      self->reason = g_strdup (reason);
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REASON]);
    }
  if (self->state != state)
    {
      self->state = state;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
    }
}

void
_siamban_run_emit_iteration (SiambanRun *self, const SiambanIteration *iteration)
{
  g_signal_emit (self, signals[SIGNAL_ITERATION], 0, iteration);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROGRESS]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ETA]);
}

void
_siamban_run_emit_validation (SiambanRun *self, const SiambanValidationResult *result)
{
  g_signal_emit (self, signals[SIGNAL_VALIDATION], 0, result);
}

void
_siamban_run_emit_message (SiambanRun *self, const char *text)
{
  g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, text);
}

void
_siamban_run_emit_checkpoint (SiambanRun *self, const char *path)
{
  g_signal_emit (self, signals[SIGNAL_CHECKPOINT], 0, path);
}

void
_siamban_run_emit_rewound (SiambanRun *self)
{
  g_signal_emit (self, signals[SIGNAL_REWOUND], 0);
}

static void
siamban_run_finalize (GObject *object)
{
  SiambanRun *self = SIAMBAN_RUN (object);

  if (self->poll)
    g_source_destroy (self->poll);
  g_clear_pointer (&self->poll, g_source_unref);
  g_clear_object (&self->process);
  g_clear_object (&self->snapshots);
  g_clear_object (&self->devices);
  g_ptr_array_unref (self->problems);
  g_array_unref (self->iterations);
  g_array_unref (self->validations);
  _siamban_file_tail_clear (&self->events);
  _siamban_file_tail_clear (&self->log);
  g_free (self->reason);
  g_free (self->directory);

  G_OBJECT_CLASS (siamban_run_parent_class)->finalize (object);
}

static void
siamban_run_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanRun *self = SIAMBAN_RUN (object);

  switch (prop_id)
    {
    case PROP_DIRECTORY:
      g_value_set_string (value, self->directory);
      break;

    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;

    case PROP_REASON:
      g_value_set_string (value, self->reason);
      break;

    case PROP_PROGRESS:
      g_value_set_double (value, siamban_run_get_progress (self));
      break;

    case PROP_ETA:
      g_value_set_double (value, siamban_run_get_eta (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

#define READ_ONLY (G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS)

static void
install_properties (GObjectClass *object_class)
{
  /**
   * SiambanRun:directory: (getter get_directory)
   *
   * The folder of the run.
   *
   * Since: 0.1
   */
  props[PROP_DIRECTORY] = g_param_spec_string ("directory", NULL, NULL, NULL, READ_ONLY);

  /**
   * SiambanRun:state: (getter get_state)
   *
   * What becomes of the run.
   *
   * Since: 0.1
   */
  props[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, SIAMBAN_TYPE_RUN_STATE,
                                         SIAMBAN_RUN_UNKNOWN, READ_ONLY);

  /**
   * SiambanRun:reason: (getter get_reason)
   *
   * Why the run failed, or paused by itself, or %NULL.
   *
   * Since: 0.1
   */
  props[PROP_REASON] = g_param_spec_string ("reason", NULL, NULL, NULL, READ_ONLY);

  /**
   * SiambanRun:progress: (getter get_progress)
   *
   * How much of the training is done, 0 to 1.
   *
   * Since: 0.1
   */
  props[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, READ_ONLY);

  /**
   * SiambanRun:eta: (getter get_eta)
   *
   * Seconds that the rest of the training will take, as the last iteration estimated.
   *
   * Since: 0.1
   */
  props[PROP_ETA] = g_param_spec_double ("eta", NULL, NULL, 0, G_MAXDOUBLE, 0, READ_ONLY);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static guint
new_signal (const char *name, guint n_params, GType param)
{
  return g_signal_new (name, SIAMBAN_TYPE_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                       n_params, param);
}

static void
install_signals (void)
{
  /**
   * SiambanRun::iteration:
   * @self: the run
   * @iteration: what it did
   *
   * An iteration ended. Those that were done when @self was made are not told: get them by
   * [method@Run.get_iteration] or [method@Run.get_series].
   *
   * Since: 0.1
   */
  signals[SIGNAL_ITERATION] = new_signal ("iteration", 1,
                                          SIAMBAN_TYPE_ITERATION | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * SiambanRun::validation:
   * @self: the run
   * @result: what it came to
   *
   * The network was judged after an epoch. Those results that were there when @self was made are not
   * told: get them by [method@Run.get_validation].
   *
   * Since: 0.1
   */
  signals[SIGNAL_VALIDATION] = new_signal (
      "validation", 1, SIAMBAN_TYPE_VALIDATION_RESULT | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * SiambanRun::message:
   * @self: the run
   * @text: one or more lines
   *
   * The log has new lines. It is told from its beginning, in parts.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MESSAGE] = new_signal ("message", 1, G_TYPE_STRING);

  /**
   * SiambanRun::checkpoint:
   * @self: the run
   * @path: path of the file
   *
   * A checkpoint is complete.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CHECKPOINT] = new_signal ("checkpoint", 1, G_TYPE_STRING);

  /**
   * SiambanRun::rewound:
   * @self: the run
   *
   * The run was resumed before its last iteration: those that are known are forgotten, and told
   * anew; the validations as well.
   *
   * Since: 0.1
   */
  signals[SIGNAL_REWOUND] = g_signal_new ("rewound", SIAMBAN_TYPE_RUN, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
siamban_run_class_init (SiambanRunClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = siamban_run_finalize;
  object_class->get_property = siamban_run_get_property;

  install_properties (object_class);
  install_signals ();
}

static void
siamban_run_init (SiambanRun *self)
{
  self->iterations = g_array_new (FALSE, FALSE, sizeof (SiambanIteration));
  self->validations = g_array_new (FALSE, FALSE, sizeof (SiambanValidationResult));
  self->snapshots = g_list_store_new (G_TYPE_FILE);
  self->devices = g_list_store_new (SIAMBAN_TYPE_RUN_DEVICE);
  self->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) siamban_run_problem_free);
}

static gboolean
poll_cb (gpointer user_data)
{
  siamban_run_refresh (SIAMBAN_RUN (user_data));

  return G_SOURCE_CONTINUE;
}

SiambanRun *
_siamban_run_new_unchecked (const char *directory, GSubprocess *process)
{
  SiambanRun *self = g_object_new (SIAMBAN_TYPE_RUN, NULL);

  self->directory = g_canonicalize_filename (directory, NULL);
  self->process = process;
  _siamban_file_tail_init (&self->events, self->directory, "events.jsonl");
  _siamban_file_tail_init (&self->log, self->directory, "logs.txt");
  _siamban_run_read_history (self);
  /* Who was started will see to it. */
  if (process == NULL)
    _siamban_run_find_problems (self);

  return self;
}

void
_siamban_run_follow (SiambanRun *self)
{
  /* The source does not keep the run: whoever drops it ends the following. */
  self->poll = g_timeout_source_new (POLL_MS);
  g_source_set_static_name (self->poll, "[siamban] follow run");
  g_source_set_callback (self->poll, poll_cb, self, NULL);
  g_source_attach (self->poll, g_main_context_get_thread_default ());
}

SiambanRun *
_siamban_run_read (const char *directory, GError **error)
{
  if (siamban_run_is_run (directory))
    return _siamban_run_new_unchecked (directory, NULL);

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO,
               "There is no run in “%s”: expected a file events.jsonl, status.json or logs.txt",
               directory);

  return NULL;
}

/**
 * siamban_run_is_run:
 * @directory: (type filename): a folder
 *
 * Tells whether a training was begun in a folder.
 *
 * Returns: %TRUE if it was
 *
 * Since: 0.1
 */
gboolean
siamban_run_is_run (const char *directory)
{
  g_autofree char *events = NULL;
  g_autofree char *status = NULL;
  g_autofree char *log = NULL;

  g_return_val_if_fail (directory != NULL, FALSE);

  events = g_build_filename (directory, "events.jsonl", NULL);
  status = g_build_filename (directory, "status.json", NULL);
  log = g_build_filename (directory, "logs.txt", NULL);

  return g_file_test (events, G_FILE_TEST_IS_REGULAR) ||
         g_file_test (status, G_FILE_TEST_IS_REGULAR) || g_file_test (log, G_FILE_TEST_IS_REGULAR);
}

/**
 * siamban_run_new:
 * @directory: (type filename): the folder of a run
 * @error: return location for an error
 *
 * Opens a run, reads its history, and follows it.
 *
 * It fails with %SIAMBAN_ERROR_IO if there is no run in @directory.
 *
 * Returns: (transfer full): the run
 *
 * Since: 0.1
 */
SiambanRun *
siamban_run_new (const char *directory, GError **error)
{
  SiambanRun *self;

  g_return_val_if_fail (directory != NULL, NULL);

  self = _siamban_run_read (directory, error);
  if (self != NULL)
    _siamban_run_follow (self);

  return self;
}

/**
 * siamban_run_get_directory: (get-property directory)
 * @self: a run
 *
 * Gets the folder of the run.
 *
 * Returns: (transfer none) (type filename): the absolute path
 *
 * Since: 0.1
 */
const char *
siamban_run_get_directory (SiambanRun *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);

  return self->directory;
}

/**
 * siamban_run_load_config:
 * @self: a run
 * @error: return location for an error
 *
 * Reads the configuration of the run, from its `config.yaml`.
 *
 * Returns: (transfer full): the configuration
 *
 * Since: 0.1
 */
SiambanConfig *
siamban_run_load_config (SiambanRun *self, GError **error)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);

  path = g_build_filename (self->directory, "config.yaml", NULL);

  return siamban_config_new_from_file (path, error);
}

/**
 * siamban_run_get_state: (get-property state)
 * @self: a run
 *
 * Gets what becomes of the run, as it was at the last look.
 *
 * Returns: the state
 *
 * Since: 0.1
 */
SiambanRunState
siamban_run_get_state (SiambanRun *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), SIAMBAN_RUN_UNKNOWN);

  return self->state;
}

/**
 * siamban_run_get_reason: (get-property reason)
 * @self: a run
 *
 * Gets why the run failed, or paused by itself.
 *
 * Returns: (transfer none) (nullable): the reason, or %NULL if it did neither
 *
 * Since: 0.1
 */
const char *
siamban_run_get_reason (SiambanRun *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);

  return self->reason;
}

static gboolean
ask (SiambanRun *self, const char *command, GError **error)
{
  return _siamban_run_control_send (self->directory, command, error);
}

/**
 * siamban_run_pause:
 * @self: a run
 * @error: return location for an error
 *
 * Asks the training to wait after its current iteration. [property@Run:state] tells when it does.
 *
 * This and the like wait until the training heard it, some milliseconds, and fail with
 * %SIAMBAN_ERROR_IO if nobody trains there.
 *
 * Returns: %TRUE if the training heard it
 *
 * Since: 0.1
 */
gboolean
siamban_run_pause (SiambanRun *self, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), FALSE);

  return ask (self, SIAMBAN_CONTROL_PAUSE, error);
}

/**
 * siamban_run_resume:
 * @self: a run
 * @error: return location for an error
 *
 * Asks a paused training to go on. A run that ended goes on by [func@Run.launch].
 *
 * Returns: %TRUE if the training heard it
 *
 * Since: 0.1
 */
gboolean
siamban_run_resume (SiambanRun *self, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), FALSE);

  return ask (self, SIAMBAN_CONTROL_RESUME, error);
}

/**
 * siamban_run_stop:
 * @self: a run
 * @error: return location for an error
 *
 * Asks the training to end after its current iteration, with a checkpoint to go on from.
 *
 * Returns: %TRUE if the training heard it
 *
 * Since: 0.1
 */
gboolean
siamban_run_stop (SiambanRun *self, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), FALSE);

  return ask (self, SIAMBAN_CONTROL_STOP, error);
}

/**
 * siamban_run_stop_after_epoch:
 * @self: a run
 * @error: return location for an error
 *
 * Asks the training to end after its current epoch and that epoch's checkpoint. A paused training
 * goes on until then.
 *
 * Returns: %TRUE if the training heard it
 *
 * Since: 0.1
 */
gboolean
siamban_run_stop_after_epoch (SiambanRun *self, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), FALSE);

  return ask (self, SIAMBAN_CONTROL_STOP_AFTER_EPOCH, error);
}

/**
 * siamban_run_save_snapshot:
 * @self: a run
 * @error: return location for an error
 *
 * Asks the training for a checkpoint after its current iteration, from which it can go on.
 * [signal@Run::checkpoint] tells when it is there.
 *
 * Returns: %TRUE if the training heard it
 *
 * Since: 0.1
 */
gboolean
siamban_run_save_snapshot (SiambanRun *self, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), FALSE);

  return ask (self, SIAMBAN_CONTROL_SNAPSHOT, error);
}
