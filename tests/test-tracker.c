/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "compute.h"
#include "golden.h"
#include "network.h"
#include "siamban-image-private.h"
#include "siamban-track-points-private.h"
#include "siamban-weights-private.h"

typedef struct
{
  SiambanDevice *device;
  guint index; /* of the sequence */
} Case;

static void
assert_near (const char *what, double found, double expected, double tolerance)
{
  /* Written so that a NaN fails too. */
  if (!(fabs (found - expected) <= tolerance))
    g_error ("%s is %.9g, expected %.9g within %.3g", what, found, expected, tolerance);
}

static SiambanDevice *
open_device (const char *id)
{
  g_autoptr (GError) error = NULL;
  SiambanDevice *device = siamban_device_open (id, &error);

  g_assert_no_error (error);

  return device;
}

static SiambanTracker *
new_tracker (SiambanModel *model, SiambanConfig *config, SiambanDevice *device)
{
  g_autoptr (GError) error = NULL;
  SiambanTracker *tracker = siamban_tracker_new (model, config, device, &error);

  g_assert_no_error (error);

  return tracker;
}

static SiambanImage *
golden_image (Golden *golden, JsonObject *sequence, guint index)
{
  JsonArray *position = json_array_get_array_element (
      json_object_get_array_member (sequence, "pos"), index);
  const int width = (int) json_object_get_int_member (sequence, "w");
  const int height = (int) json_object_get_int_member (sequence, "h");
  g_autofree char *name = g_strdup_printf ("%s.track.%s",
                                           json_object_get_string_member (golden->root, "set"),
                                           json_object_get_string_member (sequence, "name"));

  return _siamban_image_new_take ((guint) width, (guint) height,
                                  golden_frame (name, height, width,
                                                (int) json_array_get_int_element (position, 0),
                                                (int) json_array_get_int_element (position, 1),
                                                (int) json_object_get_int_member (sequence, "bw"),
                                                (int) json_object_get_int_member (sequence, "bh")));
}

static void
assert_crop (SiambanImage *crop, JsonObject *expected, const char *member)
{
  g_autoptr (GBytes) bytes = siamban_image_get_bytes (crop);
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  g_autofree char *checksum = golden_crc32 (data, size);

  g_assert_cmpstr (checksum, ==, json_object_get_string_member (expected, member));
}

static void
assert_box (const SiambanBox *box, JsonObject *expected, double tolerance)
{
  JsonArray *bbox = json_object_get_array_member (expected, "bbox");

  assert_near ("x", box->x1, json_array_get_double_element (bbox, 0), tolerance);
  assert_near ("y", box->y1, json_array_get_double_element (bbox, 1), tolerance);
  assert_near ("width", siamban_box_get_width (box), json_array_get_double_element (bbox, 2),
               tolerance);
  assert_near ("height", siamban_box_get_height (box), json_array_get_double_element (bbox, 3),
               tolerance);
}

static SiambanConfig *
golden_config (JsonObject *sequence)
{
  JsonObject *options = json_object_get_object_member (sequence, "track_cfg");
  g_autoptr (GList) names = json_object_get_members (options);
  SiambanConfig *config = network_config ("siamban_r50_l234");

  for (GList *at = names; at != NULL; at = at->next)
    {
      g_autofree char *key = g_strconcat ("TRACK.", at->data, NULL);
      g_autoptr (GError) error = NULL;

      siamban_config_set_double (config, key, golden_member (options, at->data), &error);
      g_assert_no_error (error);
    }

  return config;
}

