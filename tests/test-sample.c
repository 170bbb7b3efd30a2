/* SPDX-License-Identifier: Apache-2.0 */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <math.h>
#include <string.h>

#include "crops.h"
#include "siamban-image-private.h"

#define TEMPLATE_SIDE 31
#define SEARCH_SIDE 63
#define GAP 8

/* Pictures go where this names a folder, to be looked at. */
static const char *pictures;

static SiambanSample *
sample_of (SiambanDataset *dataset, guint64 index)
{
  g_autoptr (GError) error = NULL;
  SiambanSample *sample = siamban_dataset_get_sample (dataset, index, &error);

  g_assert_no_error (error);

  return sample;
}

/* The part of a path that tells its frame. */
static guint
number_in (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  return (guint) g_ascii_strtoull (name, NULL, 10);
}

static void
test_frames (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 3, 6, 160);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 30, 3);

  for (guint i = 0; i < 30; i++)
    {
      g_autoptr (SiambanSample) sample = sample_of (dataset, i);

      g_assert_cmpuint (siamban_sample_get_template_frame (sample), ==,
                        number_in (siamban_sample_get_template_path (sample)));
      g_assert_cmpuint (siamban_sample_get_search_frame (sample), ==,
                        number_in (siamban_sample_get_search_path (sample)));
      g_assert_cmpuint (siamban_sample_get_stride (sample), ==, 8);
    }
}

/* Without boxes and points the picture is the pixels of the network. */
static void
test_plain_picture (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 2, 4, 160);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 4, 3);
  g_autoptr (SiambanSample) sample = sample_of (dataset, 1);
  const guint zoom = 3;
  g_autoptr (SiambanImage) picture = siamban_sample_render (
      sample, SIAMBAN_SAMPLE_TEMPLATE | SIAMBAN_SAMPLE_SEARCH, zoom);
  g_autoptr (GBytes) search = siamban_sample_get_search (sample);
  const float *planes = g_bytes_get_data (search, NULL);
  const guint8 *pixels = _siamban_image_peek (picture);
  const guint width = siamban_image_get_width (picture);

  g_assert_cmpuint (width, ==, zoom * (TEMPLATE_SIDE + SEARCH_SIDE) + GAP);
  g_assert_cmpuint (siamban_image_get_height (picture), ==, zoom * SEARCH_SIDE);
  for (guint y = 0; y < SEARCH_SIDE * zoom; y++)
    for (guint x = 0; x < SEARCH_SIDE * zoom; x++)
      for (guint c = 0; c < 3; c++)
        {
          const float value = planes[(c * SEARCH_SIDE + y / zoom) * SEARCH_SIDE + x / zoom];
          const guint at = (y * width + TEMPLATE_SIDE * zoom + GAP + x) * 3 + c;

          g_assert_cmpint (pixels[at], ==, (int) CLAMP (lrintf (value), 0, 255));
        }
}

/* A target is drawn where its point lies, in the colour of targets; so is the edge of the box. */
static void
test_marks (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 2, 4, 160);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 40, 3);
  g_autoptr (SiambanPointTarget) target = NULL;
  g_autoptr (GBytes) points = NULL;
  const float *at;
  const int zoom = 4;
  guint n_targets = 0;

  g_object_get (dataset, "point-target", &target, NULL);
  points = siamban_point_target_get_points (target);
  at = g_bytes_get_data (points, NULL);
  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (SiambanSample) sample = sample_of (dataset, i);
      g_autoptr (SiambanImage) picture = siamban_sample_render (
          sample, SIAMBAN_SAMPLE_SEARCH | SIAMBAN_SAMPLE_POINTS, zoom);
      g_autoptr (GBytes) bytes = siamban_sample_get_label_cls (sample);
      const gint8 *labels = g_bytes_get_data (bytes, NULL);
      const guint8 *pixels = _siamban_image_peek (picture);

      for (guint j = 0; j < 81; j++)
        {
          const int x = (int) at[j] * zoom + zoom / 2, y = (int) at[81 + j] * zoom + zoom / 2;
          const guint8 *pixel = pixels + (y * SEARCH_SIDE * zoom + x) * 3;

          /* The points of this small map lie outside of the image, too. */
          if (x < 0 || y < 0 || x >= SEARCH_SIDE * zoom || y >= SEARCH_SIDE * zoom)
            continue;
          g_assert_cmpint (pixel[0] == 0x73 && pixel[1] == 0x9e && pixel[2] == 0, ==,
                           labels[j] == 1);
          n_targets += labels[j] == 1;
        }
    }
  g_assert_cmpuint (n_targets, >, 0);
}

/* What leaves the library as PNG is the picture, as another decoder reads it. */
static void
test_png (void)
{
  g_autoptr (Crops) crops = crops_new ("a", 2, 4, 160);
  const int num_use = -1;
  g_autoptr (SiambanDataset) dataset = crops_mix (&crops, &num_use, 1, 4, 3);
  g_autoptr (SiambanSample) sample = sample_of (dataset, 2);
  g_autoptr (SiambanImage)
      picture = siamban_sample_render (sample,
                                       SIAMBAN_SAMPLE_TEMPLATE | SIAMBAN_SAMPLE_SEARCH |
                                           SIAMBAN_SAMPLE_BOXES | SIAMBAN_SAMPLE_POINTS,
                                       6);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) png = siamban_image_to_png (picture, &error);
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type ("png", NULL);
  const guint8 *bgr = _siamban_image_peek (picture);
  GdkPixbuf *pixbuf;

  g_assert_no_error (error);
  g_assert_true (gdk_pixbuf_loader_write_bytes (loader, png, NULL));
  g_assert_true (gdk_pixbuf_loader_close (loader, NULL));
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  g_assert_cmpint (gdk_pixbuf_get_width (pixbuf), ==, (int) siamban_image_get_width (picture));
  for (int y = 0; y < gdk_pixbuf_get_height (pixbuf); y++)
    {
      const guint8 *row = gdk_pixbuf_read_pixels (pixbuf) + y * gdk_pixbuf_get_rowstride (pixbuf);

      for (int x = 0; x < gdk_pixbuf_get_width (pixbuf); x++, bgr += 3)
        g_assert_true (row[3 * x] == bgr[2] && row[3 * x + 1] == bgr[1] &&
                       row[3 * x + 2] == bgr[0]);
    }
  if (pictures != NULL)
    {
      g_autofree char *path = g_build_filename (pictures, "sample.png", NULL);

      g_assert_true (siamban_image_save (picture, path, 95, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  pictures = g_getenv ("SIAMBAN_PICTURES");
  g_test_add_func ("/sample/frames", test_frames);
  g_test_add_func ("/sample/picture", test_plain_picture);
  g_test_add_func ("/sample/marks", test_marks);
  g_test_add_func ("/sample/png", test_png);

  return g_test_run ();
}
