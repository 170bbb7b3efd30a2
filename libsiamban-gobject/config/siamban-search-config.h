/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SEARCH_CONFIG (siamban_search_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanSearchConfig,
                      siamban_search_config,
                      SIAMBAN,
                      SEARCH_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
