/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onednn-plan-private.h"

#include <math.h>
#include <string.h>

/* What joins the levels of the head. The maps have 2 or 4 channels: there is nothing to gain from
 * vectors, and lanes beyond the channels stay 0. */

/* data: 0 y, 1.. inputs */
typedef struct
{
  SiambanOnednnStep step;
  double factors[SIAMBAN_NODE_MAX_INPUTS]; /* softmax of the weights */
} LevelSumForward;

/* data: 0 dy, 1.. inputs */
typedef struct
{
  SiambanOnednnStep step;
  const LevelSumForward *forward;
  guint dx[SIAMBAN_NODE_MAX_INPUTS]; /* blocks */
  float *gradient;
  gboolean accumulate;
} LevelSumBackward;

/* data: 0 result, 1 x, 2 y, 3 dy */
typedef struct
{
  SiambanOnednnStep step;
  float *gradient;
  gboolean accumulate;
} ExpScaleStep;

/* Calls for each number of a value its index in the block. */
#define FOR_EACH_NUMBER(step, at)                                                                  \
  for (gsize channel_ = 0; channel_ < n_channels (step); channel_++)                               \
    for (gsize i_ = 0, at = index_of (step, channel_); i_ < area_of (step);                        \
         i_++, at += (step)->plan->lanes)

static gsize
n_channels (const SiambanOnednnStep *step)
{
  return (gsize) (step->node->shape[0] * step->node->shape[1]);
}

static gsize
area_of (const SiambanOnednnStep *step)
{
  return (gsize) (step->node->shape[2] * step->node->shape[3]);
}

/* The first number of a channel, counted over the images. */
static gsize
index_of (const SiambanOnednnStep *step, gsize channel)
{
  const gsize lanes = step->plan->lanes;
  const gsize per_image = (gsize) step->node->shape[1];
  const gsize n_blocks = (per_image + lanes - 1) / lanes;
  const gsize image = channel / per_image, c = channel % per_image;

  return (image * n_blocks + c / lanes) * area_of (step) * lanes + c % lanes;
}

static void
find_factors (const SiambanNode *node, double *factors)
{
  const float *weights = node->weight != NULL ? _siamban_parameter_peek_values (node->weight)
                                              : NULL;
  double largest = -G_MAXDOUBLE, total = 0;

  for (guint i = 0; i < node->n_inputs; i++)
    largest = MAX (largest, weights != NULL ? weights[i] : 0);
  for (guint i = 0; i < node->n_inputs; i++)
    total += factors[i] = exp ((weights != NULL ? weights[i] : 0) - largest);
  for (guint i = 0; i < node->n_inputs; i++)
    factors[i] /= total;
}

static void
clear_lanes (const SiambanOnednnStep *step, float *data)
{
  memset (data, 0, _siamban_onednn_plan_count (step->plan, step->value) * sizeof (float));
}

static void
run_level_sum_forward (SiambanOnednnStep *step)
{
  LevelSumForward *self = (LevelSumForward *) step;

  find_factors (step->node, self->factors);
  clear_lanes (step, step->data[0]);
  FOR_EACH_NUMBER (step, at)
  {
    double total = 0;

    for (guint i = 0; i < step->node->n_inputs; i++)
      total += self->factors[i] * step->data[i + 1][at];
    step->data[0][at] = (float) total;
  }
}

static gboolean
level_sum_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  LevelSumForward *self = _siamban_onednn_plan_add_step (plan, sizeof *self, run_level_sum_forward,
                                                         group->value, g_strdup ("level sum"));

  _siamban_onednn_step_use (&self->step, 0, _siamban_onednn_plan_value (plan, group->value));
  for (guint i = 0; i < self->step.node->n_inputs; i++)
    _siamban_onednn_step_use (&self->step, i + 1,
                              _siamban_onednn_plan_value (plan, self->step.node->inputs[i]));

  return TRUE;
}

/* The softmax's own derivative: dw[i] = f[i] (d[i] - sum f[j] d[j]), d[i] = sum dy x[i]. */
static void
differentiate_softmax (LevelSumBackward *self, const double *products)
{
  const double *factors = self->forward->factors;
  const guint n = self->step.node->n_inputs;
  double mean = 0;

  for (guint i = 0; i < n; i++)
    mean += factors[i] * products[i];
  for (guint i = 0; i < n; i++)
    {
      const float gradient = (float) (factors[i] * (products[i] - mean));

      self->gradient[i] = self->accumulate ? self->gradient[i] + gradient : gradient;
    }
}

static void
run_level_sum_backward (SiambanOnednnStep *step)
{
  LevelSumBackward *self = (LevelSumBackward *) step;
  double products[SIAMBAN_NODE_MAX_INPUTS] = { 0 };

  for (guint i = 0; i < step->node->n_inputs; i++)
    {
      float *dx = _siamban_onednn_plan_get_data ((SiambanOnednnPlan *) step->plan, self->dx[i]);

      if (dx != NULL)
        clear_lanes (step, dx);
      FOR_EACH_NUMBER (step, at)
      {
        if (dx != NULL)
          dx[at] = (float) (self->forward->factors[i] * step->data[0][at]);
        if (self->gradient != NULL)
          products[i] += (double) step->data[0][at] * step->data[i + 1][at];
      }
    }
  if (self->gradient != NULL)
    differentiate_softmax (self, products);
}

static const LevelSumForward *
find_forward (SiambanOnednnPlan *plan, guint value)
{
  for (guint i = 0; i < plan->forward->len; i++)
    {
      const SiambanOnednnStep *step = g_ptr_array_index (plan->forward, i);

      if (step->run == run_level_sum_forward && step->value == value)
        return (const LevelSumForward *) step;
    }
  g_assert_not_reached ();
}

