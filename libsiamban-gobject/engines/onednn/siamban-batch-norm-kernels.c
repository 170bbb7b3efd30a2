/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-lanes-private.h"

#include <math.h>

/* Sums of a row are float, rows are added as double: as exact as double throughout, at the speed
 * of float. */
typedef struct
{
  double lanes[LANES];
} Totals;

ALWAYS_INLINE void
totals_add (Totals *totals, Lanes row)
{
  for (gsize lane = 0; lane < LANES; lane++)
    totals->lanes[lane] += row[lane];
}

ALWAYS_INLINE Lanes
totals_scale (const Totals *totals, double factor)
{
  Lanes result;

  for (gsize lane = 0; lane < LANES; lane++)
    result[lane] = (float) (totals->lanes[lane] * factor);

  return result;
}

/* How many positions one float sum takes. */
#define RUN 64

static void
measure (const SiambanBatchNormForward *call, gsize block)
{
  const gsize area = map_area (&call->map);
  const double share = 1.0 / (double) (call->map.n * area);
  Totals totals = { { 0 } }, squares = { { 0 } };
  Lanes mean, variance, inverse;

  for (gsize image = 0; image < call->map.n; image++)
    {
      const Lanes *x = (const Lanes *) call->x + (image * call->map.blocks + block) * area;

      for (gsize begin = 0; begin < area; begin += RUN)
        {
          Lanes even = SPLAT (0.f), odd = SPLAT (0.f);
          const gsize end = MIN (begin + RUN, area);
          gsize i;

          for (i = begin; i + 1 < end; i += 2)
            {
              even += x[i];
              odd += x[i + 1];
            }
          if (i < end)
            even += x[i];
          totals_add (&totals, even + odd);
        }
    }
  mean = totals_scale (&totals, share);

  for (gsize image = 0; image < call->map.n; image++)
    {
      const Lanes *x = (const Lanes *) call->x + (image * call->map.blocks + block) * area;

      for (gsize begin = 0; begin < area; begin += RUN)
        {
          Lanes even = SPLAT (0.f), odd = SPLAT (0.f);
          const gsize end = MIN (begin + RUN, area);
          gsize i;

          for (i = begin; i + 1 < end; i += 2)
            {
              even += (x[i] - mean) * (x[i] - mean);
              odd += (x[i + 1] - mean) * (x[i + 1] - mean);
            }
          if (i < end)
            even += (x[i] - mean) * (x[i] - mean);
          totals_add (&squares, even + odd);
        }
    }
  variance = totals_scale (&squares, share);

  for (gsize lane = 0; lane < LANES; lane++)
    inverse[lane] = 1 / sqrtf (variance[lane] + call->epsilon);
  ((Lanes *) call->mean)[block] = mean;
  ((Lanes *) call->variance)[block] = variance;
  ((Lanes *) call->inverse_deviation)[block] = inverse;
}

static void
batch_norm_forward (const SiambanBatchNormForward *call)
{
  const gsize area = map_area (&call->map);
  const Lanes low = SPLAT (call->low), high = SPLAT (call->high);

#pragma omp parallel for schedule(static)
  for (gsize block = 0; block < call->map.blocks; block++)
    {
      Lanes factor, shift;

      if (call->variance != NULL)
        measure (call, block);
      factor = ((const Lanes *) call->weight)[block] *
               ((const Lanes *) call->inverse_deviation)[block];
      shift = ((const Lanes *) call->bias)[block] - ((const Lanes *) call->mean)[block] * factor;

      for (gsize image = 0; image < call->map.n; image++)
        {
          const gsize begin = (image * call->map.blocks + block) * area;
          const Lanes *x = (const Lanes *) call->x + begin;
          const Lanes *residual = (const Lanes *) call->residual + begin;
          Lanes *y = (Lanes *) call->y + begin;

          if (call->residual != NULL)
            for (gsize i = 0; i < area; i++)
              y[i] = lanes_clamp (x[i] * factor + shift + residual[i], low, high);
          else
            for (gsize i = 0; i < area; i++)
              y[i] = lanes_clamp (x[i] * factor + shift, low, high);
        }
    }
}

