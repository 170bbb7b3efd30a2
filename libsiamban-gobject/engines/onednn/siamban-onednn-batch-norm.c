/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onednn-plan-private.h"

#include <math.h>
#include <string.h>

/* A batch norm with the sum and the activation behind it.
 *
 * What forward measured or looked up stays for backward in one block of vectors over whole blocks
 * of channels. */
enum
{
  MEAN,
  INVERSE_DEVIATION,
  VARIANCE,
  WEIGHT,
  BIAS,
  WEIGHT_GRADIENT,
  BIAS_GRADIENT,
  N_VECTORS,
};

/* data: 0 y, 1 x, 2 residual, 3 vectors */
typedef struct
{
  SiambanOnednnStep step;
  SiambanOp activation;
} ForwardStep;

/* data: 0 dx, 1 x, 2 y, 3 vectors, 4 sum, 5.. dy */
typedef struct
{
  SiambanOnednnStep step;
  SiambanOp activation;
  guint n_dy;
  float *weight_gradient;
  float *bias_gradient;
  gboolean accumulate_weight;
  gboolean accumulate_bias;
} BackwardStep;

static gsize
padded_channels (const SiambanOnednnStep *step)
{
  return _siamban_onednn_plan_map (step->plan, step->value).blocks * step->plan->lanes;
}

static float *
vector (const SiambanOnednnStep *step, guint which)
{
  return step->data[3] + which * padded_channels (step);
}

static float
high_of (SiambanOp activation)
{
  return activation == SIAMBAN_OP_RELU6 ? 6.f : INFINITY;
}

/* running = 0.9 running + 0.1 measured, the variance unbiased. */
static void
update_running (const ForwardStep *self)
{
  const SiambanNode *node = self->step.node;
  const SiambanMap map = _siamban_onednn_plan_map (self->step.plan, self->step.value);
  const double n = (double) (map.n * map.height * map.width);
  const float *mean = vector (&self->step, MEAN), *variance = vector (&self->step, VARIANCE);
  float *running_mean = _siamban_parameter_peek_values (node->mean);
  float *running_variance = _siamban_parameter_peek_values (node->variance);

  for (gint64 c = 0; c < node->shape[1]; c++)
    {
      const double unbiased = variance[c] * n / (n - 1);

      running_mean[c] = (float) ((1 - SIAMBAN_BATCH_NORM_MOMENTUM) * running_mean[c] +
                                 SIAMBAN_BATCH_NORM_MOMENTUM * mean[c]);
      running_variance[c] = (float) ((1 - SIAMBAN_BATCH_NORM_MOMENTUM) * running_variance[c] +
                                     SIAMBAN_BATCH_NORM_MOMENTUM * unbiased);
    }
  if (node->counter != NULL)
    *_siamban_parameter_peek_counter (node->counter) += 1;
}

static void
copy_vector (const SiambanOnednnStep *step, SiambanParameter *parameter, guint which)
{
  memcpy (vector (step, which), _siamban_parameter_peek_values (parameter),
          (gsize) step->node->shape[1] * sizeof (float));
}

static void
look_up_running (const SiambanOnednnStep *step)
{
  const float *variance = _siamban_parameter_peek_values (step->node->variance);
  float *inverse = vector (step, INVERSE_DEVIATION);

  copy_vector (step, step->node->mean, MEAN);
  for (gint64 c = 0; c < step->node->shape[1]; c++)
    inverse[c] = (float) (1 / sqrt (variance[c] + SIAMBAN_BATCH_NORM_EPSILON));
}

static void
run_forward (SiambanOnednnStep *step)
{
  const ForwardStep *self = (const ForwardStep *) step;
  const gboolean training = step->node->training;
  const SiambanBatchNormForward call = {
    .map = _siamban_onednn_plan_map (step->plan, step->value),
    .x = step->data[1],
    .residual = step->data[2],
    .y = step->data[0],
    .mean = vector (step, MEAN),
    .inverse_deviation = vector (step, INVERSE_DEVIATION),
    .variance = training ? vector (step, VARIANCE) : NULL,
    .weight = vector (step, WEIGHT),
    .bias = vector (step, BIAS),
    .epsilon = (float) SIAMBAN_BATCH_NORM_EPSILON,
    .low = self->activation == SIAMBAN_OP_NONE ? -INFINITY : 0.f,
    .high = high_of (self->activation),
  };

  memset (step->data[3], 0, N_VECTORS * padded_channels (step) * sizeof (float));
  copy_vector (step, step->node->weight, WEIGHT);
  copy_vector (step, step->node->bias, BIAS);
  if (!training)
    look_up_running (step);
  step->plan->kernels->batch_norm_forward (&call);
  if (training && step->plan->program->training)
    update_running (self);
}

