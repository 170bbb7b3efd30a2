/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-program-private.h"

#include <math.h>

#include "siamban-cuda-buckets-private.h"
#include "siamban-cuda-fold-private.h"

#define CUDA(program) ((SiambanCudaProgram *) (program))
#define CHECK(call) _siamban_cuda_check ((call), #call, error)

/* Weights, gradients and momentum, and their update. Weights are copied to the device when they changed
 * on the host. After an update they stay on the device until somebody reads them. */

static const float *
at_parameter (const SiambanCudaProgram *self, SiambanParameter *parameter)
{
  return parameter != NULL ? self->weights + _siamban_parameter_get_offset (parameter) : NULL;
}

/* Convolutions read their weights with the channels last, and those of a group with its batch norm. */
static gboolean
derive_weight (SiambanCudaProgram *self, guint value, GError **error)
{
  const SiambanCudaValue *own = &self->values[value];
  const SiambanNode *node = _siamban_cuda_convolution_of (self, value);
  SiambanCudaShape shape = { (int) node->shape[1], (int) node->size, (int) node->size, 0 };
  SiambanCudaNorm norm = { NULL };

  shape.c = (int) (siamban_parameter_get_n_elements (node->weight) /
                   (gsize) (shape.n * shape.h * shape.w));
  if (own->fusion.convolution == 0)
    return CHECK (
        siamban_cuda_to_nhwc (self->stream, at_parameter (self, node->weight), own->weight, shape));

  if (own->fusion.batch_norm != 0)
    {
      const SiambanNode *folded = _siamban_graph_peek_node (self->parent_instance.graph,
                                                            own->fusion.batch_norm);

      norm = (SiambanCudaNorm){
        .weight = at_parameter (self, folded->weight),
        .bias = at_parameter (self, folded->bias),
        .mean = at_parameter (self, folded->mean),
        .variance = at_parameter (self, folded->variance),
        .epsilon = (float) SIAMBAN_BATCH_NORM_EPSILON,
      };
    }

  return CHECK (siamban_cuda_fold (self->stream, at_parameter (self, node->weight),
                                   at_parameter (self, node->bias), norm, shape, own->weight,
                                   own->bias));
}

static gboolean
derive_weights (SiambanCudaProgram *self, GError **error)
{
  for (guint value = 1; value <= self->n_values; value++)
    if (_siamban_cuda_convolution_of (self, value) != NULL && !derive_weight (self, value, error))
      return FALSE;

  return TRUE;
}

/* Statistics of batch norms lie behind the weights. */
static gboolean
refresh_buffers (SiambanCudaProgram *self, GError **error)
{
  const SiambanWeightsStore *layout = _siamban_weights_get_layout (self->parent_instance.weights);
  const gsize n = layout->n_weight_values;

  if (!_siamban_cuda_copy (self, self->weights + n, layout->values + n,
                           (layout->n_values - n) * sizeof (float), error) ||
      !derive_weights (self, error))
    return FALSE;
  self->buffers_are_stale = FALSE;

  return TRUE;
}

gboolean
_siamban_cuda_refresh_weights (SiambanCudaProgram *self, GError **error)
{
  SiambanWeights *weights = self->parent_instance.weights;
  const SiambanWeightsStore *layout = _siamban_weights_get_layout (weights);

  if (!self->weights_are_stale)
    return !self->buffers_are_stale || refresh_buffers (self, error);

  /* Another program may have the newest ones on its device. */
  if (!_siamban_weights_sync (weights, error) || !_siamban_cuda_enter (self, error) ||
      !_siamban_cuda_copy (self, self->weights, layout->values, layout->n_values * sizeof (float),
                           error) ||
      !derive_weights (self, error))
    return FALSE;

  self->weights_are_stale = self->buffers_are_stale = FALSE;

  return TRUE;
}

/* Somebody wants to read the weights. */
static gboolean
pull_cb (gpointer data, GError **error)
{
  SiambanCudaProgram *self = data;
  const SiambanWeightsStore *layout = _siamban_weights_get_layout (self->parent_instance.weights);

  return _siamban_cuda_enter (self, error) &&
         _siamban_cuda_copy (self, layout->values, self->weights,
                             layout->n_weight_values * sizeof (float), error);
}

void
_siamban_cuda_weights_changed (SiambanProgram *program)
{
  SiambanCudaProgram *self = CUDA (program);

  /* Whoever wants to write a weight has its value copied to the host before, so if the device is still
   * ahead it was statistics that changed. */
  if (self->updates_itself)
    self->updates_itself = FALSE;
  else if (_siamban_weights_is_ahead (program->weights, self))
    self->buffers_are_stale = TRUE;
  else
    self->weights_are_stale = TRUE;
}

/* The kernels read rates and the like from the device, so that a captured update may have others each
 * time. */
static gboolean
write_settings (SiambanCudaProgram *self, const SiambanUpdate *update, GError **error)
{
  const guint n = _siamban_weights_get_n (self->parent_instance.weights);

  self->host_settings[SIAMBAN_CUDA_MOMENTUM] = (float) update->momentum;
  self->host_settings[SIAMBAN_CUDA_WEIGHT_DECAY] = (float) update->weight_decay;
  self->host_settings[SIAMBAN_CUDA_GRAD_CLIP] = (float) update->grad_clip;
  for (guint i = 0; i < n; i++)
    self->host_settings[SIAMBAN_CUDA_RATES + i] = (float) update->learning_rates[i];

  return CHECK (cudaMemcpyAsync (self->settings, self->host_settings,
                                 (SIAMBAN_CUDA_RATES + n) * sizeof (float), cudaMemcpyDefault,
                                 self->stream));
}

