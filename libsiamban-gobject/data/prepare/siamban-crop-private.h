/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-box.h"
#include "siamban-image.h"

G_BEGIN_DECLS

/* Sides in pixels of the crops on disk, and of the template within them. */
#define SIAMBAN_CROP_SIZE 511
#define SIAMBAN_CROP_TEMPLATE_SIZE 127

/* The mean of each channel, to the nearest whole number. */
void _siamban_image_get_mean (SiambanImage *image, guint8 mean[3]);

/* The square around the target, with its context, at the size of the crops on disk; @border lies
 * outside the image. */
SiambanImage *
_siamban_crop_target (SiambanImage *image, const SiambanBox *box, const guint8 border[3]);

/* Whether the box has an area, and some of it lies in the image. */
gboolean _siamban_crop_is_possible (SiambanImage *image, const SiambanBox *box);

G_END_DECLS
