/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-graph-private.h"

#include "siamban-tensor-private.h"
#include "siamban-weights-private.h"

/* The layers of backbones and necks. */

static gint64
sliding_size (gint64 size, guint padding, guint window, guint stride)
{
  const gint64 room = size + 2 * (gint64) padding - window;

  return room < 0 ? 0 : room / stride + 1;
}

/**
 * siamban_graph_convolution:
 * @self: a graph
 * @x: the input, of shape (N, I, H, W)
 * @weight: the name of the kernels, of shape (O, I / @n_groups, kernel, kernel)
 * @bias: (nullable): the name of what is added, of shape (O)
 * @stride: step, in pixels
 * @padding: zeros around the input on every side, in pixels
 * @dilation: distance of neighbouring kernel elements, in pixels
 * @n_groups: how many groups of channels are convolved apart
 *
 * Adds a two-dimensional convolution, in PyTorch's sense (the kernel is not mirrored).
 *
 * Returns: the value, of shape (N, O, …); 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_convolution (SiambanGraph *self,
                           guint x,
                           const char *weight,
                           const char *bias,
                           guint stride,
                           guint padding,
                           guint dilation,
                           guint n_groups)
{
  SiambanNode node = { SIAMBAN_OP_CONVOLUTION, .n_inputs = 1,      .inputs = { x },
                       .stride = stride,       .padding = padding, .dilation = dilation,
                       .n_groups = n_groups };
  const SiambanNode *input;
  const gint64 *shape;
  gsize n_dims;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);
  g_return_val_if_fail (weight != NULL, 0);
  g_return_val_if_fail (stride > 0 && dilation > 0 && n_groups > 0, 0);

  input = _siamban_graph_get_input (self, node.op, x);
  node.weight = _siamban_graph_get_parameter (self, node.op, weight, 4);
  if (input == NULL || node.weight == NULL)
    return 0;
  if (bias != NULL && (node.bias = _siamban_graph_get_parameter (self, node.op, bias, 1)) == NULL)
    return 0;

  shape = siamban_parameter_get_shape (node.weight, &n_dims);
  if (shape[1] * n_groups != input->shape[1] || shape[0] % n_groups != 0 || shape[2] != shape[3])
    {
      g_autofree char *text = _siamban_shape_to_string (shape, 4);

      return _siamban_graph_fail (self, node.op,
                                  "“%s” of shape %s does not fit %d channels in %u groups", weight,
                                  text, (int) input->shape[1], n_groups);
    }
  if (node.bias != NULL && siamban_parameter_get_n_elements (node.bias) != (gsize) shape[0])
    return _siamban_graph_fail (self, node.op, "“%s” does not have %d elements", bias,
                                (int) shape[0]);

  node.size = (guint) shape[2];
  node.shape[0] = input->shape[0];
  node.shape[1] = shape[0];
  for (guint i = 2; i < 4; i++)
    {
      node.shape[i] = sliding_size (input->shape[i], padding, dilation * (node.size - 1) + 1,
                                    stride);
      if (node.shape[i] <= 0)
        return _siamban_graph_fail (self, node.op,
                                    "a %u × %u kernel with dilation %u does not fit into %d pixels",
                                    node.size, node.size, dilation, (int) input->shape[i]);
    }

  return _siamban_graph_append (self, &node);
}

static SiambanParameter *
batch_norm_parameter (SiambanGraph *self, const char *name, const char *suffix, gint64 n_channels)
{
  g_autofree char *full_name = g_strconcat (name, suffix, NULL);
  SiambanParameter *parameter = _siamban_graph_get_parameter (self, SIAMBAN_OP_BATCH_NORM,
                                                              full_name, 1);

  if (parameter != NULL && siamban_parameter_get_n_elements (parameter) != (gsize) n_channels)
    {
      _siamban_graph_fail (self, SIAMBAN_OP_BATCH_NORM, "“%s” does not have %d elements", full_name,
                           (int) n_channels);
      return NULL;
    }

  return parameter;
}

/**
 * siamban_graph_batch_norm:
 * @self: a graph
 * @x: the input, of shape (N, C, H, W)
 * @name: what the names of the parameters begin with: `NAME.weight`, `NAME.bias`,
 *   `NAME.running_mean`, `NAME.running_var` and, if it exists, `NAME.num_batches_tracked`
 * @training: whether the batch's own statistics are used and the running ones updated
 *
 * Adds a batch normalisation over each channel.
 *
 * With @training the biased variance of the batch normalises and the unbiased one enters the
 * running variance, with momentum 0.1. Epsilon is 1e-5.
 *
 * Source: [Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167), with PyTorch's conventions.
 *
 * Returns: the value, of the input's shape; 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_batch_norm (SiambanGraph *self, guint x, const char *name, gboolean training)
{
  SiambanNode node = { SIAMBAN_OP_BATCH_NORM, .n_inputs = 1, .inputs = { x },
                       .training = training };
  g_autofree char *counter = NULL;
  const SiambanNode *input;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  input = _siamban_graph_get_input (self, node.op, x);
  if (input == NULL)
    return 0;

  node.weight = batch_norm_parameter (self, name, ".weight", input->shape[1]);
  node.bias = batch_norm_parameter (self, name, ".bias", input->shape[1]);
  node.mean = batch_norm_parameter (self, name, ".running_mean", input->shape[1]);
  node.variance = batch_norm_parameter (self, name, ".running_var", input->shape[1]);
  if (node.weight == NULL || node.bias == NULL || node.mean == NULL || node.variance == NULL)
    return 0;

  if (training && input->shape[0] * input->shape[2] * input->shape[3] < 2)
    return _siamban_graph_fail (self, node.op,
                                "“%s” needs more than one value per channel to train", name);

  counter = g_strconcat (name, ".num_batches_tracked", NULL);
  node.counter = siamban_weights_lookup (siamban_graph_get_weights (self), counter);
  if (node.counter != NULL && _siamban_parameter_peek_counter (node.counter) == NULL)
    return _siamban_graph_fail (self, node.op, "“%s” is not a counter", counter);
  for (guint i = 0; i < 4; i++)
    node.shape[i] = input->shape[i];

  return _siamban_graph_append (self, &node);
}

/**
 * siamban_graph_relu:
 * @self: a graph
 * @x: the input
 *
 * Adds `max (x, 0)`.
 *
 * Returns: the value, of the input's shape; 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_relu (SiambanGraph *self, guint x)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  return _siamban_graph_append_pointwise (self, SIAMBAN_OP_RELU, x);
}

/**
 * siamban_graph_relu6:
 * @self: a graph
 * @x: the input
 *
 * Adds `min (max (x, 0), 6)`, as in MobileNetV2. The gradient is 0 where the value is 0 or 6.
 *
 * Returns: the value, of the input's shape; 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_relu6 (SiambanGraph *self, guint x)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  return _siamban_graph_append_pointwise (self, SIAMBAN_OP_RELU6, x);
}

/**
 * siamban_graph_max_pool:
 * @self: a graph
 * @x: the input, of shape (N, C, H, W)
 * @size: width and height of the window, in pixels
 * @stride: step, in pixels
 * @padding: pixels around the input that never win
 *
 * Adds the maximum of a sliding window. Of equal values the first in row-major order gets the
 * gradient.
 *
 * Returns: the value; 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_max_pool (SiambanGraph *self, guint x, guint size, guint stride, guint padding)
{
  SiambanNode node = { SIAMBAN_OP_MAX_POOL, .n_inputs = 1,    .inputs = { x },
                       .size = size,        .stride = stride, .padding = padding };
  const SiambanNode *input;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);
  g_return_val_if_fail (size > 0 && stride > 0 && padding * 2 <= size, 0);

  input = _siamban_graph_get_input (self, node.op, x);
  if (input == NULL)
    return 0;

  node.shape[0] = input->shape[0];
  node.shape[1] = input->shape[1];
  for (guint i = 2; i < 4; i++)
    {
      node.shape[i] = sliding_size (input->shape[i], padding, size, stride);
      if (node.shape[i] <= 0)
        return _siamban_graph_fail (self, node.op, "a window of %u does not fit into %d pixels",
                                    size, (int) input->shape[i]);
    }

  return _siamban_graph_append (self, &node);
}

/**
 * siamban_graph_add:
 * @self: a graph
 * @a: one summand
 * @b: the other, of the same shape
 *
 * Adds an element-wise sum.
 *
 * Returns: the value, of the inputs' shape; 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_add (SiambanGraph *self, guint a, guint b)
{
  SiambanNode node = { SIAMBAN_OP_ADD, .n_inputs = 2, .inputs = { a, b } };
  const SiambanNode *input_a, *input_b;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  input_a = _siamban_graph_get_input (self, node.op, a);
  input_b = _siamban_graph_get_input (self, node.op, b);
  if (input_a == NULL || input_b == NULL)
    return 0;
  if (!_siamban_node_has_shape_of (input_a, input_b))
    return _siamban_graph_fail_shapes (self, node.op, input_a, input_b);

  for (guint i = 0; i < 4; i++)
    node.shape[i] = input_a->shape[i];

  return _siamban_graph_append (self, &node);
}

/**
 * siamban_graph_crop:
 * @self: a graph
 * @x: the input, of shape (N, C, H, W)
 * @top: first row that stays
 * @left: first column that stays
 * @height: how many rows stay
 * @width: how many columns stay
 *
 * Adds a window of the input.
 *
 * Returns: the value, of shape (N, C, @height, @width); 0 on failure
 *
 * Since: 0.1
 */
guint
siamban_graph_crop (SiambanGraph *self, guint x, guint top, guint left, guint height, guint width)
{
  SiambanNode node = { SIAMBAN_OP_CROP, .n_inputs = 1, .inputs = { x }, .top = top, .left = left };
  const SiambanNode *input;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  input = _siamban_graph_get_input (self, node.op, x);
  if (input == NULL)
    return 0;
  if (height == 0 || width == 0 || (guint64) top + height > (guint64) input->shape[2] ||
      (guint64) left + width > (guint64) input->shape[3])
    return _siamban_graph_fail (
        self, node.op, "a window of %u × %u at row %u, column %u is outside of %d × %d", height,
        width, top, left, (int) input->shape[2], (int) input->shape[3]);

  node.shape[0] = input->shape[0];
  node.shape[1] = input->shape[1];
  node.shape[2] = height;
  node.shape[3] = width;

  return _siamban_graph_append (self, &node);
}
