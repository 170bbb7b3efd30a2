/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRACK (siamban_track_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanTrack, siamban_track, SIAMBAN, TRACK, GObject)

SIAMBAN_API
const char *siamban_track_get_name (SiambanTrack *self);

SIAMBAN_API
GListModel *siamban_track_list_frames (SiambanTrack *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
