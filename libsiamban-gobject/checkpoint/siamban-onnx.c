/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onnx.h"

#include <math.h>

#include "siamban-atomic-file-private.h"
#include "siamban-error.h"
#include "siamban-onnx-writer-private.h"
#include "siamban-weights-private.h"

/* One operation of the graph on its way into the file. */
typedef struct
{
  SiambanOnnxWriter *writer;
  SiambanGraph *graph;
  const SiambanNode *node;
  const char *output;
  const char *inputs[SIAMBAN_NODE_MAX_INPUTS];
} Step;

static const char *
name_value (SiambanOnnxWriter *writer, SiambanGraph *graph, guint value)
{
  const char *name = _siamban_graph_peek_node (graph, value)->name;

  return name ? name : _siamban_onnx_printf (writer, "value/%u", value);
}

static const char *
add_parameter (Step *self, SiambanParameter *parameter)
{
  gsize n_dims;
  const gint64 *shape = siamban_parameter_get_shape (parameter, &n_dims);

  return _siamban_onnx_add_floats (self->writer, siamban_parameter_get_name (parameter), shape,
                                   n_dims, _siamban_parameter_peek_values (parameter));
}

static Siamban__Onnx__Node *
add_simple (Step *self, const char *op)
{
  return _siamban_onnx_add_node (self->writer, op, self->output, self->inputs,
                                 self->node->n_inputs);
}

/* A value between, of this operation's own: no name in a graph has a slash. */
static const char *
add_between (Step *self, const char *op, const char *part, const char *a, const char *b)
{
  const char *name = _siamban_onnx_printf (self->writer, "%s/%s", self->output, part);

  _siamban_onnx_add_node (self->writer, op, name, (const char *const[]){ a, b }, 2);

  return name;
}

static const char *
reshape (Step *self, const char *part, const char *x, const gint64 *shape)
{
  return add_between (self, "Reshape", part, x, _siamban_onnx_add_list (self->writer, shape, 4));
}

static void
add_window (Step *self, Siamban__Onnx__Node *node, gint64 height, gint64 width)
{
  const gint64 padding = self->node->padding, stride = self->node->stride;

  _siamban_onnx_add_ints (self->writer, node, "kernel_shape", (gint64[]){ height, width }, 2);
  _siamban_onnx_add_ints (self->writer, node, "strides", (gint64[]){ stride, stride }, 2);
  _siamban_onnx_add_ints (self->writer, node, "pads",
                          (gint64[]){ padding, padding, padding, padding }, 4);
}

static void
write_convolution (Step *self)
{
  const gint64 dilation = self->node->dilation;
  const char *inputs[3] = { self->inputs[0], add_parameter (self, self->node->weight) };
  gsize n_dims;
  const gint64 *shape = siamban_parameter_get_shape (self->node->weight, &n_dims);
  Siamban__Onnx__Node *node;

  if (self->node->bias)
    inputs[2] = add_parameter (self, self->node->bias);
  node = _siamban_onnx_add_node (self->writer, "Conv", self->output, inputs,
                                 self->node->bias ? 3 : 2);
  add_window (self, node, shape[2], shape[3]);
  _siamban_onnx_add_ints (self->writer, node, "dilations", (gint64[]){ dilation, dilation }, 2);
  _siamban_onnx_add_int (self->writer, node, "group", self->node->n_groups);
}

static void
write_batch_norm (Step *self)
{
  const char *const inputs[] = {
    self->inputs[0],
    add_parameter (self, self->node->weight),
    add_parameter (self, self->node->bias),
    add_parameter (self, self->node->mean),
    add_parameter (self, self->node->variance),
  };
  Siamban__Onnx__Node *node = _siamban_onnx_add_node (self->writer, "BatchNormalization",
                                                      self->output, inputs, G_N_ELEMENTS (inputs));

  _siamban_onnx_add_float (self->writer, node, "epsilon", (float) SIAMBAN_BATCH_NORM_EPSILON);
}

static void
write_relu (Step *self)
{
  add_simple (self, "Relu");
}

