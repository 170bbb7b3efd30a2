/* SPDX-License-Identifier: Apache-2.0 */

/* Runs that are opened from their folder: damaged ones, failed ones, and what they show. */
#include <signal.h>
#include <string.h>

#include "files.h"
#include "gui.h"
#include "run.h"
#include "siamban-plot-private.h"
#include "siamban-run-launcher.h"
#include "siamban-run-plots.h"
#include "siamban-sample-view.h"
#include "siamban-settings.h"

typedef struct
{
  RunFixture run;
  SiambanWindow *window;
  SiambanSession *session;
  GtkWidget *page;
  char *folder; /* of the run */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  run_set_up (&fixture->run, NULL);
  fixture->folder = g_build_filename (fixture->run.folder, "watched", NULL);
  fixture->window = gui_open (1000, 760);
  fixture->session = siamban_window_get_session (fixture->window);
  fixture->page = siamban_window_get_page (fixture->window, "train");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gui_close ();
  gui_end_runs (fixture->run.folder);
  g_free (fixture->folder);
  run_tear_down (&fixture->run, NULL);
}

static SiambanRun *
get_run (Fixture *fixture)
{
  return siamban_session_get_run (fixture->session);
}

static gboolean
has_run (gpointer user_data)
{
  return get_run (user_data) != NULL;
}

static gboolean
is_running (gpointer user_data)
{
  return has_run (user_data) && siamban_run_get_state (get_run (user_data)) == SIAMBAN_RUN_RUNNING;
}

static gboolean
has_iterations (gpointer user_data)
{
  return is_running (user_data) && siamban_run_get_n_iterations (get_run (user_data)) > 2;
}

static gboolean
has_failed (gpointer user_data)
{
  return has_run (user_data) && siamban_run_get_state (get_run (user_data)) == SIAMBAN_RUN_FAILED;
}

static gboolean
is_finished (gpointer user_data)
{
  return has_run (user_data) && siamban_run_get_state (get_run (user_data)) == SIAMBAN_RUN_FINISHED;
}

static void
open_run (Fixture *fixture)
{
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.open-path", "s", fixture->folder);
  gui_wait_for (has_run, fixture, 10);
  gui_run_for (0.5);
}

static void
write_file (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = g_strconcat ("watched/", name, NULL);

  files_write (fixture->run.folder, path, text);
}

static void
append_event (GString *events, guint number, guint epoch, guint index, guint n_per_epoch)
{
  const SiambanIteration iteration = { .number = number,
                                       .n_iterations = 4 * n_per_epoch,
                                       .epoch = epoch,
                                       .index = index,
                                       .n_per_epoch = n_per_epoch,
                                       .total_loss = 1.0 / number,
                                       .cls_loss = 0.5 / number,
                                       .loc_loss = 0.5 / number,
                                       .updated = TRUE,
                                       .batch_time = 0.1 };
  g_autofree char *json = siamban_iteration_to_json (&iteration);

  g_string_append_printf (events, "%s\n", json);
}

static const char *
get_info (Fixture *fixture)
{
  GtkWidget *label = gui_look_for (fixture->page, GTK_TYPE_LABEL, "info_label");

  return label != NULL ? gtk_label_get_text (GTK_LABEL (label)) : "";
}

static void
assert_told (Fixture *fixture, const char *part)
{
  if (strstr (get_info (fixture), part) == NULL)
    g_error ("“%s” does not tell of “%s”", get_info (fixture), part);
}

