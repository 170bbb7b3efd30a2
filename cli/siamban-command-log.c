/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

typedef struct
{
  gboolean follow;
  gboolean pause;
  gboolean resume;
  gboolean stop;
  gboolean stop_after_epoch;
  gboolean snapshot;
} LogOptions;

static void
message_cb (SiambanRun *run, const char *text, gpointer user_data)
{
  g_print ("%s\n", text);
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_at_work (SiambanRun *run)
{
  const SiambanRunState state = siamban_run_get_state (run);

  return state == SIAMBAN_RUN_RUNNING || state == SIAMBAN_RUN_PAUSED ||
         state == SIAMBAN_RUN_STARTING;
}

static void
print_new (SiambanRun *run, gboolean *printed)
{
  do
    {
      *printed = FALSE;
      siamban_run_refresh (run);
    }
  while (*printed);
}

/* Until the run ends. Ctrl-C ends this command, never the run. */
static void
show (SiambanRun *run, gboolean follow)
{
  gboolean printed = FALSE;

  g_signal_connect (run, "message", G_CALLBACK (message_cb), &printed);
  print_new (run, &printed);
  while (follow && is_at_work (run))
    {
      g_main_context_iteration (NULL, TRUE);
      fflush (stdout);
    }
  print_new (run, &printed);
  g_signal_handlers_disconnect_by_data (run, &printed);
}

static gboolean
control (LogOptions *options, SiambanRun *run, GError **error)
{
  return (!options->pause || siamban_run_pause (run, error)) &&
         (!options->resume || siamban_run_resume (run, error)) &&
         (!options->snapshot || siamban_run_save_snapshot (run, error)) &&
         (!options->stop_after_epoch || siamban_run_stop_after_epoch (run, error)) &&
         (!options->stop || siamban_run_stop (run, error));
}

static gboolean
parse (LogOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "follow", 'f', 0, G_OPTION_ARG_NONE, &options->follow, N_ ("Go on until the run ends"),
      NULL },
    { "pause", 0, 0, G_OPTION_ARG_NONE, &options->pause,
      N_ ("Let the run wait after its iteration"), NULL },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &options->resume, N_ ("Let a paused run go on"), NULL },
    { "snapshot", 0, 0, G_OPTION_ARG_NONE, &options->snapshot,
      N_ ("Let the run write a checkpoint"), NULL },
    { "stop-after-epoch", 0, 0, G_OPTION_ARG_NONE, &options->stop_after_epoch,
      N_ ("End the run after its epoch"), NULL },
    { "stop", 0, 0, G_OPTION_ARG_NONE, &options->stop,
      N_ ("End the run after its iteration, with a checkpoint"), NULL },
    { NULL },
  };

  if (!cli_parse (entries, N_ ("RUN"),
                  N_ ("Shows the log of a run, or controls a run that is at work."), argc, argv,
                  error))
    return FALSE;
  if (*argc == 2)
    return TRUE;

  if (*argc < 2)
    cli_set_usage_error (error, _ ("The folder of a run is missing"));
  else
    cli_set_usage_error (error, _ ("Unexpected argument “%s”"), (*argv)[2]);

  return FALSE;
}

gboolean
cli_log (int argc, char **argv, GError **error)
{
  LogOptions options = { 0 };
  g_autoptr (SiambanRun) run = NULL;

  if (!parse (&options, &argc, &argv, error))
    return FALSE;
  run = siamban_run_new (argv[1], error);
  if (run == NULL || !control (&options, run, error))
    return FALSE;

  if (options.follow || !(options.pause || options.resume || options.snapshot || options.stop ||
                          options.stop_after_epoch))
    show (run, options.follow);

  return TRUE;
}
