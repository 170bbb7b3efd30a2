/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-reference-program-private.h"

#include <math.h>

static void
exp_scale_forward (const SiambanReferenceCall *call)
{
  const gsize n = _siamban_node_get_n_elements (call->node);
  const double scale = call->weight != NULL ? call->weight[call->node->index] : 1;

  for (gsize i = 0; i < n; i++)
    call->y[i] = (float) exp (call->x[0][i] * scale);
}

static void
exp_scale_backward (const SiambanReferenceCall *call)
{
  const gsize n = _siamban_node_get_n_elements (call->node);
  const double scale = call->weight != NULL ? call->weight[call->node->index] : 1;
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    {
      const double dexponent = (double) call->dy[i] * call->y[i];

      if (call->dx[0] != NULL)
        call->dx[0][i] = (float) (call->dx[0][i] + dexponent * scale);
      sum += dexponent * call->x[0][i];
    }

  if (call->weight_gradient != NULL)
    call->weight_gradient[call->node->index] = (float) (call->weight_gradient[call->node->index] +
                                                        sum);
}

const SiambanReferenceOp _siamban_reference_exp_scale = { exp_scale_forward, exp_scale_backward };

static void
find_shares (const SiambanReferenceCall *call, double *shares)
{
  const guint n_levels = call->node->n_inputs;
  double largest = -INFINITY, sum = 0;

  for (guint i = 0; i < n_levels && call->weight != NULL; i++)
    largest = MAX (largest, call->weight[i]);
  for (guint i = 0; i < n_levels; i++)
    {
      shares[i] = call->weight != NULL ? exp (call->weight[i] - largest) : 1;
      sum += shares[i];
    }
  for (guint i = 0; i < n_levels; i++)
    shares[i] /= sum;
}

static void
level_sum_forward (const SiambanReferenceCall *call)
{
  const gsize n = _siamban_node_get_n_elements (call->node);
  double shares[SIAMBAN_NODE_MAX_INPUTS];

  find_shares (call, shares);
  for (gsize i = 0; i < n; i++)
    {
      double sum = 0;

      for (guint level = 0; level < call->node->n_inputs; level++)
        sum += shares[level] * call->x[level][i];
      call->y[i] = (float) sum;
    }
}

/* With the shares a = softmax (w): dL/dw_i = a_i · (dL/da_i - sum of a_j · dL/da_j). */
static void
level_sum_backward (const SiambanReferenceCall *call)
{
  const gsize n = _siamban_node_get_n_elements (call->node);
  double shares[SIAMBAN_NODE_MAX_INPUTS], dshares[SIAMBAN_NODE_MAX_INPUTS] = { 0 };
  double mean = 0;

  find_shares (call, shares);
  for (guint level = 0; level < call->node->n_inputs; level++)
    {
      for (gsize i = 0; i < n; i++)
        {
          dshares[level] += (double) call->dy[i] * call->x[level][i];
          if (call->dx[level] != NULL)
            call->dx[level][i] = (float) (call->dx[level][i] + shares[level] * call->dy[i]);
        }
      mean += shares[level] * dshares[level];
    }

  if (call->weight_gradient != NULL)
    for (guint level = 0; level < call->node->n_inputs; level++)
      call->weight_gradient[level] = (float) (call->weight_gradient[level] +
                                              shares[level] * (dshares[level] - mean));
}

const SiambanReferenceOp _siamban_reference_level_sum = { level_sum_forward, level_sum_backward };
