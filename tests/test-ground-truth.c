/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "siamban-frame-folder-private.h"
#include "siamban-ground-truth-private.h"
#include "siamban.h"

static SiambanTrajectory *
parse (const char *text, GError **error)
{
  return _siamban_ground_truth_parse (text, strlen (text), "boxes.txt", error);
}

static void
assert_box (SiambanTrajectory *boxes, guint frame, double x1, double y1, double x2, double y2)
{
  SiambanBox box;

  g_assert_true (siamban_trajectory_get_box (boxes, frame, &box));
  g_assert_cmpfloat (box.x1, ==, x1);
  g_assert_cmpfloat (box.y1, ==, y1);
  g_assert_cmpfloat (box.x2, ==, x2);
  g_assert_cmpfloat (box.y2, ==, y2);
}

static void
test_separators (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTrajectory) boxes = parse ("\xEF\xBB\xBF"
                                               "1,2,3,4\r\n5\t6\t7\t8\r\n  9 , 10 , 11 ,12\n"
                                               "13   14 15.5 1e1 \n-1.5,+2,3,4\n\n \r\n",
                                               &error);

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_trajectory_get_n_frames (boxes), ==, 5);
  g_assert_cmpuint (siamban_trajectory_get_n_boxes (boxes), ==, 5);
  assert_box (boxes, 0, 1, 2, 4, 6);
  assert_box (boxes, 1, 5, 6, 12, 14);
  assert_box (boxes, 2, 9, 10, 20, 22);
  assert_box (boxes, 3, 13, 14, 28.5, 24);
  assert_box (boxes, 4, -1.5, 2, 1.5, 6);
}

static void
test_polygon (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTrajectory) boxes = parse ("5,1,9,4,6,8,2,3\n", &error);

  g_assert_no_error (error);
  assert_box (boxes, 0, 2, 1, 9, 8);
}

static void
test_absent (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTrajectory)
      boxes = parse ("1,2,3,4\nNaN,NaN,NaN,NaN\n0,0,0,0\n5,5,-1,3\n1,inf,3,4\n1,2,3,4", &error);
  SiambanBox box;

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_trajectory_get_n_frames (boxes), ==, 6);
  g_assert_cmpuint (siamban_trajectory_get_n_boxes (boxes), ==, 2);
  for (guint frame = 1; frame < 5; frame++)
    {
      g_assert_false (siamban_trajectory_get_box (boxes, frame, &box));
      g_assert_true (isnan (box.x1));
    }
  g_assert_true (siamban_trajectory_get_box (boxes, 5, &box));
  g_assert_false (siamban_trajectory_get_box (boxes, 6, &box));
}

static void
test_empty (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTrajectory) boxes = parse ("\n\n", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_trajectory_get_n_frames (boxes), ==, 0);
}

static void
test_bad_lines (void)
{
  static const struct
  {
    const char *text, *found;
  } cases[] = {
    { "1,2,3,4\n1,2,3\n", "boxes.txt:2: 3 numbers in “1,2,3”" },
    { "1,2,3,4,5,6\n", "boxes.txt:1: 6 numbers" },
    { "1,2,3,4,5,6,7,8,9\n", "boxes.txt:1: more than 8 numbers" },
    { "1,2,3,4\n\n1,2,3,4\n", "boxes.txt:2: 0 numbers" },
    { "1,2,x,4\n", "boxes.txt:1: no number" },
    { "1,,3,4\n", "boxes.txt:1: no number" },
    { "1,2,3,4,\n", "boxes.txt:1: no number after the last comma" },
    { "1,2,3,4px\n", "boxes.txt:1: no number" },
    { "1;2;3;4\n", "boxes.txt:1: no number" },
    { "frame,\xFF\xFE\n", "expected the 4 numbers x, y, width, height" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (cases[i].text, &error));
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      if (strstr (error->message, cases[i].found) == NULL)
        g_error ("“%s” does not say “%s”", error->message, cases[i].found);
    }
}

