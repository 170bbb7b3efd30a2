/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "gui.h"
#include "siamban-frame-tile.h"
#include "siamban-frame-view.h"
#include "siamban-label-view.h"
#include "siamban-sample-view.h"

#define N_VIDEOS 6
#define N_FRAMES 8

static char *crops; /* the folder of the data */

static void
make_data (void)
{
  g_autoptr (SiambanSynth) synth = siamban_synth_new (4, N_VIDEOS, N_FRAMES, 320, 240);
  g_autoptr (GError) error = NULL;

  crops = g_build_filename (gui_get_folder (), "crops", NULL);
  siamban_synth_write_crops (synth, crops, &error);
  g_assert_no_error (error);
}

static SiambanConfig *
make_config (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), "siamban_r18_small.yaml",
                                            NULL);
  g_autofree char *anno = g_build_filename (crops, "train.json", NULL);
  SiambanConfig *config = siamban_config_new_from_file (path, NULL);

  g_assert_true (siamban_config_set_string (config, "DATASET.SYNTH.ROOT", crops, NULL));
  g_assert_true (siamban_config_set_string (config, "DATASET.SYNTH.ANNO", anno, NULL));

  return config;
}

/* The window at the page, with the data of the test. */
static SiambanWindow *
open_page (int width, int height)
{
  SiambanWindow *window = gui_open (width, height);
  g_autoptr (SiambanConfig) config = make_config ();

  siamban_session_set_config (siamban_window_get_session (window), config);
  gui_press ("<Alt>2");

  return window;
}

static gboolean
is_shown (gpointer user_data)
{
  return gtk_widget_get_mapped (user_data);
}

static SiambanSampleView *
show_samples (SiambanWindow *window)
{
  GtkWidget *page = siamban_window_get_page (window, "inspect");
  GtkWidget *tab;

  gui_wait_for (is_shown, page, 5);
  while (gui_look_for (page, SIAMBAN_TYPE_FRAME_VIEW, NULL) == NULL)
    gui_run_for (0.02);
  tab = gui_find (page, GTK_TYPE_LABEL, "Samples");
  gui_click (tab);
  gui_settle ();

  return SIAMBAN_SAMPLE_VIEW (gui_find (page, SIAMBAN_TYPE_SAMPLE_VIEW, NULL));
}

static gboolean
has_sample (gpointer user_data)
{
  return siamban_sample_view_get_sample (user_data) != NULL;
}

static gboolean
has_other_sample (gpointer user_data)
{
  gpointer *both = user_data;

  return siamban_sample_view_get_sample (both[0]) != NULL &&
         siamban_sample_view_get_sample (both[0]) != both[1];
}

/* Clicks and waits for what it brings. */
static SiambanSample *
click_for_sample (SiambanSampleView *view, GtkWidget *button)
{
  SiambanSample *old = siamban_sample_ref (siamban_sample_view_get_sample (view));
  gpointer both[] = { view, old };

  gui_click (button);
  gui_wait_for (has_other_sample, both, 5);
  gui_settle ();
  siamban_sample_unref (old);

  return siamban_sample_view_get_sample (view);
}

static gboolean
has_pictures (gpointer user_data)
{
  return siamban_frame_view_get_n_bytes (user_data) >= N_VIDEOS * N_FRAMES * 112 * 112 * 4;
}

static void
set_dark (gboolean dark)
{
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                           : ADW_COLOR_SCHEME_FORCE_LIGHT);
  gui_settle ();
}

static void
test_frames (gconstpointer data)
{
  const int width = GPOINTER_TO_INT (data);
  SiambanWindow *window = open_page (width, 700);
  GtkWidget *page = siamban_window_get_page (window, "inspect");
  g_autofree char *light = g_strdup_printf ("inspect-frames-%d-light", width);
  g_autofree char *dark = g_strdup_printf ("inspect-frames-%d-dark", width);
  GtkWidget *view, *count, *details, *tile;

  while ((view = gui_look_for (page, SIAMBAN_TYPE_FRAME_VIEW, NULL)) == NULL)
    gui_run_for (0.02);
  gui_wait_for (has_pictures, view, 10);
  count = gui_find (view, GTK_TYPE_LABEL, "count");
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (count)), ==, "48 frames");

  /* A frame tells about itself; a video has its own frames only. */
  tile = gui_find (view, SIAMBAN_TYPE_FRAME_TILE, NULL);
  gui_click (tile);
  gui_settle ();
  details = gui_find (view, GTK_TYPE_LABEL, "details");
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (details)), crops));
  gui_save_picture (GTK_WIDGET (window), light);
  set_dark (TRUE);
  gui_save_picture (GTK_WIDGET (window), dark);
  set_dark (FALSE);

  if (width > 1000)
    {
      g_autofree char *name = NULL;
      g_autoptr (SiambanSynth) synth = siamban_synth_new (4, N_VIDEOS, N_FRAMES, 320, 240);

      name = siamban_synth_get_video_name (synth, 1);
      gui_click (gui_find (view, GTK_TYPE_LABEL, name));
      gui_settle ();
      g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (count)), ==, "8 frames");
      gui_click (gui_find (view, GTK_TYPE_BUTTON, "all_videos"));
      gui_settle ();
      g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (count)), ==, "48 frames");
    }

  gui_close ();
}

