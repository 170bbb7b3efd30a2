/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-box.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRAJECTORY (siamban_trajectory_get_type ())

typedef struct _SiambanTrajectory SiambanTrajectory;

SIAMBAN_API
GType siamban_trajectory_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanTrajectory *siamban_trajectory_new (const SiambanBox *boxes,
                                           gsize n_boxes) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanTrajectory *siamban_trajectory_ref (SiambanTrajectory *self);

SIAMBAN_API
void siamban_trajectory_unref (SiambanTrajectory *self);

SIAMBAN_API
guint siamban_trajectory_get_n_frames (SiambanTrajectory *self);

SIAMBAN_API
guint siamban_trajectory_get_n_boxes (SiambanTrajectory *self);

SIAMBAN_API
gboolean siamban_trajectory_get_box (SiambanTrajectory *self, guint frame, SiambanBox *box);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanTrajectory, siamban_trajectory_unref)

G_END_DECLS
