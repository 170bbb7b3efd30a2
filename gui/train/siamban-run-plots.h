/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban-plot.h"
#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_RUN_PLOTS (siamban_run_plots_get_type ())

G_DECLARE_FINAL_TYPE (SiambanRunPlots, siamban_run_plots, SIAMBAN, RUN_PLOTS, GtkWidget)

/* The curves of @run, or of none; others are taken away. */
void siamban_run_plots_set_run (SiambanRunPlots *self, SiambanRun *run);

/* Shows another run's curves behind, to compare with. */
void siamban_run_plots_add_overlay (SiambanRunPlots *self, SiambanRun *run);
void siamban_run_plots_remove_overlays (SiambanRunPlots *self);
guint siamban_run_plots_get_n_overlays (SiambanRunPlots *self);

G_END_DECLS
