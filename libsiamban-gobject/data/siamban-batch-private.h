/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-batch.h"
#include "siamban-sample-private.h"

G_BEGIN_DECLS

/* Keeps the memory of batches that are done with for the next ones. Any thread. */
typedef struct _SiambanBatchPool SiambanBatchPool;

SiambanBatchPool *
_siamban_batch_pool_new (guint batch_size, const SiambanSampleShape *shape, guint n_kept);
SiambanBatchPool *_siamban_batch_pool_ref (SiambanBatchPool *self);
void _siamban_batch_pool_unref (SiambanBatchPool *self);

/* How many sets of buffers were ever allocated. */
guint _siamban_batch_pool_get_n_allocated (SiambanBatchPool *self);

/* A batch with buffers, old or new, and empty records. */
SiambanBatch *_siamban_batch_pool_take (SiambanBatchPool *self);

/* A batch of its own, for who makes samples by hand. */
SiambanBatch *_siamban_batch_new (guint size, const SiambanSampleShape *shape);

/* Where sample @i goes; until the batch is finished, and each by one thread only. */
SiambanSampleBuffers _siamban_batch_peek_sample (SiambanBatch *self, guint i);
SiambanSampleRecord *_siamban_batch_peek_record (SiambanBatch *self, guint i);

/* Once all samples are in: gathers what was skipped. The batch does not change after this. */
void _siamban_batch_finish (SiambanBatch *self);

const float *_siamban_batch_peek_template (SiambanBatch *self);  /* (N, 3, S, S), 127 */
const float *_siamban_batch_peek_search (SiambanBatch *self);    /* (N, 3, S, S), 255 */
const gint8 *_siamban_batch_peek_label_cls (SiambanBatch *self); /* (N, O, O) */
const float *_siamban_batch_peek_label_loc (SiambanBatch *self); /* (N, 4, O, O) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanBatchPool, _siamban_batch_pool_unref)

G_END_DECLS
