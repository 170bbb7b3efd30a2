/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SCHEDULE_VIEW (siamban_schedule_view_get_type ())

G_DECLARE_FINAL_TYPE (SiambanScheduleView, siamban_schedule_view, SIAMBAN, SCHEDULE_VIEW, GtkWidget)

/* Plots the learning rate of each group of parameters over the epochs. FALSE if there is none, with
 * the reason, which is shown too. */
gboolean
siamban_schedule_view_show (SiambanScheduleView *self, SiambanConfig *config, GError **error);

/* What is plotted of a group, an epoch each; NaN where it does not train. */
double siamban_schedule_view_get_rate (SiambanConfig *config,
                                       SiambanLrSchedule *schedule,
                                       const char *group,
                                       guint epoch);

G_END_DECLS
