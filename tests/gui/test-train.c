/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "files.h"
#include "gui.h"
#include "run.h"
#include "siamban-run-plots.h"
#include "siamban-settings.h"
#include "siamban-start-dialog.h"

/* A window with an experiment that trains for as long as nobody stops it. */
typedef struct
{
  RunFixture run;
  SiambanWindow *window;
  SiambanSession *session;
  GtkWidget *page;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  run_set_up (&fixture->run, NULL);
  run_set (fixture->run.config, "TRAIN.EPOCH=4000");
  run_set (fixture->run.config, "BACKBONE.TRAIN_EPOCH=3000");
  g_settings_set_string (siamban_settings_get (), "runs-folder", fixture->run.folder);
  g_settings_set_boolean (siamban_settings_get (), "told-runs-go-on", FALSE);
  g_settings_reset (siamban_settings_get (), "recent-runs");

  fixture->window = gui_open (1000, 760);
  fixture->session = siamban_window_get_session (fixture->window);
  fixture->page = siamban_window_get_page (fixture->window, "train");
  siamban_session_set_config (fixture->session, fixture->run.config);
  gui_press ("<Alt>4");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gui_close ();
  run_tear_down (&fixture->run, NULL);
}

static GtkWidget *
look_for_dialog (void)
{
  g_autoptr (GListModel) windows = gtk_window_get_toplevels ();

  windows = g_object_ref (windows);
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (SIAMBAN_IS_START_DIALOG (window) || ADW_IS_MESSAGE_DIALOG (window))
        return window;
    }

  return NULL;
}

static gboolean
dialog_is_ready (gpointer user_data)
{
  GtkWidget *dialog = look_for_dialog ();
  GtkWidget *start = dialog != NULL ? gui_look_for (dialog, GTK_TYPE_BUTTON, "start_button") : NULL;

  return start != NULL && gtk_widget_get_sensitive (start);
}

static gboolean
dialog_is_gone (gpointer user_data)
{
  return look_for_dialog () == NULL;
}

static SiambanRun *
get_run (Fixture *fixture)
{
  return siamban_session_get_run (fixture->session);
}

static gboolean
is_running (gpointer user_data)
{
  SiambanRun *run = get_run (user_data);

  return run != NULL && siamban_run_get_state (run) == SIAMBAN_RUN_RUNNING;
}

static gboolean
is_paused (gpointer user_data)
{
  return siamban_run_get_state (get_run (user_data)) == SIAMBAN_RUN_PAUSED;
}

static gboolean
is_stopped (gpointer user_data)
{
  return siamban_run_get_state (get_run (user_data)) == SIAMBAN_RUN_STOPPED;
}

static gboolean
is_interrupted (gpointer user_data)
{
  return siamban_run_get_state (get_run (user_data)) == SIAMBAN_RUN_INTERRUPTED;
}

static gboolean
has_twenty (gpointer user_data)
{
  SiambanRun *run = get_run (user_data);

  return run != NULL && siamban_run_get_n_iterations (run) >= 20;
}

static void
start (Fixture *fixture)
{
  gui_press ("<Control>r");
  gui_wait_for (dialog_is_ready, NULL, 20);
  gui_save_picture (look_for_dialog (), "train-start");
  gui_click (gui_find (look_for_dialog (), GTK_TYPE_BUTTON, "start_button"));
}

static void
stop (Fixture *fixture)
{
  gui_press ("<Control>period");
  gui_wait_for (is_stopped, fixture, 60);
}

static gboolean
is_written (gpointer user_data)
{
  return g_file_test (user_data, G_FILE_TEST_EXISTS);
}

/* Started from the dialog, watched, paused and resumed by the keyboard, stopped by the button, gone
 * on with, and compared with itself. */
