/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-program-private.h"

#include <string.h>

#include "siamban-cuda-buckets-private.h"
#include "siamban-cuda-choice-private.h"
#include "siamban-engine-private.h"
#include "siamban-error.h"

/* A graph on one device: node by node, on one stream; inputs arrive on another one. Statistics of batch
 * norms in training are copied back to the program's SiambanWeights after each pass. */

typedef SiambanProgramClass SiambanCudaProgramClass;

G_DEFINE_TYPE (SiambanCudaProgram, _siamban_cuda_program, SIAMBAN_TYPE_PROGRAM)

#define CUDA(program) ((SiambanCudaProgram *) (program))
#define CHECK(call) _siamban_cuda_check ((call), #call, error)

gboolean
_siamban_cuda_check (cudaError_t status, const char *call, GError **error)
{
  if (status == cudaSuccess)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR,
               status == cudaErrorMemoryAllocation ? SIAMBAN_ERROR_OUT_OF_MEMORY
                                                   : SIAMBAN_ERROR_FAILED,
               "%.*s: %s (%s)", (int) strcspn (call, " ("), call, cudaGetErrorString (status),
               cudaGetErrorName (status));

  return FALSE;
}

/* The first generation whose tensor cores multiply bfloat16. */
#define BFLOAT16_CAPABILITY 8

static gboolean
check_precision (SiambanCudaProgram *self, GError **error)
{
  int major = 0, minor = 0;

  if (self->parent_instance.precision != SIAMBAN_PRECISION_BF16)
    return TRUE;
  if (!CHECK (cudaDeviceGetAttribute (&major, cudaDevAttrComputeCapabilityMajor, self->device)) ||
      !CHECK (cudaDeviceGetAttribute (&minor, cudaDevAttrComputeCapabilityMinor, self->device)))
    return FALSE;
  if (major >= BFLOAT16_CAPABILITY)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
               "cuda:%d cannot compute with bf16: it has compute capability %d.%d, and 8.0 is "
               "needed. Use the precision float32",
               self->device, major, minor);

  return FALSE;
}

static gboolean
open_device (SiambanCudaProgram *self, GError **error)
{
  cudnnStatus_t status;

  self->cudnn = _siamban_cudnn_open (error);
  if (self->cudnn == NULL || !_siamban_cuda_enter (self, error) ||
      !CHECK (cudaStreamCreateWithFlags (&self->stream, cudaStreamNonBlocking)) ||
      !_siamban_cuda_open_slots (self, error))
    return FALSE;

  status = self->cudnn->create (&self->handle);
  if (status == CUDNN_STATUS_SUCCESS)
    status = self->cudnn->set_stream (self->handle, self->stream);
  if (status != CUDNN_STATUS_SUCCESS)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED, "cuDNN on cuda:%d: %s", self->device,
                   self->cudnn->get_error_string (status));
      return FALSE;
    }

  /* Nothing is lost without. */
  if (g_strcmp0 (g_getenv ("SIAMBAN_CUDA_PRODUCTS"), "0") != 0)
    self->cublas = _siamban_cublas_open ();
  if (self->cublas != NULL && self->cublas->create (&self->product_handle) != CUBLAS_STATUS_SUCCESS)
    self->cublas = NULL;

  return TRUE;
}

/* A thread may have used another device before. */
gboolean
_siamban_cuda_enter (SiambanCudaProgram *self, GError **error)
{
  return CHECK (cudaSetDevice (self->device));
}

/* Waits for the stream, so that host memory may be read or reused; first for other ranks, because CUDA itself
 * waits in a copy to memory that is not locked. */
gboolean
_siamban_cuda_copy (SiambanCudaProgram *self,
                    void *to,
                    const void *from,
                    gsize size,
                    GError **error)
{
  return _siamban_cuda_buckets_settle (self, error) &&
         CHECK (cudaMemcpyAsync (to, from, size, cudaMemcpyDefault, self->stream)) &&
         CHECK (cudaStreamSynchronize (self->stream));
}

