/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "golden.h"
#include "siamban-error.h"
#include "siamban-image-private.h"

typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("siamban-image-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  GDir *dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_remove (path);
    }
  g_dir_close (dir);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
}

static SiambanImage *
new_pattern (const char *name, int height, int width)
{
  return _siamban_image_new_take ((guint) width, (guint) height,
                                  golden_pattern (name, height, width));
}

/* Smooth, so that JPEG changes little. */
static SiambanImage *
new_gradient (guint width, guint height)
{
  guint8 *pixels = g_malloc ((gsize) width * height * 3);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        guint8 *pixel = pixels + ((gsize) y * width + x) * 3;

        pixel[0] = (guint8) (x * 255 / width);
        pixel[1] = (guint8) (y * 255 / height);
        pixel[2] = (guint8) ((x + y) * 255 / (width + height));
      }

  return _siamban_image_new_take (width, height, pixels);
}

static char *
crc_of (SiambanImage *image)
{
  g_autoptr (GBytes) bytes = siamban_image_get_bytes (image);

  return golden_crc32 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
write_bytes (const char *path, gconstpointer data, gsize size)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, (gssize) size, &error);
  g_assert_no_error (error);
}

static void
assert_broken (const char *path, SiambanError code)
{
  g_autoptr (GError) error = NULL;
  SiambanImage *image = siamban_image_new_from_file (path, &error);

  g_assert_null (image);
  g_assert_error (error, SIAMBAN_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_from_data (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("abcdef", 6);
  g_autoptr (GBytes) same = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanImage) image = siamban_image_new_from_data (1, 2, bytes, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_image_get_width (image), ==, 1);
  g_assert_cmpuint (siamban_image_get_height (image), ==, 2);
  same = siamban_image_get_bytes (image);
  g_assert_true (g_bytes_equal (same, bytes));

  g_assert_null (siamban_image_new_from_data (2, 2, bytes, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE);
  g_clear_error (&error);
  g_assert_null (siamban_image_new_from_data (0, 2, bytes, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE);
  g_clear_error (&error);
  g_assert_null (siamban_image_new_from_data (65535, 65535, bytes, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE);
}

static void
test_png_loses_nothing (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "a.png", NULL);
  g_autoptr (SiambanImage) image = new_pattern ("test.png", 37, 53);
  g_autoptr (SiambanImage) read = NULL;
  g_autofree char *before = crc_of (image);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (siamban_image_save (image, path, 95, &error));
  g_assert_no_error (error);
  read = siamban_image_new_from_file (path, &error);
  g_assert_no_error (error);
  after = crc_of (read);
  g_assert_cmpstr (before, ==, after);
}

static void
test_jpeg_is_near (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "a.JPG", NULL);
  g_autoptr (SiambanImage) image = new_gradient (123, 77);
  g_autoptr (SiambanImage) read = NULL;
  g_autoptr (GError) error = NULL;
  const guint8 *before, *after;

  g_assert_true (siamban_image_save (image, path, 95, &error));
  g_assert_no_error (error);
  read = siamban_image_new_from_file (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (siamban_image_get_width (read), ==, 123);
  g_assert_cmpuint (siamban_image_get_height (read), ==, 77);
  before = _siamban_image_peek (image);
  after = _siamban_image_peek (read);
  for (gsize i = 0; i < 123 * 77 * 3; i++)
    g_assert_cmpint (ABS (before[i] - after[i]), <=, 8);
}

static void
test_save_errors (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = g_build_filename (fixture->folder, "a.tiff", NULL);
  g_autofree char *nowhere = g_build_filename (fixture->folder, "no", "a.jpg", NULL);
  g_autoptr (SiambanImage) image = new_gradient (8, 8);
  g_autoptr (GError) error = NULL;

  g_assert_false (siamban_image_save (image, other, 95, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_false (siamban_image_save (image, nowhere, 95, &error));
  g_assert_nonnull (error);
}

/* Cut or damaged anywhere, a file gives an error or an image, and never a crash. */
static void
test_damaged_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *whole = g_build_filename (fixture->folder, data, NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "damaged", NULL);
  g_autoptr (SiambanImage) image = new_pattern ("test.damaged", 40, 48);
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (siamban_image_save (image, whole, 90, &error));
  g_assert_true (g_file_get_contents (whole, &bytes, &size, &error));
  for (gsize keep = 1; keep < size - 2; keep += 1 + size / 50)
    {
      write_bytes (path, bytes, keep);
      assert_broken (path, SIAMBAN_ERROR_INVALID_IMAGE);
    }
  for (gsize i = 0; i < 400; i++)
    {
      const gsize at = golden_bits ("test.damage.at", i) % size;
      const char old = bytes[at];
      SiambanImage *read;

      bytes[at] = (char) golden_bits ("test.damage.value", i);
      write_bytes (path, bytes, size);
      read = siamban_image_new_from_file (path, NULL);
      g_clear_pointer (&read, siamban_image_unref);
      bytes[at] = old;
    }
}

static void
test_no_image (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "a.jpg", NULL);

  assert_broken (path, SIAMBAN_ERROR_IO);
  write_bytes (path, "", 0);
  assert_broken (path, SIAMBAN_ERROR_INVALID_IMAGE);
  write_bytes (path, "hello, world", 12);
  assert_broken (path, SIAMBAN_ERROR_INVALID_IMAGE);
  write_bytes (path, "\xff\xd8\xff", 3);
  assert_broken (path, SIAMBAN_ERROR_INVALID_IMAGE);
}

/* Puts an EXIF block with an orientation behind the first two bytes of a JPEG. */
static void
add_orientation (const char *path, guint8 orientation)
{
  guint8 block[36] = {
    0xff, 0xe1, 0, 34,   'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, '*', 0, 0, 0, 8,
    0,    1,    1, 0x12, 0,   3,   0,   0,   0, 1, 0,   0,   0, 0,   0, 0, 0, 0
  };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *bytes = NULL;
  gsize size;

  block[29] = orientation;
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_byte_array_append (out, (const guint8 *) bytes, 2);
  g_byte_array_append (out, block, sizeof block);
  g_byte_array_append (out, (const guint8 *) bytes + 2, (guint) size - 2);
  write_bytes (path, out->data, out->len);
}

static void
test_orientation (Fixture *fixture, gconstpointer data)
{
  /* Which corner of the stored picture comes to lie at the upper left, and whether the sides
   * are swapped: the meaning of the tag in TIFF 6.0. */
  static const struct
  {
    gboolean right, bottom, swapped;
  } corners[] = { { 0, 0, 0 }, { 1, 0, 0 }, { 1, 1, 0 }, { 0, 1, 0 },
                  { 0, 0, 1 }, { 0, 1, 1 }, { 1, 1, 1 }, { 1, 0, 1 } };
  g_autofree char *path = g_build_filename (fixture->folder, "a.jpg", NULL);
  g_autoptr (SiambanImage) image = new_gradient (64, 32);
  g_autoptr (SiambanImage) plain = NULL;

  g_assert_true (siamban_image_save (image, path, 95, NULL));
  plain = siamban_image_new_from_file (path, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (corners); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanImage) turned = NULL;
      const guint8 *corner = _siamban_image_peek (plain);

      g_assert_true (siamban_image_save (image, path, 95, NULL));
      add_orientation (path, (guint8) (i + 1));
      turned = siamban_image_new_from_file (path, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (siamban_image_get_width (turned), ==, corners[i].swapped ? 32 : 64);
      g_assert_cmpuint (siamban_image_get_height (turned), ==, corners[i].swapped ? 64 : 32);
      corner += (corners[i].bottom ? 31 * 64 * 3 : 0) + (corners[i].right ? 63 * 3 : 0);
      g_assert_cmpmem (_siamban_image_peek (turned), 3, corner, 3);
    }
}

/* A JPEG whose chroma has that sampling ("2x1": half as wide), which the library does not write. */
static void
write_jpeg (const char *path, guint width, guint height, const char *sampling)
{
  g_autoptr (SiambanImage) image = new_pattern ("test.jpeg", (int) height, (int) width);
  struct jpeg_compress_struct info;
  struct jpeg_error_mgr errors;
  unsigned char *bytes = NULL;
  unsigned long size = 0;

  info.err = jpeg_std_error (&errors);
  jpeg_create_compress (&info);
  jpeg_mem_dest (&info, &bytes, &size);
  info.image_width = width;
  info.image_height = height;
  info.input_components = 3;
  info.in_color_space = JCS_EXT_BGR;
  jpeg_set_defaults (&info);
  info.comp_info[0].h_samp_factor = sampling[0] - '0';
  info.comp_info[0].v_samp_factor = sampling[2] - '0';
  jpeg_start_compress (&info, TRUE);
  while (info.next_scanline < height)
    {
      JSAMPROW row = (JSAMPROW) _siamban_image_peek (image) +
                     (gsize) info.next_scanline * width * 3;

      jpeg_write_scanlines (&info, &row, 1);
    }
  jpeg_finish_compress (&info);
  jpeg_destroy_compress (&info);
  write_bytes (path, bytes, size);
  free (bytes);
}

typedef struct
{
  SiambanImageWindow window;
  guint n_calls;
} Wanted;

static void
find_wanted_cb (gconstpointer data, int width, int height, SiambanImageWindow *window)
{
  Wanted *wanted = (Wanted *) data;

  g_assert_cmpint (width, ==, 151);
  g_assert_cmpint (height, ==, 133);
  *window = wanted->window;
  wanted->n_calls++;
}

static int
draw_below (const char *name, guint i, int n)
{
  return (int) (golden_bits (name, i) % (guint) n);
}

/* Wherever a window lies, its pixels are those of the whole picture, bit for bit. */
static void
test_part (Fixture *fixture, gconstpointer data)
{
  static const char *const samplings[] = { "1x1", "2x1", "2x2", "1x2" };
  g_autofree char *path = g_build_filename (fixture->folder, "a.jpg", NULL);

  for (guint s = 0; s < G_N_ELEMENTS (samplings); s++)
    {
      g_autoptr (SiambanImage) whole = NULL;

      write_jpeg (path, 151, 133, samplings[s]);
      whole = siamban_image_new_from_file (path, NULL);
      g_assert_nonnull (whole);
      for (guint i = 0; i < 400; i++)
        {
          Wanted wanted = { { draw_below ("part.left", i, 151), draw_below ("part.top", i, 133) } };
          SiambanImageWindow *window = &wanted.window;
          g_autoptr (GError) error = NULL;
          g_autoptr (SiambanImage) part = NULL;

          window->width = 1 + draw_below ("part.width", i, 151 - window->left);
          window->height = 1 + draw_below ("part.height", i, 133 - window->top);
          part = _siamban_image_new_from_file_part (path, find_wanted_cb, &wanted, &error);
          g_assert_no_error (error);
          g_assert_cmpuint (wanted.n_calls, ==, 1);
          g_assert_cmpuint (siamban_image_get_width (part), ==, 151);
          g_assert_cmpuint (siamban_image_get_height (part), ==, 133);
          for (int y = window->top; y < window->top + window->height; y++)
            {
              const gsize at = ((gsize) y * 151 + (gsize) window->left) * 3;

              g_assert_cmpmem (_siamban_image_peek (part) + at, (gsize) window->width * 3,
                               _siamban_image_peek (whole) + at, (gsize) window->width * 3);
            }
        }
    }
}

/* A file that ends too early is told of, even when the window lies before its end. */
static void
test_part_of_cut_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "a.jpg", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  Wanted wanted = { { 0, 0, 8, 8 } };
  gsize size;

  write_jpeg (path, 151, 133, "2x2");
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  write_bytes (path, bytes, size - 20);
  g_assert_null (_siamban_image_new_from_file_part (path, find_wanted_cb, &wanted, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE);
}

/* No pixel outside the window has a share in the warp. */
static void
test_warp_window (void)
{
  g_autofree guint8 *pixels = golden_pattern ("test.warp-window", 60, 70);
  g_autofree guint8 *changed = g_malloc (60 * 70 * 3);
  guint8 expected[40 * 40 * 3], found[40 * 40 * 3];

  for (guint i = 0; i < 300; i++)
    {
      const double scale = 0.4 + 3 * golden_unit ("warp-window.scale", i);
      const double map[6] = {
        scale, 0,           -scale * 90 * (golden_unit ("warp-window.x", i) - 0.2),
        0,     scale * 1.1, -scale * 90 * (golden_unit ("warp-window.y", i) - 0.2)
      };
      SiambanImageWindow window;

      _siamban_image_find_warp_window (70, 60, map, 40, 40, &window);
      for (int y = 0; y < 60; y++)
        for (int x = 0; x < 70; x++)
          {
            const gsize at = ((gsize) y * 70 + (gsize) x) * 3;
            const gboolean inside = x >= window.left && x < window.left + window.width &&
                                    y >= window.top && y < window.top + window.height;

            for (guint c = 0; c < 3; c++)
              changed[at + c] = inside ? pixels[at + c] : (guint8) ~pixels[at + c];
          }
      _siamban_image_warp_affine (pixels, 70, 60, map, expected, 40, 40);
      _siamban_image_warp_affine (changed, 70, 60, map, found, 40, 40);
      g_assert_cmpmem (found, sizeof found, expected, sizeof expected);
    }
}

static void
test_subwindow (void)
{
  g_autoptr (Golden) golden = golden_load ("tracker");
  JsonArray *cases = json_object_get_array_member (golden->root, "subwindow");

  g_assert_cmpuint (json_array_get_length (cases), >, 0);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *expected = json_array_get_object_element (cases, i);
      JsonObject *from = json_object_get_object_member (expected, "image");
      JsonArray *position = json_object_get_array_member (expected, "pos");
      JsonArray *mean = json_object_get_array_member (expected, "avg_chans");
      g_autoptr (SiambanImage) image = new_pattern (json_object_get_string_member (from, "pattern"),
                                                    (int) json_object_get_int_member (from, "h"),
                                                    (int) json_object_get_int_member (from, "w"));
      g_autoptr (SiambanImage) crop = siamban_image_get_subwindow (
          image, json_array_get_double_element (position, 0),
          json_array_get_double_element (position, 1),
          (guint) json_object_get_int_member (expected, "model_sz"),
          (guint) json_object_get_int_member (expected, "original_sz"),
          json_array_get_double_element (mean, 0), json_array_get_double_element (mean, 1),
          json_array_get_double_element (mean, 2));
      g_autofree char *crc = crc_of (crop);

      g_test_message ("%s", json_object_get_string_member (expected, "name"));
      g_assert_cmpstr (crc, ==, json_object_get_string_member (expected, "crc32_hwc_u8"));
    }
}

/* A window that does not touch the image shows the mean only. */
static void
test_subwindow_far_away (void)
{
  g_autoptr (SiambanImage) image = new_gradient (20, 10);
  g_autoptr (SiambanImage)
      crop = siamban_image_get_subwindow (image, -1e30, 5, 9, 1000, 7.9, 8, 300);
  const guint8 *pixels = _siamban_image_peek (crop);

  for (guint i = 0; i < 9 * 9; i++)
    {
      g_assert_cmpuint (pixels[3 * i], ==, 7);
      g_assert_cmpuint (pixels[3 * i + 1], ==, 8);
      g_assert_cmpuint (pixels[3 * i + 2], ==, 255);
    }
}

static int
mirror (int i, int n)
{
  const int period = MAX (2 * (n - 1), 1);

  i = ((i % period) + period) % period;

  return i < n ? i : period - i;
}

/* The sum over all taps, as the definition has it. */
static double
cross_at (const float *plane, int width, int height, int x, int y, int size, double weight)
{
  double sum = 0;

  for (int i = -(size / 2); i <= size / 2; i++)
    {
      sum += plane[mirror (y + i, height) * width + x] * weight / size;
      sum += plane[y * width + mirror (x + i, width)] * (1 - weight) / size;
    }

  return sum;
}

static void
test_blur (void)
{
  static const struct
  {
    int width, height, size;
    double weight;
  } cases[] = {
    { 40, 30, 5, 0.25 }, { 64, 50, 45, 0.7 }, { 9, 17, 45, 0.5 }, { 1, 1, 7, 0.1 }, { 5, 1, 5, 1 }
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const int width = cases[i].width, height = cases[i].height, n = width * height;
      g_autofree float *plane = g_new (float, n);
      g_autofree float *blurred = g_new (float, n);
      g_autofree float *scratch = g_new (float, n);

      golden_fill_noise ("test.blur", plane, (gsize) n);
      memcpy (blurred, plane, (gsize) n * sizeof *plane);
      _siamban_image_blur_cross (blurred, width, height, cases[i].size, cases[i].weight, scratch);
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          {
            const double expected = cross_at (plane, width, height, x, y, cases[i].size,
                                              cases[i].weight);

            /* Two roundings to float32 of numbers below 256. */
            g_assert_cmpfloat_with_epsilon (blurred[y * width + x], expected, 5e-5);
          }
    }
}

static void
test_warp_border (void)
{
  g_autoptr (SiambanImage) image = new_gradient (30, 30);
  const double shift[6] = { 1, 0, 40, 0, 1, 0 }, identity[6] = { 1, 0, 0, 0, 1, 0 };
  const guint8 border[3] = { 1, 2, 3 };
  guint8 out[30 * 30 * 3], black[30 * 30 * 3];

  _siamban_image_warp_affine (_siamban_image_peek (image), 30, 30, identity, out, 30, 30);
  g_assert_cmpmem (out, sizeof out, _siamban_image_peek (image), sizeof out);
  _siamban_image_warp_affine_border (_siamban_image_peek (image), 30, 30, shift, border, out, 30,
                                     30);
  _siamban_image_warp_affine (_siamban_image_peek (image), 30, 30, shift, black, 30, 30);
  for (guint i = 0; i < 30 * 30; i++)
    {
      g_assert_cmpmem (out + 3 * i, 3, border, 3);
      g_assert_cmpmem (black + 3 * i, 3, "\0\0\0", 3);
    }
}

/* One pass is the warp and then the rest, bit for bit, also where the source ends. */
static void
test_warp_planes (void)
{
  const double offset[3] = { -3.7, 0, 11.3 };
  guint8 pixels[70 * 60 * 3], expected[40 * 30 * 3], bytes[40 * 30 * 3];
  float planes[3 * 40 * 30];

  for (gsize i = 0; i < sizeof pixels; i++)
    pixels[i] = (guint8) (256 * golden_unit ("warp-planes.pixels", i));
  for (guint i = 0; i < 300; i++)
    {
      const double scale = 0.3 + 3 * golden_unit ("warp-planes.scale", i);
      const int width = i % 10 == 0 ? 1 : 70, height = i % 10 == 1 ? 1 : 60;
      const double map[6] = { scale, 0,           200 * (golden_unit ("warp-planes.x", i) - 0.7),
                              0,     scale * 1.1, 200 * (golden_unit ("warp-planes.y", i) - 0.7) };

      _siamban_image_warp_affine (pixels, width, height, map, expected, 40, 30);
      _siamban_image_warp_to_planes (pixels, width, height, map, offset, bytes, planes, 40, 30);
      g_assert_cmpmem (bytes, sizeof bytes, expected, sizeof expected);
      for (guint j = 0; j < 40 * 30; j++)
        for (guint c = 0; c < 3; c++)
          g_assert_cmpfloat (planes[c * 40 * 30 + j], ==,
                             (float) (expected[3 * j + c] - offset[c]));
    }
}

static void
test_resize (void)
{
  const guint8 two[2 * 3] = { 0, 10, 20, 100, 110, 120 };
  guint8 four[4 * 3], one[1 * 3];

  /* Sample points at -0.25, 0.25, 0.75 and 1.25 of the two. */
  _siamban_image_resize (two, 2, 1, four, 4, 1);
  g_assert_cmpuint (four[0], ==, 0);
  g_assert_cmpuint (four[3], ==, 25);
  g_assert_cmpuint (four[6], ==, 75);
  g_assert_cmpuint (four[9], ==, 100);
  _siamban_image_resize (two, 2, 1, one, 1, 1);
  g_assert_cmpuint (one[0], ==, 50);
  g_assert_cmpuint (one[2], ==, 70);
}

static void
test_gray (void)
{
  const guint8 colors[4 * 3] = { 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 255 };
  const guint8 expected[4] = { 0, 255, 29, 76 };
  guint8 gray[4 * 3];

  _siamban_image_gray (colors, gray, 4);
  for (guint i = 0; i < 12; i++)
    g_assert_cmpuint (gray[i], ==, expected[i / 3]);
}

/* Reads the same files with OpenCV: SIAMBAN_PEERS names a Python that has it, or is just set. */
static void
test_peer (Fixture *fixture, gconstpointer data)
{
  static const char *
      script = "import sys, zlib, cv2\n"
               "for name in sys.argv[1:]: print('%08x' % zlib.crc32(cv2.imread(name).tobytes()))\n";
  g_autofree char *jpeg = g_build_filename (fixture->folder, "a.jpg", NULL);
  g_autofree char *png = g_build_filename (fixture->folder, "b.png", NULL);
  g_autofree char *turned = g_build_filename (fixture->folder, "c.jpg", NULL);
  const char *peers = g_getenv ("SIAMBAN_PEERS");
  const char *python = peers != NULL && g_path_is_absolute (peers) ? peers : "python3";
  const char *argv[] = { python, "-c", script, jpeg, png, turned, NULL };
  g_autoptr (SiambanImage) image = new_pattern ("test.peer", 211, 317);
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autofree char *printed = NULL;
  g_autoptr (GError) error = NULL;

  if (peers == NULL)
    {
      g_test_skip ("SIAMBAN_PEERS is not set");
      return;
    }

  siamban_image_save (image, jpeg, 90, NULL);
  siamban_image_save (image, png, 90, NULL);
  siamban_image_save (image, turned, 75, NULL);
  add_orientation (turned, 6);
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &printed, NULL, NULL,
                &error);
  g_assert_no_error (error);
  for (guint i = 3; i < 6; i++)
    {
      g_autoptr (SiambanImage) read = siamban_image_new_from_file (argv[i], &error);
      g_autofree char *crc = NULL;

      g_assert_no_error (error);
      crc = crc_of (read);
      g_string_append_printf (expected, "%s\n", crc);
    }
  g_assert_cmpstr (printed, ==, expected->str);
}

#define ADD(path, data, function) g_test_add (path, Fixture, data, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/image/from-data", test_from_data);
  ADD ("/image/png-loses-nothing", NULL, test_png_loses_nothing);
  ADD ("/image/jpeg-is-near", NULL, test_jpeg_is_near);
  ADD ("/image/save-errors", NULL, test_save_errors);
  ADD ("/image/damaged/jpeg", "a.jpg", test_damaged_files);
  ADD ("/image/damaged/png", "a.png", test_damaged_files);
  ADD ("/image/no-image", NULL, test_no_image);
  ADD ("/image/orientation", NULL, test_orientation);
  ADD ("/image/part", NULL, test_part);
  ADD ("/image/part-of-cut-file", NULL, test_part_of_cut_file);
  g_test_add_func ("/image/warp-window", test_warp_window);
  g_test_add_func ("/image/subwindow", test_subwindow);
  g_test_add_func ("/image/subwindow-far-away", test_subwindow_far_away);
  g_test_add_func ("/image/blur", test_blur);
  g_test_add_func ("/image/warp-border", test_warp_border);
  g_test_add_func ("/image/warp-planes", test_warp_planes);
  g_test_add_func ("/image/resize", test_resize);
  g_test_add_func ("/image/gray", test_gray);
  ADD ("/image/peer", NULL, test_peer);

  return g_test_run ();
}
