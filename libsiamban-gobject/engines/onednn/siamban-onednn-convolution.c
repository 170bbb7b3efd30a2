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

  derived = _siamban_onednn_plan_derive (plan, node, fold, "bias", map.blocks * plan->lanes, FALSE,
                                         sizeof (BiasStep), &is_new);
  if (is_new)
    {
      derived->step->run = derive_bias;
      ((BiasStep *) derived->step)->fold = fold;
    }

  return derived->block;
}

/* Depth-wise, and so far away from what Winograd and oneDNN do. */
static gboolean
is_depthwise (const SiambanOnednnPlan *plan, const SiambanNode *node)
{
  const gint64 n_channels = _siamban_onednn_plan_node (plan, node->inputs[0])->shape[1];

  return node->n_groups > 1 && node->n_groups == (guint64) n_channels &&
         node->shape[1] == n_channels;
}

static SiambanOnednnPair
pair_of (const SiambanOnednnPlan *plan, const SiambanPlanGroup *group)
{
  const SiambanPlanGroup *partner = group->partner == 0
                                        ? NULL
                                        : _siamban_onednn_plan_group (plan, group->partner);

  return (SiambanOnednnPair){
    .n = partner == NULL ? 1 : 2,
    .pairing = group->pairing,
    .groups = { group, partner },
    .nodes = { _siamban_onednn_plan_node (plan, group->main),
               partner == NULL ? NULL : _siamban_onednn_plan_node (plan, partner->main) },
  };
}

static SiambanOnednnPair
alone (const SiambanOnednnPair *pair)
{
  SiambanOnednnPair one = *pair;

  one.n = 1;
  one.pairing = SIAMBAN_PLAN_ALONE;

  return one;
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
            (_siamban_onednn_plan_group (plan, value)->depth >= group->depth ||
             _siamban_onednn_plan_needs_gradient (plan, value)))
          return FALSE;
    }

  return TRUE;
}

static gboolean
place_result (SiambanOnednnPlan *plan, const SiambanPlanGroup *group)
{
  if (!can_replace_residual (plan, group))
    return FALSE;

  plan->value_blocks[group->value] = _siamban_onednn_plan_value (plan, group->residual);

  return TRUE;
}

static gboolean
forward_one (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanOnednnPair pair = pair_of (plan, group), one = alone (&pair);
  const gboolean in_place = place_result (plan, group);

  if (is_depthwise (plan, one.nodes[0]))
    return _siamban_onednn_depthwise_forward (plan, group, in_place);
  if (_siamban_onednn_winograd_fits (plan, &one))
    return _siamban_onednn_winograd_forward (plan, &one);

  return _siamban_onednn_direct_forward (plan, group, in_place, error);
}

/* Both stand at the same depth: what one reads is there when the other runs. The first of them
 * does the work of both, if it pays. */
static gboolean
convolution_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanOnednnPair pair = pair_of (plan, group);

  if (plan->done_forward[group->value])
    return TRUE;
  if (pair.n == 1 || !_siamban_onednn_winograd_fits (plan, &pair))
    return forward_one (plan, group, error);

  for (guint i = 0; i < 2; i++)
    {
      place_result (plan, pair.groups[i]);
      plan->done_forward[pair.groups[i]->value] = TRUE;
    }

  return _siamban_onednn_winograd_forward (plan, &pair);
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

/* Room for the gradient of the input, if there is need for it. */
static guint
add_input_gradient (SiambanOnednnPlan *plan, const SiambanNode *node)
{
  const guint input = node->inputs[0];

  if (!_siamban_onednn_plan_needs_gradient (plan, input))
    return 0;

  return _siamban_onednn_plan_add_block (plan, _siamban_onednn_plan_count (plan, input));
}

static gboolean
backward_pair (SiambanOnednnPlan *plan, const SiambanOnednnPair *pair)
{
  guint dy[2] = { 0 }, dx[2] = { 0 };

  for (guint i = 0; i < pair->n; i++)
    {
      dy[i] = _siamban_onednn_plan_gradient (plan, pair->groups[i]->value).block;
      if (i == 0 || pair->pairing == SIAMBAN_PLAN_TWINS)
        dx[i] = add_input_gradient (plan, pair->nodes[i]);
      add_bias_gradient (plan, pair->groups[i]->value, dy[i]);
    }

  _siamban_onednn_winograd_backward (plan, pair, dy, dx);
  for (guint i = 0; i < pair->n; i++)
    {
      if (dx[i] != 0)
        _siamban_onednn_plan_contribute (plan, pair->nodes[i]->inputs[0], dx[i], FALSE);
      plan->done_backward[pair->groups[i]->value] = TRUE;
    }

  return TRUE;
}

static gboolean
backward_one (SiambanOnednnPlan *plan, const SiambanNode *node, guint value, GError **error)
{
  const guint dy = _siamban_onednn_plan_gradient (plan, value).block;
  const guint dx = add_input_gradient (plan, node);
  gboolean done;

  add_bias_gradient (plan, value, dy);
  done = is_depthwise (plan, node)
             ? _siamban_onednn_depthwise_backward (plan, node, value, dy, dx)
             : _siamban_onednn_direct_backward (plan, node, value, dy, dx, error);
  if (dx != 0)
    _siamban_onednn_plan_contribute (plan, node->inputs[0], dx, FALSE);

  return done;
}

/* Both or none of the inputs need a gradient, and both results have one. */
static gboolean
is_even (SiambanOnednnPlan *plan, const SiambanOnednnPair *pair)
{
  return pair->n == 2 &&
         _siamban_onednn_plan_get_contributions (plan, pair->groups[1]->value)->len > 0 &&
         _siamban_onednn_plan_needs_gradient (plan, pair->nodes[0]->inputs[0]) ==
             _siamban_onednn_plan_needs_gradient (plan, pair->nodes[1]->inputs[0]);
}

static gboolean
convolution_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanOnednnPair pair = pair_of (plan, group), one = alone (&pair);

  if (is_even (plan, &pair) && _siamban_onednn_winograd_fits (plan, &pair))
    return backward_pair (plan, &pair);
  if (_siamban_onednn_winograd_fits (plan, &one))
    return backward_pair (plan, &one);

  return backward_one (plan, one.nodes[0], group->value, error);
}

const SiambanOnednnOp _siamban_onednn_convolution = { convolution_forward, convolution_backward };
