/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SOURCE_CONFIG (siamban_source_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanSourceConfig,
                      siamban_source_config,
                      SIAMBAN,
                      SOURCE_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
