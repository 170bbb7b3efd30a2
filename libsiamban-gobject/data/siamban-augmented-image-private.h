/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-augmented-image.h"

G_BEGIN_DECLS

/* Takes @pixels (3, size, size) and @cropped. */
SiambanAugmentedImage *_siamban_augmented_image_new_take (guint size,
                                                          float *pixels,
                                                          SiambanImage *cropped,
                                                          const SiambanBox *box,
                                                          const SiambanBox *crop);

G_END_DECLS
