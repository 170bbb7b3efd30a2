/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-communicator-private.h"
#include "siamban-device-monitor-private.h"
#include "siamban-replicas-private.h"
#include "siamban-run-control-private.h"
#include "siamban-trainer-private.h"

/* A paused run looks this often whether it was cancelled. */
#define PAUSE_POLL_US (100 * G_TIME_SPAN_MILLISECOND)

static void
drain_reports (SiambanTrainer *self)
{
  SiambanReport *next;

  while ((next = g_async_queue_try_pop (self->reports)) != NULL)
    {
      g_autoptr (SiambanReport) report = next;

      _siamban_trainer_deliver (self, report);
    }
}

static gboolean
drain_reports_cb (gpointer user_data)
{
  drain_reports (SIAMBAN_TRAINER (user_data));

  return G_SOURCE_REMOVE;
}

/* The worker's side. Wakes the context once however many reports wait in the queue. It attaches a
 * source instead of calling g_main_context_invoke(), which would run the function in the worker
 * when nobody owns the context at that moment. */
static void
post_report (SiambanTrainer *self, SiambanReport *report)
{
  gboolean was_empty;

  g_async_queue_lock (self->reports);
  was_empty = g_async_queue_length_unlocked (self->reports) <= 0;
  g_async_queue_push_unlocked (self->reports, report);
  g_async_queue_unlock (self->reports);

  if (was_empty)
    {
      g_autoptr (GSource) source = g_idle_source_new ();

      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_static_name (source, "[siamban] trainer reports");
      g_source_set_callback (source, drain_reports_cb, g_object_ref (self), g_object_unref);
      g_source_attach (source, self->context);
    }
}

static void
request (SiambanTrainer *self, gboolean *what, gboolean value)
{
  g_mutex_lock (&self->lock);
  *what = value;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
report_cb (SiambanReport *report, gpointer user_data)
{
  SiambanTrainer *self = SIAMBAN_TRAINER (user_data);
  g_autoptr (SiambanReport) owned = report;

  self->began |= report->kind == SIAMBAN_REPORT_EPOCH_STARTED;
  if (report->kind == SIAMBAN_REPORT_STUCK)
    {
      g_free (self->stuck_because);
      self->stuck_because = g_strdup (report->text);
      request (self, &self->pause_requested, TRUE);
    }
  if (self->context)
    post_report (self, g_steal_pointer (&owned));
  else
    _siamban_trainer_deliver (self, owned);
}

/* What is asked for now; FALSE if that is to wait. */
static gboolean
decide (SiambanTrainer *self, gboolean epoch_ended, gboolean cancelled, SiambanWish *wish)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  *wish = SIAMBAN_WISH_GO_ON;
  if (self->stop_requested || (self->stop_after_epoch_requested && epoch_ended))
    {
      self->was_stopped = TRUE;
      *wish = SIAMBAN_WISH_STOP;
      return TRUE;
    }
  if (self->snapshot_requested)
    {
      self->snapshot_requested = FALSE;
      *wish = SIAMBAN_WISH_SNAPSHOT;
      return TRUE;
    }

  return !self->pause_requested || cancelled;
}

/* Returns after a while at the latest, to look whether the run was cancelled. */
static void
wait_for_request (SiambanTrainer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->pause_requested && !self->stop_requested && !self->snapshot_requested)
    g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + PAUSE_POLL_US);
}

static void
tell_waits (SiambanTrainer *self, gboolean waits)
{
  SiambanReport *report;

  if (self->waits == waits && (waits || self->stuck_because == NULL))
    return;

  /* One that was told to go on before it waited has no reason to any more, either. */
  self->waits = waits;
  if (!waits)
    g_clear_pointer (&self->stuck_because, g_free);
  _siamban_run_status_set (self->status, waits ? SIAMBAN_RUN_PAUSED : SIAMBAN_RUN_RUNNING,
                           self->stuck_because);
  report = g_new0 (SiambanReport, 1);
  report->kind = SIAMBAN_REPORT_PAUSE_CHANGED;
  report_cb (report, self);
}

