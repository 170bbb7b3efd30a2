/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban-track-record.h"

G_BEGIN_DECLS

GdkTexture *siamban_track_video_make_texture (SiambanImage *image);

/* The frames of a sequence with the tracked boxes, and those of the ground truth, drawn in. */
gboolean siamban_track_video_write (SiambanSequence *sequence,
                                    const SiambanTrackRecord *record,
                                    const char *path,
                                    void (*written) (guint done, gpointer user_data),
                                    gpointer user_data,
                                    GCancellable *cancellable,
                                    GError **error);

G_END_DECLS
