/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-annotations-private.h"

#include "siamban-error.h"

/**
 * SiambanAnnotations:
 *
 * The boxes of a data set, read from its `train.json`:
 * `{video: {track: {frame: [x1, y1, x2, y2] or [width, height]}}}`.
 *
 * Boxes without a finite area are dropped, then tracks without frames, then videos without tracks.
 * Keys of frames that are no numbers are ignored. Of a repeated key the last value counts.
 *
 * Frames lie in flat arrays, 36 bytes each, sorted by number. An instance never changes after
 * construction: any thread may read it.
 *
 * Source: `siamban/datasets/dataset.py`, class `SubDataset`.
 *
 * Since: 0.1
 */
struct _SiambanAnnotations
{
  GObject parent_instance;

  SiambanAnnotationTables *tables;
};

G_DEFINE_FINAL_TYPE (SiambanAnnotations, siamban_annotations, G_TYPE_OBJECT)

static const SiambanVideoEntry *
video_at (SiambanAnnotations *self, guint video)
{
  return &g_array_index (self->tables->videos, SiambanVideoEntry, video);
}

static const SiambanTrackEntry *
track_at (SiambanAnnotations *self, guint video, guint track)
{
  return &g_array_index (self->tables->tracks, SiambanTrackEntry,
                         video_at (self, video)->first_track + track);
}

static gboolean
has_video (SiambanAnnotations *self, guint video)
{
  return SIAMBAN_IS_ANNOTATIONS (self) && video < self->tables->videos->len;
}

static gboolean
has_track (SiambanAnnotations *self, guint video, guint track)
{
  return has_video (self, video) && track < video_at (self, video)->n_tracks;
}

static gboolean
has_frame (SiambanAnnotations *self, guint video, guint track, guint position)
{
  return has_track (self, video, track) && position < track_at (self, video, track)->n_frames;
}

guint
_siamban_annotations_get_first_frame (SiambanAnnotations *self, guint video)
{
  return track_at (self, video, 0)->first_frame;
}

void
_siamban_annotations_locate (SiambanAnnotations *self,
                             guint frame,
                             guint *video,
                             guint *track,
                             guint *position)
{
  guint low = 0, high = self->tables->videos->len;

  while (high - low > 1)
    {
      const guint middle = low + (high - low) / 2;

      if (_siamban_annotations_get_first_frame (self, middle) <= frame)
        low = middle;
      else
        high = middle;
    }
  *video = low;
  *track = 0;
  while (*track + 1 < video_at (self, low)->n_tracks &&
         track_at (self, low, *track + 1)->first_frame <= frame)
    (*track)++;
  *position = frame - track_at (self, low, *track)->first_frame;
}

static void
siamban_annotations_finalize (GObject *object)
{
  SiambanAnnotations *self = SIAMBAN_ANNOTATIONS (object);

  g_clear_pointer (&self->tables, _siamban_annotation_tables_free);

  G_OBJECT_CLASS (siamban_annotations_parent_class)->finalize (object);
}

static void
siamban_annotations_class_init (SiambanAnnotationsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_annotations_finalize;
}

static void
siamban_annotations_init (SiambanAnnotations *self)
{
}

static SiambanAnnotations *
annotations_new (const char *name, const char *data, gsize size, GError **error)
{
  g_autoptr (SiambanAnnotationTables) tables = _siamban_annotations_parse (name, data, size, error);
  SiambanAnnotations *self;

  if (tables == NULL)
    return NULL;

  g_ptr_array_add (tables->warnings, NULL);
  self = g_object_new (SIAMBAN_TYPE_ANNOTATIONS, NULL);
  self->tables = g_steal_pointer (&tables);

  return self;
}

/**
 * siamban_annotations_new_from_file: (constructor)
 * @path: (type filename): a `train.json`
 * @error: return location for an error
 *
 * Reads the annotations of a data set.
 *
 * It fails with %SIAMBAN_ERROR_IO if the file cannot be read and with %SIAMBAN_ERROR_INVALID_DATA if
 * it is damaged or of another format; the message names file, line and column.
 *
 * Returns: (transfer full): the annotations
 *
 * Since: 0.1
 */
SiambanAnnotations *
siamban_annotations_new_from_file (const char *path, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GMappedFile) file = NULL;
  const char *data;

  g_return_val_if_fail (path != NULL, NULL);

  file = g_mapped_file_new (path, FALSE, &local_error);
  if (file == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "%s: cannot be read: %s", path,
                   local_error->message);
      return NULL;
    }
  data = g_mapped_file_get_contents (file);

  return annotations_new (path, data != NULL ? data : "", g_mapped_file_get_length (file), error);
}

/**
 * siamban_annotations_new_from_bytes: (constructor)
 * @bytes: the text of a `train.json`
 * @name: what to call it in errors
 * @error: return location for an error
 *
 * Reads annotations in memory.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_DATA if the text is damaged or of another format; the message
 * names line and column.
 *
 * Returns: (transfer full): the annotations
 *
 * Since: 0.1
 */
SiambanAnnotations *
siamban_annotations_new_from_bytes (GBytes *bytes, const char *name, GError **error)
{
  gsize size;
  const char *data;

  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  data = g_bytes_get_data (bytes, &size);

  return annotations_new (name, data != NULL ? data : "", size, error);
}

