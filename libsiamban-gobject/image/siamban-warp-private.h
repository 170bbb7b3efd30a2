/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-image-private.h"

G_BEGIN_DECLS

/* Positions are summed in 1/1024 pixel and then taken in 1/32, as OpenCV does. */
#define SUM_SCALE 1024.0
#define SUM_ROUND 16
#define SUM_TO_POSITION 5
#define POSITION_BITS 5
#define POSITION_MASK 31

gint64 _siamban_warp_to_fixed (double position);

/* From the map source → destination to the one back. */
void _siamban_warp_invert (const double m[6], double inverse[6]);

G_END_DECLS
