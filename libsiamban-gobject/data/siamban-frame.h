/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-box.h"
#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_FRAME (siamban_frame_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanFrame, siamban_frame, SIAMBAN, FRAME, GObject)

SIAMBAN_API
guint siamban_frame_get_number (SiambanFrame *self);

SIAMBAN_API
const char *siamban_frame_get_video_name (SiambanFrame *self);

SIAMBAN_API
const char *siamban_frame_get_track_name (SiambanFrame *self);

SIAMBAN_API
char *siamban_frame_get_path (SiambanFrame *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
const SiambanBox *siamban_frame_get_box (SiambanFrame *self);

SIAMBAN_API
SiambanBox *siamban_frame_get_box_in_crop (SiambanFrame *self,
                                           guint crop_size,
                                           guint template_size) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