/* Each damaged file is named, with what to do; what could be read is shown, and the run goes on. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) events = g_string_new (NULL);
  g_autofree char *yaml = NULL;

  run_set (fixture->run.config, "TRAIN.EPOCH=4000");
  yaml = siamban_config_to_yaml (fixture->run.config);
  append_event (events, 1, 1, 1, RUN_N_PER_EPOCH);
  append_event (events, 2, 1, 2, RUN_N_PER_EPOCH);
  g_string_append (events, "\x01\xff garbage\n[]\n{\"iteration\":3,\"n_itera");
  write_file (fixture, "events.jsonl", events->str);
  write_file (fixture, "config.yaml", yaml);
  write_file (fixture, "config.json", "{\"RUN\": ");
  write_file (fixture, "status.json", "no JSON");
  open_run (fixture);

  g_assert_cmpuint (siamban_run_get_n_iterations (get_run (fixture)), ==, 2);
  assert_told (fixture, "events.jsonl”, line 3 and 1 more lines tell of no iteration");
  assert_told (fixture, "events.jsonl” ends within line 5. The curves lack what it told");
  assert_told (fixture, "config.json” is no JSON object. It only informs");
  assert_told (fixture, "status.json” is no JSON object. How the run ended is not known");
  assert_told (fixture, "/snapshot” holds no checkpoint. Put a copy of a checkpoint there");
  g_assert_null (strstr (get_info (fixture), "config.yaml"));
  gui_save_picture (GTK_WIDGET (fixture->window), "runs-damaged");

  gui_click (gui_find (fixture->page, GTK_TYPE_BUTTON, "continue_button"));
  gui_wait_for (is_running, fixture, 60);
  gui_settle ();
  g_assert_cmpstr (get_info (fixture), ==, "");
}

/* Without its configuration a run cannot go on; a new one can begin. */
static void
test_no_config (Fixture *fixture, gconstpointer data)
{
  GtkWidget *start;

  write_file (fixture, "events.jsonl", "");
  write_file (fixture, "config.yaml", "- : [");
  open_run (fixture);
  assert_told (fixture, "watched/config.yaml");
  assert_told (fixture, "Put a copy of the configuration there and open the run again to go on");
  g_assert_null (gui_look_for (fixture->page, GTK_TYPE_BUTTON, "continue_button"));
  start = gui_find (fixture->page, GTK_TYPE_BUTTON, "start_button");
  g_assert_true (gtk_widget_get_sensitive (start));
  gui_save_picture (GTK_WIDGET (fixture->window), "runs-no-config");
}

static void
ignore_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  (void) siamban_run_launcher_start_finish (result, NULL);
}

/* A card that has not enough memory ends the training: the page says which, why and what would fit. */
static void
test_device_error (Fixture *fixture, gconstpointer data)
{
  const char *const devices[] = { "cuda:0", NULL };

  if (g_getenv ("SIAMBAN_SIMULATED_ENGINE") == NULL)
    {
      g_test_skip ("the simulated device is not built");
      return;
    }

  run_set (fixture->run.config, "TRAIN.EPOCH=4000");
  /* Of the command, not of this process. */
  g_setenv ("SIAMBAN_ENGINE_PATH", g_getenv ("SIAMBAN_SIMULATED_ENGINE"), TRUE);
  g_setenv ("CUDA_SIM_MEMORY_MIB", "8", TRUE);
  gui_press ("<Alt>4");
  siamban_run_launcher_start (fixture->session, fixture->folder, fixture->run.config, devices,
                              ignore_cb, NULL);
  gui_wait_for (has_failed, fixture, 60);
  gui_settle ();
  g_unsetenv ("SIAMBAN_ENGINE_PATH");
  g_unsetenv ("CUDA_SIM_MEMORY_MIB");

  g_test_message ("%s", get_info (fixture));
  assert_told (fixture, "The training failed: ");
  assert_told (fixture, "cuda:0");
  assert_told (
      fixture,
      "When the cause is gone, Continue begins it again; Start Training begins another one.");
  gui_save_picture (GTK_WIDGET (fixture->window), "runs-device-error");

  /* On a device that has the memory it does. */
  gui_click (gui_find (fixture->page, GTK_TYPE_BUTTON, "continue_button"));
  gui_wait_for (is_running, fixture, 60);
}

#define N_MARKS 3

static gboolean
has_marks (gpointer user_data)
{
  return ((SiambanPlot *) user_data)->marks->len == N_MARKS;
}

/* The epochs of a run that went on with other batches begin where they began, not where the length of
 * the last would let them. */
static void
test_epochs (Fixture *fixture, gconstpointer data)
{
  const double expected[N_MARKS] = { 4, 13, 19 };
  g_autoptr (GString) events = g_string_new (NULL);
  SiambanPlot *plot;

  for (guint i = 0; i < 6; i++)
    append_event (events, i + 1, 1 + i / 3, 1 + i % 3, 3);
  for (guint i = 0; i < 12; i++)
    append_event (events, 13 + i, 3 + i / 6, 1 + i % 6, 6);
  write_file (fixture, "events.jsonl", events->str);
  open_run (fixture);

  plot = SIAMBAN_PLOT (gui_find (fixture->page, SIAMBAN_TYPE_PLOT, "losses"));
  gui_wait_for (has_marks, plot, 10);
  for (guint i = 0; i < N_MARKS; i++)
    g_assert_cmpfloat (g_array_index (plot->marks, SiambanPlotMark, i).x, ==, expected[i]);
  gui_save_picture (GTK_WIDGET (fixture->window), "runs-epochs");
}

