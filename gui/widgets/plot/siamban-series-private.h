/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  double x;
  double y;
} SiambanPoint;

/* One curve. x never decreases. */
typedef struct
{
  char *name;
  GArray *points; /* of SiambanPoint */
} SiambanSeries;

/* A column of pixels: what the curve covers there, and how it enters and leaves. */
typedef struct
{
  double x;
  double first;
  double low;
  double high;
  double last;
} SiambanColumn;

SiambanSeries *_siamban_series_new (const char *name);
void _siamban_series_free (SiambanSeries *self);

/* The points between @x_low and @x_high, at most one column for each of @n_columns; however many
 * points there are, a peak of one of them stays visible. */
GArray *
_siamban_series_decimate (const SiambanSeries *self, double x_low, double x_high, guint n_columns);

/* An exponential moving average without the bias towards the first value: a constant stays
 * constant. @smoothing is 0 (none) to below 1. */
SiambanSeries *_siamban_series_smooth (const SiambanSeries *self, double smoothing);

/* Round steps of an axis: the smallest 1, 2 or 5 times a power of ten that makes at most
 * @n_steps of the range. */
double _siamban_axis_step (double low, double high, guint n_steps);

G_END_DECLS
