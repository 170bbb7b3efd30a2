/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-sub-dataset-private.h"

#include "siamban-error.h"

/**
 * SiambanSubDataset:
 *
 * One source of training pairs: annotations, and the folder of crop files that belong to them.
 *
 * The crop of a frame is `ROOT/VIDEO/FRAME.TRACK.x.jpg`, the frame's number in six digits. An
 * instance never changes after construction: any thread may read it.
 *
 * Source: `siamban/datasets/dataset.py`, class `SubDataset`.
 *
 * Since: 0.1
 */
struct _SiambanSubDataset
{
  GObject parent_instance;

  char *name;
  char *root;
  char *anno;
  guint frame_range;
  guint num_use;
  guint start_index;
  SiambanAnnotations *annotations;
};

G_DEFINE_FINAL_TYPE (SiambanSubDataset, siamban_sub_dataset, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_ROOT,
  PROP_ANNO,
  PROP_FRAME_RANGE,
  PROP_NUM_USE,
  PROP_START_INDEX,
  PROP_N_VIDEOS,
  PROP_ANNOTATIONS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

void
_siamban_sub_dataset_search_range (SiambanSubDataset *self,
                                   guint n_frames,
                                   guint position,
                                   guint *first,
                                   guint *end)
{
  *first = position - MIN (position, self->frame_range);
  *end = position + MIN (n_frames - 1 - position, self->frame_range) + 1;
}

void
_siamban_sub_dataset_pick (SiambanSubDataset *self, SiambanRandom *random, guint32 *picks)
{
  const guint n_videos = siamban_annotations_get_n_videos (self->annotations);
  g_autofree guint32 *order = g_new (guint32, n_videos);
  guint n_picked = 0;

  for (guint i = 0; i < n_videos; i++)
    order[i] = self->start_index + i;
  while (n_picked < self->num_use)
    {
      const guint n = MIN (n_videos, self->num_use - n_picked);

      _siamban_random_shuffle (random, order, n_videos);
      for (guint i = 0; i < n; i++)
        picks[n_picked++] = order[i];
    }
}

SiambanTarget
_siamban_sub_dataset_draw_target (SiambanSubDataset *self, SiambanRandom *random, guint video)
{
  SiambanTarget target;

  target.track = _siamban_random_below (
      random, siamban_annotations_get_n_tracks (self->annotations, video));
  target.position = _siamban_random_below (
      random, siamban_annotations_get_n_frames (self->annotations, video, target.track));

  return target;
}

void
_siamban_sub_dataset_draw_pair (SiambanSubDataset *self,
                                SiambanRandom *random,
                                guint video,
                                SiambanTarget *template,
                                SiambanTarget *search)
{
  guint first, end;

  *template = _siamban_sub_dataset_draw_target (self, random, video);
  _siamban_sub_dataset_search_range (
      self, siamban_annotations_get_n_frames (self->annotations, video, template->track),
      template->position, &first, &end);
  search->track = template->track;
  search->position = first + _siamban_random_below (random, end - first);
}

static void
siamban_sub_dataset_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanSubDataset *self = SIAMBAN_SUB_DATASET (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_ROOT:
      g_value_set_string (value, self->root);
      break;
    case PROP_ANNO:
      g_value_set_string (value, self->anno);
      break;
    case PROP_FRAME_RANGE:
      g_value_set_uint (value, self->frame_range);
      break;
    case PROP_NUM_USE:
      g_value_set_uint (value, self->num_use);
      break;
    case PROP_START_INDEX:
      g_value_set_uint (value, self->start_index);
      break;
    case PROP_N_VIDEOS:
      g_value_set_uint (value, siamban_sub_dataset_get_n_videos (self));
      break;
    case PROP_ANNOTATIONS:
      g_value_set_object (value, self->annotations);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_sub_dataset_finalize (GObject *object)
{
  SiambanSubDataset *self = SIAMBAN_SUB_DATASET (object);

  g_free (self->name);
  g_free (self->root);
  g_free (self->anno);
  g_clear_object (&self->annotations);

  G_OBJECT_CLASS (siamban_sub_dataset_parent_class)->finalize (object);
}

static void
define_counts (GParamFlags flags)
{
  /**
   * SiambanSubDataset:num-use:
   *
   * How many pairs one pass over the mixture takes from here.
   *
   * Since: 0.1
   */
  properties[PROP_NUM_USE] = g_param_spec_uint ("num-use", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * SiambanSubDataset:start-index:
   *
   * The index of the first video among the videos of the whole mixture.
   *
   * Since: 0.1
   */
  properties[PROP_START_INDEX] = g_param_spec_uint ("start-index", NULL, NULL, 0, G_MAXUINT, 0,
                                                    flags);

  /**
   * SiambanSubDataset:n-videos:
   *
   * How many videos there are.
   *
   * Since: 0.1
   */
  properties[PROP_N_VIDEOS] = g_param_spec_uint ("n-videos", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * SiambanSubDataset:annotations:
   *
   * The boxes.
   *
   * Since: 0.1
   */
  properties[PROP_ANNOTATIONS] = g_param_spec_object ("annotations", NULL, NULL,
                                                      SIAMBAN_TYPE_ANNOTATIONS, flags);
}

static void
siamban_sub_dataset_class_init (SiambanSubDatasetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = siamban_sub_dataset_get_property;
  object_class->finalize = siamban_sub_dataset_finalize;

  /**
   * SiambanSubDataset:name:
   *
   * The name in `DATASET.NAMES`.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * SiambanSubDataset:root:
   *
   * The folder of the crop files.
   *
   * Since: 0.1
   */
  properties[PROP_ROOT] = g_param_spec_string ("root", NULL, NULL, NULL, flags);

  /**
   * SiambanSubDataset:anno:
   *
   * The file of the annotations.
   *
   * Since: 0.1
   */
  properties[PROP_ANNO] = g_param_spec_string ("anno", NULL, NULL, NULL, flags);

  /**
   * SiambanSubDataset:frame-range:
   *
   * The search frame lies at most so many frames of the track before or after the template's.
   *
   * Since: 0.1
   */
  properties[PROP_FRAME_RANGE] = g_param_spec_uint ("frame-range", NULL, NULL, 0, G_MAXUINT, 0,
                                                    flags);

  define_counts (flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_sub_dataset_init (SiambanSubDataset *self)
{
}

/**
 * siamban_sub_dataset_new:
 * @name: what to call it
 * @root: (type filename): the folder of the crop files
 * @anno: (type filename): the file of the annotations
 * @frame_range: the search frame lies at most so many frames before or after the template's
 * @num_use: pairs that one pass takes from here, or −1 for as many as there are videos
 * @start_index: the index of the first video among those of the whole mixture
 * @error: return location for an error
 *
 * Reads the annotations of a source.
 *
 * It fails as [ctor@Annotations.new_from_file] does, and with %SIAMBAN_ERROR_INVALID_DATA if pairs
 * are wanted of a source without a usable box.
 *
 * Returns: (transfer full): a new sub-dataset
 *
 * Since: 0.1
 */
SiambanSubDataset *
siamban_sub_dataset_new (const char *name,
                         const char *root,
                         const char *anno,
                         guint frame_range,
                         int num_use,
                         guint start_index,
                         GError **error)
{
  g_autoptr (SiambanAnnotations) annotations = NULL;
  SiambanSubDataset *self;
  guint n_videos;

  g_return_val_if_fail (name != NULL && root != NULL && anno != NULL, NULL);
  g_return_val_if_fail (num_use >= -1, NULL);

  annotations = siamban_annotations_new_from_file (anno, error);
  if (annotations == NULL)
    {
      g_prefix_error (error, "Data set %s: ", name);
      return NULL;
    }
  n_videos = siamban_annotations_get_n_videos (annotations);
  if (n_videos == 0 && num_use > 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "Data set %s: %s has no usable box, but %d pairs are wanted of it", name, anno,
                   num_use);
      return NULL;
    }

  self = g_object_new (SIAMBAN_TYPE_SUB_DATASET, NULL);
  self->name = g_strdup (name);
  self->root = g_strdup (root);
  self->anno = g_strdup (anno);
  self->frame_range = frame_range;
  self->num_use = num_use == -1 ? n_videos : (guint) num_use;
  self->start_index = start_index;
  self->annotations = g_steal_pointer (&annotations);

  return self;
}

/**
 * siamban_sub_dataset_get_name:
 * @self: a sub-dataset
 *
 * Gets the name.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
siamban_sub_dataset_get_name (SiambanSubDataset *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SUB_DATASET (self), NULL);

  return self->name;
}

/**
 * siamban_sub_dataset_get_n_videos:
 * @self: a sub-dataset
 *
 * Gets how many videos there are.
 *
 * Returns: the number of videos
 *
 * Since: 0.1
 */
guint
siamban_sub_dataset_get_n_videos (SiambanSubDataset *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SUB_DATASET (self), 0);

  return siamban_annotations_get_n_videos (self->annotations);
}

/**
 * siamban_sub_dataset_get_num_use:
 * @self: a sub-dataset
 *
 * Gets how many pairs one pass over the mixture takes from here.
 *
 * Returns: the number of pairs
 *
 * Since: 0.1
 */
guint
siamban_sub_dataset_get_num_use (SiambanSubDataset *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SUB_DATASET (self), 0);

  return self->num_use;
}

/**
 * siamban_sub_dataset_get_start_index:
 * @self: a sub-dataset
 *
 * Gets the index of the first video among the videos of the whole mixture.
 *
 * Returns: the index
 *
 * Since: 0.1
 */
guint
siamban_sub_dataset_get_start_index (SiambanSubDataset *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SUB_DATASET (self), 0);

  return self->start_index;
}

/**
 * siamban_sub_dataset_get_annotations:
 * @self: a sub-dataset
 *
 * Gets the boxes.
 *
 * Returns: (transfer none): the annotations
 *
 * Since: 0.1
 */
SiambanAnnotations *
siamban_sub_dataset_get_annotations (SiambanSubDataset *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SUB_DATASET (self), NULL);

  return self->annotations;
}

/**
 * siamban_sub_dataset_get_image_path:
 * @self: a sub-dataset
 * @video: which video, from 0
 * @track: which of its tracks, from 0
 * @position: which of its frames, from 0
 *
 * Gets where the crop of a frame should be.
 *
 * Returns: (transfer full) (type filename): the path
 *
 * Since: 0.1
 */
char *
siamban_sub_dataset_get_image_path (SiambanSubDataset *self,
                                    guint video,
                                    guint track,
                                    guint position)
{
  g_autofree char *file_name = NULL;

  g_return_val_if_fail (SIAMBAN_IS_SUB_DATASET (self), NULL);

  file_name = g_strdup_printf (
      "%06u.%s.x.jpg",
      siamban_annotations_get_frame_number (self->annotations, video, track, position),
      siamban_annotations_get_track_name (self->annotations, video, track));

  return g_build_filename (
      self->root, siamban_annotations_get_video_name (self->annotations, video), file_name, NULL);
}

/**
 * siamban_sub_dataset_to_string:
 * @self: a sub-dataset
 *
 * Describes the source in the line that the original logs.
 *
 * Returns: (transfer full): the line, such as
 *   `VID start-index 0 select [100000/4417] path_format {}.{}.{}.jpg`
 *
 * Since: 0.1
 */
char *
siamban_sub_dataset_to_string (SiambanSubDataset *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SUB_DATASET (self), NULL);

  return g_strdup_printf ("%s start-index %u select [%u/%u] path_format {}.{}.{}.jpg", self->name,
                          self->start_index, self->num_use,
                          siamban_sub_dataset_get_n_videos (self));
}