static SiambanPlot *
look_for_validations (Fixture *fixture)
{
  GtkWidget *plot = gui_look_for (fixture->page, SIAMBAN_TYPE_PLOT, "validations");

  return plot != NULL ? SIAMBAN_PLOT (plot) : NULL;
}

static gboolean
has_validations (gpointer user_data)
{
  SiambanPlot *plot = look_for_validations (user_data);

  return plot != NULL && ((SiambanSeries *) plot->series->pdata[0])->points->len == 2;
}

static gboolean
has_no_validations (gpointer user_data)
{
  return look_for_validations (user_data) == NULL;
}

/* What validations came to has a plot, while there are any. */
static void
test_validations (Fixture *fixture, gconstpointer data)
{
  static const double measures[] = { 0.25, 0.5 };
  g_autoptr (GString) events = g_string_new (NULL);
  g_autofree char *without = NULL;
  g_autofree char *other_folder = g_build_filename (fixture->run.folder, "other", NULL);
  g_autoptr (SiambanRun) other = NULL;
  g_autoptr (GError) error = NULL;
  SiambanRunPlots *plots;
  const SiambanPoint *last;

  for (guint i = 0; i < 6; i++)
    append_event (events, i + 1, 1 + i / 3, 1 + i % 3, 3);
  without = g_strdup (events->str);
  write_file (fixture, "events.jsonl", without);
  open_run (fixture);
  g_assert_null (look_for_validations (fixture));

  for (guint i = 0; i < G_N_ELEMENTS (measures); i++)
    {
      const SiambanValidationResult result = { .iteration = 3 * (i + 1),
                                               .epoch = i + 1,
                                               .measure = measures[i] };
      g_autofree char *json = siamban_validation_result_to_json (&result);

      g_string_append_printf (events, "%s\n", json);
    }
  write_file (fixture, "events.jsonl", events->str);
  gui_wait_for (has_validations, fixture, 10);
  last = &g_array_index (
      ((SiambanSeries *) look_for_validations (fixture)->series->pdata[0])->points, SiambanPoint,
      1);
  g_assert_cmpfloat (last->x, ==, 6);
  g_assert_cmpfloat (last->y, ==, 0.5);
  gui_settle ();
  gui_save_picture (GTK_WIDGET (fixture->window), "runs-validations");

  /* A run that went back behind them has none, but one that it is compared with may. */
  files_write (fixture->run.folder, "other/events.jsonl", events->str);
  write_file (fixture, "events.jsonl", without);
  gui_wait_for (has_no_validations, fixture, 10);
  other = siamban_run_new (other_folder, &error);
  g_assert_no_error (error);
  plots = SIAMBAN_RUN_PLOTS (gui_find (fixture->page, SIAMBAN_TYPE_RUN_PLOTS, NULL));
  siamban_run_plots_add_overlay (plots, other);
  gui_settle ();
  g_assert_nonnull (look_for_validations (fixture));
  siamban_run_plots_remove_overlays (plots);
  gui_settle ();
  g_assert_null (look_for_validations (fixture));
}

static gboolean
is_there (gpointer path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
is_told_exported (gpointer user_data)
{
  return g_strcmp0 (gui_get_toast (((Fixture *) user_data)->window), "Exported") == 0;
}

static void
export_as (Fixture *fixture, const char *suffix, const char *beginning)
{
  GtkWidget *plots = gui_find (fixture->page, SIAMBAN_TYPE_RUN_PLOTS, NULL);
  g_autofree char *name = g_strdup_printf ("loss.%s", suffix);
  g_autofree char *path = g_build_filename (fixture->run.folder, name, NULL);
  g_autofree char *contents = NULL;
  gsize size;

  g_assert_true (gtk_widget_activate_action (plots, "plots.export", "(ss)", "loss", suffix));
  gui_save_as (path);
  gui_wait_for (is_there, path, 10);
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_cmpuint (size, >, 50);
  if (!g_str_has_prefix (contents, beginning))
    g_error ("%s begins with “%.20s”", path, contents);
}

/* Through the dialog, in each format. */
static void
test_export (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) events = g_string_new (NULL);

  for (guint i = 0; i < 30; i++)
    append_event (events, i + 1, 1 + i / 10, 1 + i % 10, 10);
  write_file (fixture, "events.jsonl", events->str);
  open_run (fixture);

  export_as (fixture, "png", "\x89PNG");
  gui_wait_for (is_told_exported, fixture, 10);
  export_as (fixture, "svg", "<?xml");
  export_as (fixture, "csv", "x,\"total\",\"cls\",\"loc\"\n1,1,0.5,0.5\n");
}

