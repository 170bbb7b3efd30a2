/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "siamban-augmentation-private.h"
#include "siamban-error.h"
#include "siamban-sub-dataset-private.h"

/* What to make of a file that the original fails on. */
typedef enum
{
  OUTCOME_LOADED, /* the original trips over its own bookkeeping; here it loads */
  OUTCOME_ERROR,
} Outcome;

static SiambanSubDataset *
load_case (JsonObject *from, GError **error)
{
  g_autofree char *path = golden_path (json_object_get_string_member (from, "file"));
  g_autofree char *name = g_strconcat ("SET_", json_object_get_string_member (from, "name"), NULL);

  return siamban_sub_dataset_new (name, "/root_dir", path,
                                  (guint) json_object_get_int_member (from, "frame_range"),
                                  (int) json_object_get_int_member (from, "num_use"),
                                  (guint) json_object_get_int_member (from, "start_idx"), error);
}

static Outcome
outcome_of (JsonObject *from)
{
  const char *type = json_object_get_string_member (from, "exception");
  const char *message = json_object_get_string_member (from, "message");

  /* A track without frames is removed from a dictionary in use; a superscript counts as a digit
   * and then is no number. Here both are ignored. */
  if (g_str_equal (type, "RuntimeError") || strstr (message, "invalid literal for int") != NULL)
    return OUTCOME_LOADED;

  return OUTCOME_ERROR;
}

static int
find_video (SiambanAnnotations *annotations, const char *name)
{
  for (guint i = 0; i < siamban_annotations_get_n_videos (annotations); i++)
    if (g_str_equal (siamban_annotations_get_video_name (annotations, i), name))
      return (int) i;

  return -1;
}

static int
find_track (SiambanAnnotations *annotations, guint video, const char *name)
{
  for (guint i = 0; i < siamban_annotations_get_n_tracks (annotations, video); i++)
    if (g_str_equal (siamban_annotations_get_track_name (annotations, video, i), name))
      return (int) i;

  return -1;
}

static int
find_frame (SiambanAnnotations *annotations, guint video, guint track, gint64 number)
{
  for (guint i = 0; i < siamban_annotations_get_n_frames (annotations, video, track); i++)
    if (siamban_annotations_get_frame_number (annotations, video, track, i) == number)
      return (int) i;

  return -1;
}

/* A box that the original keeps and training cannot use: not finite, or no list. */
static gboolean
is_unusable (JsonNode *box)
{
  JsonArray *numbers;

  if (!JSON_NODE_HOLDS_ARRAY (box))
    return TRUE;
  numbers = json_node_get_array (box);
  for (guint i = 0; i < json_array_get_length (numbers); i++)
    if (!isfinite (golden_number (json_array_get_element (numbers, i))))
      return TRUE;

  return FALSE;
}

static void
assert_box (const SiambanBox *box, JsonArray *expected)
{
  const gboolean corners = json_array_get_length (expected) == 4;
  const guint at = corners ? 2 : 0;

  g_assert_cmpfloat (box->x1, ==, corners ? json_array_get_double_element (expected, 0) : 0);
  g_assert_cmpfloat (box->y1, ==, corners ? json_array_get_double_element (expected, 1) : 0);
  g_assert_cmpfloat (box->x2, ==, json_array_get_double_element (expected, at));
  g_assert_cmpfloat (box->y2, ==, json_array_get_double_element (expected, at + 1));
}

/* The original lists a frame twice that has two keys. */
static gboolean
is_same_frame (JsonArray *a, JsonArray *b)
{
  return g_str_equal (json_array_get_string_element (a, 0), json_array_get_string_element (b, 0)) &&
         g_str_equal (json_array_get_string_element (a, 1), json_array_get_string_element (b, 1)) &&
         json_array_get_int_element (a, 2) == json_array_get_int_element (b, 2);
}

