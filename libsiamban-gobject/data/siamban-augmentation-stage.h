/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-augmented-image.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_AUGMENTATION_STAGE (siamban_augmentation_stage_get_type ())

SIAMBAN_API
G_DECLARE_DERIVABLE_TYPE (SiambanAugmentationStage,
                          siamban_augmentation_stage,
                          SIAMBAN,
                          AUGMENTATION_STAGE,
                          GObject)

/**
 * SiambanAugmentationStageAugmentFunc:
 * @self: a stage
 * @image: what the stages before it made
 * @is_search: whether it is a search image, and not a template
 * @seed: what the stage's random numbers are to depend on, another one for each image
 *
 * How a subclass of [class@AugmentationStage] makes another image of the same size.
 *
 * Returns: (transfer full) (nullable): the image and the box in it, or %NULL if it cannot be made
 *
 * Since: 0.1
 */
typedef SiambanAugmentedImage *(*SiambanAugmentationStageAugmentFunc) (
    SiambanAugmentationStage *self,
    SiambanAugmentedImage *image,
    gboolean is_search,
    guint64 seed);

/**
 * SiambanAugmentationStageClass:
 * @augment: makes another image of one
 *
 * The class of [class@AugmentationStage].
 *
 * Since: 0.1
 */
struct _SiambanAugmentationStageClass
{
  /*< private >*/
  GObjectClass parent_class;

  /*< public >*/
  SiambanAugmentationStageAugmentFunc augment;

  /*< private >*/
  gpointer padding[4];
};

SIAMBAN_API
const char *siamban_augmentation_stage_get_name (SiambanAugmentationStage *self);

SIAMBAN_API
gboolean siamban_augmentation_stage_get_any_thread (SiambanAugmentationStage *self);

SIAMBAN_API
SiambanAugmentedImage *siamban_augmentation_stage_apply (SiambanAugmentationStage *self,
                                                         SiambanAugmentedImage *image,
                                                         gboolean is_search,
                                                         guint64 seed,
                                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
