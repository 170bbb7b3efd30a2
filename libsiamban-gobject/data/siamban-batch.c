/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-batch-pool-private.h"

#include <string.h>

/**
 * SiambanBatch:
 *
 * Some training pairs side by side, as one step of the network takes them.
 *
 * Immutable and reference counted: any thread may read it. Its memory is used again by a later
 * batch once the last reference is gone, those of its bytes included.
 *
 * | part        | shape          | type    | meaning                                        |
 * | ----------- | -------------- | ------- | ---------------------------------------------- |
 * | `template`  | `(N, 3, S, S)` | float32 | blue, green, red of the templates; S is 127    |
 * | `search`    | `(N, 3, S, S)` | float32 | the same of the search images; S is 255        |
 * | `label_cls` | `(N, O, O)`    | int8    | −1 ignored, 0 background, 1 target; O is 25    |
 * | `label_loc` | `(N, 4, O, O)` | float32 | pixels to the left, top, right and bottom edge |
 *
 * Since: 0.1
 */
struct _SiambanBatch
{
  SiambanBatchPool *pool;
  SiambanBatchMemory *memory;
  GPtrArray *skipped; /* strings, NULL-terminated; set by finish */
};

G_DEFINE_BOXED_TYPE (SiambanBatch, siamban_batch, siamban_batch_ref, siamban_batch_unref)

static const char *const no_messages[] = { NULL };

SiambanBatch *
_siamban_batch_pool_take (SiambanBatchPool *pool)
{
  SiambanBatch *self = g_atomic_rc_box_new0 (SiambanBatch);

  self->pool = _siamban_batch_pool_ref (pool);
  self->memory = _siamban_batch_pool_take_memory (pool);

  return self;
}

SiambanBatch *
_siamban_batch_new (guint size, const SiambanSampleShape *shape)
{
  g_autoptr (SiambanBatchPool) pool = _siamban_batch_pool_new (size, shape, 0);

  return _siamban_batch_pool_take (pool);
}

SiambanSampleBuffers
_siamban_batch_peek_sample (SiambanBatch *self, guint i)
{
  const SiambanSampleShape *shape = _siamban_batch_pool_get_shape (self->pool);
  const SiambanSampleBuffers *buffers = &self->memory->buffers;

  return (SiambanSampleBuffers){
    .template = buffers->template + i * _siamban_sample_shape_n_template (shape),
    .search = buffers->search + i * _siamban_sample_shape_n_search (shape),
    .label_cls = buffers->label_cls + i * _siamban_sample_shape_n_cls (shape),
    .label_loc = buffers->label_loc + i * _siamban_sample_shape_n_loc (shape),
  };
}

SiambanSampleRecord *
_siamban_batch_peek_record (SiambanBatch *self, guint i)
{
  return &self->memory->records[i];
}

void
_siamban_batch_finish (SiambanBatch *self)
{
  for (guint i = 0; i < siamban_batch_get_size (self); i++)
    {
      const GPtrArray *skipped = self->memory->records[i].skipped;

      for (guint j = 0; skipped != NULL && j < skipped->len; j++)
        {
          if (self->skipped == NULL)
            self->skipped = g_ptr_array_new_null_terminated (skipped->len, g_free, TRUE);
          g_ptr_array_add (self->skipped, g_strdup (g_ptr_array_index (skipped, j)));
        }
    }
}

const float *
_siamban_batch_peek_template (SiambanBatch *self)
{
  return self->memory->buffers.template;
}

const float *
_siamban_batch_peek_search (SiambanBatch *self)
{
  return self->memory->buffers.search;
}

const gint8 *
_siamban_batch_peek_label_cls (SiambanBatch *self)
{
  return self->memory->buffers.label_cls;
}

const float *
_siamban_batch_peek_label_loc (SiambanBatch *self)
{
  return self->memory->buffers.label_loc;
}

/**
 * siamban_batch_ref:
 * @self: a batch
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanBatch *
siamban_batch_ref (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
batch_clear (gpointer data)
{
  SiambanBatch *self = data;

  _siamban_batch_pool_give_memory (self->pool, self->memory);
  _siamban_batch_pool_unref (self->pool);
  g_clear_pointer (&self->skipped, g_ptr_array_unref);
}

/**
 * siamban_batch_unref:
 * @self: (transfer full): a batch
 *
 * Drops a reference; with the last one the memory goes to a later batch.
 *
 * Since: 0.1
 */
void
siamban_batch_unref (SiambanBatch *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, batch_clear);
}

static void
batch_unref_cb (gpointer data)
{
  siamban_batch_unref (data);
}

/* Bytes that keep the batch. */
static GBytes *
share (SiambanBatch *self, gconstpointer data, gsize n_elements, gsize element_size)
{
  return g_bytes_new_with_free_func (data,
                                     siamban_batch_get_size (self) * n_elements * element_size,
                                     batch_unref_cb, siamban_batch_ref (self));
}

/**
 * siamban_batch_get_size:
 * @self: a batch
 *
 * Gets how many samples there are.
 *
 * Returns: the number of samples, N
 *
 * Since: 0.1
 */
guint
siamban_batch_get_size (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return _siamban_batch_pool_get_batch_size (self->pool);
}

/**
 * siamban_batch_get_template_size:
 * @self: a batch
 *
 * Gets the side of the template images.
 *
 * Returns: the side, in pixels
 *
 * Since: 0.1
 */
