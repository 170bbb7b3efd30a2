/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-track-private.h"

#include "siamban-lazy-list-private.h"

/**
 * SiambanTrack:
 *
 * One object that is followed through a video.
 *
 * An instance never changes: any thread may read it.
 *
 * Since: 0.1
 */
struct _SiambanTrack
{
  GObject parent_instance;

  SiambanSubDataset *source;
  guint video;
  guint track;
};

G_DEFINE_FINAL_TYPE (SiambanTrack, siamban_track, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
siamban_track_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_NAME)
    g_value_set_string (value, siamban_track_get_name (SIAMBAN_TRACK (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_track_finalize (GObject *object)
{
  g_object_unref (SIAMBAN_TRACK (object)->source);

  G_OBJECT_CLASS (siamban_track_parent_class)->finalize (object);
}

static void
siamban_track_class_init (SiambanTrackClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = siamban_track_get_property;
  object_class->finalize = siamban_track_finalize;

  /**
   * SiambanTrack:name:
   *
   * The name of the track, often `00`.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_track_init (SiambanTrack *self)
{
}

SiambanTrack *
_siamban_track_new (SiambanSubDataset *source, guint video, guint track)
{
  SiambanTrack *self = g_object_new (SIAMBAN_TYPE_TRACK, NULL);

  self->source = g_object_ref (source);
  self->video = video;
  self->track = track;

  return self;
}

/**
 * siamban_track_get_name: (get-property name)
 * @self: a track
 *
 * Gets the name of the track, often `00`.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
siamban_track_get_name (SiambanTrack *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRACK (self), NULL);

  return siamban_annotations_get_track_name (siamban_sub_dataset_get_annotations (self->source),
                                             self->video, self->track);
}

static gpointer
make_frame (GObject *owner, guint position)
{
  SiambanTrack *self = SIAMBAN_TRACK (owner);

  return _siamban_frame_new (self->source, self->video, self->track, position);
}

/**
 * siamban_track_list_frames:
 * @self: a track
 *
 * Lists the frames in the order of their numbers. They are made when asked for.
 *
 * Returns: (transfer full): a list of [class@Frame], at least one
 *
 * Since: 0.1
 */
GListModel *
siamban_track_list_frames (SiambanTrack *self)
{
  SiambanAnnotations *annotations;

  g_return_val_if_fail (SIAMBAN_IS_TRACK (self), NULL);

  annotations = siamban_sub_dataset_get_annotations (self->source);

  return _siamban_lazy_list_new (
      SIAMBAN_TYPE_FRAME, siamban_annotations_get_n_frames (annotations, self->video, self->track),
      make_frame, G_OBJECT (self));
}
