/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-axis-private.h"
#include "siamban-series-private.h"

/* However few columns there are, the one high point must stay visible. */
static void
test_peak_survives (void)
{
  SiambanSeries *series = _siamban_series_new ("loss");
  g_autoptr (GArray) columns = NULL;
  double highest = 0;

  for (guint i = 0; i < 1000000; i++)
    _siamban_series_append (series, i, i == 123456 ? 50 : i == 7 ? NAN : 1);
  columns = _siamban_series_decimate (series, 0, 1000000, 640);

  g_assert_cmpuint (columns->len, <=, 640);
  g_assert_cmpuint (columns->len, >=, 600);
  for (guint i = 0; i < columns->len; i++)
    highest = MAX (highest, g_array_index (columns, SiambanColumn, i).high);
  g_assert_cmpfloat (highest, ==, 50);

  _siamban_series_free (series);
}

/* Ten points in sight, and the neighbour on either side. */
static void
test_range (void)
{
  SiambanSeries *series = _siamban_series_new ("loss");
  g_autoptr (GArray) columns = NULL;

  for (guint i = 0; i < 100; i++)
    _siamban_series_append (series, i, i);
  columns = _siamban_series_decimate (series, 20, 29, 1000);

  g_assert_cmpuint (columns->len, ==, 12);
  g_assert_cmpfloat (g_array_index (columns, SiambanColumn, 0).first, ==, 19);
  g_assert_cmpfloat (g_array_index (columns, SiambanColumn, 1).first, ==, 20);
  g_assert_cmpfloat (g_array_index (columns, SiambanColumn, 11).last, ==, 30);

  _siamban_series_free (series);
}

static void
assert_extent (const SiambanSeries *series, guint from, guint to)
{
  const SiambanExtent extent = _siamban_series_get_extent (series, from, to);
  double low = INFINITY, high = -INFINITY, low_positive = INFINITY;

  for (guint i = from; i < to; i++)
    {
      const double y = g_array_index (series->points, SiambanPoint, i).y;

      if (!isfinite (y))
        continue;
      low = MIN (low, y);
      high = MAX (high, y);
      if (y > 0)
        low_positive = MIN (low_positive, y);
    }
  g_assert_cmpfloat (extent.low, ==, low);
  g_assert_cmpfloat (extent.high, ==, high);
  g_assert_cmpfloat (extent.low_positive, ==, low_positive);
}

/* The levels of sums against plain loops, before and after a part is forgotten. */
static void
test_extent (void)
{
  SiambanSeries *series = _siamban_series_new ("loss");
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (guint round = 0; round < 2; round++)
    {
      for (guint i = round * 777; i < 5000; i++)
        _siamban_series_append (
            series, i,
            g_rand_int_range (random, 0, 10) == 0 ? NAN : g_rand_double_range (random, -1, 1));
      g_assert_cmpuint (series->points->len, ==, 5000);
      for (guint i = 0; i < 2000; i++)
        {
          const guint from = (guint) g_rand_int_range (random, 0, 5001);

          assert_extent (series, from, (guint) g_rand_int_range (random, (gint32) from, 5001));
        }
    }

  _siamban_series_clear (series);
  g_assert_cmpuint (series->points->len, ==, 0);
  assert_extent (series, 0, 0);
  _siamban_series_append (series, 3, 4);
  assert_extent (series, 0, 1);

  _siamban_series_free (series);
}

/* Points 10 to 19 are none: the curve is interrupted there and nowhere else. */
static void
test_gaps (void)
{
  SiambanSeries *series = _siamban_series_new ("loss");
  g_autoptr (GArray) columns = NULL;
  g_autoptr (GArray) smooth = NULL;

  _siamban_series_set_smoothing (series, 0.5);
  for (guint i = 0; i < 100; i++)
    _siamban_series_append (series, i, i == 50 ? INFINITY : i >= 10 && i < 20 ? NAN : 1);
  columns = _siamban_series_decimate (series, 0, 100, 1000);
  smooth = _siamban_series_decimate (_siamban_series_get_smooth (series), 0, 100, 1000);

  g_assert_cmpuint (columns->len, ==, 89);
  g_assert_cmpuint (smooth->len, ==, 89);
  for (guint i = 0; i < columns->len; i++)
    {
      const SiambanColumn *column = &g_array_index (columns, SiambanColumn, i);

      g_assert_cmpint (column->gap, ==, column->x == 0 || column->x == 20 || column->x == 51);
      g_assert_cmpint (g_array_index (smooth, SiambanColumn, i).gap, ==, column->gap);
    }

  _siamban_series_free (series);
}

