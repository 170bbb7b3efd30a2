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

      own->value.narrow = own->gradient.narrow = own->weight.narrow = narrow;
      own->narrow_input.narrow = TRUE;
    }
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
        if (self->cublas != NULL)
          self->values[value].products[pass] = _siamban_cuda_product_new (
              self->cublas, self->product_handle, &convolution, pass);
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
