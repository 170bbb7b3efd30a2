/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-device.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_DEVICE_USAGE (siamban_device_usage_get_type ())

typedef struct _SiambanDeviceUsage SiambanDeviceUsage;

/**
 * SiambanDeviceUsage:
 * @utilisation: how busy the device was since it was measured last, 0 to 1; -1 if nobody tells
 * @memory_used: bytes of memory that are taken, 0 if nobody tells
 * @memory: bytes of memory that there are, 0 if nobody tells
 *
 * How much of a device is used.
 *
 * Of a processor it is what this process uses, as other programs come and go there. Of a graphics
 * card it is what all processes use together: the driver tells nothing else.
 *
 * A plain value: copy it with `=`.
 *
 * Since: 0.1
 */
struct _SiambanDeviceUsage
{
  double utilisation;
  guint64 memory_used;
  guint64 memory;
};

SIAMBAN_API
GType siamban_device_usage_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanDeviceUsage *
siamban_device_usage_copy (const SiambanDeviceUsage *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_device_usage_free (SiambanDeviceUsage *self);

SIAMBAN_API
SiambanDeviceUsage *siamban_device_measure_usage (SiambanDevice *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanDeviceUsage, siamban_device_usage_free)

G_END_DECLS
