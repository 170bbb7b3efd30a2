/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "golden.h"
#include "siamban-augmentation-private.h"
#include "siamban-image-private.h"

/* float32 against the original's float64; blurs add two roundings. */
#define PIXEL_EPSILON 1e-4
#define BOX_EPSILON 1e-9

#define PROJECTION_KEY "image"

static SiambanBox
box_from (JsonObject *from, const char *key)
{
  JsonArray *edges = json_object_get_array_member (from, key);

  return (SiambanBox){ json_array_get_double_element (edges, 0),
                       json_array_get_double_element (edges, 1),
                       json_array_get_double_element (edges, 2),
                       json_array_get_double_element (edges, 3) };
}

static void
assert_same_box (const SiambanBox *a, const SiambanBox *b)
{
  g_assert_cmpfloat_with_epsilon (a->x1, b->x1, BOX_EPSILON);
  g_assert_cmpfloat_with_epsilon (a->y1, b->y1, BOX_EPSILON);
  g_assert_cmpfloat_with_epsilon (a->x2, b->x2, BOX_EPSILON);
  g_assert_cmpfloat_with_epsilon (a->y2, b->y2, BOX_EPSILON);
}

/* The next of the recorded draws, which must be of the expected kind. */
static JsonNode *
next_draw (JsonArray *draws, guint *at, const char *kind)
{
  JsonObject *draw = json_array_get_object_element (draws, (*at)++);

  g_assert_cmpstr (json_object_get_string_member (draw, "fn"), ==, kind);

  return json_object_get_member (draw, "value");
}

static double
next_uniform (JsonArray *draws, guint *at)
{
  return golden_number (next_draw (draws, at, "random"));
}

/* Brings the draws of the original, made only when needed, into our fields. */
static void
read_draws (JsonObject *from, SiambanAugmentationDraws *to)
{
  JsonObject *options = json_object_get_object_member (from, "aug");
  JsonArray *draws = json_object_get_array_member (from, "draws");
  guint at = 0;

  to->gray = json_object_get_boolean_member (from, "gray");
  if (golden_member (options, "scale") != 0)
    {
      to->scale_x = next_uniform (draws, &at);
      to->scale_y = next_uniform (draws, &at);
    }
  if (golden_member (options, "shift") != 0)
    {
      to->shift_x = next_uniform (draws, &at);
      to->shift_y = next_uniform (draws, &at);
    }
  to->color_gate = next_uniform (draws, &at);
  if (golden_member (options, "color") > to->color_gate)
    {
      JsonArray *normals = json_node_get_array (next_draw (draws, &at, "randn"));

      to->color_1 = json_array_get_double_element (normals, 0);
      to->color_2 = json_array_get_double_element (normals, 1);
      to->color_3 = json_array_get_double_element (normals, 2);
    }
  to->blur_gate = next_uniform (draws, &at);
  if (golden_member (options, "blur") > to->blur_gate)
    {
      to->blur_size = (guint) json_node_get_int (next_draw (draws, &at, "choice"));
      to->blur_weight = next_uniform (draws, &at);
    }
  if (golden_member (options, "flip") != 0)
    to->flip_gate = next_uniform (draws, &at);
  g_assert_cmpuint (at, ==, json_array_get_length (draws));
}

/* Back to bytes side by side, the order of the golden pixels. */
static double *
interleave (SiambanAugmentedImage *image)
{
  const gsize size = siamban_augmented_image_get_size (image), n = size * size;
  g_autoptr (GBytes) bytes = siamban_augmented_image_get_pixels (image);
  const float *planes = g_bytes_get_data (bytes, NULL);
  double *pixels = g_new (double, 3 * n);

  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 3 * n * sizeof (float));
  for (gsize i = 0; i < n; i++)
    for (gsize c = 0; c < 3; c++)
      pixels[3 * i + c] = planes[c * n + i];

  return pixels;
}

static void
assert_pixels (const double *pixels, gsize at, JsonArray *expected, double epsilon)
{
  for (guint i = 0; i < json_array_get_length (expected); i++)
    g_assert_cmpfloat_with_epsilon (pixels[at + i], json_array_get_double_element (expected, i),
                                    epsilon);
}

