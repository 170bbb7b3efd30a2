/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-augmentation-draws.h"
#include "siamban-random-private.h"

G_BEGIN_DECLS

void _siamban_augmentation_draws_draw (SiambanAugmentationDraws *self,
                                       SiambanRandom *random,
                                       gboolean gray);

G_END_DECLS
