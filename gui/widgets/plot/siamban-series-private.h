/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  double x;
  double y; /* not finite where there is a gap */
} SiambanPoint;

/* What a stretch of points covers; NaN or infinities aside. low > high if there is nothing. */
typedef struct
{
  double low;
  double high;
  double low_positive; /* the smallest above zero, for logarithmic axes; infinite for none */
} SiambanExtent;

typedef struct _SiambanSeries SiambanSeries;

/* One curve. x increases. */
struct _SiambanSeries
{
  char *name;
  guint style;          /* which colour */
  gboolean dashed;      /* shown to compare with */
  double selected_mean; /* over what is selected */

  GArray *points;    /* of SiambanPoint; append through the functions below only */
  GPtrArray *levels; /* of GArray of SiambanExtent: each level sums up blocks of the one below */

  double smoothing;
  struct _SiambanSeries *smooth; /* this one smoothed; NULL without smoothing */
  GArray *averages;              /* of SiambanAverage: the state after each point */
};

/* A column of pixels: what the curve covers there, and how it enters and leaves. */
typedef struct
{
  double x;
  double first;
  double low;
  double high;
  double last;
  gboolean gap; /* the curve is interrupted before this column */
} SiambanColumn;

SiambanSeries *_siamban_series_new (const char *name);
void _siamban_series_free (SiambanSeries *self);

/* Where x is not beyond the last one, the run has gone back: what it does again is replaced. */
void _siamban_series_append (SiambanSeries *self, double x, double y);
void _siamban_series_clear (SiambanSeries *self);

/* The first point at or right of @x. */
guint _siamban_series_find (const SiambanSeries *self, double x);

/* What points @from to below @to cover, in a time that hardly grows with their number. */
SiambanExtent _siamban_series_get_extent (const SiambanSeries *self, guint from, guint to);

/* The points between @x_low and @x_high, at most one column for each of @n_columns; however many
 * points there are, a peak of one of them stays visible. The neighbours outside come along, so that
 * the curve goes on to the edges: two columns more. */
GArray *
_siamban_series_decimate (const SiambanSeries *self, double x_low, double x_high, guint n_columns);

/* An exponential moving average without the bias towards the first value: a constant stays
 * constant, a gap stays a gap. @smoothing is 0 (none) to below 1. It follows what is appended. */
void _siamban_series_set_smoothing (SiambanSeries *self, double smoothing);

/* This series smoothed, or itself without smoothing. Owned by the series. */
const SiambanSeries *_siamban_series_get_smooth (const SiambanSeries *self);

G_END_DECLS
