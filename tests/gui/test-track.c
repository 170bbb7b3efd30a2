/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "files.h"
#include "gui.h"
#include "siamban-map-view.h"
#include "siamban-plot.h"
#include "siamban-track-canvas.h"
#include "siamban-track-page.h"

#define WIDTH 200
#define HEIGHT 150
#define N_FRAMES 16
#define SIDE 30 /* of the target */

typedef struct
{
  SiambanWindow *window;
  SiambanTrackPage *page;
  SiambanTrackPlayer *player;
} Fixture;

static SiambanBox
box_of (guint frame)
{
  const double x = 40 + 4.0 * frame, y = 50 + 2.0 * frame;

  return (SiambanBox){ x, y, x + SIDE, y + SIDE };
}

/* A light square with a dark middle moves over a ramp. */
static SiambanImage *
make_frame (guint frame)
{
  const SiambanBox box = box_of (frame);
  guint8 *pixels = g_malloc (WIDTH * HEIGHT * 3);
  g_autoptr (GBytes) bytes = NULL;

  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      {
        guint8 *pixel = pixels + (y * WIDTH + x) * 3;
        const double in_x = x - box.x1, in_y = y - box.y1;
        const gboolean inside = in_x >= 0 && in_x < SIDE && in_y >= 0 && in_y < SIDE;
        const gboolean middle = inside && fabs (in_x - SIDE / 2) < 6 && fabs (in_y - SIDE / 2) < 6;

        pixel[0] = middle ? 20 : inside ? 240 : (guint8) (60 + x / 2);
        pixel[1] = middle ? 20 : inside ? 220 : (guint8) (70 + y / 2);
        pixel[2] = middle ? 90 : inside ? 120 : 80;
      }
  bytes = g_bytes_new_take (pixels, WIDTH * HEIGHT * 3);

  return siamban_image_new_from_data (WIDTH, HEIGHT, bytes, NULL);
}

/* A folder of frames, with ground truth or without. */
static char *
make_frames (const char *name, gboolean with_truth)
{
  char *folder = g_build_filename (gui_get_folder (), name, NULL);
  g_autoptr (GString) truth = g_string_new (NULL);

  g_mkdir (folder, 0700);
  for (guint i = 0; i < N_FRAMES; i++)
    {
      g_autofree char *file = g_strdup_printf ("%04u.jpg", i + 1);
      g_autofree char *path = g_build_filename (folder, file, NULL);
      g_autoptr (SiambanImage) frame = make_frame (i);
      const SiambanBox box = box_of (i);

      g_assert_true (siamban_image_save (frame, path, 95, NULL));
      g_string_append_printf (truth, "%d,%d,%d,%d\n", (int) box.x1, (int) box.y1, SIDE, SIDE);
    }
  if (with_truth)
    files_write (folder, "groundtruth.txt", truth->str);

  return folder;
}

static char *
make_video (const char *name)
{
  char *path = g_build_filename (gui_get_folder (), name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanVideoWriter)
      writer = siamban_video_writer_new (path, WIDTH, HEIGHT, 25, &error);

  if (writer == NULL)
    {
      g_test_message ("%s", error->message);
      g_free (path);
      return NULL;
    }

  for (guint i = 0; i < N_FRAMES; i++)
    {
      g_autoptr (SiambanImage) frame = make_frame (i);

      g_assert_true (siamban_video_writer_add (writer, frame, &error));
    }
  g_assert_true (siamban_video_writer_finish (writer, &error));

  return path;
}

