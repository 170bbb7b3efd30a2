/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-control-private.h"
#include "siamban-run-private.h"

/* What of a run may take a while: reading a long history, starting a process, waiting for an answer.
 * A thread does it, and the run belongs to the thread that asked. */

typedef struct
{
  char *directory;
  SiambanConfig *config;
  char **command;
  char **options;
} Launch;

static void
free_launch (gpointer data)
{
  Launch *launch = data;

  g_free (launch->directory);
  g_clear_object (&launch->config);
  g_strfreev (launch->command);
  g_strfreev (launch->options);
  g_free (launch);
}

static void
return_run (GTask *task, SiambanRun *run, GError *error)
{
  if (run != NULL)
    g_task_return_pointer (task, run, g_object_unref);
  else
    g_task_return_error (task, error);
}

/* In the thread that asked. */
static SiambanRun *
take_run (GAsyncResult *result, GError **error)
{
  SiambanRun *run = g_task_propagate_pointer (G_TASK (result), error);

  if (run != NULL)
    _siamban_run_follow (run);

  return run;
}

static void
open_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  SiambanRun *run = _siamban_run_read (task_data, &error);

  return_run (task, run, g_steal_pointer (&error));
}

/**
 * siamban_run_open_async:
 * @directory: (type filename): the folder of a run
 * @cancellable: (nullable): cancels it
 * @callback: (scope async): called in the thread's default main context when it is done
 * @user_data: data for @callback
 *
 * Does what [ctor@Run.new] does, but reads the history, which may be long, in another thread.
 *
 * Since: 0.1
 */
void
siamban_run_open_async (const char *directory,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_return_if_fail (directory != NULL);

  g_task_set_source_tag (task, siamban_run_open_async);
  g_task_set_task_data (task, g_strdup (directory), g_free);
  g_task_run_in_thread (task, open_thread);
}

/**
 * siamban_run_open_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [func@Run.open_async]. The run belongs to the thread that calls this.
 *
 * Returns: (transfer full): the run
 *
 * Since: 0.1
 */
SiambanRun *
siamban_run_open_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, siamban_run_open_async), NULL);

  return take_run (result, error);
}

static void
launch_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Launch *launch = task_data;
  g_autoptr (GError) error = NULL;
  SiambanRun *run = _siamban_run_start (launch->directory, launch->config,
                                        (const char *const *) launch->command,
                                        (const char *const *) launch->options, &error);

  return_run (task, run, g_steal_pointer (&error));
}

/**
 * siamban_run_launch_async:
 * @directory: (type filename): the folder of the run
 * @config: (nullable): describes a new run, as it is now; %NULL goes on with the run that is there
 * @command: (nullable) (array zero-terminated=1): what starts the command `siamban`
 * @options: (nullable) (array zero-terminated=1): further options of `siamban train`
 * @cancellable: (nullable): cancels it
 * @callback: (scope async): called in the thread's default main context when it is done
 * @user_data: data for @callback
 *
 * Does what [func@Run.launch] does, in another thread.
 *
 * Since: 0.1
 */
void
siamban_run_launch_async (const char *directory,
                          SiambanConfig *config,
                          const char *const *command,
                          const char *const *options,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Launch *launch;

  g_return_if_fail (directory != NULL);
  g_return_if_fail (config == NULL || SIAMBAN_IS_CONFIG (config));

  launch = g_new0 (Launch, 1);
  launch->directory = g_strdup (directory);
  launch->config = config != NULL ? siamban_config_copy (config) : NULL;
  launch->command = g_strdupv ((char **) command);
  launch->options = g_strdupv ((char **) options);
  g_task_set_source_tag (task, siamban_run_launch_async);
  g_task_set_task_data (task, launch, free_launch);
  g_task_run_in_thread (task, launch_thread);
}

/**
 * siamban_run_launch_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [func@Run.launch_async]. The run belongs to the thread that calls this.
 *
 * Returns: (transfer full): the run
 *
 * Since: 0.1
 */
SiambanRun *
siamban_run_launch_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, siamban_run_launch_async), NULL);

  return take_run (result, error);
}

static const char *const commands[] = {
  [SIAMBAN_RUN_REQUEST_PAUSE] = SIAMBAN_CONTROL_PAUSE,
  [SIAMBAN_RUN_REQUEST_RESUME] = SIAMBAN_CONTROL_RESUME,
  [SIAMBAN_RUN_REQUEST_STOP] = SIAMBAN_CONTROL_STOP,
  [SIAMBAN_RUN_REQUEST_STOP_AFTER_EPOCH] = SIAMBAN_CONTROL_STOP_AFTER_EPOCH,
  [SIAMBAN_RUN_REQUEST_SNAPSHOT] = SIAMBAN_CONTROL_SNAPSHOT,
};

static void
ask_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  /* The folder of a run never changes, so this thread may read it. */
  const char *directory = siamban_run_get_directory (source);
  g_autoptr (GError) error = NULL;

  if (_siamban_run_control_send (directory, task_data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * siamban_run_ask_async:
 * @self: a run
 * @request: what for
 * @cancellable: (nullable): cancels the wait for the answer
 * @callback: (scope async): called in the thread's default main context when it is done
 * @user_data: data for @callback
 *
 * Asks the training for something, as [method@Run.pause] and the like do, and waits for its answer
 * in another thread.
 *
 * Since: 0.1
 */
void
siamban_run_ask_async (SiambanRun *self,
                       SiambanRunRequest request,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (SIAMBAN_IS_RUN (self));
  g_return_if_fail ((guint) request < G_N_ELEMENTS (commands));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_run_ask_async);
  g_task_set_task_data (task, (gpointer) commands[request], NULL);
  g_task_run_in_thread (task, ask_thread);
}

/**
 * siamban_run_ask_finish:
 * @self: a run
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Run.ask_async]. It fails with %SIAMBAN_ERROR_IO if nobody trains there.
 *
 * Returns: %TRUE if the training heard it
 *
 * Since: 0.1
 */
gboolean
siamban_run_ask_finish (SiambanRun *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
