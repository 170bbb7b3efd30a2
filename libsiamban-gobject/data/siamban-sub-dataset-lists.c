/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-annotations-private.h"
#include "siamban-lazy-list-private.h"
#include "siamban-track-private.h"

static gpointer
make_video (GObject *owner, guint position)
{
  return _siamban_video_new (SIAMBAN_SUB_DATASET (owner), position);
}

/**
 * siamban_sub_dataset_list_videos:
 * @self: a sub-dataset
 *
 * Lists the videos, in the order of the annotations. They are made when asked for, so that a list of
 * any length costs nothing.
 *
 * Returns: (transfer full): a list of [class@Video]
 *
 * Since: 0.1
 */
GListModel *
siamban_sub_dataset_list_videos (SiambanSubDataset *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SUB_DATASET (self), NULL);

  return _siamban_lazy_list_new (SIAMBAN_TYPE_VIDEO, siamban_sub_dataset_get_n_videos (self),
                                 make_video, G_OBJECT (self));
}

static gpointer
make_frame (GObject *owner, guint position)
{
  SiambanSubDataset *self = SIAMBAN_SUB_DATASET (owner);
  guint video, track, place;

  _siamban_annotations_locate (siamban_sub_dataset_get_annotations (self), position, &video, &track,
                               &place);

  return _siamban_frame_new (self, video, track, place);
}

/**
 * siamban_sub_dataset_list_frames:
 * @self: a sub-dataset
 *
 * Lists all frames of all tracks of all videos. They are made when asked for.
 *
 * Returns: (transfer full): a list of [class@Frame]
 *
 * Since: 0.1
 */
GListModel *
siamban_sub_dataset_list_frames (SiambanSubDataset *self)
{
  SiambanAnnotations *annotations;

  g_return_val_if_fail (SIAMBAN_IS_SUB_DATASET (self), NULL);

  annotations = siamban_sub_dataset_get_annotations (self);

  return _siamban_lazy_list_new (SIAMBAN_TYPE_FRAME,
                                 siamban_annotations_get_n_frames_total (annotations), make_frame,
                                 G_OBJECT (self));
}
