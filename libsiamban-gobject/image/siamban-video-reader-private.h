/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-image.h"

G_BEGIN_DECLS

/* The frames of a video file, in any order. One thread at a time.
 *
 * Opening decodes the file once to learn how many frames there are, and when: no container tells
 * that reliably, and frames may be of different lengths. */
typedef struct _SiambanVideoReader SiambanVideoReader;

SiambanVideoReader *
_siamban_video_reader_new (const char *path, GCancellable *cancellable, GError **error);
void _siamban_video_reader_free (SiambanVideoReader *self);

guint _siamban_video_reader_get_n_frames (const SiambanVideoReader *self);

/* Frames a second, on average. */
double _siamban_video_reader_get_rate (const SiambanVideoReader *self);

/* The next frame is decoded, any other is looked for first. */
SiambanImage *
_siamban_video_reader_get_frame (SiambanVideoReader *self, guint index, GError **error);

/* Starts GStreamer once. */
gboolean _siamban_gstreamer_init (GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanVideoReader, _siamban_video_reader_free)

G_END_DECLS
