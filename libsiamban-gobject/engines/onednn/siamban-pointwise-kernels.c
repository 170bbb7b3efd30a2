/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-lanes-private.h"

/* Less is not worth waking the other threads for. */
#define WORTH_THREADS 4096

static void
activation_forward (const float *x, float *y, gsize n_floats, float high)
{
  const Lanes *from = (const Lanes *) x;
  const Lanes zero = SPLAT (0.f), top = SPLAT (high);
  const gsize n = n_floats / LANES;

#pragma omp parallel for schedule(static) if (n > WORTH_THREADS)
  for (gsize i = 0; i < n; i++)
    ((Lanes *) y)[i] = lanes_clamp (from[i], zero, top);
}

static void
activation_backward (const float *y, const float *dy, float *dx, gsize n_floats, float high)
{
  const Lanes *value = (const Lanes *) y, *from = (const Lanes *) dy;
  const Lanes zero = SPLAT (0.f), top = SPLAT (high);
  const gsize n = n_floats / LANES;

#pragma omp parallel for schedule(static) if (n > WORTH_THREADS)
  for (gsize i = 0; i < n; i++)
    ((Lanes *) dx)[i] = lanes_where ((value[i] > zero) & (value[i] < top), from[i]);
}

static void
sum (const float *const *x, gsize n_summands, float *y, gsize n_floats)
{
  const gsize n = n_floats / LANES;

#pragma omp parallel for schedule(static) if (n > WORTH_THREADS)
  for (gsize i = 0; i < n; i++)
    {
      Lanes total = ((const Lanes *) x[0])[i];

      for (gsize k = 1; k < n_summands; k++)
        total += ((const Lanes *) x[k])[i];
      ((Lanes *) y)[i] = total;
    }
}

static void
sum_channels (const SiambanMap *map, const float *x, float *sums)
{
  const gsize area = map_area (map);

#pragma omp parallel for schedule(static)
  for (gsize block = 0; block < map->blocks; block++)
    {
      double totals[LANES] = { 0 };

      for (gsize image = 0; image < map->n; image++)
        for (gsize row = 0; row < map->height; row++)
          {
            const Lanes *from = (const Lanes *) x + (image * map->blocks + block) * area +
                                row * map->width;
            Lanes total = SPLAT (0.f);

            for (gsize i = 0; i < map->width; i++)
              total += from[i];
            for (gsize lane = 0; lane < LANES; lane++)
              totals[lane] += total[lane];
          }
      for (gsize lane = 0; lane < LANES; lane++)
        sums[block * LANES + lane] = (float) totals[lane];
    }
}

void
SIAMBAN_KERNEL (_siamban_kernels_add_pointwise) (SiambanKernels *table)
{
  table->activation_forward = activation_forward;
  table->activation_backward = activation_backward;
  table->sum = sum;
  table->sum_channels = sum_channels;
}
