/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onednn-plan-private.h"

#include <math.h>
#include <string.h>

/* Losses over the points of all images. With at most four channels, all numbers of a point are in
 * one block: the channels of point i begin at i * lanes.
 *
 * Everything is computed in double: there are few points, and none of the rounding of the network
 * behind them is added to. Sums go over the points in order. */

/* data, forward: 0 loss, 1.. inputs; backward: 0 dx, 1.. inputs, 4 dy */
typedef struct
{
  SiambanOnednnStep step;
  guint dx[2];
} LossStep;

static gsize
count_points (const SiambanOnednnStep *step)
{
  const SiambanMap map = _siamban_onednn_plan_map (step->plan, step->node->inputs[0]);

  return map.n * map.height * map.width;
}

static const float *
point (const SiambanOnednnStep *step, guint slot, gsize i)
{
  return step->data[slot] + i * step->plan->lanes;
}

static gsize
count_label (const SiambanOnednnStep *step, guint slot, float label)
{
  const gsize n_points = count_points (step);
  gsize n = 0;

  for (gsize i = 0; i < n_points; i++)
    n += *point (step, slot, i) == label;

  return n;
}

static gboolean
add_forward (SiambanOnednnPlan *plan,
             const SiambanPlanGroup *group,
             void (*run) (SiambanOnednnStep *))
{
  const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->value);
  LossStep *self = _siamban_onednn_plan_add_step (plan, sizeof *self, run, group->value,
                                                  g_strdup (_siamban_op_get_name (node->op)));

  _siamban_onednn_step_use (&self->step, 0, _siamban_onednn_plan_value (plan, group->value));
  for (guint i = 0; i < node->n_inputs; i++)
    _siamban_onednn_step_use (&self->step, i + 1,
                              _siamban_onednn_plan_value (plan, node->inputs[i]));

  return TRUE;
}

/* Only the first input can have a gradient: the others are labels. */
static gboolean
add_backward (SiambanOnednnPlan *plan,
              const SiambanPlanGroup *group,
              void (*run) (SiambanOnednnStep *))
{
  const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->value);
  const guint input = node->inputs[0];
  const SiambanOnednnContribution dy = _siamban_onednn_plan_gradient (plan, group->value);
  LossStep *self;
  guint dx;

  if (!_siamban_onednn_plan_needs_gradient (plan, input))
    return TRUE;

  dx = _siamban_onednn_plan_add_block (plan, _siamban_onednn_plan_count (plan, input));
  self = _siamban_onednn_plan_add_step (plan, sizeof *self, run, group->value,
                                        g_strdup (_siamban_op_get_name (node->op)));
  _siamban_onednn_step_use (&self->step, 0, dx);
  for (guint i = 0; i < node->n_inputs; i++)
    _siamban_onednn_step_use (&self->step, i + 1,
                              _siamban_onednn_plan_value (plan, node->inputs[i]));
  _siamban_onednn_step_use (&self->step, 4, dy.block);
  _siamban_onednn_plan_contribute (plan, input, dx, FALSE);

  return TRUE;
}

static void
clear_gradient (const SiambanOnednnStep *step)
{
  memset (step->data[0], 0,
          _siamban_onednn_plan_count (step->plan, step->node->inputs[0]) * sizeof (float));
}

/* log (1 + exp (x)), for any x. */
static double
soft_plus (double x)
{
  return MAX (x, 0) + log1p (exp (-fabs (x)));
}

/* Of two scores the negative log-likelihood of one is soft_plus (the other one - it). */
static void
run_cross_entropy_forward (SiambanOnednnStep *step)
{
  const gsize n_points = count_points (step);
  double totals[2] = { 0 };
  double loss = 0;

  for (gsize i = 0; i < n_points; i++)
    {
      const float *scores = point (step, 1, i);
      const float label = *point (step, 2, i);

      if (label == 0)
        totals[0] += soft_plus ((double) scores[1] - scores[0]);
      else if (label == 1)
        totals[1] += soft_plus ((double) scores[0] - scores[1]);
    }

  for (guint label = 0; label < 2; label++)
    {
      const gsize n = count_label (step, 2, (float) label);

      if (n > 0)
        loss += 0.5 * totals[label] / (double) n;
    }
  *step->data[0] = (float) loss;
}

static void
run_cross_entropy_backward (SiambanOnednnStep *step)
{
  const gsize n_points = count_points (step);
  const gsize n[2] = { count_label (step, 2, 0), count_label (step, 2, 1) };

  clear_gradient (step);
  for (gsize i = 0; i < n_points; i++)
    {
      const float *scores = point (step, 1, i);
      const float label = *point (step, 2, i);
      const guint right = label == 1, wrong = 1 - right;
      float *gradient = step->data[0] + i * step->plan->lanes;
      double share;

      if (label != 0 && label != 1)
        continue;
      share = 0.5 * *step->data[4] /
              ((double) n[right] * (1 + exp ((double) scores[right] - scores[wrong])));
      gradient[right] = (float) -share;
      gradient[wrong] = (float) share;
    }
}

static gboolean
cross_entropy_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_forward (plan, group, run_cross_entropy_forward);
}

static gboolean
cross_entropy_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_backward (plan, group, run_cross_entropy_backward);
}

const SiambanOnednnOp _siamban_onednn_cross_entropy = { cross_entropy_forward,
                                                        cross_entropy_backward };

/* Distances are to left, top, right, bottom: those across are i and i + 2. */
typedef struct
{
  double size[2];  /* width and height of the prediction */
  double inner[2]; /* of the intersection */
  double outer[2]; /* of the smallest box around both */
  double covered;  /* area of the union */
  double around;   /* area of the box around */
  double iou;
} Overlap;

