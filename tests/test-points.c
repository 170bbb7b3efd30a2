/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "golden.h"
#include "siamban-error.h"
#include "siamban-point-target.h"

/* More than a map has points: nothing is left out. */
#define ALL 1000000

static guint
config_of (Golden *golden, const char *key)
{
  return (guint) json_object_get_int_member (json_object_get_object_member (golden->root, "config"),
                                             key);
}

static SiambanBox
box_of (JsonObject *from)
{
  JsonArray *edges = json_object_get_array_member (from, "box");

  return (SiambanBox){ json_array_get_double_element (edges, 0),
                       json_array_get_double_element (edges, 1),
                       json_array_get_double_element (edges, 2),
                       json_array_get_double_element (edges, 3) };
}

static guint
count (const gint8 *classes, gsize n, gint8 value)
{
  guint found = 0;

  for (gsize i = 0; i < n; i++)
    found += classes[i] == value;

  return found;
}

static void
test_points (void)
{
  g_autoptr (Golden) golden = golden_load ("points");
  g_autoptr (SiambanPointTarget)
      target = siamban_point_target_new (config_of (golden, "stride"), config_of (golden, "size"),
                                         2 * config_of (golden, "im_c") + 1, ALL, ALL, ALL);
  g_autoptr (GBytes) points = siamban_point_target_get_points (target);
  gsize n;
  const float *expected = golden_tensor (golden, "points", "f32", &n);

  g_assert_cmpmem (g_bytes_get_data (points, NULL), g_bytes_get_size (points), expected, 4 * n);
}

/* Every point bit for bit, before a random few are kept. */
static void
test_masks (void)
{
  g_autoptr (Golden) golden = golden_load ("points");
  JsonArray *cases = json_object_get_array_member (golden->root, "cases");
  const guint size = config_of (golden, "size"), n_points = size * size;
  const gint8 *classes = golden_tensor (golden, "cls_before_sampling", "i8", NULL);
  const float *offsets = golden_tensor (golden, "delta", "f32", NULL);
  /* Both kinds without a limit: the total is what targets leave to the background. */
  g_autoptr (SiambanPointTarget) target = siamban_point_target_new (
      config_of (golden, "stride"), size, 2 * config_of (golden, "im_c") + 1, ALL, ALL, 2 * ALL);

  g_assert_cmpuint (json_array_get_length (cases), >, 0);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *from = json_array_get_object_element (cases, i);
      const SiambanBox box = box_of (from);
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanPointLabels) labels = siamban_point_target_assign (
          target, &box, json_object_get_boolean_member (from, "neg"), i, &error);
      g_autoptr (GBytes) found_classes = NULL;
      g_autoptr (GBytes) found_offsets = NULL;

      g_assert_no_error (error);
      g_test_message ("case %u", i);
      g_assert_cmpuint (siamban_point_labels_get_size (labels), ==, size);
      found_classes = siamban_point_labels_get_classes (labels);
      found_offsets = siamban_point_labels_get_offsets (labels);
      g_assert_cmpmem (g_bytes_get_data (found_classes, NULL), g_bytes_get_size (found_classes),
                       classes + i * n_points, n_points);
      g_assert_cmpmem (g_bytes_get_data (found_offsets, NULL), g_bytes_get_size (found_offsets),
                       offsets + i * 4 * n_points, 4 * n_points * sizeof (float));
    }
}

