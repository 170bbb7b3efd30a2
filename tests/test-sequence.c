/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "files.h"
#include "siamban.h"

/* An image whose size tells which frame it is. */
static void
write_frame (const char *folder, const char *name, guint width)
{
  g_autofree guint8 *pixels = g_malloc0 ((gsize) width * 8 * 3);
  g_autoptr (GBytes) bytes = g_bytes_new (pixels, (gsize) width * 8 * 3);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanImage) image = siamban_image_new_from_data (width, 8, bytes, &error);

  g_assert_no_error (error);
  files_write (folder, name, "");
  g_assert_true (siamban_image_save (image, path, 95, &error));
  g_assert_no_error (error);
}

static void
assert_frame_width (SiambanSequence *self, guint index, guint width)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanImage) image = siamban_sequence_get_frame (self, index, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_image_get_width (image), ==, width);
}

static void
test_order (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *name = g_path_get_basename (folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanSequence) self = NULL;
  g_autofree char *property = NULL;
  g_autoptr (SiambanTrajectory) truth = NULL;
  guint n_frames;
  SiambanBox box;

  write_frame (folder, "10.jpg", 30);
  write_frame (folder, "9.JPG", 20);
  write_frame (folder, "11.png", 40);
  files_write (folder, "._9.jpg", "not an image");
  files_write (folder, "groundtruth_rect.txt", "1,2,3,4\nnan,nan,nan,nan\n");

  self = siamban_sequence_new_from_folder (folder, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (siamban_sequence_get_name (self), ==, name);
  g_assert_cmpuint (siamban_sequence_get_n_frames (self), ==, 3);
  assert_frame_width (self, 0, 20);
  assert_frame_width (self, 1, 30);
  assert_frame_width (self, 2, 40);
  g_assert_true (g_str_has_suffix (siamban_sequence_get_frame_path (self, 0), "9.JPG"));
  g_assert_null (siamban_sequence_get_frame_path (self, 3));

  g_assert_true (siamban_sequence_get_box (self, 0, &box));
  g_assert_cmpfloat (box.x2, ==, 4);
  g_assert_false (siamban_sequence_get_box (self, 1, &box));
  g_assert_true (isnan (box.x1));
  g_assert_false (siamban_sequence_get_box (self, 2, &box));
  g_assert_false (siamban_sequence_get_box (self, 3, &box));
  g_assert_cmpuint (siamban_trajectory_get_n_frames (siamban_sequence_get_ground_truth (self)), ==,
                    3);

  g_object_get (self, "name", &property, "n-frames", &n_frames, "ground-truth", &truth, NULL);
  g_assert_cmpstr (property, ==, name);
  g_assert_cmpuint (n_frames, ==, 3);
  g_assert_true (truth == siamban_sequence_get_ground_truth (self));

  files_remove_tree (folder);
}

static void
test_image_folder (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanSequence) self = NULL;
  SiambanBox box;

  write_frame (folder, "img/0001.jpg", 16);
  files_write (folder, "notes.txt", "not boxes");
  files_write (folder, "more.txt", "not boxes either");

  self = siamban_sequence_new_from_folder (folder, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_sequence_get_n_frames (self), ==, 1);
  g_assert_null (siamban_sequence_get_ground_truth (self));
  g_assert_false (siamban_sequence_get_box (self, 0, &box));

  files_remove_tree (folder);
}

static void
test_faults (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanSequence) self = NULL;

  g_assert_null (siamban_sequence_new_from_folder ("/nonexistent/folder", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "/nonexistent/folder"));
  g_clear_error (&error);

  g_assert_null (siamban_sequence_new_from_folder (folder, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, folder));
  g_clear_error (&error);

  files_write (folder, "1.jpg", "not an image");
  files_write (folder, "groundtruth.txt", "1,2,3\n");
  g_assert_null (siamban_sequence_new_from_folder (folder, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "groundtruth.txt:1:"));
  g_clear_error (&error);

  files_write (folder, "groundtruth.txt", "1,2,3,4\n");
  self = siamban_sequence_new_from_folder (folder, &error);
  g_assert_no_error (error);
  g_assert_null (siamban_sequence_get_frame (self, 0, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE);
  g_clear_error (&error);
  g_assert_null (siamban_sequence_get_frame (self, 1, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);

  files_remove_tree (folder);
}

/* The real sequences that the developer points to; none are part of the project. */
static void
test_real_data (void)
{
  const char *root = g_getenv ("SIAMBAN_REAL_DATA");
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanSequence) self = NULL;
  SiambanBox box;

  if (root == NULL)
    {
      g_test_skip ("SIAMBAN_REAL_DATA is not set");
      return;
    }

  path = g_build_filename (root, "sequences", "vot-bag", NULL);
  self = siamban_sequence_new_from_folder (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (siamban_sequence_get_name (self), ==, "vot-bag");
  g_assert_cmpuint (siamban_sequence_get_n_frames (self), ==, 196);
  assert_frame_width (self, 195, 480);
  g_assert_true (siamban_sequence_get_box (self, 0, &box));
  g_assert_cmpfloat (box.x1, ==, 292.23);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/sequence/order", test_order);
  g_test_add_func ("/sequence/image-folder", test_image_folder);
  g_test_add_func ("/sequence/faults", test_faults);
  g_test_add_func ("/sequence/real-data", test_real_data);

  return g_test_run ();
}
