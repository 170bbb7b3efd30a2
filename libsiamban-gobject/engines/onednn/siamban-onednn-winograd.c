/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onednn-convolution-private.h"

#include <math.h>
#include <omp.h>

#include "siamban-convolutions-private.h"

/* 3 × 3 convolutions of stride 1 by Winograd's way, which oneDNN has for few processors and no
 * dilation. Two convolutions with the same weights are done at once: the weights are transformed
 * once, and their gradients come out as one sum. So are two with the same input, the other way
 * round. */

#define MAX_SIBLINGS SIAMBAN_WINOGRAD_MAX_SIBLINGS

/* data: 0 v, 1 scratch, 2.. x, 4.. y, 6.. residual, 8.. factors, 10.. bias */
typedef struct
{
  SiambanOnednnStep step;
  SiambanWinograd shape;
  SiambanOnednnPair pair;
  SiambanOp activation;
} ForwardStep;

/* data: 0 v, 1 dm, 2 scratch, 4.. x, 6.. dy */
typedef struct
{
  SiambanOnednnStep step;
  SiambanWinograd shape;
  float *gradients[MAX_SIBLINGS]; /* of the weights, or NULL */
  gboolean accumulate[MAX_SIBLINGS];
} WeightStep;

/* data: 0 dm, 1 scratch, 4.. dx */
typedef struct
{
  SiambanOnednnStep step;
  SiambanWinograd shape;
  SiambanOnednnPair pair;
} DataStep;

typedef struct
{
  SiambanOnednnStep step;
  const SiambanNode *fold;
} FactorStep;

static const SiambanWinogradKernels *
kernels_of (const SiambanOnednnPlan *plan, gsize tile)
{
  return tile == 4 ? &plan->kernels->winograd_4 : &plan->kernels->winograd_2;
}

static guint
count_siblings (const SiambanOnednnPair *pair)
{
  return pair->pairing == SIAMBAN_PLAN_SIBLINGS ? pair->n : 1;
}

static guint
count_inputs (const SiambanOnednnPair *pair)
{
  return pair->n / count_siblings (pair);
}

static SiambanWinograd
describe (const SiambanOnednnPlan *plan, const SiambanOnednnPair *pair, gsize tile)
{
  const guint n_siblings = count_siblings (pair);
  SiambanWinograd shape = {
    .tile = tile,
    .lanes = plan->lanes,
    .n_inputs = (gsize) _siamban_onednn_plan_node (plan, pair->nodes[0]->inputs[0])->shape[1],
    .n_outputs = n_siblings * (gsize) pair->nodes[0]->shape[1],
    .n_siblings = n_siblings,
    .padding = pair->nodes[0]->padding,
    .dilation = pair->nodes[0]->dilation,
    .group = kernels_of (plan, tile)->group,
  };

  for (guint i = 0; i < count_inputs (pair); i++)
    {
      const gint64 *in = _siamban_onednn_plan_node (plan, pair->nodes[i]->inputs[0])->shape;

      _siamban_winograd_add_part (&shape, (gsize) in[0], (gsize) in[2], (gsize) in[3]);
    }
  _siamban_winograd_finish (&shape);

  return shape;
}

/* What was asked for. Siblings for which it differs are not done at once. */
static SiambanConvolution
find_way (const SiambanOnednnPlan *plan, const SiambanOnednnPair *pair)
{
  SiambanConvolution ways[2] = { SIAMBAN_CONVOLUTION_AUTO };

  if (plan->exact)
    return SIAMBAN_CONVOLUTION_DIRECT;

  for (guint i = 0; i < pair->n; i++)
    ways[i] = _siamban_convolutions_find (plan->program->convolutions,
                                          siamban_parameter_get_name (pair->nodes[i]->weight));

  return pair->n == 2 && ways[0] != ways[1] ? SIAMBAN_CONVOLUTION_DIRECT : ways[0];
}

/* Edge of the tiles of the fastest way, or of the one that was asked for; 0 if that is not
 * Winograd's. */
static gsize
choose_tile (const SiambanOnednnPlan *plan, const SiambanOnednnPair *pair)
{
  const SiambanNode *node = pair->nodes[0];
  const SiambanConvolution way = find_way (plan, pair);
  double best = INFINITY;
  gsize chosen = 0;

  if (way == SIAMBAN_CONVOLUTION_DIRECT || node->size != 3 || node->stride != 1 ||
      node->n_groups != 1 || plan->is_plain[node->inputs[0]])
    return 0;

  for (gsize tile = 2; tile <= 4; tile += 2)
    {
      SiambanWinograd shape = describe (plan, pair, tile);
      const double estimate = _siamban_winograd_estimate (&shape);
      const double limit = way == SIAMBAN_CONVOLUTION_AUTO
                               ? _siamban_winograd_estimate_plain (&shape)
                               : INFINITY;

      if (estimate < MIN (best, limit) &&
          way != (tile == 2 ? SIAMBAN_CONVOLUTION_WINOGRAD_4 : SIAMBAN_CONVOLUTION_WINOGRAD_2))
        {
          best = estimate;
          chosen = tile;
        }
      _siamban_winograd_clear (&shape);
    }

  return chosen;
}

