/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-device.h"

typedef struct
{
  SiambanGraph *graph;
  gboolean training;
} Plan;

static void
plan_free (gpointer data)
{
  Plan *self = data;

  g_object_unref (self->graph);
  g_free (self);
}

static void
compile_in_thread (GTask *task,
                   gpointer source_object,
                   gpointer task_data,
                   GCancellable *cancellable)
{
  const Plan *plan = task_data;
  GError *error = NULL;
  SiambanProgram *program = siamban_device_compile (source_object, plan->graph, plan->training,
                                                    &error);

  if (program != NULL)
    g_task_return_pointer (task, program, g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * siamban_device_compile_async:
 * @self: a device; nothing of it may be set before @callback
 * @graph: what to compute; from now on it cannot change any more
 * @training: whether gradients will be asked for; the graph must then have a loss
 * @cancellable: (nullable): gives it up; the planning goes on to its end, and its result is dropped
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Plans a graph for the device, see [method@Device.compile].
 *
 * It works in a thread of its own; @callback comes in the thread-default main context of this call,
 * and the program is then its thread's.
 *
 * Since: 0.1
 */
void
siamban_device_compile_async (SiambanDevice *self,
                              SiambanGraph *graph,
                              gboolean training,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Plan *plan;

  g_return_if_fail (SIAMBAN_IS_DEVICE (self));
  g_return_if_fail (SIAMBAN_IS_GRAPH (graph));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  plan = g_new (Plan, 1);
  *plan = (Plan){ g_object_ref (graph), training };
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_device_compile_async);
  g_task_set_task_data (task, plan, plan_free);
  g_task_run_in_thread (task, compile_in_thread);
}

/**
 * siamban_device_compile_finish:
 * @self: a device
 * @result: the result that the callback received
 * @error: return location for an error
 *
 * Ends what [method@Device.compile_async] began.
 *
 * It fails as [method@Device.compile] does, and with %G_IO_ERROR_CANCELLED if it was given up.
 *
 * Returns: (transfer full): the program
 *
 * Since: 0.1
 */
SiambanProgram *
siamban_device_compile_finish (SiambanDevice *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