static void
check_step (SiambanTrackResult *result, JsonObject *expected, JsonObject *tolerance)
{
  const double score_tolerance = golden_member (tolerance, "score_abs");
  const guint best = siamban_track_result_get_best_index (result);
  const float *scores = g_bytes_get_data (siamban_track_result_get_score_map (result), NULL);
  const float *pscores = g_bytes_get_data (siamban_track_result_get_pscore_map (result), NULL);
  const float *penalties = g_bytes_get_data (siamban_track_result_get_penalty_map (result), NULL);
  const float *window = g_bytes_get_data (siamban_track_result_get_window_map (result), NULL);
  const guint size = siamban_track_result_get_map_size (result);

  assert_crop (siamban_track_result_get_search_crop (result), expected, "x_crop_crc32");
  g_assert_cmpuint (best, ==, json_object_get_int_member (expected, "best_idx"));
  assert_box (siamban_track_result_get_box (result), expected,
              golden_member (tolerance, "bbox_abs"));
  assert_near ("the score", siamban_track_result_get_score (result),
               golden_member (expected, "best_score"), score_tolerance);
  assert_near ("the penalty", siamban_track_result_get_penalty (result),
               golden_member (expected, "penalty_at_best"), score_tolerance);
  assert_near ("the penalised score", siamban_track_result_get_pscore (result),
               golden_member (expected, "pscore_best"), score_tolerance);
  assert_near ("the map's penalty", penalties[best], golden_member (expected, "penalty_at_best"),
               score_tolerance);
  g_assert_cmpuint (siamban_track_result_get_stride (result), ==, 8);
  assert_near ("the window's middle", window[size / 2 * size + size / 2], 1, 1e-7);
  assert_near ("the map's score", scores[best], siamban_track_result_get_score (result), 0);
  assert_near ("the map's penalised score", pscores[best], siamban_track_result_get_pscore (result),
               1e-6);
}

static void
test_golden (gconstpointer data)
{
  const Case *self = data;
  g_autoptr (Golden) golden = golden_load ("tracker");
  JsonObject *tolerance = json_object_get_object_member (golden->root, "tolerance");
  JsonObject *sequence = json_array_get_object_element (
      json_object_get_array_member (golden->root, "sequences"), self->index);
  JsonObject *init = json_object_get_object_member (sequence, "init");
  JsonArray *bbox = json_object_get_array_member (init, "bbox");
  JsonArray *steps = json_object_get_array_member (sequence, "steps");
  g_autoptr (SiambanConfig) config = golden_config (sequence);
  g_autoptr (SiambanModel) model = network_new ("siamban_r50_l234");
  g_autoptr (SiambanImage) first = golden_image (golden, sequence, 0);
  g_autoptr (SiambanTracker) tracker = NULL;
  g_autoptr (GError) error = NULL;
  SiambanBox box;

  network_fill_golden (siamban_model_get_weights (model),
                       json_object_get_string_member (golden->root, "weight_prefix"));
  tracker = new_tracker (model, config, self->device);
  box = (SiambanBox){ json_array_get_double_element (bbox, 0),
                      json_array_get_double_element (bbox, 1), 0, 0 };
  box.x2 = box.x1 + json_array_get_double_element (bbox, 2);
  box.y2 = box.y1 + json_array_get_double_element (bbox, 3);
  siamban_tracker_init (tracker, first, &box, &error);
  g_assert_no_error (error);
  assert_crop (siamban_tracker_get_template_crop (tracker), init, "z_crop_crc32");

  g_assert_cmpuint (json_array_get_length (steps), >, 0);
  for (guint i = 0; i < json_array_get_length (steps); i++)
    {
      g_autoptr (SiambanImage) frame = golden_image (golden, sequence, i + 1);
      g_autoptr (SiambanTrackResult) result = siamban_tracker_track (tracker, frame, &error);

      g_assert_no_error (error);
      check_step (result, json_array_get_object_element (steps, i), tolerance);
    }
}

static void
test_window (void)
{
  g_autoptr (Golden) golden = golden_load ("tracker");
  SiambanTrackPoints points;
  gsize n;
  const double *expected = golden_tensor (golden, "window", "f64", &n);
  const guint size = (guint) sqrt ((double) n);

  _siamban_track_points_init (&points, size, 8);
  g_assert_cmpuint (n, ==, (gsize) size * size);
  for (gsize i = 0; i < n; i++)
    assert_near ("the window", points.window[i], expected[i], 1e-15);
  _siamban_track_points_clear (&points);
}

/* With all scores alike and no window the most similar box wins; the box's numbers are those of
 * its point. */