static gboolean
siamban_cuda_program_prepare (SiambanProgram *program, GError **error)
{
  SiambanCudaProgram *self = CUDA (program);

  self->device = (int) _siamban_device_get_index (SIAMBAN_DEVICE (program->device));
  self->n_values = siamban_graph_get_n_values (program->graph);
  self->values = g_new0 (SiambanCudaValue, self->n_values + 1);
  self->weights_are_stale = TRUE;
  self->captures = g_strcmp0 (g_getenv ("SIAMBAN_CUDA_CAPTURE"), "0") != 0;
  _siamban_program_drop_buffers (program);

  _siamban_cuda_choose_types (self);
  if (!check_precision (self, error) || !open_device (self, error) ||
      !_siamban_cuda_plan_convolutions (self, error) || !_siamban_cuda_plan_memory (self, error) ||
      !_siamban_cuda_choose (self, error))
    return FALSE;
  if (!program->training)
    return TRUE;

  return CHECK (
             siamban_cuda_fill (self->stream, 0, _siamban_cuda_map (self->momentum, FALSE),
                                _siamban_weights_get_layout (program->weights)->n_weight_values)) &&
         CHECK (
             siamban_cuda_fill (self->stream, 0, _siamban_cuda_map (self->gradients, FALSE),
                                _siamban_weights_get_layout (program->weights)->n_weight_values));
}

static gboolean
siamban_cuda_program_read_output (SiambanProgram *program, guint value, float *to, GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

  return _siamban_cuda_enter (self, error) &&
         CHECK (siamban_cuda_to_nchw (self->stream, self->values[value].value, self->scratch,
                                      _siamban_cuda_shape_of (node))) &&
         _siamban_cuda_copy (self, to, self->scratch,
                             _siamban_node_get_n_elements (node) * sizeof (float), error);
}

/* TRUE if batch norms measured; the host counts their batches. */
static gboolean
count_batches (SiambanCudaProgram *self)
{
  gboolean found = FALSE;

  for (guint value = 1; self->parent_instance.training && value <= self->n_values; value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (self->parent_instance.graph, value);

      found |= node->training;
      if (node->training && node->counter != NULL)
        ++*_siamban_parameter_peek_counter (node->counter);
    }

  return found;
}

static gboolean
issue_forward (SiambanCudaProgram *self, GError **error)
{
  for (guint value = 1; value <= self->n_values; value++)
    if (!_siamban_cuda_forward (self, value, error))
      return FALSE;

  return TRUE;
}

static gboolean
siamban_cuda_program_forward (SiambanProgram *program, GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  const SiambanWeightsStore *store = _siamban_weights_get_layout (program->weights);

  if (!_siamban_cuda_enter (self, error) || !_siamban_cuda_refresh_weights (self, error) ||
      !_siamban_cuda_take_inputs (self, error) ||
      !_siamban_cuda_run (self, SIAMBAN_CUDA_PART_FORWARD, issue_forward, error))
    return FALSE;

  return !count_batches (self) ||
         _siamban_cuda_copy (self, store->values + store->n_weight_values,
                             self->weights + store->n_weight_values,
                             (store->n_values - store->n_weight_values) * sizeof (float), error);
}

static gboolean
issue_backward (SiambanCudaProgram *self, GError **error)
{
  const guint loss = _siamban_graph_get_loss (self->parent_instance.graph);
  const gsize n = _siamban_weights_get_layout (self->parent_instance.weights)->n_weight_values;

  if (!CHECK (siamban_cuda_fill (self->stream, 0, _siamban_cuda_map (self->gradients, FALSE), n)))
    return FALSE;
  if (self->values[loss].gradient.data == NULL)
    return TRUE;

  if (!CHECK (siamban_cuda_fill (self->stream, 1, self->values[loss].gradient, 1)))
    return FALSE;
  for (guint value = loss; value > 0; value--)
    if (!_siamban_cuda_backward (self, value, error) ||
        !_siamban_cuda_buckets_send (self, value, error))
      return FALSE;

  return self->parent_instance.accumulates || _siamban_cuda_buckets_collect (self, error);
}

