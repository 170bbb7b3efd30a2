/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-program-private.h"

#include <string.h>

#include "siamban-tensor-private.h"

#define CUDA(program) ((SiambanCudaProgram *) (program))
#define CHECK(call) _siamban_cuda_check ((call), #call, error)

/* Inputs on their way to the device. Two slots take turns: while the device computes with what came
 * through one of them, the next batch is copied through the other, on a stream of its own. A slot is
 * page-locked memory of the host, which a copy reads while the host goes on, and as much of the device;
 * the values themselves are written from there when the forward pass begins. */

/* What was written last into an input's place in the open slot. */
enum
{
  STAGED_NOTHING,
  STAGED_BYTES,
  STAGED_FLOATS,
};

gsize
_siamban_cuda_place_inputs (SiambanCudaProgram *self)
{
  gsize size = 0;

  for (guint value = 1; value <= self->n_values; value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (self->parent_instance.graph, value);

      if (node->op != SIAMBAN_OP_INPUT)
        continue;
      self->values[value].staged_at = size;
      size += SIAMBAN_CUDA_ALIGN (_siamban_node_get_n_elements (node) * sizeof (float));
    }

  return MAX (size, 1);
}

gboolean
_siamban_cuda_open_slots (SiambanCudaProgram *self, GError **error)
{
  if (!CHECK (cudaStreamCreateWithFlags (&self->copy_stream, cudaStreamNonBlocking)))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    if (!CHECK (cudaEventCreateWithFlags (&self->slots[i].copied, cudaEventDisableTiming)) ||
        !CHECK (cudaEventCreateWithFlags (&self->slots[i].used, cudaEventDisableTiming)))
      return FALSE;

  return TRUE;
}

void
_siamban_cuda_close_slots (SiambanCudaProgram *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    {
      if (self->slots[i].copied != NULL)
        cudaEventDestroy (self->slots[i].copied);
      if (self->slots[i].used != NULL)
        cudaEventDestroy (self->slots[i].used);
    }
  if (self->copy_stream != NULL)
    cudaStreamDestroy (self->copy_stream);
}

/* What came through this slot before must have left it: its copy the host's part, and the forward pass
 * the device's. */
static gboolean
open_slot (SiambanCudaProgram *self, GError **error)
{
  SiambanCudaSlot *slot = &self->slots[self->slot];

  if (self->slot_is_open)
    return TRUE;
  if (!CHECK (cudaEventSynchronize (slot->copied)) ||
      !CHECK (cudaStreamWaitEvent (self->copy_stream, slot->used, 0)))
    return FALSE;
  self->slot_is_open = TRUE;

  return TRUE;
}

gboolean
_siamban_cuda_write_input (SiambanProgram *program,
                           guint value,
                           SiambanDType dtype,
                           gconstpointer data,
                           GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  SiambanCudaValue *own = &self->values[value];
  const gsize n = _siamban_node_get_n_elements (_siamban_graph_peek_node (program->graph, value));
  const gboolean is_bytes = dtype == SIAMBAN_DTYPE_UINT8;
  const gsize size = is_bytes ? n : n * sizeof (float);
  const SiambanCudaSlot *slot = &self->slots[self->slot];

  if (!_siamban_cuda_enter (self, error) || !open_slot (self, error))
    return FALSE;
  /* Written twice for one pass: the first copy may not have begun yet. */
  if (own->staged != STAGED_NOTHING && !CHECK (cudaStreamSynchronize (self->copy_stream)))
    return FALSE;

  if (is_bytes || dtype == SIAMBAN_DTYPE_FLOAT32)
    memcpy (slot->host + own->staged_at, data, size);
  else
    _siamban_convert_to_float32 (dtype, data, n, (float *) (slot->host + own->staged_at));
  own->staged = is_bytes ? STAGED_BYTES : STAGED_FLOATS;

  return CHECK (cudaMemcpyAsync (slot->device + own->staged_at, slot->host + own->staged_at, size,
                                 cudaMemcpyDefault, self->copy_stream));
}

static gboolean
take_input (SiambanCudaProgram *self, guint value, GError **error)
{
  SiambanCudaValue *own = &self->values[value];
  const SiambanCudaShape shape = _siamban_cuda_shape_of (
      _siamban_graph_peek_node (self->parent_instance.graph, value));
  char *staged = self->slots[self->slot].device + own->staged_at;

  if (own->staged == STAGED_BYTES
          ? !CHECK (siamban_cuda_from_bytes (self->stream, (unsigned char *) staged,
                                             own->value.data, shape))
          : !CHECK (siamban_cuda_to_nhwc (self->stream, (float *) staged, own->value, shape)))
    return FALSE;
  own->staged = STAGED_NOTHING;

  return TRUE;
}

gboolean
_siamban_cuda_take_inputs (SiambanCudaProgram *self, GError **error)
{
  SiambanCudaSlot *slot = &self->slots[self->slot];

  if (!self->slot_is_open)
    return TRUE;

  if (!CHECK (cudaEventRecord (slot->copied, self->copy_stream)) ||
      !CHECK (cudaStreamWaitEvent (self->stream, slot->copied, 0)))
    return FALSE;
  for (guint value = 1; value <= self->n_values; value++)
    if (self->values[value].staged != STAGED_NOTHING && !take_input (self, value, error))
      return FALSE;
  if (!CHECK (cudaEventRecord (slot->used, self->stream)))
    return FALSE;

  self->slot = 1 - self->slot;
  self->slot_is_open = FALSE;

  return TRUE;
}
