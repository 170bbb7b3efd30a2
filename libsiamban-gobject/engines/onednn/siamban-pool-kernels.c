/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-lanes-private.h"

#include <string.h>

typedef struct
{
  gsize begin;
  gsize end;
} Range;

/* The part of a window that lies inside of the map. */
ALWAYS_INLINE Range
window (const SiambanPool *shape, gsize position, gsize length)
{
  const gssize begin = (gssize) (position * shape->stride) - (gssize) shape->padding;

  return (Range){ (gsize) MAX (begin, 0), MIN ((gsize) (begin + (gssize) shape->size), length) };
}

static void
pool_map (const SiambanPool *shape, const Lanes *x, Lanes *y)
{
  for (gsize row = 0; row < shape->y.height; row++)
    for (gsize column = 0; column < shape->y.width; column++)
      {
        const Range rows = window (shape, row, shape->x.height);
        const Range columns = window (shape, column, shape->x.width);
        Lanes best = x[rows.begin * shape->x.width + columns.begin];

        for (gsize i = rows.begin; i < rows.end; i++)
          for (gsize k = columns.begin; k < columns.end; k++)
            {
              const Lanes value = x[i * shape->x.width + k];

              best = lanes_select ((value > best) | (value != value), value, best);
            }
        y[row * shape->y.width + column] = best;
      }
}

static void
max_pool_forward (const SiambanPool *shape, const float *x, float *y)
{
#pragma omp parallel for schedule(static)
  for (gsize channel = 0; channel < shape->x.n * shape->x.blocks; channel++)
    pool_map (shape, (const Lanes *) x + channel * map_area (&shape->x),
              (Lanes *) y + channel * map_area (&shape->y));
}

/* The first of equal ones gets the gradient. */
static void
unpool_map (const SiambanPool *shape, const Lanes *x, const Lanes *y, const Lanes *dy, Lanes *dx)
{
  memset (dx, 0, map_area (&shape->x) * sizeof (Lanes));

  for (gsize row = 0; row < shape->y.height; row++)
    for (gsize column = 0; column < shape->y.width; column++)
      {
        const Range rows = window (shape, row, shape->x.height);
        const Range columns = window (shape, column, shape->x.width);
        const Lanes best = y[row * shape->y.width + column];
        const Lanes gradient = dy[row * shape->y.width + column];
        Mask left = best == best;

        for (gsize i = rows.begin; i < rows.end; i++)
          for (gsize k = columns.begin; k < columns.end; k++)
            {
              const gsize at = i * shape->x.width + k;
              const Mask hit = (x[at] == best) & left;

              dx[at] += lanes_where (hit, gradient);
              left &= ~hit;
            }
      }
}

static void
max_pool_backward (const SiambanPool *shape,
                   const float *x,
                   const float *y,
                   const float *dy,
                   float *dx)
{
#pragma omp parallel for schedule(static)
  for (gsize channel = 0; channel < shape->x.n * shape->x.blocks; channel++)
    unpool_map (shape, (const Lanes *) x + channel * map_area (&shape->x),
                (const Lanes *) y + channel * map_area (&shape->y),
                (const Lanes *) dy + channel * map_area (&shape->y),
                (Lanes *) dx + channel * map_area (&shape->x));
}

void
SIAMBAN_KERNEL (_siamban_kernels_add_pool) (SiambanKernels *table)
{
  table->max_pool_forward = max_pool_forward;
  table->max_pool_backward = max_pool_backward;
}
