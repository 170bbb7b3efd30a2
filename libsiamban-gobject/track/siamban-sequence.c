/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-sequence.h"

#include <math.h>
#include <string.h>

#include "siamban-error.h"
#include "siamban-frame-folder-private.h"
#include "siamban-ground-truth.h"
#include "siamban-video-reader-private.h"

/**
 * SiambanSequence:
 *
 * The frames of a recording in their order, with the ground truth if there is one.
 *
 * A folder holds images (`.jpg`, `.jpeg`, `.png`, `.bmp`; directly or in `img/`, `imgs/` or
 * `color/`) in natural order of their names, and perhaps `groundtruth.txt`,
 * `groundtruth_rect.txt` or a single other `.txt` file with one box a line
 * ([func@Siamban.ground_truth_read]): the layouts of OTB, VOT, UAV123, LaSOT and GOT-10k. Frames
 * are read when they are asked for.
 *
 * A video file is read by GStreamer, if the library was built with it; it has no ground truth. Its
 * frames come quickest one after the other.
 *
 * Nothing changes after it was made: threads may share it, and wait for each other's frames of a video.
 *
 * Since: 0.1
 */
struct _SiambanSequence
{
  GObject parent_instance;

  SiambanFrameFolder *folder; /* or */
  SiambanVideoReader *video;  /* with @lock only */
  GMutex lock;
  char *path;               /* of the video */
  char *name;               /* of the video */
  SiambanTrajectory *truth; /* as long as there are frames */
};

G_DEFINE_FINAL_TYPE (SiambanSequence, siamban_sequence, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_N_FRAMES,
  PROP_GROUND_TRUTH,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
siamban_sequence_finalize (GObject *object)
{
  SiambanSequence *self = SIAMBAN_SEQUENCE (object);

  g_clear_pointer (&self->folder, _siamban_frame_folder_free);
  g_clear_pointer (&self->video, _siamban_video_reader_free);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  g_free (self->name);
  g_clear_pointer (&self->truth, siamban_trajectory_unref);

  G_OBJECT_CLASS (siamban_sequence_parent_class)->finalize (object);
}

static void
siamban_sequence_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanSequence *self = SIAMBAN_SEQUENCE (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, siamban_sequence_get_name (self));
      break;
    case PROP_N_FRAMES:
      g_value_set_uint (value, siamban_sequence_get_n_frames (self));
      break;
    case PROP_GROUND_TRUTH:
      g_value_set_boxed (value, self->truth);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_sequence_class_init (SiambanSequenceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = siamban_sequence_finalize;
  object_class->get_property = siamban_sequence_get_property;

  /**
   * SiambanSequence:name:
   *
   * The folder's own name, or that of the video without what is behind the last dot.
   *
   * Since: 0.1
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * SiambanSequence:n-frames:
   *
   * How many frames there are.
   *
   * Since: 0.1
   */
  props[PROP_N_FRAMES] = g_param_spec_uint ("n-frames", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * SiambanSequence:ground-truth:
   *
   * Where the target is in each frame, or %NULL.
   *
   * Since: 0.1
   */
  props[PROP_GROUND_TRUTH] = g_param_spec_boxed ("ground-truth", NULL, NULL,
                                                 SIAMBAN_TYPE_TRAJECTORY, flags);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_sequence_init (SiambanSequence *self)
{
  g_mutex_init (&self->lock);
}

/* Recordings of which only the first frame is annotated, and files with more boxes than frames,
 * are both common. */
static SiambanTrajectory *
fit_to_frames (SiambanTrajectory *truth, guint n_frames)
{
  g_autofree SiambanBox *boxes = g_new (SiambanBox, n_frames);

  for (guint i = 0; i < n_frames; i++)
    siamban_trajectory_get_box (truth, i, &boxes[i]);

  return siamban_trajectory_new (boxes, n_frames);
}

/**
 * siamban_sequence_new_from_folder:
 * @folder: (type filename): a folder of frames
 * @error: return location for an error
 *
 * Opens a folder of frames and reads its ground truth.
 *
 * Errors: %SIAMBAN_ERROR_IO if the folder cannot be read, %SIAMBAN_ERROR_INVALID_DATA if it holds
 * no images or its ground truth is damaged. Images are not looked at yet.
 *
 * Returns: (transfer full): a new sequence
 *
 * Since: 0.1
 */
SiambanSequence *
siamban_sequence_new_from_folder (const char *folder, GError **error)
{
  g_autoptr (SiambanFrameFolder) found = NULL;
  g_autoptr (SiambanTrajectory) truth = NULL;
  SiambanSequence *self;

  g_return_val_if_fail (folder != NULL, NULL);

  found = _siamban_frame_folder_scan (folder, error);
  if (found == NULL)
    return NULL;

  if (found->frames->len == 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "%s: no frames; expected .jpg, .jpeg, .png or .bmp files in it or in its img/, "
                   "imgs/ or color/",
                   folder);
      return NULL;
    }

  /* A sequence follows one target; which of several it is, nothing tells. */
  if (found->ground_truth_paths->len == 1)
    {
      truth = siamban_ground_truth_read (found->ground_truth_paths->pdata[0], error);
      if (truth == NULL)
        return NULL;
    }

  self = g_object_new (SIAMBAN_TYPE_SEQUENCE, NULL);
  self->truth = truth != NULL ? fit_to_frames (truth, found->frames->len) : NULL;
  self->folder = g_steal_pointer (&found);

  return self;
}

/* The file's own name without the suffix. */
static char *
make_name (const char *path)
{
  char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');

  if (dot != NULL && dot > name)
    *dot = '\0';

  return name;
}

/**
 * siamban_sequence_new_from_video:
 * @path: (type filename): a video file
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Opens a video. It is decoded once to count its frames, which takes a while for a long one.
 *
 * Errors: %SIAMBAN_ERROR_UNSUPPORTED, with what is missing, if there is no decoder for it or the
 * library was built without GStreamer; %SIAMBAN_ERROR_INVALID_DATA if it is damaged or has no
 * pictures; %SIAMBAN_ERROR_IO if it cannot be read; %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): a new sequence
 *
 * Since: 0.1
 */
SiambanSequence *
siamban_sequence_new_from_video (const char *path, GCancellable *cancellable, GError **error)
{
  SiambanVideoReader *video;
  SiambanSequence *self;

  g_return_val_if_fail (path != NULL, NULL);

  video = _siamban_video_reader_new (path, cancellable, error);
  if (video == NULL)
    return NULL;

  self = g_object_new (SIAMBAN_TYPE_SEQUENCE, NULL);
  self->video = video;
  self->path = g_strdup (path);
  self->name = make_name (path);

  return self;
}

/**
 * siamban_sequence_get_name:
 * @self: a sequence
 *
 * Gets the folder's own name, or that of the video without its suffix, by which results are filed.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
siamban_sequence_get_name (SiambanSequence *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SEQUENCE (self), NULL);

  if (self->video != NULL)
    return self->name;

  return self->folder != NULL ? self->folder->name : "";
}

/**
 * siamban_sequence_get_n_frames:
 * @self: a sequence
 *
 * Gets how many frames there are.
 *
 * Returns: the number of frames
 *
 * Since: 0.1
 */
guint
siamban_sequence_get_n_frames (SiambanSequence *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SEQUENCE (self), 0);

  if (self->video != NULL)
    return _siamban_video_reader_get_n_frames (self->video);

  return self->folder != NULL ? self->folder->frames->len : 0;
}

/**
 * siamban_sequence_get_frame_rate:
 * @self: a sequence
 *
 * Gets how fast a video is played.
 *
 * Returns: frames a second, on average; 0 for a folder, which does not tell
 *
 * Since: 0.1
 */
double
siamban_sequence_get_frame_rate (SiambanSequence *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SEQUENCE (self), 0);

  return self->video != NULL ? _siamban_video_reader_get_rate (self->video) : 0;
}

