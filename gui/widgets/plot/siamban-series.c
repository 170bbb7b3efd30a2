/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-series-private.h"

#include <math.h>

SiambanSeries *
_siamban_series_new (const char *name)
{
  SiambanSeries *self = g_new0 (SiambanSeries, 1);

  self->name = g_strdup (name);
  self->points = g_array_new (FALSE, FALSE, sizeof (SiambanPoint));

  return self;
}

void
_siamban_series_free (SiambanSeries *self)
{
  g_array_unref (self->points);
  g_free (self->name);
  g_free (self);
}

/* The first point at or right of @x. */
static guint
first_from (const GArray *points, double x)
{
  guint low = 0, high = points->len;

  while (low < high)
    {
      const guint middle = (low + high) / 2;

      if (g_array_index (points, SiambanPoint, middle).x < x)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

GArray *
_siamban_series_decimate (const SiambanSeries *self, double x_low, double x_high, guint n_columns)
{
  GArray *columns = g_array_new (FALSE, FALSE, sizeof (SiambanColumn));
  const double width = (x_high - x_low) / MAX (n_columns, 1);
  gint64 current = -1;

  for (guint i = first_from (self->points, x_low); i < self->points->len; i++)
    {
      const SiambanPoint *point = &g_array_index (self->points, SiambanPoint, i);
      const gint64 at = width > 0 ? (gint64) floor ((point->x - x_low) / width) : 0;

      if (point->x > x_high)
        break;
      if (!isfinite (point->y))
        continue;

      if (at != current || columns->len == 0)
        {
          const SiambanColumn column = { point->x, point->y, point->y, point->y, point->y };

          g_array_append_val (columns, column);
          current = at;
        }
      else
        {
          SiambanColumn *column = &g_array_index (columns, SiambanColumn, columns->len - 1);

          column->low = MIN (column->low, point->y);
          column->high = MAX (column->high, point->y);
          column->last = point->y;
        }
    }

  return columns;
}

SiambanSeries *
_siamban_series_smooth (const SiambanSeries *self, double smoothing)
{
  SiambanSeries *smooth = _siamban_series_new (self->name);
  double sum = 0, weight = 0;

  g_array_set_size (smooth->points, self->points->len);
  for (guint i = 0; i < self->points->len; i++)
    {
      const SiambanPoint *point = &g_array_index (self->points, SiambanPoint, i);

      if (isfinite (point->y))
        {
          sum = sum * smoothing + point->y;
          weight = weight * smoothing + 1;
        }
      g_array_index (smooth->points, SiambanPoint,
                     i) = (SiambanPoint){ point->x, weight > 0 ? sum / weight : NAN };
    }

  return smooth;
}

double
_siamban_axis_step (double low, double high, guint n_steps)
{
  const double rough = (high - low) / MAX (n_steps, 1);
  const double power = pow (10, floor (log10 (rough)));

  if (!(rough > 0) || !isfinite (power))
    return 1;
  if (rough <= power)
    return power;
  if (rough <= 2 * power)
    return 2 * power;

  return rough <= 5 * power ? 5 * power : 10 * power;
}
