/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A thread that writes once a second what this process uses of its devices into the folder of a run,
 * and takes the file away at its end. Numbers that cannot be written are left out. */
typedef struct _SiambanDeviceMonitor SiambanDeviceMonitor;

/* @devices: of SiambanDevice; they must not change. */
SiambanDeviceMonitor *_siamban_device_monitor_new (GListModel *devices, const char *directory);
void _siamban_device_monitor_free (SiambanDeviceMonitor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanDeviceMonitor, _siamban_device_monitor_free)

G_END_DECLS
