/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-box.h"
#include "siamban-image.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SYNTH (siamban_synth_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanSynth, siamban_synth, SIAMBAN, SYNTH, GObject)

SIAMBAN_API
SiambanSynth *siamban_synth_new (guint64 seed,
                                 guint n_videos,
                                 guint n_frames,
                                 guint width,
                                 guint height) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
guint64 siamban_synth_get_seed (SiambanSynth *self);

SIAMBAN_API
guint siamban_synth_get_n_videos (SiambanSynth *self);

SIAMBAN_API
guint siamban_synth_get_n_frames (SiambanSynth *self);

SIAMBAN_API
guint siamban_synth_get_width (SiambanSynth *self);

SIAMBAN_API
guint siamban_synth_get_height (SiambanSynth *self);

SIAMBAN_API
char *siamban_synth_get_video_name (SiambanSynth *self, guint video) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanImage *siamban_synth_get_frame (SiambanSynth *self, guint video, guint frame, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_synth_get_box (SiambanSynth *self, guint video, guint frame, SiambanBox *box);

SIAMBAN_API
gboolean siamban_synth_write_frames (SiambanSynth *self, const char *folder, GError **error);

SIAMBAN_API
gboolean siamban_synth_write_crops (SiambanSynth *self, const char *folder, GError **error);

SIAMBAN_API
void siamban_synth_write_frames_async (SiambanSynth *self,
                                       const char *folder,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

SIAMBAN_API
gboolean
siamban_synth_write_frames_finish (SiambanSynth *self, GAsyncResult *result, GError **error);

SIAMBAN_API
void siamban_synth_write_crops_async (SiambanSynth *self,
                                      const char *folder,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

SIAMBAN_API
gboolean
siamban_synth_write_crops_finish (SiambanSynth *self, GAsyncResult *result, GError **error);

G_END_DECLS
