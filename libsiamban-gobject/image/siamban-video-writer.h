/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-image.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_VIDEO_WRITER (siamban_video_writer_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanVideoWriter, siamban_video_writer, SIAMBAN, VIDEO_WRITER, GObject)

SIAMBAN_API
SiambanVideoWriter *siamban_video_writer_new (const char *path,
                                              guint width,
                                              guint height,
                                              double frame_rate,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_video_writer_add (SiambanVideoWriter *self, SiambanImage *frame, GError **error);

SIAMBAN_API
gboolean siamban_video_writer_finish (SiambanVideoWriter *self, GError **error);

G_END_DECLS
