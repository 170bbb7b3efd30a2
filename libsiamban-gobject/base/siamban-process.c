/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-process.h"

#include <unistd.h>

/**
 * siamban_process_wait_passively:
 * @argv: (array zero-terminated=1): the arguments of the program, the first of them its name
 *
 * Lets the threads of the CPU engine sleep when they have waited for each other some microseconds,
 * for the whole process.
 *
 * By default they spin for longer. Next to anything else that computes, like the workers of a loader, a
 * spinning thread keeps the one that it waits for from running, and a step takes several times as
 * long. Sleeping at once would cost a frame of the tracker, which has some hundred waits, 4 %.
 *
 * OpenMP reads its settings when it is loaded, so the program is started once more in the same
 * process, with `OMP_WAIT_POLICY=passive` and `GOMP_SPINCOUNT=10000` in its environment. Call this first in `main()`: nothing
 * of what ran before is kept. What the user set himself, in `OMP_WAIT_POLICY` or
 * `GOMP_SPINCOUNT`, stands.
 *
 * Programs in other languages set the variables themselves before they load the library.
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
  if (program == NULL || !g_setenv ("OMP_WAIT_POLICY", "passive", TRUE) ||
      !g_setenv ("GOMP_SPINCOUNT", "10000", TRUE))
    return FALSE;

  execv (program, argv);

  return FALSE;
}

static int n_threads_allowed;

/**
 * siamban_process_get_n_threads:
 *
 * Gets how many threads of this process compute at a time, at most.
 *
 * It is what [func@process_set_n_threads] set. Without, it is the variable `OMP_NUM_THREADS` of the
 * environment, or else the number of processors that the process may run on.
 *
 * Returns: the number, at least 1
 *
 * Since: 0.1
 */
guint
siamban_process_get_n_threads (void)
{
  const int allowed = g_atomic_int_get (&n_threads_allowed);
  const char *wanted = g_getenv ("OMP_NUM_THREADS");
  const guint64 n_wanted = wanted != NULL ? g_ascii_strtoull (wanted, NULL, 10) : 0;

  if (allowed > 0)
    return (guint) allowed;

  return n_wanted > 0 && n_wanted <= G_MAXINT ? (guint) n_wanted : g_get_num_processors ();
}

/**
 * siamban_process_set_n_threads:
 * @n_threads: how many threads may compute at a time, 0 for the default
 *
 * Sets how many threads of this process compute at a time, at most: those of the CPU engine, those
 * that draw new weights, and those that make the samples of a training, which take their turns at
 * low priority. Threads that only wait do not count.
 *
 * It is seen by whatever starts from now on: programs that are compiled, trainings that begin.
 *
 * Since: 0.1
 */
void
siamban_process_set_n_threads (guint n_threads)
{
  g_return_if_fail (n_threads <= G_MAXINT);

  g_atomic_int_set (&n_threads_allowed, (int) n_threads);
}
