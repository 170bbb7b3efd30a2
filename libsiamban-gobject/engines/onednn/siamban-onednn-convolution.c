/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onednn-convolution-private.h"

#include <math.h>
#include <string.h>

/* data: 0 sums, 1 dy */
typedef struct
{
  SiambanOnednnStep step;
  float *gradient;
  gboolean accumulate;
} BiasGradientStep;

typedef struct
{
  SiambanOnednnStep step;
  const SiambanNode *fold;
} BiasStep;

const SiambanNode *
_siamban_onednn_plan_node (const SiambanOnednnPlan *plan, guint value)
{
  return value == 0 ? NULL : _siamban_graph_peek_node (plan->program->graph, value);
}

float
_siamban_onednn_fold_factor (const SiambanNode *fold, gint64 channel)
{
  if (fold == NULL)
    return 1;

  return (float) (_siamban_parameter_peek_values (fold->weight)[channel] /
                  sqrt (_siamban_parameter_peek_values (fold->variance)[channel] +
                        SIAMBAN_BATCH_NORM_EPSILON));
}

static void
derive_bias (SiambanOnednnStep *step)
{
  const SiambanNode *fold = ((BiasStep *) step)->fold;
  const float *bias = step->node->bias != NULL ? _siamban_parameter_peek_values (step->node->bias)
                                               : NULL;

  for (gint64 c = 0; c < step->node->shape[1]; c++)
    {
      double value = bias != NULL ? bias[c] : 0;

      if (fold != NULL)
        value = (value - _siamban_parameter_peek_values (fold->mean)[c]) *
                    _siamban_onednn_fold_factor (fold, c) +
                _siamban_parameter_peek_values (fold->bias)[c];
      step->data[0][c] = (float) value;
    }
}

guint
_siamban_onednn_convolution_bias (SiambanOnednnPlan *plan, const SiambanPlanGroup *group)
{
  const SiambanNode *node = _siamban_onednn_plan_node (plan, group->main);
  const SiambanNode *fold = _siamban_onednn_plan_node (plan, group->fold);
  const SiambanMap map = _siamban_onednn_plan_map (plan, group->main);
  SiambanOnednnDerived *derived;
  gboolean is_new;

  if (node->bias == NULL && fold == NULL)
    return 0;

  derived = _siamban_onednn_plan_derive (plan, node, fold, "bias", map.blocks * plan->lanes,
                                         sizeof (BiasStep), &is_new);
  if (is_new)
    {
      derived->step->run = derive_bias;
      ((BiasStep *) derived->step)->fold = fold;
    }

  return derived->block;
}

static const SiambanOnednnConvolution *
choose (const SiambanNode *node, const SiambanNode *input)
{
  if (node->n_groups > 1 && node->n_groups == (guint64) input->shape[1] &&
      node->shape[1] == input->shape[1])
    return &_siamban_onednn_depthwise;

  return &_siamban_onednn_direct;
}

/* Whether this is the last that anybody reads of the residual, so that the result can take its
 * place. */
static gboolean
can_replace_residual (SiambanOnednnPlan *plan, const SiambanPlanGroup *group)
{
  const SiambanNode *residual = _siamban_onednn_plan_node (plan, group->residual);

  if (group->add == 0 || residual->is_output || residual->op == SIAMBAN_OP_INPUT)
    return FALSE;

  for (guint value = 1; value <= plan->n_values; value++)
    {
      const SiambanNode *user = _siamban_onednn_plan_node (plan, value);

      for (guint i = 0; i < user->n_inputs; i++)
        if (user->inputs[i] == group->residual && value != group->add &&
            (plan->made_with[value] >= group->value ||
             _siamban_onednn_plan_needs_gradient (plan, value)))
          return FALSE;
    }

  return TRUE;
}

static gboolean
convolution_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanNode *node = _siamban_onednn_plan_node (plan, group->main);
  const gboolean in_place = can_replace_residual (plan, group);

  if (in_place)
    plan->value_blocks[group->value] = _siamban_onednn_plan_value (plan, group->residual);

  return choose (node, _siamban_onednn_plan_node (plan, node->inputs[0]))
      ->forward (plan, group, in_place, error);
}

static void
run_bias_gradient (SiambanOnednnStep *step)
{
  const BiasGradientStep *self = (const BiasGradientStep *) step;
  const SiambanMap map = _siamban_onednn_plan_map (step->plan, step->value);
  float *sums = step->data[0];

  step->plan->kernels->sum_channels (&map, step->data[1], sums);
  for (gint64 c = 0; c < step->node->shape[1]; c++)
    self->gradient[c] = self->accumulate ? self->gradient[c] + sums[c] : sums[c];
}

static void
add_bias_gradient (SiambanOnednnPlan *plan, guint value, guint dy)
{
  const SiambanNode *node = _siamban_onednn_plan_node (plan, value);
  const SiambanMap map = _siamban_onednn_plan_map (plan, value);
  gboolean accumulate = FALSE;
  float *gradient = _siamban_onednn_plan_parameter_gradient (plan, node->bias, &accumulate);
  BiasGradientStep *self;

  if (gradient == NULL)
    return;

  self = _siamban_onednn_plan_add_step (plan, sizeof *self, run_bias_gradient, value,
                                        g_strdup ("bias gradient"));
  self->gradient = gradient;
  self->accumulate = accumulate;
  _siamban_onednn_step_use (&self->step, 0,
                            _siamban_onednn_plan_add_block (plan, map.blocks * plan->lanes));
  _siamban_onednn_step_use (&self->step, 1, dy);
}

static gboolean
convolution_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanNode *node = _siamban_onednn_plan_node (plan, group->value);
  const guint input = node->inputs[0];
  const SiambanOnednnContribution dy = _siamban_onednn_plan_gradient (plan, group->value);
  guint dx = 0;

  if (_siamban_onednn_plan_needs_gradient (plan, input))
    dx = _siamban_onednn_plan_add_block (plan, _siamban_onednn_plan_count (plan, input));

  add_bias_gradient (plan, group->value, dy.block);
  if (!choose (node, _siamban_onednn_plan_node (plan, input))
           ->backward (plan, node, group->value, dy.block, dx, error))
    return FALSE;
  if (dx != 0)
    _siamban_onednn_plan_contribute (plan, input, dx, FALSE);

  return TRUE;
}

const SiambanOnednnOp _siamban_onednn_convolution = { convolution_forward, convolution_backward };
