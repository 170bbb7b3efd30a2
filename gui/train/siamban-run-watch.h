/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_RUN_WATCH (siamban_run_watch_get_type ())

G_DECLARE_FINAL_TYPE (SiambanRunWatch, siamban_run_watch, SIAMBAN, RUN_WATCH, GObject)

/* Tells the user how @run ends, and when it stalls, by notifications of the desktop while no window
 * is looked at. Its property `stalled` is TRUE while a run that should be at work tells nothing.
 * @application: (nullable). The computer stays awake while the run is at work. */
SiambanRunWatch *siamban_run_watch_new (GtkApplication *application, SiambanRun *run);

gboolean siamban_run_watch_get_stalled (SiambanRunWatch *self);

/* Is the run at work, or about to be? */
gboolean siamban_run_is_live (SiambanRun *run);

G_END_DECLS