/* Every image and box that the original would hand out. */
static void
assert_images (SiambanSubDataset *set, JsonArray *images)
{
  SiambanAnnotations *annotations = siamban_sub_dataset_get_annotations (set);
  guint n_unusable = 0, n_repeated = 0;

  for (guint i = 0; i < json_array_get_length (images); i++)
    {
      JsonArray *row = json_array_get_array_element (images, i);
      const int video = find_video (annotations, json_array_get_string_element (row, 0));
      const int track = video < 0 ? -1
                                  : find_track (annotations, (guint) video,
                                                json_array_get_string_element (row, 1));
      const char *path = json_array_get_string_element (row, 3);
      g_autofree char *found = NULL;
      int position;

      g_assert_cmpint (track, >=, 0);
      n_repeated += i > 0 && is_same_frame (json_array_get_array_element (images, i - 1), row);
      position = find_frame (annotations, (guint) video, (guint) track,
                             json_array_get_int_element (row, 2));
      if (g_str_has_prefix (path, "exception"))
        {
          /* A key such as "12": the original looks for "000012" and fails in training. */
          g_assert_cmpint (position, >=, 0);
          continue;
        }
      if (is_unusable (json_array_get_element (row, 4)))
        {
          g_assert_cmpint (position, <, 0);
          n_unusable++;
          continue;
        }
      g_assert_cmpint (position, >=, 0);
      found = siamban_sub_dataset_get_image_path (set, (guint) video, (guint) track,
                                                  (guint) position);
      g_assert_cmpstr (found, ==, path);
      assert_box (
          siamban_annotations_get_box (annotations, (guint) video, (guint) track, (guint) position),
          json_array_get_array_element (row, 4));
    }
  g_assert_cmpuint (siamban_annotations_get_n_frames_total (annotations), ==,
                    json_array_get_length (images) - n_unusable - n_repeated);
  g_assert_cmpuint (siamban_annotations_get_n_dropped_boxes (annotations), >=, n_unusable);
}

static void
assert_windows (SiambanSubDataset *set, JsonArray *tracks)
{
  for (guint i = 0; i < json_array_get_length (tracks); i++)
    {
      JsonArray *windows = json_array_get_array_element (json_array_get_array_element (tracks, i),
                                                         2);
      const guint n_frames = json_array_get_length (windows);

      for (guint j = 0; j < n_frames; j++)
        {
          JsonArray *window = json_array_get_array_element (windows, j);
          guint first, end;

          _siamban_sub_dataset_search_range (
              set, n_frames, (guint) json_array_get_int_element (window, 0), &first, &end);
          g_assert_cmpint (first, ==, json_array_get_int_element (window, 1));
          g_assert_cmpint (end, ==, json_array_get_int_element (window, 2));
        }
    }
}

static int
compare_counts_cb (gconstpointer a, gconstpointer b)
{
  return (int) (*(const gint64 *) a - *(const gint64 *) b);
}

/* Which video is picked once more than the others is chance; how many are is not. */
static void
assert_picks (SiambanSubDataset *set, JsonObject *from)
{
  JsonArray *counts = json_object_get_array_member (from, "pick_counts");
  const guint n_videos = siamban_sub_dataset_get_n_videos (set);
  const guint n_picks = siamban_sub_dataset_get_num_use (set);
  const guint start = siamban_sub_dataset_get_start_index (set);
  g_autofree guint32 *picks = g_new (guint32, n_picks + 1);
  g_autofree gint64 *found = g_new0 (gint64, n_videos + 1);
  g_autofree gint64 *expected = g_new0 (gint64, n_videos + 1);
  SiambanRandom random;

  g_assert_cmpint (n_picks, ==, json_object_get_int_member (from, "pick_len"));
  g_assert_cmpuint (json_array_get_length (counts), ==, n_videos);
  _siamban_random_init (&random, 3, 0, SIAMBAN_STREAM_ORDER);
  _siamban_sub_dataset_pick (set, &random, picks);
  for (guint i = 0; i < n_picks; i++)
    {
      g_assert_cmpuint (picks[i], >=, start);
      g_assert_cmpuint (picks[i], <, start + n_videos);
      found[picks[i] - start]++;
    }
  for (guint i = 0; i < n_videos; i++)
    expected[i] = json_array_get_int_element (counts, i);
  qsort (found, n_videos, sizeof *found, compare_counts_cb);
  qsort (expected, n_videos, sizeof *expected, compare_counts_cb);
  g_assert_cmpmem (found, n_videos * sizeof *found, expected, n_videos * sizeof *expected);
}

