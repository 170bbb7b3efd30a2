/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-box.h"
#include "siamban-image.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRACK_RESULT (siamban_track_result_get_type ())

typedef struct _SiambanTrackResult SiambanTrackResult;

SIAMBAN_API
GType siamban_track_result_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanTrackResult *siamban_track_result_ref (SiambanTrackResult *self);

SIAMBAN_API
void siamban_track_result_unref (SiambanTrackResult *self);

SIAMBAN_API
const SiambanBox *siamban_track_result_get_box (SiambanTrackResult *self);

SIAMBAN_API
double siamban_track_result_get_score (SiambanTrackResult *self);

SIAMBAN_API
double siamban_track_result_get_penalty (SiambanTrackResult *self);

SIAMBAN_API
double siamban_track_result_get_pscore (SiambanTrackResult *self);

SIAMBAN_API
guint siamban_track_result_get_best_index (SiambanTrackResult *self);

SIAMBAN_API
guint siamban_track_result_get_map_size (SiambanTrackResult *self);

SIAMBAN_API
GBytes *siamban_track_result_get_score_map (SiambanTrackResult *self);

SIAMBAN_API
GBytes *siamban_track_result_get_pscore_map (SiambanTrackResult *self);

SIAMBAN_API
GBytes *siamban_track_result_get_penalty_map (SiambanTrackResult *self);

SIAMBAN_API
GBytes *siamban_track_result_get_window_map (SiambanTrackResult *self);

SIAMBAN_API
guint siamban_track_result_get_stride (SiambanTrackResult *self);

SIAMBAN_API
SiambanImage *siamban_track_result_get_search_crop (SiambanTrackResult *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanTrackResult, siamban_track_result_unref)

G_END_DECLS
