/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onnx.h"

typedef struct
{
  char *name;
  char *path;
} Names;

static void
names_free (gpointer data)
{
  Names *self = data;

  g_free (self->name);
  g_free (self->path);
  g_free (self);
}

static void
save_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  const Names *names = task_data;
  GError *error = NULL;

  if (!g_cancellable_set_error_if_cancelled (cancellable, &error) &&
      siamban_onnx_save (source_object, names->name, names->path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * siamban_onnx_save_async:
 * @graph: a graph; neither it nor its weights may change before @callback
 * @name: what the network is called
 * @path: (type filename): where to write
 * @cancellable: (nullable): gives it up if the file was not begun
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Writes a network as an ONNX file, see [func@onnx_save].
 *
 * It works in a thread of its own; @callback comes in the thread-default main context of this call.
 *
 * Since: 0.1
 */
void
siamban_onnx_save_async (SiambanGraph *graph,
                         const char *name,
                         const char *path,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Names *names;

  g_return_if_fail (SIAMBAN_IS_GRAPH (graph));
  g_return_if_fail (name != NULL && path != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  names = g_new (Names, 1);
  *names = (Names){ g_strdup (name), g_strdup (path) };
  task = g_task_new (graph, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_onnx_save_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, names, names_free);
  g_task_run_in_thread (task, save_in_thread);
}

/**
 * siamban_onnx_save_finish:
 * @result: the result that the callback received
 * @error: return location for an error
 *
 * Ends what [func@onnx_save_async] began.
 *
 * It fails as [func@onnx_save] does, and with %G_IO_ERROR_CANCELLED if it was given up before it began.
 *
 * Returns: %TRUE if the file was written
 *
 * Since: 0.1
 */
gboolean
siamban_onnx_save_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (G_IS_TASK (result), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
