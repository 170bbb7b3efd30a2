/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRAIN_CONFIG (siamban_train_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanTrainConfig,
                      siamban_train_config,
                      SIAMBAN,
                      TRAIN_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
