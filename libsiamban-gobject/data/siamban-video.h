/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_VIDEO (siamban_video_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanVideo, siamban_video, SIAMBAN, VIDEO, GObject)

SIAMBAN_API
const char *siamban_video_get_name (SiambanVideo *self);

SIAMBAN_API
GListModel *siamban_video_list_tracks (SiambanVideo *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GListModel *siamban_video_list_frames (SiambanVideo *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
