/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_GENERAL_CONFIG (siamban_general_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanGeneralConfig,
                      siamban_general_config,
                      SIAMBAN,
                      GENERAL_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