gboolean
_siamban_onednn_winograd_fits (const SiambanOnednnPlan *plan, const SiambanOnednnPair *pair)
{
  return choose_tile (plan, pair) != 0;
}

static const char *
get_name (gsize tile)
{
  return tile == 4 ? "Winograd 4 × 4" : "Winograd 2 × 2";
}

static void
derive_factors (SiambanOnednnStep *step)
{
  for (gint64 c = 0; c < step->node->shape[1]; c++)
    step->data[0][c] = _siamban_onednn_fold_factor (((FactorStep *) step)->fold, c);
}

static guint
add_factors (SiambanOnednnPlan *plan, const SiambanNode *node, const SiambanNode *fold)
{
  SiambanOnednnDerived *derived;
  gboolean is_new;

  if (fold == NULL)
    return 0;

  derived = _siamban_onednn_plan_derive (plan, node, fold, "factors", (gsize) node->shape[1], FALSE,
                                         sizeof (FactorStep), &is_new);
  if (is_new)
    {
      derived->step->run = derive_factors;
      ((FactorStep *) derived->step)->fold = fold;
    }

  return derived->block;
}

static void
clear_forward (SiambanOnednnStep *step)
{
  _siamban_winograd_clear (&((ForwardStep *) step)->shape);
}

static const float *
peek_weights (const SiambanOnednnPair *pair, guint sibling)
{
  return _siamban_parameter_peek_values (pair->nodes[sibling]->weight);
}

static void
run_forward (SiambanOnednnStep *step)
{
  ForwardStep *self = (ForwardStep *) step;
  SiambanWinogradForward call = {
    .x = (const float *const *) &step->data[2],
    .y = &step->data[4],
    .residual = step->data[6] != NULL ? (const float *const *) &step->data[6] : NULL,
    .low = self->activation == SIAMBAN_OP_NONE ? -INFINITY : 0.f,
    .high = self->activation == SIAMBAN_OP_RELU6 ? 6.f : INFINITY,
    .v = step->data[0],
    .scratch = step->data[1],
  };

  for (guint i = 0; i < count_siblings (&self->pair); i++)
    {
      call.weights[i] = peek_weights (&self->pair, i);
      call.factors[i] = step->data[8 + i];
      call.bias[i] = step->data[10 + i];
    }
  kernels_of (step->plan, self->shape.tile)->forward (&self->shape, &call);
}

static char *
describe_choice (const char *what, gsize tile, const SiambanOnednnPair *pair)
{
  static const char *const pairings[] = { "", ", both branches", ", siblings" };

  return g_strdup_printf ("%s%s%s", what, get_name (tile), pairings[pair->pairing]);
}

static void
use_scratch (SiambanOnednnPlan *plan, SiambanOnednnStep *step, const SiambanWinograd *shape)
{
  const gsize n = _siamban_winograd_count_scratch (shape, (gsize) omp_get_max_threads ());

  _siamban_onednn_step_use (step, 1, _siamban_onednn_plan_add_block (plan, n));
}

static void
use_input (SiambanOnednnPlan *plan,
           SiambanOnednnStep *step,
           guint slot,
           const SiambanWinograd *shape,
           const SiambanOnednnPair *pair)
{
  _siamban_onednn_step_use (
      step, 0, _siamban_onednn_plan_add_block (plan, _siamban_winograd_count_v (shape)));
  for (guint i = 0; i < count_inputs (pair); i++)
    _siamban_onednn_step_use (step, slot + i,
                              _siamban_onednn_plan_value (plan, pair->nodes[i]->inputs[0]));
}