/* The same numbers as forward made, of the statistics that it kept. */
static void
run_restore (SiambanOnednnStep *step)
{
  const ForwardStep *self = (const ForwardStep *) step;
  const SiambanBatchNormForward call = {
    .map = _siamban_onednn_plan_map (step->plan, step->value),
    .x = step->data[1],
    .residual = step->data[2],
    .y = step->data[0],
    .mean = vector (step, MEAN),
    .inverse_deviation = vector (step, INVERSE_DEVIATION),
    .weight = vector (step, WEIGHT),
    .bias = vector (step, BIAS),
    .low = self->activation == SIAMBAN_OP_NONE ? -INFINITY : 0.f,
    .high = high_of (self->activation),
  };

  step->plan->kernels->batch_norm_forward (&call);
}

/* The vectors of a batch norm begin to live in its forward step; backward finds them here. */
static guint
find_vectors (SiambanOnednnPlan *plan, guint main)
{
  for (guint i = 0; i < plan->forward->len; i++)
    {
      const SiambanOnednnStep *step = g_ptr_array_index (plan->forward, i);

      if (step->run == run_forward && step->value == main)
        return step->blocks[3];
    }
  g_assert_not_reached ();
}

static gboolean
batch_norm_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->main);
  ForwardStep *self = _siamban_onednn_plan_add_step (
      plan, sizeof *self, run_forward, group->main,
      g_strconcat ("batch norm", group->add != 0 ? " + sum" : "",
                   group->activation != SIAMBAN_OP_NONE ? " + activation" : "", NULL));
  const guint vectors = _siamban_onednn_plan_add_block (plan,
                                                        N_VECTORS * padded_channels (&self->step));

  self->activation = group->activation;
  _siamban_onednn_step_use (&self->step, 0, _siamban_onednn_plan_value (plan, group->value));
  _siamban_onednn_step_use (&self->step, 1, _siamban_onednn_plan_value (plan, node->inputs[0]));
  if (group->add != 0)
    _siamban_onednn_step_use (&self->step, 2, _siamban_onednn_plan_value (plan, group->residual));
  _siamban_onednn_step_use (&self->step, 3, vectors);

  return TRUE;
}

/* A sum can be there again if its other summand is a sum that stayed: every second one of a stage. */
static gboolean
restores_sum (const SiambanOnednnPlan *plan, const SiambanPlanGroup *group)
{
  const SiambanPlanGroup *other = _siamban_onednn_plan_group (plan, group->residual);

  return other != NULL && other->value == group->residual && other->add != 0 &&
         !restores_sum (plan, other);
}

gboolean
_siamban_onednn_batch_norm_restore (SiambanOnednnPlan *plan, const SiambanPlanGroup *group)
{
  const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->main);
  ForwardStep *self;

  if (node->op != SIAMBAN_OP_BATCH_NORM || (group->add != 0 && !restores_sum (plan, group)) ||
      !_siamban_onednn_plan_needs_gradient (plan, group->value) ||
      _siamban_graph_peek_node (plan->program->graph, group->value)->is_output)
    return FALSE;

  self = _siamban_onednn_plan_add_step (
      plan, sizeof *self, run_restore, group->main,
      g_strdup_printf ("batch norm%s, again", group->add != 0 ? " + sum" : ""));
  self->activation = group->activation;
  plan->value_blocks[group->value] = _siamban_onednn_plan_add_block (
      plan, _siamban_onednn_plan_count (plan, group->value));
  _siamban_onednn_step_use (&self->step, 0, plan->value_blocks[group->value]);
  _siamban_onednn_step_use (&self->step, 1, _siamban_onednn_plan_value (plan, node->inputs[0]));
  if (group->add != 0)
    _siamban_onednn_step_use (&self->step, 2, _siamban_onednn_plan_value (plan, group->residual));
  _siamban_onednn_step_use (&self->step, 3, find_vectors (plan, group->main));

  return TRUE;
}

static void
store_gradient (const SiambanOnednnStep *step, guint which, float *to, gboolean accumulate)
{
  const float *from = vector (step, which);

  if (to != NULL)
    for (gint64 c = 0; c < step->node->shape[1]; c++)
      to[c] = accumulate ? to[c] + from[c] : from[c];
}

