/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-crop-private.h"

#include <math.h>

#include "siamban-image-private.h"

/* Share of the mean side that is added to both sides of the target as context. */
#define CONTEXT 0.5

void
_siamban_image_get_mean (SiambanImage *image, guint8 mean[3])
{
  const guint8 *pixels = _siamban_image_peek (image);
  const gsize n_pixels = (gsize) siamban_image_get_width (image) * siamban_image_get_height (image);
  guint64 sums[3] = { 0, 0, 0 };

  for (gsize i = 0; i < n_pixels; i++)
    for (guint c = 0; c < 3; c++)
      sums[c] += pixels[3 * i + c];
  for (guint c = 0; c < 3; c++)
    mean[c] = (guint8) rint ((double) sums[c] / (double) n_pixels);
}

/* The side in pixels of the square that becomes the crop: the template's square, with as much
 * more as the crop is larger than the template. */
static double
get_side (const SiambanBox *box)
{
  const double width = box->x2 - box->x1, height = box->y2 - box->y1;
  const double context = CONTEXT * (width + height);
  const double template_side = sqrt ((width + context) * (height + context));
  const double scale = SIAMBAN_CROP_TEMPLATE_SIZE / template_side;
  const double margin = (SIAMBAN_CROP_SIZE - SIAMBAN_CROP_TEMPLATE_SIZE) / 2.0 / scale;

  return template_side + 2 * margin;
}

SiambanImage *
_siamban_crop_target (SiambanImage *image, const SiambanBox *box, const guint8 border[3])
{
  const double side = get_side (box);
  const double scale = (SIAMBAN_CROP_SIZE - 1) / side;
  const double left = siamban_box_get_center_x (box) - side / 2;
  const double top = siamban_box_get_center_y (box) - side / 2;
  const double map[6] = { scale, 0, -scale * left, 0, scale, -scale * top };
  guint8 *pixels = g_malloc ((gsize) SIAMBAN_CROP_SIZE * SIAMBAN_CROP_SIZE * 3);

  _siamban_image_warp_affine_border (_siamban_image_peek (image),
                                     (int) siamban_image_get_width (image),
                                     (int) siamban_image_get_height (image), map, border, pixels,
                                     SIAMBAN_CROP_SIZE, SIAMBAN_CROP_SIZE);

  return _siamban_image_new_take (SIAMBAN_CROP_SIZE, SIAMBAN_CROP_SIZE, pixels);
}

gboolean
_siamban_crop_is_possible (SiambanImage *image, const SiambanBox *box)
{
  return siamban_box_is_valid (box) && box->x1 < siamban_image_get_width (image) && box->x2 > 0 &&
         box->y1 < siamban_image_get_height (image) && box->y2 > 0;
}