static gboolean
descend (SiambanCudaProgram *self, GError **error)
{
  SiambanProgram *program = &self->parent_instance;
  gsize last = _siamban_weights_get_layout (program->weights)->n_weight_values;

  /* The first weights lie last. */
  for (guint i = 0; i < _siamban_weights_get_n (program->weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (program->weights, i);
      gsize offset;

      if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_WEIGHT)
        continue;

      offset = _siamban_parameter_get_offset (parameter);
      if (program->trains[i] &&
          !CHECK (siamban_cuda_descend (self->stream, self->weights + offset,
                                        self->momentum + offset, self->gradients + offset,
                                        last - offset, self->settings, i, self->squares)))
        return FALSE;
      last = offset;
    }

  return TRUE;
}

static gboolean
issue_update (SiambanCudaProgram *self, GError **error)
{
  const gsize n = _siamban_weights_get_layout (self->parent_instance.weights)->n_weight_values;

  return CHECK (siamban_cuda_sum_squares (self->stream, self->gradients, n, self->parts,
                                          self->squares)) &&
         descend (self, error) && derive_weights (self, error);
}

gboolean
_siamban_cuda_update (SiambanProgram *program,
                      const SiambanUpdate *update,
                      double *grad_norm,
                      GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  double squares;

  if (!_siamban_cuda_enter (self, error) || !_siamban_cuda_refresh_weights (self, error) ||
      !write_settings (self, update, error) || !_siamban_cuda_buckets_wait (self, error) ||
      !_siamban_cuda_run (self, SIAMBAN_CUDA_PART_UPDATE, issue_update, error) ||
      !_siamban_cuda_copy (self, &squares, self->squares, sizeof squares, error))
    return FALSE;

  *grad_norm = sqrt (squares);
  self->updates_itself = TRUE;
  if (isfinite (*grad_norm))
    _siamban_weights_set_ahead (program->weights, pull_cb, self);

  return TRUE;
}

static gboolean
read_flat (SiambanCudaProgram *self,
           const float *buffer,
           SiambanParameter *parameter,
           float *to,
           GError **error)
{
  return _siamban_cuda_enter (self, error) &&
         _siamban_cuda_copy (self, to, buffer + _siamban_parameter_get_offset (parameter),
                             siamban_parameter_get_n_elements (parameter) * sizeof (float), error);
}

gboolean
_siamban_cuda_read_gradient (SiambanProgram *program,
                             SiambanParameter *parameter,
                             float *to,
                             GError **error)
{
  return read_flat (CUDA (program), CUDA (program)->gradients, parameter, to, error);
}

gboolean
_siamban_cuda_read_momentum (SiambanProgram *program,
                             SiambanParameter *parameter,
                             float *to,
                             GError **error)
{
  return read_flat (CUDA (program), CUDA (program)->momentum, parameter, to, error);
}

gboolean
_siamban_cuda_write_momentum (SiambanProgram *program,
                              SiambanParameter *parameter,
                              const float *from,
                              GError **error)
{
  SiambanCudaProgram *self = CUDA (program);

  return _siamban_cuda_enter (self, error) &&
         _siamban_cuda_copy (self, self->momentum + _siamban_parameter_get_offset (parameter), from,
                             siamban_parameter_get_n_elements (parameter) * sizeof (float), error);
}

gboolean
_siamban_cuda_read_gradients (SiambanProgram *program,
                              gsize offset,
                              gsize n,
                              float *to,
                              GError **error)
{
  SiambanCudaProgram *self = CUDA (program);

  return _siamban_cuda_enter (self, error) &&
         _siamban_cuda_copy (self, to, self->gradients + offset, n * sizeof (float), error);
}

gboolean
_siamban_cuda_write_gradients (SiambanProgram *program,
                               gsize offset,
                               gsize n,
                               const float *from,
                               GError **error)
{
  SiambanCudaProgram *self = CUDA (program);

  return _siamban_cuda_enter (self, error) &&
         _siamban_cuda_copy (self, self->gradients + offset, from, n * sizeof (float), error);
}

gboolean
_siamban_cuda_allocate_sums (SiambanProgram *program, GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  const gsize n = _siamban_weights_get_layout (program->weights)->n_weight_values;

  if (!_siamban_cuda_enter (self, error))
    return FALSE;
  if (CHECK (cudaMalloc ((void **) &self->sums, n * sizeof (float))))
    return TRUE;
  /* The runtime remembers the failure; later calls must not report it. */
  cudaGetLastError ();
  g_prefix_error (error, "cuda:%d, for sums of gradients: ", self->device);

  return FALSE;
}

/* On the stream, behind the backward pass and outside of its graph: only some steps do it. */
gboolean
_siamban_cuda_add_gradients (SiambanProgram *program, guint index, guint n, GError **error)
{
  SiambanCudaProgram *self = CUDA (program);
  const gsize n_values = _siamban_weights_get_layout (program->weights)->n_weight_values;
  const SiambanCudaMap gradients = _siamban_cuda_map (self->gradients, FALSE);
  const SiambanCudaMap sums = _siamban_cuda_map (self->sums, FALSE);
  const gboolean is_last = index + 1 == n;
  const float scale = is_last ? 1.0f / (float) n : 1;

  if (!_siamban_cuda_enter (self, error))
    return FALSE;
  if (index == 0)
    return CHECK (cudaMemcpyAsync (self->sums, self->gradients, n_values * sizeof (float),
                                   cudaMemcpyDefault, self->stream));

  return CHECK (siamban_cuda_combine (self->stream, sums, scale, gradients, scale,
                                      is_last ? gradients : sums, n_values)) &&
         (!is_last || _siamban_cuda_buckets_send_all (self, error));
}
