/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_LR_WARMUP_CONFIG (siamban_lr_warmup_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanLrWarmupConfig,
                      siamban_lr_warmup_config,
                      SIAMBAN,
                      LR_WARMUP_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
