/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onednn-convolution-private.h"

#include <math.h>
#include <string.h>

/* Convolutions with as many groups as channels. oneDNN's gradients of them are slower by far than
 * plain loops over whole blocks of channels. */

typedef struct
{
  SiambanOnednnStep step;
  const SiambanNode *fold;
} WeightStep;

/* data: 0 y, 1 x, 2 weights, 3 bias, 4 residual */
typedef struct
{
  SiambanOnednnStep step;
  SiambanOp activation;
} ForwardStep;

/* data: 0 gradient of the weights in blocks, 1 x, 2 dy */
typedef struct
{
  SiambanOnednnStep step;
  float *gradient;
  gboolean accumulate;
} WeightGradientStep;

static gsize
count_taps (const SiambanNode *node)
{
  return (gsize) node->size * node->size;
}

static SiambanDepthwise
shape_of (const SiambanOnednnStep *step)
{
  const SiambanNode *node = step->node;

  return (SiambanDepthwise){
    .x = _siamban_onednn_plan_map (step->plan, node->inputs[0]),
    .y = _siamban_onednn_plan_map (step->plan, step->value),
    .size_y = node->size,
    .size_x = node->size,
    .stride = node->stride,
    .padding = node->padding,
    .dilation = node->dilation,
  };
}

/* The place of a tap in (blocks, taps, lanes). */
static gsize
tap_index (const SiambanOnednnStep *step, gsize channel, gsize tap)
{
  const gsize lanes = step->plan->lanes;

  return (channel / lanes * count_taps (step->node) + tap) * lanes + channel % lanes;
}

static void
derive_weights (SiambanOnednnStep *step)
{
  const SiambanNode *node = step->node;
  const float *weights = _siamban_parameter_peek_values (node->weight);

  for (gint64 c = 0; c < node->shape[1]; c++)
    {
      const float factor = _siamban_onednn_fold_factor (((WeightStep *) step)->fold, c);

      for (gsize tap = 0; tap < count_taps (node); tap++)
        step->data[0][tap_index (step, (gsize) c,
                                 tap)] = weights[(gsize) c * count_taps (node) + tap] * factor;
    }
}

static guint
add_weights (SiambanOnednnPlan *plan, const SiambanNode *node, guint value, const SiambanNode *fold)
{
  const SiambanMap map = _siamban_onednn_plan_map (plan, value);
  gboolean is_new;
  SiambanOnednnDerived *derived = _siamban_onednn_plan_derive (
      plan, node, fold, "depth-wise", map.blocks * plan->lanes * count_taps (node), FALSE,
      sizeof (WeightStep), &is_new);

  if (is_new)
    {
      derived->step->run = derive_weights;
      ((WeightStep *) derived->step)->fold = fold;
    }

  return derived->block;
}

static void
run_forward (SiambanOnednnStep *step)
{
  const ForwardStep *self = (const ForwardStep *) step;
  const SiambanDepthwise shape = shape_of (step);
  const SiambanKernels *kernels = step->plan->kernels;
  const float *const summands[] = { step->data[0], step->data[4] };
  const gsize n_floats = _siamban_onednn_plan_count (step->plan, step->value);
  const float low = self->activation == SIAMBAN_OP_NONE ? -INFINITY : 0.f;
  const float high = self->activation == SIAMBAN_OP_RELU6 ? 6.f : INFINITY;

  if (step->data[4] == NULL)
    {
      kernels->depthwise_forward (&shape, step->data[1], step->data[2], step->data[3], low, high,
                                  step->data[0]);
      return;
    }

  kernels->depthwise_forward (&shape, step->data[1], step->data[2], step->data[3], -INFINITY,
                              INFINITY, step->data[0]);
  kernels->sum (summands, 2, step->data[0], n_floats);
  if (self->activation != SIAMBAN_OP_NONE)
    kernels->activation_forward (step->data[0], step->data[0], n_floats, high);
}