static void
assert_out (Golden *golden, JsonObject *from, SiambanAugmentedImage *image)
{
  JsonObject *out = json_object_get_object_member (from, "out");
  const gsize size = siamban_augmented_image_get_size (image), n = 3 * size * size;
  const gboolean bytes = g_str_equal (json_object_get_string_member (out, "dtype"), "uint8");
  const gboolean blurred = json_object_has_member (from, "blur_kernel_size");
  /* Rounded to bytes, a blur may fall on the other side of one half. */
  const double epsilon = bytes ? (blurred ? 1.5 : 0.5) : PIXEL_EPSILON;
  g_autofree double *pixels = interleave (image);
  g_autofree char *key = g_strconcat (json_object_get_string_member (from, "name"), ".out", NULL);

  assert_pixels (pixels, 0, json_object_get_array_member (out, "first_row_first_8px"), epsilon);
  assert_pixels (pixels, size / 2 * size * 3,
                 json_object_get_array_member (out, "mid_row_first_8px"), epsilon);
  /* Two roundings to float32, each within 2^-17 for values to 256, add up like a random walk. */
  g_assert_cmpfloat_with_epsilon (golden_projection_f64 (PROJECTION_KEY, pixels, n),
                                  golden_member (out, "proj"),
                                  bytes && blurred ? 5 : 2 * 7.7e-6 * sqrt ((double) n));
  if (json_object_has_member (json_object_get_object_member (golden->root, "tensors"), key))
    {
      gsize n_expected;
      const float *expected = golden_tensor (golden, key, "f32", &n_expected);

      g_assert_cmpuint (n_expected, ==, n);
      for (gsize i = 0; i < n; i++)
        g_assert_cmpfloat_with_epsilon (pixels[i], expected[i], PIXEL_EPSILON);
    }
}

static void
test_case (Golden *golden, JsonObject *from)
{
  JsonObject *source = json_object_get_object_member (from, "image");
  JsonObject *options = json_object_get_object_member (from, "aug");
  JsonArray *annotated = json_object_get_array_member (from, "anno");
  const int height = (int) json_object_get_int_member (source, "h");
  const int width = (int) json_object_get_int_member (source, "w");
  const guint size = (guint) json_object_get_int_member (from, "size");
  g_autoptr (SiambanImage) image = _siamban_image_new_take (
      (guint) width, (guint) height,
      golden_pattern (json_object_get_string_member (source, "pattern"), height, width));
  g_autoptr (SiambanAugmentation) augmentation = siamban_augmentation_new (
      golden_member (options, "shift"), golden_member (options, "scale"),
      golden_member (options, "blur"), golden_member (options, "flip"),
      golden_member (options, "color"));
  g_autoptr (SiambanAugmentationDraws) draws = siamban_augmentation_draws_new ();
  g_autoptr (SiambanAugmentedImage) out = NULL;
  g_autoptr (SiambanImage) cropped = NULL;
  g_autofree char *crc = NULL;
  SiambanBox box = { 0 }, expected;

  if (json_array_get_length (annotated) == 4)
    box = box_from (from, "anno");
  else
    box = (SiambanBox){ 0, 0, json_array_get_double_element (annotated, 0),
                        json_array_get_double_element (annotated, 1) };
  /* The box of a crop follows from the size of templates, whatever this image is for. */
  box = _siamban_box_in_crop (&box, (guint) width, (guint) height, 127);
  expected = box_from (from, "box_from_get_bbox");
  assert_same_box (&box, &expected);

  read_draws (from, draws);
  out = siamban_augmentation_apply (augmentation, image, &box, size, draws);
  expected = box_from (from, "crop_bbox");
  assert_same_box (siamban_augmented_image_get_crop (out), &expected);
  expected = box_from (from, "out_bbox");
  assert_same_box (siamban_augmented_image_get_box (out), &expected);
  cropped = siamban_augmented_image_get_cropped (out);
  crc = golden_crc32 (_siamban_image_peek (cropped), (gsize) size * size * 3);
  g_assert_cmpstr (
      crc, ==,
      json_object_get_string_member (json_object_get_object_member (from, "crop"), "crc32"));
  assert_out (golden, from, out);
}

static void
test_golden (void)
{
  g_autoptr (Golden) golden = golden_load ("augment");
  JsonArray *cases = json_object_get_array_member (golden->root, "cases");

  g_assert_cmpuint (json_array_get_length (cases), >, 0);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *from = json_array_get_object_element (cases, i);

      g_test_message ("%s", json_object_get_string_member (from, "name"));
      test_case (golden, from);
    }
}