/* Weights drawn at random, for the network of a configuration. */
static char *
make_weights (const char *config_name, const char *name)
{
  g_autofree char *config_path = g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), config_name, NULL);
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (config_path, NULL);
  g_autoptr (SiambanModel) model = siamban_model_new (config, NULL);
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();
  SiambanParameter *scale = siamban_weights_lookup (siamban_model_get_weights (model),
                                                    "head.loc_scale");
  gsize n_dims;
  const gint64 *shape = siamban_parameter_get_shape (scale, &n_dims);
  g_autoptr (SiambanTensor) zeros = siamban_tensor_new_zeros (SIAMBAN_DTYPE_FLOAT32, shape, n_dims);
  char *path = g_build_filename (gui_get_folder (), name, NULL);
  g_autoptr (GError) error = NULL;

  siamban_model_initialize (model, 7);
  /* Boxes of one size, which no weights drawn at random would give. */
  siamban_parameter_set_tensor (scale, zeros, &error);
  g_assert_no_error (error);
  siamban_checkpoint_collect (checkpoint, siamban_model_get_weights (model));
  siamban_checkpoint_save (checkpoint, path, &error);
  g_assert_no_error (error);

  return path;
}

static void
open_page (Fixture *fixture, int width, int height)
{
  g_autofree char *path = g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), "siamban_r18_small.yaml",
                                            NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;

  fixture->window = gui_open (width, height);
  siamban_session_load_config (siamban_window_get_session (fixture->window), file, &error);
  g_assert_no_error (error);
  gui_press ("<Alt>5");
  fixture->page = SIAMBAN_TRACK_PAGE (siamban_window_get_page (fixture->window, "track"));
  fixture->player = siamban_track_page_get_player (fixture->page);
  gui_settle ();
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

static gboolean
bar_is_shown (gpointer user_data)
{
  return gui_look_for (user_data, GTK_TYPE_LABEL, "bar_label") != NULL;
}

static const char *
bar_text (Fixture *fixture)
{
  return gtk_label_get_text (
      GTK_LABEL (gui_find (GTK_WIDGET (fixture->page), GTK_TYPE_LABEL, "bar_label")));
}

static void
open_path (Fixture *fixture, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  siamban_track_page_open (fixture->page, file);
  gui_wait_for (shows_frame, fixture->player, 20);
  gui_settle ();
}

static void
load_path (Fixture *fixture, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  siamban_track_page_load (fixture->page, file);
}

static guint
shown_frame (Fixture *fixture)
{
  return siamban_track_player_get_step (fixture->player)->index;
}

typedef struct
{
  Fixture *fixture;
  guint frame;
} Wanted;

static gboolean
shows_wanted (gpointer user_data)
{
  Wanted *wanted = user_data;

  return shown_frame (wanted->fixture) == wanted->frame;
}

static void
expect_frame (Fixture *fixture, guint frame)
{
  Wanted wanted = { fixture, frame };

  gui_wait_for (shows_wanted, &wanted, 10);
}

/* The longest that the main loop was away. */
typedef struct
{
  gint64 last;
  gint64 longest;
} Probe;

static gboolean
probe_cb (gpointer user_data)
{
  Probe *probe = user_data;
  const gint64 now = g_get_monotonic_time ();

  probe->longest = MAX (probe->longest, now - probe->last);
  probe->last = now;

  return G_SOURCE_CONTINUE;
}

static void
test_track (void)
{
  g_autofree char *folder = make_frames ("frames", TRUE);
  g_autofree char *weights = make_weights ("siamban_r18_small.yaml", "weights.pth");
  Probe probe = { g_get_monotonic_time (), 0 };
  SiambanBox box;
  Fixture fixture;
  guint probe_id;

  open_page (&fixture, 1400, 900);
  open_path (&fixture, folder);
  load_path (&fixture, weights);
  gui_wait_for (is_loaded, fixture.player, 30);
  g_assert_true (siamban_track_player_get_target (fixture.player, NULL, &box));
  g_assert_cmpfloat (box.x1, ==, box_of (0).x1);
  gui_save_picture (GTK_WIDGET (fixture.window), "track-ready-1400");

  siamban_track_player_set_speed (fixture.player, 0);
  probe_id = g_timeout_add (5, probe_cb, &probe);
  probe.last = g_get_monotonic_time ();
  gui_press ("space");
  gui_wait_for (is_tracked, fixture.player, 60);
  g_source_remove (probe_id);
  g_test_message ("longest stall while tracking: %.0f ms", (double) probe.longest / 1e3);
  for (guint i = 0; i < N_FRAMES; i++)
    g_assert_true (
        siamban_track_record_get (siamban_track_player_get_record (fixture.player), i, &box));
  g_assert_cmpfloat (siamban_track_player_get_rate (fixture.player), >, 0);
  gui_save_picture (GTK_WIDGET (fixture.window), "track-1400");

  gui_press ("Home");
  expect_frame (&fixture, 0);
  gui_press ("Right");
  expect_frame (&fixture, 1);
  gui_press ("<Shift>Right");
  expect_frame (&fixture, 11);
  gui_press ("End");
  expect_frame (&fixture, N_FRAMES - 1);
  gui_click (gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_BUTTON, "media-skip-backward-symbolic"));
  expect_frame (&fixture, N_FRAMES - 2);
  /* What was tracked is not tracked again. */
  g_assert_cmpuint (siamban_track_player_get_frontier (fixture.player), ==, N_FRAMES);

  gui_close ();
}

