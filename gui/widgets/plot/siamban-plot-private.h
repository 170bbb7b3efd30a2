/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-axis-private.h"
#include "siamban-plot.h"
#include "siamban-series-private.h"

G_BEGIN_DECLS

#define PLOT_MARGIN_LEFT 56
#define PLOT_MARGIN_RIGHT 12

/* A place on the x axis with a name, such as the beginning of an epoch. */
typedef struct
{
  double x;
  char *label;
} SiambanPlotMark;

struct _SiambanPlot
{
  GtkWidget parent_instance;

  GPtrArray *series; /* of SiambanSeries */
  GArray *marks;     /* of SiambanPlotMark, from left to right */
  char *title;
  double smoothing;
  gboolean logarithmic;
  gboolean high_contrast;

  double low, high;                   /* the part of the x axis in sight; NAN for all of it */
  double selected_low, selected_high; /* the part whose averages are shown; NAN for none */
  double drag_low, drag_high;
  gboolean drag_selects;
  double drag_start;
  double pointer_x; /* of the widget, NAN while the pointer is elsewhere */
  guint describe_id;
};

/* siamban-plot-draw.c: the picture, as large as the widget. */
void _siamban_plot_draw (SiambanPlot *self, GtkSnapshot *snapshot);

/* siamban-plot-input.c: pointer and keys. */
void _siamban_plot_listen (SiambanPlot *self);

/* All that is known, on the x axis. */
void _siamban_plot_find_whole (SiambanPlot *self, double *low, double *high);

G_END_DECLS
