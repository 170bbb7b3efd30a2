/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-image-private.h"

#include <math.h>
#include <string.h>

#define COEFFICIENT_ONE 2048

/* Where one output row or column lies between two of the source. */
typedef struct
{
  int at;
  int near; /* weight of `at`, in 1/2048 */
  int far;  /* weight of `at + 1` */
} Tap;

static Tap
find_tap (int i, double scale, int n_src, gboolean clamp)
{
  float position = (float) ((i + 0.5) * scale - 0.5);
  int at = (int) floorf (position);

  position -= (float) at;
  if (clamp && at < 0)
    at = 0, position = 0;
  if (clamp && at >= n_src - 1)
    at = n_src - 1, position = 0;

  return (Tap){ at, (int) rintf ((1.0f - position) * COEFFICIENT_ONE),
                (int) rintf (position * COEFFICIENT_ONE) };
}

static void
blend_columns (const guint8 *row, const Tap *taps, int src_width, int dst_width, int *out)
{
  for (int x = 0; x < dst_width; x++)
    {
      const guint8 *near = row + 3 * taps[x].at;
      const guint8 *far = taps[x].at + 1 < src_width ? near + 3 : near;

      for (int c = 0; c < 3; c++)
        out[3 * x + c] = near[c] * taps[x].near + far[c] * taps[x].far;
    }
}

static void
blend_rows (const int *near_row, const int *far_row, Tap tap, int n, guint8 *out)
{
  for (int i = 0; i < n; i++)
    {
      const int sum = ((tap.near * (near_row[i] >> 4)) >> 16) +
                      ((tap.far * (far_row[i] >> 4)) >> 16);

      out[i] = (guint8) CLAMP ((sum + 2) >> 2, 0, 255);
    }
}

/* OpenCV takes the mean of 2 × 2 pixels when both sides are halved exactly. */
static void
halve (SiambanRowFunc get_row,
       gconstpointer source,
       int src_width,
       guint8 *dst,
       int dst_width,
       int dst_height)
{
  g_autofree guint8 *scratch = g_malloc ((gsize) src_width * 6);

  for (int y = 0; y < dst_height; y++)
    {
      const guint8 *upper = get_row (source, 2 * y, scratch);
      const guint8 *lower = get_row (source, 2 * y + 1, scratch + (gsize) src_width * 3);

      for (int x = 0; x < dst_width; x++, upper += 6, lower += 6)
        for (int c = 0; c < 3; c++)
          *dst++ = (guint8) ((upper[c] + upper[c + 3] + lower[c] + lower[c + 3] + 2) >> 2);
    }
}

static void
resize_bilinear (SiambanRowFunc get_row,
                 gconstpointer source,
                 int src_width,
                 int src_height,
                 guint8 *dst,
                 int dst_width,
                 int dst_height)
{
  const double scale_x = 1 / ((double) dst_width / src_width);
  const double scale_y = 1 / ((double) dst_height / src_height);
  const int n = dst_width * 3;
  g_autofree Tap *columns = g_new (Tap, dst_width);
  g_autofree int *blended = g_new (int, 2 * (gsize) n);
  g_autofree guint8 *scratch = g_malloc ((gsize) src_width * 3);
  int *rows[2] = { blended, blended + n };
  int held[2] = { -1, -1 };

  for (int x = 0; x < dst_width; x++)
    columns[x] = find_tap (x, scale_x, src_width, TRUE);

  for (int y = 0; y < dst_height; y++)
    {
      const Tap tap = find_tap (y, scale_y, src_height, FALSE);

      for (int k = 0; k < 2; k++)
        {
          const int at = CLAMP (tap.at + k, 0, src_height - 1);

          /* Enlarging, the lower row of one step is often the upper row of the next. */
          if (k == 0 && held[0] != at && held[1] == at)
            {
              int *other = rows[0];

              rows[0] = rows[1];
              rows[1] = other;
              held[1] = held[0];
              held[0] = at;
            }
          if (held[k] == at)
            continue;
          blend_columns (get_row (source, at, scratch), columns, src_width, dst_width, rows[k]);
          held[k] = at;
        }
      blend_rows (rows[0], rows[1], tap, n, dst + (gsize) y * (gsize) n);
    }
}

void
_siamban_image_resize_rows (SiambanRowFunc get_row,
                            gconstpointer source,
                            int src_width,
                            int src_height,
                            guint8 *dst,
                            int dst_width,
                            int dst_height)
{
  if (src_width == dst_width && src_height == dst_height)
    {
      const gsize stride = (gsize) dst_width * 3;
      g_autofree guint8 *scratch = g_malloc (stride);

      for (int y = 0; y < dst_height; y++)
        memcpy (dst + (gsize) y * stride, get_row (source, y, scratch), stride);
    }
  else if (src_width == 2 * dst_width && src_height == 2 * dst_height)
    halve (get_row, source, src_width, dst, dst_width, dst_height);
  else
    resize_bilinear (get_row, source, src_width, src_height, dst, dst_width, dst_height);
}

typedef struct
{
  const guint8 *pixels;
  gsize stride;
} Rows;

static const guint8 *
get_row_cb (gconstpointer source, int y, guint8 *scratch)
{
  const Rows *rows = source;

  return rows->pixels + rows->stride * (gsize) y;
}

void
_siamban_image_resize (const guint8 *src,
                       int src_width,
                       int src_height,
                       guint8 *dst,
                       int dst_width,
                       int dst_height)
{
  const Rows rows = { src, (gsize) src_width * 3 };

  _siamban_image_resize_rows (get_row_cb, &rows, src_width, src_height, dst, dst_width, dst_height);
}
