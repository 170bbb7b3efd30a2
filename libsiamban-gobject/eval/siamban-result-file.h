/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-trajectory.h"

G_BEGIN_DECLS

SIAMBAN_API
SiambanTrajectory *siamban_result_file_read (const char *path,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean
siamban_result_file_write (const char *path, SiambanTrajectory *trajectory, GError **error);

G_END_DECLS