static void
run_backward (SiambanOnednnStep *step)
{
  const BackwardStep *self = (const BackwardStep *) step;
  SiambanBatchNormBackward call = {
    .map = _siamban_onednn_plan_map (step->plan, step->value),
    .x = step->data[1],
    .y = step->data[2],
    .n_dy = self->n_dy,
    .sum = step->data[4],
    .dx = step->data[0],
    .mean = vector (step, MEAN),
    .inverse_deviation = vector (step, INVERSE_DEVIATION),
    .weight = vector (step, WEIGHT),
    .weight_gradient = vector (step, WEIGHT_GRADIENT),
    .bias_gradient = vector (step, BIAS_GRADIENT),
    .high = high_of (self->activation),
    .training = step->node->training,
  };

  for (guint i = 0; i < self->n_dy; i++)
    call.dy[i] = step->data[5 + i];
  step->plan->kernels->batch_norm_backward (&call);
  store_gradient (step, WEIGHT_GRADIENT, self->weight_gradient, self->accumulate_weight);
  store_gradient (step, BIAS_GRADIENT, self->bias_gradient, self->accumulate_bias);
}

/* The gradients that come in, apart if there are at most three of them. */
static guint
use_gradients (SiambanOnednnPlan *plan, BackwardStep *self, const GArray *list)
{
  for (guint i = 0; i < list->len; i++)
    _siamban_onednn_step_use (&self->step, 5 + i,
                              g_array_index (list, SiambanOnednnContribution, i).block);

  return list->len;
}

/* For the gradient of x: in the place of that of y, or of x if nobody reads it after this. */
static guint
find_room (SiambanOnednnPlan *plan, guint x, guint main, guint dy)
{
  if (dy != 0)
    return dy;
  if (!_siamban_onednn_plan_has_other_users (plan, x, main))
    return _siamban_onednn_plan_value (plan, x);

  return _siamban_onednn_plan_add_block (plan, _siamban_onednn_plan_count (plan, x));
}

static gboolean
batch_norm_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->main);
  const gboolean give_residual = group->add != 0 &&
                                 _siamban_onednn_plan_needs_gradient (plan, group->residual);
  const gboolean give_x = _siamban_onednn_plan_needs_gradient (plan, node->inputs[0]);
  const gsize n_floats = _siamban_onednn_plan_count (plan, group->value);
  GArray *list = _siamban_onednn_plan_get_contributions (plan, group->value);
  SiambanOnednnContribution first;
  BackwardStep *self;
  guint sum = 0, dx = 0;

  if (list->len > 3)
    _siamban_onednn_plan_gradient (plan, group->value);
  first = g_array_index (list, SiambanOnednnContribution, 0);

  if (give_residual || list->len > 1)
    sum = first.shared ? _siamban_onednn_plan_add_block (plan, n_floats) : first.block;
  if (give_x)
    dx = find_room (plan, node->inputs[0], group->main,
                    sum == 0 && !first.shared ? first.block : 0);

  self = _siamban_onednn_plan_add_step (plan, sizeof *self, run_backward, group->main,
                                        g_strdup ("batch norm"));
  self->activation = group->activation;
  self->n_dy = use_gradients (plan, self, list);
  _siamban_onednn_step_use (&self->step, 0, dx);
  _siamban_onednn_step_use (&self->step, 1, _siamban_onednn_plan_value (plan, node->inputs[0]));
  if (group->activation != SIAMBAN_OP_NONE)
    _siamban_onednn_step_use (&self->step, 2, _siamban_onednn_plan_value (plan, group->value));
  _siamban_onednn_step_use (&self->step, 3, find_vectors (plan, group->main));
  _siamban_onednn_step_use (&self->step, 4, sum);
  self->weight_gradient = _siamban_onednn_plan_parameter_gradient (plan, node->weight,
                                                                   &self->accumulate_weight);
  self->bias_gradient = _siamban_onednn_plan_parameter_gradient (plan, node->bias,
                                                                 &self->accumulate_bias);

  if (give_x)
    _siamban_onednn_plan_contribute (plan, node->inputs[0], dx, FALSE);
  if (give_residual)
    _siamban_onednn_plan_contribute (plan, group->residual, sum, FALSE);

  return TRUE;
}

const SiambanOnednnOp _siamban_onednn_batch_norm = { batch_norm_forward, batch_norm_backward };
