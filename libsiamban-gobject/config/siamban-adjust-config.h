/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_ADJUST_CONFIG (siamban_adjust_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanAdjustConfig,
                      siamban_adjust_config,
                      SIAMBAN,
                      ADJUST_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
