/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban-session.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_WINDOW (siamban_window_get_type ())

G_DECLARE_FINAL_TYPE (SiambanWindow, siamban_window, SIAMBAN, WINDOW, AdwApplicationWindow)

SiambanWindow *siamban_window_new (GtkApplication *application);

/* Owned by the window. */
SiambanSession *siamban_window_get_session (SiambanWindow *self);

/* The page of that name, owned by the window; NULL if there is none. */
GtkWidget *siamban_window_get_page (SiambanWindow *self, const char *name);

/* Shows what @file is: a run, or an experiment. What it is not is explained. */
void siamban_window_open (SiambanWindow *self, GFile *file);

G_END_DECLS
