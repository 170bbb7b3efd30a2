/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SIAMBAN_TYPE_PLOT (siamban_plot_get_type ())

G_DECLARE_FINAL_TYPE (SiambanPlot, siamban_plot, SIAMBAN, PLOT, GtkWidget)

GtkWidget *siamban_plot_new (void);
guint siamban_plot_add_series (SiambanPlot *self, const char *name);
void siamban_plot_append (SiambanPlot *self, guint series, double x, double y);
void siamban_plot_clear_series (SiambanPlot *self, guint series);
void siamban_plot_clear (SiambanPlot *self);

/* Which part of the x axis is shown; all of it, and what is appended, by default. */
void siamban_plot_set_range (SiambanPlot *self, double low, double high);
void siamban_plot_get_range (SiambanPlot *self, double *low, double *high);
void siamban_plot_show_all (SiambanPlot *self);

G_END_DECLS
