/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "gui.h"
#include "siamban-histogram-view.h"
#include "siamban-source-row.h"

#define N_VIDEOS 6
#define N_FRAMES 8
#define N_MANY 500

static char *crops;  /* a folder with crops and a train.json */
static char *frames; /* a folder with recordings */

static void
make_data (void)
{
  g_autoptr (SiambanSynth) synth = siamban_synth_new (4, N_VIDEOS, N_FRAMES, 320, 240);
  g_autoptr (SiambanSynth) raw = siamban_synth_new (5, 2, 12, 160, 120);
  g_autoptr (GError) error = NULL;

  crops = g_build_filename (gui_get_folder (), "crops", NULL);
  frames = g_build_filename (gui_get_folder (), "my videos", NULL);
  siamban_synth_write_crops (synth, crops, &error);
  g_assert_no_error (error);
  siamban_synth_write_frames (raw, frames, &error);
  g_assert_no_error (error);
}

/* Two sources of the same crops, one drawn three times as often. */
static SiambanConfig *
make_config (void)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autofree char *anno = g_build_filename (crops, "train.json", NULL);
  const char *const names[] = { "SYNTH", "MORE", NULL };

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *root_key = g_strdup_printf ("DATASET.%s.ROOT", names[i]);
      g_autofree char *anno_key = g_strdup_printf ("DATASET.%s.ANNO", names[i]);

      g_assert_true (siamban_config_set_string (config, root_key, crops, NULL));
      g_assert_true (siamban_config_set_string (config, anno_key, anno, NULL));
    }
  g_assert_true (siamban_config_set_int (config, "DATASET.MORE.NUM_USE", 3 * N_VIDEOS, NULL));
  g_assert_true (siamban_config_set_strv (config, "DATASET.NAMES", names, NULL));

  return g_steal_pointer (&config);
}

static SiambanWindow *
open_page (int width, int height, SiambanConfig *config)
{
  SiambanWindow *window = gui_open (width, height);

  siamban_session_set_config (siamban_window_get_session (window), config);
  gui_press ("<Alt>1");
  gui_settle ();

  return window;
}

static SiambanConfig *
config_of (SiambanWindow *window)
{
  return siamban_session_get_config (siamban_window_get_session (window));
}

static GtkWidget *
find_row (SiambanWindow *window, const char *name)
{
  return gui_find (siamban_window_get_page (window, "data"), SIAMBAN_TYPE_SOURCE_ROW, name);
}

static gboolean
is_read (gpointer user_data)
{
  SiambanSource *source = siamban_source_row_get_source (user_data);

  return siamban_source_get_statistics (source) != NULL ||
         siamban_source_get_error (source) != NULL;
}

static void
assert_subtitle (GtkWidget *row, const char *part)
{
  const char *text = adw_expander_row_get_subtitle (ADW_EXPANDER_ROW (row));

  if (strstr (text, part) == NULL)
    g_error ("“%s” is not in “%s”", part, text);
}

static void
set_dark (gboolean dark)
{
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                           : ADW_COLOR_SCHEME_FORCE_LIGHT);
  gui_settle ();
}

/* Shares follow what is switched and typed, and so does the experiment. */
static void
test_mixture (gconstpointer data)
{
  const int width = GPOINTER_TO_INT (data);
  g_autoptr (SiambanConfig) config = make_config ();
  SiambanWindow *window = open_page (width, 760, config);
  g_autofree char *light = g_strdup_printf ("data-%d-light", width);
  g_autofree char *dark = g_strdup_printf ("data-%d-dark", width);
  GtkWidget *row = find_row (window, "SYNTH"), *other = find_row (window, "MORE");
  GtkWidget *toggle;

  gui_wait_for (is_read, row, 10);
  gui_wait_for (is_read, other, 10);
  gui_settle ();
  assert_subtitle (row, "6 videos, 48 boxes; 6 draws, 25.0 %");
  assert_subtitle (other, "18 draws, 75.0 %");

  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  gui_run_for (0.4);
  gui_find (row, SIAMBAN_TYPE_HISTOGRAM_VIEW, NULL);
  gui_save_picture (GTK_WIDGET (window), light);
  set_dark (TRUE);
  gui_save_picture (GTK_WIDGET (window), dark);
  set_dark (FALSE);

  gtk_widget_grab_focus (gui_find (row, GTK_TYPE_SPIN_BUTTON, "num_use"));
  gui_press ("<Control>a");
  gui_type ("18");
  gui_press ("Tab");
  gui_settle ();
  g_assert_cmpint (siamban_config_get_int (config_of (window), "DATASET.SYNTH.NUM_USE"), ==, 18);
  assert_subtitle (row, "50.0 %");

  toggle = gui_find (other, GTK_TYPE_SWITCH, NULL);
  gui_click (toggle);
  gui_settle ();
  g_assert_cmpuint (
      g_strv_length ((char **) siamban_config_get_strv (config_of (window), "DATASET.NAMES")), ==,
      1);
  assert_subtitle (row, "100.0 %");
  assert_subtitle (other, "not used");
  g_assert_true (find_row (window, "MORE") == other);
  gui_click (toggle);
  gui_settle ();
  assert_subtitle (row, "50.0 %");

  gui_close ();
}

