/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-validation.h"

static void
run_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  SiambanEvaluation *result = siamban_validation_run (SIAMBAN_VALIDATION (source_object), task_data,
                                                      cancellable, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) siamban_evaluation_unref);
  else
    g_task_return_error (task, error);
}

/**
 * siamban_validation_run_async:
 * @self: sequences
 * @tracker: a tracker; do not touch it until it is done
 * @cancellable: (nullable): ends it after the current frame
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Tracks the target of each first frame through its sequence, in one pass.
 *
 * It works in a thread of its own; @callback comes in the thread-default main context of this call.
 *
 * Since: 0.1
 */
void
siamban_validation_run_async (SiambanValidation *self,
                              SiambanTracker *tracker,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (SIAMBAN_IS_VALIDATION (self));
  g_return_if_fail (SIAMBAN_IS_TRACKER (tracker));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_validation_run_async);
  g_task_set_task_data (task, g_object_ref (tracker), g_object_unref);
  g_task_run_in_thread (task, run_in_thread);
}

/**
 * siamban_validation_run_finish:
 * @self: sequences
 * @result: the result that the callback received
 * @error: return location for an error
 *
 * Ends what [method@Validation.run_async] began.
 *
 * It fails as [method@Validation.run] does.
 *
 * Returns: (transfer full): the mean over the sequences
 *
 * Since: 0.1
 */
SiambanEvaluation *
siamban_validation_run_finish (SiambanValidation *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
