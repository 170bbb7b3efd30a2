/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-graph-private.h"

#include <string.h>

#include "siamban-tensor-private.h"

/* What heads are made of, and the losses. */

static guint
append_xcorr (SiambanGraph *self, SiambanOp op, guint search, guint kernel)
{
  SiambanNode node = { op, .n_inputs = 2, .inputs = { search, kernel } };
  const SiambanNode *s = _siamban_graph_get_input (self, op, search);
  const SiambanNode *k = _siamban_graph_get_input (self, op, kernel);
  const gboolean depthwise = op == SIAMBAN_OP_XCORR_DEPTHWISE;

  if (s == NULL || k == NULL)
    return 0;
  if (s->shape[0] != k->shape[0] || k->shape[2] > s->shape[2] || k->shape[3] > s->shape[3] ||
      (depthwise ? k->shape[1] != s->shape[1] : k->shape[1] % s->shape[1] != 0))
    return _siamban_graph_fail_shapes (self, op, s, k);

  node.shape[0] = s->shape[0];
  node.shape[1] = depthwise ? s->shape[1] : k->shape[1] / s->shape[1];
  node.shape[2] = s->shape[2] - k->shape[2] + 1;
  node.shape[3] = s->shape[3] - k->shape[3] + 1;

  return _siamban_graph_append (self, &node);
}

/**
 * siamban_graph_xcorr_depthwise:
 * @self: a graph
 * @search: features of the search image, of shape (N, C, H, W)
 * @kernel: features of the template, of shape (N, C, h, w)
 *
 * Adds the correlation of each channel of each image with the same channel of its template.
 *
 * Source: SiamBAN's `xcorr_depthwise()`, after
 * [SiamRPN++](https://arxiv.org/abs/1812.11703).
 *
 * Returns: the value, of shape (N, C, H - h + 1, W - w + 1); 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_xcorr_depthwise (SiambanGraph *self, guint search, guint kernel)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  return append_xcorr (self, SIAMBAN_OP_XCORR_DEPTHWISE, search, kernel);
}

/**
 * siamban_graph_xcorr:
 * @self: a graph
 * @search: features of the search image, of shape (N, C, H, W)
 * @kernel: kernels made of the template, of shape (N, K * C, h, w)
 *
 * Adds the correlation of each image with the K kernels of its template, over all channels.
 *
 * Source: SiamBAN's `xcorr_fast()`.
 *
 * Returns: the value, of shape (N, K, H - h + 1, W - w + 1); 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_xcorr (SiambanGraph *self, guint search, guint kernel)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  return append_xcorr (self, SIAMBAN_OP_XCORR, search, kernel);
}

/**
 * siamban_graph_exp_scale:
 * @self: a graph
 * @x: the input
 * @scale: (nullable): the name of a list of learnt scales
 * @index: which of them applies
 *
 * Adds `exp (x * scale[index])`, which makes distances positive.
 *
 * Returns: the value, of the input's shape; 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_exp_scale (SiambanGraph *self, guint x, const char *scale, guint index)
{
  SiambanNode node = { SIAMBAN_OP_EXP_SCALE, .n_inputs = 1, .inputs = { x }, .index = index };
  const SiambanNode *input;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  input = _siamban_graph_get_input (self, node.op, x);
  if (input == NULL)
    return 0;

  if (scale != NULL)
    {
      node.weight = _siamban_graph_get_parameter (self, node.op, scale, 1);
      if (node.weight == NULL)
        return 0;
      if (index >= siamban_parameter_get_n_elements (node.weight))
        return _siamban_graph_fail (self, node.op, "“%s” has no element %u", scale, index);
    }

  for (guint i = 0; i < 4; i++)
    node.shape[i] = input->shape[i];

  return _siamban_graph_append (self, &node);
}

/**
 * siamban_graph_level_sum:
 * @self: a graph
 * @levels: (array length=n_levels): values of one shape
 * @n_levels: how many there are, at most 8
 * @weight: (nullable): the name of one learnt number a level
 *
 * Adds the average of levels, weighted with `softmax (weight)`; the plain mean without @weight.
 *
 * Returns: the value, of a level's shape; 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_level_sum (SiambanGraph *self,
                         const guint *levels,
                         gsize n_levels,
                         const char *weight)
{
  SiambanNode node = { SIAMBAN_OP_LEVEL_SUM, .n_inputs = (guint) n_levels };
  const SiambanNode *first;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);
  g_return_val_if_fail (n_levels > 0 && n_levels <= SIAMBAN_NODE_MAX_INPUTS, 0);

  first = _siamban_graph_get_input (self, node.op, levels[0]);
  for (guint i = 0; i < n_levels; i++)
    {
      const SiambanNode *level = _siamban_graph_get_input (self, node.op, levels[i]);

      if (level == NULL)
        return 0;
      if (!_siamban_node_has_shape_of (first, level))
        return _siamban_graph_fail_shapes (self, node.op, first, level);
      node.inputs[i] = levels[i];
    }

  if (weight != NULL)
    {
      node.weight = _siamban_graph_get_parameter (self, node.op, weight, 1);
      if (node.weight == NULL)
        return 0;
      if (siamban_parameter_get_n_elements (node.weight) != n_levels)
        return _siamban_graph_fail (self, node.op, "“%s” does not have %u elements", weight,
                                    (guint) n_levels);
    }

  for (guint i = 0; i < 4; i++)
    node.shape[i] = first->shape[i];

  return _siamban_graph_append (self, &node);
}

/* The node of a loss over points: every input has the batch and the map of the first, and the
 * number of channels given. */