static void
add (SiambanWindow *window, const char *path)
{
  gtk_widget_activate_action (siamban_window_get_page (window, "data"), "data.add-path", "s", path);
  gui_settle ();
}

/* Sources that are not on this computer make room for what is added. */
static void
test_add_crops (void)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  SiambanWindow *window = open_page (900, 700, config);
  const char *const *names;
  GtkWidget *row = find_row (window, "VID");

  gui_wait_for (is_read, row, 10);
  assert_subtitle (row, "switch this source off");
  gui_save_picture (GTK_WIDGET (window), "data-missing");
  add (window, crops);
  names = siamban_config_get_strv (config_of (window), "DATASET.NAMES");
  g_assert_cmpuint (g_strv_length ((char **) names), ==, 1);
  g_assert_cmpstr (names[0], ==, "CROPS");
  g_assert_cmpstr (siamban_config_get_string (config_of (window), "DATASET.CROPS.ROOT"), ==, crops);
  row = find_row (window, "CROPS");
  gui_wait_for (is_read, row, 10);
  gui_settle ();
  assert_subtitle (row, "100.0 %");

  gui_close ();
}

/* The question before a preparation. */
static void
answer (const char *button)
{
  GtkWidget *dialog = gui_find_window (ADW_TYPE_MESSAGE_DIALOG);

  gui_click (gui_find (dialog, GTK_TYPE_BUTTON, button));
  gui_settle ();
}

static gboolean
has_source (gpointer user_data)
{
  return siamban_config_has_key (config_of (user_data), "DATASET.MY_VIDEOS.ROOT");
}

/* Recordings are prepared first, with a question before anything is written. */
static void
test_add_frames (void)
{
  g_autoptr (SiambanConfig) config = make_config ();
  SiambanWindow *window = open_page (900, 700, config);
  g_autofree char *output = g_strconcat (frames, "-crops", NULL);
  g_autofree char *anno = g_build_filename (output, "train.json", NULL);
  GtkWidget *row;

  gui_wait_for (is_read, find_row (window, "SYNTH"), 10);
  add (window, frames);
  gui_save_picture (gui_find_window (ADW_TYPE_MESSAGE_DIALOG), "data-prepare-question");
  answer ("_Cancel");
  g_assert_false (g_file_test (output, G_FILE_TEST_EXISTS));

  add (window, frames);
  answer ("_Prepare");
  gui_run_for (0.2);
  gui_save_picture (GTK_WIDGET (window), "data-preparing");
  gui_wait_for (has_source, window, 60);
  gui_settle ();
  g_assert_true (g_file_test (anno, G_FILE_TEST_EXISTS));
  row = find_row (window, "MY_VIDEOS");
  gui_wait_for (is_read, row, 10);
  gui_settle ();
  assert_subtitle (row, "2 videos");

  gui_close ();
}

/* The same recording many times, so that there is time to change one's mind. */
static char *
make_many_frames (guint n)
{
  g_autoptr (GDir) dir = g_dir_open (frames, 0, NULL);
  g_autofree char *one = g_build_filename (frames, g_dir_read_name (dir), NULL);
  char *many = g_build_filename (gui_get_folder (), "many", NULL);

  g_assert_cmpint (g_mkdir (many, 0700), ==, 0);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/video-%04u", many, i);

      g_assert_cmpint (symlink (one, name), ==, 0);
    }

  return many;
}

static gboolean
is_preparing (gpointer user_data)
{
  GtkWidget *progress = gui_look_for (user_data, GTK_TYPE_PROGRESS_BAR, "progress");

  return progress != NULL && gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (progress)) > 0;
}

static gboolean
is_idle (gpointer user_data)
{
  return gui_look_for (user_data, GTK_TYPE_PROGRESS_BAR, "progress") == NULL;
}

