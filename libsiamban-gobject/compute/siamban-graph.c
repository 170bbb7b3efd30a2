/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-graph-private.h"

#include "siamban-error.h"
#include "siamban-tensor-private.h"

/**
 * SiambanGraph:
 *
 * What to compute, as an append-only list of operations.
 *
 * Each method adds one operation and returns the number of its value, which later operations
 * take as input. Values are float32 of shape (batch, channels, height, width). Nothing is
 * computed here: [method@Device.compile] makes a [class@Program] of the graph.
 *
 * The first mistake (a shape that does not fit, a parameter that does not exist) is remembered;
 * the method and all that build on its value return 0, and [method@Graph.check] as well as the
 * compilation report it. So a network is written down without a check after each line.
 *
 * A graph is used by one thread while it is built and never changes after it was compiled.
 *
 * Since: 1.0
 */
struct _SiambanGraph
{
  GObject parent_instance;

  SiambanWeights *weights;
  GArray *nodes; /* of SiambanNode; the first is unused */
  guint loss;
  GError *error;
};

G_DEFINE_FINAL_TYPE (SiambanGraph, siamban_graph, G_TYPE_OBJECT)

static const char *const op_names[] = {
  [SIAMBAN_OP_NONE] = "none",
  [SIAMBAN_OP_INPUT] = "input",
  [SIAMBAN_OP_CONVOLUTION] = "convolution",
  [SIAMBAN_OP_BATCH_NORM] = "batch norm",
  [SIAMBAN_OP_RELU] = "relu",
  [SIAMBAN_OP_RELU6] = "relu6",
  [SIAMBAN_OP_MAX_POOL] = "max pool",
  [SIAMBAN_OP_ADD] = "add",
  [SIAMBAN_OP_CROP] = "crop",
  [SIAMBAN_OP_XCORR_DEPTHWISE] = "depthwise cross-correlation",
  [SIAMBAN_OP_XCORR] = "cross-correlation",
  [SIAMBAN_OP_EXP_SCALE] = "exp scale",
  [SIAMBAN_OP_LEVEL_SUM] = "level sum",
  [SIAMBAN_OP_CROSS_ENTROPY] = "cross entropy",
  [SIAMBAN_OP_IOU_LOSS] = "iou loss",
  [SIAMBAN_OP_LOSS_SUM] = "loss sum",
};
G_STATIC_ASSERT (G_N_ELEMENTS (op_names) == SIAMBAN_N_OPS);

const char *
_siamban_op_get_name (SiambanOp op)
{
  return op_names[op];
}

static void
node_clear (gpointer data)
{
  SiambanNode *node = data;

  g_free (node->name);
}

static void
siamban_graph_finalize (GObject *object)
{
  SiambanGraph *self = SIAMBAN_GRAPH (object);

  g_clear_object (&self->weights);
  g_clear_pointer (&self->nodes, g_array_unref);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (siamban_graph_parent_class)->finalize (object);
}

static void
siamban_graph_class_init (SiambanGraphClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_graph_finalize;
}

static void
siamban_graph_init (SiambanGraph *self)
{
  const SiambanNode none = { SIAMBAN_OP_NONE };

  self->nodes = g_array_new (FALSE, TRUE, sizeof (SiambanNode));
  g_array_set_clear_func (self->nodes, node_clear);
  g_array_append_val (self->nodes, none);
}

static SiambanNode *
node_at (SiambanGraph *self, guint value)
{
  return &g_array_index (self->nodes, SiambanNode, value);
}

const SiambanNode *
_siamban_graph_peek_node (SiambanGraph *self, guint value)
{
  return node_at (self, value);
}

guint
_siamban_graph_get_loss (SiambanGraph *self)
{
  return self->loss;
}

G_GNUC_PRINTF (3, 4)
static guint
fail (SiambanGraph *self, SiambanOp op, const char *format, ...)
{
  if (self->error == NULL)
    {
      g_autofree char *reason = NULL;
      va_list args;

      va_start (args, format);
      reason = g_strdup_vprintf (format, args);
      va_end (args);
      g_set_error (&self->error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_GRAPH,
                   "Value %u of the network (%s): %s", self->nodes->len, op_names[op], reason);
    }

  return 0;
}

/* A value of the graph, or NULL (and the error kept) for one that never came about. */
static const SiambanNode *
input_of (SiambanGraph *self, SiambanOp op, guint value)
{
  if (value == 0 || value >= self->nodes->len)
    {
      fail (self, op, "an input is missing");
      return NULL;
    }

  return node_at (self, value);
}

