/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gui.h"
#include "siamban-key-form.h"
#include "siamban-sample-view.h"
#include "siamban-source-row.h"
#include "siamban-start-dialog.h"
#include "siamban-track-page.h"

/* Somebody's first hour, by pointer and keyboard alone: the demonstration, recordings of their own,
 * a look at what training sees of them, an experiment that is changed, a training of it, and the
 * tracker that came out on a clip. */

#define N_VIDEOS 4
#define N_FRAMES 24 /* of a recording */

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

/* From the start page to a training at once, which is only watched for a moment. */
static void
try_demo (SiambanWindow *window)
{
  SiambanSession *session = siamban_window_get_session (window);
  GtkWidget *start = siamban_window_get_page (window, "start");

  gui_save_picture (GTK_WIDGET (window), "journey-01-start");
  gui_click (gui_find (start, GTK_TYPE_BUTTON, "demo_button"));
  gui_run_for (1);
  gui_save_picture (GTK_WIDGET (window), "journey-02-demo");
  gui_wait_for (is_training, session, 120);
  g_assert_true (gtk_widget_get_mapped (siamban_window_get_page (window, "train")));
  gui_press ("<Control>period");
  gui_wait_for (is_stopped, session, 120);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

static gboolean
has_source (gpointer user_data)
{
  SiambanSession *session = siamban_window_get_session (user_data);

  return siamban_config_has_key (siamban_session_get_config (session), "DATASET.RECORDINGS.ROOT");
}

static gboolean
is_read (gpointer user_data)
{
  return siamban_source_get_statistics (siamban_source_row_get_source (user_data)) != NULL;
}

/* A folder of frames with ground truth becomes part of the mixture. */
static void
prepare (SiambanWindow *window)
{
  g_autoptr (SiambanSynth) synth = siamban_synth_new (77, N_VIDEOS, N_FRAMES, 320, 240);
  g_autofree char *folder = g_build_filename (gui_get_folder (), "recordings", NULL);
  GtkWidget *page = siamban_window_get_page (window, "data"), *dialog, *row;
  g_autoptr (GError) error = NULL;
  guint n_steps = 0;
  gulong handler;

  siamban_synth_write_frames (synth, folder, &error);
  g_assert_no_error (error);

  gui_press ("<Alt>1");
  gui_click (gui_find (page, GTK_TYPE_BUTTON, "_Add Folder…"));
  gui_choose_file (folder);
  dialog = gui_find_window (ADW_TYPE_MESSAGE_DIALOG);
  gui_save_picture (dialog, "journey-03-question");
  handler = g_signal_connect_swapped (
      gtk_widget_get_template_child (page, G_OBJECT_TYPE (page), "progress"), "notify::fraction",
      G_CALLBACK (count_cb), &n_steps);
  gui_click (gui_find (dialog, GTK_TYPE_BUTTON, "_Prepare"));
  gui_wait_for (has_source, window, 60);
  g_signal_handler_disconnect (
      gtk_widget_get_template_child (page, G_OBJECT_TYPE (page), "progress"), handler);
  g_assert_cmpuint (n_steps, >, 1);

  row = gui_find (page, SIAMBAN_TYPE_SOURCE_ROW, "RECORDINGS");
  gui_wait_for (is_read, row, 20);
  gui_settle ();
  g_assert_nonnull (strstr (adw_expander_row_get_subtitle (ADW_EXPANDER_ROW (row)), "4 videos"));
  gui_save_picture (GTK_WIDGET (window), "journey-04-data");
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

/* A sample of the data that was made, as the network will see it. */
static void
inspect (SiambanWindow *window)
{
  GtkWidget *page = siamban_window_get_page (window, "inspect");

  gui_press ("<Alt>2");
  gui_wait_for (has_tabs, page, 30);
  gui_click (gui_find (page, GTK_TYPE_LABEL, "Samples"));
  gui_wait_for (has_sample, page, 30);
  gui_run_for (0.5);
  gui_save_picture (GTK_WIDGET (window), "journey-05-inspect");
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
  gui_click (gui_find (row, GTK_TYPE_ENTRY, NULL));
  gui_press ("<Control>a");
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
  gui_save_picture (GTK_WIDGET (window), "journey-06-wrong");
  type_into (GTK_WIDGET (row), "3");
  g_assert_null (siamban_key_row_get_problem (row));
  g_assert_cmpint (siamban_config_get_int (config, "TRAIN.EPOCH"), ==, 3);
  gui_save_picture (GTK_WIDGET (window), "journey-07-right");
}

static gboolean
is_sensitive (gpointer user_data)
{
  return gtk_widget_get_sensitive (user_data);
}

/* Another run, of the experiment as it was changed. */
static gboolean
is_of_recordings (gpointer user_data)
{
  SiambanRun *run = siamban_session_get_run (user_data);
  g_autoptr (SiambanConfig) config = run != NULL ? siamban_run_load_config (run, NULL) : NULL;

  return config != NULL && siamban_config_has_key (config, "DATASET.RECORDINGS.ROOT") &&
         siamban_config_get_int (config, "TRAIN.EPOCH") == 3;
}

static void
train (SiambanWindow *window)
{
  SiambanSession *session = siamban_window_get_session (window);
  GtkWidget *start;

  gui_press ("<Alt>4");
  gui_click (
      gui_find (siamban_window_get_page (window, "train"), GTK_TYPE_BUTTON, "_Start Training…"));
  start = gui_find (gui_find_window (SIAMBAN_TYPE_START_DIALOG), GTK_TYPE_BUTTON, "start_button");
  gui_wait_for (is_sensitive, start, 20);
  gui_click (start);
  gui_wait_for (is_of_recordings, session, 60);
  gui_wait_for (is_training, session, 60);
  gui_wait_for (has_twenty, session, 120);
  gui_run_for (1);
  gui_save_picture (GTK_WIDGET (window), "journey-08-train");

  gui_click (gui_find (GTK_WIDGET (window), GTK_TYPE_BUTTON, "pause_button"));
  gui_wait_for (is_paused, session, 60);
  gui_save_picture (GTK_WIDGET (window), "journey-09-paused");
  gui_click (gui_find (GTK_WIDGET (window), GTK_TYPE_BUTTON, "resume_button"));
  gui_wait_for (is_training, session, 60);
  gui_press ("<Control>period");
  gui_wait_for (is_stopped, session, 120);
  gui_save_picture (GTK_WIDGET (window), "journey-10-stopped");
}

static gboolean
shows_frame (gpointer user_data)
{
  return siamban_track_player_get_step (user_data) != NULL;
}

static gboolean
is_loaded (gpointer user_data)
{
  return siamban_track_player_get_loaded (user_data);
}

static gboolean
is_tracked (gpointer user_data)
{
  return siamban_track_player_get_frontier (user_data) == N_FRAMES &&
         !siamban_track_player_get_playing (user_data);
}

/* The newest weights of the run follow the target of a recording. */
static void
track (SiambanWindow *window)
{
  GtkWidget *page = siamban_window_get_page (window, "track");
  SiambanTrackPlayer *player = siamban_track_page_get_player (SIAMBAN_TRACK_PAGE (page));
  g_autofree char *clip = g_build_filename (gui_get_folder (), "recordings", "synth-77-000002",
                                            NULL);
  SiambanBox box;

  gui_press ("<Alt>5");
  gui_click (gui_find (page, GTK_TYPE_BUTTON, "Open _Frames…"));
  gui_choose_file (clip);
  gui_wait_for (shows_frame, player, 20);

  gtk_widget_grab_focus (gui_find (page, GTK_TYPE_DROP_DOWN, "weights"));
  gui_press ("space");
  gui_run_for (0.3);
  gui_press ("Down");
  gui_press ("Return");
  gui_wait_for (is_loaded, player, 30);

  gui_click (gui_find (page, GTK_TYPE_BUTTON, "play"));
  gui_wait_for (is_tracked, player, 60);
  for (guint i = 0; i < N_FRAMES; i++)
    g_assert_true (siamban_track_record_get (siamban_track_player_get_record (player), i, &box));
  gui_save_picture (GTK_WIDGET (window), "journey-11-track");
}

static void
test_journey (void)
{
  SiambanWindow *window = gui_open (1100, 760);
  g_autofree char *directory = NULL;

  try_demo (window);
  prepare (window);
  inspect (window);
  configure (window);
  train (window);
  track (window);
  directory = g_path_get_basename (
      siamban_run_get_directory (siamban_session_get_run (siamban_window_get_session (window))));

  /* A stopped run has nothing to say when its window closes. */
  gui_press ("<Control>q");
  gui_run_for (0.5);
  g_assert_cmpuint (g_list_model_get_n_items (gtk_window_get_toplevels ()), ==, 0);

  /* What was left is on the start page the next time. */
  window = gui_open (1100, 760);
  gui_save_picture (GTK_WIDGET (window), "journey-12-again");
  gui_click (gui_find (GTK_WIDGET (window), ADW_TYPE_ACTION_ROW, directory));
  gui_wait_for (is_stopped, siamban_window_get_session (window), 20);
  gui_close ();
}

int
main (int argc, char *argv[])
{
  gui_init (&argc, &argv);

  g_test_add_func ("/journey", test_journey);

  return g_test_run ();
}