static void
test_choice (void)
{
  const SiambanTrackPrior prior = { 0.1, 0, 40, 20 };
  float cls[2 * 25] = { 0 };
  float loc[4 * 25];
  SiambanTrackPoints points;
  SiambanBestPoint best;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 100; i++)
    loc[i] = 30;
  /* At row 1, column 3: x = 8, y = -8. */
  loc[8] = 25, loc[25 + 8] = 10, loc[50 + 8] = 15, loc[75 + 8] = 10;
  _siamban_track_points_init (&points, 5, 8);
  g_assert_true (_siamban_track_points_choose (&points, &prior, cls, 2, loc, &best, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (best.index, ==, 8);
  assert_near ("cx", best.cx, 8 + (15 - 25) / 2.0, 1e-12);
  assert_near ("cy", best.cy, -8, 1e-12);
  assert_near ("width", best.width, 40, 1e-12);
  assert_near ("height", best.height, 20, 1e-12);
  assert_near ("penalty", best.penalty, 1, 1e-12);
  assert_near ("score", best.score, 0.5, 1e-7);
  assert_near ("the map's penalty", points.penalties[8], 1, 1e-7);

  /* A point whose box is none cannot win, however high its score. */
  cls[25 + 3] = 50;
  loc[3] = -40;
  g_assert_true (_siamban_track_points_choose (&points, &prior, cls, 2, loc, &best, &error));
  g_assert_cmpuint (best.index, ==, 8);
  loc[3] = INFINITY;
  g_assert_true (_siamban_track_points_choose (&points, &prior, cls, 2, loc, &best, &error));
  g_assert_cmpuint (best.index, ==, 8);
  g_assert_cmpfloat (points.penalties[3], ==, 0);
  loc[3] = 30;
  g_assert_true (_siamban_track_points_choose (&points, &prior, cls, 2, loc, &best, &error));
  g_assert_cmpuint (best.index, ==, 3);

  /* One channel is a sigmoid's. */
  memset (cls, 0, sizeof cls);
  cls[7] = 2;
  g_assert_true (_siamban_track_points_choose (&points, &prior, cls, 1, loc, &best, &error));
  g_assert_cmpuint (best.index, ==, 7);
  assert_near ("score", best.score, 1 / (1 + exp (-2)), 1e-7);
  _siamban_track_points_clear (&points);
}

static void
test_no_choice (void)
{
  const SiambanTrackPrior prior = { 0.1, 0.4, 40, 20 };
  float cls[2 * 9] = { 0 };
  float loc[4 * 9];
  SiambanTrackPoints points;
  SiambanBestPoint best;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 36; i++)
    loc[i] = NAN;
  _siamban_track_points_init (&points, 3, 8);
  g_assert_false (_siamban_track_points_choose (&points, &prior, cls, 2, loc, &best, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NOT_FINITE);
  g_clear_error (&error);

  for (guint i = 0; i < 36; i++)
    loc[i] = 10;
  cls[17] = NAN;
  g_assert_false (_siamban_track_points_choose (&points, &prior, cls, 2, loc, &best, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NOT_FINITE);
  _siamban_track_points_clear (&points);
}

static SiambanImage *
plain_image (guint width, guint height, guint8 value)
{
  guint8 *pixels = g_malloc ((gsize) width * height * 3);

  memset (pixels, value, (gsize) width * height * 3);

  return _siamban_image_new_take (width, height, pixels);
}

static SiambanImage *
pattern_image (guint width, guint height)
{
  return _siamban_image_new_take (width, height,
                                  golden_pattern ("track", (int) height, (int) width));
}

/* Weights under which numbers stay ordinary. */
static SiambanModel *
small_model (void)
{
  SiambanModel *model = network_new ("siamban_r18_small");

  network_fill_golden (siamban_model_get_weights (model), "");

  return model;
}

/* Whatever the target, the answer is a box within reason. */
static void
test_odd_targets (void)
{
  static const SiambanBox boxes[] = {
    { -30, -20, 40, 50 },       { 300, 220, 400, 300 }, { 100, 100, 100.2, 100.1 },
    { -5000, -5000, 9e3, 9e3 }, { -1e15, 0, 1e15, 10 }, { 0, 0, 320, 240 },
    { 50, 50, 51, 200 },
  };
  g_autoptr (SiambanModel) model = small_model ();
  g_autoptr (SiambanDevice) device = open_device (NULL);
  g_autoptr (SiambanTracker) tracker = new_tracker (model, NULL, device);
  g_autoptr (SiambanImage) pattern = pattern_image (320, 240);
  g_autoptr (SiambanImage) black = plain_image (320, 240, 0);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    for (guint j = 0; j < 4; j++)
      {
        g_autoptr (SiambanTrackResult) result = NULL;
        const SiambanBox *box;

        siamban_tracker_init (tracker, j & 1 ? black : pattern, &boxes[i], &error);
        g_assert_no_error (error);
        result = siamban_tracker_track (tracker, j >> 1 ? black : pattern, &error);
        g_assert_no_error (error);
        box = siamban_track_result_get_box (result);
        g_assert_true (siamban_box_is_valid (box));
        g_assert_cmpfloat (siamban_box_get_width (box), >=, 10 - 1e-9);
        g_assert_cmpfloat (siamban_box_get_width (box), <=, 320 + 1e-9);
        g_assert_cmpfloat (siamban_box_get_center_x (box), >=, -1e-9);
        g_assert_cmpfloat (siamban_box_get_center_y (box), <=, 240 + 1e-9);
      }
}

static void
test_bad_targets (void)
{
  static const SiambanBox boxes[] = {
    { 10, 10, 10, 50 },    { 50, 50, 10, 90 },   { NAN, 10, 20, 20 },
    { 0, 0, INFINITY, 9 }, { 320, 10, 400, 40 }, { 10, -90, 30, -20 },
  };
  g_autoptr (SiambanModel) model = small_model ();
  g_autoptr (SiambanDevice) device = open_device (NULL);
  g_autoptr (SiambanTracker) tracker = new_tracker (model, NULL, device);
  g_autoptr (SiambanImage) image = pattern_image (320, 240);

  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (siamban_tracker_init (tracker, image, &boxes[i], &error));
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_BOX);
      g_clear_error (&error);
      g_assert_null (siamban_tracker_track (tracker, image, &error));
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED);
      g_assert_null (siamban_tracker_get_template_crop (tracker));
    }
}

