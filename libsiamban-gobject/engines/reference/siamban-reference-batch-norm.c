/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-reference-program-private.h"

#include <math.h>

/* What normalises one channel. */
typedef struct
{
  double mean;
  double variance; /* biased */
  double scale;    /* 1 / sqrt (variance + epsilon) */
} Statistics;

static const float *
plane_at (const SiambanReferenceCall *call, const float *values, gint64 image, gint64 channel)
{
  const gint64 *shape = call->node->shape;

  return values + (image * shape[1] + channel) * shape[2] * shape[3];
}

static void
measure (const SiambanReferenceCall *call, gint64 channel, Statistics *statistics)
{
  const gint64 *shape = call->node->shape;
  const gint64 n_pixels = shape[2] * shape[3];
  const double n = (double) (shape[0] * n_pixels);
  double sum = 0, squares = 0;

  for (gint64 image = 0; image < shape[0]; image++)
    for (gint64 i = 0; i < n_pixels; i++)
      sum += plane_at (call, call->x[0], image, channel)[i];
  statistics->mean = sum / n;

  for (gint64 image = 0; image < shape[0]; image++)
    for (gint64 i = 0; i < n_pixels; i++)
      {
        const double distance = plane_at (call, call->x[0], image, channel)[i] - statistics->mean;

        squares += distance * distance;
      }
  statistics->variance = squares / n;
}

static Statistics
statistics_of (const SiambanReferenceCall *call, gint64 channel)
{
  Statistics statistics;

  if (call->node->training)
    measure (call, channel, &statistics);
  else
    {
      statistics.mean = _siamban_parameter_peek_values (call->node->mean)[channel];
      statistics.variance = _siamban_parameter_peek_values (call->node->variance)[channel];
    }
  statistics.scale = 1 / sqrt (statistics.variance + SIAMBAN_BATCH_NORM_EPSILON);

  return statistics;
}

static void
update_running (const SiambanReferenceCall *call, gint64 channel, const Statistics *statistics)
{
  const gint64 *shape = call->node->shape;
  const double n = (double) (shape[0] * shape[2] * shape[3]);
  float *mean = _siamban_parameter_peek_values (call->node->mean) + channel;
  float *variance = _siamban_parameter_peek_values (call->node->variance) + channel;
  const double unbiased = statistics->variance * n / (n - 1);

  *mean = (float) (*mean + SIAMBAN_BATCH_NORM_MOMENTUM * (statistics->mean - *mean));
  *variance = (float) (*variance + SIAMBAN_BATCH_NORM_MOMENTUM * (unbiased - *variance));
}

static void
batch_norm_forward (const SiambanReferenceCall *call)
{
  const SiambanNode *node = call->node;
  const gboolean update = node->training && call->update_statistics;

  for (gint64 channel = 0; channel < node->shape[1]; channel++)
    {
      const Statistics statistics = statistics_of (call, channel);
      const double factor = statistics.scale * call->weight[channel];

      for (gint64 image = 0; image < node->shape[0]; image++)
        {
          const float *x = plane_at (call, call->x[0], image, channel);
          float *y = (float *) plane_at (call, call->y, image, channel);

          for (gint64 i = 0; i < node->shape[2] * node->shape[3]; i++)
            y[i] = (float) ((x[i] - statistics.mean) * factor + call->bias[channel]);
        }
      if (update)
        update_running (call, channel, &statistics);
    }

  if (update && node->counter != NULL)
    ++*_siamban_parameter_peek_counter (node->counter);
}

/* dx = weight · scale · (dy - mean (dy) - normalised x · mean (dy · normalised x)); without the two
 * means where the statistics are constants. */
static void
differentiate_plane (const SiambanReferenceCall *call,
                     gint64 image,
                     gint64 channel,
                     const Statistics *statistics,
                     double sum_dy,
                     double sum_dy_x)
{
  const gint64 *shape = call->node->shape;
  const double n = (double) (shape[0] * shape[2] * shape[3]);
  const double mean_dy = call->node->training ? sum_dy / n : 0;
  const double mean_dy_x = call->node->training ? sum_dy_x / n : 0;
  const float *x = plane_at (call, call->x[0], image, channel);
  const float *dy = plane_at (call, call->dy, image, channel);
  float *dx = (float *) plane_at (call, call->dx[0], image, channel);

  for (gint64 i = 0; i < shape[2] * shape[3]; i++)
    {
      const double normalised = (x[i] - statistics->mean) * statistics->scale;

      dx[i] = (float) (dx[i] + call->weight[channel] * statistics->scale *
                                   (dy[i] - mean_dy - normalised * mean_dy_x));
    }
}

static void
batch_norm_backward (const SiambanReferenceCall *call)
{
  const gint64 *shape = call->node->shape;

  for (gint64 channel = 0; channel < shape[1]; channel++)
    {
      const Statistics statistics = statistics_of (call, channel);
      double sum_dy = 0, sum_dy_x = 0;

      for (gint64 image = 0; image < shape[0]; image++)
        {
          const float *x = plane_at (call, call->x[0], image, channel);
          const float *dy = plane_at (call, call->dy, image, channel);

          for (gint64 i = 0; i < shape[2] * shape[3]; i++)
            {
              sum_dy += dy[i];
              sum_dy_x += dy[i] * (x[i] - statistics.mean) * statistics.scale;
            }
        }

      if (call->weight_gradient != NULL)
        call->weight_gradient[channel] = (float) (call->weight_gradient[channel] + sum_dy_x);
      if (call->bias_gradient != NULL)
        call->bias_gradient[channel] = (float) (call->bias_gradient[channel] + sum_dy);
      if (call->dx[0] != NULL)
        for (gint64 image = 0; image < shape[0]; image++)
          differentiate_plane (call, image, channel, &statistics, sum_dy, sum_dy_x);
    }
}

const SiambanReferenceOp _siamban_reference_batch_norm = { batch_norm_forward,
                                                           batch_norm_backward };
