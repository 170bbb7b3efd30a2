/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <string.h>

#include "siamban-cli.h"

static const CliCommand commands[] = {
  { "prepare", cli_prepare, N_ ("Make crops and train.json of your own recordings") },
  { "synth", cli_synth, N_ ("Generate clips to try training and tracking with") },
  { "train", cli_train, N_ ("Train what a configuration describes") },
  { "runs", cli_runs, N_ ("List runs, their state and losses") },
  { "log", cli_log, N_ ("Show what a run tells, follow and control it") },
  { "track", cli_track, N_ ("Follow a target through folders of frames") },
  { "eval", cli_eval, N_ ("Compare tracked boxes with ground truth") },
  { "inspect", cli_inspect, N_ ("Show what a configuration, network or file holds") },
  { "convert", cli_convert, N_ ("Rewrite a file of weights in another format") },
  { "export", cli_export, N_ ("Write the network for other runtimes, as ONNX") },
  { "devices", cli_devices, N_ ("List what can compute here") },
  { "selftest", cli_selftest, N_ ("Prove that a device computes what it should") },
  { "doctor", cli_doctor, N_ ("Check this machine and installation") },
  { NULL },
};

static gboolean
print_version (void)
{
  g_print ("siamban %s\n", SIAMBAN_VERSION);

  return TRUE;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  if (argc > 1 && strcmp (argv[1], "--version") == 0)
    return print_version ();

  return cli_dispatch (commands,
                       N_ ("Trains SiamBAN trackers, which follow an object through a video after "
                           "one look at it."),
                       argc, argv, error);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

  siamban_process_wait_passively (argv);

  setlocale (LC_ALL, "");
  /* Numbers are for scripts too, and are the same everywhere. */
  setlocale (LC_NUMERIC, "C");
  bindtextdomain (GETTEXT_PACKAGE, SIAMBAN_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("siamban");

  if (run (argc, argv, &error))
    return 0;

  g_printerr ("%s: %s\n", g_get_prgname (), error->message);
  if (error->domain != G_OPTION_ERROR)
    return CLI_EXIT_FAILURE;

  g_printerr (_ ("Try “%s --help”.\n"), g_get_prgname ());

  return CLI_EXIT_USAGE;
}