/* The device goes on while the host prepares the next batch; whoever reads something waits. */
static gboolean
siamban_cuda_program_backward (SiambanProgram *program, GError **error)
{
  SiambanCudaProgram *self = CUDA (program);

  if (!_siamban_cuda_enter (self, error))
    return FALSE;

  /* Sums over several devices are not captured: they must be left when another rank is gone. */
  return self->buckets != NULL && !program->accumulates
             ? issue_backward (self, error)
             : _siamban_cuda_run (self, SIAMBAN_CUDA_PART_BACKWARD, issue_backward, error);
}

static guint64
siamban_cuda_program_get_memory (SiambanProgram *program)
{
  return CUDA (program)->arena_size;
}

static void
siamban_cuda_program_finalize (GObject *object)
{
  SiambanCudaProgram *self = CUDA (object);
  g_autoptr (GError) error = NULL;

  /* First of all: after a failure, what is queued may wait for other ranks for ever. */
  _siamban_cuda_buckets_free (self);
  if (_siamban_weights_is_ahead (self->parent_instance.weights, self))
    {
      if (!_siamban_weights_sync (self->parent_instance.weights, &error))
        g_message ("cuda:%d: the last weights are lost: %s", self->device, error->message);
      _siamban_weights_set_ahead (self->parent_instance.weights, NULL, NULL);
    }
  if (self->stream != NULL && cudaSetDevice (self->device) == cudaSuccess)
    {
      cudaStreamSynchronize (self->stream);
      if (self->copy_stream != NULL)
        cudaStreamSynchronize (self->copy_stream);
    }
  _siamban_cuda_free_graphs (self);
  for (guint value = 1; self->values != NULL && value <= self->n_values; value++)
    for (guint pass = 0; pass < SIAMBAN_CUDA_N_PASSES; pass++)
      {
        g_clear_pointer (&self->values[value].plans[pass], _siamban_cuda_plan_free);
        g_clear_pointer (&self->values[value].products[pass], _siamban_cuda_product_free);
      }
  g_free (self->values);
  if (self->handle != NULL)
    self->cudnn->destroy (self->handle);
  if (self->product_handle != NULL)
    self->cublas->destroy (self->product_handle);
  cudaFree (self->sums);
  cudaFree (self->arena);
  cudaFreeHost (self->host_arena);
  _siamban_cuda_close_slots (self);
  if (self->stream != NULL)
    cudaStreamDestroy (self->stream);
  /* What failed here was told, or is of no interest; the runtime would remember it for the next program. */
  cudaGetLastError ();

  G_OBJECT_CLASS (_siamban_cuda_program_parent_class)->finalize (object);
}

static void
_siamban_cuda_program_class_init (SiambanCudaProgramClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_cuda_program_finalize;

  klass->prepare = siamban_cuda_program_prepare;
  klass->write_input = _siamban_cuda_write_input;
  klass->read_output = siamban_cuda_program_read_output;
  klass->forward = siamban_cuda_program_forward;
  klass->backward = siamban_cuda_program_backward;
  klass->weights_changed = _siamban_cuda_weights_changed;
  klass->update = _siamban_cuda_update;
  klass->read_gradient = _siamban_cuda_read_gradient;
  klass->read_momentum = _siamban_cuda_read_momentum;
  klass->write_momentum = _siamban_cuda_write_momentum;
  klass->read_gradients = _siamban_cuda_read_gradients;
  klass->write_gradients = _siamban_cuda_write_gradients;
  klass->allocate_sums = _siamban_cuda_allocate_sums;
  klass->add_gradients = _siamban_cuda_add_gradients;
  klass->join = _siamban_cuda_buckets_join;
  klass->get_memory = siamban_cuda_program_get_memory;
}

static void
_siamban_cuda_program_init (SiambanCudaProgram *self)
{
}
