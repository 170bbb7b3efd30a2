/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SIAMBAN_TYPE_PLOT (siamban_plot_get_type ())

G_DECLARE_FINAL_TYPE (SiambanPlot, siamban_plot, SIAMBAN, PLOT, GtkWidget)

GtkWidget *siamban_plot_new (void);
guint siamban_plot_add_series (SiambanPlot *self, const char *name);
guint siamban_plot_get_n_series (SiambanPlot *self);
void siamban_plot_append (SiambanPlot *self, guint series, double x, double y);
void siamban_plot_clear_series (SiambanPlot *self, guint series);
void siamban_plot_clear (SiambanPlot *self);

/* Which of the eight colours, and whether it is there to compare with: dashed and faint. */
void siamban_plot_style_series (SiambanPlot *self, guint series, guint style, gboolean dashed);
/* All from @first on. */
void siamban_plot_remove_series (SiambanPlot *self, guint first);

/* Upright lines with a name, from left to right. */
void siamban_plot_add_mark (SiambanPlot *self, double x, const char *label);
void siamban_plot_clear_marks (SiambanPlot *self);

/* The part whose averages are shown; NAN for none. */
void siamban_plot_select (SiambanPlot *self, double low, double high);
gboolean siamban_plot_get_selection (SiambanPlot *self, double *low, double *high);

/* Writes the picture, as it is on screen, or the numbers, by the suffix: .png, .svg or .csv. Who is
 * at work on it is a thread. */
void siamban_plot_export_async (SiambanPlot *self,
                                const char *path,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean siamban_plot_export_finish (SiambanPlot *self, GAsyncResult *result, GError **error);
/* The numbers: a column x, and one a series. */
char *siamban_plot_to_csv (SiambanPlot *self);

/* Which part of the x axis is shown; all of it, and what is appended, by default. */
void siamban_plot_set_range (SiambanPlot *self, double low, double high);
void siamban_plot_get_range (SiambanPlot *self, double *low, double *high);
void siamban_plot_show_all (SiambanPlot *self);

G_END_DECLS