static SiambanParameter *
parameter_of (SiambanGraph *self, SiambanOp op, const char *name, gsize n_dims)
{
  SiambanParameter *parameter = siamban_weights_lookup (self->weights, name);
  gsize found_dims;

  if (parameter == NULL)
    {
      fail (self, op, "there is no parameter “%s”", name);
      return NULL;
    }

  siamban_parameter_get_shape (parameter, &found_dims);
  if (found_dims != n_dims)
    {
      fail (self, op, "“%s” has %u dimensions, expected %u", name, (guint) found_dims,
            (guint) n_dims);
      return NULL;
    }

  return parameter;
}

static guint
append (SiambanGraph *self, const SiambanNode *node)
{
  if (self->error != NULL)
    return 0;

  g_array_append_vals (self->nodes, node, 1);

  return self->nodes->len - 1;
}

/* The node of an operation that keeps the shape of its only input. */
static guint
append_pointwise (SiambanGraph *self, SiambanOp op, guint x)
{
  const SiambanNode *input = input_of (self, op, x);
  SiambanNode node = { op, .n_inputs = 1, .inputs = { x } };

  if (input == NULL)
    return 0;

  for (guint i = 0; i < 4; i++)
    node.shape[i] = input->shape[i];

  return append (self, &node);
}

static gboolean
same_shape (const SiambanNode *a, const SiambanNode *b)
{
  return a->shape[0] == b->shape[0] && a->shape[1] == b->shape[1] && a->shape[2] == b->shape[2] &&
         a->shape[3] == b->shape[3];
}

static guint
fail_shapes (SiambanGraph *self, SiambanOp op, const SiambanNode *a, const SiambanNode *b)
{
  g_autofree char *shape_a = _siamban_shape_to_string (a->shape, 4);
  g_autofree char *shape_b = _siamban_shape_to_string (b->shape, 4);

  return fail (self, op, "the shapes %s and %s do not fit together", shape_a, shape_b);
}

/**
 * siamban_graph_new:
 * @weights: the parameters that operations name
 *
 * Makes an empty graph.
 *
 * Returns: (transfer full): a new graph
 *
 * Since: 1.0
 */
SiambanGraph *
siamban_graph_new (SiambanWeights *weights)
{
  SiambanGraph *self;

  g_return_val_if_fail (SIAMBAN_IS_WEIGHTS (weights), NULL);

  self = g_object_new (SIAMBAN_TYPE_GRAPH, NULL);
  self->weights = g_object_ref (weights);

  return self;
}

/**
 * siamban_graph_get_weights:
 * @self: a graph
 *
 * Gets the parameters that operations name.
 *
 * Returns: (transfer none): the weights
 *
 * Since: 1.0
 */
SiambanWeights *
siamban_graph_get_weights (SiambanGraph *self)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), NULL);

  return self->weights;
}

/**
 * siamban_graph_input:
 * @self: a graph
 * @name: the name under which [method@Program.set_input] fills it
 * @batch_size: images in a batch
 * @n_channels: channels
 * @height: height, in pixels
 * @width: width, in pixels
 *
 * Adds numbers that come from outside. No gradient flows into them.
 *
 * Returns: the value, 0 on failure
 *
 * Since: 1.0
 */
guint
siamban_graph_input (SiambanGraph *self,
                     const char *name,
                     guint batch_size,
                     guint n_channels,
                     guint height,
                     guint width)
{
  SiambanNode node = { SIAMBAN_OP_INPUT, .shape = { batch_size, n_channels, height, width } };
  guint value;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  if (batch_size == 0 || n_channels == 0 || height == 0 || width == 0)
    return fail (self, node.op, "“%s” is empty", name);

  value = append (self, &node);
  siamban_graph_set_name (self, value, name);

  return value;
}

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
 * Since: 1.0
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

  input = input_of (self, node.op, x);
  node.weight = parameter_of (self, node.op, weight, 4);
  if (input == NULL || node.weight == NULL)
    return 0;
  if (bias != NULL && (node.bias = parameter_of (self, node.op, bias, 1)) == NULL)
    return 0;

  shape = siamban_parameter_get_shape (node.weight, &n_dims);
  if (shape[1] * n_groups != input->shape[1] || shape[0] % n_groups != 0 || shape[2] != shape[3])
    {
      g_autofree char *text = _siamban_shape_to_string (shape, 4);

      return fail (self, node.op, "“%s” of shape %s does not fit %d channels in %u groups", weight,
                   text, (int) input->shape[1], n_groups);
    }
  if (node.bias != NULL && siamban_parameter_get_n_elements (node.bias) != (gsize) shape[0])
    return fail (self, node.op, "“%s” does not have %d elements", bias, (int) shape[0]);

  node.size = (guint) shape[2];
  node.shape[0] = input->shape[0];
  node.shape[1] = shape[0];
  for (guint i = 2; i < 4; i++)
    {
      node.shape[i] = sliding_size (input->shape[i], padding, dilation * (node.size - 1) + 1,
                                    stride);
      if (node.shape[i] <= 0)
        return fail (self, node.op, "a %u × %u kernel with dilation %u does not fit into %d pixels",
                     node.size, node.size, dilation, (int) input->shape[i]);
    }

  return append (self, &node);
}