/* The maps are those of the frame, and explain the choice. */
static void
test_maps (void)
{
  g_autofree char *folder = make_frames ("mapped", TRUE);
  g_autofree char *weights = make_weights ("siamban_r18_small.yaml", "mapped.pth");
  Fixture fixture;
  SiambanTrackResult *result;
  const float *numbers[5];
  guint best;

  open_page (&fixture, 1400, 900);
  open_path (&fixture, folder);
  load_path (&fixture, weights);
  gui_wait_for (is_loaded, fixture.player, 30);
  gui_press ("Right");
  expect_frame (&fixture, 1);
  result = siamban_track_player_get_result (fixture.player, 1);
  g_assert_nonnull (result);
  best = siamban_track_result_get_best_index (result);
  for (guint i = SIAMBAN_MAP_SCORE; i <= SIAMBAN_MAP_WINDOW; i++)
    numbers[i] = siamban_map_view_get_numbers (result, (SiambanMap) i);
  for (guint i = 0; i < 25 * 25; i++)
    g_assert_cmpfloat (numbers[SIAMBAN_MAP_PENALISED][i], <=, numbers[SIAMBAN_MAP_PENALISED][best]);
  g_assert_cmpfloat (
      fabs (numbers[SIAMBAN_MAP_SCORE][best] - siamban_track_result_get_score (result)), <, 1e-6);

  for (guint i = SIAMBAN_MAP_PENALISED; i <= SIAMBAN_MAP_WINDOW; i++)
    {
      static const char *const names[] = { "", "", "track-penalised", "track-penalty",
                                           "track-window" };
      GtkWidget *choice = gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_DROP_DOWN, "map_choice");

      gtk_drop_down_set_selected (GTK_DROP_DOWN (choice), i);
      gui_save_picture (gui_find (GTK_WIDGET (fixture.page), SIAMBAN_TYPE_MAP_VIEW, NULL),
                        names[i]);
    }

  gui_close ();
}

static void
test_draw (void)
{
  g_autofree char *folder = make_frames ("bare", FALSE);
  double x1 = 30, y1 = 40, x2 = 90, y2 = 100;
  SiambanBox box;
  Fixture fixture;
  GtkWidget *canvas;
  guint frame;

  open_page (&fixture, 1100, 800);
  open_path (&fixture, folder);
  g_assert_false (siamban_track_player_get_target (fixture.player, NULL, NULL));
  gui_press ("Right");
  expect_frame (&fixture, 1);

  gui_press ("d");
  canvas = gui_find (GTK_WIDGET (fixture.page), SIAMBAN_TYPE_TRACK_CANVAS, NULL);
  siamban_track_canvas_to_widget (SIAMBAN_TRACK_CANVAS (canvas), &x1, &y1);
  siamban_track_canvas_to_widget (SIAMBAN_TRACK_CANVAS (canvas), &x2, &y2);
  gui_drag (canvas, x2, y2, x1, y1);
  g_assert_true (siamban_track_canvas_get_drawn (SIAMBAN_TRACK_CANVAS (canvas), &box));
  g_assert_cmpfloat (fabs (box.x1 - 30), <, 2);
  g_assert_cmpfloat (fabs (box.y2 - 100), <, 2);
  gui_save_picture (GTK_WIDGET (fixture.window), "track-draw");

  gui_press ("<Control>Right");
  gui_press ("<Shift>Down");
  gui_press ("d");
  g_assert_true (siamban_track_player_get_target (fixture.player, &frame, &box));
  g_assert_cmpuint (frame, ==, 1);
  g_assert_cmpfloat (fabs (box.x1 - 40), <, 2);
  g_assert_cmpfloat (fabs (siamban_box_get_height (&box) - 61), <, 2);

  gui_close ();
}

