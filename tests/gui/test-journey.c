/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gui.h"
#include "siamban-key-form.h"
#include "siamban-sample-view.h"

/* Somebody's first half hour: from the start page to a training of the demonstration, and to what is
 * behind it. */

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

static gboolean
has_sample (gpointer user_data)
{
  GtkWidget *view = gui_look_for (user_data, SIAMBAN_TYPE_SAMPLE_VIEW, NULL);

  return view != NULL && siamban_sample_view_get_sample (SIAMBAN_SAMPLE_VIEW (view)) != NULL;
}

static gboolean
has_tabs (gpointer user_data)
{
  return gui_look_for (user_data, GTK_TYPE_LABEL, "Samples") != NULL;
}

/* A sample of the data that was made, as the network saw it. */
static void
inspect (SiambanWindow *window)
{
  GtkWidget *page = siamban_window_get_page (window, "inspect");

  gui_press ("<Alt>2");
  gui_wait_for (has_tabs, page, 30);
  gui_click (gui_find (page, GTK_TYPE_LABEL, "Samples"));
  gui_wait_for (has_sample, page, 30);
  gui_run_for (0.5);
  gui_save_picture (GTK_WIDGET (window), "journey-6-inspect");
}

static gboolean
has_row (gpointer user_data)
{
  GtkWidget *form = gui_look_for (user_data, SIAMBAN_TYPE_KEY_FORM, NULL);

  return form != NULL && siamban_key_form_find_row (SIAMBAN_KEY_FORM (form), "TRAIN.EPOCH") != NULL;
}

static void
type_into (GtkWidget *row, const char *text)
{
  GtkWidget *entry = gui_find (row, GTK_TYPE_ENTRY, NULL);

  gui_click (entry);
  gtk_editable_select_region (GTK_EDITABLE (entry), 0, -1);
  gui_type (text);
}

/* A value that cannot be, which is explained, and then one that can. */
static void
configure (SiambanWindow *window)
{
  GtkWidget *page = siamban_window_get_page (window, "configure");
  SiambanConfig *config = siamban_session_get_config (siamban_window_get_session (window));
  SiambanKeyRow *row;

  gui_press ("<Alt>3");
  gui_wait_for (has_row, page, 30);
  row = siamban_key_form_find_row (SIAMBAN_KEY_FORM (gui_find (page, SIAMBAN_TYPE_KEY_FORM, NULL)),
                                   "TRAIN.EPOCH");
  gui_press ("<Control>f");
  gui_type ("TRAIN.EPOCH");
  gui_run_for (0.5);
  type_into (GTK_WIDGET (row), "soon");
  g_assert_nonnull (siamban_key_row_get_problem (row));
  gui_save_picture (GTK_WIDGET (window), "journey-7-wrong");
  type_into (GTK_WIDGET (row), "3");
  g_assert_null (siamban_key_row_get_problem (row));
  g_assert_cmpint (siamban_config_get_int (config, "TRAIN.EPOCH"), ==, 3);
  gui_save_picture (GTK_WIDGET (window), "journey-8-right");
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
  inspect (window);
  configure (window);

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
