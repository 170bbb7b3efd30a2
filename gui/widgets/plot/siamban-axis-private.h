/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A range of numbers laid out over pixels. */
typedef struct
{
  double low; /* decimal logarithms where the axis is logarithmic */
  double high;
  gboolean logarithmic;
  double start; /* the pixel of low */
  double end;   /* the pixel of high; less than start for an axis that points up */
} SiambanAxis;

/* What is not above zero goes to the low end of a logarithmic axis. */
double _siamban_axis_to_pixel (const SiambanAxis *self, double value);
double _siamban_axis_from_pixel (const SiambanAxis *self, double pixel);

/* A range of no width gets some. */
void _siamban_axis_widen (SiambanAxis *self);

/* Round steps of an axis: the smallest 1, 2 or 5 times a power of ten that makes at most
 * @n_steps of the range. */
double _siamban_axis_step (double low, double high, guint n_steps);

/* Part of @low … @high, @factor times as wide, in which @fixed keeps its place. */
void _siamban_axis_zoom (double *low, double *high, double fixed, double factor);

/* Moves the range by @distance, but not out of @first … @last. */
void _siamban_axis_pan (double *low, double *high, double distance, double first, double last);

G_END_DECLS