static gboolean
file_is_there (gpointer user_data)
{
  return g_file_test (user_data, G_FILE_TEST_EXISTS);
}

static gboolean
is_idle (gpointer user_data)
{
  return gui_look_for (user_data, GTK_TYPE_PROGRESS_BAR, "progress") == NULL;
}

static char *
export_as (Fixture *fixture, const char *name)
{
  char *path = g_build_filename (gui_get_folder (), name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  siamban_track_page_export (fixture->page, file);
  gui_wait_for (file_is_there, path, 60);
  gui_wait_for (is_idle, fixture->page, 60);
  g_assert_false (bar_is_shown (fixture->page));

  return path;
}

static void
test_video_and_export (void)
{
  g_autofree char *video = make_video ("clip.avi");
  g_autofree char *weights = make_weights ("siamban_r18_small.yaml", "video.pth");
  g_autofree char *csv = NULL, *json = NULL, *text = NULL, *film = NULL, *content = NULL;
  g_autoptr (SiambanTrajectory) boxes = NULL;
  g_autoptr (SiambanSequence) exported = NULL;
  g_auto (GStrv) lines = NULL;
  const SiambanBox first = box_of (0);
  Fixture fixture;

  if (video == NULL)
    {
      g_test_skip ("no encoder to make a video with");
      return;
    }

  open_page (&fixture, 1100, 800);
  open_path (&fixture, video);
  siamban_track_player_set_target (fixture.player, &first);
  load_path (&fixture, weights);
  gui_wait_for (is_loaded, fixture.player, 30);
  siamban_track_player_set_speed (fixture.player, 0);
  gui_click (gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_BUTTON, "play"));
  gui_wait_for (is_tracked, fixture.player, 60);

  csv = export_as (&fixture, "boxes.csv");
  g_assert_true (g_file_get_contents (csv, &content, NULL, NULL));
  lines = g_strsplit (g_strchomp (content), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, N_FRAMES + 1);
  json = export_as (&fixture, "boxes.json");
  text = export_as (&fixture, "boxes.txt");
  boxes = siamban_result_file_read (text, NULL);
  g_assert_nonnull (boxes);
  g_assert_cmpuint (siamban_trajectory_get_n_boxes (boxes), ==, N_FRAMES);

  film = export_as (&fixture, "tracked.avi");
  exported = siamban_sequence_new_from_video (film, NULL, NULL);
  g_assert_nonnull (exported);
  g_assert_cmpuint (siamban_sequence_get_n_frames (exported), ==, N_FRAMES);

  gui_close ();
}

static void
write_truth (const char *name)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < N_FRAMES; i++)
    g_string_append_printf (text, "%d,%d,%d,%d\n", (int) box_of (i).x1, (int) box_of (i).y1, SIDE,
                            SIDE);
  files_write (gui_get_folder (), name, text->str);
}

static gboolean
has_truth (gpointer user_data)
{
  const SiambanTrackRecord *record = siamban_track_player_get_record (user_data);

  return record != NULL && record->truth != NULL;
}

static gboolean
says_overlap (gpointer user_data)
{
  GtkWidget *numbers = gui_look_for (user_data, GTK_TYPE_LABEL, "numbers");

  return numbers != NULL &&
         strstr (gtk_label_get_text (GTK_LABEL (numbers)), "(IoU) 1.000") != NULL;
}

