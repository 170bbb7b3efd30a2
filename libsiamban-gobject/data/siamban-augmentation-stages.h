/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-augmentation-draws.h"
#include "siamban-augmentation.h"

G_BEGIN_DECLS

/**
 * SiambanAugmentationStages:
 * @SIAMBAN_AUGMENTATION_STAGES_NONE: no stage: a crop of the middle, as it is
 * @SIAMBAN_AUGMENTATION_STAGES_GRAY: the colours are taken away
 * @SIAMBAN_AUGMENTATION_STAGES_SCALE: the sides of the crop vary
 * @SIAMBAN_AUGMENTATION_STAGES_SHIFT: the crop moves
 * @SIAMBAN_AUGMENTATION_STAGES_COLOR: the colours change
 * @SIAMBAN_AUGMENTATION_STAGES_BLUR: the image is blurred
 * @SIAMBAN_AUGMENTATION_STAGES_FLIP: the image is mirrored
 * @SIAMBAN_AUGMENTATION_STAGES_ALL: all of them, as in training
 *
 * The stages of an augmentation, in the order in which they work.
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_AUGMENTATION_STAGES_NONE = 0,
  SIAMBAN_AUGMENTATION_STAGES_GRAY = 1 << 0,
  SIAMBAN_AUGMENTATION_STAGES_SCALE = 1 << 1,
  SIAMBAN_AUGMENTATION_STAGES_SHIFT = 1 << 2,
  SIAMBAN_AUGMENTATION_STAGES_COLOR = 1 << 3,
  SIAMBAN_AUGMENTATION_STAGES_BLUR = 1 << 4,
  SIAMBAN_AUGMENTATION_STAGES_FLIP = 1 << 5,
  SIAMBAN_AUGMENTATION_STAGES_ALL = (1 << 6) - 1,
} SiambanAugmentationStages;

SIAMBAN_API
SiambanAugmentationStages siamban_augmentation_stages_from_string (const char *names,
                                                                   GError **error);

SIAMBAN_API
char *
siamban_augmentation_stages_to_string (SiambanAugmentationStages stages) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanAugmentationDraws *
siamban_augmentation_draws_limit (const SiambanAugmentationDraws *self,
                                  SiambanAugmentationStages stages) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanAugmentationStages siamban_augmentation_find_stages (SiambanAugmentation *self,
                                                            const SiambanAugmentationDraws *draws);

G_END_DECLS
