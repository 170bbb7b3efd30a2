/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_POINT_CONFIG (siamban_point_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanPointConfig,
                      siamban_point_config,
                      SIAMBAN,
                      POINT_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
