/* SPDX-License-Identifier: Apache-2.0 */
#include "gui.h"
#include "run.h"
#include "siamban-run-launcher.h"
#include "siamban-run-watch.h"
#include "siamban-sample-view.h"
#include "siamban-source-row.h"
#include "siamban-track-page.h"

/* Every page, narrow and wide, light and dark: pictures to be looked at, and nothing wider than its
 * window. The language is that of the environment. */

static const char *const names[] = { "start", "data", "inspect", "configure", "train", "track" };
static const int widths[] = { 720, 1400 };

static gboolean
has_run (gpointer user_data)
{
  SiambanRun *run = siamban_session_get_run (user_data);

  return run != NULL && !siamban_run_is_live (run);
}

/* What is asked for more room than there is cannot be seen. */
static void
check_fits (GtkWidget *window, int width, const char *name)
{
  int minimum, natural;

  gtk_widget_measure (window, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  if (minimum > width)
    g_error ("Page %s needs %d pixels, and has %d", name, minimum, width);
}

static gboolean
is_read (gpointer user_data)
{
  return siamban_source_get_statistics (siamban_source_row_get_source (user_data)) != NULL;
}

static void
set_data_up (GtkWidget *page)
{
  GtkWidget *row = gui_find (page, SIAMBAN_TYPE_SOURCE_ROW, NULL);

  gui_wait_for (is_read, row, 20);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
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
  return gui_look_for (user_data, GTK_TYPE_STACK_SWITCHER, NULL) != NULL;
}

static void
set_inspect_up (GtkWidget *page)
{
  gui_wait_for (has_tabs, page, 20);
  gui_click (gtk_widget_get_last_child (gui_find (page, GTK_TYPE_STACK_SWITCHER, NULL)));
  gui_wait_for (has_sample, page, 20);
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
  return siamban_track_player_get_frontier (user_data) ==
             siamban_sequence_get_n_frames (siamban_track_player_get_sequence (user_data)) &&
         !siamban_track_player_get_playing (user_data);
}

/* The newest weights, on a clip from its beginning to its end; then back to its middle. */
static void
set_track_up (GtkWidget *page, const char *clip)
{
  SiambanTrackPlayer *player = siamban_track_page_get_player (SIAMBAN_TRACK_PAGE (page));
  g_autoptr (GFile) file = g_file_new_for_path (clip);

  siamban_track_page_open (SIAMBAN_TRACK_PAGE (page), file);
  gui_wait_for (shows_frame, player, 20);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (gui_find (page, GTK_TYPE_DROP_DOWN, "weights")), 1);
  gui_wait_for (is_loaded, player, 30);
  siamban_track_player_set_speed (player, 0);
  siamban_track_player_set_playing (player, TRUE);
  gui_wait_for (is_tracked, player, 60);
  siamban_track_player_seek (
      player, siamban_sequence_get_n_frames (siamban_track_player_get_sequence (player)) / 2);
}

static void
set_up_page (GtkWidget *page, const char *name, const char *clip)
{
  if (g_str_equal (name, "data"))
    set_data_up (page);
  else if (g_str_equal (name, "inspect"))
    set_inspect_up (page);
  else if (g_str_equal (name, "track"))
    set_track_up (page, clip);
}

static void
show (SiambanWindow *window, const char *scheme, int width, const char *clip)
{
  const char *language = g_getenv ("LANGUAGE");
  const gboolean contrast = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *picture = g_strdup_printf ("tour-%s-%s%s-%d-%s",
                                                  language != NULL ? language : "en", scheme,
                                                  contrast ? "-contrast" : "", width, names[i]);

      gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", names[i]);
      gui_run_for (0.3);
      set_up_page (siamban_window_get_page (window, names[i]), names[i], clip);
      gui_run_for (0.8);
      check_fits (GTK_WIDGET (window), width, names[i]);
      gui_save_picture (GTK_WIDGET (window), picture);
    }
}

/* A run to be shown: that of $SIAMBAN_TOUR_RUN, or a small one that is trained here. */
static char *
find_run (RunFixture *fixture)
{
  const char *path = g_getenv ("SIAMBAN_TOUR_RUN");

  return path != NULL ? g_strdup (path) : g_build_filename (fixture->folder, "tiny", NULL);
}

/* A clip to be tracked: that of $SIAMBAN_TOUR_CLIP, or a generated one. */
static char *
find_clip (RunFixture *fixture)
{
  const char *path = g_getenv ("SIAMBAN_TOUR_CLIP");
  g_autoptr (SiambanSynth) synth = siamban_synth_new (5, 1, 12, 320, 240);
  g_autofree char *folder = g_build_filename (fixture->folder, "clips", NULL);
  g_autoptr (GError) error = NULL;

  if (path != NULL)
    return g_strdup (path);
  siamban_synth_write_frames (synth, folder, &error);
  g_assert_no_error (error);

  return g_build_filename (folder, "synth-5-000000", NULL);
}

static void
set_config (SiambanSession *session, RunFixture *fixture, const char *run)
{
  g_autofree char *path = g_build_filename (run, "config.yaml", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    g_assert_true (siamban_session_load_config (session, file, NULL));
  else
    siamban_session_set_config (session, fixture->config);
}

static void
tour (gconstpointer data)
{
  const gboolean dark = GPOINTER_TO_INT (data);
  AdwStyleManager *style = adw_style_manager_get_default ();
  RunFixture fixture;
  g_autofree char *folder = NULL;
  g_autofree char *clip = NULL;

  run_set_up (&fixture, NULL);
  folder = find_run (&fixture);
  clip = find_clip (&fixture);
  adw_style_manager_set_color_scheme (style, dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                                  : ADW_COLOR_SCHEME_FORCE_LIGHT);
  for (gsize i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      SiambanWindow *window = gui_open (widths[i], 800);
      SiambanSession *session = siamban_window_get_session (window);

      set_config (session, &fixture, folder);
      if (siamban_run_is_run (folder))
        siamban_run_launcher_open (session, folder, NULL, NULL);
      else
        siamban_run_launcher_start (session, folder, fixture.config, NULL, NULL, NULL);
      gui_wait_for (has_run, session, 60);
      show (window, dark ? "dark" : "light", widths[i], clip);
      gui_close ();
    }
  run_tear_down (&fixture, NULL);
}

int
main (int argc, char *argv[])
{
  gui_init (&argc, &argv);

  g_test_add_data_func ("/tour/light", GINT_TO_POINTER (FALSE), tour);
  g_test_add_data_func ("/tour/dark", GINT_TO_POINTER (TRUE), tour);

  return g_test_run ();
}
