/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-lanes-private.h"

#include <string.h>

/* The range of output positions whose window position @k lies inside of the input. */
typedef struct
{
  gsize begin;
  gsize end;
} Range;

ALWAYS_INLINE Range
inside (const SiambanDepthwise *shape, gsize k, gsize in, gsize out)
{
  const gssize shift = (gssize) (k * shape->dilation) - (gssize) shape->padding;
  const gssize stride = (gssize) shape->stride;
  const gssize last = (gssize) in - 1 - shift;
  Range range = { 0, 0 };

  if (shift < 0)
    range.begin = (gsize) ((-shift + stride - 1) / stride);
  if (last >= 0)
    range.end = MIN ((gsize) (last / stride) + 1, out);
  range.begin = MIN (range.begin, range.end);

  return range;
}

ALWAYS_INLINE gsize
source (const SiambanDepthwise *shape, gsize k, gsize position)
{
  return position * shape->stride + k * shape->dilation - shape->padding;
}

/* Without padding, eight positions at once, whose sums stay in registers. */
#define STRIP 8

static void
correlate_strip (const SiambanDepthwise *shape,
                 const Lanes *x,
                 const Lanes *kernel,
                 Lanes bias,
                 Lanes *y)
{
  Lanes sums[STRIP];

#pragma GCC unroll 8
  for (gsize i = 0; i < STRIP; i++)
    sums[i] = bias;
  for (gsize ky = 0; ky < shape->size_y; ky++)
    for (gsize kx = 0; kx < shape->size_x; kx++)
      {
        const Lanes *from = x + ky * shape->dilation * shape->x.width + kx * shape->dilation;
        const Lanes factor = kernel[ky * shape->size_x + kx];

#pragma GCC unroll 8
        for (gsize i = 0; i < STRIP; i++)
          sums[i] += from[i * shape->stride] * factor;
      }
#pragma GCC unroll 8
  for (gsize i = 0; i < STRIP; i++)
    y[i] = sums[i];
}

static void
correlate_unpadded (const SiambanDepthwise *shape,
                    const Lanes *x,
                    const Lanes *kernel,
                    Lanes bias,
                    Lanes *y)
{
  for (gsize row = 0; row < shape->y.height; row++)
    for (gsize column = 0; column < shape->y.width; column += STRIP)
      {
        /* The last strip overlaps the one before. */
        const gsize at = MIN (column, shape->y.width - STRIP);

        correlate_strip (shape, x + row * shape->stride * shape->x.width + at * shape->stride,
                         kernel, bias, y + row * shape->y.width + at);
      }
}

static void
correlate (const SiambanDepthwise *shape, const Lanes *x, const Lanes *kernel, Lanes bias, Lanes *y)
{
  for (gsize i = 0; i < map_area (&shape->y); i++)
    y[i] = bias;

  for (gsize ky = 0; ky < shape->size_y; ky++)
    {
      const Range rows = inside (shape, ky, shape->x.height, shape->y.height);

      for (gsize row = rows.begin; row < rows.end; row++)
        for (gsize kx = 0; kx < shape->size_x; kx++)
          {
            const Range columns = inside (shape, kx, shape->x.width, shape->y.width);
            const Lanes *from = x + source (shape, ky, row) * shape->x.width +
                                source (shape, kx, 0);
            const Lanes factor = kernel[ky * shape->size_x + kx];

            for (gsize column = columns.begin; column < columns.end; column++)
              y[row * shape->y.width + column] += from[column * shape->stride] * factor;
          }
    }
}

static void
depthwise_forward (const SiambanDepthwise *shape,
                   const float *x,
                   const float *kernel,
                   const float *bias,
                   float low,
                   float high,
                   float *y)
{
  const gsize n_taps = shape->size_y * shape->size_x;
  const Lanes bottom = SPLAT (low), top = SPLAT (high);

#pragma omp parallel for collapse(2) schedule(static)
  for (gsize image = 0; image < shape->x.n; image++)
    for (gsize block = 0; block < shape->x.blocks; block++)
      {
        const gsize channel = image * shape->x.blocks + block;
        const Lanes *from = (const Lanes *) x + channel * map_area (&shape->x);
        const Lanes *taps = (const Lanes *) kernel + (shape->per_image ? channel : block) * n_taps;
        const Lanes start = bias != NULL ? ((const Lanes *) bias)[block] : SPLAT (0.f);
        Lanes *to = (Lanes *) y + channel * map_area (&shape->y);

        if (shape->padding == 0 && shape->y.width >= STRIP)
          correlate_unpadded (shape, from, taps, start, to);
        else
          correlate (shape, from, taps, start, to);
        if (low == 0)
          for (gsize i = 0; i < map_area (&shape->y); i++)
            to[i] = lanes_clamp (to[i], bottom, top);
      }
}

