/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-track-points-private.h"
#include "siamban-track-result.h"

G_BEGIN_DECLS

/* Copies the maps. */
SiambanTrackResult *_siamban_track_result_new (const SiambanBox *box,
                                               const SiambanBestPoint *best,
                                               const SiambanTrackPoints *points,
                                               SiambanImage *search_crop);

G_END_DECLS