gboolean
_siamban_onednn_winograd_forward (SiambanOnednnPlan *plan, const SiambanOnednnPair *pair)
{
  const SiambanPlanGroup *group = pair->groups[0];
  const gsize tile = choose_tile (plan, pair);
  g_autofree char *choice = describe_choice ("", tile, pair);
  guint factors[MAX_SIBLINGS], bias[MAX_SIBLINGS];
  ForwardStep *self;
  SiambanOnednnStep *step;

  for (guint i = 0; i < count_siblings (pair); i++)
    {
      factors[i] = add_factors (plan, pair->nodes[i],
                                _siamban_onednn_plan_node (plan, pair->groups[i]->fold));
      bias[i] = _siamban_onednn_convolution_bias (plan, pair->groups[i]);
    }

  self = _siamban_onednn_plan_add_step (
      plan, sizeof *self, run_forward, group->main,
      g_strdup_printf ("%s%s%s%s", choice, group->fold != 0 ? " + batch norm" : "",
                       group->add != 0 ? " + sum" : "",
                       group->activation != SIAMBAN_OP_NONE ? " + activation" : ""));
  step = &self->step;
  self->shape = describe (plan, pair, tile);
  self->pair = *pair;
  self->activation = group->activation;
  step->clear = clear_forward;
  use_input (plan, step, 2, &self->shape, pair);
  use_scratch (plan, step, &self->shape);
  for (guint i = 0; i < count_siblings (pair); i++)
    {
      _siamban_onednn_step_use (step, 8 + i, factors[i]);
      _siamban_onednn_step_use (step, 10 + i, bias[i]);
    }
  for (guint i = 0; i < pair->n; i++)
    {
      _siamban_onednn_step_use (step, 4 + i,
                                _siamban_onednn_plan_value (plan, pair->groups[i]->value));
      if (group->add != 0)
        _siamban_onednn_step_use (step, 6 + i,
                                  _siamban_onednn_plan_value (plan, pair->groups[i]->residual));
    }

  return TRUE;
}

static void
clear_weight (SiambanOnednnStep *step)
{
  _siamban_winograd_clear (&((WeightStep *) step)->shape);
}

static void
run_weight (SiambanOnednnStep *step)
{
  WeightStep *self = (WeightStep *) step;
  const SiambanWinogradKernels *kernels = kernels_of (step->plan, self->shape.tile);

  kernels->gradient (&self->shape, (const float *const *) &step->data[6], step->data[1]);
  if (step->data[0] == NULL)
    return;

  kernels->input (&self->shape, (const float *const *) &step->data[4], step->data[0]);
  kernels->backward_weights (&self->shape, step->data[0], step->data[1], step->data[2],
                             self->gradients, self->accumulate);
}

static void
clear_data (SiambanOnednnStep *step)
{
  _siamban_winograd_clear (&((DataStep *) step)->shape);
}

static void
run_data (SiambanOnednnStep *step)
{
  DataStep *self = (DataStep *) step;
  const float *weights[MAX_SIBLINGS];

  for (guint i = 0; i < count_siblings (&self->pair); i++)
    weights[i] = peek_weights (&self->pair, i);
  kernels_of (step->plan, self->shape.tile)
      ->backward_data (&self->shape, step->data[0], weights, &step->data[4], step->data[1]);
}

/* The gradient of the transformed results, for both of the others, and those of the weights. */
static guint
add_weight_gradients (SiambanOnednnPlan *plan,
                      const SiambanOnednnPair *pair,
                      gsize tile,
                      const guint *dy)
{
  WeightStep *self = _siamban_onednn_plan_add_step (
      plan, sizeof *self, run_weight, pair->groups[0]->value,
      describe_choice ("weight gradient, ", tile, pair));
  SiambanOnednnStep *step = &self->step;
  gboolean any = FALSE;
  guint dm;

  self->shape = describe (plan, pair, tile);
  step->clear = clear_weight;
  for (guint i = 0; i < count_siblings (pair); i++)
    {
      self->gradients[i] = _siamban_onednn_plan_parameter_gradient (plan, pair->nodes[i]->weight,
                                                                    &self->accumulate[i]);
      any = any || self->gradients[i] != NULL;
    }
  dm = _siamban_onednn_plan_add_block (plan, _siamban_winograd_count_m (&self->shape));
  _siamban_onednn_step_use (step, 1, dm);
  for (guint i = 0; i < pair->n; i++)
    _siamban_onednn_step_use (step, 6 + i, dy[i]);
  if (!any)
    return dm;

  use_input (plan, step, 4, &self->shape, pair);
  _siamban_onednn_step_use (
      step, 2,
      _siamban_onednn_plan_add_block (plan, _siamban_winograd_count_weight_scratch (
                                                &self->shape, (gsize) omp_get_max_threads ())));

  return dm;
}

gboolean
_siamban_onednn_winograd_backward (SiambanOnednnPlan *plan,
                                   const SiambanOnednnPair *pair,
                                   const guint *dy,
                                   const guint *dx)
{
  const gsize tile = choose_tile (plan, pair);
  const guint dm = add_weight_gradients (plan, pair, tile, dy);
  DataStep *self;

  if (dx[0] == 0)
    return TRUE;

  self = _siamban_onednn_plan_add_step (plan, sizeof *self, run_data, pair->groups[0]->value,
                                        describe_choice ("data gradient, ", tile, pair));
  self->shape = describe (plan, pair, tile);
  self->pair = *pair;
  self->step.clear = clear_data;
  _siamban_onednn_step_use (&self->step, 0, dm);
  use_scratch (plan, &self->step, &self->shape);
  for (guint i = 0; i < count_inputs (pair); i++)
    _siamban_onednn_step_use (&self->step, 4 + i, dx[i]);

  return TRUE;
}
