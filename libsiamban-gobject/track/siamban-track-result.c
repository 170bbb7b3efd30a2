/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-track-result-private.h"

/**
 * SiambanTrackResult:
 *
 * What a tracker found in one frame, and why it chose so.
 *
 * Immutable and reference counted, so any thread may read it.
 *
 * | part          | shape       | type    | meaning                                            |
 * | ------------- | ----------- | ------- | -------------------------------------------------- |
 * | `score-map`   | `(O, O)`    | float32 | how much each point looks like the target, 0 to 1   |
 * | `pscore-map`  | `(O, O)`    | float32 | the same after the penalties, what the choice is by |
 * | `penalty-map` | `(O, O)`    | float32 | how little its box changes size and shape, 0 to 1   |
 * | `window-map`  | `(O, O)`    | float32 | how near the last position each point is, 0 to 1    |
 * | `search-crop` | `(X, X, 3)` | uint8   | what the network has seen                          |
 *
 * Since: 0.1
 */
struct _SiambanTrackResult
{
  SiambanBox box;
  SiambanBestPoint best;
  guint map_size;
  GBytes *score_map;
  GBytes *pscore_map;
  GBytes *penalty_map;
  GBytes *window_map;
  guint stride;
  SiambanImage *search_crop;
};

G_DEFINE_BOXED_TYPE (SiambanTrackResult,
                     siamban_track_result,
                     siamban_track_result_ref,
                     siamban_track_result_unref)

static GBytes *
copy_window (const SiambanTrackPoints *points)
{
  const gsize n = (gsize) points->map_size * points->map_size;
  float *window = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    window[i] = (float) points->window[i];

  return g_bytes_new_take (window, n * sizeof (float));
}

SiambanTrackResult *
_siamban_track_result_new (const SiambanBox *box,
                           const SiambanBestPoint *best,
                           const SiambanTrackPoints *points,
                           SiambanImage *search_crop)
{
  const gsize n_bytes = (gsize) points->map_size * points->map_size * sizeof (float);
  SiambanTrackResult *self = g_atomic_rc_box_new0 (SiambanTrackResult);

  self->box = *box;
  self->best = *best;
  self->map_size = points->map_size;
  self->stride = points->stride;
  self->score_map = g_bytes_new (points->scores, n_bytes);
  self->pscore_map = g_bytes_new (points->pscores, n_bytes);
  self->penalty_map = g_bytes_new (points->penalties, n_bytes);
  self->window_map = copy_window (points);
  self->search_crop = siamban_image_ref (search_crop);

  return self;
}

/**
 * siamban_track_result_ref:
 * @self: a result
 *
 * Adds a reference.
 *
 * Returns: (transfer full): the same result
 *
 * Since: 0.1
 */
SiambanTrackResult *
siamban_track_result_ref (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
track_result_clear (gpointer data)
{
  SiambanTrackResult *self = data;

  g_bytes_unref (self->score_map);
  g_bytes_unref (self->pscore_map);
  g_bytes_unref (self->penalty_map);
  g_bytes_unref (self->window_map);
  siamban_image_unref (self->search_crop);
}

/**
 * siamban_track_result_unref:
 * @self: (transfer full): a result
 *
 * Gives a reference back; the last one frees the result.
 *
 * Since: 0.1
 */
void
siamban_track_result_unref (SiambanTrackResult *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, track_result_clear);
}

/**
 * siamban_track_result_get_box:
 * @self: a result
 *
 * Gets where the target is.
 *
 * Returns: (transfer none): the box, in pixels of the frame
 *
 * Since: 0.1
 */
const SiambanBox *
siamban_track_result_get_box (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->box;
}

/**
 * siamban_track_result_get_score:
 * @self: a result
 *
 * Gets how much the chosen point looks like the target.
 *
 * Returns: the score, 0 to 1
 *
 * Since: 0.1
 */
double
siamban_track_result_get_score (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->best.score;
}

/**
 * siamban_track_result_get_penalty:
 * @self: a result
 *
 * Gets the factor that the chosen point's score has for a change of size and shape.
 *
 * Returns: the factor, 1 for a box like the last one, near 0 for a very different one
 *
 * Since: 0.1
 */
double
siamban_track_result_get_penalty (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->best.penalty;
}

/**
 * siamban_track_result_get_pscore:
 * @self: a result
 *
 * Gets the chosen point's score after the penalties for size, shape and distance.
 *
 * Returns: the score, 0 to 1
 *
 * Since: 0.1
 */
double
siamban_track_result_get_pscore (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->best.pscore;
}

/**
 * siamban_track_result_get_best_index:
 * @self: a result
 *
 * Gets which point was chosen.
 *
 * Returns: its index, row by row from the top left
 *
 * Since: 0.1
 */
guint
siamban_track_result_get_best_index (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->best.index;
}

/**
 * siamban_track_result_get_map_size:
 * @self: a result
 *
 * Gets how many rows and columns of points the maps have.
 *
 * Returns: the size of one side
 *
 * Since: 0.1
 */
guint
siamban_track_result_get_map_size (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->map_size;
}

/**
 * siamban_track_result_get_score_map:
 * @self: a result
 *
 * Gets how much each point looks like the target.
 *
 * Returns: (transfer none): float32 numbers from 0 to 1, row by row
 *
 * Since: 0.1
 */
GBytes *
siamban_track_result_get_score_map (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->score_map;
}

/**
 * siamban_track_result_get_pscore_map:
 * @self: a result
 *
 * Gets the scores after the penalties; the largest one is the chosen point's.
 *
 * Returns: (transfer none): float32 numbers, row by row; −1 where the network's box is none
 *
 * Since: 0.1
 */
GBytes *
siamban_track_result_get_pscore_map (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->pscore_map;
}

/**
 * siamban_track_result_get_penalty_map:
 * @self: a result
 *
 * Gets what each point's score was multiplied by, because its box would change the target's size and
 * shape: 1 for no change, 0 for a point that has no box at all.
 *
 * Returns: (transfer none): float32 numbers (O, O), row by row
 *
 * Since: 0.1
 */
GBytes *
siamban_track_result_get_penalty_map (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->penalty_map;
}

/**
 * siamban_track_result_get_window_map:
 * @self: a result
 *
 * Gets the cosine window, which draws the choice to where the target was: 1 in the middle of the map.
 * [property@Tracker:window-influence] is its share in the penalised score.
 *
 * Returns: (transfer none): float32 numbers (O, O), row by row
 *
 * Since: 0.1
 */
GBytes *
siamban_track_result_get_window_map (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->window_map;
}

/**
 * siamban_track_result_get_stride:
 * @self: a result
 *
 * Gets how far neighbouring points of the maps are apart in the search crop. The point in the middle
 * lies in the crop's middle.
 *
 * Returns: the distance, in pixels of the search crop
 *
 * Since: 0.1
 */
guint
siamban_track_result_get_stride (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->stride;
}

/**
 * siamban_track_result_get_search_crop:
 * @self: a result
 *
 * Gets what the network has seen of the frame.
 *
 * Returns: (transfer none): the image
 *
 * Since: 0.1
 */
SiambanImage *
siamban_track_result_get_search_crop (SiambanTrackResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->search_crop;
}
