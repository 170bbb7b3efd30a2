/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-augmentation-private.h"
#include "siamban-track-private.h"

/**
 * SiambanFrame:
 *
 * One box of one track: the crop file in which the target is in the middle.
 *
 * An instance never changes: any thread may read it.
 *
 * Since: 0.1
 */
struct _SiambanFrame
{
  GObject parent_instance;

  SiambanSubDataset *source;
  guint video;
  guint track;
  guint position;
};

G_DEFINE_FINAL_TYPE (SiambanFrame, siamban_frame, G_TYPE_OBJECT)

static SiambanAnnotations *
annotations_of (SiambanFrame *self)
{
  return siamban_sub_dataset_get_annotations (self->source);
}

static void
siamban_frame_finalize (GObject *object)
{
  g_object_unref (SIAMBAN_FRAME (object)->source);

  G_OBJECT_CLASS (siamban_frame_parent_class)->finalize (object);
}

static void
siamban_frame_class_init (SiambanFrameClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_frame_finalize;
}

static void
siamban_frame_init (SiambanFrame *self)
{
}

SiambanFrame *
_siamban_frame_new (SiambanSubDataset *source, guint video, guint track, guint position)
{
  SiambanFrame *self = g_object_new (SIAMBAN_TYPE_FRAME, NULL);

  self->source = g_object_ref (source);
  self->video = video;
  self->track = track;
  self->position = position;

  return self;
}

/**
 * siamban_frame_get_number:
 * @self: a frame
 *
 * Gets the number of the frame in its video.
 *
 * Returns: the number, as in the annotations
 *
 * Since: 0.1
 */
guint
siamban_frame_get_number (SiambanFrame *self)
{
  g_return_val_if_fail (SIAMBAN_IS_FRAME (self), 0);

  return siamban_annotations_get_frame_number (annotations_of (self), self->video, self->track,
                                               self->position);
}

/**
 * siamban_frame_get_video_name:
 * @self: a frame
 *
 * Gets the video that the frame is of.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
siamban_frame_get_video_name (SiambanFrame *self)
{
  g_return_val_if_fail (SIAMBAN_IS_FRAME (self), NULL);

  return siamban_annotations_get_video_name (annotations_of (self), self->video);
}

/**
 * siamban_frame_get_track_name:
 * @self: a frame
 *
 * Gets the track that the box is of.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
siamban_frame_get_track_name (SiambanFrame *self)
{
  g_return_val_if_fail (SIAMBAN_IS_FRAME (self), NULL);

  return siamban_annotations_get_track_name (annotations_of (self), self->video, self->track);
}

/**
 * siamban_frame_get_path:
 * @self: a frame
 *
 * Gets where the crop file should be.
 *
 * Returns: (transfer full) (type filename): the path
 *
 * Since: 0.1
 */
char *
siamban_frame_get_path (SiambanFrame *self)
{
  g_return_val_if_fail (SIAMBAN_IS_FRAME (self), NULL);

  return siamban_sub_dataset_get_image_path (self->source, self->video, self->track,
                                             self->position);
}

/**
 * siamban_frame_get_box:
 * @self: a frame
 *
 * Gets the annotated box.
 *
 * Returns: (transfer none): the box, in pixels of the video's frame
 *
 * Since: 0.1
 */
const SiambanBox *
siamban_frame_get_box (SiambanFrame *self)
{
  g_return_val_if_fail (SIAMBAN_IS_FRAME (self), NULL);

  return siamban_annotations_get_box (annotations_of (self), self->video, self->track,
                                      self->position);
}

/**
 * siamban_frame_get_box_in_crop:
 * @self: a frame
 * @crop_size: side of the crop file, in pixels; 511 if it was made as the original does
 * @template_size: side of a template that is cut out of it, in pixels, `TRAIN.EXEMPLAR_SIZE`; 127
 *
 * Works out where the target lies in the crop file.
 *
 * Returns: (transfer full): the box, in pixels of the crop
 *
 * Since: 0.1
 */
SiambanBox *
siamban_frame_get_box_in_crop (SiambanFrame *self, guint crop_size, guint template_size)
{
  SiambanBox box;

  g_return_val_if_fail (SIAMBAN_IS_FRAME (self), NULL);

  box = _siamban_box_in_crop (siamban_frame_get_box (self), crop_size, crop_size, template_size);

  return siamban_box_copy (&box);
}
