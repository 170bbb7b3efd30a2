/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_AUGMENTATION_DRAWS (siamban_augmentation_draws_get_type ())

typedef struct _SiambanAugmentationDraws SiambanAugmentationDraws;

/**
 * SiambanAugmentationDraws:
 * @gray: whether the colours are taken away
 * @scale_x: how the width of the crop varies, uniform in 0 … 1, 0.5 for none
 * @scale_y: how the height of the crop varies, uniform in 0 … 1, 0.5 for none
 * @shift_x: how the crop moves sideways, uniform in 0 … 1, 0.5 for not at all
 * @shift_y: how the crop moves up and down, uniform in 0 … 1, 0.5 for not at all
 * @color_gate: the colours change if this is below the chance of it; uniform in 0 … 1
 * @color_1: amount of the first principal colour, standard normal
 * @color_2: amount of the second principal colour, standard normal
 * @color_3: amount of the third principal colour, standard normal
 * @blur_gate: the image is blurred if this is below the chance of it; uniform in 0 … 1
 * @blur_weight: share of the upright bar in the blurring cross, uniform in 0 … 1
 * @flip_gate: the image is mirrored if this is below the chance of it; uniform in 0 … 1
 * @blur_size: taps of a bar of the blurring cross, one of 5, 7 … 45
 *
 * The random numbers of one augmented image: with them it can be made again.
 *
 * A plain value: copy it with `=`.
 *
 * Since: 0.1
 */
struct _SiambanAugmentationDraws
{
  double scale_x;
  double scale_y;
  double shift_x;
  double shift_y;
  double color_gate;
  double color_1;
  double color_2;
  double color_3;
  double blur_gate;
  double blur_weight;
  double flip_gate;
  guint blur_size;
  gboolean gray;
};

SIAMBAN_API
GType siamban_augmentation_draws_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanAugmentationDraws *siamban_augmentation_draws_new (void) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanAugmentationDraws *
siamban_augmentation_draws_new_from_seed (guint64 seed, gboolean gray) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanAugmentationDraws *
siamban_augmentation_draws_copy (const SiambanAugmentationDraws *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_augmentation_draws_free (SiambanAugmentationDraws *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanAugmentationDraws, siamban_augmentation_draws_free)

G_END_DECLS
