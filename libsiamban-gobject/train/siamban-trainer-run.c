/* SPDX-License-Identifier: Apache-2.0 */
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
report_cb (SiambanReport *report, gpointer user_data)
{
  SiambanTrainer *self = SIAMBAN_TRAINER (user_data);
  g_autoptr (SiambanReport) owned = report;

  if (self->context)
    post_report (self, g_steal_pointer (&owned));
  else
    _siamban_trainer_deliver (self, owned);
}

static gboolean
may_go_on_cb (GCancellable *cancellable, gpointer user_data)
{
  SiambanTrainer *self = SIAMBAN_TRAINER (user_data);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (self->pause_requested && !self->stop_requested &&
         !g_cancellable_is_cancelled (cancellable))
    g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + PAUSE_POLL_US);

  if (self->stop_requested)
    self->was_stopped = TRUE;

  return !self->stop_requested;
}

/* In either thread. */
static gboolean
train (SiambanTrainer *self, GCancellable *cancellable, GError **error)
{
  const SiambanTrainingHooks hooks = { report_cb, may_go_on_cb, self };
  g_autoptr (SiambanTraining)
      training = _siamban_training_new (self->config, self->device, self->model, &hooks);

  return _siamban_training_run (training, self->run_directory, cancellable, error);
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
 * if a checkpoint cannot be written, if the weights stop being finite, and with
 * %G_IO_ERROR_CANCELLED if @cancellable was cancelled; what was saved before stays as it is.
 *
 * Returns: %TRUE if the training ended, or was stopped by [method@Trainer.stop]
 *
 * Since: 1.0
 */
gboolean
siamban_trainer_run (SiambanTrainer *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (self->state == SIAMBAN_TRAINER_IDLE, FALSE);

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
 * Since: 1.0
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
 * Since: 1.0
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

static void
request_pause (SiambanTrainer *self, gboolean pause)
{
  g_mutex_lock (&self->lock);
  self->pause_requested = pause;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);

  if (self->state == SIAMBAN_TRAINER_RUNNING || self->state == SIAMBAN_TRAINER_PAUSED)
    _siamban_trainer_set_state (self, pause ? SIAMBAN_TRAINER_PAUSED : SIAMBAN_TRAINER_RUNNING);
}

/**
 * siamban_trainer_pause:
 * @self: a trainer
 *
 * Lets the run wait after the current iteration.
 *
 * Use it with [method@Trainer.run_async]: a paused [method@Trainer.run] would block its thread.
 *
 * Since: 1.0
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
 * Since: 1.0
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
 * Since: 1.0
 */
void
siamban_trainer_stop (SiambanTrainer *self)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));

  g_mutex_lock (&self->lock);
  self->stop_requested = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}
