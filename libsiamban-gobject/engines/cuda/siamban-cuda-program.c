/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-program-private.h"

#include <math.h>
#include <string.h>

#include "siamban-engine-private.h"
#include "siamban-error.h"
#include "siamban-tensor-private.h"

/* A graph on one device: node by node, on one stream. The weights of the program's SiambanWeights
 * are copied to the device when they changed, and back when an update or a batch norm in training
 * changed them here. */

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

/* A thread may have used another device before. */
static gboolean
enter (SiambanCudaProgram *self, GError **error)
{
  return CHECK (cudaSetDevice (self->device));
}

/* Waits for the stream, so that host memory may be read or reused. */
static gboolean
copy (SiambanCudaProgram *self, void *to, const void *from, gsize size, GError **error)
{
  return CHECK (cudaMemcpyAsync (to, from, size, cudaMemcpyDefault, self->stream)) &&
         CHECK (cudaStreamSynchronize (self->stream));
}

static gboolean
plan_convolution (SiambanCudaProgram *self, guint value, GError **error)
{
  SiambanProgram *program = &self->parent_instance;
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);
  const SiambanNode *input = _siamban_graph_peek_node (program->graph, node->inputs[0]);
  const SiambanCudaConvolution convolution = {
    .x = { input->shape[0], input->shape[1], input->shape[2], input->shape[3] },
    .w = { node->shape[1], input->shape[1] / node->n_groups, node->size, node->size },
    .y = { node->shape[0], node->shape[1], node->shape[2], node->shape[3] },
    .stride = node->stride,
    .padding = node->padding,
    .dilation = node->dilation,
    .type = self->values[value].value.narrow ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT,
    .exact = program->exact,
  };
  const gboolean needed[SIAMBAN_CUDA_N_PASSES] = {
    [SIAMBAN_CUDA_FORWARD] = TRUE,
    [SIAMBAN_CUDA_DATA_GRADIENT] = program->needs_gradient[value] &&
                                   program->needs_gradient[node->inputs[0]],
    [SIAMBAN_CUDA_WEIGHT_GRADIENT] = program->needs_gradient[value] &&
                                     program->trains[_siamban_parameter_get_index (node->weight)],
  };

  for (guint pass = 0; pass < SIAMBAN_CUDA_N_PASSES; pass++)
    if (needed[pass])
      {
        self->values[value].plans[pass] = _siamban_cuda_plan_new (self->cudnn, self->handle, NULL,
                                                                  &convolution, pass, error);
        if (self->values[value].plans[pass] == NULL)
          return FALSE;
      }

  return TRUE;
}

gboolean
_siamban_cuda_plan_convolutions (SiambanCudaProgram *self, GError **error)
{
  for (guint value = 1; value <= self->n_values; value++)
    if (_siamban_graph_peek_node (self->parent_instance.graph, value)->op ==
            SIAMBAN_OP_CONVOLUTION &&
        !plan_convolution (self, value, error))
      return FALSE;

  return TRUE;
}

/* In bfloat16 all that convolutions and what is between them make; what people wrote or losses are
 * computed of stays in float32. */
static gboolean
is_narrow (SiambanCudaProgram *self, guint value)
{
  if (self->parent_instance.precision != SIAMBAN_PRECISION_BF16)
    return FALSE;

  switch (_siamban_graph_peek_node (self->parent_instance.graph, value)->op)
    {
    case SIAMBAN_OP_CONVOLUTION:
    case SIAMBAN_OP_BATCH_NORM:
    case SIAMBAN_OP_RELU:
    case SIAMBAN_OP_RELU6:
    case SIAMBAN_OP_MAX_POOL:
    case SIAMBAN_OP_ADD:
    case SIAMBAN_OP_CROP:
    case SIAMBAN_OP_XCORR_DEPTHWISE:
    case SIAMBAN_OP_XCORR:
      return TRUE;

    default:
      return FALSE;
    }
}