static void
test_binary (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (_siamban_ground_truth_parse ("1,2\0,3,4", 8, "boxes.txt", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
}

static void
test_missing_file (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_ground_truth_read ("/nonexistent/groundtruth.txt", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "/nonexistent/groundtruth.txt"));
}

static void
test_trajectory (void)
{
  const SiambanBox boxes[] = { { 1, 2, 3, 4 }, { 4, 4, 3, 3 } };
  g_autoptr (SiambanTrajectory) self = siamban_trajectory_new (boxes, G_N_ELEMENTS (boxes));
  g_autoptr (SiambanTrajectory) other = siamban_trajectory_ref (self);

  g_assert_true (other == self);
  g_assert_cmpuint (siamban_trajectory_get_n_frames (self), ==, 2);
  g_assert_cmpuint (siamban_trajectory_get_n_boxes (self), ==, 1);
}

static void
test_numbers (void)
{
  static const double values[] = { 0, 205, 0.1, 1.0 / 3.0, 396.39, 1e300, 4.9e-324, -17.25 };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      _siamban_append_number (text, values[i]);
      g_assert_cmpfloat (g_ascii_strtod (text->str, NULL), ==, values[i]);
    }
}

static void
test_natural_order (void)
{
  static const char *const sorted[] = { "frame1.jpg",   "frame2.jpg",   "frame010.jpg",
                                        "frame10a.jpg", "frame10b.jpg", "x" };

  for (gsize i = 0; i + 1 < G_N_ELEMENTS (sorted); i++)
    {
      g_assert_cmpint (_siamban_compare_natural (sorted[i], sorted[i + 1]), <, 0);
      g_assert_cmpint (_siamban_compare_natural (sorted[i + 1], sorted[i]), >, 0);
    }
  g_assert_cmpint (_siamban_compare_natural ("a007", "a7"), ==, 0);
}

/* The real sequences that the developer points to; none are part of the project. */
static void
test_real_data (void)
{
  static const struct
  {
    const char *name;
    guint n_frames;
  } sequences[] = {
    { "otb-crossing", 120 },
    { "vot-bag", 196 },
    { "otb-motorrolling", 164 },
    { "uav-wakeboard7", 67 },
  };
  const char *root = g_getenv ("SIAMBAN_REAL_DATA");

  if (root == NULL)
    {
      g_test_skip ("SIAMBAN_REAL_DATA is not set");
      return;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (sequences); i++)
    {
      g_autofree char *path = g_build_filename (root, "sequences", sequences[i].name, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanFrameFolder) folder = _siamban_frame_folder_scan (path, &error);
      g_autoptr (SiambanTrajectory) boxes = NULL;

      g_assert_no_error (error);
      g_assert_cmpuint (folder->frames->len, ==, sequences[i].n_frames);
      g_assert_cmpuint (folder->ground_truth_paths->len, ==, 1);
      boxes = siamban_ground_truth_read (folder->ground_truth_paths->pdata[0], &error);
      g_assert_no_error (error);
      g_assert_cmpuint (siamban_trajectory_get_n_frames (boxes), ==, sequences[i].n_frames);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ground-truth/separators", test_separators);
  g_test_add_func ("/ground-truth/polygon", test_polygon);
  g_test_add_func ("/ground-truth/absent", test_absent);
  g_test_add_func ("/ground-truth/empty", test_empty);
  g_test_add_func ("/ground-truth/bad-lines", test_bad_lines);
  g_test_add_func ("/ground-truth/binary", test_binary);
  g_test_add_func ("/ground-truth/missing-file", test_missing_file);
  g_test_add_func ("/ground-truth/trajectory", test_trajectory);
  g_test_add_func ("/ground-truth/numbers", test_numbers);
  g_test_add_func ("/ground-truth/natural-order", test_natural_order);
  g_test_add_func ("/ground-truth/real-data", test_real_data);

  return g_test_run ();
}