/* Of a video, it is in a file beside it, or in one that is chosen. */
static void
test_video_truth (void)
{
  g_autofree char *video = make_video ("alone.avi");
  g_autofree char *other = make_video ("with-truth.avi");
  g_autofree char *chosen = g_build_filename (gui_get_folder (), "chosen.txt", NULL);
  g_autofree char *wrong = g_build_filename (gui_get_folder (), "wrong.txt", NULL);
  g_autoptr (GFile) wrong_file = g_file_new_for_path (wrong);
  Fixture fixture;

  if (video == NULL)
    {
      g_test_skip ("no encoder to make a video with");
      return;
    }
  write_truth ("chosen.txt");
  write_truth ("with-truth.txt");
  files_write (gui_get_folder (), "wrong.txt", "neither numbers nor boxes\n");

  open_page (&fixture, 1100, 800);
  open_path (&fixture, video);
  g_assert_false (has_truth (fixture.player));
  siamban_track_page_read_truth (fixture.page, wrong_file);
  gui_wait_for (bar_is_shown, fixture.page, 10);
  g_assert_nonnull (strstr (bar_text (&fixture), "wrong.txt"));

  gui_click (gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_MENU_BUTTON, "view-more-symbolic"));
  gui_run_for (0.3);
  gui_save_picture (GTK_WIDGET (fixture.window), "track-more");
  gui_press ("Return");
  gui_choose_file (chosen);
  gui_wait_for (has_truth, fixture.player, 10);
  gui_wait_for (says_overlap, fixture.page, 10);
  g_assert_true (siamban_track_player_get_target (fixture.player, NULL, NULL));
  g_assert_false (bar_is_shown (fixture.page));

  open_path (&fixture, other);
  gui_wait_for (has_truth, fixture.player, 20);

  gui_close ();
}

/* The handle of the scale goes anywhere, and a speed is kept to. */
static void
test_scrub_and_speed (void)
{
  g_autofree char *folder = make_frames ("scrubbed", FALSE);
  Fixture fixture;
  GtkWidget *scale;
  gint64 start;
  double took[2];

  open_page (&fixture, 1100, 800);
  open_path (&fixture, folder);
  scale = gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_SCALE, "scrub");
  gui_drag (scale, 12, gtk_widget_get_height (scale) / 2.0, gtk_widget_get_width (scale) - 4,
            gtk_widget_get_height (scale) / 2.0);
  expect_frame (&fixture, N_FRAMES - 1);
  gtk_widget_grab_focus (scale);
  gui_press ("Home");
  expect_frame (&fixture, 0);

  for (guint i = 0; i < 2; i++)
    {
      gtk_drop_down_set_selected (
          GTK_DROP_DOWN (gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_DROP_DOWN, "speed")),
          i == 0 ? 0 : 3);
      start = g_get_monotonic_time ();
      gui_click (gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_BUTTON, "play"));
      expect_frame (&fixture, N_FRAMES - 1);
      took[i] = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
      gui_run_for (0.3);
      gui_press ("Home");
      expect_frame (&fixture, 0);
    }
  /* 15 frames at a quarter of 25 frames a second, and at twice as much. */
  g_assert_cmpfloat (took[0], >, 15 / 6.25 - 0.1);
  g_assert_cmpfloat (took[1], <, took[0]);

  gui_close ();
}

