/* SPDX-License-Identifier: Apache-2.0 */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "files.h"
#include "siamban-synth-private.h"
#include "siamban.h"

#define WIDTH 160
#define HEIGHT 120

static gboolean
frames_equal (SiambanImage *a, SiambanImage *b)
{
  g_autoptr (GBytes) left = siamban_image_get_bytes (a);
  g_autoptr (GBytes) right = siamban_image_get_bytes (b);

  return g_bytes_equal (left, right);
}

static SiambanImage *
draw (SiambanSynth *synth, guint video, guint frame)
{
  g_autoptr (GError) error = NULL;
  SiambanImage *image = siamban_synth_get_frame (synth, video, frame, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_image_get_width (image), ==, siamban_synth_get_width (synth));
  g_assert_cmpuint (siamban_image_get_height (image), ==, siamban_synth_get_height (synth));

  return image;
}

static void
test_properties (void)
{
  g_autoptr (SiambanSynth) self = siamban_synth_new (7, 3, 9, WIDTH, HEIGHT);
  guint64 seed;
  guint n_videos, n_frames, width, height;
  g_autofree char *name = siamban_synth_get_video_name (self, 2);

  g_assert_cmpuint (siamban_synth_get_seed (self), ==, 7);
  g_assert_cmpuint (siamban_synth_get_n_videos (self), ==, 3);
  g_assert_cmpuint (siamban_synth_get_n_frames (self), ==, 9);
  g_object_get (self, "seed", &seed, "n-videos", &n_videos, "n-frames", &n_frames, "width", &width,
                "height", &height, NULL);
  g_assert_cmpuint (seed, ==, 7);
  g_assert_cmpuint (n_videos, ==, 3);
  g_assert_cmpuint (n_frames, ==, 9);
  g_assert_cmpuint (width, ==, WIDTH);
  g_assert_cmpuint (height, ==, HEIGHT);
  g_assert_cmpstr (name, ==, "synth-7-000002");
}

/* A frame depends on nothing but its numbers: not on what was drawn before, nor on how many there
 * are. */
static void
test_purity (void)
{
  g_autoptr (SiambanSynth) self = siamban_synth_new (1, 10, 10, WIDTH, HEIGHT);
  g_autoptr (SiambanSynth) longer = siamban_synth_new (1, 20, 99, WIDTH, HEIGHT);
  g_autoptr (SiambanSynth) other_seed = siamban_synth_new (2, 10, 10, WIDTH, HEIGHT);
  g_autoptr (SiambanImage) first = draw (self, 3, 4);
  g_autoptr (SiambanImage) again = NULL;
  g_autoptr (SiambanImage) same = draw (longer, 3, 4);
  g_autoptr (SiambanImage) next = draw (self, 3, 5);
  g_autoptr (SiambanImage) other = draw (other_seed, 3, 4);
  SiambanBox box, same_box;

  for (guint video = 4; video < 10; video++)
    {
      g_autoptr (SiambanImage) forgotten = draw (self, video, 0);

      g_assert_false (frames_equal (first, forgotten));
    }
  again = draw (self, 3, 4);
  g_assert_true (frames_equal (first, again));
  g_assert_true (frames_equal (first, same));
  g_assert_false (frames_equal (first, next));
  g_assert_false (frames_equal (first, other));

  g_assert_true (siamban_synth_get_box (self, 3, 4, &box));
  g_assert_true (siamban_synth_get_box (longer, 3, 4, &same_box));
  g_assert_true (siamban_box_equal (&box, &same_box));
}

