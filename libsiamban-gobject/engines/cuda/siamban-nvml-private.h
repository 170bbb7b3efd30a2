/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "siamban-device-usage.h"

G_BEGIN_DECLS

/* How much of a card is used, as NVIDIA's management library says; what it does not tell, like of a
 * part of a card, or where it is not installed, stays as it is. @bus_id: of PCI, as CUDA writes it. */
void _siamban_nvml_measure (const char *bus_id, SiambanDeviceUsage *usage);

G_END_DECLS