static SiambanWish
ask_cb (gboolean epoch_ended, GCancellable *cancellable, gpointer user_data)
{
  SiambanTrainer *self = SIAMBAN_TRAINER (user_data);
  SiambanWish wish;

  if (!decide (self, epoch_ended, g_cancellable_is_cancelled (cancellable), &wish))
    return SIAMBAN_WISH_WAIT;
  if (wish != SIAMBAN_WISH_SNAPSHOT)
    tell_waits (self, FALSE);

  return wish;
}

static void
wait_cb (gpointer user_data)
{
  SiambanTrainer *self = SIAMBAN_TRAINER (user_data);

  tell_waits (self, TRUE);
  wait_for_request (self);
}

static gboolean
evaluate_cb (SiambanModel *model,
             SiambanDevice *device,
             GCancellable *cancellable,
             double *measure,
             gpointer user_data,
             GError **error)
{
  SiambanTrainer *self = SIAMBAN_TRAINER (user_data);

  return self->evaluate (model, device, cancellable, measure, self->evaluate_data, error);
}

static void
request_stop_after_epoch (SiambanTrainer *self)
{
  request (self, &self->stop_after_epoch_requested, TRUE);
  request (self, &self->pause_requested, FALSE);
}

/* In the socket's thread. */
static gboolean
control_cb (const char *command, gpointer user_data)
{
  SiambanTrainer *self = SIAMBAN_TRAINER (user_data);

  if (g_str_equal (command, SIAMBAN_CONTROL_PAUSE))
    request (self, &self->pause_requested, TRUE);
  else if (g_str_equal (command, SIAMBAN_CONTROL_RESUME))
    request (self, &self->pause_requested, FALSE);
  else if (g_str_equal (command, SIAMBAN_CONTROL_STOP))
    request (self, &self->stop_requested, TRUE);
  else if (g_str_equal (command, SIAMBAN_CONTROL_STOP_AFTER_EPOCH))
    request_stop_after_epoch (self);
  else if (g_str_equal (command, SIAMBAN_CONTROL_SNAPSHOT))
    request (self, &self->snapshot_requested, TRUE);
  else
    return FALSE;

  return TRUE;
}

/* A run that could not go on leaves what there is of it as it was, its state too. */
static void
tell_end (SiambanTrainer *self, const GError *error)
{
  if (error && !self->began && _siamban_run_status_revert (self->status))
    return;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || (!error && self->was_stopped))
    _siamban_run_status_set (self->status, SIAMBAN_RUN_STOPPED, NULL);
  else
    _siamban_run_status_set (self->status, error ? SIAMBAN_RUN_FAILED : SIAMBAN_RUN_FINISHED,
                             error ? error->message : NULL);
}

/* A file system without sockets: the run can be followed, and stopped by a signal only. */
static void
tell_no_control (SiambanTrainer *self, const GError *error)
{
  SiambanReport *report = g_new0 (SiambanReport, 1);

  report->kind = SIAMBAN_REPORT_MESSAGE;
  report->text = g_strdup_printf ("Other processes cannot control this run: %s", error->message);
  report_cb (report, self);
}

static char **
list_devices (SiambanTrainer *self)
{
  const guint n = g_list_model_get_n_items (self->devices);
  char **ids = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SiambanDevice) device = g_list_model_get_item (self->devices, i);

      ids[i] = g_strdup (siamban_device_get_id (device));
    }

  return ids;
}

/* As a rank of several processes that is not the first: nothing is written, and nothing told. */
static gboolean
follow (SiambanTrainer *self, SiambanCommunicator *processes, GError **error)
{
  const SiambanTrainingOptions options = { .preflight = self->preflight,
                                           .schedule = self->schedule,
                                           .stages = self->stages,
                                           .dry_steps = self->dry_steps,
                                           .pause_after_skips = self->pause_after_skips,
                                           .accept_changes = self->accept_changes };

  return _siamban_replicas_follow (self->config, self->devices, processes, self->model, &options,
                                   error);
}

