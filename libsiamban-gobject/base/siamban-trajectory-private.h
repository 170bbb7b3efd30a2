/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-trajectory.h"

G_BEGIN_DECLS

/* One box a frame; an absent target has NaN edges. Belongs to the trajectory. */
const SiambanBox *_siamban_trajectory_peek (SiambanTrajectory *self);

G_END_DECLS