static void
choose_types (SiambanCudaProgram *self)
{
  for (guint value = 1; value <= self->n_values; value++)
    {
      SiambanCudaValue *own = &self->values[value];
      const int narrow = is_narrow (self, value);

      own->value.narrow = own->gradient.narrow = own->weight.narrow = narrow;
      own->narrow_input.narrow = TRUE;
    }
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
  if (self->cudnn == NULL || !enter (self, error) ||
      !CHECK (cudaStreamCreateWithFlags (&self->stream, cudaStreamNonBlocking)))
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

  return TRUE;
}

static gboolean
siamban_cuda_program_prepare (SiambanProgram *program, GError **error)
{
  SiambanCudaProgram *self = CUDA (program);

  self->device = (int) _siamban_device_get_index (SIAMBAN_DEVICE (program->device));
  self->n_values = siamban_graph_get_n_values (program->graph);
  self->values = g_new0 (SiambanCudaValue, self->n_values + 1);
  self->weights_are_stale = TRUE;
  _siamban_program_drop_buffers (program);

  choose_types (self);
  if (!check_precision (self, error) || !open_device (self, error) ||
      !_siamban_cuda_plan_convolutions (self, error) || !_siamban_cuda_plan_memory (self, error))
    return FALSE;
  if (!program->training)
    return TRUE;

  return CHECK (
             siamban_cuda_fill (self->stream, 0, _siamban_cuda_map (self->momentum, FALSE),
                                _siamban_weights_get_store (program->weights)->n_weight_values)) &&
         CHECK (siamban_cuda_fill (self->stream, 0, _siamban_cuda_map (self->gradients, FALSE),
                                   _siamban_weights_get_store (program->weights)->n_weight_values));
}

static gboolean
siamban_cuda_program_write_input (SiambanProgram *program,
                                  guint value,
                                  SiambanDType dtype,
                                  gconstpointer data,
                                  GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);
  const SiambanCudaShape shape = _siamban_cuda_shape_of (node);
  const gsize n = _siamban_node_get_n_elements (node);
  g_autofree float *converted = NULL;

  if (!enter (self, error))
    return FALSE;
  if (dtype == SIAMBAN_DTYPE_UINT8)
    return copy (self, self->scratch, data, n, error) &&
           CHECK (siamban_cuda_from_bytes (self->stream, self->scratch,
                                           self->values[value].value.data, shape));

  if (dtype != SIAMBAN_DTYPE_FLOAT32)
    {
      converted = g_new (float, n);
      _siamban_convert_to_float32 (dtype, data, n, converted);
      data = converted;
    }

  return copy (self, self->scratch, data, n * sizeof (float), error) &&
         CHECK (
             siamban_cuda_to_nhwc (self->stream, self->scratch, self->values[value].value, shape));
}

static gboolean
siamban_cuda_program_read_output (SiambanProgram *program, guint value, float *to, GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

  return enter (self, error) &&
         CHECK (siamban_cuda_to_nchw (self->stream, self->values[value].value, self->scratch,
                                      _siamban_cuda_shape_of (node))) &&
         copy (self, to, self->scratch, _siamban_node_get_n_elements (node) * sizeof (float),
               error);
}

/* Convolutions read their weights with the channels last. */
static gboolean
derive_weights (SiambanCudaProgram *self, GError **error)
{
  for (guint value = 1; value <= self->n_values; value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (self->parent_instance.graph, value);
      SiambanCudaShape shape;

      if (node->op != SIAMBAN_OP_CONVOLUTION)
        continue;

      shape = (SiambanCudaShape){ (int) node->shape[1], (int) node->size, (int) node->size, 0 };
      shape.c = (int) (siamban_parameter_get_n_elements (node->weight) /
                       (gsize) (shape.n * shape.h * shape.w));
      if (!CHECK (siamban_cuda_to_nhwc (
              self->stream, self->weights + _siamban_parameter_get_offset (node->weight),
              self->values[value].weight, shape)))
        return FALSE;
    }

  return TRUE;
}

