/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-program-private.h"

#include <math.h>

#include "siamban-cuda-loss-kernels-private.h"
#include "siamban-error.h"

/* What each operation of the graph is on the device. Forward overwrites its value; backward adds to
 * the gradients of inputs and parameters, except that the first of a value's users to be
 * differentiated finds a gradient of zeros. */

G_STATIC_ASSERT (SIAMBAN_IOU_LOSS_LINEAR == 0);
G_STATIC_ASSERT (SIAMBAN_IOU_LOSS_LOG == 1);
G_STATIC_ASSERT (SIAMBAN_IOU_LOSS_GENERALIZED == 2);

#define CHECK(call) _siamban_cuda_check ((call), #call, error)

typedef struct
{
  SiambanCudaProgram *program;
  cudaStream_t stream;
  const SiambanNode *node;
  const SiambanNode *inputs[SIAMBAN_NODE_MAX_INPUTS];
  SiambanCudaMap x[SIAMBAN_NODE_MAX_INPUTS];
  SiambanCudaMap dx[SIAMBAN_NODE_MAX_INPUTS];
  SiambanCudaValue *own;
  SiambanCudaShape shape;
  gsize n; /* elements */
  const float *weight;
  const float *bias;
  float *dweight;
  float *dbias;
} Call;

static float *
at_parameter (float *buffer, SiambanParameter *parameter)
{
  return parameter != NULL && buffer != NULL ? buffer + _siamban_parameter_get_offset (parameter)
                                             : NULL;
}

static float *
gradient_of (SiambanCudaProgram *program, SiambanParameter *parameter)
{
  if (parameter == NULL ||
      !program->parent_instance.trains[_siamban_parameter_get_index (parameter)])
    return NULL;

  return at_parameter (program->gradients, parameter);
}

static Call
make_call (SiambanCudaProgram *program, guint value)
{
  SiambanGraph *graph = program->parent_instance.graph;
  const SiambanNode *node = _siamban_graph_peek_node (graph, value);
  Call call = {
    .program = program,
    .stream = program->stream,
    .node = node,
    .own = &program->values[value],
    .shape = _siamban_cuda_shape_of (node),
    .n = _siamban_node_get_n_elements (node),
    .weight = at_parameter (program->weights, node->weight),
    .bias = at_parameter (program->weights, node->bias),
    .dweight = gradient_of (program, node->weight),
    .dbias = gradient_of (program, node->bias),
  };

  for (guint i = 0; i < node->n_inputs; i++)
    {
      call.inputs[i] = _siamban_graph_peek_node (graph, node->inputs[i]);
      call.x[i] = program->values[node->inputs[i]].value;
      call.dx[i] = program->values[node->inputs[i]].gradient;
    }

  return call;
}

static gboolean
convolve (const Call *call,
          SiambanCudaPass pass,
          gconstpointer x,
          gconstpointer w,
          gconstpointer y,
          GError **error)
{
  SiambanCudaProgram *program = call->program;
  const SiambanCudaProduct *product = call->own->products[pass];

  return product != NULL
             ? _siamban_cuda_product_run (product, call->stream, x, w, y, program->workspace, error)
             : _siamban_cuda_plan_run (call->own->plans[pass], program->handle, x, w, y,
                                       program->workspace, error);
}

static gboolean
convolution_forward (const Call *call, GError **error)
{
  gconstpointer x = call->x[0].data;

  if (call->own->narrow_input.data != NULL)
    {
      x = call->own->narrow_input.data;
      if (!CHECK (siamban_cuda_convert (call->stream, call->x[0], call->own->narrow_input,
                                        _siamban_node_get_n_elements (call->inputs[0]))))
        return FALSE;
    }
  if (!convolve (call, SIAMBAN_CUDA_FORWARD, x, call->own->weight.data, call->own->value.data,
                 error))
    return FALSE;

  return call->bias == NULL ||
         CHECK (siamban_cuda_add_bias (call->stream, call->bias, call->own->value, call->shape));
}

/* A convolution with all that follows it in its group. */
static gboolean
fused_forward (const Call *call, GError **error)
{
  SiambanCudaProgram *program = call->program;
  const SiambanCudaFusion *fusion = &call->own->fusion;
  const SiambanNode *convolution = _siamban_graph_peek_node (program->parent_instance.graph,
                                                             fusion->convolution);
  const guint input = convolution->inputs[0];
  SiambanCudaMap x = program->values[input].value;

  if (call->own->narrow_input.data != NULL)
    {
      const SiambanNode *node = _siamban_graph_peek_node (program->parent_instance.graph, input);

      if (!CHECK (siamban_cuda_convert (call->stream, x, call->own->narrow_input,
                                        _siamban_node_get_n_elements (node))))
        return FALSE;
      x = call->own->narrow_input;
    }

  return _siamban_cuda_plan_run_fused (
      call->own->plans[SIAMBAN_CUDA_FORWARD], program->handle, x.data, call->own->weight.data,
      call->own->bias.data,
      fusion->residual != 0 ? program->values[fusion->residual].value.data : NULL,
      call->own->value.data, program->workspace, error);
}