/* The folder and its control belong to rank 0 of all processes. */
static gboolean
lead (SiambanTrainer *self,
      SiambanCommunicator *processes,
      GCancellable *cancellable,
      GError **error)
{
  const SiambanTrainingHooks hooks = {
    .report = report_cb,
    .ask = ask_cb,
    .wait = wait_cb,
    .evaluate = self->evaluate ? evaluate_cb : NULL,
    .evaluate_epochs = self->evaluate_epochs,
    .user_data = self,
  };
  SiambanTrainingOptions options = { 0 };
  g_autoptr (SiambanRunControl) control = NULL;
  g_autoptr (GListModel) own = _siamban_replicas_list_devices (self->devices, processes);
  g_autoptr (SiambanDeviceMonitor) monitor = NULL;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GError) no_control = NULL;

  self->status = _siamban_run_status_open (self->run_directory, error);
  if (self->status == NULL)
    return FALSE;

  _siamban_run_status_set (self->status, SIAMBAN_RUN_RUNNING, NULL);
  control = _siamban_run_control_new (self->run_directory, control_cb, self, &no_control);
  if (control == NULL)
    tell_no_control (self, no_control);
  monitor = _siamban_device_monitor_new (own, self->run_directory);

  options.preflight = self->preflight;
  options.dry_steps = self->dry_steps;
  options.pause_after_skips = self->pause_after_skips;
  options.accept_changes = self->accept_changes;
  options.schedule = self->schedule;
  options.stages = self->stages;
  options.devices = list_devices (self);
  (void) _siamban_replicas_run (self->config, self->devices, processes, self->model, &hooks,
                                &options, self->run_directory, cancellable, &failure);
  g_strfreev (options.devices);

  g_clear_pointer (&monitor, _siamban_device_monitor_free);
  g_clear_pointer (&control, _siamban_run_control_free);
  tell_end (self, failure);
  g_clear_pointer (&self->status, _siamban_run_status_free);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

/* In either thread. */
static gboolean
train (SiambanTrainer *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) failure = NULL;
  SiambanCommunicator *processes = siamban_communicator_get_default (&failure);

  if (failure == NULL && processes != NULL && siamban_communicator_get_rank (processes) > 0)
    (void) follow (self, processes, &failure);
  else if (failure == NULL)
    (void) lead (self, processes, cancellable, &failure);
  if (failure == NULL)
    return TRUE;

  /* Who waits for this rank need not, whatever it failed of. */
  if (processes != NULL)
    _siamban_communicator_leave (processes, failure->message);
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

static void
conclude (SiambanTrainer *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    _siamban_trainer_set_state (self, SIAMBAN_TRAINER_STOPPED);
  else if (error)
    _siamban_trainer_set_state (self, SIAMBAN_TRAINER_FAILED);
  else
    _siamban_trainer_set_state (self, self->was_stopped ? SIAMBAN_TRAINER_STOPPED
                                                        : SIAMBAN_TRAINER_FINISHED);
}

/**
 * siamban_trainer_run:
 * @self: a trainer that has not run yet
 * @cancellable: (nullable): ends the run after the current iteration
 * @error: return location for an error
 *
 * Runs the training in this thread. Signals are emitted while it runs.
 *
 * It fails if the configuration, the data, the weights to start from or the folder cannot be used,
 * if a checkpoint cannot be written, if one update after the other had to be skipped, and with
 * %G_IO_ERROR_CANCELLED if @cancellable was cancelled; what was saved before stays as it is.
 *
 * Returns: %TRUE if the training ended, or was stopped by [method@Trainer.stop]
 *
 * Since: 0.1
 */
