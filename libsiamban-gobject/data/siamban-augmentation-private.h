/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-augmentation.h"
#include "siamban-image-private.h"
#include "siamban-stage-list-private.h"

G_BEGIN_DECLS

#define SIAMBAN_AUGMENTATION_MAX_SCALE 1.0
#define SIAMBAN_AUGMENTATION_MAX_SHIFT 10000.0

/* Where the target of a crop file lies: its centre is the image's, its size follows from the
 * annotated one and the scale at which crops are made. */
SiambanBox _siamban_box_in_crop (const SiambanBox *annotated,
                                 guint image_width,
                                 guint image_height,
                                 guint template_size);

/* The part of an image of that size that the draws make use of. */
void _siamban_augmentation_find_window (SiambanAugmentation *self,
                                        int width,
                                        int height,
                                        guint size,
                                        const SiambanAugmentationDraws *draws,
                                        SiambanImageWindow *window);

/* Overwrites @pixels (3, size, size); @cropped, of (size, size, 3), is left as after the crop, and may
 * be NULL. @inserted: NULL, or stages between ours; they alone can fail. */
gboolean _siamban_augmentation_apply_to (SiambanAugmentation *self,
                                         SiambanImage *image,
                                         const SiambanBox *box,
                                         guint size,
                                         const SiambanAugmentationDraws *draws,
                                         guint8 *cropped,
                                         float *pixels,
                                         const SiambanStageRun *inserted,
                                         SiambanBox *box_out,
                                         SiambanBox *crop_out,
                                         GError **error);

G_END_DECLS
