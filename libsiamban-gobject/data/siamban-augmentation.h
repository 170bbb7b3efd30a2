/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-augmentation-draws.h"
#include "siamban-augmented-image.h"
#include "siamban-box.h"
#include "siamban-image.h"
#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_AUGMENTATION (siamban_augmentation_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanAugmentation, siamban_augmentation, SIAMBAN, AUGMENTATION, GObject)

SIAMBAN_API
SiambanAugmentation *siamban_augmentation_new (double shift,
                                               double scale,
                                               double blur,
                                               double flip,
                                               double color) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanAugmentedImage *
siamban_augmentation_apply (SiambanAugmentation *self,
                            SiambanImage *image,
                            const SiambanBox *box,
                            guint size,
                            const SiambanAugmentationDraws *draws) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
