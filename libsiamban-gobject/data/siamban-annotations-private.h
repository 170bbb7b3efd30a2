/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-annotations.h"

G_BEGIN_DECLS

/* One video is a run of tracks, one track a run of frames sorted by number. */
typedef struct
{
  const char *name;
  guint first_track;
  guint n_tracks;
} SiambanVideoEntry;

typedef struct
{
  const char *name;
  guint first_frame;
  guint n_frames;
} SiambanTrackEntry;

typedef struct
{
  GStringChunk *names;
  GArray *videos;  /* SiambanVideoEntry */
  GArray *tracks;  /* SiambanTrackEntry */
  GArray *numbers; /* guint32, one a frame */
  GArray *boxes;   /* SiambanBox, one a frame */
  GPtrArray *warnings;
  guint64 n_dropped_boxes;
} SiambanAnnotationTables;

SiambanAnnotationTables *_siamban_annotation_tables_new (void);
void _siamban_annotation_tables_free (SiambanAnnotationTables *self);

SiambanAnnotationTables *
_siamban_annotations_parse (const char *name, const char *data, gsize size, GError **error);

/* All frames of all tracks in one row: the first one of @video, and where frame @frame belongs. */
guint _siamban_annotations_get_first_frame (SiambanAnnotations *self, guint video);
void _siamban_annotations_locate (SiambanAnnotations *self,
                                  guint frame,
                                  guint *video,
                                  guint *track,
                                  guint *position);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanAnnotationTables, _siamban_annotation_tables_free)

G_END_DECLS
