/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-box.h"
#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_ANNOTATIONS (siamban_annotations_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanAnnotations, siamban_annotations, SIAMBAN, ANNOTATIONS, GObject)

SIAMBAN_API
SiambanAnnotations *siamban_annotations_new_from_file (const char *path,
                                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanAnnotations *siamban_annotations_new_from_bytes (GBytes *bytes,
                                                        const char *name,
                                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
guint siamban_annotations_get_n_videos (SiambanAnnotations *self);

SIAMBAN_API
guint siamban_annotations_get_n_frames_total (SiambanAnnotations *self);

SIAMBAN_API
guint64 siamban_annotations_get_n_dropped_boxes (SiambanAnnotations *self);

SIAMBAN_API
const char *const *siamban_annotations_get_warnings (SiambanAnnotations *self);

SIAMBAN_API
const char *siamban_annotations_get_video_name (SiambanAnnotations *self, guint video);

SIAMBAN_API
guint siamban_annotations_get_n_tracks (SiambanAnnotations *self, guint video);

SIAMBAN_API
const char *siamban_annotations_get_track_name (SiambanAnnotations *self, guint video, guint track);

SIAMBAN_API
guint siamban_annotations_get_n_frames (SiambanAnnotations *self, guint video, guint track);

SIAMBAN_API
guint siamban_annotations_get_frame_number (SiambanAnnotations *self,
                                            guint video,
                                            guint track,
                                            guint position);

SIAMBAN_API
const SiambanBox *
siamban_annotations_get_box (SiambanAnnotations *self, guint video, guint track, guint position);

G_END_DECLS
