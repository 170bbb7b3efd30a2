/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "siamban-cli.h"

gboolean
cli_inspect_config (int argc, char **argv, GError **error)
{
  g_auto (GStrv) settings = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    CLI_SET_OPTION (&settings),
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print JSON"), NULL },
    { NULL },
  };
  g_autoptr (SiambanConfig) config = NULL;
  g_autofree char *text = NULL;

  if (!cli_parse (entries, N_ ("CONFIG"),
                  N_ ("Prints every key with its value, defaults included, after checking all."),
                  &argc, &argv, error) ||
      !cli_check_config_argument (argc, argv, error))
    return FALSE;

  config = cli_load_config (argv[1], settings, error);
  if (config == NULL)
    return FALSE;

  text = json ? siamban_config_to_json (config) : siamban_config_to_yaml (config);
  /* Both are UTF-8, as a file would be. */
  fputs (text, stdout);
  if (!g_str_has_suffix (text, "\n"))
    fputc ('\n', stdout);

  return TRUE;
}
