/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-augmentation-draws.h"
#include "siamban-augmentation-stages.h"
#include "siamban-box.h"
#include "siamban-image.h"
#include "siamban-macros.h"

G_BEGIN_DECLS

/**
 * SiambanSampleParts:
 * @SIAMBAN_SAMPLE_TEMPLATE: the template
 * @SIAMBAN_SAMPLE_SEARCH: the search image, to the right of the template
 * @SIAMBAN_SAMPLE_BOXES: the box of the target in each image
 * @SIAMBAN_SAMPLE_POINTS: the label of each point of the score map, over the search image
 *
 * What a picture of a sample shows.
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_SAMPLE_TEMPLATE = 1 << 0,
  SIAMBAN_SAMPLE_SEARCH = 1 << 1,
  SIAMBAN_SAMPLE_BOXES = 1 << 2,
  SIAMBAN_SAMPLE_POINTS = 1 << 3,
} SiambanSampleParts;

#define SIAMBAN_TYPE_SAMPLE (siamban_sample_get_type ())

typedef struct _SiambanSample SiambanSample;

SIAMBAN_API
GType siamban_sample_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanSample *siamban_sample_ref (SiambanSample *self);

SIAMBAN_API
void siamban_sample_unref (SiambanSample *self);

SIAMBAN_API
guint64 siamban_sample_get_index (SiambanSample *self);

SIAMBAN_API
guint siamban_sample_get_template_size (SiambanSample *self);

SIAMBAN_API
guint siamban_sample_get_search_size (SiambanSample *self);

SIAMBAN_API
guint siamban_sample_get_output_size (SiambanSample *self);

SIAMBAN_API
guint siamban_sample_get_stride (SiambanSample *self);

SIAMBAN_API
GBytes *siamban_sample_get_template (SiambanSample *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GBytes *siamban_sample_get_search (SiambanSample *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GBytes *siamban_sample_get_label_cls (SiambanSample *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GBytes *siamban_sample_get_label_loc (SiambanSample *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_sample_is_negative (SiambanSample *self);

SIAMBAN_API
const SiambanBox *siamban_sample_get_box (SiambanSample *self);

SIAMBAN_API
const SiambanBox *siamban_sample_get_template_box (SiambanSample *self);

SIAMBAN_API
const char *siamban_sample_get_template_path (SiambanSample *self);

SIAMBAN_API
const char *siamban_sample_get_search_path (SiambanSample *self);

SIAMBAN_API
guint siamban_sample_get_template_frame (SiambanSample *self);

SIAMBAN_API
guint siamban_sample_get_search_frame (SiambanSample *self);

SIAMBAN_API
const SiambanAugmentationDraws *siamban_sample_get_template_draws (SiambanSample *self);

SIAMBAN_API
const SiambanAugmentationDraws *siamban_sample_get_search_draws (SiambanSample *self);

SIAMBAN_API
SiambanAugmentationStages siamban_sample_get_stages (SiambanSample *self);

SIAMBAN_API
const char *const *siamban_sample_get_skipped (SiambanSample *self);

SIAMBAN_API
SiambanImage *siamban_sample_render (SiambanSample *self,
                                     SiambanSampleParts parts,
                                     guint zoom) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanSample, siamban_sample_unref)

G_END_DECLS
