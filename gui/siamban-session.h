/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SESSION (siamban_session_get_type ())

G_DECLARE_FINAL_TYPE (SiambanSession, siamban_session, SIAMBAN, SESSION, GObject)

SiambanSession *siamban_session_new (void);

/* The experiment that the pages show and edit; never NULL. */
SiambanConfig *siamban_session_get_config (SiambanSession *self);
void siamban_session_set_config (SiambanSession *self, SiambanConfig *config);

/* Where it came from and is saved to, or NULL. */
GFile *siamban_session_get_config_file (SiambanSession *self);
void siamban_session_set_config_file (SiambanSession *self, GFile *file);

/* The run that is shown, or NULL. */
SiambanRun *siamban_session_get_run (SiambanSession *self);
void siamban_session_set_run (SiambanSession *self, SiambanRun *run);

/* Where the next run trains, as `siamban train --device` takes it; NULL for the best device. */
const char *siamban_session_get_devices (SiambanSession *self);
void siamban_session_set_devices (SiambanSession *self, const char *devices);

/* Reads an experiment from a file of the original's keys and shows that. */
gboolean siamban_session_load_config (SiambanSession *self, GFile *file, GError **error);

G_END_DECLS