static void
test_samples (gconstpointer data)
{
  const int width = GPOINTER_TO_INT (data);
  SiambanWindow *window = open_page (width, 760);
  SiambanSampleView *view = show_samples (window);
  g_autofree char *light = g_strdup_printf ("inspect-samples-%d-light", width);
  g_autofree char *dark = g_strdup_printf ("inspect-samples-%d-dark", width);
  SiambanSample *sample;
  GtkWidget *labels;
  g_autofree char *description = NULL;

  gui_wait_for (has_sample, view, 5);
  g_assert_cmpuint (siamban_sample_get_index (siamban_sample_view_get_sample (view)), ==, 0);
  sample = click_for_sample (view, gui_find (GTK_WIDGET (view), GTK_TYPE_BUTTON, "Next sample"));
  g_assert_cmpuint (siamban_sample_get_index (sample), ==, 1);

  /* The numbers of the middle of the box. */
  labels = gui_find (GTK_WIDGET (view), SIAMBAN_TYPE_LABEL_VIEW, NULL);
  gui_move_pointer (labels, gtk_widget_get_width (labels) / 2.0,
                    gtk_widget_get_height (labels) / 2.0);
  gui_settle ();
  g_object_get (labels, "description", &description, NULL);
  g_assert_nonnull (strstr (description, "12"));
  gui_save_picture (GTK_WIDGET (window), light);
  set_dark (TRUE);
  gui_save_picture (GTK_WIDGET (window), dark);
  set_dark (FALSE);

  gui_close ();
}

/* A stage that is switched off is left out of what is shown, and only that. */
static void
test_stages (void)
{
  SiambanWindow *window = open_page (1000, 760);
  SiambanSampleView *view = show_samples (window);
  SiambanSample *sample;
  guint64 index;

  gui_wait_for (has_sample, view, 5);
  sample = click_for_sample (view, gui_find (GTK_WIDGET (view), GTK_TYPE_SWITCH, "Shift"));
  g_assert_cmpuint (siamban_sample_get_stages (sample), ==,
                    SIAMBAN_AUGMENTATION_STAGES_ALL & ~SIAMBAN_AUGMENTATION_STAGES_SHIFT);
  sample = click_for_sample (view, gui_find (GTK_WIDGET (view), GTK_TYPE_SWITCH, "Scale"));
  g_assert_cmpuint (siamban_sample_get_stages (sample), ==,
                    SIAMBAN_AUGMENTATION_STAGES_ALL &
                        ~(SIAMBAN_AUGMENTATION_STAGES_SHIFT | SIAMBAN_AUGMENTATION_STAGES_SCALE));
  /* The target of a positive pair is then in the middle. */
  g_assert_cmpfloat_with_epsilon (
      siamban_sample_get_box (sample)->x1 + siamban_sample_get_box (sample)->x2, 254, 1.5);

  index = siamban_sample_get_index (sample);
  sample = click_for_sample (view, gui_find (GTK_WIDGET (view), GTK_TYPE_BUTTON, "reshuffle"));
  g_assert_cmpuint (siamban_sample_get_index (sample), ==, index);

  gui_close ();
}

/* By keyboard alone: the next sample, then a point of the map. */
static void
test_keyboard (void)
{
  SiambanWindow *window = open_page (1000, 760);
  SiambanSampleView *view = show_samples (window);
  GtkWidget *labels;
  g_autofree char *middle = NULL;
  g_autofree char *right = NULL;

  gui_wait_for (has_sample, view, 5);
  labels = gui_find (GTK_WIDGET (view), SIAMBAN_TYPE_LABEL_VIEW, NULL);
  gtk_widget_grab_focus (labels);
  gui_press ("<Alt>Right");
  gui_run_for (0.3);
  g_assert_cmpuint (siamban_sample_get_index (siamban_sample_view_get_sample (view)), ==, 1);
  gui_press ("<Alt>Left");
  gui_run_for (0.3);
  g_assert_cmpuint (siamban_sample_get_index (siamban_sample_view_get_sample (view)), ==, 0);

  gui_press ("Down");
  g_object_get (labels, "description", &middle, NULL);
  g_assert_true (g_str_has_prefix (middle, "Row 12, column 12:"));
  gui_press ("Right");
  g_object_get (labels, "description", &right, NULL);
  g_assert_true (g_str_has_prefix (right, "Row 12, column 13:"));

  gui_close ();
}

static gboolean
is_revealed (gpointer user_data)
{
  return gtk_info_bar_get_revealed (user_data);
}

static gboolean
has_failed (gpointer user_data)
{
  return gui_look_for (user_data, ADW_TYPE_STATUS_PAGE, "failure") != NULL;
}