/* A frame of another size, even of one pixel, is only a frame. */
static void
test_odd_frames (void)
{
  const SiambanBox box = { 10, 10, 60, 50 };
  g_autoptr (SiambanModel) model = small_model ();
  g_autoptr (SiambanDevice) device = open_device (NULL);
  g_autoptr (SiambanTracker) tracker = new_tracker (model, NULL, device);
  g_autoptr (SiambanImage) image = pattern_image (320, 240);
  g_autoptr (SiambanImage) dot = plain_image (1, 1, 255);
  g_autoptr (GError) error = NULL;

  siamban_tracker_init (tracker, image, &box, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SiambanTrackResult)
          result = siamban_tracker_track (tracker, i == 0 ? dot : image, &error);

      g_assert_no_error (error);
      g_assert_true (siamban_box_is_valid (siamban_track_result_get_box (result)));
    }
}

/* Weights that are damaged are told, and repaired ones track again. */
static void
test_damaged_weights (void)
{
  const SiambanBox box = { 100, 80, 150, 140 };
  g_autoptr (SiambanModel) model = small_model ();
  g_autoptr (SiambanDevice) device = open_device (NULL);
  g_autoptr (SiambanTracker) tracker = new_tracker (model, NULL, device);
  g_autoptr (SiambanImage) image = pattern_image (320, 240);
  g_autoptr (SiambanTrackResult) before = NULL;
  g_autoptr (SiambanTrackResult) after = NULL;
  g_autoptr (GError) error = NULL;
  SiambanParameter *bias = siamban_weights_lookup (siamban_model_get_weights (model),
                                                   "head.box2.cls.head.3.bias");
  float *value = _siamban_parameter_peek_values (bias);
  const float sound = *value;

  siamban_tracker_init (tracker, image, &box, &error);
  before = siamban_tracker_track (tracker, image, &error);
  g_assert_no_error (error);

  *value = NAN;
  siamban_tracker_weights_changed (tracker);
  g_assert_null (siamban_tracker_track (tracker, image, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_true (siamban_tracker_init (tracker, image, &box, &error));
  g_assert_null (siamban_tracker_track (tracker, image, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NOT_FINITE);
  g_clear_error (&error);

  *value = sound;
  siamban_tracker_weights_changed (tracker);
  siamban_tracker_init (tracker, image, &box, &error);
  after = siamban_tracker_track (tracker, image, &error);
  g_assert_no_error (error);
  g_assert_true (siamban_box_equal (siamban_track_result_get_box (before),
                                    siamban_track_result_get_box (after)));
}

static void
test_config (void)
{
  g_autoptr (SiambanModel) model = small_model ();
  g_autoptr (SiambanDevice) device = open_device (NULL);
  g_autoptr (GError) error = NULL;
  static const struct
  {
    const char *assignment;
    const char *message;
  } cases[] = {
    { "TRACK.INSTANCE_SIZE=287", "TRACK.INSTANCE_SIZE: found 287, expected 255" },
    { "TRACK.EXEMPLAR_SIZE=111", "TRACK.EXEMPLAR_SIZE: found 111, expected 127" },
    { "TRACK.BASE_SIZE=0", "TRACK.BASE_SIZE: found 0, expected 8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SiambanConfig) config = network_config ("siamban_r18_small");
      g_autoptr (SiambanTracker) tracker = NULL;

      siamban_config_set_from_string (config, cases[i].assignment, &error);
      g_assert_no_error (error);
      tracker = siamban_tracker_new (model, config, device, &error);
      g_assert_null (tracker);
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
      g_assert_true (g_str_has_prefix (error->message, cases[i].message));
      g_clear_error (&error);
    }
}

/* Without size rate the size stays, and a window that is everything keeps the middle. */
static void
test_properties (void)
{
  const SiambanBox box = { 100, 80, 150, 140 };
  g_autoptr (SiambanModel) model = small_model ();
  g_autoptr (SiambanDevice) device = open_device (NULL);
  g_autoptr (SiambanTracker) tracker = new_tracker (model, NULL, device);
  g_autoptr (SiambanImage) image = pattern_image (320, 240);
  g_autoptr (SiambanTrackResult) result = NULL;
  g_autoptr (SiambanTrackResult) again = NULL;
  g_autoptr (GError) error = NULL;
  double lr, penalty_k, window_influence;

  g_object_get (tracker, "lr", &lr, "penalty-k", &penalty_k, "window-influence", &window_influence,
                NULL);
  g_assert_cmpfloat (lr, ==,
                     siamban_config_get_double (siamban_model_get_config (model), "TRACK.LR"));
  g_assert_cmpfloat (penalty_k, >, 0);
  g_assert_cmpfloat (window_influence, >, 0);

  g_object_set (tracker, "lr", 0.0, "window-influence", 1.0, "penalty-k", 0.0, NULL);
  siamban_tracker_init (tracker, image, &box, &error);
  result = siamban_tracker_track (tracker, image, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_track_result_get_map_size (result), ==, 25);
  g_assert_cmpuint (siamban_track_result_get_best_index (result), ==, 12 * 25 + 12);
  g_assert_cmpfloat (siamban_track_result_get_penalty (result), ==, 1);
  assert_near ("width", siamban_box_get_width (siamban_track_result_get_box (result)), 50, 1e-9);
  assert_near ("height", siamban_box_get_height (siamban_track_result_get_box (result)), 60, 1e-9);

  again = siamban_track_result_ref (result);
  g_assert_true (again == result);
}

static void
add (SiambanDevice *device, JsonArray *sequences, guint index)
{
  g_autofree char *path = g_strdup_printf (
      "/tracker/%s/%s", siamban_device_get_id (device),
      json_object_get_string_member (json_array_get_object_element (sequences, index), "name"));
  Case *self = g_new (Case, 1);

  *self = (Case){ device, index };
  g_test_add_data_func_full (path, self, test_golden, g_free);
}

static void
add_sequences (SiambanDevice *device)
{
  g_autoptr (Golden) golden = golden_load ("tracker");
  JsonArray *sequences = json_object_get_array_member (golden->root, "sequences");
  /* The plain loops take seconds for a frame: one sequence shows that they agree. */
  const gboolean is_slow = g_str_equal (siamban_device_get_id (device), "reference");
  const guint n = is_slow ? 1 : json_array_get_length (sequences);

  for (guint i = 0; i < n; i++)
    add (device, sequences, i);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) devices = NULL;

  g_test_init (&argc, &argv, NULL);
  devices = compute_devices ();
  for (guint i = 0; i < devices->len; i++)
    add_sequences (g_ptr_array_index (devices, i));
  g_test_add_func ("/tracker/window", test_window);
  g_test_add_func ("/tracker/choice", test_choice);
  g_test_add_func ("/tracker/no-choice", test_no_choice);
  g_test_add_func ("/tracker/odd-targets", test_odd_targets);
  g_test_add_func ("/tracker/bad-targets", test_bad_targets);
  g_test_add_func ("/tracker/odd-frames", test_odd_frames);
  g_test_add_func ("/tracker/damaged-weights", test_damaged_weights);
  g_test_add_func ("/tracker/config", test_config);
  g_test_add_func ("/tracker/properties", test_properties);

  return g_test_run ();
}
