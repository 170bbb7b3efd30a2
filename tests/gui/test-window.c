/* SPDX-License-Identifier: Apache-2.0 */
#include "gui.h"
#include "run.h"

static gboolean
shows_page (gpointer user_data)
{
  return gtk_widget_get_mapped (user_data);
}

static void
test_open_run (void)
{
  SiambanWindow *window = gui_open (720, 560);
  GtkWidget *train = siamban_window_get_page (window, "train");

  g_assert_false (gtk_widget_get_mapped (train));
  gui_save_picture (GTK_WIDGET (window), "start");
  gui_press ("<Alt>4");
  gui_wait_for (shows_page, train, 5);
  gui_save_picture (GTK_WIDGET (window), "train-empty");

  /* Back by the button, on by the keyboard. */
  gui_click (gui_find (GTK_WIDGET (window), GTK_TYPE_BUTTON, "start_button"));
  gui_wait_for (shows_page, siamban_window_get_page (window, "start"), 5);
  g_assert_false (gtk_widget_get_mapped (train));

  gui_close ();
}

/* What cannot be opened is told, with the file. */
static void
test_no_run (void)
{
  SiambanWindow *window = gui_open (720, 560);
  const char *toast;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-path", "s", gui_get_folder ());
  gui_settle ();
  toast = gui_get_toast (window);
  g_assert_nonnull (toast);
  g_assert_nonnull (strstr (toast, gui_get_folder ()));
  g_assert_null (siamban_session_get_run (siamban_window_get_session (window)));

  gui_close ();
}

static void
open_name (SiambanWindow *window, const char *name)
{
  g_autofree char *path = g_build_filename (gui_get_folder (), name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, "noise", -1, &error);
  g_assert_no_error (error);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-path", "s", path);
}

static gboolean
shows_problem (gpointer user_data)
{
  GtkWidget *label = gui_look_for (user_data, GTK_TYPE_LABEL, "bar_label");

  return label != NULL && strstr (gtk_label_get_text (GTK_LABEL (label)), "noise.") != NULL;
}

/* Weights and videos go to the page that tracks, which tells what is wrong with these. */
static void
test_weights_and_video (void)
{
  SiambanWindow *window = gui_open (900, 700);
  GtkWidget *track = siamban_window_get_page (window, "track");
  g_autofree char *path = g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), "siamban_r18_small.yaml",
                                            NULL);
  const char *toast;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-path", "s", path);
  open_name (window, "noise.txt");
  gui_settle ();
  toast = gui_get_toast (window);
  g_assert_nonnull (toast);
  g_assert_nonnull (strstr (toast, "noise.txt"));
  g_assert_false (gtk_widget_get_mapped (track));

  open_name (window, "noise.pth");
  gui_wait_for (shows_problem, track, 20);
  g_assert_true (gtk_widget_get_mapped (track));
  gui_click (gui_find (GTK_WIDGET (window), GTK_TYPE_BUTTON, "start_button"));
  open_name (window, "noise.webm");
  gui_wait_for (shows_problem, track, 20);
  g_assert_true (gtk_widget_get_mapped (track));

  gui_close ();
}

/* A folder of crops is shown as the data of the experiment. */
static void
test_data (void)
{
  RunFixture fixture;
  SiambanWindow *window;
  SiambanSession *session;
  g_autofree char *crops = NULL;

  run_set_up (&fixture, NULL);
  crops = g_build_filename (fixture.folder, "crop511", NULL);
  window = gui_open (900, 700);
  session = siamban_window_get_session (window);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-path", "s", crops);
  gui_wait_for (shows_page, siamban_window_get_page (window, "inspect"), 10);
  g_assert_cmpstr (
      siamban_config_get_string (siamban_session_get_config (session), "DATASET.OWN.ROOT"), ==,
      crops);
  gui_run_for (0.5);
  gui_close ();
  run_tear_down (&fixture, NULL);
}

int
main (int argc, char *argv[])
{
  gui_init (&argc, &argv);

  g_test_add_func ("/window/open-run", test_open_run);
  g_test_add_func ("/window/no-run", test_no_run);
  g_test_add_func ("/window/weights-and-video", test_weights_and_video);
  g_test_add_func ("/window/data", test_data);

  return g_test_run ();
}