/* The folder goes while it is open: both views say so and work again when it is back. */
static void
test_folder_gone (void)
{
  g_autofree char *away = g_strconcat (crops, ".away", NULL);
  SiambanWindow *window = open_page (1000, 700);
  GtkWidget *page = siamban_window_get_page (window, "inspect");
  SiambanSampleView *view = show_samples (window);
  GtkWidget *frames, *bar, *label;

  gui_wait_for (has_sample, view, 5);
  g_assert_cmpint (g_rename (crops, away), ==, 0);
  gui_click (gui_find (GTK_WIDGET (view), GTK_TYPE_BUTTON, "Next sample"));
  gui_wait_for (has_failed, view, 10);
  gui_save_picture (GTK_WIDGET (window), "inspect-sample-gone");

  gui_click (gui_find (page, GTK_TYPE_LABEL, "Frames"));
  gui_settle ();
  frames = gui_find (page, SIAMBAN_TYPE_FRAME_VIEW, NULL);
  siamban_frame_view_set_dataset (SIAMBAN_FRAME_VIEW (frames), NULL);
  gui_press ("F5");
  while (gui_look_for (page, ADW_TYPE_STATUS_PAGE, "failure") == NULL)
    gui_run_for (0.02);
  gui_save_picture (GTK_WIDGET (window), "inspect-gone");

  g_assert_cmpint (g_rename (away, crops), ==, 0);
  gui_click (gui_find (page, GTK_TYPE_BUTTON, "_Try Again"));
  while (gui_look_for (page, SIAMBAN_TYPE_FRAME_VIEW, NULL) == NULL)
    gui_run_for (0.02);
  gui_wait_for (has_pictures, frames, 10);

  /* Now the images only: the annotations are in memory. */
  g_assert_cmpint (g_rename (crops, away), ==, 0);
  gui_click (gui_find (frames, GTK_TYPE_BUTTON, "all_videos"));
  siamban_frame_view_reload (SIAMBAN_FRAME_VIEW (frames));
  bar = gui_find (frames, GTK_TYPE_INFO_BAR, "bar");
  gui_wait_for (is_revealed, bar, 10);
  gui_settle ();
  label = gui_find (frames, GTK_TYPE_LABEL, "bar_label");
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (label)), crops));
  gui_save_picture (GTK_WIDGET (window), "inspect-frames-gone");
  g_assert_cmpint (g_rename (away, crops), ==, 0);
  gui_click (gui_find (bar, GTK_TYPE_BUTTON, "_Try Again"));
  gui_wait_for (has_pictures, frames, 10);
  g_assert_false (gtk_info_bar_get_revealed (GTK_INFO_BAR (bar)));

  gui_close ();
}

/* One file is damaged: the grid marks it, a sample that would have needed it tells. */
static void
test_broken_image (void)
{
  SiambanWindow *window;
  g_autoptr (SiambanConfig) config = make_config ();
  g_autoptr (SiambanDataset) dataset = siamban_dataset_new_from_config (config, NULL);
  g_autoptr (SiambanSample) sample = siamban_dataset_get_sample (dataset, 0, NULL);
  const char *path = siamban_sample_get_search_path (sample);
  g_autofree char *contents = NULL;
  gsize size;
  SiambanSampleView *view;
  GtkWidget *page, *row, *bar;

  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_true (g_file_set_contents (path, "no image", -1, NULL));
  window = open_page (1000, 700);
  page = siamban_window_get_page (window, "inspect");
  view = show_samples (window);
  gui_wait_for (has_sample, view, 5);
  row = gui_find (GTK_WIDGET (view), ADW_TYPE_EXPANDER_ROW, "1 image could not be used");
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  gui_settle ();
  gui_save_picture (GTK_WIDGET (window), "inspect-sample-broken");
  gui_click (gui_find (page, GTK_TYPE_LABEL, "Frames"));
  gui_settle ();
  bar = gui_find (page, GTK_TYPE_INFO_BAR, "bar");
  gui_wait_for (is_revealed, bar, 10);
  gui_settle ();
  gui_save_picture (GTK_WIDGET (window), "inspect-frames-broken");
  gui_close ();

  g_assert_true (g_file_set_contents (path, contents, (gssize) size, NULL));
}

int
main (int argc, char *argv[])
{
  int status;

  gui_init (&argc, &argv);

  make_data ();
  g_test_add_data_func ("/inspect/frames/720", GINT_TO_POINTER (720), test_frames);
  g_test_add_data_func ("/inspect/frames/1400", GINT_TO_POINTER (1400), test_frames);
  g_test_add_data_func ("/inspect/samples/720", GINT_TO_POINTER (720), test_samples);
  g_test_add_data_func ("/inspect/samples/1400", GINT_TO_POINTER (1400), test_samples);
  g_test_add_func ("/inspect/stages", test_stages);
  g_test_add_func ("/inspect/keyboard", test_keyboard);
  g_test_add_func ("/inspect/folder-gone", test_folder_gone);
  g_test_add_func ("/inspect/broken-image", test_broken_image);

  status = g_test_run ();
  g_free (crops);

  return status;
}
