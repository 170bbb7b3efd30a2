/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_LR_CONFIG (siamban_lr_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanLrConfig, siamban_lr_config, SIAMBAN, LR_CONFIG, SiambanConfigGroup)

G_END_DECLS
