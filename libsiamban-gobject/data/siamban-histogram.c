/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-histogram-private.h"

#include <math.h>
#include <stdlib.h>

/**
 * SiambanHistogram:
 *
 * How often values of some size are found. Each bin is wider than the one before by the same factor,
 * so that small and large values are shown alike.
 *
 * Immutable and reference counted: any thread may read it.
 *
 * Since: 0.1
 */
struct _SiambanHistogram
{
  guint n_bins;
  guint64 n_values;
  double minimum;
  double median;
  double maximum;
  double *edges;   /* (n_bins + 1) */
  guint64 *counts; /* (n_bins) */
};

G_DEFINE_BOXED_TYPE (SiambanHistogram,
                     siamban_histogram,
                     siamban_histogram_ref,
                     siamban_histogram_unref)

static int
compare_cb (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* @values are sorted. */
static void
count (SiambanHistogram *self, const double *values, gsize n)
{
  guint bin = 0;

  for (gsize i = 0; i < n; i++)
    {
      while (bin + 1 < self->n_bins && values[i] >= self->edges[bin + 1])
        bin++;
      self->counts[bin]++;
    }
}

SiambanHistogram *
_siamban_histogram_new (double *values, gsize n, guint n_bins)
{
  SiambanHistogram *self = g_atomic_rc_box_new0 (SiambanHistogram);
  double step;

  if (n > 0)
    qsort (values, n, sizeof *values, compare_cb);
  self->n_values = n;
  self->minimum = n > 0 ? values[0] : NAN;
  self->maximum = n > 0 ? values[n - 1] : NAN;
  self->median = n > 0 ? (values[(n - 1) / 2] + values[n / 2]) / 2 : NAN;
  /* All values alike make a single bin. */
  self->n_bins = n == 0 ? 0 : values[0] < values[n - 1] ? n_bins : 1;
  self->edges = g_new0 (double, (gsize) self->n_bins + 1);
  self->counts = g_new0 (guint64, self->n_bins);
  if (self->n_bins == 0)
    return self;

  step = log (self->maximum / self->minimum) / self->n_bins;
  for (guint i = 0; i < self->n_bins; i++)
    self->edges[i] = self->minimum * exp (step * i);
  self->edges[self->n_bins] = self->maximum;
  count (self, values, n);

  return self;
}

/**
 * siamban_histogram_ref:
 * @self: a histogram
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanHistogram *
siamban_histogram_ref (SiambanHistogram *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
histogram_clear (gpointer data)
{
  SiambanHistogram *self = data;

  g_free (self->edges);
  g_free (self->counts);
}

/**
 * siamban_histogram_unref:
 * @self: (transfer full): a histogram
 *
 * Drops a reference; the last one frees the histogram.
 *
 * Since: 0.1
 */
void
siamban_histogram_unref (SiambanHistogram *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, histogram_clear);
}

/**
 * siamban_histogram_get_n_bins:
 * @self: a histogram
 *
 * Gets how many bins there are.
 *
 * Returns: the number of bins, 0 if there are no values
 *
 * Since: 0.1
 */
guint
siamban_histogram_get_n_bins (SiambanHistogram *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_bins;
}

/**
 * siamban_histogram_get_edge:
 * @self: a histogram
 * @i: which edge, from 0 to the number of bins
 *
 * Gets where a bin begins, or the last one ends.
 *
 * Returns: the value
 *
 * Since: 0.1
 */
double
siamban_histogram_get_edge (SiambanHistogram *self, guint i)
{
  g_return_val_if_fail (self != NULL && i <= self->n_bins, 0);

  return self->edges[i];
}

/**
 * siamban_histogram_get_count:
 * @self: a histogram
 * @i: which bin, from 0
 *
 * Gets how many values are in a bin: its lower edge belongs to it, and the last upper one, too.
 *
 * Returns: the number of values
 *
 * Since: 0.1
 */
guint64
siamban_histogram_get_count (SiambanHistogram *self, guint i)
{
  g_return_val_if_fail (self != NULL && i < self->n_bins, 0);

  return self->counts[i];
}

/**
 * siamban_histogram_get_n_values:
 * @self: a histogram
 *
 * Gets how many values were counted.
 *
 * Returns: the number of values
 *
 * Since: 0.1
 */
guint64
siamban_histogram_get_n_values (SiambanHistogram *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_values;
}

/**
 * siamban_histogram_get_minimum:
 * @self: a histogram
 *
 * Gets the least value.
 *
 * Returns: the value, or NaN if there are none
 *
 * Since: 0.1
 */
double
siamban_histogram_get_minimum (SiambanHistogram *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->minimum;
}

/**
 * siamban_histogram_get_median:
 * @self: a histogram
 *
 * Gets the middle value.
 *
 * Returns: the value, or NaN if there are none
 *
 * Since: 0.1
 */
double
siamban_histogram_get_median (SiambanHistogram *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->median;
}

/**
 * siamban_histogram_get_maximum:
 * @self: a histogram
 *
 * Gets the largest value.
 *
 * Returns: the value, or NaN if there are none
 *
 * Since: 0.1
 */
double
siamban_histogram_get_maximum (SiambanHistogram *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->maximum;
}
