/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-image-private.h"

/* The luma weights of ITU-R BT.601 in 15 fractional bits, rounded to nearest. */
void
_siamban_image_gray (const guint8 *src, guint8 *dst, gsize n_pixels)
{
  for (gsize i = 0; i < n_pixels; i++, src += 3, dst += 3)
    {
      const guint gray = (3735u * src[0] + 19235u * src[1] + 9798u * src[2] + 16384u) >> 15;

      dst[0] = dst[1] = dst[2] = (guint8) gray;
    }
}
