/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban-session.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_START_DIALOG (siamban_start_dialog_get_type ())

G_DECLARE_FINAL_TYPE (SiambanStartDialog, siamban_start_dialog, SIAMBAN, START_DIALOG, AdwWindow)

/* Asks for the folder and the devices of a new run, and starts it. It closes when it has begun. */
SiambanStartDialog *siamban_start_dialog_new (GtkWindow *parent, SiambanSession *session);

G_END_DECLS
