/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onednn-plan-private.h"

#include <math.h>
#include <string.h>

/* data, forward: 0 y, 1 search, 2 kernel; backward: 0 search gradient, 1 kernel gradient,
 * 2 search, 3 kernel, 4 dy */

static gboolean
add_forward (SiambanOnednnPlan *plan,
             const SiambanPlanGroup *group,
             void (*run) (SiambanOnednnStep *),
             const char *text)
{
  const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->value);
  SiambanOnednnStep *step = _siamban_onednn_plan_add_step (plan, sizeof *step, run, group->value,
                                                           g_strdup (text));

  _siamban_onednn_step_use (step, 0, _siamban_onednn_plan_value (plan, group->value));
  for (guint i = 0; i < 2; i++)
    _siamban_onednn_step_use (step, i + 1, _siamban_onednn_plan_value (plan, node->inputs[i]));

  return TRUE;
}

static gboolean
add_backward (SiambanOnednnPlan *plan,
              const SiambanPlanGroup *group,
              void (*run) (SiambanOnednnStep *),
              const char *text)
{
  const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->value);
  const SiambanOnednnContribution dy = _siamban_onednn_plan_gradient (plan, group->value);
  SiambanOnednnStep *step = _siamban_onednn_plan_add_step (plan, sizeof *step, run, group->value,
                                                           g_strdup (text));

  for (guint i = 0; i < 2; i++)
    {
      const guint input = node->inputs[i];

      _siamban_onednn_step_use (step, 2 + i, _siamban_onednn_plan_value (plan, input));
      if (_siamban_onednn_plan_needs_gradient (plan, input))
        {
          const guint gradient = _siamban_onednn_plan_add_block (
              plan, _siamban_onednn_plan_count (plan, input));

          _siamban_onednn_step_use (step, i, gradient);
          _siamban_onednn_plan_contribute (plan, input, gradient, FALSE);
        }
    }
  _siamban_onednn_step_use (step, 4, dy.block);

  return TRUE;
}

static SiambanDepthwise
depthwise_of (const SiambanOnednnStep *step)
{
  const SiambanMap kernel = _siamban_onednn_plan_map (step->plan, step->node->inputs[1]);

  return (SiambanDepthwise){
    .x = _siamban_onednn_plan_map (step->plan, step->node->inputs[0]),
    .y = _siamban_onednn_plan_map (step->plan, step->value),
    .size_y = kernel.height,
    .size_x = kernel.width,
    .stride = 1,
    .dilation = 1,
    .per_image = TRUE,
  };
}

static void
run_depthwise_forward (SiambanOnednnStep *step)
{
  const SiambanDepthwise shape = depthwise_of (step);

  step->plan->kernels->depthwise_forward (&shape, step->data[1], step->data[2], NULL, -INFINITY,
                                          INFINITY, step->data[0]);
}

static void
run_depthwise_backward (SiambanOnednnStep *step)
{
  const SiambanDepthwise shape = depthwise_of (step);
  const SiambanKernels *kernels = step->plan->kernels;

  if (step->data[0] != NULL)
    kernels->depthwise_backward_data (&shape, step->data[4], step->data[3], step->data[0]);
  if (step->data[1] != NULL)
    kernels->depthwise_backward_kernel (&shape, step->data[2], step->data[4], step->data[1]);
}

static gboolean
depthwise_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_forward (plan, group, run_depthwise_forward, "depth-wise correlation");
}

static gboolean
depthwise_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_backward (plan, group, run_depthwise_backward, "depth-wise correlation");
}

const SiambanOnednnOp _siamban_onednn_xcorr_depthwise = { depthwise_forward, depthwise_backward };

/* Full correlation: kernel channel k * C + c goes from search channel c to result channel k. Only
 * where C is a multiple of the lanes do the channels of both stand in the same lanes, so this
 * walks over single channels. */
typedef struct
{
  gsize lanes;
  gsize n_channels; /* C */
  gsize n_results;  /* K */
  SiambanMap search;
  SiambanMap kernel;
  SiambanMap result;
} Correlation;

