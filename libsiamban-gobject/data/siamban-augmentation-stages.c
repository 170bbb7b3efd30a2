/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-augmentation-stages.h"

#include "siamban-augmentation-private.h"
#include "siamban-error.h"

/* In the order of their bits. */
static const char *const stage_names[] = { "gray", "scale", "shift", "color", "blur", "flip" };

static SiambanAugmentationStages
find_stage (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (stage_names); i++)
    if (g_str_equal (name, stage_names[i]))
      return (SiambanAugmentationStages) (1u << i);

  return g_str_equal (name, "all") ? SIAMBAN_AUGMENTATION_STAGES_ALL
                                   : SIAMBAN_AUGMENTATION_STAGES_NONE;
}

/**
 * siamban_augmentation_stages_from_string:
 * @names: names with commas between: `gray`, `scale`, `shift`, `color`, `blur`, `flip`; or `all`,
 *   or `none`
 * @error: return location for an error
 *
 * Finds stages by their names.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if there is no such stage.
 *
 * Returns: the stages; none of them with an error, too
 *
 * Since: 0.1
 */
SiambanAugmentationStages
siamban_augmentation_stages_from_string (const char *names, GError **error)
{
  SiambanAugmentationStages stages = SIAMBAN_AUGMENTATION_STAGES_NONE;
  g_auto (GStrv) parts = NULL;

  g_return_val_if_fail (names != NULL, SIAMBAN_AUGMENTATION_STAGES_NONE);

  parts = g_strsplit (names, ",", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *name = g_strstrip (parts[i]);
      const SiambanAugmentationStages stage = find_stage (name);

      if (stage == SIAMBAN_AUGMENTATION_STAGES_NONE && *name != '\0' && !g_str_equal (name, "none"))
        {
          g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                       "“%s” is no stage of the augmentation; expected gray, scale, shift, color, "
                       "blur, flip, all or none",
                       name);
          return SIAMBAN_AUGMENTATION_STAGES_NONE;
        }
      stages |= stage;
    }

  return stages;
}

/**
 * siamban_augmentation_stages_to_string:
 * @stages: some stages
 *
 * Names stages, as [func@AugmentationStages.from_string] reads them.
 *
 * Returns: (transfer full): the names with commas between, or `none`
 *
 * Since: 0.1
 */
char *
siamban_augmentation_stages_to_string (SiambanAugmentationStages stages)
{
  const char *names[G_N_ELEMENTS (stage_names) + 1] = { NULL };
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (stage_names); i++)
    if (stages & (1u << i))
      names[n++] = stage_names[i];

  return n > 0 ? g_strjoinv (",", (char **) names) : g_strdup ("none");
}

/**
 * siamban_augmentation_draws_limit:
 * @self: draws
 * @stages: what they may change
 *
 * Copies draws, all stages but @stages made to change nothing.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
SiambanAugmentationDraws *
siamban_augmentation_draws_limit (const SiambanAugmentationDraws *self,
                                  SiambanAugmentationStages stages)
{
  SiambanAugmentationDraws *limited;

  g_return_val_if_fail (self != NULL, NULL);

  limited = siamban_augmentation_draws_copy (self);
  if (!(stages & SIAMBAN_AUGMENTATION_STAGES_GRAY))
    limited->gray = FALSE;
  if (!(stages & SIAMBAN_AUGMENTATION_STAGES_SCALE))
    limited->scale_x = limited->scale_y = 0.5;
  if (!(stages & SIAMBAN_AUGMENTATION_STAGES_SHIFT))
    limited->shift_x = limited->shift_y = 0.5;
  /* No chance is above 1. */
  if (!(stages & SIAMBAN_AUGMENTATION_STAGES_COLOR))
    limited->color_gate = 1;
  if (!(stages & SIAMBAN_AUGMENTATION_STAGES_BLUR))
    limited->blur_gate = 1;
  if (!(stages & SIAMBAN_AUGMENTATION_STAGES_FLIP))
    limited->flip_gate = 1;

  return limited;
}