/* With the limits of training: as many as the original keeps, all of them candidates. */
static void
test_sampling (void)
{
  g_autoptr (Golden) golden = golden_load ("points");
  JsonArray *cases = json_object_get_array_member (golden->root, "cases");
  const guint size = config_of (golden, "size"), n_points = size * size;
  const gint8 *candidates = golden_tensor (golden, "cls_before_sampling", "i8", NULL);
  g_autoptr (SiambanPointTarget) target = siamban_point_target_new (
      config_of (golden, "stride"), size, 2 * config_of (golden, "im_c") + 1,
      config_of (golden, "pos_num"), config_of (golden, "neg_num_in_neg_pair"),
      config_of (golden, "total_num"));

  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *from = json_array_get_object_element (cases, i);
      const SiambanBox box = box_of (from);
      const gboolean negative = json_object_get_boolean_member (from, "neg");
      g_autoptr (SiambanPointLabels)
          labels = siamban_point_target_assign (target, &box, negative, i, NULL);
      g_autoptr (SiambanPointLabels)
          again = siamban_point_target_assign (target, &box, negative, i, NULL);
      g_autoptr (GBytes) found = siamban_point_labels_get_classes (labels);
      g_autoptr (GBytes) found_again = siamban_point_labels_get_classes (again);
      const gint8 *classes = g_bytes_get_data (found, NULL);

      g_assert_true (g_bytes_equal (found, found_again));
      g_assert_cmpint (count (classes, n_points, 1), ==,
                       json_object_get_int_member (from, "sampled_pos"));
      g_assert_cmpint (count (classes, n_points, 0), ==,
                       json_object_get_int_member (from, "sampled_neg"));
      g_assert_cmpint (count (classes, n_points, -1), ==,
                       json_object_get_int_member (from, "sampled_ignore"));
      for (guint j = 0; j < n_points; j++)
        if (classes[j] >= 0)
          g_assert_cmpint (classes[j], ==, candidates[i * n_points + j]);
    }
}

/* Each candidate is kept equally often. */
static void
test_sampling_is_uniform (void)
{
  g_autoptr (SiambanPointTarget) target = siamban_point_target_new (8, 25, 255, 16, 16, 64);
  const SiambanBox box = { 63, 63, 191, 191 };
  guint hits[625] = { 0 };
  guint n_candidates = 0;

  for (guint seed = 0; seed < 4000; seed++)
    {
      g_autoptr (SiambanPointLabels)
          labels = siamban_point_target_assign (target, &box, FALSE, seed, NULL);
      g_autoptr (GBytes) bytes = siamban_point_labels_get_classes (labels);
      const gint8 *classes = g_bytes_get_data (bytes, NULL);

      for (guint i = 0; i < 625; i++)
        hits[i] += classes[i] == 1;
    }
  for (guint i = 0; i < 625; i++)
    n_candidates += hits[i] > 0;
  for (guint i = 0; i < 625; i++)
    if (hits[i] > 0)
      {
        const double expected = 4000.0 * 16 / n_candidates;

        /* Six standard deviations of a binomial count. */
        g_assert_cmpfloat (ABS (hits[i] - expected), <, 6 * 30);
      }
}

static void
test_invalid_box (void)
{
  static const SiambanBox boxes[] = { { 5, 5, 5, 9 },
                                      { 9, 5, 5, 9 },
                                      { 0, 0, G_MAXDOUBLE * 10, 4 } };
  g_autoptr (SiambanPointTarget) target = siamban_point_target_new (8, 25, 255, 16, 16, 64);

  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (siamban_point_target_assign (target, &boxes[i], FALSE, 0, &error));
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_BOX);
    }
}

static void
test_properties (void)
{
  g_autoptr (SiambanPointTarget) target = siamban_point_target_new (4, 9, 64, 3, 2, 7);
  guint stride, output_size, search_size, pos_num, neg_num, total_num;

  g_object_get (target, "stride", &stride, "output-size", &output_size, "search-size", &search_size,
                "pos-num", &pos_num, "neg-num", &neg_num, "total-num", &total_num, NULL);
  g_assert_cmpuint (stride, ==, 4);
  g_assert_cmpuint (output_size, ==, 9);
  g_assert_cmpuint (search_size, ==, 64);
  g_assert_cmpuint (pos_num, ==, 3);
  g_assert_cmpuint (neg_num, ==, 2);
  g_assert_cmpuint (total_num, ==, 7);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/points/points", test_points);
  g_test_add_func ("/points/masks", test_masks);
  g_test_add_func ("/points/sampling", test_sampling);
  g_test_add_func ("/points/sampling-is-uniform", test_sampling_is_uniform);
  g_test_add_func ("/points/invalid-box", test_invalid_box);
  g_test_add_func ("/points/properties", test_properties);

  return g_test_run ();
}
