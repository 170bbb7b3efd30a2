/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-warp-private.h"

typedef struct
{
  const guint8 *pixels;
  int width;
  int height;
  guint8 border[3];
} Source;

gint64
_siamban_warp_to_fixed (double position)
{
  /* Far beyond any image all positions are alike; the limit keeps the sums in range. */
  return (gint64) rint (CLAMP (position * SUM_SCALE, -1e15, 1e15));
}

/* In OpenCV's order of operations. */
void
_siamban_warp_invert (const double m[6], double inverse[6])
{
  const double determinant = m[0] * m[4] - m[1] * m[3];
  const double d = determinant != 0 ? 1 / determinant : 0;

  inverse[0] = m[4] * d;
  inverse[4] = m[0] * d;
  inverse[1] = m[1] * -d;
  inverse[3] = m[3] * -d;
  inverse[2] = -inverse[0] * m[2] - inverse[1] * m[5];
  inverse[5] = -inverse[3] * m[2] - inverse[4] * m[5];
}

static const guint8 *
pixel_at (const Source *source, gint64 x, gint64 y)
{
  if (x < 0 || y < 0 || x >= source->width || y >= source->height)
    return source->border;

  return source->pixels + ((gsize) y * (gsize) source->width + (gsize) x) * 3;
}

static void
blend (const Source *source, gint64 x, gint64 y, guint8 *out)
{
  const gint64 sx = x >> POSITION_BITS, sy = y >> POSITION_BITS;
  const int fx = (int) (x & POSITION_MASK), fy = (int) (y & POSITION_MASK);
  const int w00 = (32 - fy) * (32 - fx), w01 = (32 - fy) * fx;
  const int w10 = fy * (32 - fx), w11 = fy * fx;
  const guint8 *p00, *p01, *p10, *p11;

  if (sx >= 0 && sy >= 0 && sx + 1 < source->width && sy + 1 < source->height)
    {
      p00 = source->pixels + ((gsize) sy * (gsize) source->width + (gsize) sx) * 3;
      p01 = p00 + 3;
      p10 = p00 + (gsize) source->width * 3;
      p11 = p10 + 3;
    }
  else
    {
      p00 = pixel_at (source, sx, sy);
      p01 = pixel_at (source, sx + 1, sy);
      p10 = pixel_at (source, sx, sy + 1);
      p11 = pixel_at (source, sx + 1, sy + 1);
    }

  for (guint c = 0; c < 3; c++)
    out[c] = (guint8) ((p00[c] * w00 + p01[c] * w01 + p10[c] * w10 + p11[c] * w11 + 512) >> 10);
}

/* The range of the pixels to the left of or on the positions first … last, and of their right
 * neighbours, as far as the image has them. */
static void
find_range (double scale, double offset, int n, int n_pixels, int *from, int *length)
{
  const gint64 start = _siamban_warp_to_fixed (offset) + SUM_ROUND;
  const gint64 a = start >> (SUM_TO_POSITION + POSITION_BITS);
  const gint64 b = (start + _siamban_warp_to_fixed (scale * (n - 1))) >>
                   (SUM_TO_POSITION + POSITION_BITS);

  *from = (int) CLAMP (MIN (a, b), 0, n_pixels);
  *length = (int) CLAMP (MAX (a, b) + 2, *from, n_pixels) - *from;
}

void
_siamban_image_find_warp_window (int src_width,
                                 int src_height,
                                 const double m[6],
                                 int dst_width,
                                 int dst_height,
                                 SiambanImageWindow *window)
{
  double back[6];

  _siamban_warp_invert (m, back);
  find_range (back[0], back[2], dst_width, src_width, &window->left, &window->width);
  find_range (back[4], back[5], dst_height, src_height, &window->top, &window->height);
}

void
_siamban_image_warp_affine_border (const guint8 *src,
                                   int src_width,
                                   int src_height,
                                   const double m[6],
                                   const guint8 border[3],
                                   guint8 *dst,
                                   int dst_width,
                                   int dst_height)
{
  const Source source = { src, src_width, src_height, { border[0], border[1], border[2] } };
  g_autofree gint64 *steps = g_new (gint64, 2 * (gsize) dst_width);
  double back[6];

  _siamban_warp_invert (m, back);
  for (int x = 0; x < dst_width; x++)
    {
      steps[2 * x] = _siamban_warp_to_fixed (back[0] * x);
      steps[2 * x + 1] = _siamban_warp_to_fixed (back[3] * x);
    }
  for (int y = 0; y < dst_height; y++)
    {
      const gint64 x0 = _siamban_warp_to_fixed (back[1] * y + back[2]) + SUM_ROUND;
      const gint64 y0 = _siamban_warp_to_fixed (back[4] * y + back[5]) + SUM_ROUND;
      guint8 *row = dst + (gsize) y * (gsize) dst_width * 3;

      for (int x = 0; x < dst_width; x++)
        blend (&source, (x0 + steps[2 * x]) >> SUM_TO_POSITION,
               (y0 + steps[2 * x + 1]) >> SUM_TO_POSITION, row + 3 * x);
    }
}

void
_siamban_image_warp_affine (const guint8 *src,
                            int src_width,
                            int src_height,
                            const double m[6],
                            guint8 *dst,
                            int dst_width,
                            int dst_height)
{
  static const guint8 black[3];

  _siamban_image_warp_affine_border (src, src_width, src_height, m, black, dst, dst_width,
                                     dst_height);
}