gboolean
siamban_trainer_run (SiambanTrainer *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (self->state == SIAMBAN_TRAINER_IDLE, FALSE);

  if (!_siamban_trainer_check_threads (self, error))
    return FALSE;

  _siamban_trainer_set_state (self, SIAMBAN_TRAINER_RUNNING);
  (void) train (self, cancellable, &failure);
  conclude (self, failure);

  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

static void
run_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  SiambanTrainer *self = SIAMBAN_TRAINER (source_object);
  GError *error = NULL;

  if (train (self, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * siamban_trainer_run_async:
 * @self: a trainer that has not run yet
 * @cancellable: (nullable): ends the run after the current iteration
 * @callback: (scope async): called when the run ended
 * @user_data: data for @callback
 *
 * Runs the training in a thread of its own.
 *
 * Signals and @callback come out in the thread-default main context of this call.
 *
 * Since: 0.1
 */
void
siamban_trainer_run_async (SiambanTrainer *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (SIAMBAN_IS_TRAINER (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));
  g_return_if_fail (self->state == SIAMBAN_TRAINER_IDLE);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_trainer_run_async);
  /* A run that ended well before it noticed the cancellation did end well. */
  g_task_set_check_cancellable (task, FALSE);

  self->context = g_main_context_ref (g_task_get_context (task));
  _siamban_trainer_set_state (self, SIAMBAN_TRAINER_RUNNING);
  g_task_run_in_thread (task, run_in_thread);
}

/**
 * siamban_trainer_run_finish:
 * @self: a trainer
 * @result: the result that the callback received
 * @error: return location for an error
 *
 * Ends what [method@Trainer.run_async] began. By now each report is out.
 *
 * It fails as [method@Trainer.run] does.
 *
 * Returns: %TRUE if the training ended, or was stopped by [method@Trainer.stop]
 *
 * Since: 0.1
 */
gboolean
siamban_trainer_run_finish (SiambanTrainer *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  drain_reports (self);
  (void) g_task_propagate_boolean (G_TASK (result), &failure);
  conclude (self, failure);

  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

/* A request may have come from here, or from another process. */
void
_siamban_trainer_update_paused (SiambanTrainer *self)
{
  gboolean pause;

  g_mutex_lock (&self->lock);
  pause = self->pause_requested;
  g_mutex_unlock (&self->lock);

  if (self->state == SIAMBAN_TRAINER_RUNNING || self->state == SIAMBAN_TRAINER_PAUSED)
    _siamban_trainer_set_state (self, pause ? SIAMBAN_TRAINER_PAUSED : SIAMBAN_TRAINER_RUNNING);
}

static void
request_pause (SiambanTrainer *self, gboolean pause)
{
  request (self, &self->pause_requested, pause);
  _siamban_trainer_update_paused (self);
}

/**
 * siamban_trainer_pause:
 * @self: a trainer
 *
 * Lets the run wait after the current iteration.
 *
 * Use it with [method@Trainer.run_async]: a paused [method@Trainer.run] would block its thread.
 *
 * Since: 0.1
 */
void
siamban_trainer_pause (SiambanTrainer *self)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));

  request_pause (self, TRUE);
}

/**
 * siamban_trainer_resume:
 * @self: a trainer
 *
 * Lets a paused run go on.
 *
 * Since: 0.1
 */
void
siamban_trainer_resume (SiambanTrainer *self)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));

  request_pause (self, FALSE);
}

/**
 * siamban_trainer_stop:
 * @self: a trainer
 *
 * Ends the run after the current iteration, with a checkpoint to resume from.
 *
 * Since: 0.1
 */
void
siamban_trainer_stop (SiambanTrainer *self)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));

  request (self, &self->stop_requested, TRUE);
}

/**
 * siamban_trainer_stop_after_epoch:
 * @self: a trainer
 *
 * Ends the run after the current epoch and its checkpoint. A paused run goes on until then.
 *
 * Since: 0.1
 */
void
siamban_trainer_stop_after_epoch (SiambanTrainer *self)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));

  request_stop_after_epoch (self);
  _siamban_trainer_update_paused (self);
}

/**
 * siamban_trainer_save_snapshot:
 * @self: a trainer
 *
 * Writes a checkpoint after the current iteration, from which the run can go on there.
 * [signal@Trainer::checkpoint] tells when it is complete.
 *
 * Since: 0.1
 */
void
siamban_trainer_save_snapshot (SiambanTrainer *self)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));

  request (self, &self->snapshot_requested, TRUE);
}