static void
assert_log (SiambanSubDataset *set, JsonObject *from)
{
  JsonArray *log = json_object_get_array_member (from, "log");
  const char *const *warnings = siamban_annotations_get_warnings (
      siamban_sub_dataset_get_annotations (set));
  g_autofree char *line = siamban_sub_dataset_to_string (set);
  gboolean complete = !json_object_has_member (from, "exception");

  for (guint i = 0; i < json_array_get_length (log); i++)
    {
      JsonArray *entry = json_array_get_array_element (log, i);
      const char *text = json_array_get_string_element (entry, 1);

      if (g_str_equal (json_array_get_string_element (entry, 0), "WARNING"))
        g_assert_true (g_strv_contains (warnings, text));
      else if (complete && i + 1 == json_array_get_length (log))
        g_assert_cmpstr (line, ==, text);
    }
}

static void
assert_loaded (SiambanSubDataset *set, JsonObject *from)
{
  SiambanAnnotations *annotations = siamban_sub_dataset_get_annotations (set);
  JsonArray *videos = json_object_get_array_member (from, "videos");

  g_assert_cmpint (siamban_sub_dataset_get_n_videos (set), ==,
                   json_object_get_int_member (from, "num"));
  for (guint i = 0; i < json_array_get_length (videos); i++)
    g_assert_cmpstr (siamban_annotations_get_video_name (annotations, i), ==,
                     json_array_get_string_element (videos, i));
  assert_images (set, json_object_get_array_member (from, "get_image_anno"));
  assert_windows (set, json_object_get_array_member (from, "positive_pair_windows"));
  assert_picks (set, from);
  assert_log (set, from);
}

/* Whether the original kept a box that is no list, which here is an error. */
static gboolean
has_box_of_another_type (JsonObject *from)
{
  JsonArray *images;

  if (json_object_has_member (from, "exception"))
    return FALSE;
  images = json_object_get_array_member (from, "get_image_anno");
  for (guint i = 0; i < json_array_get_length (images); i++)
    if (JSON_NODE_HOLDS_OBJECT (
            json_array_get_element (json_array_get_array_element (images, i), 4)))
      return TRUE;

  return FALSE;
}

static void
test_golden (void)
{
  g_autoptr (Golden) golden = golden_load ("subdata");
  JsonArray *cases = json_object_get_array_member (golden->root, "cases");

  g_assert_cmpuint (json_array_get_length (cases), >, 0);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *from = json_array_get_object_element (cases, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanSubDataset) set = load_case (from, &error);
      const gboolean failed = json_object_has_member (from, "exception");

      g_test_message ("%s", json_object_get_string_member (from, "name"));
      if (has_box_of_another_type (from) || (failed && outcome_of (from) == OUTCOME_ERROR))
        {
          g_assert_null (set);
          g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
          g_assert_nonnull (strstr (error->message, json_object_get_string_member (from, "file")));
          continue;
        }
      g_assert_no_error (error);
      if (failed)
        {
          g_assert_cmpuint (siamban_sub_dataset_get_n_videos (set), >, 0);
          assert_log (set, from);
        }
      else
        assert_loaded (set, from);
    }
}

/* Two keys for one frame: the one that names the file counts, in whatever order they come. */
static void
test_two_keys_for_a_frame (void)
{
  static const char *const texts[] = {
    "{\"a\": {\"0\": {\"7\": [1, 1, 3, 3], \"000007\": [1, 1, 9, 9]}}}",
    "{\"a\": {\"0\": {\"000007\": [1, 1, 9, 9], \"7\": [1, 1, 3, 3]}}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (texts[i], strlen (texts[i]));
      g_autoptr (SiambanAnnotations) read = siamban_annotations_new_from_bytes (bytes, "a", NULL);

      g_assert_cmpuint (siamban_annotations_get_n_frames_total (read), ==, 1);
      g_assert_cmpfloat (siamban_annotations_get_box (read, 0, 0, 0)->x2, ==, 9);
    }
}

/* The place in a truncated file is the one that Python names. */
static void
test_position_of_errors (void)
{
  g_autoptr (Golden) golden = golden_load ("subdata");
  JsonArray *cases = json_object_get_array_member (golden->root, "cases");
  guint n_checked = 0;

  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *from = json_array_get_object_element (cases, i);
      const char *place;
      guint line, column;
      g_autoptr (GError) error = NULL;
      g_autofree char *expected = NULL;

      if (!json_object_has_member (from, "exception") ||
          !g_str_equal (json_object_get_string_member (from, "exception"), "JSONDecodeError"))
        continue;
      place = strstr (json_object_get_string_member (from, "message"), ": line ");
      g_assert_cmpint (sscanf (place, ": line %u column %u", &line, &column), ==, 2);
      g_assert_null (load_case (from, &error));
      expected = g_strdup_printf (":%u:%u: ", line, column);
      g_assert_nonnull (strstr (error->message, expected));
      n_checked++;
    }
  g_assert_cmpuint (n_checked, >, 0);
}

