/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-box.h"
#include "siamban-image.h"
#include "siamban-trajectory.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SEQUENCE (siamban_sequence_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanSequence, siamban_sequence, SIAMBAN, SEQUENCE, GObject)

SIAMBAN_API
SiambanSequence *siamban_sequence_new_from_folder (const char *folder,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanSequence *siamban_sequence_new_from_video (const char *path,
                                                  GCancellable *cancellable,
                                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
const char *siamban_sequence_get_name (SiambanSequence *self);

SIAMBAN_API
guint siamban_sequence_get_n_frames (SiambanSequence *self);

SIAMBAN_API
double siamban_sequence_get_frame_rate (SiambanSequence *self);

SIAMBAN_API
SiambanImage *siamban_sequence_get_frame (SiambanSequence *self,
                                          guint index,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
const char *siamban_sequence_get_frame_path (SiambanSequence *self, guint index);

SIAMBAN_API
gboolean siamban_sequence_get_box (SiambanSequence *self, guint index, SiambanBox *box);

SIAMBAN_API
SiambanTrajectory *siamban_sequence_get_ground_truth (SiambanSequence *self);

G_END_DECLS