static SiambanImage *
get_video_frame (SiambanSequence *self, guint index, GError **error)
{
  SiambanImage *frame;

  g_mutex_lock (&self->lock);
  frame = _siamban_video_reader_get_frame (self->video, index, error);
  g_mutex_unlock (&self->lock);

  return frame;
}

/**
 * siamban_sequence_get_frame:
 * @self: a sequence
 * @index: which frame, from 0
 * @error: return location for an error
 *
 * Reads one frame.
 *
 * Errors: %SIAMBAN_ERROR_INVALID_DATA if there is no such frame, else those of
 * [ctor@Image.new_from_file] or [ctor@Sequence.new_from_video].
 *
 * Returns: (transfer full): the image, height × width × BGR
 *
 * Since: 0.1
 */
SiambanImage *
siamban_sequence_get_frame (SiambanSequence *self, guint index, GError **error)
{
  const guint n_frames = siamban_sequence_get_n_frames (self);

  g_return_val_if_fail (SIAMBAN_IS_SEQUENCE (self), NULL);

  if (index >= n_frames)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "%s: no frame %u, there are %u", siamban_sequence_get_name (self), index,
                   n_frames);
      return NULL;
    }

  if (self->video != NULL)
    return get_video_frame (self, index, error);

  return siamban_image_new_from_file (self->folder->frames->pdata[index], error);
}

/**
 * siamban_sequence_get_frame_path:
 * @self: a sequence
 * @index: which frame, from 0
 *
 * Gets the file of one frame, for messages; that of a video is the video.
 *
 * Returns: (transfer none) (nullable) (type filename): the path, or %NULL if there is no such
 *   frame
 *
 * Since: 0.1
 */
const char *
siamban_sequence_get_frame_path (SiambanSequence *self, guint index)
{
  g_return_val_if_fail (SIAMBAN_IS_SEQUENCE (self), NULL);

  if (index >= siamban_sequence_get_n_frames (self))
    return NULL;

  return self->video != NULL ? self->path : self->folder->frames->pdata[index];
}

/**
 * siamban_sequence_get_box:
 * @self: a sequence
 * @index: which frame, from 0
 * @box: (out caller-allocates): the box, in pixels of the frame; NaN edges if there is none
 *
 * Gets the ground truth of one frame.
 *
 * Returns: %TRUE if it has ground truth and the target is present
 *
 * Since: 0.1
 */
gboolean
siamban_sequence_get_box (SiambanSequence *self, guint index, SiambanBox *box)
{
  g_return_val_if_fail (SIAMBAN_IS_SEQUENCE (self) && box != NULL, FALSE);

  if (self->truth == NULL)
    {
      *box = (SiambanBox){ NAN, NAN, NAN, NAN };
      return FALSE;
    }

  return siamban_trajectory_get_box (self->truth, index, box);
}

/**
 * siamban_sequence_get_ground_truth:
 * @self: a sequence
 *
 * Gets the ground truth of all frames. Where the file has fewer boxes than there are frames, the
 * others have none.
 *
 * Returns: (transfer none) (nullable): as many boxes as frames, or %NULL without a ground truth
 *
 * Since: 0.1
 */
SiambanTrajectory *
siamban_sequence_get_ground_truth (SiambanSequence *self)
{
  g_return_val_if_fail (SIAMBAN_IS_SEQUENCE (self), NULL);

  return self->truth;
}
