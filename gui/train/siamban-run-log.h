/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_RUN_LOG (siamban_run_log_get_type ())

G_DECLARE_FINAL_TYPE (SiambanRunLog, siamban_run_log, SIAMBAN, RUN_LOG, GtkWidget)

/* Shows the log of @run, or of none. */
void siamban_run_log_set_run (SiambanRunLog *self, SiambanRun *run);

/* To type what the lines shall hold. */
void siamban_run_log_focus_search (SiambanRunLog *self);

G_END_DECLS
