/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-image-private.h"

#include <string.h>

/* Mirrors an index at the centres of the outer pixels: … 2 1 | 0 1 2 … n-1 | n-2 … */
static int
reflect (int i, int n)
{
  if (n == 1)
    return 0;
  while (i < 0 || i >= n)
    i = i < 0 ? -i : 2 * (n - 1) - i;

  return i;
}

static void
add_level_bar (const float *src, int width, int size, double weight, float *dst)
{
  const int half = size / 2;
  double sum = 0;

  for (int i = -half; i <= half; i++)
    sum += src[reflect (i, width)];
  for (int x = 0; x < width; x++)
    {
      dst[x] = (float) (dst[x] + weight * sum);
      sum += src[reflect (x + half + 1, width)];
      sum -= src[reflect (x - half, width)];
    }
}

/* Row by row with one running sum a column, so that memory is read in order. */
static void
set_upright_bar (const float *src, int width, int height, int size, double weight, float *dst)
{
  const int half = size / 2;
  g_autofree double *sums = g_new0 (double, width);

  for (int i = -half; i <= half; i++)
    {
      const float *row = src + (gsize) reflect (i, height) * (gsize) width;

      for (int x = 0; x < width; x++)
        sums[x] += row[x];
    }
  for (int y = 0; y < height; y++)
    {
      const float *entering = src + (gsize) reflect (y + half + 1, height) * (gsize) width;
      const float *leaving = src + (gsize) reflect (y - half, height) * (gsize) width;
      float *out = dst + (gsize) y * (gsize) width;

      for (int x = 0; x < width; x++)
        {
          out[x] = (float) (weight * sums[x]);
          sums[x] += (double) entering[x] - leaving[x];
        }
    }
}

/* A cross is two bars, and a bar is a running sum: the cost does not depend on its length. */
void
_siamban_image_blur_cross (float *plane,
                           int width,
                           int height,
                           int size,
                           double weight,
                           float *scratch)
{
  const gsize n = (gsize) width * (gsize) height;

  set_upright_bar (plane, width, height, size, weight / size, scratch);
  for (int y = 0; y < height; y++)
    add_level_bar (plane + (gsize) y * (gsize) width, width, size, (1 - weight) / size,
                   scratch + (gsize) y * (gsize) width);
  memcpy (plane, scratch, n * sizeof *plane);
}