static gboolean
refresh_weights (SiambanCudaProgram *self, GError **error)
{
  const SiambanWeightsStore *store = _siamban_weights_get_store (self->parent_instance.weights);

  if (!self->weights_are_stale)
    return TRUE;
  if (!copy (self, self->weights, store->values, store->n_values * sizeof (float), error) ||
      !derive_weights (self, error))
    return FALSE;

  self->weights_are_stale = FALSE;

  return TRUE;
}

static gboolean
has_running_statistics (SiambanCudaProgram *self)
{
  if (self->parent_instance.training)
    for (guint value = 1; value <= self->n_values; value++)
      if (_siamban_graph_peek_node (self->parent_instance.graph, value)->training)
        return TRUE;

  return FALSE;
}

static gboolean
siamban_cuda_program_forward (SiambanProgram *program, GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  const SiambanWeightsStore *store = _siamban_weights_get_store (program->weights);

  if (!enter (self, error) || !refresh_weights (self, error))
    return FALSE;
  for (guint value = 1; value <= self->n_values; value++)
    if (!_siamban_cuda_forward (self, value, error))
      return FALSE;

  if (!has_running_statistics (self))
    return CHECK (cudaGetLastError ());

  return copy (self, store->values + store->n_weight_values, self->weights + store->n_weight_values,
               (store->n_values - store->n_weight_values) * sizeof (float), error);
}

static gboolean
siamban_cuda_program_backward (SiambanProgram *program, GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  const guint loss = _siamban_graph_get_loss (program->graph);

  if (!enter (self, error) ||
      !CHECK (siamban_cuda_fill (self->stream, 0, _siamban_cuda_map (self->gradients, FALSE),
                                 _siamban_weights_get_store (program->weights)->n_weight_values)))
    return FALSE;
  if (self->values[loss].gradient.data == NULL)
    return TRUE;

  if (!CHECK (siamban_cuda_fill (self->stream, 1, self->values[loss].gradient, 1)))
    return FALSE;
  for (guint value = loss; value > 0; value--)
    if (!_siamban_cuda_backward (self, value, error))
      return FALSE;

  return CHECK (cudaStreamSynchronize (self->stream));
}

static void
siamban_cuda_program_weights_changed (SiambanProgram *program)
{
  SiambanCudaProgram *self = CUDA (program);

  /* After an update of our own both sides are the same already. */
  if (self->updates_itself)
    self->updates_itself = FALSE;
  else
    self->weights_are_stale = TRUE;
}

/* Neighbours with one learning rate are one pass. */
static gboolean
descend (SiambanCudaProgram *self, const SiambanUpdate *update, double clip, GError **error)
{
  SiambanProgram *program = &self->parent_instance;
  const gsize end = _siamban_weights_get_store (program->weights)->n_weight_values;
  gsize last = end;

  /* The first weights lie last. */
  for (guint i = 0; i < _siamban_weights_get_n (program->weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (program->weights, i);
      gsize offset;

      if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_WEIGHT)
        continue;

      offset = _siamban_parameter_get_offset (parameter);
      if (program->trains[i] && !CHECK (siamban_cuda_descend (
                                    self->stream, self->weights + offset, self->momentum + offset,
                                    self->gradients + offset, last - offset, (float) clip,
                                    (float) update->learning_rates[i], (float) update->momentum,
                                    (float) update->weight_decay)))
        return FALSE;
      last = offset;
    }

  return TRUE;
}

static gboolean
siamban_cuda_program_update (SiambanProgram *program,
                             const SiambanUpdate *update,
                             double *grad_norm,
                             GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  const SiambanWeightsStore *store = _siamban_weights_get_store (program->weights);
  double squares, clip = 1;

  if (!enter (self, error) || !refresh_weights (self, error) ||
      !CHECK (siamban_cuda_sum_squares (self->stream, self->gradients, store->n_weight_values,
                                        self->parts, self->squares)) ||
      !copy (self, &squares, self->squares, sizeof squares, error))
    return FALSE;

  *grad_norm = sqrt (squares);
  if (!isfinite (*grad_norm))
    return TRUE;
  if (update->grad_clip > 0)
    clip = MIN (1.0, update->grad_clip / (*grad_norm + 1e-6));

  if (!descend (self, update, clip, error) || !derive_weights (self, error) ||
      !copy (self, store->values, self->weights, store->n_weight_values * sizeof (float), error))
    return FALSE;
  self->updates_itself = TRUE;

  return TRUE;
}

