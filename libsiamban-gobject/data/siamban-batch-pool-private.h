/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-batch-private.h"

G_BEGIN_DECLS

/* The large part of a batch, which goes from batch to batch. */
typedef struct
{
  SiambanSampleBuffers buffers;
  SiambanSampleRecord *records; /* (N) */
} SiambanBatchMemory;

guint _siamban_batch_pool_get_batch_size (SiambanBatchPool *self);
const SiambanSampleShape *_siamban_batch_pool_get_shape (SiambanBatchPool *self);

SiambanBatchMemory *_siamban_batch_pool_take_memory (SiambanBatchPool *self);
void _siamban_batch_pool_give_memory (SiambanBatchPool *self, SiambanBatchMemory *memory);

G_END_DECLS