static void
write_relu6 (Step *self)
{
  const char *const inputs[] = { self->inputs[0], _siamban_onnx_add_scalar (self->writer, 0),
                                 _siamban_onnx_add_scalar (self->writer, 6) };

  _siamban_onnx_add_node (self->writer, "Clip", self->output, inputs, G_N_ELEMENTS (inputs));
}

static void
write_max_pool (Step *self)
{
  add_window (self, add_simple (self, "MaxPool"), self->node->size, self->node->size);
}

static void
write_add (Step *self)
{
  add_simple (self, "Add");
}

static void
write_crop (Step *self)
{
  const SiambanNode *node = self->node;
  const gint64 starts[] = { node->top, node->left };
  const gint64 ends[] = { node->top + node->shape[2], node->left + node->shape[3] };
  const gint64 axes[] = { 2, 3 };
  const char *const inputs[] = {
    self->inputs[0],
    _siamban_onnx_add_list (self->writer, starts, 2),
    _siamban_onnx_add_list (self->writer, ends, 2),
    _siamban_onnx_add_list (self->writer, axes, 2),
  };

  _siamban_onnx_add_node (self->writer, "Slice", self->output, inputs, G_N_ELEMENTS (inputs));
}

/* A convolution whose weights are another map: samples and channels become channels of one sample, in
 * as many groups as share weights. */
static void
write_correlation (Step *self, gint64 n_groups)
{
  const gint64 *search = _siamban_graph_peek_node (self->graph, self->node->inputs[0])->shape;
  const gint64 *kernel = _siamban_graph_peek_node (self->graph, self->node->inputs[1])->shape;
  const gint64 n_channels = search[0] * search[1];
  const gint64 flat[] = { 1, n_channels, search[2], search[3] };
  const gint64 weights[] = { kernel[0] * kernel[1] * n_groups / n_channels, n_channels / n_groups,
                             kernel[2], kernel[3] };
  const char *x = reshape (self, "search", self->inputs[0], flat);
  const char *weight = reshape (self, "kernel", self->inputs[1], weights);
  const char *product = _siamban_onnx_printf (self->writer, "%s/product", self->output);
  Siamban__Onnx__Node *node = _siamban_onnx_add_node (self->writer, "Conv", product,
                                                      (const char *const[]){ x, weight }, 2);
  const char *shape = _siamban_onnx_add_list (self->writer, self->node->shape, 4);

  _siamban_onnx_add_ints (self->writer, node, "kernel_shape", kernel + 2, 2);
  _siamban_onnx_add_int (self->writer, node, "group", n_groups);
  _siamban_onnx_add_node (self->writer, "Reshape", self->output,
                          (const char *const[]){ product, shape }, 2);
}

static void
write_xcorr_depthwise (Step *self)
{
  write_correlation (self, self->node->shape[0] * self->node->shape[1]);
}

static void
write_xcorr (Step *self)
{
  write_correlation (self, self->node->shape[0]);
}

static void
write_exp_scale (Step *self)
{
  const char *exponent = self->inputs[0];

  if (self->node->weight)
    exponent = add_between (
        self, "Mul", "exponent", exponent,
        _siamban_onnx_add_scalar (
            self->writer, _siamban_parameter_peek_values (self->node->weight)[self->node->index]));
  _siamban_onnx_add_node (self->writer, "Exp", self->output, &exponent, 1);
}

/* The shares of the levels do not depend on what goes in: they are constants of the file. */
static void
write_level_sum (Step *self)
{
  const guint n = self->node->n_inputs;
  const float *weight = self->node->weight ? _siamban_parameter_peek_values (self->node->weight)
                                           : NULL;
  const char *terms[SIAMBAN_NODE_MAX_INPUTS];
  double shares[SIAMBAN_NODE_MAX_INPUTS], largest = -INFINITY, sum = 0;

  for (guint i = 0; i < n; i++)
    largest = MAX (largest, weight ? weight[i] : 0);
  for (guint i = 0; i < n; i++)
    {
      shares[i] = exp ((weight ? weight[i] : 0) - largest);
      sum += shares[i];
    }
  for (guint i = 0; i < n; i++)
    {
      const char *part = _siamban_onnx_printf (self->writer, "level%u", i);

      terms[i] = add_between (self, "Mul", part, self->inputs[i],
                              _siamban_onnx_add_scalar (self->writer, shares[i] / sum));
    }
  _siamban_onnx_add_node (self->writer, "Sum", self->output, terms, n);
}

