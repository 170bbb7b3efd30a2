/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-program-private.h"

/* Small enough that rounding does not build up, the same split on every machine. */
#define NORM_CHUNK 4096

static double
sum_of_squares (const float *values, gsize n_values)
{
  double total = 0;

  for (gsize begin = 0; begin < n_values; begin += NORM_CHUNK)
    {
      const gsize end = MIN (begin + NORM_CHUNK, n_values);
      double sums[4] = { 0 };
      gsize i;

      for (i = begin; i + 4 <= end; i += 4)
        for (guint lane = 0; lane < 4; lane++)
          sums[lane] += (double) values[i + lane] * values[i + lane];
      for (; i < end; i++)
        sums[0] += (double) values[i] * values[i];
      total += (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }

  return total;
}

/* g = clip * gradient + weight_decay * p;  m = momentum * m + g;  p -= rate * m */
static void
descend (float *restrict values,
         float *restrict momentum_values,
         const float *restrict gradients,
         gsize n_values,
         float clip,
         float rate,
         float momentum,
         float weight_decay)
{
  for (gsize i = 0; i < n_values; i++)
    {
      const float gradient = gradients[i] * clip + weight_decay * values[i];

      momentum_values[i] = momentum * momentum_values[i] + gradient;
      values[i] -= rate * momentum_values[i];
    }
}

/* The norm is that of all trained parameters together, before clipping. As in PyTorch's
 * clip_grad_norm_() the factor is max / (norm + 1e-6), at most 1. */
gboolean
_siamban_sgd_update (SiambanProgram *self, const SiambanUpdate *update, double *grad_norm)
{
  const SiambanWeightsStore *store = _siamban_weights_get_store (self->weights);
  const guint n_parameters = _siamban_weights_get_n (self->weights);
  double squares = 0, clip = 1;

  for (guint i = 0; i < n_parameters; i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (self->weights, i);

      if (self->trains[i])
        squares += sum_of_squares (self->gradients + _siamban_parameter_get_offset (parameter),
                                   siamban_parameter_get_n_elements (parameter));
    }

  *grad_norm = sqrt (squares);
  if (!isfinite (*grad_norm))
    return TRUE;
  if (update->grad_clip > 0)
    clip = MIN (1.0, update->grad_clip / (*grad_norm + 1e-6));

  for (guint i = 0; i < n_parameters; i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (self->weights, i);
      gsize offset;

      if (!self->trains[i])
        continue;

      offset = _siamban_parameter_get_offset (parameter);
      descend (store->values + offset, self->momentum + offset, self->gradients + offset,
               siamban_parameter_get_n_elements (parameter), (float) clip,
               (float) update->learning_rates[i], (float) update->momentum,
               (float) update->weight_decay);
    }

  return TRUE;
}
