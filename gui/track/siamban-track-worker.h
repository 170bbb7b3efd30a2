/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban-track-record.h"

G_BEGIN_DECLS

/* One frame, and what was found in it. Nothing changes after it was made. */
typedef struct
{
  guint index;
  GdkTexture *texture;
  guint width;
  guint height;
  SiambanTrackResult *result; /* NULL where nothing was tracked */
  double seconds;             /* of the tracker alone */
} SiambanTrackStep;

void siamban_track_step_free (SiambanTrackStep *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanTrackStep, siamban_track_step_free)

#define SIAMBAN_TYPE_TRACK_WORKER (siamban_track_worker_get_type ())

G_DECLARE_FINAL_TYPE (SiambanTrackWorker, siamban_track_worker, SIAMBAN, TRACK_WORKER, GObject)

/* Reads, tracks and writes in a thread of its own, one thing after the other; answers come in the
 * main context of the caller. */
SiambanTrackWorker *siamban_track_worker_new (void);

/* A folder of frames or a video. Gives a SiambanSequence, and the ground truth of the folder or of a
 * text file beside the video, if there is any: that of its name, else groundtruth.txt. */
void siamban_track_worker_open_async (SiambanTrackWorker *self,
                                      GFile *file,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
SiambanSequence *
siamban_track_worker_open_finish (GAsyncResult *result, SiambanTrajectory **truth, GError **error);

/* Ground truth of another file. */
void siamban_track_worker_read_truth_async (SiambanTrackWorker *self,
                                            GFile *file,
                                            GAsyncReadyCallback callback,
                                            gpointer user_data);
SiambanTrajectory *siamban_track_worker_read_truth_finish (GAsyncResult *result, GError **error);

/* The network of @config with the weights of a file. @warning is what of it the file does not have.
 * A target has to be shown again. */
void siamban_track_worker_load_async (SiambanTrackWorker *self,
                                      SiambanConfig *config,
                                      const char *weights,
                                      const char *device,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean siamban_track_worker_load_finish (GAsyncResult *result, char **warning, GError **error);

/* Shows the target in a frame; what is tracked from then on begins there. */
void siamban_track_worker_set_target (SiambanTrackWorker *self, guint frame, const SiambanBox *box);

/* Reads a frame; if @track, which must be the one behind the last that was tracked, or behind that of
 * the target, finds the target in it. Gives a SiambanTrackStep. */
void siamban_track_worker_step_async (SiambanTrackWorker *self,
                                      guint frame,
                                      gboolean track,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
SiambanTrackStep *siamban_track_worker_step_finish (GAsyncResult *result, GError **error);

/* Boxes, or for the name of a video the frames with the boxes drawn in. @progress is called in the
 * caller's main context with the share that is done. */
void siamban_track_worker_export_async (SiambanTrackWorker *self,
                                        const SiambanTrackRecord *record,
                                        const char *path,
                                        GFileProgressCallback progress,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean siamban_track_worker_export_finish (GAsyncResult *result, GError **error);

gboolean siamban_track_worker_is_video (const char *path);

G_END_DECLS