static gboolean
has_many (gpointer user_data)
{
  return siamban_config_has_key (config_of (user_data), "DATASET.MANY.ROOT");
}

/* A preparation that is stopped adds nothing, and goes on where it was. */
static void
test_cancel (void)
{
  g_autoptr (SiambanConfig) config = make_config ();
  SiambanWindow *window = open_page (900, 700, config);
  GtkWidget *page = siamban_window_get_page (window, "data");
  g_autofree char *many = make_many_frames (N_MANY);
  g_autofree char *anno = g_strconcat (many, "-crops/train.json", NULL);
  g_autofree char *videos = g_strdup_printf ("%u videos", N_MANY);
  GtkWidget *row;

  add (window, many);
  answer ("_Prepare");
  gui_wait_for (is_preparing, page, 30);
  /* Until it has slid into its place. */
  gui_run_for (0.5);
  gui_save_picture (GTK_WIDGET (window), "data-preparing-many");
  gui_click (gui_find (page, GTK_TYPE_BUTTON, "_Cancel"));
  gui_wait_for (is_idle, page, 10);
  g_assert_cmpstr (gui_get_toast (window), ==, "Stopped; add the folder again to go on");
  g_assert_false (has_many (window));
  g_assert_false (g_file_test (anno, G_FILE_TEST_EXISTS));

  add (window, many);
  answer ("_Prepare");
  gui_wait_for (has_many, window, 60);
  row = find_row (window, "MANY");
  gui_wait_for (is_read, row, 10);
  gui_settle ();
  assert_subtitle (row, videos);

  gui_close ();
}

static gboolean
is_revealed (gpointer user_data)
{
  return gtk_info_bar_get_revealed (user_data);
}

/* A folder with nothing in it: what was expected is said. */
static void
test_nothing_there (void)
{
  g_autoptr (SiambanConfig) config = make_config ();
  SiambanWindow *window = open_page (900, 700, config);
  g_autofree char *nothing = g_build_filename (gui_get_folder (), "nothing", NULL);
  GtkWidget *page = siamban_window_get_page (window, "data"), *bar, *label;

  g_assert_cmpint (g_mkdir (nothing, 0700), ==, 0);
  add (window, nothing);
  answer ("_Prepare");
  bar = gui_find (page, GTK_TYPE_INFO_BAR, "bar");
  gui_wait_for (is_revealed, bar, 20);
  gui_settle ();
  label = gui_find (page, GTK_TYPE_LABEL, "bar_label");
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (label)), nothing));
  gui_save_picture (GTK_WIDGET (window), "data-nothing");

  gui_close ();
}

/* The annotations go away while the page is open, and come back. */
static void
test_folder_gone (void)
{
  g_autofree char *away = g_strconcat (crops, ".away", NULL);
  g_autoptr (SiambanConfig) config = make_config ();
  SiambanWindow *window = open_page (900, 700, config);
  GtkWidget *page = siamban_window_get_page (window, "data"), *row;

  gui_wait_for (is_read, find_row (window, "SYNTH"), 10);
  g_assert_cmpint (g_rename (crops, away), ==, 0);
  gui_click (gui_find (page, GTK_TYPE_BUTTON, "view-refresh-symbolic"));
  row = find_row (window, "SYNTH");
  gui_wait_for (is_read, row, 10);
  gui_settle ();
  assert_subtitle (row, crops);
  gui_save_picture (GTK_WIDGET (window), "data-gone");
  g_assert_cmpint (g_rename (away, crops), ==, 0);
  gui_click (gui_find (page, GTK_TYPE_BUTTON, "view-refresh-symbolic"));
  row = find_row (window, "SYNTH");
  gui_wait_for (is_read, row, 10);
  gui_settle ();
  assert_subtitle (row, "6 videos");

  gui_close ();
}

int
main (int argc, char *argv[])
{
  int status;

  gui_init (&argc, &argv);

  make_data ();
  g_test_add_data_func ("/data/mixture/720", GINT_TO_POINTER (720), test_mixture);
  g_test_add_data_func ("/data/mixture/1400", GINT_TO_POINTER (1400), test_mixture);
  g_test_add_func ("/data/add-crops", test_add_crops);
  g_test_add_func ("/data/add-frames", test_add_frames);
  g_test_add_func ("/data/cancel", test_cancel);
  g_test_add_func ("/data/nothing-there", test_nothing_there);
  g_test_add_func ("/data/folder-gone", test_folder_gone);

  status = g_test_run ();
  g_free (crops);
  g_free (frames);

  return status;
}