static void
test_live (Fixture *fixture, gconstpointer data)
{
  SiambanRunPlots *plots;
  g_autofree char *csv = g_build_filename (fixture->run.folder, "loss.csv", NULL);
  g_autofree char *text = NULL;
  guint n;

  g_assert_nonnull (gui_look_for (fixture->page, GTK_TYPE_BUTTON, "_Start Training…"));
  start (fixture);
  gui_wait_for (dialog_is_gone, NULL, 20);
  gui_wait_for (is_running, fixture, 60);
  gui_wait_for (has_twenty, fixture, 60);
  gui_run_for (0.5);
  gui_save_picture (GTK_WIDGET (fixture->window), "train-live");

  gui_press ("<Control>p");
  gui_wait_for (is_paused, fixture, 60);
  gui_run_for (1.5);
  n = siamban_run_get_n_iterations (get_run (fixture));
  gui_run_for (1.5);
  g_assert_cmpuint (siamban_run_get_n_iterations (get_run (fixture)), ==, n);
  gui_save_picture (GTK_WIDGET (fixture->window), "train-paused");
  gui_click (gui_find (fixture->page, GTK_TYPE_BUTTON, "resume_button"));
  gui_wait_for (is_running, fixture, 60);

  gui_click (gui_find (gui_find (fixture->page, ADW_TYPE_SPLIT_BUTTON, "stop_button"),
                       GTK_TYPE_BUTTON, NULL));
  gui_wait_for (is_stopped, fixture, 60);
  gui_run_for (0.5);
  n = siamban_run_get_n_iterations (get_run (fixture));

  /* What the plots show is what the run told. */
  plots = SIAMBAN_RUN_PLOTS (gui_find (fixture->page, SIAMBAN_TYPE_RUN_PLOTS, NULL));
  gtk_widget_activate_action (GTK_WIDGET (plots), "plots.export", "(ss)", "loss", "csv");
  gui_save_as (csv);
  gui_wait_for (is_written, csv, 10);
  g_assert_true (g_file_get_contents (csv, &text, NULL, NULL));
  g_assert_cmpuint (g_strv_length (g_strsplit (text, "\n", -1)), ==, n + 2);
  siamban_run_plots_add_overlay (plots, get_run (fixture));
  g_assert_cmpuint (siamban_run_plots_get_n_overlays (plots), ==, 1);
  gui_run_for (0.5);
  gui_save_picture (GTK_WIDGET (fixture->window), "train-stopped");
  siamban_run_plots_remove_overlays (plots);
  g_assert_cmpuint (siamban_run_plots_get_n_overlays (plots), ==, 0);

  gui_click (gui_find (fixture->page, GTK_TYPE_BUTTON, "continue_button"));
  gui_wait_for (is_running, fixture, 60);
  stop (fixture);
  g_assert_cmpuint (siamban_run_get_n_iterations (get_run (fixture)), >=, n);
}

static gboolean
shows_batch (gpointer user_data)
{
  GtkWidget *box = gui_look_for (user_data, GTK_TYPE_FLOW_BOX, "box");

  return box != NULL && gui_look_for (box, GTK_TYPE_PICTURE, NULL) != NULL;
}

