/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_DATASET_CONFIG (siamban_dataset_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanDatasetConfig,
                      siamban_dataset_config,
                      SIAMBAN,
                      DATASET_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
