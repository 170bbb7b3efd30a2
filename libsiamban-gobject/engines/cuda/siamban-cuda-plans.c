/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-program-private.h"

/* What is decided of each value before there is memory: its type, and how convolutions are computed. */

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

void
_siamban_cuda_choose_types (SiambanCudaProgram *self)
{
  for (guint value = 1; value <= self->n_values; value++)
    {
      SiambanCudaValue *own = &self->values[value];
      const int narrow = is_narrow (self, value);

      own->value.narrow = own->gradient.narrow = own->weight.narrow = own->bias.narrow = narrow;
      own->narrow_input.narrow = TRUE;
    }
}

static gboolean
plan_convolution (SiambanCudaProgram *self, guint value, GError **error)
{
  SiambanProgram *program = &self->parent_instance;
  const SiambanNode *node = _siamban_cuda_convolution_of (self, value);
  const SiambanCudaFusion *fusion = &self->values[value].fusion;
  const SiambanNode *input = _siamban_graph_peek_node (program->graph, node->inputs[0]);
  const SiambanCudaConvolution convolution = {
    .x = { input->shape[0], input->shape[1], input->shape[2], input->shape[3] },
    .w = { node->shape[1], input->shape[1] / node->n_groups, node->size, node->size },
    .y = { node->shape[0], node->shape[1], node->shape[2], node->shape[3] },
    .stride = node->stride,
    .padding = node->padding,
    .dilation = node->dilation,
    .type = self->values[value].value.narrow ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT,
    .has_bias = fusion->convolution != 0,
    .has_residual = fusion->residual != 0,
    .has_relu = fusion->relu != 0,
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
        if (self->cublas != NULL && fusion->convolution == 0)
          self->values[value].products[pass] = _siamban_cuda_product_new (
              self->cublas, self->product_handle, &convolution, pass);
      }

  return TRUE;
}

/* Where cuDNN has no way for all at once that is compiled already, its parts are done one by one. */
static void
plan_fusion (SiambanCudaProgram *self, guint value)
{
  g_autoptr (GError) error = NULL;

  if (!plan_convolution (self, value, &error))
    {
      g_debug ("%s", error->message);
      _siamban_cuda_undo_fusion (self, value);
    }
}

gboolean
_siamban_cuda_plan_convolutions (SiambanCudaProgram *self, GError **error)
{
  if (g_strcmp0 (g_getenv ("SIAMBAN_CUDA_FUSION"), "0") != 0)
    _siamban_cuda_find_fusions (self);
  for (guint value = 1; value <= self->n_values; value++)
    if (self->values[value].fusion.convolution != 0)
      plan_fusion (self, value);
  for (guint value = 1; value <= self->n_values; value++)
    if (self->values[value].fusion.convolution == 0 &&
        _siamban_cuda_convolution_of (self, value) != NULL &&
        !plan_convolution (self, value, error))
      return FALSE;

  return TRUE;
}
