/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-frame.h"
#include "siamban-sub-dataset.h"
#include "siamban-track.h"
#include "siamban-video.h"

G_BEGIN_DECLS

SiambanFrame *
_siamban_frame_new (SiambanSubDataset *source, guint video, guint track, guint position);
SiambanTrack *_siamban_track_new (SiambanSubDataset *source, guint video, guint track);
SiambanVideo *_siamban_video_new (SiambanSubDataset *source, guint video);

G_END_DECLS
