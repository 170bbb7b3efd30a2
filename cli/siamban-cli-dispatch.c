/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-cli.h"

static void
print_commands (const CliCommand *commands, const char *summary)
{
  gsize width = 0;

  for (const CliCommand *command = commands; command->name != NULL; command++)
    width = MAX (width, strlen (command->name));

  g_print (_ ("Usage:\n  %s COMMAND [OPTION…]\n\n%s\n\nCommands:\n"), g_get_prgname (),
           gettext (summary));
  for (const CliCommand *command = commands; command->name != NULL; command++)
    g_print ("  %-*s  %s\n", (int) width, command->name, gettext (command->summary));
  g_print (_ ("\n“%s COMMAND --help” tells the options of a command.\n"), g_get_prgname ());
}

static char *
list_names (const CliCommand *commands)
{
  GString *text = g_string_new (NULL);

  for (const CliCommand *command = commands; command->name != NULL; command++)
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", command->name);

  return g_string_free (text, FALSE);
}

gboolean
cli_dispatch (const CliCommand *commands,
              const char *summary,
              int argc,
              char **argv,
              GError **error)
{
  g_autofree char *names = list_names (commands);

  if (argc > 1 && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 ||
                   strcmp (argv[1], "help") == 0))
    {
      print_commands (commands, summary);
      return TRUE;
    }
  if (argc < 2)
    {
      cli_set_usage_error (error, _ ("A command is missing, one of %s"), names);
      return FALSE;
    }

  for (const CliCommand *command = commands; command->name != NULL; command++)
    if (strcmp (command->name, argv[1]) == 0)
      {
        g_autofree char *program = g_strconcat (g_get_prgname (), " ", command->name, NULL);

        g_set_prgname (program);

        return command->run (argc - 1, argv + 1, error);
      }

  cli_set_usage_error (error, _ ("There is no command “%s”, only %s"), argv[1], names);

  return FALSE;
}