/* The blocks of dx follow those of the step, which has no room for all. */
static void
use_levels (SiambanOnednnPlan *plan, LevelSumBackward *self)
{
  SiambanOnednnStep *step = &self->step;

  for (guint i = 0; i < step->node->n_inputs; i++)
    {
      const guint input = step->node->inputs[i];

      if (!_siamban_onednn_plan_needs_gradient (plan, input))
        continue;
      self->dx[i] = _siamban_onednn_plan_add_block (plan, _siamban_onednn_plan_count (plan, input));
      _siamban_onednn_step_use (step, SIAMBAN_ONEDNN_MAX_DATA - 1, self->dx[i]);
      _siamban_onednn_plan_contribute (plan, input, self->dx[i], FALSE);
    }
}

static gboolean
level_sum_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanOnednnContribution dy = _siamban_onednn_plan_gradient (plan, group->value);
  LevelSumBackward *self = _siamban_onednn_plan_add_step (
      plan, sizeof *self, run_level_sum_backward, group->value, g_strdup ("level sum"));

  self->forward = find_forward (plan, group->value);
  _siamban_onednn_step_use (&self->step, 0, dy.block);
  for (guint i = 0; i < self->step.node->n_inputs; i++)
    _siamban_onednn_step_use (&self->step, i + 1,
                              _siamban_onednn_plan_value (plan, self->step.node->inputs[i]));
  use_levels (plan, self);
  self->gradient = _siamban_onednn_plan_parameter_gradient (plan, self->step.node->weight,
                                                            &self->accumulate);

  return TRUE;
}

const SiambanOnednnOp _siamban_onednn_level_sum = { level_sum_forward, level_sum_backward };

static float
scale_of (const SiambanNode *node)
{
  return node->weight == NULL ? 1.f : _siamban_parameter_peek_values (node->weight)[node->index];
}

static void
run_exp_scale_forward (SiambanOnednnStep *step)
{
  const float scale = scale_of (step->node);

  clear_lanes (step, step->data[0]);
  FOR_EACH_NUMBER (step, at)
  step->data[0][at] = expf (step->data[1][at] * scale);
}

static gboolean
exp_scale_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  ExpScaleStep *self = _siamban_onednn_plan_add_step (plan, sizeof *self, run_exp_scale_forward,
                                                      group->value, g_strdup ("exp scale"));

  _siamban_onednn_step_use (&self->step, 0, _siamban_onednn_plan_value (plan, group->value));
  _siamban_onednn_step_use (&self->step, 1,
                            _siamban_onednn_plan_value (plan, self->step.node->inputs[0]));

  return TRUE;
}

static void
run_exp_scale_backward (SiambanOnednnStep *step)
{
  ExpScaleStep *self = (ExpScaleStep *) step;
  const float scale = scale_of (step->node);
  float *dx = step->data[0];
  double total = 0;

  if (dx != NULL)
    clear_lanes (step, dx);
  FOR_EACH_NUMBER (step, at)
  {
    const double gradient = (double) step->data[3][at] * step->data[2][at];

    total += gradient * step->data[1][at];
    if (dx != NULL)
      dx[at] = (float) (gradient * scale);
  }
  if (self->gradient != NULL)
    *self->gradient = (float) (self->accumulate ? *self->gradient + total : total);
}

/* One parameter holds the scales of all levels, of which each step fills one: the first step
 * clears the others. */
static void
run_clear_parameter (SiambanOnednnStep *step)
{
  memset (((ExpScaleStep *) step)->gradient, 0,
          siamban_parameter_get_n_elements (step->node->weight) * sizeof (float));
}

static void
add_scale_gradient (SiambanOnednnPlan *plan, ExpScaleStep *self, float *all)
{
  if (all == NULL)
    return;

  self->gradient = all + self->step.node->index;
  self->accumulate = TRUE;
}

static gboolean
exp_scale_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->value);
  const SiambanOnednnContribution dy = _siamban_onednn_plan_gradient (plan, group->value);
  const gboolean give_x = _siamban_onednn_plan_needs_gradient (plan, node->inputs[0]);
  gboolean accumulate = FALSE;
  float *all = _siamban_onednn_plan_parameter_gradient (plan, node->weight, &accumulate);
  guint dx = 0;
  ExpScaleStep *self;

  if (all != NULL && !accumulate)
    {
      self = _siamban_onednn_plan_add_step (plan, sizeof *self, run_clear_parameter, group->value,
                                            g_strdup ("clear the gradient of scales"));
      self->gradient = all;
    }

  if (give_x)
    dx = _siamban_onednn_plan_add_block (plan, _siamban_onednn_plan_count (plan, group->value));
  self = _siamban_onednn_plan_add_step (plan, sizeof *self, run_exp_scale_backward, group->value,
                                        g_strdup ("exp scale"));
  _siamban_onednn_step_use (&self->step, 0, dx);
  _siamban_onednn_step_use (&self->step, 1, _siamban_onednn_plan_value (plan, node->inputs[0]));
  _siamban_onednn_step_use (&self->step, 2, _siamban_onednn_plan_value (plan, group->value));
  _siamban_onednn_step_use (&self->step, 3, dy.block);
  add_scale_gradient (plan, self, all);
  if (give_x)
    _siamban_onednn_plan_contribute (plan, node->inputs[0], dx, FALSE);

  return TRUE;
}

const SiambanOnednnOp _siamban_onednn_exp_scale = { exp_scale_forward, exp_scale_backward };
