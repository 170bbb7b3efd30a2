/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-stage-text.h"

#include <glib/gi18n.h>

static double
get_amount (SiambanAugmentation *augmentation, const char *property)
{
  double amount;

  g_object_get (augmentation, property, &amount, NULL);

  return amount;
}

static char *
not_drawn (double gate, double chance)
{
  return g_strdup_printf (_ ("no: %.2f is not below %.2f"), gate, chance);
}

static char *
blur_text (SiambanAugmentation *augmentation, const SiambanAugmentationDraws *draws)
{
  const double chance = get_amount (augmentation, "blur");

  if (!(draws->blur_gate < chance))
    return not_drawn (draws->blur_gate, chance);

  return g_strdup_printf (_ ("yes: %u pixels, %.0f %% upright"), draws->blur_size,
                          100 * draws->blur_weight);
}

static char *
color_text (SiambanAugmentation *augmentation, const SiambanAugmentationDraws *draws)
{
  const double chance = get_amount (augmentation, "color");

  if (!(draws->color_gate < chance))
    return not_drawn (draws->color_gate, chance);

  return g_strdup_printf (_ ("yes: %+.2f, %+.2f, %+.2f"), draws->color_1, draws->color_2,
                          draws->color_3);
}

static char *
flip_text (SiambanAugmentation *augmentation, const SiambanAugmentationDraws *draws)
{
  const double chance = get_amount (augmentation, "flip");

  return draws->flip_gate < chance ? g_strdup (_ ("yes")) : not_drawn (draws->flip_gate, chance);
}

char *
siamban_stage_text (SiambanAugmentation *augmentation,
                    const SiambanAugmentationDraws *draws,
                    SiambanAugmentationStages stage)
{
  const double scale = get_amount (augmentation, "scale");
  const double shift = get_amount (augmentation, "shift");

  switch ((guint) stage)
    {
    case SIAMBAN_AUGMENTATION_STAGES_GRAY:
      return g_strdup (draws->gray ? _ ("yes") : _ ("no"));
    case SIAMBAN_AUGMENTATION_STAGES_SCALE:
      return g_strdup_printf (_ ("width × %.3f, height × %.3f"),
                              1 + (2 * draws->scale_x - 1) * scale,
                              1 + (2 * draws->scale_y - 1) * scale);
    case SIAMBAN_AUGMENTATION_STAGES_SHIFT:
      return g_strdup_printf (_ ("%+.1f, %+.1f pixels"), (2 * draws->shift_x - 1) * shift,
                              (2 * draws->shift_y - 1) * shift);
    case SIAMBAN_AUGMENTATION_STAGES_COLOR:
      return color_text (augmentation, draws);
    case SIAMBAN_AUGMENTATION_STAGES_BLUR:
      return blur_text (augmentation, draws);
    default:
      return flip_text (augmentation, draws);
    }
}
