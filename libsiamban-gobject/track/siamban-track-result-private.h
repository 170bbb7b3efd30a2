/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-track-points-private.h"
#include "siamban-track-result.h"

G_BEGIN_DECLS

/* Copies the maps, of @map_size × @map_size points each. */
SiambanTrackResult *_siamban_track_result_new (const SiambanBox *box,
                                               const SiambanBestPoint *best,
                                               guint map_size,
                                               const float *scores,
                                               const float *pscores,
                                               SiambanImage *search_crop);

G_END_DECLS
