/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-box.h"
#include "siamban-image.h"
#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_AUGMENTED_IMAGE (siamban_augmented_image_get_type ())

typedef struct _SiambanAugmentedImage SiambanAugmentedImage;

SIAMBAN_API
GType siamban_augmented_image_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanAugmentedImage *siamban_augmented_image_new (guint size,
                                                    GBytes *pixels,
                                                    const SiambanBox *box,
                                                    const SiambanBox *crop,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanAugmentedImage *siamban_augmented_image_ref (SiambanAugmentedImage *self);

SIAMBAN_API
void siamban_augmented_image_unref (SiambanAugmentedImage *self);

SIAMBAN_API
guint siamban_augmented_image_get_size (SiambanAugmentedImage *self);

SIAMBAN_API
GBytes *siamban_augmented_image_get_pixels (SiambanAugmentedImage *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
const SiambanBox *siamban_augmented_image_get_box (SiambanAugmentedImage *self);

SIAMBAN_API
const SiambanBox *siamban_augmented_image_get_crop (SiambanAugmentedImage *self);

SIAMBAN_API
SiambanImage *
siamban_augmented_image_get_cropped (SiambanAugmentedImage *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanAugmentedImage, siamban_augmented_image_unref)

G_END_DECLS