static void
test_boxes (void)
{
  g_autoptr (Golden) golden = golden_load ("subdata");
  JsonArray *cases = json_object_get_array_member (golden->root, "get_bbox");

  g_assert_cmpuint (json_array_get_length (cases), >, 0);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *from = json_array_get_object_element (cases, i);
      JsonArray *given = json_object_get_array_member (from, "anno");
      JsonArray *expected = json_object_get_array_member (from, "box");
      const guint at = json_array_get_length (given) - 2;
      const double x1 = at ? json_array_get_double_element (given, 0) : 0;
      const double y1 = at ? json_array_get_double_element (given, 1) : 0;
      const SiambanBox annotated = { x1, y1, json_array_get_double_element (given, at),
                                     json_array_get_double_element (given, at + 1) };
      const SiambanBox box = _siamban_box_in_crop (
          &annotated, (guint) json_object_get_int_member (from, "im_w"),
          (guint) json_object_get_int_member (from, "im_h"), 127);
      const double edges[4] = { box.x1, box.y1, box.x2, box.y2 };

      for (guint k = 0; k < 4; k++)
        g_assert_cmpfloat_with_epsilon (edges[k], json_array_get_double_element (expected, k),
                                        1e-9);
    }
}

typedef struct
{
  const char *text;
  const char *message;
} BadFile;

static void
test_messages (void)
{
  static const BadFile cases[] = {
    { "", ":1:1: expected {video" },
    { "[]", ":1:1: expected {video" },
    { "{\"a\": 1}", ":1:7: expected the tracks of a video" },
    { "{\"a\":\n {\"é\": 1}}", ":2:8: expected the frames of a track" },
    { "{\"a\": {\"0\": {\"1\": 7}}}", ":1:19: expected a box" },
    { "{\"a\": {\"0\": {\"1\": [1,2,3]}}}", ":1:19: a box of 3 numbers" },
    { "{\"a\": {\"0\": {\"1\": [1,\"2\"]}}}", ":1:22: expected a number" },
    { "{\"a\": {\"0\": {\"1\": [1,2,]}}}", ":1:24: expected a number" },
    { "{\"a\": {\"0\": {\"1\": [1 2]}}}", ":1:22: expected “,” or “]”" },
    { "{\"a\": {\"0\": {\"1\": [01,2]}}}", ":1:20: a number that starts with 0" },
    { "{\"a\": {\"0\": {\"1\": [1.,2]}}}", ":1:22: expected a digit after the point" },
    { "{\"a\": {\"0\": {\"1\": [1e,2]}}}", ":1:22: expected a digit in the exponent" },
    { "{\"a\" 1}", ":1:6: expected “:” after the key" },
    { "{a: 1}", ":1:2: expected a key in double quotes" },
    { "{\"a", ":1:2: a string without an end" },
    { "{\"a\\q\": 1}", ":1:4: an unknown escape" },
    { "{\"\\ud800\": 1}", ":1:3: half of a surrogate pair" },
    { "{\"\\u00zz\": 1}", ":1:3: expected four hexadecimal digits" },
    { "{\"a\\u0000\": 1}", ":1:4: a NUL character" },
    { "{\"a\tb\": 1}", ":1:4: a control character" },
    { "{\"a\xff\": 1}", ":1:4: bytes that are not UTF-8" },
    { "{} x", ":1:4: more text after the end" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (cases[i].text, strlen (cases[i].text));
      g_autoptr (GError) error = NULL;

      g_assert_null (siamban_annotations_new_from_bytes (bytes, "train.json", &error));
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, "train.json"));
      g_assert_nonnull (strstr (error->message, cases[i].message));
    }
}

static void
test_missing_file (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_annotations_new_from_file ("/nowhere/train.json", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "/nowhere/train.json"));
}