static SiambanParameter *
batch_norm_parameter (SiambanGraph *self, const char *name, const char *suffix, gint64 n_channels)
{
  g_autofree char *full_name = g_strconcat (name, suffix, NULL);
  SiambanParameter *parameter = parameter_of (self, SIAMBAN_OP_BATCH_NORM, full_name, 1);

  if (parameter != NULL && siamban_parameter_get_n_elements (parameter) != (gsize) n_channels)
    {
      fail (self, SIAMBAN_OP_BATCH_NORM, "“%s” does not have %d elements", full_name,
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
 * Since: 1.0
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

  input = input_of (self, node.op, x);
  if (input == NULL)
    return 0;

  node.weight = batch_norm_parameter (self, name, ".weight", input->shape[1]);
  node.bias = batch_norm_parameter (self, name, ".bias", input->shape[1]);
  node.mean = batch_norm_parameter (self, name, ".running_mean", input->shape[1]);
  node.variance = batch_norm_parameter (self, name, ".running_var", input->shape[1]);
  if (node.weight == NULL || node.bias == NULL || node.mean == NULL || node.variance == NULL)
    return 0;

  if (training && input->shape[0] * input->shape[2] * input->shape[3] < 2)
    return fail (self, node.op, "“%s” needs more than one value per channel to train", name);

  counter = g_strconcat (name, ".num_batches_tracked", NULL);
  node.counter = siamban_weights_lookup (self->weights, counter);
  for (guint i = 0; i < 4; i++)
    node.shape[i] = input->shape[i];

  return append (self, &node);
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
 * Since: 1.0
 */
guint
siamban_graph_relu (SiambanGraph *self, guint x)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  return append_pointwise (self, SIAMBAN_OP_RELU, x);
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
 * Since: 1.0
 */
guint
siamban_graph_relu6 (SiambanGraph *self, guint x)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  return append_pointwise (self, SIAMBAN_OP_RELU6, x);
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
 * Since: 1.0
 */
guint
siamban_graph_max_pool (SiambanGraph *self, guint x, guint size, guint stride, guint padding)
{
  SiambanNode node = { SIAMBAN_OP_MAX_POOL, .n_inputs = 1,    .inputs = { x },
                       .size = size,        .stride = stride, .padding = padding };
  const SiambanNode *input;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);
  g_return_val_if_fail (size > 0 && stride > 0 && padding * 2 <= size, 0);

  input = input_of (self, node.op, x);
  if (input == NULL)
    return 0;

  node.shape[0] = input->shape[0];
  node.shape[1] = input->shape[1];
  for (guint i = 2; i < 4; i++)
    {
      node.shape[i] = sliding_size (input->shape[i], padding, size, stride);
      if (node.shape[i] <= 0)
        return fail (self, node.op, "a window of %u does not fit into %d pixels", size,
                     (int) input->shape[i]);
    }

  return append (self, &node);
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
 * Since: 1.0
 */
guint
siamban_graph_add (SiambanGraph *self, guint a, guint b)
{
  SiambanNode node = { SIAMBAN_OP_ADD, .n_inputs = 2, .inputs = { a, b } };
  const SiambanNode *input_a, *input_b;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  input_a = input_of (self, node.op, a);
  input_b = input_of (self, node.op, b);
  if (input_a == NULL || input_b == NULL)
    return 0;
  if (!same_shape (input_a, input_b))
    return fail_shapes (self, node.op, input_a, input_b);

  for (guint i = 0; i < 4; i++)
    node.shape[i] = input_a->shape[i];

  return append (self, &node);
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
 * Since: 1.0
 */
guint
siamban_graph_crop (SiambanGraph *self, guint x, guint top, guint left, guint height, guint width)
{
  SiambanNode node = { SIAMBAN_OP_CROP, .n_inputs = 1, .inputs = { x }, .top = top, .left = left };
  const SiambanNode *input;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  input = input_of (self, node.op, x);
  if (input == NULL)
    return 0;
  if (height == 0 || width == 0 || top + height > (guint64) input->shape[2] ||
      left + width > (guint64) input->shape[3])
    return fail (self, node.op, "a window of %u × %u at row %u, column %u is outside of %d × %d",
                 height, width, top, left, (int) input->shape[2], (int) input->shape[3]);

  node.shape[0] = input->shape[0];
  node.shape[1] = input->shape[1];
  node.shape[2] = height;
  node.shape[3] = width;

  return append (self, &node);
}

static guint
append_xcorr (SiambanGraph *self, SiambanOp op, guint search, guint kernel)
{
  SiambanNode node = { op, .n_inputs = 2, .inputs = { search, kernel } };
  const SiambanNode *s = input_of (self, op, search);
  const SiambanNode *k = input_of (self, op, kernel);
  const gboolean depthwise = op == SIAMBAN_OP_XCORR_DEPTHWISE;

  if (s == NULL || k == NULL)
    return 0;
  if (s->shape[0] != k->shape[0] || k->shape[2] > s->shape[2] || k->shape[3] > s->shape[3] ||
      (depthwise ? k->shape[1] != s->shape[1] : k->shape[1] % s->shape[1] != 0))
    return fail_shapes (self, op, s, k);

  node.shape[0] = s->shape[0];
  node.shape[1] = depthwise ? s->shape[1] : k->shape[1] / s->shape[1];
  node.shape[2] = s->shape[2] - k->shape[2] + 1;
  node.shape[3] = s->shape[3] - k->shape[3] + 1;

  return append (self, &node);
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
 * Since: 1.0
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
 * Since: 1.0
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
 * Since: 1.0
 */
guint
siamban_graph_exp_scale (SiambanGraph *self, guint x, const char *scale, guint index)
{
  SiambanParameter *parameter = NULL;
  guint value;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  if (scale != NULL)
    {
      parameter = parameter_of (self, SIAMBAN_OP_EXP_SCALE, scale, 1);
      if (parameter == NULL)
        return 0;
      if (index >= siamban_parameter_get_n_elements (parameter))
        return fail (self, SIAMBAN_OP_EXP_SCALE, "“%s” has no element %u", scale, index);
    }

  value = append_pointwise (self, SIAMBAN_OP_EXP_SCALE, x);
  if (value != 0)
    {
      node_at (self, value)->weight = parameter;
      node_at (self, value)->index = index;
    }

  return value;
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
 * Since: 1.0
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

  first = input_of (self, node.op, levels[0]);
  for (guint i = 0; i < n_levels; i++)
    {
      const SiambanNode *level = input_of (self, node.op, levels[i]);

      if (level == NULL)
        return 0;
      if (!same_shape (first, level))
        return fail_shapes (self, node.op, first, level);
      node.inputs[i] = levels[i];
    }

  if (weight != NULL)
    {
      node.weight = parameter_of (self, node.op, weight, 1);
      if (node.weight == NULL)
        return 0;
      if (siamban_parameter_get_n_elements (node.weight) != n_levels)
        return fail (self, node.op, "“%s” does not have %u elements", weight, (guint) n_levels);
    }

  for (guint i = 0; i < 4; i++)
    node.shape[i] = first->shape[i];

  return append (self, &node);
}

/* The node of a loss over points: every input has the batch and the map of the first, and the
 * number of channels given. */
static guint
append_loss (SiambanGraph *self, SiambanNode *node, const gint64 *n_channels)
{
  const SiambanNode *first = input_of (self, node->op, node->inputs[0]);

  for (guint i = 0; i < node->n_inputs; i++)
    {
      const SiambanNode *input = input_of (self, node->op, node->inputs[i]);

      if (input == NULL)
        return 0;
      if (input->shape[1] != n_channels[i] || input->shape[0] != first->shape[0] ||
          input->shape[2] != first->shape[2] || input->shape[3] != first->shape[3])
        return fail_shapes (self, node->op, first, input);
    }

  for (guint i = 0; i < 4; i++)
    node->shape[i] = 1;

  return append (self, node);
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
 * Since: 1.0
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
 * Since: 1.0
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
 * Since: 1.0
 */
guint
siamban_graph_loss_sum (SiambanGraph *self, guint a, double factor_a, guint b, double factor_b)
{
  guint value;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  value = siamban_graph_add (self, a, b);
  if (value != 0)
    {
      node_at (self, value)->op = SIAMBAN_OP_LOSS_SUM;
      node_at (self, value)->factors[0] = factor_a;
      node_at (self, value)->factors[1] = factor_b;
    }

  return value;
}

/**
 * siamban_graph_set_name:
 * @self: a graph
 * @value: a value; nothing happens for 0
 * @name: a name that no other value has, such as `search.layer2`
 *
 * Names a value, so that it can be found and, as an output, be read.
 *
 * Since: 1.0
 */
void
siamban_graph_set_name (SiambanGraph *self, guint value, const char *name)
{
  g_return_if_fail (SIAMBAN_IS_GRAPH (self));
  g_return_if_fail (value < self->nodes->len);
  g_return_if_fail (name != NULL);

  if (value == 0)
    return;

  g_free (node_at (self, value)->name);
  node_at (self, value)->name = g_strdup (name);
}

/**
 * siamban_graph_lookup:
 * @self: a graph
 * @name: a name
 *
 * Finds a value by its name.
 *
 * Returns: the value, 0 if there is none of that name
 *
 * Since: 1.0
 */
guint
siamban_graph_lookup (SiambanGraph *self, const char *name)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  for (guint value = 1; value < self->nodes->len; value++)
    if (g_strcmp0 (node_at (self, value)->name, name) == 0)
      return value;

  return 0;
}

/**
 * siamban_graph_add_output:
 * @self: a graph
 * @value: a named value; nothing happens for 0
 *
 * Keeps a value for [method@Program.get_output]; others exist only while they are needed.
 *
 * Since: 1.0
 */
void
siamban_graph_add_output (SiambanGraph *self, guint value)
{
  g_return_if_fail (SIAMBAN_IS_GRAPH (self));
  g_return_if_fail (value < self->nodes->len);
  g_return_if_fail (value == 0 || node_at (self, value)->name != NULL);

  if (value != 0)
    node_at (self, value)->is_output = TRUE;
}

/**
 * siamban_graph_set_loss:
 * @self: a graph
 * @value: a value of one number
 *
 * Says what [method@Program.backward] differentiates. The loss is an output, too, if it has a name.
 *
 * Since: 1.0
 */
void
siamban_graph_set_loss (SiambanGraph *self, guint value)
{
  g_return_if_fail (SIAMBAN_IS_GRAPH (self));
  g_return_if_fail (value < self->nodes->len);

  if (value != 0 && _siamban_node_get_n_elements (node_at (self, value)) != 1)
    fail (self, node_at (self, value)->op, "a loss is one number");

  self->loss = value;
  if (value != 0)
    node_at (self, value)->is_output = TRUE;
}

/**
 * siamban_graph_get_n_values:
 * @self: a graph
 *
 * Gets how many values there are. They are numbered from 1.
 *
 * Returns: the count
 *
 * Since: 1.0
 */
guint
siamban_graph_get_n_values (SiambanGraph *self)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), 0);

  return self->nodes->len - 1;
}

/**
 * siamban_graph_get_shape:
 * @self: a graph
 * @value: a value
 * @n_dims: (out): always 4
 *
 * Gets the shape of a value.
 *
 * Returns: (transfer none) (array length=n_dims): batch, channels, height and width
 *
 * Since: 1.0
 */
const gint64 *
siamban_graph_get_shape (SiambanGraph *self, guint value, gsize *n_dims)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), NULL);
  g_return_val_if_fail (value > 0 && value < self->nodes->len, NULL);

  *n_dims = 4;

  return node_at (self, value)->shape;
}

