/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-track-points-private.h"

#include <math.h>

#include "siamban-error.h"

/* What a point has that cannot be chosen: less than any penalised score. */
#define NO_PSCORE -1

/* Source: `SiamBANTracker` in `siamban/tracker/siamban_tracker.py`. */

void
_siamban_track_points_init (SiambanTrackPoints *self, guint map_size, guint stride)
{
  const gsize n = (gsize) map_size * map_size;
  g_autofree double *hanning = g_new (double, map_size);

  *self = (SiambanTrackPoints){
    map_size, stride, g_new (double, n), g_new0 (float, n), g_new0 (float, n), g_new0 (float, n),
  };
  for (guint i = 0; i < map_size; i++)
    hanning[i] = map_size == 1 ? 1 : 0.5 - 0.5 * cos (2 * G_PI * i / (map_size - 1));
  for (guint y = 0; y < map_size; y++)
    for (guint x = 0; x < map_size; x++)
      self->window[(gsize) y * map_size + x] = hanning[y] * hanning[x];
}

void
_siamban_track_points_clear (SiambanTrackPoints *self)
{
  g_clear_pointer (&self->window, g_free);
  g_clear_pointer (&self->scores, g_free);
  g_clear_pointer (&self->pscores, g_free);
  g_clear_pointer (&self->penalties, g_free);
}

/* The share of the second class, or of the only one. */
static double
score_at (const float *cls, guint n_cls, gsize n_points, gsize index)
{
  const double background = n_cls == 1 ? 0 : cls[index];
  const double target = n_cls == 1 ? cls[index] : cls[n_points + index];

  return 1 / (1 + exp (background - target));
}

/* The predicted box about the centre of the search image. */
static void
find_box (const SiambanTrackPoints *self, const float *loc, gsize index, SiambanBestPoint *point)
{
  const gsize n_points = (gsize) self->map_size * self->map_size;
  const double origin = -(double) (self->map_size / 2) * self->stride;
  const double x = origin + (double) (index % self->map_size) * self->stride;
  const double y = origin + (double) (index / self->map_size) * self->stride;
  const double x1 = x - loc[index];
  const double y1 = y - loc[n_points + index];
  const double x2 = x + loc[2 * n_points + index];
  const double y2 = y + loc[3 * n_points + index];

  point->cx = (x1 + x2) * 0.5;
  point->cy = (y1 + y2) * 0.5;
  point->width = x2 - x1;
  point->height = y2 - y1;
}

static double
change (double ratio)
{
  return MAX (ratio, 1 / ratio);
}

static double
context_size (double width, double height)
{
  const double pad = (width + height) * 0.5;

  return sqrt ((width + pad) * (height + pad));
}

static double
penalty_of (const SiambanBestPoint *point, const SiambanTrackPrior *prior)
{
  const double size = change (context_size (point->width, point->height) /
                              context_size (prior->width, prior->height));
  const double ratio = change ((prior->width / prior->height) / (point->width / point->height));

  return exp (-(ratio * size - 1) * prior->penalty_k);
}

static void
rate_point (SiambanTrackPoints *self,
            const SiambanTrackPrior *prior,
            const float *loc,
            gsize index,
            SiambanBestPoint *point)
{
  find_box (self, loc, index, point);
  point->index = (guint) index;
  point->score = self->scores[index];
  point->pscore = NO_PSCORE;
  if (!(point->width > 0 && point->height > 0 && isfinite (point->width) &&
        isfinite (point->height) && isfinite (point->cx) && isfinite (point->cy)))
    return;

  point->penalty = penalty_of (point, prior);
  point->pscore = point->penalty * point->score * (1 - prior->window_influence) +
                  self->window[index] * prior->window_influence;
}

static gboolean
fill_scores (SiambanTrackPoints *self, const float *cls, guint n_cls, GError **error)
{
  const gsize n_points = (gsize) self->map_size * self->map_size;

  for (gsize i = 0; i < n_cls * n_points; i++)
    if (!isfinite (cls[i]))
      {
        g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NOT_FINITE,
                             "The network gives scores that are not finite, its weights are "
                             "probably damaged");
        return FALSE;
      }

  for (gsize i = 0; i < n_points; i++)
    self->scores[i] = (float) score_at (cls, n_cls, n_points, i);

  return TRUE;
}

gboolean
_siamban_track_points_choose (SiambanTrackPoints *self,
                              const SiambanTrackPrior *prior,
                              const float *cls,
                              guint n_cls,
                              const float *loc,
                              SiambanBestPoint *best,
                              GError **error)
{
  const gsize n_points = (gsize) self->map_size * self->map_size;

  if (!fill_scores (self, cls, n_cls, error))
    return FALSE;

  best->pscore = NO_PSCORE;
  for (gsize i = 0; i < n_points; i++)
    {
      SiambanBestPoint point = { 0 };

      rate_point (self, prior, loc, i, &point);
      self->pscores[i] = (float) point.pscore;
      self->penalties[i] = (float) point.penalty;
      if (point.pscore > best->pscore)
        *best = point;
    }

  if (best->pscore == NO_PSCORE)
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NOT_FINITE,
                           "The network gives no box that is finite and has an area");
      return FALSE;
    }

  return TRUE;
}
