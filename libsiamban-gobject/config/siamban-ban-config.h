/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_BAN_CONFIG (siamban_ban_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanBanConfig, siamban_ban_config, SIAMBAN, BAN_CONFIG, SiambanConfigGroup)

G_END_DECLS
