/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-histogram.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_STATISTICS (siamban_statistics_get_type ())

typedef struct _SiambanStatistics SiambanStatistics;

SIAMBAN_API
GType siamban_statistics_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanStatistics *siamban_statistics_ref (SiambanStatistics *self);

SIAMBAN_API
void siamban_statistics_unref (SiambanStatistics *self);

SIAMBAN_API
guint siamban_statistics_get_n_videos (SiambanStatistics *self);

SIAMBAN_API
guint siamban_statistics_get_n_tracks (SiambanStatistics *self);

SIAMBAN_API
guint siamban_statistics_get_n_frames (SiambanStatistics *self);

SIAMBAN_API
SiambanHistogram *siamban_statistics_get_box_sizes (SiambanStatistics *self);

SIAMBAN_API
SiambanHistogram *siamban_statistics_get_aspect_ratios (SiambanStatistics *self);

SIAMBAN_API
SiambanHistogram *siamban_statistics_get_track_lengths (SiambanStatistics *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanStatistics, siamban_statistics_unref)

G_END_DECLS
