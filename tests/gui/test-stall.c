/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <time.h>

#include "gui.h"
#include "run.h"
#include "siamban-run-launcher.h"
#include "siamban-settings.h"

/* How long the window was not ready for its user while a training went on beside it. Each turn of
 * the main loop is timed, from when it wakes until it sleeps again: by the clock, which counts what
 * other programs took of the processor, too, and by the thread's own processor time. */

#define DEFAULT_SECONDS 6

static GPollFunc poll_below;
static gint64 turn_start;
static gint64 turn_start_cpu;
static GArray *turns;     /* of gint64, microseconds by the clock */
static GArray *cpu_turns; /* of gint64, microseconds of processor time */

static gint64
get_cpu_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);

  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static int
poll_timed (GPollFD *files, guint n_files, int timeout)
{
  int result;

  if (turn_start > 0)
    {
      const gint64 turn = g_get_monotonic_time () - turn_start;
      const gint64 cpu_turn = get_cpu_us () - turn_start_cpu;

      g_array_append_val (turns, turn);
      g_array_append_val (cpu_turns, cpu_turn);
    }
  result = poll_below (files, n_files, timeout);
  turn_start = g_get_monotonic_time ();
  turn_start_cpu = get_cpu_us ();

  return result;
}

static void
start_timing (void)
{
  turns = g_array_new (FALSE, FALSE, sizeof (gint64));
  cpu_turns = g_array_new (FALSE, FALSE, sizeof (gint64));
  turn_start = 0;
  poll_below = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, poll_timed);
}

static void
stop_timing (void)
{
  g_main_context_set_poll_func (NULL, poll_below);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  const gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static double
report (const char *name, GArray *times)
{
  const guint n = times->len;
  guint n_stalls = 0;
  double worst;

  g_array_sort (times, compare_times);
  for (guint i = 0; i < n; i++)
    n_stalls += g_array_index (times, gint64, i) > 50000;
  g_test_message ("%s: %u turns, p50 %.2f ms, p99 %.1f ms, max %.1f ms, %u above 50 ms", name, n,
                  (double) g_array_index (times, gint64, n / 2) / 1e3,
                  (double) g_array_index (times, gint64, n * 99 / 100) / 1e3,
                  (double) g_array_index (times, gint64, n - 1) / 1e3, n_stalls);

  worst = (double) g_array_index (times, gint64, n - 1) / 1e3;
  g_array_unref (times);

  return worst;
}

static gboolean
has_iterations (gpointer user_data)
{
  SiambanRun *run = siamban_session_get_run (user_data);

  return run != NULL && siamban_run_get_n_iterations (run) > 5;
}

static gboolean
has_ended (gpointer user_data)
{
  return siamban_run_get_state (user_data) == SIAMBAN_RUN_STOPPED;
}

/* The pages are used meanwhile, by a user who moves, types and switches. */
static void
use (SiambanWindow *window, double seconds)
{
  const gint64 end = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  GtkWidget *page = siamban_window_get_page (window, "train");
  guint i = 0;

  while (g_get_monotonic_time () < end)
    {
      if (i % 8 == 7)
        gui_press (i % 16 == 7 ? "<Alt>3" : "<Alt>4");
      else if (gtk_widget_get_mapped (page))
        gui_move_pointer (page, 200 + 40 * (i % 10), 300 + 10 * (i % 7));
      gui_run_for (0.3);
      i++;
    }
}

static void
test_stall (void)
{
  const char *setting = g_getenv ("SIAMBAN_STALL_SECONDS");
  const double seconds = setting != NULL ? g_ascii_strtod (setting, NULL) : DEFAULT_SECONDS;
  RunFixture fixture;
  SiambanWindow *window;
  SiambanSession *session;
  g_autofree char *folder = NULL;
  g_autoptr (GError) error = NULL;
  double worst;

  run_set_up (&fixture, NULL);
  run_set (fixture.config, "TRAIN.EPOCH=100000");
  run_set (fixture.config, "BACKBONE.TRAIN_EPOCH=90000");
  folder = g_build_filename (fixture.folder, "run", NULL);
  window = gui_open (1100, 760);
  session = siamban_window_get_session (window);
  gui_press ("<Alt>4");
  siamban_run_launcher_start (session, folder, fixture.config, NULL, NULL, NULL);
  gui_wait_for (has_iterations, session, 60);

  /* A page is laid out when it is shown for the first time: that is told apart. */
  start_timing ();
  gui_press ("<Alt>3");
  gui_run_for (1);
  gui_press ("<Alt>4");
  gui_run_for (1);
  stop_timing ();
  report ("first showing, by the clock", turns);
  report ("first showing, of processor time", cpu_turns);

  start_timing ();
  use (window, seconds);
  stop_timing ();

  report ("by the clock", turns);
  worst = report ("of processor time", cpu_turns);
  g_test_message ("%u iterations beside it",
                  siamban_run_get_n_iterations (siamban_session_get_run (session)));
  siamban_run_stop (siamban_session_get_run (session), &error);
  g_assert_no_error (error);
  gui_wait_for (has_ended, siamban_session_get_run (session), 60);
  /* A sanitizer is several times as slow; the measurement is made without. */
  g_assert_cmpfloat (worst, <, setting != NULL ? 50 : 500);
  gui_close ();
  run_tear_down (&fixture, NULL);
}

int
main (int argc, char *argv[])
{
  gui_init (&argc, &argv);

  g_test_add_func ("/stall/training", test_stall);

  return g_test_run ();
}
