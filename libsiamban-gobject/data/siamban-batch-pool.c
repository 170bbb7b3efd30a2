/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-batch-pool-private.h"

#include <string.h>

#define ALIGNMENT 64

struct _SiambanBatchPool
{
  guint batch_size;
  SiambanSampleShape shape;
  guint n_kept;

  GMutex lock;
  GQueue free;       /* SiambanBatchMemory, under the lock */
  guint n_allocated; /* under the lock */
};

static SiambanBatchMemory *
memory_new (guint batch_size, const SiambanSampleShape *shape)
{
  SiambanBatchMemory *self = g_new0 (SiambanBatchMemory, 1);
  const gsize n = batch_size;

  self->buffers.template = g_aligned_alloc0 (n * _siamban_sample_shape_n_template (shape),
                                             sizeof (float), ALIGNMENT);
  self->buffers.search = g_aligned_alloc0 (n * _siamban_sample_shape_n_search (shape),
                                           sizeof (float), ALIGNMENT);
  self->buffers.label_cls = g_aligned_alloc0 (n * _siamban_sample_shape_n_cls (shape),
                                              sizeof (gint8), ALIGNMENT);
  self->buffers.label_loc = g_aligned_alloc0 (n * _siamban_sample_shape_n_loc (shape),
                                              sizeof (float), ALIGNMENT);
  self->records = g_new0 (SiambanSampleRecord, n);

  return self;
}

static void
memory_free (gpointer data)
{
  SiambanBatchMemory *self = data;

  g_aligned_free (self->buffers.template);
  g_aligned_free (self->buffers.search);
  g_aligned_free (self->buffers.label_cls);
  g_aligned_free (self->buffers.label_loc);
  g_free (self->records);
  g_free (self);
}

SiambanBatchPool *
_siamban_batch_pool_new (guint batch_size, const SiambanSampleShape *shape, guint n_kept)
{
  SiambanBatchPool *self = g_atomic_rc_box_new0 (SiambanBatchPool);

  self->batch_size = batch_size;
  self->shape = *shape;
  self->n_kept = n_kept;
  g_mutex_init (&self->lock);
  g_queue_init (&self->free);

  return self;
}

SiambanBatchPool *
_siamban_batch_pool_ref (SiambanBatchPool *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
batch_pool_clear (gpointer data)
{
  SiambanBatchPool *self = data;

  g_queue_clear_full (&self->free, memory_free);
  g_mutex_clear (&self->lock);
}

void
_siamban_batch_pool_unref (SiambanBatchPool *self)
{
  g_atomic_rc_box_release_full (self, batch_pool_clear);
}

guint
_siamban_batch_pool_get_n_allocated (SiambanBatchPool *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_allocated;
}

guint
_siamban_batch_pool_get_batch_size (SiambanBatchPool *self)
{
  return self->batch_size;
}

const SiambanSampleShape *
_siamban_batch_pool_get_shape (SiambanBatchPool *self)
{
  return &self->shape;
}

SiambanBatchMemory *
_siamban_batch_pool_take_memory (SiambanBatchPool *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  SiambanBatchMemory *memory = g_queue_pop_head (&self->free);

  if (memory != NULL)
    return memory;
  self->n_allocated++;

  return memory_new (self->batch_size, &self->shape);
}

void
_siamban_batch_pool_give_memory (SiambanBatchPool *self, SiambanBatchMemory *memory)
{
  for (guint i = 0; i < self->batch_size; i++)
    {
      _siamban_sample_record_clear (&memory->records[i]);
      memset (&memory->records[i], 0, sizeof memory->records[i]);
    }

  g_mutex_lock (&self->lock);
  if (self->free.length < self->n_kept)
    g_queue_push_head (&self->free, g_steal_pointer (&memory));
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&memory, memory_free);
}