/* The gradient behind the activation at one position. */
ALWAYS_INLINE Lanes
gradient_at (const SiambanBatchNormBackward *call, gsize i, Lanes high)
{
  Lanes total = ((const Lanes *) call->dy[0])[i];

  for (guint k = 1; k < call->n_dy; k++)
    total += ((const Lanes *) call->dy[k])[i];
  if (call->y != NULL)
    {
      const Lanes y = ((const Lanes *) call->y)[i];

      total = lanes_where ((y > SPLAT (0.f)) & (y < high), total);
    }

  return total;
}

/* Sums of dy and of dy * (x - mean). */
static void
reduce (const SiambanBatchNormBackward *call, gsize block, Totals *sums, Totals *products)
{
  const gsize area = map_area (&call->map);
  const Lanes mean = ((const Lanes *) call->mean)[block];
  const Lanes high = SPLAT (call->high);
  const Lanes *x = (const Lanes *) call->x;

  for (gsize image = 0; image < call->map.n; image++)
    {
      const gsize first = (image * call->map.blocks + block) * area;

      for (gsize begin = 0; begin < area; begin += RUN)
        {
          Lanes sum = SPLAT (0.f), product = SPLAT (0.f);
          const gsize end = first + MIN (begin + RUN, area);

          for (gsize i = first + begin; i < end; i++)
            {
              const Lanes dy = gradient_at (call, i, high);

              if (call->sum != NULL)
                ((Lanes *) call->sum)[i] = dy;
              sum += dy;
              product += dy * (x[i] - mean);
            }
          totals_add (sums, sum);
          totals_add (products, product);
        }
    }
}

/* call->dy holds what is left to do: dy[0] alone and unmasked if the sum was stored. */
static void
differentiate (const SiambanBatchNormBackward *call, gsize block, Lanes mean_dy, Lanes mean_product)
{
  const gsize area = map_area (&call->map);
  const Lanes mean = ((const Lanes *) call->mean)[block];
  const Lanes inverse = ((const Lanes *) call->inverse_deviation)[block];
  const Lanes factor = ((const Lanes *) call->weight)[block] * inverse;
  const Lanes slope = mean_product * inverse * inverse;
  const Lanes high = SPLAT (call->high);
  const Lanes *x = (const Lanes *) call->x;
  Lanes *dx = (Lanes *) call->dx;

  for (gsize image = 0; image < call->map.n; image++)
    {
      const gsize begin = (image * call->map.blocks + block) * area;

      if (call->training)
        for (gsize i = begin; i < begin + area; i++)
          dx[i] = (gradient_at (call, i, high) - mean_dy - (x[i] - mean) * slope) * factor;
      else
        for (gsize i = begin; i < begin + area; i++)
          dx[i] = gradient_at (call, i, high) * factor;
    }
}

static void
batch_norm_backward (const SiambanBatchNormBackward *call)
{
  const double share = 1.0 / (double) (call->map.n * map_area (&call->map));

#pragma omp parallel for schedule(static)
  for (gsize block = 0; block < call->map.blocks; block++)
    {
      const Lanes inverse = ((const Lanes *) call->inverse_deviation)[block];
      SiambanBatchNormBackward rest = *call;
      Totals sums = { { 0 } }, products = { { 0 } };

      reduce (call, block, &sums, &products);
      ((Lanes *) call->bias_gradient)[block] = totals_scale (&sums, 1);
      ((Lanes *) call->weight_gradient)[block] = totals_scale (&products, 1) * inverse;

      if (call->dx == NULL)
        continue;
      if (call->sum != NULL)
        {
          rest.dy[0] = call->sum;
          rest.n_dy = 1;
          rest.y = NULL;
        }
      differentiate (&rest, block, totals_scale (&sums, share), totals_scale (&products, share));
    }
}

void
SIAMBAN_KERNEL (_siamban_kernels_add_batch_norm) (SiambanKernels *table)
{
  table->batch_norm_forward = batch_norm_forward;
  table->batch_norm_backward = batch_norm_backward;
}