/* cuDNN overwrites, so what it makes goes through a buffer and is added. */
static gboolean
convolution_backward (const Call *call, GError **error)
{
  SiambanCudaProgram *program = call->program;
  const gint64 *inputs = call->inputs[0]->shape;
  const SiambanCudaShape weight = { (int) call->node->shape[1], (int) call->node->size,
                                    (int) call->node->size,
                                    (int) (inputs[1] / call->node->n_groups) };
  const SiambanCudaMap made = _siamban_cuda_map (program->scratch, call->own->value.narrow);
  gconstpointer x = call->own->narrow_input.data != NULL ? call->own->narrow_input.data
                                                         : call->x[0].data;

  if (call->dx[0].data != NULL &&
      (!convolve (call, SIAMBAN_CUDA_DATA_GRADIENT, made.data, call->own->weight.data,
                  call->own->gradient.data, error) ||
       !CHECK (siamban_cuda_add_scaled (call->stream, made, 1, call->dx[0],
                                        _siamban_node_get_n_elements (call->inputs[0])))))
    return FALSE;
  if (call->dweight != NULL &&
      (!convolve (call, SIAMBAN_CUDA_WEIGHT_GRADIENT, x, made.data, call->own->gradient.data,
                  error) ||
       !CHECK (siamban_cuda_add_to_nchw (call->stream, made, call->dweight, weight))))
    return FALSE;

  return call->dbias == NULL ||
         CHECK (siamban_cuda_add_bias_gradient (call->stream, call->own->gradient, call->shape,
                                                program->parts, call->dbias));
}

static gboolean
batch_norm_forward (const Call *call, GError **error)
{
  SiambanCudaProgram *program = call->program;
  float *mean = at_parameter (program->weights, call->node->mean);
  float *variance = at_parameter (program->weights, call->node->variance);
  const gboolean update = program->parent_instance.training;

  if (call->node->training
          ? !CHECK (siamban_cuda_batch_norm_measure (
                call->stream, call->x[0], call->shape, program->parts, call->own->saved,
                update ? mean : NULL, update ? variance : NULL, (float) SIAMBAN_BATCH_NORM_EPSILON,
                (float) SIAMBAN_BATCH_NORM_MOMENTUM))
          : !CHECK (siamban_cuda_batch_norm_recall (call->stream, mean, variance, call->own->saved,
                                                    (float) SIAMBAN_BATCH_NORM_EPSILON,
                                                    call->shape.c)))
    return FALSE;

  return CHECK (siamban_cuda_batch_norm (call->stream, call->x[0], call->shape, call->own->saved,
                                         call->weight, call->bias, call->own->value));
}

static gboolean
batch_norm_backward (const Call *call, GError **error)
{
  const float *statistics = call->own->saved;
  /* Statistics, two floats a channel, come first. */
  double *sums = (double *) call->own->saved + call->shape.c;

  if ((call->node->training || call->dweight != NULL || call->dbias != NULL) &&
      !CHECK (siamban_cuda_add_batch_norm_sums (call->stream, call->x[0], call->own->gradient,
                                                call->shape, statistics, call->program->parts, sums,
                                                call->dweight, call->dbias)))
    return FALSE;

  return call->dx[0].data == NULL ||
         CHECK (siamban_cuda_add_batch_norm_gradient (
             call->stream, call->x[0], call->own->gradient, call->shape, statistics, call->weight,
             call->node->training ? sums : NULL, call->dx[0]));
}

static float
limit_of (const Call *call)
{
  return call->node->op == SIAMBAN_OP_RELU6 ? 6 : INFINITY;
}

static gboolean
clamp_forward (const Call *call, GError **error)
{
  return CHECK (
      siamban_cuda_clamp (call->stream, call->x[0], call->own->value, limit_of (call), call->n));
}

static gboolean
clamp_backward (const Call *call, GError **error)
{
  return CHECK (siamban_cuda_add_clamp_gradient (
      call->stream, call->own->value, call->own->gradient, call->dx[0], limit_of (call), call->n));
}

/* A sum of maps, or of losses with their factors. */
static double
factor_of (const Call *call, guint input)
{
  return call->node->op == SIAMBAN_OP_LOSS_SUM ? call->node->factors[input] : 1;
}