static gboolean
read_flat (SiambanCudaProgram *self,
           const float *buffer,
           SiambanParameter *parameter,
           float *to,
           GError **error)
{
  return enter (self, error) &&
         copy (self, to, buffer + _siamban_parameter_get_offset (parameter),
               siamban_parameter_get_n_elements (parameter) * sizeof (float), error);
}

static gboolean
siamban_cuda_program_read_gradient (SiambanProgram *program,
                                    SiambanParameter *parameter,
                                    float *to,
                                    GError **error)
{
  return read_flat (CUDA (program), CUDA (program)->gradients, parameter, to, error);
}

static gboolean
siamban_cuda_program_read_momentum (SiambanProgram *program,
                                    SiambanParameter *parameter,
                                    float *to,
                                    GError **error)
{
  return read_flat (CUDA (program), CUDA (program)->momentum, parameter, to, error);
}

static gboolean
siamban_cuda_program_write_momentum (SiambanProgram *program,
                                     SiambanParameter *parameter,
                                     const float *from,
                                     GError **error)
{
  SiambanCudaProgram *self = CUDA (program);

  return enter (self, error) &&
         copy (self, self->momentum + _siamban_parameter_get_offset (parameter), from,
               siamban_parameter_get_n_elements (parameter) * sizeof (float), error);
}

static gboolean
siamban_cuda_program_read_gradients (SiambanProgram *program,
                                     gsize offset,
                                     gsize n,
                                     float *to,
                                     GError **error)
{
  SiambanCudaProgram *self = CUDA (program);

  return enter (self, error) &&
         copy (self, to, self->gradients + offset, n * sizeof (float), error);
}

static gboolean
siamban_cuda_program_write_gradients (SiambanProgram *program,
                                      gsize offset,
                                      gsize n,
                                      const float *from,
                                      GError **error)
{
  SiambanCudaProgram *self = CUDA (program);

  return enter (self, error) &&
         copy (self, self->gradients + offset, from, n * sizeof (float), error);
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

  if (self->stream != NULL && cudaSetDevice (self->device) == cudaSuccess)
    cudaStreamSynchronize (self->stream);
  for (guint value = 1; self->values != NULL && value <= self->n_values; value++)
    for (guint pass = 0; pass < SIAMBAN_CUDA_N_PASSES; pass++)
      g_clear_pointer (&self->values[value].plans[pass], _siamban_cuda_plan_free);
  g_free (self->values);
  if (self->handle != NULL)
    self->cudnn->destroy (self->handle);
  cudaFree (self->arena);
  if (self->stream != NULL)
    cudaStreamDestroy (self->stream);

  G_OBJECT_CLASS (_siamban_cuda_program_parent_class)->finalize (object);
}

static void
_siamban_cuda_program_class_init (SiambanCudaProgramClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_cuda_program_finalize;

  klass->prepare = siamban_cuda_program_prepare;
  klass->write_input = siamban_cuda_program_write_input;
  klass->read_output = siamban_cuda_program_read_output;
  klass->forward = siamban_cuda_program_forward;
  klass->backward = siamban_cuda_program_backward;
  klass->weights_changed = siamban_cuda_program_weights_changed;
  klass->update = siamban_cuda_program_update;
  klass->read_gradient = siamban_cuda_program_read_gradient;
  klass->read_momentum = siamban_cuda_program_read_momentum;
  klass->write_momentum = siamban_cuda_program_write_momentum;
  klass->read_gradients = siamban_cuda_program_read_gradients;
  klass->write_gradients = siamban_cuda_program_write_gradients;
  klass->get_memory = siamban_cuda_program_get_memory;
}

static void
_siamban_cuda_program_init (SiambanCudaProgram *self)
{
}
