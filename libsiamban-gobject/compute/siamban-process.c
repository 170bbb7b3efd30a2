/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-process.h"

#include <unistd.h>

/**
 * siamban_process_wait_passively:
 * @argv: (array zero-terminated=1): the arguments of the program, the first of them its name
 *
 * Lets the threads of the CPU engine sleep while they wait for each other, for the whole process.
 *
 * By default they spin. Next to anything else that computes, like the workers of a loader, a
 * spinning thread keeps the one that it waits for from running, and a step takes several times as
 * long. Nothing is lost on an idle machine.
 *
 * OpenMP reads its settings when it is loaded, so the program is started once more in the same
 * process, with `OMP_WAIT_POLICY=passive` in its environment. Call this first in `main()`: nothing
 * of what ran before is kept. What the user set himself, in `OMP_WAIT_POLICY` or
 * `GOMP_SPINCOUNT`, stands.
 *
 * Programs in other languages set the variable themselves before they load the library.
 *
 * Returns: %TRUE if the waits are settled, %FALSE if the program could not be started again and
 *   goes on with threads that spin
 *
 * Since: 0.1
 */
gboolean
siamban_process_wait_passively (char **argv)
{
  g_autofree char *program = NULL;

  g_return_val_if_fail (argv != NULL && argv[0] != NULL, FALSE);

  if (g_getenv ("OMP_WAIT_POLICY") != NULL || g_getenv ("GOMP_SPINCOUNT") != NULL)
    return TRUE;

  /* The name itself: what starts from the link would be called “exe”. */
  program = g_file_read_link ("/proc/self/exe", NULL);
  if (program == NULL || !g_setenv ("OMP_WAIT_POLICY", "passive", TRUE))
    return FALSE;

  execv (program, argv);

  return FALSE;
}