/**
 * siamban_annotations_get_n_videos:
 * @self: annotations
 *
 * Gets how many videos have at least one usable box.
 *
 * Returns: the number of videos
 *
 * Since: 0.1
 */
guint
siamban_annotations_get_n_videos (SiambanAnnotations *self)
{
  g_return_val_if_fail (SIAMBAN_IS_ANNOTATIONS (self), 0);

  return self->tables->videos->len;
}

/**
 * siamban_annotations_get_n_frames_total:
 * @self: annotations
 *
 * Gets how many usable boxes there are.
 *
 * Returns: the number of frames of all tracks of all videos
 *
 * Since: 0.1
 */
guint
siamban_annotations_get_n_frames_total (SiambanAnnotations *self)
{
  g_return_val_if_fail (SIAMBAN_IS_ANNOTATIONS (self), 0);

  return self->tables->numbers->len;
}

/**
 * siamban_annotations_get_n_dropped_boxes:
 * @self: annotations
 *
 * Gets how many boxes were dropped because they have no finite area.
 *
 * Returns: the number of boxes
 *
 * Since: 0.1
 */
guint64
siamban_annotations_get_n_dropped_boxes (SiambanAnnotations *self)
{
  g_return_val_if_fail (SIAMBAN_IS_ANNOTATIONS (self), 0);

  return self->tables->n_dropped_boxes;
}

/**
 * siamban_annotations_get_warnings:
 * @self: annotations
 *
 * Gets what looks like a mistake in the file: tracks with keys that are all no frame numbers, and
 * videos that lost all their tracks so.
 *
 * Returns: (transfer none) (array zero-terminated=1): one sentence each
 *
 * Since: 0.1
 */
const char *const *
siamban_annotations_get_warnings (SiambanAnnotations *self)
{
  g_return_val_if_fail (SIAMBAN_IS_ANNOTATIONS (self), NULL);

  return (const char *const *) self->tables->warnings->pdata;
}

/**
 * siamban_annotations_get_video_name:
 * @self: annotations
 * @video: which video, from 0
 *
 * Gets the name of a video, which is its folder too.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
siamban_annotations_get_video_name (SiambanAnnotations *self, guint video)
{
  g_return_val_if_fail (has_video (self, video), NULL);

  return video_at (self, video)->name;
}

/**
 * siamban_annotations_get_n_tracks:
 * @self: annotations
 * @video: which video, from 0
 *
 * Gets how many objects are followed in a video.
 *
 * Returns: the number of tracks, at least 1
 *
 * Since: 0.1
 */
guint
siamban_annotations_get_n_tracks (SiambanAnnotations *self, guint video)
{
  g_return_val_if_fail (has_video (self, video), 0);

  return video_at (self, video)->n_tracks;
}

/**
 * siamban_annotations_get_track_name:
 * @self: annotations
 * @video: which video, from 0
 * @track: which of its tracks, from 0
 *
 * Gets the name of a track, often `00`.
 *
 * Returns: (transfer none): the name
 *
 * Since: 0.1
 */
const char *
siamban_annotations_get_track_name (SiambanAnnotations *self, guint video, guint track)
{
  g_return_val_if_fail (has_track (self, video, track), NULL);

  return track_at (self, video, track)->name;
}

/**
 * siamban_annotations_get_n_frames:
 * @self: annotations
 * @video: which video, from 0
 * @track: which of its tracks, from 0
 *
 * Gets how many usable boxes a track has.
 *
 * Returns: the number of frames, at least 1
 *
 * Since: 0.1
 */
guint
siamban_annotations_get_n_frames (SiambanAnnotations *self, guint video, guint track)
{
  g_return_val_if_fail (has_track (self, video, track), 0);

  return track_at (self, video, track)->n_frames;
}

/**
 * siamban_annotations_get_frame_number:
 * @self: annotations
 * @video: which video, from 0
 * @track: which of its tracks, from 0
 * @position: which of its frames, from 0, in the order of their numbers
 *
 * Gets the number of a frame.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
siamban_annotations_get_frame_number (SiambanAnnotations *self,
                                      guint video,
                                      guint track,
                                      guint position)
{
  g_return_val_if_fail (has_frame (self, video, track, position), 0);

  return g_array_index (self->tables->numbers, guint32,
                        track_at (self, video, track)->first_frame + position);
}

/**
 * siamban_annotations_get_box:
 * @self: annotations
 * @video: which video, from 0
 * @track: which of its tracks, from 0
 * @position: which of its frames, from 0, in the order of their numbers
 *
 * Gets the box of a frame. Where the file gives only the size, the box starts at 0, 0.
 *
 * Returns: (transfer none): the box, in pixels of the video's frame
 *
 * Since: 0.1
 */
const SiambanBox *
siamban_annotations_get_box (SiambanAnnotations *self, guint video, guint track, guint position)
{
  g_return_val_if_fail (has_frame (self, video, track, position), NULL);

  return &g_array_index (self->tables->boxes, SiambanBox,
                         track_at (self, video, track)->first_frame + position);
}