gboolean
_siamban_onednn_depthwise_forward (SiambanOnednnPlan *plan,
                                   const SiambanPlanGroup *group,
                                   gboolean in_place)
{
  const SiambanNode *node = _siamban_onednn_plan_node (plan, group->main);
  const guint weights = add_weights (plan, node, group->main,
                                     _siamban_onednn_plan_node (plan, group->fold));
  const guint bias = _siamban_onednn_convolution_bias (plan, group);
  ForwardStep *self = _siamban_onednn_plan_add_step (
      plan, sizeof *self, run_forward, group->main,
      g_strdup_printf ("depth-wise, own%s", group->fold != 0 ? " + batch norm" : ""));

  self->activation = group->activation;
  _siamban_onednn_step_use (&self->step, 1, _siamban_onednn_plan_value (plan, node->inputs[0]));
  _siamban_onednn_step_use (&self->step, 2, weights);
  _siamban_onednn_step_use (&self->step, 3, bias);
  if (group->add != 0)
    _siamban_onednn_step_use (&self->step, 4, _siamban_onednn_plan_value (plan, group->residual));
  /* The sum is a pass of its own, after the value was overwritten. */
  if (in_place)
    plan->value_blocks[group->value] = 0;
  _siamban_onednn_step_use (&self->step, 0, _siamban_onednn_plan_value (plan, group->value));

  return TRUE;
}

static void
run_weight_gradient (SiambanOnednnStep *step)
{
  const WeightGradientStep *self = (const WeightGradientStep *) step;
  const SiambanDepthwise shape = shape_of (step);
  const gsize n_taps = count_taps (step->node);

  step->plan->kernels->depthwise_backward_kernel (&shape, step->data[1], step->data[2],
                                                  step->data[0]);
  for (gsize c = 0; c < (gsize) step->node->shape[1]; c++)
    for (gsize tap = 0; tap < n_taps; tap++)
      {
        const float gradient = step->data[0][tap_index (step, c, tap)];
        float *to = self->gradient + c * n_taps + tap;

        *to = self->accumulate ? *to + gradient : gradient;
      }
}

static void
run_data_gradient (SiambanOnednnStep *step)
{
  const SiambanDepthwise shape = shape_of (step);

  step->plan->kernels->depthwise_backward_data (&shape, step->data[2], step->data[1],
                                                step->data[0]);
}

static void
add_weight_gradient (SiambanOnednnPlan *plan, const SiambanNode *node, guint value, guint dy)
{
  const SiambanMap map = _siamban_onednn_plan_map (plan, value);
  gboolean accumulate = FALSE;
  float *gradient = _siamban_onednn_plan_parameter_gradient (plan, node->weight, &accumulate);
  WeightGradientStep *self;

  if (gradient == NULL)
    return;

  self = _siamban_onednn_plan_add_step (plan, sizeof *self, run_weight_gradient, value,
                                        g_strdup ("depth-wise weight gradient, own"));
  self->gradient = gradient;
  self->accumulate = accumulate;
  _siamban_onednn_step_use (
      &self->step, 0,
      _siamban_onednn_plan_add_block (plan, map.blocks * plan->lanes * count_taps (node)));
  _siamban_onednn_step_use (&self->step, 1, _siamban_onednn_plan_value (plan, node->inputs[0]));
  _siamban_onednn_step_use (&self->step, 2, dy);
}

gboolean
_siamban_onednn_depthwise_backward (SiambanOnednnPlan *plan,
                                    const SiambanNode *node,
                                    guint value,
                                    guint dy,
                                    guint dx)
{
  SiambanOnednnStep *step;

  add_weight_gradient (plan, node, value, dy);
  if (dx == 0)
    return TRUE;

  step = _siamban_onednn_plan_add_step (plan, sizeof *step, run_data_gradient, value,
                                        g_strdup ("depth-wise data gradient, own"));
  _siamban_onednn_step_use (step, 0, dx);
  _siamban_onednn_step_use (step, 1, add_weights (plan, node, value, NULL));
  _siamban_onednn_step_use (step, 2, dy);

  return TRUE;
}