static void
measure (const float *predicted, const float *target, Overlap *overlap)
{
  double target_area = 1, intersection = 1, area = 1;

  overlap->around = 1;
  for (guint axis = 0; axis < 2; axis++)
    {
      const double near = predicted[axis], far = predicted[axis + 2];
      const double true_near = target[axis], true_far = target[axis + 2];

      overlap->size[axis] = near + far;
      overlap->inner[axis] = MIN (near, true_near) + MIN (far, true_far);
      overlap->outer[axis] = MAX (near, true_near) + MAX (far, true_far);
      area *= overlap->size[axis];
      target_area *= true_near + true_far;
      intersection *= overlap->inner[axis];
      overlap->around *= overlap->outer[axis];
    }
  overlap->around += 1e-7;
  overlap->covered = target_area + area - intersection;
  overlap->iou = (intersection + 1) / (overlap->covered + 1);
}

static double
loss_of (SiambanIouLoss kind, const Overlap *overlap)
{
  switch (kind)
    {
    case SIAMBAN_IOU_LOSS_LOG:
      return -log (overlap->iou);

    case SIAMBAN_IOU_LOSS_GENERALIZED:
      return 1 - overlap->iou + (overlap->around - overlap->covered) / overlap->around;

    case SIAMBAN_IOU_LOSS_LINEAR:
    default:
      return 1 - overlap->iou;
    }
}

static void
run_iou_loss_forward (SiambanOnednnStep *step)
{
  const gsize n_points = count_points (step);
  const gsize n = count_label (step, 3, 1);
  double total = 0;

  for (gsize i = 0; i < n_points; i++)
    if (*point (step, 3, i) == 1)
      {
        Overlap overlap;

        measure (point (step, 1, i), point (step, 2, i), &overlap);
        total += loss_of (step->node->iou_loss, &overlap);
      }
  *step->data[0] = n > 0 ? (float) (total / (double) n) : 0;
}

/* Where both are equal the intersection and the box around share the slope, as in PyTorch. */
static double
slope_of (SiambanIouLoss kind, const Overlap *o, guint side, float predicted, float target)
{
  const guint across = 1 - side % 2;
  const double of_inner = predicted < target ? 1 : predicted > target ? 0 : 0.5;
  const double intersection = of_inner * o->inner[across];
  const double covered = o->size[across] - intersection;
  const double around = (1 - of_inner) * o->outer[across];
  const double iou = (intersection - o->iou * covered) / (o->covered + 1);

  switch (kind)
    {
    case SIAMBAN_IOU_LOSS_LOG:
      return -iou / o->iou;

    case SIAMBAN_IOU_LOSS_GENERALIZED:
      return -iou + (o->covered / o->around * around - covered) / o->around;

    case SIAMBAN_IOU_LOSS_LINEAR:
    default:
      return -iou;
    }
}

static void
run_iou_loss_backward (SiambanOnednnStep *step)
{
  const gsize n_points = count_points (step);
  const gsize n = count_label (step, 3, 1);

  clear_gradient (step);
  for (gsize i = 0; i < n_points; i++)
    if (*point (step, 3, i) == 1)
      {
        const float *predicted = point (step, 1, i), *target = point (step, 2, i);
        float *gradient = step->data[0] + i * step->plan->lanes;
        Overlap overlap;

        measure (predicted, target, &overlap);
        for (guint side = 0; side < 4; side++)
          gradient[side] = (float) (*step->data[4] / (double) n *
                                    slope_of (step->node->iou_loss, &overlap, side, predicted[side],
                                              target[side]));
      }
}

static gboolean
iou_loss_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_forward (plan, group, run_iou_loss_forward);
}

static gboolean
iou_loss_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_backward (plan, group, run_iou_loss_backward);
}

const SiambanOnednnOp _siamban_onednn_iou_loss = { iou_loss_forward, iou_loss_backward };

static void
run_loss_sum_forward (SiambanOnednnStep *step)
{
  const double *factors = step->node->factors;

  *step->data[0] = (float) (factors[0] * *step->data[1] + factors[1] * *step->data[2]);
}

/* data: 0 and 1 dx, 2 dy */
static void
run_loss_sum_backward (SiambanOnednnStep *step)
{
  for (guint i = 0; i < 2; i++)
    if (step->data[i] != NULL)
      *step->data[i] = (float) (step->node->factors[i] * *step->data[2]);
}

static gboolean
loss_sum_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_forward (plan, group, run_loss_sum_forward);
}

static gboolean
loss_sum_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  const SiambanOnednnContribution dy = _siamban_onednn_plan_gradient (plan, group->value);
  LossStep *self = _siamban_onednn_plan_add_step (plan, sizeof *self, run_loss_sum_backward,
                                                  group->value, g_strdup ("loss sum"));

  for (guint i = 0; i < 2; i++)
    {
      const guint input = self->step.node->inputs[i];

      if (!_siamban_onednn_plan_needs_gradient (plan, input))
        continue;
      self->dx[i] = _siamban_onednn_plan_add_block (plan, plan->lanes);
      _siamban_onednn_step_use (&self->step, i, self->dx[i]);
      _siamban_onednn_plan_contribute (plan, input, self->dx[i], FALSE);
    }
  _siamban_onednn_step_use (&self->step, 2, dy.block);

  return TRUE;
}

const SiambanOnednnOp _siamban_onednn_loss_sum = { loss_sum_forward, loss_sum_backward };