static gboolean
add_forward (const Call *call, GError **error)
{
  return CHECK (siamban_cuda_combine (call->stream, call->x[0], (float) factor_of (call, 0),
                                      call->x[1], (float) factor_of (call, 1), call->own->value,
                                      call->n));
}

static gboolean
add_backward (const Call *call, GError **error)
{
  for (guint i = 0; i < 2; i++)
    if (call->dx[i].data != NULL &&
        !CHECK (siamban_cuda_add_scaled (call->stream, call->own->gradient,
                                         (float) factor_of (call, i), call->dx[i], call->n)))
      return FALSE;

  return TRUE;
}

static gboolean
max_pool_forward (const Call *call, GError **error)
{
  const SiambanNode *node = call->node;

  return CHECK (siamban_cuda_max_pool (
      call->stream, call->x[0], _siamban_cuda_shape_of (call->inputs[0]), call->own->value,
      call->shape, (int) node->size, (int) node->stride, (int) node->padding));
}

static gboolean
max_pool_backward (const Call *call, GError **error)
{
  const SiambanNode *node = call->node;

  return CHECK (siamban_cuda_add_max_pool_gradient (
      call->stream, call->x[0], call->own->gradient, call->shape, call->dx[0],
      _siamban_cuda_shape_of (call->inputs[0]), (int) node->size, (int) node->stride,
      (int) node->padding));
}

static gboolean
crop_forward (const Call *call, GError **error)
{
  return CHECK (siamban_cuda_crop (call->stream, call->x[0],
                                   _siamban_cuda_shape_of (call->inputs[0]), call->own->value,
                                   call->shape, (int) call->node->top, (int) call->node->left));
}

static gboolean
crop_backward (const Call *call, GError **error)
{
  return CHECK (siamban_cuda_add_crop_gradient (
      call->stream, call->own->gradient, call->shape, call->dx[0],
      _siamban_cuda_shape_of (call->inputs[0]), (int) call->node->top, (int) call->node->left));
}

static gboolean
xcorr_forward (const Call *call, GError **error)
{
  return CHECK (siamban_cuda_xcorr (call->stream, call->x[0],
                                    _siamban_cuda_shape_of (call->inputs[0]), call->x[1],
                                    _siamban_cuda_shape_of (call->inputs[1]), call->own->value,
                                    call->shape, call->node->op == SIAMBAN_OP_XCORR));
}

static gboolean
xcorr_backward (const Call *call, GError **error)
{
  const SiambanCudaShape search = _siamban_cuda_shape_of (call->inputs[0]);
  const SiambanCudaShape kernel = _siamban_cuda_shape_of (call->inputs[1]);
  const gboolean full = call->node->op == SIAMBAN_OP_XCORR;

  if (call->dx[0].data != NULL && !CHECK (siamban_cuda_add_xcorr_search_gradient (
                                      call->stream, call->x[1], kernel, call->own->gradient,
                                      call->shape, call->dx[0], search, full)))
    return FALSE;

  return call->dx[1].data == NULL || CHECK (siamban_cuda_add_xcorr_kernel_gradient (
                                         call->stream, call->x[0], search, call->own->gradient,
                                         call->shape, call->dx[1], kernel, full));
}

static gboolean
exp_scale_forward (const Call *call, GError **error)
{
  const float *scale = call->weight != NULL ? call->weight + call->node->index : NULL;

  return CHECK (
      siamban_cuda_exp_scale (call->stream, call->x[0], scale, call->own->value, call->n));
}

static gboolean
exp_scale_backward (const Call *call, GError **error)
{
  const float *scale = call->weight != NULL ? call->weight + call->node->index : NULL;
  float *dscale = call->dweight != NULL ? call->dweight + call->node->index : NULL;

  return CHECK (siamban_cuda_add_exp_scale_gradient (call->stream, call->x[0], scale,
                                                     call->own->value, call->own->gradient,
                                                     call->dx[0], dscale, call->n));
}

static gboolean
level_sum_forward (const Call *call, GError **error)
{
  for (guint level = 0; level < call->node->n_inputs; level++)
    if (!CHECK (siamban_cuda_level_sum (call->stream, call->x[level], call->weight, (int) level,
                                        (int) call->node->n_inputs, call->own->value, call->n)))
      return FALSE;

  return TRUE;
}

static gboolean
level_sum_backward (const Call *call, GError **error)
{
  const int n_levels = (int) call->node->n_inputs;
  double *products = call->own->saved;

  for (int level = 0; level < n_levels; level++)
    if (!CHECK (siamban_cuda_add_level_gradient (call->stream, call->x[level], call->weight, level,
                                                 n_levels, call->own->gradient, call->dx[level],
                                                 products, call->n)))
      return FALSE;

  return call->dweight == NULL ||
         CHECK (siamban_cuda_add_level_weight_gradient (call->stream, call->weight, n_levels,
                                                        products, call->dweight));
}