static guint
append_loss (SiambanGraph *self, SiambanNode *node, const gint64 *n_channels)
{
  const SiambanNode *first = _siamban_graph_get_input (self, node->op, node->inputs[0]);

  for (guint i = 0; i < node->n_inputs; i++)
    {
      const SiambanNode *input = _siamban_graph_get_input (self, node->op, node->inputs[i]);
      SiambanNode expected = { SIAMBAN_OP_NONE };

      if (input == NULL)
        return 0;

      memcpy (expected.shape, first->shape, sizeof expected.shape);
      expected.shape[1] = n_channels[i];
      if (!_siamban_node_has_shape_of (input, &expected))
        {
          g_autofree char *found_text = _siamban_shape_to_string (input->shape, 4);
          g_autofree char *expected_text = _siamban_shape_to_string (expected.shape, 4);

          return _siamban_graph_fail (self, node->op, "value %u has shape %s, expected %s",
                                      node->inputs[i], found_text, expected_text);
        }
    }

  for (guint i = 0; i < 4; i++)
    node->shape[i] = 1;

  return _siamban_graph_append (self, node);
}

/**
 * siamban_graph_cross_entropy:
 * @self: a graph
 * @scores: scores of background and target, of shape (N, 2, O, O)
 * @labels: labels, of shape (N, 1, O, O): 1 target, 0 background, -1 ignored
 *
 * Adds the mean negative log-likelihood over the targets and that over the background, half of
 * each. A part without points counts 0 and has no gradient.
 *
 * Source: SiamBAN's `select_cross_entropy_loss()`.
 *
 * Returns: the loss, one number; 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_cross_entropy (SiambanGraph *self, guint scores, guint labels)
{
  SiambanNode node = { SIAMBAN_OP_CROSS_ENTROPY, .n_inputs = 2, .inputs = { scores, labels } };

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  return append_loss (self, &node, (const gint64[]){ 2, 1 });
}

/**
 * siamban_graph_iou_loss:
 * @self: a graph
 * @distances: predicted distances to the left, top, right and bottom edge, (N, 4, O, O), pixels
 * @label_distances: the true ones, of the same shape
 * @label_classes: labels, of shape (N, 1, O, O); only points of label 1 count
 * @kind: how an overlap becomes a loss
 *
 * Adds the mean loss over the targets, 0 without gradient if there are none.
 *
 * Source: SiamBAN's `select_iou_loss()` and `IOULoss`.
 *
 * Returns: the loss, one number; 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_iou_loss (SiambanGraph *self,
                        guint distances,
                        guint label_distances,
                        guint label_classes,
                        SiambanIouLoss kind)
{
  SiambanNode node = { SIAMBAN_OP_IOU_LOSS, .n_inputs = 3,
                       .inputs = { distances, label_distances, label_classes }, .iou_loss = kind };

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  return append_loss (self, &node, (const gint64[]){ 4, 4, 1 });
}

/**
 * siamban_graph_loss_sum:
 * @self: a graph
 * @a: one loss
 * @factor_a: its factor
 * @b: another loss
 * @factor_b: its factor
 *
 * Adds `factor_a * a + factor_b * b`.
 *
 * Returns: the loss, one number; 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_loss_sum (SiambanGraph *self, guint a, double factor_a, guint b, double factor_b)
{
  SiambanNode node = { SIAMBAN_OP_LOSS_SUM, .n_inputs = 2, .inputs = { a, b },
                       .shape = { 1, 1, 1, 1 }, .factors = { factor_a, factor_b } };

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  for (guint i = 0; i < node.n_inputs; i++)
    {
      const SiambanNode *input = _siamban_graph_get_input (self, node.op, node.inputs[i]);

      if (input == NULL)
        return 0;
      if (_siamban_node_get_n_elements (input) != 1)
        return _siamban_graph_fail (self, node.op, "value %u is not one number", node.inputs[i]);
    }

  return _siamban_graph_append (self, &node);
}
