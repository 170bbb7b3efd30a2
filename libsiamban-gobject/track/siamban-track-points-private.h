/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The point that the target is at, and its box about the centre of the search image, in that
 * image's pixels. */
typedef struct
{
  guint index;
  double score;
  double penalty;
  double pscore;
  double cx;
  double cy;
  double width;
  double height;
} SiambanBestPoint;

/* The points of one tracker. */
typedef struct
{
  guint map_size;
  guint stride;
  double *window;   /* (O, O) */
  float *scores;    /* (O, O), of the last choice */
  float *pscores;   /* (O, O) */
  float *penalties; /* (O, O); 0 where a point cannot be chosen */
} SiambanTrackPoints;

typedef struct
{
  double penalty_k;
  double window_influence;
  double width; /* of the last box, in pixels of the search image */
  double height;
} SiambanTrackPrior;

void _siamban_track_points_init (SiambanTrackPoints *self, guint map_size, guint stride);
void _siamban_track_points_clear (SiambanTrackPoints *self);

/* Chooses a point by @cls (@n_cls, O, O), before softmax or sigmoid, and @loc (4, O, O). Fails if
 * there is a score that is not finite, or no point with a finite box that has an area. */
gboolean _siamban_track_points_choose (SiambanTrackPoints *self,
                                       const SiambanTrackPrior *prior,
                                       const float *cls,
                                       guint n_cls,
                                       const float *loc,
                                       SiambanBestPoint *best,
                                       GError **error);

G_END_DECLS