/* The samples of the last iteration, as many as a batch has. */
static void
test_batch (Fixture *fixture, gconstpointer data)
{
  GtkWidget *box;
  guint n = 0;

  start (fixture);
  gui_wait_for (has_twenty, fixture, 60);
  stop (fixture);
  gui_run_for (0.5);
  gtk_stack_set_visible_child_name (GTK_STACK (gui_find (fixture->page, GTK_TYPE_STACK, "views")),
                                    "batch");
  gui_wait_for (shows_batch, fixture->page, 30);
  box = gui_find (fixture->page, GTK_TYPE_FLOW_BOX, "box");
  for (GtkWidget *child = gtk_widget_get_first_child (box); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n++;
  g_assert_cmpuint (n, ==, RUN_BATCH_SIZE);
  gui_save_picture (GTK_WIDGET (fixture->window), "train-batch");
}

static guint
count_log_lines (Fixture *fixture)
{
  GtkListView *view = GTK_LIST_VIEW (gui_find (fixture->page, GTK_TYPE_LIST_VIEW, "view"));

  return g_list_model_get_n_items (G_LIST_MODEL (gtk_list_view_get_model (view)));
}

/* Words that are typed leave the lines that hold them. */
static void
test_log (Fixture *fixture, gconstpointer data)
{
  guint n_all, n_found;

  start (fixture);
  gui_wait_for (has_twenty, fixture, 60);
  stop (fixture);
  gui_run_for (0.5);

  gui_press ("<Control>f");
  gui_run_for (0.3);
  n_all = count_log_lines (fixture);
  g_assert_cmpuint (n_all, >, 10);
  gui_type ("Epoch");
  gui_run_for (0.5);
  n_found = count_log_lines (fixture);
  gui_save_picture (GTK_WIDGET (fixture->window), "train-log");
  g_assert_cmpuint (n_found, >, 0);
  g_assert_cmpuint (n_found, <, n_all);
}

/* Closing the window says once that the run goes on; a new window shows it again. */
static void
test_close (Fixture *fixture, gconstpointer data)
{
  g_autofree char *directory = NULL;

  start (fixture);
  gui_wait_for (has_twenty, fixture, 60);
  directory = g_strdup (siamban_run_get_directory (get_run (fixture)));

  gui_press ("<Control>w");
  gui_settle ();
  g_assert_true (ADW_IS_MESSAGE_DIALOG (look_for_dialog ()));
  gui_save_picture (look_for_dialog (), "train-goes-on");
  gui_press ("Escape");
  gui_wait_for (dialog_is_gone, NULL, 5);
  g_assert_false (siamban_settings_get_flag ("told-runs-go-on"));
  gui_press ("<Control>w");
  gui_settle ();
  gui_press ("Return");
  gui_wait_for (dialog_is_gone, NULL, 5);
  g_assert_true (siamban_settings_get_flag ("told-runs-go-on"));
  gui_run_for (0.5);

  fixture->window = gui_open (1000, 760);
  fixture->session = siamban_window_get_session (fixture->window);
  fixture->page = siamban_window_get_page (fixture->window, "train");
  gui_wait_for (is_running, fixture, 20);
  g_assert_cmpstr (siamban_run_get_directory (get_run (fixture)), ==, directory);
  g_assert_true (gtk_widget_get_mapped (fixture->page));
  stop (fixture);
}

static gboolean
shows_text (GtkWidget *root, const char *part)
{
  GtkWidget *label = gui_look_for (root, GTK_TYPE_LABEL, "info_label");

  return label != NULL && strstr (gtk_label_get_text (GTK_LABEL (label)), part) != NULL;
}

/* A process that is killed is told, and the run goes on from its checkpoint. */
static void
test_killed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autofree char *status = NULL;
  int pid = 0;

  start (fixture);
  gui_wait_for (has_twenty, fixture, 60);
  path = g_build_filename (siamban_run_get_directory (get_run (fixture)), "status.json", NULL);
  g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
  g_assert_cmpint (sscanf (strstr (status, "\"pid\""), "\"pid\" : %d", &pid), ==, 1);
  kill (pid, SIGKILL);
  gui_wait_for (is_interrupted, fixture, 20);
  gui_settle ();
  g_assert_true (shows_text (fixture->page, "Continue"));
  gui_save_picture (GTK_WIDGET (fixture->window), "train-interrupted");

  gui_click (gui_find (fixture->page, GTK_TYPE_BUTTON, "continue_button"));
  gui_wait_for (is_running, fixture, 60);
  g_assert_false (shows_text (fixture->page, "Continue"));
  stop (fixture);
}

/* What stands in the way of a start is told where it can be changed. */
static void
test_problems (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->run.folder, "file", NULL);
  GtkWidget *problem;

  files_write (fixture->run.folder, "file", "");
  g_settings_set_string (siamban_settings_get (), "runs-folder", file);
  start (fixture);
  gui_wait_for (dialog_is_ready, NULL, 10);
  problem = gui_find (look_for_dialog (), GTK_TYPE_LABEL, "problem");
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (problem)), file));
  gui_save_picture (look_for_dialog (), "train-start-problem");
  gui_press ("Escape");
  gui_wait_for (dialog_is_gone, NULL, 5);

  run_set (fixture->run.config, "DATASET.TINY.ANNO=/nowhere/train.json");
  start (fixture);
  gui_settle ();
  problem = gui_find (look_for_dialog (), GTK_TYPE_LABEL, "problem");
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (problem)), "/nowhere/train.json"));
  gui_press ("Escape");
  gui_wait_for (dialog_is_gone, NULL, 5);
  g_assert_null (get_run (fixture));
}

static gboolean
has_run (gpointer user_data)
{
  return get_run (user_data) != NULL;
}

/* A folder whose files are rubbish still opens, and says that it knows nothing. */
static void
test_corrupted (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->run.folder, "broken", NULL);

  files_write (fixture->run.folder, "broken/events.jsonl",
               "{\"iteration\": \n\x01\xff garbage\n[]\n");
  files_write (fixture->run.folder, "broken/status.json", "no JSON");
  files_write (fixture->run.folder, "broken/config.yaml", "- : [");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.open-path", "s", path);
  gui_wait_for (has_run, fixture, 10);
  gui_run_for (0.5);
  g_assert_cmpuint (siamban_run_get_n_iterations (get_run (fixture)), ==, 0);
  gui_save_picture (GTK_WIDGET (fixture->window), "train-corrupted");
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/train/live", test_live },
    { "/train/batch", test_batch },
    { "/train/log", test_log },
    { "/train/close", test_close },
    { "/train/killed", test_killed },
    { "/train/problems", test_problems },
    { "/train/corrupted", test_corrupted },
  };

  gui_init (&argc, &argv);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);

  return g_test_run ();
}