static gsize
count_points (const Call *call)
{
  const gint64 *shape = call->inputs[0]->shape;

  return (gsize) (shape[0] * shape[2] * shape[3]);
}

static gboolean
cross_entropy_forward (const Call *call, GError **error)
{
  return CHECK (siamban_cuda_cross_entropy (call->stream, call->x[0], call->x[1], call->own->saved,
                                            call->own->value.data, count_points (call)));
}

static gboolean
cross_entropy_backward (const Call *call, GError **error)
{
  return call->dx[0].data == NULL ||
         CHECK (siamban_cuda_add_cross_entropy_gradient (call->stream, call->x[0], call->x[1],
                                                         call->own->saved, call->own->gradient.data,
                                                         call->dx[0], count_points (call)));
}

static gboolean
iou_loss_forward (const Call *call, GError **error)
{
  return CHECK (siamban_cuda_iou_loss (call->stream, call->x[0], call->x[1], call->x[2],
                                       (int) call->node->iou_loss, call->own->saved,
                                       call->own->value.data, count_points (call)));
}

static gboolean
iou_loss_backward (const Call *call, GError **error)
{
  return call->dx[0].data == NULL ||
         CHECK (siamban_cuda_add_iou_loss_gradient (
             call->stream, call->x[0], call->x[1], call->x[2], (int) call->node->iou_loss,
             call->own->saved, call->own->gradient.data, call->dx[0], count_points (call)));
}

static const struct
{
  gboolean (*forward) (const Call *call, GError **error);
  gboolean (*backward) (const Call *call, GError **error);
} operations[SIAMBAN_N_OPS] = {
  [SIAMBAN_OP_CONVOLUTION] = { convolution_forward, convolution_backward },
  [SIAMBAN_OP_BATCH_NORM] = { batch_norm_forward, batch_norm_backward },
  [SIAMBAN_OP_RELU] = { clamp_forward, clamp_backward },
  [SIAMBAN_OP_RELU6] = { clamp_forward, clamp_backward },
  [SIAMBAN_OP_MAX_POOL] = { max_pool_forward, max_pool_backward },
  [SIAMBAN_OP_ADD] = { add_forward, add_backward },
  [SIAMBAN_OP_CROP] = { crop_forward, crop_backward },
  [SIAMBAN_OP_XCORR_DEPTHWISE] = { xcorr_forward, xcorr_backward },
  [SIAMBAN_OP_XCORR] = { xcorr_forward, xcorr_backward },
  [SIAMBAN_OP_EXP_SCALE] = { exp_scale_forward, exp_scale_backward },
  [SIAMBAN_OP_LEVEL_SUM] = { level_sum_forward, level_sum_backward },
  [SIAMBAN_OP_CROSS_ENTROPY] = { cross_entropy_forward, cross_entropy_backward },
  [SIAMBAN_OP_IOU_LOSS] = { iou_loss_forward, iou_loss_backward },
  [SIAMBAN_OP_LOSS_SUM] = { add_forward, add_backward },
};

/* Says which node failed, in front of what the call said. */
static gboolean
name_node (const Call *call, guint value, GError **error)
{
  const gint64 *shape = call->node->shape;

  g_prefix_error (error,
                  "value %u, %s of %" G_GINT64_FORMAT "×%" G_GINT64_FORMAT "×%" G_GINT64_FORMAT
                  "×%" G_GINT64_FORMAT ": ",
                  value, _siamban_op_get_name (call->node->op), shape[0], shape[1], shape[2],
                  shape[3]);

  return FALSE;
}

gboolean
_siamban_cuda_forward (SiambanCudaProgram *self, guint value, GError **error)
{
  const Call call = make_call (self, value);

  if (call.node->op == SIAMBAN_OP_INPUT || call.own->group != 0)
    return TRUE;
  if (call.own->fusion.convolution != 0)
    return fused_forward (&call, error) || name_node (&call, value, error);

  return operations[call.node->op].forward (&call, error) || name_node (&call, value, error);
}

gboolean
_siamban_cuda_backward (SiambanCudaProgram *self, guint value, GError **error)
{
  const Call call = make_call (self, value);

  if (call.node->op == SIAMBAN_OP_INPUT || call.own->gradient.data == NULL)
    return TRUE;

  for (guint i = 0; i < call.node->n_inputs; i++)
    if (call.dx[i].data != NULL && self->values[call.node->inputs[i]].last_user == value &&
        !CHECK (siamban_cuda_fill (self->stream, 0, call.dx[i],
                                   _siamban_node_get_n_elements (call.inputs[i]))))
      return name_node (&call, value, error);

  return operations[call.node->op].backward (&call, error) || name_node (&call, value, error);
}
