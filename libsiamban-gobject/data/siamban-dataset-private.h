/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-dataset.h"
#include "siamban-sample-private.h"
#include "siamban-stage-list-private.h"

G_BEGIN_DECLS

/* After so many unusable images in a row it is the data set that is broken. */
#define SIAMBAN_MAX_BAD_IMAGES 100

/* The stages that were inserted. Set before the first sample is asked for. */
SiambanStageList *_siamban_dataset_get_stages (SiambanDataset *self);
void _siamban_dataset_set_stages (SiambanDataset *self, SiambanStageList *stages);

SiambanSampleShape _siamban_dataset_get_shape (SiambanDataset *self);

/* Which video, counted over all sub-datasets, sample @index is first drawn from. */
guint32 _siamban_dataset_get_pick (SiambanDataset *self, guint64 index);

/* Overwrites @buffers; fills @record, which must be clear, also with what was skipped before an
 * error. Any thread. */
gboolean _siamban_dataset_fill (SiambanDataset *self,
                                guint64 index,
                                const SiambanSampleBuffers *buffers,
                                SiambanSampleRecord *record,
                                GError **error);

/* The same with some stages of the augmentation only; all draws stay as they are. */
gboolean _siamban_dataset_fill_stages (SiambanDataset *self,
                                       guint64 index,
                                       SiambanAugmentationStages stages,
                                       const SiambanSampleBuffers *buffers,
                                       SiambanSampleRecord *record,
                                       GError **error);

G_END_DECLS
