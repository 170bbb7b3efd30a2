/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A device of this machine, or an engine that cannot be used and why. */
#define SIAMBAN_TYPE_DEVICE_ENTRY (siamban_device_entry_get_type ())

G_DECLARE_FINAL_TYPE (SiambanDeviceEntry, siamban_device_entry, SIAMBAN, DEVICE_ENTRY, GObject)

/* NULL for an engine that cannot be used. */
const char *siamban_device_entry_get_id (SiambanDeviceEntry *self);
const char *siamban_device_entry_get_name (SiambanDeviceEntry *self);
/* In bytes, 0 if it is unknown. */
guint64 siamban_device_entry_get_memory (SiambanDeviceEntry *self);
/* Why it cannot be used, or NULL. */
const char *siamban_device_entry_get_reason (SiambanDeviceEntry *self);

/* What there is, usable devices first and the best of them at the beginning: a GListModel of
 * SiambanDeviceEntry. A thread looks, as drivers may take their time. */
void siamban_devices_list_async (GAsyncReadyCallback callback, gpointer user_data);
GListModel *siamban_devices_list_finish (GAsyncResult *result);

G_END_DECLS
