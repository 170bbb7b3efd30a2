/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-augmentation-draws-private.h"

#define BLUR_SIZE_FIRST 5
#define N_BLUR_SIZES 21

G_DEFINE_BOXED_TYPE (SiambanAugmentationDraws,
                     siamban_augmentation_draws,
                     siamban_augmentation_draws_copy,
                     siamban_augmentation_draws_free)

/* Every number is drawn, needed or not: so a changed option leaves the other draws as they were. */
void
_siamban_augmentation_draws_draw (SiambanAugmentationDraws *self,
                                  SiambanRandom *random,
                                  gboolean gray)
{
  self->gray = gray;
  self->scale_x = _siamban_random_uniform (random);
  self->scale_y = _siamban_random_uniform (random);
  self->shift_x = _siamban_random_uniform (random);
  self->shift_y = _siamban_random_uniform (random);
  self->color_gate = _siamban_random_uniform (random);
  self->color_1 = _siamban_random_normal (random);
  self->color_2 = _siamban_random_normal (random);
  self->color_3 = _siamban_random_normal (random);
  self->blur_gate = _siamban_random_uniform (random);
  self->blur_size = BLUR_SIZE_FIRST + 2 * _siamban_random_below (random, N_BLUR_SIZES);
  self->blur_weight = _siamban_random_uniform (random);
  self->flip_gate = _siamban_random_uniform (random);
}

/**
 * siamban_augmentation_draws_new: (constructor)
 *
 * Makes draws that change nothing: no scale, no shift, and gates that stay shut for any chance
 * below 1.
 *
 * Returns: (transfer full): new draws, to be changed
 *
 * Since: 0.1
 */
SiambanAugmentationDraws *
siamban_augmentation_draws_new (void)
{
  const SiambanAugmentationDraws draws = {
    .scale_x = 0.5,
    .scale_y = 0.5,
    .shift_x = 0.5,
    .shift_y = 0.5,
    .color_gate = 1,
    .blur_gate = 1,
    .blur_size = BLUR_SIZE_FIRST,
    .blur_weight = 0.5,
    .flip_gate = 1,
  };

  return siamban_augmentation_draws_copy (&draws);
}

/**
 * siamban_augmentation_draws_new_from_seed: (constructor)
 * @seed: picks the numbers; the same seed gives the same draws
 * @gray: whether the colours are taken away
 *
 * Draws the random numbers for one image.
 *
 * Returns: (transfer full): new draws
 *
 * Since: 0.1
 */
SiambanAugmentationDraws *
siamban_augmentation_draws_new_from_seed (guint64 seed, gboolean gray)
{
  SiambanAugmentationDraws draws;
  SiambanRandom random;

  _siamban_random_init (&random, seed, 0, SIAMBAN_STREAM_SEARCH);
  _siamban_augmentation_draws_draw (&draws, &random, gray);

  return siamban_augmentation_draws_copy (&draws);
}

/**
 * siamban_augmentation_draws_copy:
 * @self: draws
 *
 * Copies draws to the heap; C code copies with `=`.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
SiambanAugmentationDraws *
siamban_augmentation_draws_copy (const SiambanAugmentationDraws *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_memdup2 (self, sizeof *self);
}

/**
 * siamban_augmentation_draws_free:
 * @self: (transfer full): draws on the heap
 *
 * Frees draws.
 *
 * Since: 0.1
 */
void
siamban_augmentation_draws_free (SiambanAugmentationDraws *self)
{
  g_free (self);
}
