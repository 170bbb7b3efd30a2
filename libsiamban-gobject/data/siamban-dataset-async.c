/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-dataset.h"

static void
read_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  SiambanDataset *result = siamban_dataset_new_from_config (task_data, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * siamban_dataset_new_from_config_async:
 * @config: a configuration; later changes to it have no effect
 * @cancellable: (nullable): gives it up; what is being read is read to its end
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Reads the annotations of all sources in `DATASET.NAMES` and mixes them.
 *
 * It works in a thread of its own; @callback comes in the thread-default main context of this call.
 *
 * Since: 0.1
 */
void
siamban_dataset_new_from_config_async (SiambanConfig *config,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (SIAMBAN_IS_CONFIG (config));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_dataset_new_from_config_async);
  g_task_set_task_data (task, siamban_config_copy (config), g_object_unref);
  g_task_run_in_thread (task, read_in_thread);
}

/**
 * siamban_dataset_new_from_config_finish: (constructor)
 * @result: the result that the callback received
 * @error: return location for an error
 *
 * Ends what [func@Dataset.new_from_config_async] began.
 *
 * It fails as [ctor@Dataset.new_from_config] does, and with %G_IO_ERROR_CANCELLED if it was given up.
 *
 * Returns: (transfer full): a new dataset
 *
 * Since: 0.1
 */
SiambanDataset *
siamban_dataset_new_from_config_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
