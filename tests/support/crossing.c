/* SPDX-License-Identifier: Apache-2.0 */
#include "crossing.h"

#include <sys/wait.h>

#define NO_TORCH 77

gboolean
crossing_run (CrossingTorch torch, const char *checkpoint, gboolean zip, const char *groups)
{
  const char *folder = torch == CROSSING_NEW ? g_getenv ("SIAMBAN_NEW_TORCH") : NULL;
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "torch-restore.py", NULL);
  const char *const arguments[] = { "/usr/bin/python3",     script, checkpoint,
                                    zip ? "zip" : "legacy", groups, NULL };
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if (torch == CROSSING_NEW && folder == NULL)
    return FALSE;
  if (folder)
    environment = g_environ_setenv (environment, "PYTHONPATH", folder, TRUE);

  if (!g_spawn_sync (NULL, (char **) arguments, environment, G_SPAWN_DEFAULT, NULL, NULL, &output,
                     NULL, &status, &error) ||
      (WIFEXITED (status) && WEXITSTATUS (status) == NO_TORCH))
    return FALSE;
  g_assert_cmpint (status, ==, 0);
  g_test_message ("%s", output);

  return TRUE;
}
