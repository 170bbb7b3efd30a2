/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* What the numbers of @draws do in that stage, in words. */
char *siamban_stage_text (SiambanAugmentation *augmentation,
                          const SiambanAugmentationDraws *draws,
                          SiambanAugmentationStages stage);

G_END_DECLS