/* Whatever goes wrong is told in the page, with what can be done. */
static void
test_faults (void)
{
  g_autofree char *folder = make_frames ("sound", TRUE);
  g_autofree char *noise = g_build_filename (gui_get_folder (), "noise.mp4", NULL);
  g_autofree char *empty = g_build_filename (gui_get_folder (), "empty", NULL);
  g_autofree char *missing = g_build_filename (gui_get_folder (), "no-weights.pth", NULL);
  g_autofree char *other = make_weights ("siamban_mobilenetv2.yaml", "other.pth");
  g_autoptr (GFile) noise_file = g_file_new_for_path (noise);
  g_autoptr (GFile) empty_folder = g_file_new_for_path (empty);
  g_autoptr (GFile) nowhere = g_file_new_for_path ("/proc/nowhere/boxes.csv");
  g_autoptr (GFile) strange = g_file_new_for_path ("/proc/nowhere/film.avi");
  Fixture fixture;

  g_assert_true (
      g_file_set_contents (noise, "this is no video at all, just a line of text", -1, NULL));
  g_mkdir (empty, 0700);

  open_page (&fixture, 720, 800);
  siamban_track_page_open (fixture.page, noise_file);
  gui_wait_for (bar_is_shown, fixture.page, 30);
  g_assert_nonnull (strstr (bar_text (&fixture), "noise.mp4"));
  gui_save_picture (GTK_WIDGET (fixture.window), "track-undecodable-720");
  gui_click (gui_find (gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_INFO_BAR, NULL),
                       GTK_TYPE_BUTTON, NULL));
  gui_settle ();

  siamban_track_page_open (fixture.page, empty_folder);
  gui_wait_for (bar_is_shown, fixture.page, 30);
  g_assert_nonnull (strstr (bar_text (&fixture), "no frames"));

  open_path (&fixture, folder);
  g_assert_false (bar_is_shown (fixture.page));
  load_path (&fixture, missing);
  gui_wait_for (bar_is_shown, fixture.page, 30);
  g_assert_nonnull (strstr (bar_text (&fixture), "no-weights.pth"));
  g_assert_false (siamban_track_player_get_loaded (fixture.player));

  /* Weights of another network: refused, or said to be incomplete. */
  load_path (&fixture, other);
  gui_run_for (2);
  g_assert_true (bar_is_shown (fixture.page));
  gui_save_picture (GTK_WIDGET (fixture.window), "track-other-weights-720");

  siamban_track_page_export (fixture.page, nowhere);
  gui_run_for (1);
  g_assert_nonnull (strstr (bar_text (&fixture), "/proc/nowhere"));
  siamban_track_page_export (fixture.page, strange);
  gui_run_for (1);
  g_assert_nonnull (strstr (bar_text (&fixture), "/proc/nowhere"));

  gui_close ();
}

/* To be looked at: both widths, light and dark. */
static void
test_pictures (void)
{
  g_autofree char *folder = make_frames ("pictured", TRUE);
  g_autofree char *weights = make_weights ("siamban_r18_small.yaml", "pictured.pth");
  Fixture fixture;
  GtkWidget *toggle;

  open_page (&fixture, 720, 800);
  gui_save_picture (GTK_WIDGET (fixture.window), "track-empty-720");
  open_path (&fixture, folder);
  load_path (&fixture, weights);
  gui_wait_for (is_loaded, fixture.player, 30);
  siamban_track_player_set_speed (fixture.player, 0);
  gui_press ("space");
  gui_wait_for (is_tracked, fixture.player, 60);
  gui_save_picture (GTK_WIDGET (fixture.window), "track-720");
  toggle = gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_TOGGLE_BUTTON, "side_toggle");
  gui_click (toggle);
  gui_run_for (0.5);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      ADW_COLOR_SCHEME_FORCE_DARK);
  gui_save_picture (GTK_WIDGET (fixture.window), "track-side-dark-720");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);

  gui_close ();
}

int
main (int argc, char *argv[])
{
  gui_init (&argc, &argv);

  g_test_add_func ("/track/track", test_track);
  g_test_add_func ("/track/maps", test_maps);
  g_test_add_func ("/track/draw", test_draw);
  g_test_add_func ("/track/video-and-export", test_video_and_export);
  g_test_add_func ("/track/video-truth", test_video_truth);
  g_test_add_func ("/track/scrub-and-speed", test_scrub_and_speed);
  g_test_add_func ("/track/faults", test_faults);
  g_test_add_func ("/track/pictures", test_pictures);

  return g_test_run ();
}