/**
 * siamban_graph_check:
 * @self: a graph
 * @error: return location for an error
 *
 * Tells whether everything added so far fits together.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_GRAPH, naming the operation and the first mistake.
 *
 * Returns: %TRUE if there was no mistake
 *
 * Since: 1.0
 */
gboolean
siamban_graph_check (SiambanGraph *self, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), FALSE);

  if (self->error == NULL)
    return TRUE;

  if (error != NULL)
    *error = g_error_copy (self->error);

  return FALSE;
}

/**
 * siamban_graph_to_string:
 * @self: a graph
 *
 * Lists the operations, one a line: number, operation, inputs, shape, parameters and name.
 *
 * Returns: (transfer full): the text
 *
 * Since: 1.0
 */
char *
siamban_graph_to_string (SiambanGraph *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (self), NULL);

  for (guint value = 1; value < self->nodes->len; value++)
    {
      const SiambanNode *node = node_at (self, value);
      g_autofree char *shape = _siamban_shape_to_string (node->shape, 4);

      g_string_append_printf (text, "%4u  %s", value, op_names[node->op]);
      for (guint i = 0; i < node->n_inputs; i++)
        g_string_append_printf (text, " %u", node->inputs[i]);
      g_string_append_printf (text, "  %s", shape);
      if (node->weight != NULL)
        g_string_append_printf (text, "  %s", siamban_parameter_get_name (node->weight));
      if (node->name != NULL)
        g_string_append_printf (text, "  “%s”", node->name);
      g_string_append_c (text, '\n');
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}