static double
smooth_at (SiambanSeries *series, guint at)
{
  return g_array_index (_siamban_series_get_smooth (series)->points, SiambanPoint, at).y;
}

static void
test_smoothing (void)
{
  SiambanSeries *constant = _siamban_series_new ("constant");
  SiambanSeries *step = _siamban_series_new ("step");

  _siamban_series_set_smoothing (constant, 0.9);
  for (guint i = 0; i < 50; i++)
    {
      _siamban_series_append (constant, i, 0.25);
      _siamban_series_append (step, i, i < 25 ? 0 : 1);
    }
  _siamban_series_set_smoothing (step, 0.9);

  for (guint i = 0; i < 50; i++)
    g_assert_cmpfloat_with_epsilon (smooth_at (constant, i), 0.25, 1e-12);
  g_assert_cmpfloat (smooth_at (step, 24), ==, 0);
  g_assert_cmpfloat (smooth_at (step, 25), <, 0.2);
  g_assert_cmpfloat (smooth_at (step, 49), >, 0.9);

  /* A run that goes back and does the same again looks the same. */
  const double before = smooth_at (step, 49);

  for (guint i = 30; i < 50; i++)
    _siamban_series_append (step, i, 1);
  g_assert_cmpuint (step->points->len, ==, 50);
  g_assert_cmpfloat (smooth_at (step, 49), ==, before);

  _siamban_series_set_smoothing (step, 0);
  g_assert_true (_siamban_series_get_smooth (step) == step);

  _siamban_series_free (constant);
  _siamban_series_free (step);
}

static void
test_axis_steps (void)
{
  g_assert_cmpfloat_with_epsilon (_siamban_axis_step (0, 10, 5), 2, 1e-12);
  g_assert_cmpfloat_with_epsilon (_siamban_axis_step (0, 1, 4), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (_siamban_axis_step (0, 3000, 6), 500, 1e-9);
  g_assert_cmpfloat (_siamban_axis_step (5, 5, 4), >, 0);
}

static void
test_axis_pixels (void)
{
  const SiambanAxis plain = { .low = 10, .high = 20, .start = 100, .end = 0 };
  const SiambanAxis logarithmic = { .low = -3, .high = 0, .logarithmic = TRUE, .end = 300 };
  SiambanAxis empty = { .low = 1e12, .high = 1e12 };

  g_assert_cmpfloat_with_epsilon (_siamban_axis_to_pixel (&plain, 12), 80, 1e-9);
  g_assert_cmpfloat_with_epsilon (_siamban_axis_from_pixel (&plain, 80), 12, 1e-9);
  g_assert_cmpfloat_with_epsilon (_siamban_axis_to_pixel (&logarithmic, 0.01), 100, 1e-9);
  g_assert_cmpfloat_with_epsilon (_siamban_axis_from_pixel (&logarithmic, 200), 0.1, 1e-9);
  g_assert_cmpfloat (_siamban_axis_to_pixel (&logarithmic, 0), ==, 0);
  g_assert_cmpfloat (_siamban_axis_to_pixel (&logarithmic, -5), ==, 0);
  _siamban_axis_widen (&empty);
  g_assert_cmpfloat (empty.low, <, empty.high);
}

static void
test_axis_moves (void)
{
  double low = 0, high = 100;

  _siamban_axis_zoom (&low, &high, 25, 0.2);
  g_assert_cmpfloat_with_epsilon (low, 20, 1e-9);
  g_assert_cmpfloat_with_epsilon (high, 40, 1e-9);
  _siamban_axis_pan (&low, &high, 500, 0, 100);
  g_assert_cmpfloat_with_epsilon (low, 80, 1e-9);
  g_assert_cmpfloat_with_epsilon (high, 100, 1e-9);
  _siamban_axis_pan (&low, &high, -500, 0, 100);
  g_assert_cmpfloat_with_epsilon (low, 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (high, 20, 1e-9);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/plot-series/peak-survives", test_peak_survives);
  g_test_add_func ("/plot-series/range", test_range);
  g_test_add_func ("/plot-series/extent", test_extent);
  g_test_add_func ("/plot-series/gaps", test_gaps);
  g_test_add_func ("/plot-series/smoothing", test_smoothing);
  g_test_add_func ("/plot-series/axis-steps", test_axis_steps);
  g_test_add_func ("/plot-series/axis-pixels", test_axis_pixels);
  g_test_add_func ("/plot-series/axis-moves", test_axis_moves);

  return g_test_run ();
}
