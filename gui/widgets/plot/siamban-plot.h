/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SIAMBAN_TYPE_PLOT (siamban_plot_get_type ())

G_DECLARE_FINAL_TYPE (SiambanPlot, siamban_plot, SIAMBAN, PLOT, GtkWidget)

GtkWidget *siamban_plot_new (void);
void siamban_plot_set_title (SiambanPlot *self, const char *title);
void siamban_plot_set_logarithmic (SiambanPlot *self, gboolean logarithmic);
void siamban_plot_set_smoothing (SiambanPlot *self, double smoothing);
guint siamban_plot_add_series (SiambanPlot *self, const char *name);
void siamban_plot_append (SiambanPlot *self, guint series, double x, double y);
void siamban_plot_clear (SiambanPlot *self);

G_END_DECLS
