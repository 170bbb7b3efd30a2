/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SIAMBAN_TYPE_WINDOW (siamban_window_get_type ())

G_DECLARE_FINAL_TYPE (SiambanWindow, siamban_window, SIAMBAN, WINDOW, AdwApplicationWindow)

SiambanWindow *siamban_window_new (GtkApplication *application);
void siamban_window_open_run (SiambanWindow *self, GFile *folder);

G_END_DECLS
