/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onednn-plan-private.h"

#include <math.h>
#include <string.h>

static SiambanOnednnStep *
add_step (SiambanOnednnPlan *plan, void (*run) (SiambanOnednnStep *), guint value)
{
  const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, value);

  return _siamban_onednn_plan_add_step (plan, sizeof (SiambanOnednnStep), run, value,
                                        g_strdup (_siamban_op_get_name (node->op)));
}

/* The step of an operation from its inputs to its value: data 0 is the value. */
static gboolean
add_forward (SiambanOnednnPlan *plan,
             const SiambanPlanGroup *group,
             void (*run) (SiambanOnednnStep *))
{
  SiambanOnednnStep *step = add_step (plan, run, group->value);

  _siamban_onednn_step_use (step, 0, _siamban_onednn_plan_value (plan, group->value));
  for (guint i = 0; i < step->node->n_inputs; i++)
    _siamban_onednn_step_use (step, i + 1,
                              _siamban_onednn_plan_value (plan, step->node->inputs[i]));

  return TRUE;
}

/* What follows an operation with one input whose gradient it fills whole: data 0 dx, 1 dy. */
static SiambanOnednnStep *
add_backward (SiambanOnednnPlan *plan,
              const SiambanPlanGroup *group,
              void (*run) (SiambanOnednnStep *))
{
  const guint input = _siamban_graph_peek_node (plan->program->graph, group->value)->inputs[0];
  const SiambanOnednnContribution dy = _siamban_onednn_plan_gradient (plan, group->value);
  const guint dx = _siamban_onednn_plan_add_block (plan, _siamban_onednn_plan_count (plan, input));
  SiambanOnednnStep *step = add_step (plan, run, group->value);

  _siamban_onednn_step_use (step, 0, dx);
  _siamban_onednn_step_use (step, 1, dy.block);
  _siamban_onednn_plan_contribute (plan, input, dx, FALSE);

  return step;
}

static float
limit_of (const SiambanNode *node)
{
  return node->op == SIAMBAN_OP_RELU6 ? 6.f : INFINITY;
}

static void
run_activation_forward (SiambanOnednnStep *step)
{
  step->plan->kernels->activation_forward (step->data[1], step->data[0],
                                           _siamban_onednn_plan_count (step->plan, step->value),
                                           limit_of (step->node));
}

static void
run_activation_backward (SiambanOnednnStep *step)
{
  step->plan->kernels->activation_backward (step->data[2], step->data[1], step->data[0],
                                            _siamban_onednn_plan_count (step->plan, step->value),
                                            limit_of (step->node));
}

static gboolean
activation_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_forward (plan, group, run_activation_forward);
}

static gboolean
activation_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  SiambanOnednnStep *step = add_backward (plan, group, run_activation_backward);

  _siamban_onednn_step_use (step, 2, _siamban_onednn_plan_value (plan, group->value));

  return TRUE;
}

const SiambanOnednnOp _siamban_onednn_activation = { activation_forward, activation_backward };

static void
run_add (SiambanOnednnStep *step)
{
  const float *const summands[] = { step->data[1], step->data[2] };

  step->plan->kernels->sum (summands, 2, step->data[0],
                            _siamban_onednn_plan_count (step->plan, step->value));
}

static gboolean
add_op_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_forward (plan, group, run_add);
}

/* No work: the summands share the gradient of the sum. */
static gboolean
add_op_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->value);
  const SiambanOnednnContribution dy = _siamban_onednn_plan_gradient (plan, group->value);

  _siamban_onednn_plan_contribute (plan, node->inputs[0], dy.block, TRUE);
  _siamban_onednn_plan_contribute (plan, node->inputs[1], dy.block, TRUE);

  return TRUE;
}

const SiambanOnednnOp _siamban_onednn_add = { add_op_forward, add_op_backward };

/* Copies the rows of the window between the whole map and the part. */
static void
copy_window (const SiambanOnednnStep *step, const float *from, float *to, gboolean into_whole)
{
  const SiambanMap whole = _siamban_onednn_plan_map (step->plan, step->node->inputs[0]);
  const SiambanMap part = _siamban_onednn_plan_map (step->plan, step->value);
  const gsize lanes = step->plan->lanes;

  for (gsize channel = 0; channel < part.n * part.blocks; channel++)
    for (gsize row = 0; row < part.height; row++)
      {
        const gsize in_part = (channel * part.height + row) * part.width;
        const gsize in_whole = (channel * whole.height + step->node->top + row) * whole.width +
                               step->node->left;

        memcpy (to + (into_whole ? in_whole : in_part) * lanes,
                from + (into_whole ? in_part : in_whole) * lanes,
                part.width * lanes * sizeof (float));
      }
}

static void
run_crop_forward (SiambanOnednnStep *step)
{
  copy_window (step, step->data[1], step->data[0], FALSE);
}

static void
run_crop_backward (SiambanOnednnStep *step)
{
  memset (step->data[0], 0,
          _siamban_onednn_plan_count (step->plan, step->node->inputs[0]) * sizeof (float));
  copy_window (step, step->data[1], step->data[0], TRUE);
}

static gboolean
crop_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_forward (plan, group, run_crop_forward);
}

static gboolean
crop_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  add_backward (plan, group, run_crop_backward);

  return TRUE;
}

const SiambanOnednnOp _siamban_onednn_crop = { crop_forward, crop_backward };

static SiambanPool
pool_of (const SiambanOnednnStep *step)
{
  return (SiambanPool){
    .x = _siamban_onednn_plan_map (step->plan, step->node->inputs[0]),
    .y = _siamban_onednn_plan_map (step->plan, step->value),
    .size = step->node->size,
    .stride = step->node->stride,
    .padding = step->node->padding,
  };
}

static void
run_max_pool_forward (SiambanOnednnStep *step)
{
  const SiambanPool pool = pool_of (step);

  step->plan->kernels->max_pool_forward (&pool, step->data[1], step->data[0]);
}

static void
run_max_pool_backward (SiambanOnednnStep *step)
{
  const SiambanPool pool = pool_of (step);

  step->plan->kernels->max_pool_backward (&pool, step->data[2], step->data[3], step->data[1],
                                          step->data[0]);
}

static gboolean
max_pool_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_forward (plan, group, run_max_pool_forward);
}

static gboolean
max_pool_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  SiambanOnednnStep *step = add_backward (plan, group, run_max_pool_backward);

  _siamban_onednn_step_use (step, 2, _siamban_onednn_plan_value (plan, step->node->inputs[0]));
  _siamban_onednn_step_use (step, 3, _siamban_onednn_plan_value (plan, group->value));

  return TRUE;
}

const SiambanOnednnOp _siamban_onednn_max_pool = { max_pool_forward, max_pool_backward };
