/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-statistics.h"

#include <math.h>

#include "siamban-histogram-private.h"
#include "siamban-sub-dataset.h"

#define N_BINS 32u
/* Asking whether somebody has lost patience takes time, too. */
#define CHECK_EVERY 4096u

/**
 * SiambanStatistics:
 *
 * What the boxes of a source of training pairs are like.
 *
 * Immutable and reference counted: any thread may read it.
 *
 * Since: 0.1
 */
struct _SiambanStatistics
{
  guint n_videos;
  guint n_tracks;
  guint n_frames;
  SiambanHistogram *box_sizes;
  SiambanHistogram *aspect_ratios;
  SiambanHistogram *track_lengths;
};

G_DEFINE_BOXED_TYPE (SiambanStatistics,
                     siamban_statistics,
                     siamban_statistics_ref,
                     siamban_statistics_unref)

/**
 * siamban_statistics_ref:
 * @self: statistics
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanStatistics *
siamban_statistics_ref (SiambanStatistics *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
statistics_clear (gpointer data)
{
  SiambanStatistics *self = data;

  g_clear_pointer (&self->box_sizes, siamban_histogram_unref);
  g_clear_pointer (&self->aspect_ratios, siamban_histogram_unref);
  g_clear_pointer (&self->track_lengths, siamban_histogram_unref);
}

/**
 * siamban_statistics_unref:
 * @self: (transfer full): statistics
 *
 * Drops a reference; the last one frees the statistics.
 *
 * Since: 0.1
 */
void
siamban_statistics_unref (SiambanStatistics *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, statistics_clear);
}

/**
 * siamban_statistics_get_n_videos:
 * @self: statistics
 *
 * Gets how many videos there are.
 *
 * Returns: the number of videos
 *
 * Since: 0.1
 */
guint
siamban_statistics_get_n_videos (SiambanStatistics *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_videos;
}

/**
 * siamban_statistics_get_n_tracks:
 * @self: statistics
 *
 * Gets how many tracks all videos have.
 *
 * Returns: the number of tracks
 *
 * Since: 0.1
 */
guint
siamban_statistics_get_n_tracks (SiambanStatistics *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_tracks;
}

/**
 * siamban_statistics_get_n_frames:
 * @self: statistics
 *
 * Gets how many boxes all tracks have.
 *
 * Returns: the number of frames
 *
 * Since: 0.1
 */
guint
siamban_statistics_get_n_frames (SiambanStatistics *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_frames;
}

/**
 * siamban_statistics_get_box_sizes:
 * @self: statistics
 *
 * Gets how large the boxes are: the roots of their areas, in pixels of the videos.
 *
 * Returns: (transfer none): the histogram
 *
 * Since: 0.1
 */
SiambanHistogram *
siamban_statistics_get_box_sizes (SiambanStatistics *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->box_sizes;
}

/**
 * siamban_statistics_get_aspect_ratios:
 * @self: statistics
 *
 * Gets how wide the boxes are for their height.
 *
 * Returns: (transfer none): the histogram
 *
 * Since: 0.1
 */
SiambanHistogram *
siamban_statistics_get_aspect_ratios (SiambanStatistics *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->aspect_ratios;
}

/**
 * siamban_statistics_get_track_lengths:
 * @self: statistics
 *
 * Gets how many boxes the tracks have.
 *
 * Returns: (transfer none): the histogram
 *
 * Since: 0.1
 */
SiambanHistogram *
siamban_statistics_get_track_lengths (SiambanStatistics *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->track_lengths;
}

typedef struct
{
  double *sizes;
  double *ratios;
  double *lengths;
  gsize n_frames;
  gsize n_tracks;
} Values;