guint
siamban_batch_get_template_size (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return _siamban_batch_pool_get_shape (self->pool)->template_size;
}

/**
 * siamban_batch_get_search_size:
 * @self: a batch
 *
 * Gets the side of the search images.
 *
 * Returns: the side, in pixels
 *
 * Since: 0.1
 */
guint
siamban_batch_get_search_size (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return _siamban_batch_pool_get_shape (self->pool)->search_size;
}

/**
 * siamban_batch_get_output_size:
 * @self: a batch
 *
 * Gets the side of the score maps that the labels are for.
 *
 * Returns: the number of points on a side
 *
 * Since: 0.1
 */
guint
siamban_batch_get_output_size (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return _siamban_batch_pool_get_shape (self->pool)->output_size;
}

/**
 * siamban_batch_get_template:
 * @self: a batch
 *
 * Gets the template images, without a copy.
 *
 * Returns: (transfer full): float32 of shape `(N, 3, S, S)`: planes of blue, green and red
 *
 * Since: 0.1
 */
GBytes *
siamban_batch_get_template (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return share (self, _siamban_batch_peek_template (self),
                _siamban_sample_shape_n_template (_siamban_batch_pool_get_shape (self->pool)),
                sizeof (float));
}

/**
 * siamban_batch_get_search:
 * @self: a batch
 *
 * Gets the search images, without a copy.
 *
 * Returns: (transfer full): float32 of shape `(N, 3, S, S)`: planes of blue, green and red
 *
 * Since: 0.1
 */
GBytes *
siamban_batch_get_search (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return share (self, _siamban_batch_peek_search (self),
                _siamban_sample_shape_n_search (_siamban_batch_pool_get_shape (self->pool)),
                sizeof (float));
}

/**
 * siamban_batch_get_label_cls:
 * @self: a batch
 *
 * Gets what each point of the score maps is, without a copy.
 *
 * Returns: (transfer full): int8 of shape `(N, O, O)`: −1 ignored, 0 background, 1 target
 *
 * Since: 0.1
 */
GBytes *
siamban_batch_get_label_cls (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return share (self, _siamban_batch_peek_label_cls (self),
                _siamban_sample_shape_n_cls (_siamban_batch_pool_get_shape (self->pool)),
                sizeof (gint8));
}

/**
 * siamban_batch_get_label_loc:
 * @self: a batch
 *
 * Gets the distances from the points to the edges of the boxes, without a copy.
 *
 * Returns: (transfer full): float32 of shape `(N, 4, O, O)`: left, top, right and bottom, in pixels
 *   of the search image; zero for negative pairs
 *
 * Since: 0.1
 */
GBytes *
siamban_batch_get_label_loc (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return share (self, _siamban_batch_peek_label_loc (self),
                _siamban_sample_shape_n_loc (_siamban_batch_pool_get_shape (self->pool)),
                sizeof (float));
}

/**
 * siamban_batch_get_sample_index:
 * @self: a batch
 * @i: which sample of the batch, from 0
 *
 * Gets which sample of the run one of the batch is.
 *
 * Returns: the index, from 0
 *
 * Since: 0.1
 */
guint64
siamban_batch_get_sample_index (SiambanBatch *self, guint i)
{
  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (i < siamban_batch_get_size (self), 0);

  return self->memory->records[i].index;
}

/**
 * siamban_batch_get_sample:
 * @self: a batch
 * @i: which sample of the batch, from 0
 *
 * Copies one sample, to look at it.
 *
 * Returns: (transfer full): the sample
 *
 * Since: 0.1
 */
SiambanSample *
siamban_batch_get_sample (SiambanBatch *self, guint i)
{
  const SiambanSampleShape *shape;
  SiambanSampleBuffers from, to;
  SiambanSample *sample;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (i < siamban_batch_get_size (self), NULL);

  shape = _siamban_batch_pool_get_shape (self->pool);
  from = _siamban_batch_peek_sample (self, i);
  sample = _siamban_sample_new (shape, &to);
  memcpy (to.template, from.template, _siamban_sample_shape_n_template (shape) * sizeof (float));
  memcpy (to.search, from.search, _siamban_sample_shape_n_search (shape) * sizeof (float));
  memcpy (to.label_cls, from.label_cls, _siamban_sample_shape_n_cls (shape));
  memcpy (to.label_loc, from.label_loc, _siamban_sample_shape_n_loc (shape) * sizeof (float));
  _siamban_sample_record_copy (&self->memory->records[i], _siamban_sample_peek_record (sample));

  return sample;
}

/**
 * siamban_batch_get_n_skipped:
 * @self: a batch
 *
 * Gets how many images were drawn and could not be used.
 *
 * Returns: the number of images
 *
 * Since: 0.1
 */
guint
siamban_batch_get_n_skipped (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->skipped != NULL ? self->skipped->len : 0;
}

/**
 * siamban_batch_get_skipped:
 * @self: a batch
 *
 * Gets which images were drawn and could not be used.
 *
 * Returns: (transfer none) (array zero-terminated=1): path and reason of each
 *
 * Since: 0.1
 */
const char *const *
siamban_batch_get_skipped (SiambanBatch *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->skipped != NULL ? (const char *const *) self->skipped->pdata : no_messages;
}
