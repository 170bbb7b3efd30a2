/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "siamban-atomic-file-private.h"
#include "siamban-error.h"
#include "siamban-run-private.h"

#define OUTPUT_NAME "output.txt"

/* In the child, before it becomes the command: a session of its own, so that neither Ctrl-C in the
 * launcher's terminal nor the end of that terminal reaches it. */
static void
leave_session (gpointer user_data)
{
  (void) setsid ();
}

static gboolean
write_config (const char *directory, SiambanConfig *config, GError **error)
{
  g_autofree char *path = g_build_filename (directory, "config.yaml", NULL);
  g_autofree char *events = g_build_filename (directory, "events.jsonl", NULL);
  g_autofree char *yaml = siamban_config_to_yaml (config);

  if (g_file_test (events, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO,
                   "There is a run in “%s” already: go on with it, or name another folder",
                   directory);
      return FALSE;
    }
  if (g_mkdir_with_parents (directory, 0777) != 0)
    {
      const int saved_errno = errno;

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot make “%s”: %s", directory,
                   g_strerror (saved_errno));
      return FALSE;
    }

  return _siamban_write_atomically (path, yaml, strlen (yaml), error);
}

/* `siamban train …`, with what @command puts before it. */
static GStrv
make_arguments (const char *directory,
                gboolean anew,
                const char *const *command,
                const char *const *options)
{
  g_autoptr (GStrvBuilder) arguments = g_strv_builder_new ();
  g_autofree char *config = g_build_filename (directory, "config.yaml", NULL);

  if (command == NULL || command[0] == NULL)
    g_strv_builder_add (arguments, "siamban");
  else
    g_strv_builder_addv (arguments, (const char **) command);

  /* Somebody watches it. */
  g_strv_builder_add_many (arguments, "train", config, "--output", directory, "--pause-after-skips",
                           NULL);
  if (!anew)
    g_strv_builder_add_many (arguments, "--resume", "auto", NULL);
  if (options)
    g_strv_builder_addv (arguments, (const char **) options);

  return g_strv_builder_end (arguments);
}

static GSubprocess *
spawn (const char *directory, const char *const *arguments, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *path = g_build_filename (directory, OUTPUT_NAME, NULL);
  const int output = g_open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

  if (output < 0)
    {
      const int saved_errno = errno;

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot write “%s”: %s", path,
                   g_strerror (saved_errno));
      return NULL;
    }
  g_subprocess_launcher_set_child_setup (launcher, leave_session, NULL, NULL);
  g_subprocess_launcher_take_stderr_fd (launcher, fcntl (output, F_DUPFD_CLOEXEC, 0));
  g_subprocess_launcher_take_stdout_fd (launcher, output);

  return g_subprocess_launcher_spawnv (launcher, arguments, error);
}

SiambanRun *
_siamban_run_start (const char *directory,
                    SiambanConfig *config,
                    const char *const *command,
                    const char *const *options,
                    GError **error)
{
  g_auto (GStrv) arguments = NULL;
  GSubprocess *process;

  if (config != NULL && !write_config (directory, config, error))
    return NULL;

  arguments = make_arguments (directory, config != NULL, command, options);
  process = spawn (directory, (const char *const *) arguments, error);

  return process != NULL ? _siamban_run_new_unchecked (directory, process) : NULL;
}

/**
 * siamban_run_launch:
 * @directory: (type filename): the folder of the run
 * @config: (nullable): describes a new run; %NULL goes on with the run that is there
 * @command: (nullable) (array zero-terminated=1): what starts the command `siamban`, for example
 *   `mpirun`, `-n`, `4`, `siamban`; %NULL for `siamban`, as the system finds it
 * @options: (nullable) (array zero-terminated=1): further options of `siamban train`, for example
 *   `--device`, `cpu`
 * @error: return location for an error
 *
 * Starts a training in a process of its own, and follows it.
 *
 * The process does not depend on this one: whether this one ends or crashes, the training goes on,
 * and [ctor@Run.new] attaches to it again. What it prints goes to `output.txt` in the folder.
 *
 * When it had to skip `TRAIN.MAX_SKIPPED_UPDATES` updates in a row, it pauses: [property@Run:reason] tells why,
 * and [method@Run.resume] or [method@Run.stop] what becomes of it.
 *
 * It fails if the folder cannot be written, if it holds a run already and @config is given, or if
 * the command cannot be started. What goes wrong later is told by [property@Run:state] and
 * [property@Run:reason].
 *
 * Returns: (transfer full): the run
 *
 * Since: 0.1
 */
SiambanRun *
siamban_run_launch (const char *directory,
                    SiambanConfig *config,
                    const char *const *command,
                    const char *const *options,
                    GError **error)
{
  SiambanRun *self;

  g_return_val_if_fail (directory != NULL, NULL);
  g_return_val_if_fail (config == NULL || SIAMBAN_IS_CONFIG (config), NULL);

  self = _siamban_run_start (directory, config, command, options, error);
  if (self != NULL)
    _siamban_run_follow (self);

  return self;
}

char *
_siamban_run_read_last_words (SiambanRun *self)
{
  g_autofree char *path = g_build_filename (self->directory, OUTPUT_NAME, NULL);
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;

  g_strchomp (text);
  line = strrchr (text, '\n');

  return g_utf8_make_valid (line ? line + 1 : text, -1);
}
