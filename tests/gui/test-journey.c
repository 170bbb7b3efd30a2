/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gui.h"
#include "siamban-settings.h"

/* Somebody's first half hour: from the start page to a trained network. */

static gboolean
is_training (gpointer user_data)
{
  SiambanRun *run = siamban_session_get_run (user_data);

  return run != NULL && siamban_run_get_state (run) == SIAMBAN_RUN_RUNNING;
}

static gboolean
has_twenty (gpointer user_data)
{
  return siamban_run_get_n_iterations (siamban_session_get_run (user_data)) >= 20;
}

static gboolean
is_paused (gpointer user_data)
{
  return siamban_run_get_state (siamban_session_get_run (user_data)) == SIAMBAN_RUN_PAUSED;
}

static gboolean
is_stopped (gpointer user_data)
{
  SiambanRun *run = siamban_session_get_run (user_data);

  return run != NULL && siamban_run_get_state (run) == SIAMBAN_RUN_STOPPED;
}

static void
train_demo (SiambanWindow *window)
{
  SiambanSession *session = siamban_window_get_session (window);
  GtkWidget *start = siamban_window_get_page (window, "start");

  gui_save_picture (GTK_WIDGET (window), "journey-1-start");
  gui_click (gui_find (start, GTK_TYPE_BUTTON, "demo_button"));
  gui_run_for (1);
  gui_save_picture (GTK_WIDGET (window), "journey-2-demo");
  gui_wait_for (is_training, session, 120);
  gui_wait_for (has_twenty, session, 120);
  g_assert_true (gtk_widget_get_mapped (siamban_window_get_page (window, "train")));
  gui_run_for (1);
  gui_save_picture (GTK_WIDGET (window), "journey-3-train");
}

static void
pause_and_resume (SiambanWindow *window)
{
  SiambanSession *session = siamban_window_get_session (window);

  gui_click (gui_find (GTK_WIDGET (window), GTK_TYPE_BUTTON, "pause_button"));
  gui_wait_for (is_paused, session, 60);
  gui_save_picture (GTK_WIDGET (window), "journey-4-paused");
  gui_click (gui_find (GTK_WIDGET (window), GTK_TYPE_BUTTON, "resume_button"));
  gui_wait_for (is_training, session, 60);
  gui_press ("<Control>period");
  gui_wait_for (is_stopped, session, 120);
  gui_save_picture (GTK_WIDGET (window), "journey-5-stopped");
}

static void
test_journey (void)
{
  SiambanWindow *window = gui_open (1100, 760);
  g_autofree char *directory = NULL;

  train_demo (window);
  directory = g_strdup (
      siamban_run_get_directory (siamban_session_get_run (siamban_window_get_session (window))));
  pause_and_resume (window);

  /* A stopped run has nothing to say when its window closes. */
  gui_press ("<Control>q");
  gui_run_for (0.5);
  g_assert_cmpuint (g_list_model_get_n_items (gtk_window_get_toplevels ()), ==, 0);

  /* What was left is on the start page the next time. */
  window = gui_open (1100, 760);
  gui_save_picture (GTK_WIDGET (window), "journey-9-again");
  g_assert_nonnull (strstr (directory, "demo-"));
  gui_click (gui_find (GTK_WIDGET (window), ADW_TYPE_ACTION_ROW, strstr (directory, "demo-")));
  gui_wait_for (is_stopped, siamban_window_get_session (window), 20);
  gui_close ();
}

int
main (int argc, char *argv[])
{
  if (!gui_init (&argc, &argv))
    {
      g_print ("1..0 # SKIP no display\n");
      return 0;
    }

  g_test_add_func ("/journey", test_journey);

  return g_test_run ();
}
