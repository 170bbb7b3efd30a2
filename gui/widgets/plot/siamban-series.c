/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-series-private.h"

#include <math.h>

/* Entries of a level that one entry of the next sums up. */
#define BLOCK 16u

typedef struct
{
  double sum;
  double weight;
} SiambanAverage;

static const SiambanExtent nothing = { INFINITY, -INFINITY, INFINITY };

SiambanSeries *
_siamban_series_new (const char *name)
{
  SiambanSeries *self = g_new0 (SiambanSeries, 1);

  self->name = g_strdup (name);
  self->points = g_array_new (FALSE, FALSE, sizeof (SiambanPoint));
  self->levels = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  self->averages = g_array_new (FALSE, FALSE, sizeof (SiambanAverage));

  return self;
}

void
_siamban_series_free (SiambanSeries *self)
{
  g_clear_pointer (&self->smooth, _siamban_series_free);
  g_array_unref (self->points);
  g_ptr_array_unref (self->levels);
  g_array_unref (self->averages);
  g_free (self->name);
  g_free (self);
}

guint
_siamban_series_find (const SiambanSeries *self, double x)
{
  guint low = 0, high = self->points->len;

  while (low < high)
    {
      const guint middle = low + (high - low) / 2;

      if (g_array_index (self->points, SiambanPoint, middle).x < x)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

/* Entry @at of a level; level 0 is the points themselves. */
static SiambanExtent
get_entry (const SiambanSeries *self, guint level, guint at)
{
  double y;

  if (level > 0)
    return g_array_index ((GArray *) g_ptr_array_index (self->levels, level - 1), SiambanExtent,
                          at);

  y = g_array_index (self->points, SiambanPoint, at).y;

  return isfinite (y) ? (SiambanExtent){ y, y, y > 0 ? y : INFINITY } : nothing;
}

static void
join (SiambanExtent *extent, const SiambanExtent *other)
{
  extent->low = MIN (extent->low, other->low);
  extent->high = MAX (extent->high, other->high);
  extent->low_positive = MIN (extent->low_positive, other->low_positive);
}

static void
join_entries (const SiambanSeries *self, guint level, guint from, guint to, SiambanExtent *extent)
{
  for (guint i = from; i < to; i++)
    {
      const SiambanExtent entry = get_entry (self, level, i);

      join (extent, &entry);
    }
}

SiambanExtent
_siamban_series_get_extent (const SiambanSeries *self, guint from, guint to)
{
  SiambanExtent extent = nothing;

  /* At each level the ends that fill no block; the blocks between are entries of the next. */
  for (guint level = 0; from < to; level++)
    {
      const guint first = (from + BLOCK - 1) / BLOCK, last = to / BLOCK;

      if (level == self->levels->len || first >= last)
        {
          join_entries (self, level, from, to, &extent);
          break;
        }
      join_entries (self, level, from, first * BLOCK, &extent);
      join_entries (self, level, last * BLOCK, to, &extent);
      from = first;
      to = last;
    }

  return extent;
}

/* Levels hold whole blocks only, so that to forget points is to shorten them. */
static void
truncate_to (SiambanSeries *self, guint n_points)
{
  guint n = n_points;

  g_array_set_size (self->points, n);
  for (guint i = 0; i < self->levels->len; i++)
    {
      n /= BLOCK;
      g_array_set_size (g_ptr_array_index (self->levels, i), n);
    }
  g_array_set_size (self->averages, MIN (self->averages->len, n_points));
  if (self->smooth != NULL)
    truncate_to (self->smooth, n_points);
}

static void
sum_up (SiambanSeries *self)
{
  guint n = self->points->len;

  for (guint level = 0; n > 0 && n % BLOCK == 0; level++, n /= BLOCK)
    {
      SiambanExtent extent = nothing;

      if (level == self->levels->len)
        g_ptr_array_add (self->levels, g_array_new (FALSE, FALSE, sizeof (SiambanExtent)));
      join_entries (self, level, n - BLOCK, n, &extent);
      g_array_append_val ((GArray *) g_ptr_array_index (self->levels, level), extent);
    }
}

static void
append_smooth (SiambanSeries *self, const SiambanPoint *point)
{
  SiambanAverage average = { 0 };

  if (self->averages->len > 0)
    average = g_array_index (self->averages, SiambanAverage, self->averages->len - 1);
  if (isfinite (point->y))
    {
      average.sum = average.sum * self->smoothing + point->y;
      average.weight = average.weight * self->smoothing + 1;
    }
  g_array_append_val (self->averages, average);
  _siamban_series_append (self->smooth, point->x,
                          isfinite (point->y) ? average.sum / average.weight : NAN);
}

void
_siamban_series_append (SiambanSeries *self, double x, double y)
{
  const SiambanPoint point = { x, y };

  g_return_if_fail (isfinite (x));

  if (self->points->len > 0 &&
      x <= g_array_index (self->points, SiambanPoint, self->points->len - 1).x)
    truncate_to (self, _siamban_series_find (self, x));

  g_array_append_val (self->points, point);
  sum_up (self);
  if (self->smooth != NULL)
    append_smooth (self, &point);
}

void
_siamban_series_clear (SiambanSeries *self)
{
  truncate_to (self, 0);
}

void
_siamban_series_set_smoothing (SiambanSeries *self, double smoothing)
{
  if (smoothing == self->smoothing)
    return;

  self->smoothing = smoothing;
  g_clear_pointer (&self->smooth, _siamban_series_free);
  g_array_set_size (self->averages, 0);
  if (!(smoothing > 0))
    return;

  self->smooth = _siamban_series_new (self->name);
  for (guint i = 0; i < self->points->len; i++)
    append_smooth (self, &g_array_index (self->points, SiambanPoint, i));
}

const SiambanSeries *
_siamban_series_get_smooth (const SiambanSeries *self)
{
  return self->smooth != NULL ? self->smooth : self;
}

static gboolean
is_gap (const SiambanSeries *self, guint at)
{
  return !isfinite (g_array_index (self->points, SiambanPoint, at).y);
}

/* Points @from to below @to as one column; FALSE if they are all gap. */
static gboolean
fill_column (const SiambanSeries *self, guint from, guint to, SiambanColumn *column)
{
  const SiambanExtent extent = _siamban_series_get_extent (self, from, to);
  guint first = from, last = to;

  if (extent.low > extent.high)
    return FALSE;

  while (is_gap (self, first))
    first++;
  while (is_gap (self, last - 1))
    last--;
  column->x = g_array_index (self->points, SiambanPoint, first).x;
  column->first = g_array_index (self->points, SiambanPoint, first).y;
  column->last = g_array_index (self->points, SiambanPoint, last - 1).y;
  column->low = extent.low;
  column->high = extent.high;
  column->gap = first == 0 || is_gap (self, first - 1);

  return TRUE;
}

/* The end of the column that begins with point @from and may reach up to @x. Columns are about
 * equally long, which makes @guess a good one. */
static guint
find_end (const SiambanSeries *self, guint from, guint end, double x, guint guess)
{
  guint low = from, high = from + MAX (guess, 1);

  while (high < end && g_array_index (self->points, SiambanPoint, high).x < x)
    {
      low = high;
      high += MAX (high - from, 1);
    }
  high = MIN (high, end);
  while (low < high)
    {
      const guint middle = low + (high - low) / 2;

      if (g_array_index (self->points, SiambanPoint, middle).x < x)
        low = middle + 1;
      else
        high = middle;
    }

  return MAX (low, from + 1);
}

static void
add_column (const SiambanSeries *self, GArray *columns, guint from, guint to)
{
  SiambanColumn column;

  if (fill_column (self, from, to, &column))
    g_array_append_val (columns, column);
}

GArray *
_siamban_series_decimate (const SiambanSeries *self, double x_low, double x_high, guint n_columns)
{
  GArray *columns = g_array_new (FALSE, FALSE, sizeof (SiambanColumn));
  const double width = (x_high - x_low) / MAX (n_columns, 1);
  const guint end = _siamban_series_find (self, nextafter (x_high, INFINITY));
  guint from = _siamban_series_find (self, x_low), length = 1;

  g_return_val_if_fail (x_low < x_high, columns);

  if (from > 0)
    add_column (self, columns, from - 1, from);
  while (from < end)
    {
      const double x = g_array_index (self->points, SiambanPoint, from).x;
      const double at = floor ((x - x_low) / width);
      const guint to = at < n_columns - 1.0
                           ? find_end (self, from, end, x_low + (at + 1) * width, length)
                           : end;

      add_column (self, columns, from, to);
      length = to - from;
      from = to;
    }
  if (end < self->points->len)
    add_column (self, columns, end, end + 1);

  return columns;
}
