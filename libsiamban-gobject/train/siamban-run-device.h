/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-device-usage.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_RUN_DEVICE (siamban_run_device_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanRunDevice, siamban_run_device, SIAMBAN, RUN_DEVICE, GObject)

SIAMBAN_API
const char *siamban_run_device_get_id (SiambanRunDevice *self);

SIAMBAN_API
const char *siamban_run_device_get_name (SiambanRunDevice *self);

SIAMBAN_API
double siamban_run_device_get_utilisation (SiambanRunDevice *self);

SIAMBAN_API
guint64 siamban_run_device_get_memory_used (SiambanRunDevice *self);

SIAMBAN_API
guint64 siamban_run_device_get_memory (SiambanRunDevice *self);

G_END_DECLS