static void
test_out_of_range (void)
{
  g_autoptr (SiambanSynth) self = siamban_synth_new (1, 2, 3, WIDTH, HEIGHT);
  g_autoptr (GError) error = NULL;
  SiambanBox box;

  g_assert_null (siamban_synth_get_frame (self, 2, 0, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_null (siamban_synth_get_frame (self, 0, 3, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  g_assert_false (siamban_synth_get_box (self, 0, 3, &box));
  g_assert_true (isnan (box.x1));
}

/* What moves further between two frames no tracker could follow; what is smaller could not be
 * seen. */
static void
test_motion (void)
{
  g_autoptr (SiambanSynth) self = siamban_synth_new (11, 40, 30, 320, 240);
  double fastest = 0;

  for (guint video = 0; video < 40; video++)
    for (guint frame = 0; frame + 1 < 30; frame++)
      {
        SiambanBox box, next;
        double moved, side;

        g_assert_true (siamban_synth_get_box (self, video, frame, &box));
        g_assert_true (siamban_synth_get_box (self, video, frame + 1, &next));
        g_assert_cmpfloat (box.x1, >=, 0);
        g_assert_cmpfloat (box.y2, <=, 240);
        g_assert_cmpfloat (siamban_box_get_area (&box), >=, 36);

        side = sqrt (siamban_box_get_area (&box));
        moved = hypot (siamban_box_get_center_x (&next) - siamban_box_get_center_x (&box),
                       siamban_box_get_center_y (&next) - siamban_box_get_center_y (&box));
        fastest = MAX (fastest, moved / side);
      }

  g_assert_cmpfloat (fastest, <, 0.7);
  g_assert_cmpfloat (fastest, >, 0.1);
}

/* Draws a frame with the target and without: the pixels that differ are the target's, and their box
 * is the one that is given, but for the fading of the edge. */
static void
assert_tight (guint video, guint frame)
{
  SynthScene *scene = _siamban_synth_scene_new (5, video, WIDTH, HEIGHT);
  g_autofree guint8 *with = g_malloc (WIDTH * HEIGHT * 3);
  g_autofree guint8 *without = g_malloc (WIDTH * HEIGHT * 3);
  const guint n_parts = scene->target.n_parts;
  SiambanBox box = _siamban_synth_scene_box (scene, frame);
  SiambanBox seen = { WIDTH, HEIGHT, 0, 0 };

  scene->n_blurs = 0;
  scene->noise = 0;
  scene->has_occluder = FALSE;
  _siamban_synth_scene_render (scene, frame, with);
  scene->target.n_parts = 0;
  _siamban_synth_scene_render (scene, frame, without);
  scene->target.n_parts = n_parts;

  for (guint y = 0; y < HEIGHT; y++)
    for (guint x = 0; x < WIDTH; x++)
      if (memcmp (with + (y * WIDTH + x) * 3, without + (y * WIDTH + x) * 3, 3) != 0)
        {
          seen.x1 = MIN (seen.x1, x);
          seen.y1 = MIN (seen.y1, y);
          seen.x2 = MAX (seen.x2, x + 1);
          seen.y2 = MAX (seen.y2, y + 1);
        }

  /* A thin tip fades before it ends, an edge reaches half its softness (1.1) beyond. */
  g_assert_cmpfloat (fabs (seen.x1 - box.x1), <, 4);
  g_assert_cmpfloat (fabs (seen.y1 - box.y1), <, 4);
  g_assert_cmpfloat (fabs (seen.x2 - box.x2), <, 4);
  g_assert_cmpfloat (fabs (seen.y2 - box.y2), <, 4);
  g_assert_cmpfloat (siamban_box_get_iou (&seen, &box), >, 0.65);

  _siamban_synth_scene_unref (scene);
}

static void
test_tight_boxes (void)
{
  for (guint video = 0; video < 60; video++)
    assert_tight (video, 7 * video % 50);
}

/* A corner of a polygon lies on a sample, so the box of a square is the square. */
static void
test_exact_box (void)
{
  SynthActor actor = { .n_parts = 1, .half_width = 20, .half_height = 10, .x = 50, .y = 40 };
  SynthPose pose;
  SiambanBox box;

  actor.parts[0].half_width = 1;
  actor.parts[0].half_height = 1;
  for (guint i = 0; i < SYNTH_N_ANGLES; i++)
    {
      const double angle = 2 * G_PI * i / SYNTH_N_ANGLES;

      actor.parts[0].radius[i] = (float) (1 / MAX (fabs (cos (angle)), fabs (sin (angle))));
    }
  pose = _siamban_synth_actor_pose (&actor, 0);
  box = _siamban_synth_actor_box (&actor, &pose, 0);
  g_assert_cmpfloat_with_epsilon (box.x1, 30, 1e-4);
  g_assert_cmpfloat_with_epsilon (box.y1, 30, 1e-4);
  g_assert_cmpfloat_with_epsilon (box.x2, 70, 1e-4);
  g_assert_cmpfloat_with_epsilon (box.y2, 50, 1e-4);
}

static gpointer
draw_all_cb (gpointer data)
{
  GString *sums = g_string_new (NULL);

  for (guint i = 0; i < 12; i++)
    {
      g_autoptr (SiambanImage) image = draw (data, i % 6, i);
      g_autoptr (GBytes) bytes = siamban_image_get_bytes (image);
      g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

      g_string_append (sums, sum);
    }

  return g_string_free (sums, FALSE);
}

static void
test_threads (void)
{
  g_autoptr (SiambanSynth) self = siamban_synth_new (3, 6, 12, 64, 64);
  g_autofree char *expected = draw_all_cb (self);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("draw", draw_all_cb, self);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree char *sums = g_thread_join (threads[i]);

      g_assert_cmpstr (sums, ==, expected);
    }
}

static void
test_write_frames (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *video_folder = g_build_filename (folder, "synth-9-000001", NULL);
  g_autoptr (SiambanSynth) self = siamban_synth_new (9, 2, 4, WIDTH, HEIGHT);
  g_autoptr (SiambanSequence) sequence = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *below_a_file = NULL;
  SiambanBox box, expected;

  g_assert_true (siamban_synth_write_frames (self, folder, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (files_count (folder), ==, 2);

  sequence = siamban_sequence_new_from_folder (video_folder, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_sequence_get_n_frames (sequence), ==, 4);
  g_assert_true (siamban_sequence_get_box (sequence, 3, &box));
  g_assert_true (siamban_synth_get_box (self, 1, 3, &expected));
  g_assert_cmpfloat_with_epsilon (box.x2, expected.x2, 1e-9);

  files_write (folder, "file", "");
  below_a_file = g_build_filename (folder, "file", "inside", NULL);
  g_assert_false (siamban_synth_write_frames (self, below_a_file, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);

  files_remove_tree (folder);
}

static void
test_write_crops (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *path = g_build_filename (folder, "train.json", NULL);
  g_autofree char *crop_path = g_build_filename (folder, "synth-9-000001", "000002.00.x.jpg", NULL);
  g_autoptr (SiambanSynth) self = siamban_synth_new (9, 2, 3, WIDTH, HEIGHT);
  g_autoptr (SiambanSynthImporter) importer = siamban_synth_importer_new (self, folder);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (SiambanImage) crop = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *video, *track;
  SiambanBox box;

  g_assert_true (siamban_synth_importer_get_synth (importer) == self);
  g_assert_true (siamban_synth_write_crops (self, folder, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (files_count (folder), ==, 3);

  g_assert_true (json_parser_load_from_file (parser, path, &error));
  g_assert_no_error (error);
  video = json_object_get_object_member (json_node_get_object (json_parser_get_root (parser)),
                                         "synth-9-000001");
  track = json_object_get_object_member (video, "00");
  g_assert_cmpuint (json_object_get_size (track), ==, 3);
  g_assert_true (siamban_synth_get_box (self, 1, 2, &box));
  g_assert_cmpfloat (
      json_array_get_double_element (json_object_get_array_member (track, "000002"), 2), ==,
      box.x2);

  crop = siamban_image_new_from_file (crop_path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_image_get_width (crop), ==, 511);
  g_assert_cmpuint (siamban_image_get_height (crop), ==, 511);

  files_remove_tree (folder);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/synth/properties", test_properties);
  g_test_add_func ("/synth/purity", test_purity);
  g_test_add_func ("/synth/out-of-range", test_out_of_range);
  g_test_add_func ("/synth/motion", test_motion);
  g_test_add_func ("/synth/tight-boxes", test_tight_boxes);
  g_test_add_func ("/synth/exact-box", test_exact_box);
  g_test_add_func ("/synth/threads", test_threads);
  g_test_add_func ("/synth/write-frames", test_write_frames);
  g_test_add_func ("/synth/write-crops", test_write_crops);

  return g_test_run ();
}
