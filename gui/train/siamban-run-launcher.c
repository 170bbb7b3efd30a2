/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-launcher.h"

#include "siamban-settings.h"

#define NICENESS "10"

/* The command that was installed with this program, or the one in PATH. */
static char *
find_command (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;
  g_autofree char *command = folder != NULL ? g_build_filename (folder, "siamban", NULL) : NULL;

  return command != NULL && g_file_test (command, G_FILE_TEST_IS_EXECUTABLE)
             ? g_steal_pointer (&command)
             : g_strdup ("siamban");
}

static void
show (GTask *task, SiambanRun *run, GError *error)
{
  if (run == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  siamban_session_set_run (g_task_get_source_object (task), run);
  siamban_settings_add_recent ("recent-runs", siamban_run_get_directory (run));
  g_task_return_boolean (task, TRUE);
}

static void
launched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanRun) run = siamban_run_launch_finish (result, &error);

  show (task, run, g_steal_pointer (&error));
}

static void
remember_data (SiambanConfig *config)
{
  const char *const *names = siamban_config_get_strv (config, "DATASET.NAMES");

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *key = g_strdup_printf ("DATASET.%s.ROOT", names[i]);

      if (siamban_config_has_key (config, key))
        siamban_settings_add_recent ("recent-datasets", siamban_config_get_string (config, key));
    }
}

void
siamban_run_launcher_start (SiambanSession *session,
                            const char *folder,
                            SiambanConfig *config,
                            const char *const *devices,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (session, NULL, callback, user_data);
  g_autofree char *command = find_command ();
  const char *const words[] = { "nice", "-n", NICENESS, command, NULL };
  g_autofree char *ids = devices != NULL && devices[0] != NULL ? g_strjoinv (",", (char **) devices)
                                                               : NULL;
  const char *const options[] = { "--devices", ids, NULL };

  if (config != NULL)
    remember_data (config);
  g_task_set_source_tag (task, siamban_run_launcher_start);
  siamban_run_launch_async (folder, config, words, ids != NULL ? options : NULL, NULL, launched_cb,
                            task);
}

gboolean
siamban_run_launcher_start_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanRun) run = siamban_run_open_finish (result, &error);

  show (task, run, g_steal_pointer (&error));
}

void
siamban_run_launcher_open (SiambanSession *session,
                           const char *folder,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (session, NULL, callback, user_data);

  g_task_set_source_tag (task, siamban_run_launcher_open);
  siamban_run_open_async (folder, NULL, opened_cb, task);
}

gboolean
siamban_run_launcher_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
