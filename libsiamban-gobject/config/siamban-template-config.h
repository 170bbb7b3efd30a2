/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TEMPLATE_CONFIG (siamban_template_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanTemplateConfig,
                      siamban_template_config,
                      SIAMBAN,
                      TEMPLATE_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
