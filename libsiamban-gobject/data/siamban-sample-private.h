/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-augmentation-stages.h"
#include "siamban-sample.h"

G_BEGIN_DECLS

/* Where a sample comes from: with it and the files the sample can be made again. */
typedef struct
{
  guint64 index;
  gboolean negative;
  SiambanAugmentationStages stages;
  SiambanBox box;          /* in the search image */
  SiambanBox template_box; /* in the template image */
  char *template_path;
  char *search_path;
  guint template_frame; /* numbers of the frames, as in the annotations */
  guint search_frame;
  SiambanAugmentationDraws template_draws;
  SiambanAugmentationDraws search_draws;
  GPtrArray *skipped; /* "path: reason" of each unusable image drawn before; NULL for none */
} SiambanSampleRecord;

typedef struct
{
  guint template_size; /* S of the template, 127 */
  guint search_size;   /* S of the search image, 255 */
  guint output_size;   /* O, 25 */
  guint stride;        /* pixels of the search image from point to point, 8 */
} SiambanSampleShape;

/* Where the numbers of one sample go. */
typedef struct
{
  float *template;  /* (3, S, S) */
  float *search;    /* (3, S, S) */
  gint8 *label_cls; /* (O, O) */
  float *label_loc; /* (4, O, O) */
} SiambanSampleBuffers;

gsize _siamban_sample_shape_n_template (const SiambanSampleShape *self);
gsize _siamban_sample_shape_n_search (const SiambanSampleShape *self);
gsize _siamban_sample_shape_n_cls (const SiambanSampleShape *self);
gsize _siamban_sample_shape_n_loc (const SiambanSampleShape *self);

void _siamban_sample_record_clear (SiambanSampleRecord *self);
void _siamban_sample_record_copy (const SiambanSampleRecord *self, SiambanSampleRecord *to);

/* Allocates the buffers, which the sample then owns. */
SiambanSample *_siamban_sample_new (const SiambanSampleShape *shape, SiambanSampleBuffers *buffers);
SiambanSampleRecord *_siamban_sample_peek_record (SiambanSample *self);
const SiambanSampleShape *_siamban_sample_peek_shape (SiambanSample *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SiambanSampleRecord, _siamban_sample_record_clear)

G_END_DECLS
