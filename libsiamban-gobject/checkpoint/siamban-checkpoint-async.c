/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-checkpoint-private.h"

static void
read_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  SiambanCheckpoint *result = siamban_checkpoint_new_from_file (task_data, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * siamban_checkpoint_new_from_file_async:
 * @path: (type filename): path of a file
 * @cancellable: (nullable): gives it up; the file is read to its end
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Reads a file of weights.
 *
 * It works in a thread of its own; @callback comes in the thread-default main context of this call.
 *
 * Since: 0.1
 */
void
siamban_checkpoint_new_from_file_async (const char *path,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (path != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_checkpoint_new_from_file_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, read_in_thread);
}

/**
 * siamban_checkpoint_new_from_file_finish: (constructor)
 * @result: the result that the callback received
 * @error: return location for an error
 *
 * Ends what [func@Checkpoint.new_from_file_async] began.
 *
 * It fails as [ctor@Checkpoint.new_from_file] does, and with %G_IO_ERROR_CANCELLED if it was given up.
 *
 * Returns: (transfer full): a new checkpoint
 *
 * Since: 0.1
 */
SiambanCheckpoint *
siamban_checkpoint_new_from_file_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Whether a file was written is the thread's to say, also if it was cancelled after that. */
static void
save_in_background (SiambanCheckpoint *self,
                    const char *path,
                    GTaskThreadFunc function,
                    gpointer tag,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, function);
}

static void
save_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (_siamban_checkpoint_save (source_object, task_data, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * siamban_checkpoint_save_async:
 * @self: a checkpoint; it must not change before @callback
 * @path: (type filename): where to write
 * @cancellable: (nullable): gives it up, and leaves a file that had that name as it was
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Writes the checkpoint as the original does, see [method@Checkpoint.save].
 *
 * It works in a thread of its own; @callback comes in the thread-default main context of this call.
 *
 * Since: 0.1
 */
void
siamban_checkpoint_save_async (SiambanCheckpoint *self,
                               const char *path,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (SIAMBAN_IS_CHECKPOINT (self));
  g_return_if_fail (path != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  save_in_background (self, path, save_in_thread, siamban_checkpoint_save_async, cancellable,
                      callback, user_data);
}

/**
 * siamban_checkpoint_save_finish:
 * @self: a checkpoint
 * @result: the result that the callback received
 * @error: return location for an error
 *
 * Ends what [method@Checkpoint.save_async] began.
 *
 * It fails as [method@Checkpoint.save] does, and with %G_IO_ERROR_CANCELLED if it was given up
 * before the file was whole.
 *
 * Returns: %TRUE if the file was written
 *
 * Since: 0.1
 */
gboolean
siamban_checkpoint_save_finish (SiambanCheckpoint *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
save_safetensors_in_thread (GTask *task,
                            gpointer source_object,
                            gpointer task_data,
                            GCancellable *cancellable)
{
  GError *error = NULL;

  if (_siamban_checkpoint_save_safetensors (source_object, task_data, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * siamban_checkpoint_save_safetensors_async:
 * @self: a checkpoint; it must not change before @callback
 * @path: (type filename): where to write
 * @cancellable: (nullable): gives it up, and leaves a file that had that name as it was
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Writes the weights as a safetensors file, see [method@Checkpoint.save_safetensors].
 *
 * It works in a thread of its own; @callback comes in the thread-default main context of this call.
 *
 * Since: 0.1
 */
void
siamban_checkpoint_save_safetensors_async (SiambanCheckpoint *self,
                                           const char *path,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data)
{
  g_return_if_fail (SIAMBAN_IS_CHECKPOINT (self));
  g_return_if_fail (path != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  save_in_background (self, path, save_safetensors_in_thread,
                      siamban_checkpoint_save_safetensors_async, cancellable, callback, user_data);
}

/**
 * siamban_checkpoint_save_safetensors_finish:
 * @self: a checkpoint
 * @result: the result that the callback received
 * @error: return location for an error
 *
 * Ends what [method@Checkpoint.save_safetensors_async] began.
 *
 * It fails as [method@Checkpoint.save_safetensors] does, and with %G_IO_ERROR_CANCELLED if it was given up
 * before the file was whole.
 *
 * Returns: %TRUE if the file was written
 *
 * Since: 0.1
 */
gboolean
siamban_checkpoint_save_safetensors_finish (SiambanCheckpoint *self,
                                            GAsyncResult *result,
                                            GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