/* Numbers come out as strtod() reads them. */
static void
test_numbers (void)
{
  static const char *const texts[] = { "0",
                                       "-0",
                                       "1e2",
                                       "0.1",
                                       "123.456789",
                                       "9007199254740993",
                                       "0.30000000000000004",
                                       "1.7976931348623157e308",
                                       "1e-5",
                                       "2.2250738585072011e-308",
                                       "123456789012345678901234567890.5e-10" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"a\": {\"0\": {\"1\": [%s, 0, 1e9, 5]}}}",
                                               texts[i]);
      g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
      g_autoptr (SiambanAnnotations) read = siamban_annotations_new_from_bytes (bytes, "a", NULL);
      const double expected = g_ascii_strtod (texts[i], NULL);

      if (expected < 1e9)
        g_assert_cmpfloat (siamban_annotations_get_box (read, 0, 0, 0)->x1, ==, expected);
      else
        g_assert_cmpuint (siamban_annotations_get_n_dropped_boxes (read), ==, 1);
    }
}

/* A large file is no reason to wait: 100 000 videos of 40 boxes. */
static void
test_large_file (void)
{
  const guint n_videos = g_test_thorough () ? 100000 : 5000;
  g_autoptr (GString) text = g_string_new ("{");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (SiambanAnnotations) read = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GTimer) timer = NULL;

  for (guint i = 0; i < n_videos; i++)
    {
      g_string_append_printf (text, "%s\n \"video-%06u\": {\"00\": {", i ? "," : "", i);
      for (guint j = 0; j < 40; j++)
        g_string_append_printf (text, "%s\"%06u\": [%u.25, 20, %u, 80.5]", j ? ", " : "", j, j,
                                j + 50);
      g_string_append (text, "}}");
    }
  g_string_append_c (text, '}');
  bytes = g_bytes_new_static (text->str, text->len);
  timer = g_timer_new ();
  read = siamban_annotations_new_from_bytes (bytes, "large", &error);
  g_assert_no_error (error);
  g_test_message ("%u videos in %.3f s", n_videos, g_timer_elapsed (timer, NULL));
  g_assert_cmpuint (siamban_annotations_get_n_frames_total (read), ==, 40 * n_videos);
}

static void
test_properties (void)
{
  g_autoptr (Golden) golden = golden_load ("subdata");
  JsonObject *from = json_array_get_object_element (
      json_object_get_array_member (golden->root, "cases"), 0);
  g_autoptr (SiambanSubDataset) set = load_case (from, NULL);
  g_autofree char *name = NULL;
  g_autofree char *root = NULL;
  g_autofree char *anno = NULL;
  g_autoptr (SiambanAnnotations) annotations = NULL;
  guint frame_range, num_use, start_index, n_videos;

  g_object_get (set, "name", &name, "root", &root, "anno", &anno, "frame-range", &frame_range,
                "num-use", &num_use, "start-index", &start_index, "n-videos", &n_videos,
                "annotations", &annotations, NULL);
  g_assert_cmpstr (name, ==, siamban_sub_dataset_get_name (set));
  g_assert_cmpstr (root, ==, "/root_dir");
  g_assert_true (g_str_has_suffix (anno, json_object_get_string_member (from, "file")));
  g_assert_cmpint (frame_range, ==, json_object_get_int_member (from, "frame_range"));
  g_assert_cmpuint (num_use, ==, siamban_sub_dataset_get_num_use (set));
  g_assert_cmpuint (start_index, ==, siamban_sub_dataset_get_start_index (set));
  g_assert_cmpuint (n_videos, ==, siamban_sub_dataset_get_n_videos (set));
  g_assert_true (annotations == siamban_sub_dataset_get_annotations (set));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/subdata/golden", test_golden);
  g_test_add_func ("/subdata/position-of-errors", test_position_of_errors);
  g_test_add_func ("/subdata/two-keys-for-a-frame", test_two_keys_for_a_frame);
  g_test_add_func ("/subdata/boxes", test_boxes);
  g_test_add_func ("/subdata/messages", test_messages);
  g_test_add_func ("/subdata/missing-file", test_missing_file);
  g_test_add_func ("/subdata/numbers", test_numbers);
  g_test_add_func ("/subdata/large-file", test_large_file);
  g_test_add_func ("/subdata/properties", test_properties);

  return g_test_run ();
}
