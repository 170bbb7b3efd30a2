/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_BACKBONE_CONFIG (siamban_backbone_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanBackboneConfig,
                      siamban_backbone_config,
                      SIAMBAN,
                      BACKBONE_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
