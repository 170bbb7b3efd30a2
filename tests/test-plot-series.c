/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-series-private.h"

static void
append (SiambanSeries *series, double x, double y)
{
  const SiambanPoint point = { x, y };

  g_array_append_val (series->points, point);
}

/* However few columns there are, the one high point must stay visible. */
static void
test_peak_survives (void)
{
  SiambanSeries *series = _siamban_series_new ("loss");
  g_autoptr (GArray) columns = NULL;
  double highest = 0;

  for (guint i = 0; i < 1000000; i++)
    append (series, i, i == 123456 ? 50 : i == 7 ? NAN : 1);
  columns = _siamban_series_decimate (series, 0, 1000000, 640);

  g_assert_cmpuint (columns->len, <=, 640);
  g_assert_cmpuint (columns->len, >=, 600);
  for (guint i = 0; i < columns->len; i++)
    highest = MAX (highest, g_array_index (columns, SiambanColumn, i).high);
  g_assert_cmpfloat (highest, ==, 50);

  _siamban_series_free (series);
}

static void
test_range (void)
{
  SiambanSeries *series = _siamban_series_new ("loss");
  g_autoptr (GArray) columns = NULL;

  for (guint i = 0; i < 100; i++)
    append (series, i, i);
  columns = _siamban_series_decimate (series, 20, 29, 1000);

  g_assert_cmpuint (columns->len, ==, 10);
  g_assert_cmpfloat (g_array_index (columns, SiambanColumn, 0).first, ==, 20);
  g_assert_cmpfloat (g_array_index (columns, SiambanColumn, 9).last, ==, 29);

  _siamban_series_free (series);
}

static void
test_smoothing (void)
{
  SiambanSeries *constant = _siamban_series_new ("constant");
  SiambanSeries *step = _siamban_series_new ("step");
  SiambanSeries *smooth;

  for (guint i = 0; i < 50; i++)
    {
      append (constant, i, 0.25);
      append (step, i, i < 25 ? 0 : 1);
    }

  smooth = _siamban_series_smooth (constant, 0.9);
  for (guint i = 0; i < 50; i++)
    g_assert_cmpfloat_with_epsilon (g_array_index (smooth->points, SiambanPoint, i).y, 0.25, 1e-12);
  _siamban_series_free (smooth);

  smooth = _siamban_series_smooth (step, 0.9);
  g_assert_cmpfloat (g_array_index (smooth->points, SiambanPoint, 24).y, ==, 0);
  g_assert_cmpfloat (g_array_index (smooth->points, SiambanPoint, 25).y, <, 0.2);
  g_assert_cmpfloat (g_array_index (smooth->points, SiambanPoint, 49).y, >, 0.9);
  _siamban_series_free (smooth);

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

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/plot-series/peak-survives", test_peak_survives);
  g_test_add_func ("/plot-series/range", test_range);
  g_test_add_func ("/plot-series/smoothing", test_smoothing);
  g_test_add_func ("/plot-series/axis-steps", test_axis_steps);

  return g_test_run ();
}
