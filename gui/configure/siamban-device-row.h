/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_DEVICE_ROW (siamban_device_row_get_type ())

G_DECLARE_FINAL_TYPE (SiambanDeviceRow, siamban_device_row, SIAMBAN, DEVICE_ROW, AdwPreferencesRow)

/* A device that can be chosen (`active`), with the memory that a training needs of it. */
SiambanDeviceRow *siamban_device_row_new (SiambanDevice *device);

/* One that cannot, and why. */
SiambanDeviceRow *siamban_device_row_new_unusable (SiambanEngine *engine, const char *reason);

SiambanDevice *siamban_device_row_get_device (SiambanDeviceRow *self);

/* The phases of the training, SiambanTrainingPhase; or what stands against it. */
void siamban_device_row_set_phases (SiambanDeviceRow *self, GListModel *phases);
void siamban_device_row_set_text (SiambanDeviceRow *self, const char *text);

G_END_DECLS