static void
scatter (const SiambanDepthwise *shape, const Lanes *dy, const Lanes *kernel, Lanes *dx)
{
  memset (dx, 0, map_area (&shape->x) * sizeof (Lanes));

  for (gsize ky = 0; ky < shape->size_y; ky++)
    {
      const Range rows = inside (shape, ky, shape->x.height, shape->y.height);

      for (gsize row = rows.begin; row < rows.end; row++)
        for (gsize kx = 0; kx < shape->size_x; kx++)
          {
            const Range columns = inside (shape, kx, shape->x.width, shape->y.width);
            Lanes *to = dx + source (shape, ky, row) * shape->x.width + source (shape, kx, 0);
            const Lanes factor = kernel[ky * shape->size_x + kx];

            for (gsize column = columns.begin; column < columns.end; column++)
              to[column * shape->stride] += dy[row * shape->y.width + column] * factor;
          }
    }
}

static void
depthwise_backward_data (const SiambanDepthwise *shape,
                         const float *dy,
                         const float *kernel,
                         float *dx)
{
  const gsize n_taps = shape->size_y * shape->size_x;

#pragma omp parallel for collapse(2) schedule(static)
  for (gsize image = 0; image < shape->x.n; image++)
    for (gsize block = 0; block < shape->x.blocks; block++)
      {
        const gsize channel = image * shape->x.blocks + block;

        scatter (shape, (const Lanes *) dy + channel * map_area (&shape->y),
                 (const Lanes *) kernel + (shape->per_image ? channel : block) * n_taps,
                 (Lanes *) dx + channel * map_area (&shape->x));
      }
}

/* What one image adds to the gradient of one tap. */
static Lanes
tap_gradient (const SiambanDepthwise *shape, const Lanes *x, const Lanes *dy, gsize ky, gsize kx)
{
  const Range rows = inside (shape, ky, shape->x.height, shape->y.height);
  const Range columns = inside (shape, kx, shape->x.width, shape->y.width);
  Lanes total = SPLAT (0.f);

  for (gsize row = rows.begin; row < rows.end; row++)
    {
      const Lanes *from = x + source (shape, ky, row) * shape->x.width + source (shape, kx, 0);
      const Lanes *gradient = dy + row * shape->y.width;
      Lanes sums[4] = { SPLAT (0.f), SPLAT (0.f), SPLAT (0.f), SPLAT (0.f) };
      gsize column;

      for (column = columns.begin; column + 4 <= columns.end; column += 4)
#pragma GCC unroll 4
        for (gsize i = 0; i < 4; i++)
          sums[i] += from[(column + i) * shape->stride] * gradient[column + i];
      for (; column < columns.end; column++)
        sums[0] += from[column * shape->stride] * gradient[column];
      total += (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }

  return total;
}

static void
add_taps (const SiambanDepthwise *shape, const float *x, const float *dy, gsize channel, Lanes *to)
{
  for (gsize ky = 0; ky < shape->size_y; ky++)
    for (gsize kx = 0; kx < shape->size_x; kx++)
      to[ky * shape->size_x + kx] += tap_gradient (
          shape, (const Lanes *) x + channel * map_area (&shape->x),
          (const Lanes *) dy + channel * map_area (&shape->y), ky, kx);
}

static void
depthwise_backward_kernel (const SiambanDepthwise *shape,
                           const float *x,
                           const float *dy,
                           float *kernel_gradient)
{
  const gsize n_taps = shape->size_y * shape->size_x;
  const gsize n_kernels = shape->per_image ? shape->x.n : 1;
  const gsize n_images = shape->per_image ? 1 : shape->x.n;

  memset (kernel_gradient, 0, n_kernels * shape->x.blocks * n_taps * sizeof (Lanes));

#pragma omp parallel for collapse(2) schedule(static)
  for (gsize k = 0; k < n_kernels; k++)
    for (gsize block = 0; block < shape->x.blocks; block++)
      for (gsize image = 0; image < n_images; image++)
        add_taps (shape, x, dy, (k + image) * shape->x.blocks + block,
                  (Lanes *) kernel_gradient + (k * shape->x.blocks + block) * n_taps);
}

void
SIAMBAN_KERNEL (_siamban_kernels_add_depthwise) (SiambanKernels *table)
{
  table->depthwise_forward = depthwise_forward;
  table->depthwise_backward_data = depthwise_backward_data;
  table->depthwise_backward_kernel = depthwise_backward_kernel;
}