static gboolean
has_samples (gpointer page)
{
  return gui_look_for (page, GTK_TYPE_LABEL, "Samples") != NULL;
}

static gboolean
is_picture (gpointer path)
{
  g_autoptr (GdkTexture) texture = gdk_texture_new_from_filename (path, NULL);

  return texture != NULL;
}

static gboolean
shows_iteration (gpointer user_data)
{
  SiambanSample *sample = siamban_sample_view_get_sample (user_data);

  return sample != NULL && siamban_sample_get_index (sample) == 4 * RUN_BATCH_SIZE;
}

/* What training saw at an iteration of the run can be looked at afterwards, copied and saved. */
static void
test_samples (Fixture *fixture, gconstpointer data)
{
  GtkWidget *page = siamban_window_get_page (fixture->window, "inspect");
  g_autofree char *path = g_build_filename (fixture->run.folder, "sample.png", NULL);
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (GError) error = NULL;
  GtkWidget *view, *iteration;
  GdkContentFormats *formats;

  siamban_run_launcher_start (fixture->session, fixture->folder, fixture->run.config, NULL,
                              ignore_cb, NULL);
  gui_wait_for (is_finished, fixture, 60);
  /* What is open now is another experiment. */
  gui_press ("<Alt>2");
  gui_settle ();
  gui_click (gui_find (page, GTK_TYPE_TOGGLE_BUTTON, "use_run"));
  gui_wait_for (has_samples, page, 20);
  gui_click (gui_find (page, GTK_TYPE_LABEL, "Samples"));
  gui_settle ();
  view = gui_find (page, SIAMBAN_TYPE_SAMPLE_VIEW, NULL);
  iteration = gui_find (page, GTK_TYPE_SPIN_BUTTON, "iteration");
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (iteration), 5);
  gui_wait_for (shows_iteration, view, 10);
  gui_settle ();
  gui_save_picture (GTK_WIDGET (fixture->window), "runs-samples");

  g_assert_true (gtk_widget_activate_action (view, "sample.copy", NULL));
  formats = gdk_clipboard_get_formats (gtk_widget_get_clipboard (view));
  g_assert_true (gdk_content_formats_contain_gtype (formats, GDK_TYPE_TEXTURE));

  g_assert_true (gtk_widget_activate_action (view, "sample.save", NULL));
  gui_save_as (path);
  gui_wait_for (is_picture, path, 10);
  texture = gdk_texture_new_from_filename (path, NULL);
  g_assert_cmpint (gdk_texture_get_width (texture), >, 127 + 255);
}

static gboolean
is_stalled (gpointer user_data)
{
  return strstr (get_info (user_data), "told nothing new") != NULL;
}

static gboolean
is_well (gpointer user_data)
{
  return g_str_equal (get_info (user_data), "");
}

/* A process that hangs is told of, with what to do, until it tells something again. */
static void
test_stalled (Fixture *fixture, gconstpointer data)
{
  run_set (fixture->run.config, "TRAIN.EPOCH=4000");
  g_settings_set_uint (siamban_settings_get (), "stall-seconds", 1);
  gui_press ("<Alt>4");
  siamban_run_launcher_start (fixture->session, fixture->folder, fixture->run.config, NULL,
                              ignore_cb, NULL);
  gui_wait_for (has_iterations, fixture, 60);
  kill (run_read_pid (fixture->folder), SIGSTOP);
  gui_wait_for (is_stalled, fixture, 60);
  assert_told (fixture, "The log may tell why; Stop ends it with a checkpoint.");
  gui_save_picture (GTK_WIDGET (fixture->window), "runs-stalled");

  kill (run_read_pid (fixture->folder), SIGCONT);
  gui_wait_for (is_well, fixture, 60);
  g_settings_reset (siamban_settings_get (), "stall-seconds");
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/runs/damaged", test_damaged },
    { "/runs/no-config", test_no_config },
    { "/runs/device-error", test_device_error },
    { "/runs/stalled", test_stalled },
    { "/runs/epochs", test_epochs },
    { "/runs/validations", test_validations },
    { "/runs/export", test_export },
    { "/runs/samples", test_samples },
  };

  gui_init (&argc, &argv);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);

  return g_test_run ();
}
