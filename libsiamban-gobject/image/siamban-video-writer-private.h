/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-image.h"

G_BEGIN_DECLS

/* What encodes frames into a file; the format is that of the name. One thread at a time. */
typedef struct _SiambanVideoSink SiambanVideoSink;

SiambanVideoSink *
_siamban_video_sink_new (const char *path, guint width, guint height, double rate, GError **error);
gboolean _siamban_video_sink_add (SiambanVideoSink *self, SiambanImage *frame, GError **error);
gboolean _siamban_video_sink_close (SiambanVideoSink *self, GError **error);
void _siamban_video_sink_free (SiambanVideoSink *self);

G_END_DECLS
