/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-annotations-private.h"
#include "siamban-lazy-list-private.h"
#include "siamban-track-private.h"

/**
 * SiambanVideo:
 *
 * One video of a source of training pairs.
 *
 * An instance never changes: any thread may read it.
 *
 * Since: 0.1
 */
struct _SiambanVideo
{
  GObject parent_instance;

  SiambanSubDataset *source;
  guint video;
};

G_DEFINE_FINAL_TYPE (SiambanVideo, siamban_video, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static SiambanAnnotations *
annotations_of (SiambanVideo *self)
{
  return siamban_sub_dataset_get_annotations (self->source);
}

static void
siamban_video_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_NAME)
    g_value_set_string (value, siamban_video_get_name (SIAMBAN_VIDEO (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_video_finalize (GObject *object)
{
  g_object_unref (SIAMBAN_VIDEO (object)->source);

  G_OBJECT_CLASS (siamban_video_parent_class)->finalize (object);
}

static void
siamban_video_class_init (SiambanVideoClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = siamban_video_get_property;
  object_class->finalize = siamban_video_finalize;

  /**
   * SiambanVideo:name:
   *
   * The name of the video, which is its folder too.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_video_init (SiambanVideo *self)
{
}

SiambanVideo *
_siamban_video_new (SiambanSubDataset *source, guint video)
{
  SiambanVideo *self = g_object_new (SIAMBAN_TYPE_VIDEO, NULL);

  self->source = g_object_ref (source);
  self->video = video;

  return self;
}

/**
 * siamban_video_get_name: (get-property name)
 * @self: a video
 *
 * Gets the name of the video, which is its folder too.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
siamban_video_get_name (SiambanVideo *self)
{
  g_return_val_if_fail (SIAMBAN_IS_VIDEO (self), NULL);

  return siamban_annotations_get_video_name (annotations_of (self), self->video);
}

static gpointer
make_track (GObject *owner, guint position)
{
  SiambanVideo *self = SIAMBAN_VIDEO (owner);

  return _siamban_track_new (self->source, self->video, position);
}

/**
 * siamban_video_list_tracks:
 * @self: a video
 *
 * Lists the objects that are followed in the video. They are made when asked for.
 *
 * Returns: (transfer full): a list of [class@Track], at least one
 *
 * Since: 0.1
 */
GListModel *
siamban_video_list_tracks (SiambanVideo *self)
{
  g_return_val_if_fail (SIAMBAN_IS_VIDEO (self), NULL);

  return _siamban_lazy_list_new (
      SIAMBAN_TYPE_TRACK, siamban_annotations_get_n_tracks (annotations_of (self), self->video),
      make_track, G_OBJECT (self));
}

static gpointer
make_frame (GObject *owner, guint position)
{
  SiambanVideo *self = SIAMBAN_VIDEO (owner);
  const guint first = _siamban_annotations_get_first_frame (annotations_of (self), self->video);
  guint video, track, place;

  _siamban_annotations_locate (annotations_of (self), first + position, &video, &track, &place);

  return _siamban_frame_new (self->source, video, track, place);
}

/**
 * siamban_video_list_frames:
 * @self: a video
 *
 * Lists the frames of all tracks, one track after the other. They are made when asked for.
 *
 * Returns: (transfer full): a list of [class@Frame], at least one
 *
 * Since: 0.1
 */
GListModel *
siamban_video_list_frames (SiambanVideo *self)
{
  SiambanAnnotations *annotations;
  guint n = 0;

  g_return_val_if_fail (SIAMBAN_IS_VIDEO (self), NULL);

  annotations = annotations_of (self);
  for (guint i = 0; i < siamban_annotations_get_n_tracks (annotations, self->video); i++)
    n += siamban_annotations_get_n_frames (annotations, self->video, i);

  return _siamban_lazy_list_new (SIAMBAN_TYPE_FRAME, n, make_frame, G_OBJECT (self));
}
