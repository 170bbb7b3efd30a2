/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config-group.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRACK_CONFIG (siamban_track_config_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanTrackConfig,
                      siamban_track_config,
                      SIAMBAN,
                      TRACK_CONFIG,
                      SiambanConfigGroup)

G_END_DECLS
