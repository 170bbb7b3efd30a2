/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-run-device.h"

G_BEGIN_DECLS

/* What a training uses of its devices: `devices.json` in the folder of its run, which is there for as
 * long as it is at work. */
#define SIAMBAN_RUN_DEVICES_NAME "devices.json"

SiambanRunDevice *_siamban_run_device_new (const char *id, const char *name);
void _siamban_run_device_set_usage (SiambanRunDevice *self, const SiambanDeviceUsage *usage);

/* One line of JSON, from GListModels of SiambanDevice and SiambanRunDevice: an object a device. */
char *_siamban_run_devices_measure (GListModel *devices);
/* Lets @devices, of SiambanRunDevice, be as @json says; what that does not understand empties it. */
void _siamban_run_devices_update (GListStore *devices, const char *json);

G_END_DECLS