/* NULL: not of a network that tracks. */
static void (*const operations[SIAMBAN_N_OPS]) (Step *self) = {
  [SIAMBAN_OP_CONVOLUTION] = write_convolution,
  [SIAMBAN_OP_BATCH_NORM] = write_batch_norm,
  [SIAMBAN_OP_RELU] = write_relu,
  [SIAMBAN_OP_RELU6] = write_relu6,
  [SIAMBAN_OP_MAX_POOL] = write_max_pool,
  [SIAMBAN_OP_ADD] = write_add,
  [SIAMBAN_OP_CROP] = write_crop,
  [SIAMBAN_OP_XCORR_DEPTHWISE] = write_xcorr_depthwise,
  [SIAMBAN_OP_XCORR] = write_xcorr,
  [SIAMBAN_OP_EXP_SCALE] = write_exp_scale,
  [SIAMBAN_OP_LEVEL_SUM] = write_level_sum,
};

static gboolean
write_value (SiambanOnnxWriter *writer, SiambanGraph *graph, guint value, GError **error)
{
  const SiambanNode *node = _siamban_graph_peek_node (graph, value);
  Step step = { writer, graph, node, name_value (writer, graph, value), { NULL } };

  if (node->is_output)
    _siamban_onnx_add_value (writer, writer->outputs, step.output, node->shape);
  if (node->op == SIAMBAN_OP_INPUT)
    {
      _siamban_onnx_add_value (writer, writer->inputs, step.output, node->shape);
      return TRUE;
    }
  if (operations[node->op] == NULL || node->training)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                   "Value %u, %s, is part of a training and not of a network that tracks", value,
                   _siamban_op_get_name (node->op));
      return FALSE;
    }

  for (guint i = 0; i < node->n_inputs; i++)
    step.inputs[i] = name_value (writer, graph, node->inputs[i]);
  operations[node->op](&step);

  return TRUE;
}

/**
 * siamban_onnx_save:
 * @graph: a graph for inference, such as of [method@Model.build_template] and
 *   [method@Model.build_search]
 * @name: a name for the graph in the file
 * @path: (type filename): where to write
 * @error: return location for an error
 *
 * Writes a graph with its weights in the Open Neural Network Exchange's format (operator set 13), which
 * most runtimes read.
 *
 * Inputs and outputs have their names and sizes of the graph, batch size included, and hold float32 (N,
 * C, H, W); parameters keep their names. The shares of the levels of a weighted head become constants.
 * The file appears whole or not at all.
 *
 * It fails with %SIAMBAN_ERROR_UNSUPPORTED for a graph that trains and beyond 2 GiB, and with
 * %SIAMBAN_ERROR_IO if the file cannot be written.
 *
 * Returns: %TRUE if the file was written
 *
 * Since: 0.1
 */
gboolean
siamban_onnx_save (SiambanGraph *graph, const char *name, const char *path, GError **error)
{
  g_autoptr (SiambanOnnxWriter) writer = NULL;
  g_autoptr (GBytes) bytes = NULL;
  SiambanWeights *weights;
  gconstpointer data;
  gsize size;

  g_return_val_if_fail (SIAMBAN_IS_GRAPH (graph), FALSE);
  g_return_val_if_fail (name != NULL && path != NULL, FALSE);

  weights = siamban_graph_get_weights (graph);
  if (!siamban_graph_check (graph, error) || !_siamban_weights_sync (weights, error))
    return FALSE;

  /* Parameters that nobody used yet have no values before. */
  _siamban_weights_get_store (weights);
  writer = _siamban_onnx_writer_new ();
  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    if (!write_value (writer, graph, value, error))
      return FALSE;
  bytes = _siamban_onnx_writer_end (writer, name, error);
  if (bytes == NULL)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);

  return _siamban_write_atomically (path, data, size, error);
}