/* The same seed gives the same image, another one another. */
static void
test_replay (void)
{
  g_autoptr (SiambanAugmentation) augmentation = siamban_augmentation_new (64, 0.18, 0.5, 0.5, 1);
  g_autoptr (SiambanImage)
      image = _siamban_image_new_take (300, 300, golden_pattern ("test.replay", 300, 300));
  const SiambanBox box = { 120, 130, 180, 170 };
  g_autoptr (GBytes) first = NULL;

  for (guint seed = 0; seed < 20; seed++)
    for (guint turn = 0; turn < 2; turn++)
      {
        g_autoptr (SiambanAugmentationDraws)
            draws = siamban_augmentation_draws_new_from_seed (seed, seed % 2);
        g_autoptr (SiambanAugmentationDraws) copy = siamban_augmentation_draws_copy (draws);
        g_autoptr (SiambanAugmentedImage)
            out = siamban_augmentation_apply (augmentation, image, &box, 63, turn ? copy : draws);
        g_autoptr (GBytes) pixels = siamban_augmented_image_get_pixels (out);

        if (turn == 0)
          {
            g_assert_false (first != NULL && g_bytes_equal (first, pixels));
            g_clear_pointer (&first, g_bytes_unref);
            first = g_steal_pointer (&pixels);
          }
        else
          g_assert_true (g_bytes_equal (first, pixels));
      }
}

/* Draws stay in their ranges, and each kernel size turns up. */
static void
test_draws (void)
{
  guint seen[64] = { 0 };
  double sum = 0, square = 0;

  for (guint seed = 0; seed < 5000; seed++)
    {
      g_autoptr (SiambanAugmentationDraws)
          draws = siamban_augmentation_draws_new_from_seed (seed, FALSE);

      g_assert_cmpfloat (draws->scale_x, >=, 0);
      g_assert_cmpfloat (draws->flip_gate, <, 1);
      g_assert_cmpuint (draws->blur_size, >=, 5);
      g_assert_cmpuint (draws->blur_size, <=, 45);
      seen[draws->blur_size]++;
      sum += draws->color_2;
      square += draws->color_2 * draws->color_2;
    }
  for (guint size = 5; size <= 45; size += 2)
    g_assert_cmpuint (seen[size], >, 0);
  g_assert_cmpfloat_with_epsilon (sum / 5000, 0, 0.1);
  g_assert_cmpfloat_with_epsilon (square / 5000, 1, 0.1);
}

/* Without a chance of anything the middle of the image comes out as it is. */
static void
test_nothing (void)
{
  g_autoptr (SiambanAugmentation) augmentation = siamban_augmentation_new (0, 0, 0, 0, 0);
  g_autoptr (SiambanImage)
      image = _siamban_image_new_take (101, 101, golden_pattern ("test.nothing", 101, 101));
  g_autoptr (SiambanAugmentationDraws) draws = siamban_augmentation_draws_new_from_seed (1, FALSE);
  const SiambanBox box = { 40, 40, 60, 60 };
  g_autoptr (SiambanAugmentedImage)
      out = siamban_augmentation_apply (augmentation, image, &box, 51, draws);
  g_autofree double *pixels = interleave (out);
  const guint8 *source = _siamban_image_peek (image);
  const SiambanBox expected = { 15, 15, 35, 35 };

  assert_same_box (siamban_augmented_image_get_box (out), &expected);
  for (guint y = 0; y < 51; y++)
    for (guint x = 0; x < 51 * 3; x++)
      g_assert_cmpfloat (pixels[y * 51 * 3 + x], ==, source[(y + 25) * 101 * 3 + 25 * 3 + x]);
}

static void
test_properties (void)
{
  g_autoptr (SiambanAugmentation) augmentation = siamban_augmentation_new (4, 0.05, 0.2, 0.3, 0.9);
  double shift, scale, blur, flip, color;

  g_object_get (augmentation, "shift", &shift, "scale", &scale, "blur", &blur, "flip", &flip,
                "color", &color, NULL);
  g_assert_cmpfloat (shift, ==, 4);
  g_assert_cmpfloat (scale, ==, 0.05);
  g_assert_cmpfloat (blur, ==, 0.2);
  g_assert_cmpfloat (flip, ==, 0.3);
  g_assert_cmpfloat (color, ==, 0.9);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/augment/golden", test_golden);
  g_test_add_func ("/augment/replay", test_replay);
  g_test_add_func ("/augment/draws", test_draws);
  g_test_add_func ("/augment/nothing", test_nothing);
  g_test_add_func ("/augment/properties", test_properties);

  return g_test_run ();
}