static void
collect_track (Values *self, SiambanAnnotations *annotations, guint video, guint track)
{
  const guint n = siamban_annotations_get_n_frames (annotations, video, track);

  self->lengths[self->n_tracks++] = n;
  for (guint i = 0; i < n; i++)
    {
      const SiambanBox *box = siamban_annotations_get_box (annotations, video, track, i);
      const double w = box->x2 - box->x1, h = box->y2 - box->y1;

      self->sizes[self->n_frames] = sqrt (w * h);
      self->ratios[self->n_frames++] = w / h;
    }
}

static guint
count_tracks (SiambanAnnotations *annotations)
{
  guint n = 0;

  for (guint i = 0; i < siamban_annotations_get_n_videos (annotations); i++)
    n += siamban_annotations_get_n_tracks (annotations, i);

  return n;
}

/**
 * siamban_sub_dataset_measure:
 * @self: a sub-dataset
 * @cancellable: (nullable): gives it up
 * @error: return location for an error
 *
 * Works out what the boxes are like. Any thread may call this.
 *
 * It fails with %G_IO_ERROR_CANCELLED only.
 *
 * Returns: (transfer full): the statistics
 *
 * Since: 0.1
 */
SiambanStatistics *
siamban_sub_dataset_measure (SiambanSubDataset *self, GCancellable *cancellable, GError **error)
{
  SiambanAnnotations *annotations;
  g_autoptr (SiambanStatistics) statistics = NULL;
  g_autofree double *sizes = NULL;
  g_autofree double *ratios = NULL;
  g_autofree double *lengths = NULL;
  Values values = { 0 };

  g_return_val_if_fail (SIAMBAN_IS_SUB_DATASET (self), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  annotations = siamban_sub_dataset_get_annotations (self);
  statistics = g_atomic_rc_box_new0 (SiambanStatistics);
  statistics->n_videos = siamban_annotations_get_n_videos (annotations);
  statistics->n_tracks = count_tracks (annotations);
  statistics->n_frames = siamban_annotations_get_n_frames_total (annotations);
  values.sizes = sizes = g_new (double, statistics->n_frames);
  values.ratios = ratios = g_new (double, statistics->n_frames);
  values.lengths = lengths = g_new (double, statistics->n_tracks);

  for (guint i = 0; i < statistics->n_videos; i++)
    {
      if (i % CHECK_EVERY == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      for (guint j = 0; j < siamban_annotations_get_n_tracks (annotations, i); j++)
        collect_track (&values, annotations, i, j);
    }
  statistics->box_sizes = _siamban_histogram_new (sizes, values.n_frames, N_BINS);
  statistics->aspect_ratios = _siamban_histogram_new (ratios, values.n_frames, N_BINS);
  statistics->track_lengths = _siamban_histogram_new (lengths, values.n_tracks, N_BINS);

  return g_steal_pointer (&statistics);
}

static void
measure_in_thread_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  SiambanStatistics *statistics = siamban_sub_dataset_measure (source, cancellable, &error);

  if (statistics != NULL)
    g_task_return_pointer (task, statistics, (GDestroyNotify) siamban_statistics_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * siamban_sub_dataset_measure_async:
 * @self: a sub-dataset
 * @cancellable: (nullable): gives it up
 * @callback: (scope async): called in the main context of the caller
 * @user_data: for @callback
 *
 * Works out in a thread what the boxes are like.
 *
 * Since: 0.1
 */
void
siamban_sub_dataset_measure_async (SiambanSubDataset *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (SIAMBAN_IS_SUB_DATASET (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, siamban_sub_dataset_measure_async);
  g_task_run_in_thread (task, measure_in_thread_cb);
}

/**
 * siamban_sub_dataset_measure_finish:
 * @self: a sub-dataset
 * @result: what the callback got
 * @error: return location for an error
 *
 * Gets the statistics of [method@SubDataset.measure_async].
 *
 * It fails with %G_IO_ERROR_CANCELLED only.
 *
 * Returns: (transfer full): the statistics
 *
 * Since: 0.1
 */
SiambanStatistics *
siamban_sub_dataset_measure_finish (SiambanSubDataset *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