static Correlation
correlation_of (const SiambanOnednnStep *step)
{
  const SiambanGraph *graph = step->plan->program->graph;
  const guint *inputs = step->node->inputs;

  return (Correlation){
    .lanes = step->plan->lanes,
    .n_channels = (gsize) _siamban_graph_peek_node ((SiambanGraph *) graph, inputs[0])->shape[1],
    .n_results = (gsize) step->node->shape[1],
    .search = _siamban_onednn_plan_map (step->plan, inputs[0]),
    .kernel = _siamban_onednn_plan_map (step->plan, inputs[1]),
    .result = _siamban_onednn_plan_map (step->plan, step->value),
  };
}

static gsize
first_of (const Correlation *self, const SiambanMap *map, gsize image, gsize channel)
{
  return (image * map->blocks + channel / self->lanes) * map->height * map->width * self->lanes +
         channel % self->lanes;
}

/* What one row of the result has to do with one row of the search under one tap:
 * FORWARD adds to the result, the others to the gradients. */
typedef enum
{
  FORWARD,
  TO_SEARCH,
  TO_KERNEL,
} Direction;

static inline void
correlate_channel (const Correlation *self,
                   Direction direction,
                   float *search,
                   float *kernel,
                   float *result)
{
  const gsize lanes = self->lanes;

  for (gsize ky = 0; ky < self->kernel.height; ky++)
    for (gsize kx = 0; kx < self->kernel.width; kx++)
      {
        float *tap = kernel + (ky * self->kernel.width + kx) * lanes;
        float total = 0;

        for (gsize row = 0; row < self->result.height; row++)
          {
            float *s = search + ((row + ky) * self->search.width + kx) * lanes;
            float *r = result + row * self->result.width * lanes;

            for (gsize i = 0; i < self->result.width * lanes; i += lanes)
              if (direction == FORWARD)
                r[i] += s[i] * *tap;
              else if (direction == TO_SEARCH)
                s[i] += r[i] * *tap;
              else
                total += s[i] * r[i];
          }
        if (direction == TO_KERNEL)
          *tap += total;
      }
}

static void
run_xcorr_forward (SiambanOnednnStep *step)
{
  const Correlation self = correlation_of (step);

  memset (step->data[0], 0, _siamban_onednn_plan_count (step->plan, step->value) * sizeof (float));
#pragma omp parallel for collapse(2) schedule(static)
  for (gsize image = 0; image < self.result.n; image++)
    for (gsize k = 0; k < self.n_results; k++)
      for (gsize c = 0; c < self.n_channels; c++)
        correlate_channel (&self, FORWARD, step->data[1] + first_of (&self, &self.search, image, c),
                           step->data[2] +
                               first_of (&self, &self.kernel, image, k * self.n_channels + c),
                           step->data[0] + first_of (&self, &self.result, image, k));
}

static void
differentiate (SiambanOnednnStep *step, const Correlation *self, gsize image, gsize c)
{
  for (gsize k = 0; k < self->n_results; k++)
    {
      const gsize search = first_of (self, &self->search, image, c);
      const gsize kernel = first_of (self, &self->kernel, image, k * self->n_channels + c);
      float *dy = step->data[4] + first_of (self, &self->result, image, k);

      if (step->data[0] != NULL)
        correlate_channel (self, TO_SEARCH, step->data[0] + search, step->data[3] + kernel, dy);
      if (step->data[1] != NULL)
        correlate_channel (self, TO_KERNEL, step->data[2] + search, step->data[1] + kernel, dy);
    }
}

static void
run_xcorr_backward (SiambanOnednnStep *step)
{
  const Correlation self = correlation_of (step);

  for (guint i = 0; i < 2; i++)
    if (step->data[i] != NULL)
      memset (step->data[i], 0,
              _siamban_onednn_plan_count (step->plan, step->node->inputs[i]) * sizeof (float));

#pragma omp parallel for collapse(2) schedule(static)
  for (gsize image = 0; image < self.result.n; image++)
    for (gsize c = 0; c < self.n_channels; c++)
      differentiate (step, &self, image, c);
}

static gboolean
xcorr_forward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_forward (plan, group, run_xcorr_forward, "correlation");
}

static gboolean
xcorr_backward (SiambanOnednnPlan *plan, const SiambanPlanGroup *group, GError **error)
{
  return add_backward (plan, group, run_xcorr_backward, "correlation");
}

const SiambanOnednnOp _siamban_onednn_xcorr = { xcorr_forward, xcorr_backward };
