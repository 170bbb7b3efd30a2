/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_METERS (siamban_meters_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanMeters, siamban_meters, SIAMBAN, METERS, GObject)

SIAMBAN_API
SiambanMeters *siamban_meters_new (int window) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
int siamban_meters_get_window (SiambanMeters *self);

SIAMBAN_API
void siamban_meters_update (SiambanMeters *self, const char *name, double sum, guint count);

SIAMBAN_API
gboolean siamban_meters_has (SiambanMeters *self, const char *name);

SIAMBAN_API
double siamban_meters_get_value (SiambanMeters *self, const char *name);

SIAMBAN_API
double siamban_meters_get_average (SiambanMeters *self, const char *name);

SIAMBAN_API
char *siamban_meters_format (SiambanMeters *self, const char *name) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
char *siamban_meters_to_string (SiambanMeters *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
