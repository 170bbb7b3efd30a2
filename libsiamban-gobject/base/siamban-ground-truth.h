/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-trajectory.h"

G_BEGIN_DECLS

SIAMBAN_API
SiambanTrajectory *siamban_ground_truth_read (const char *path,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
