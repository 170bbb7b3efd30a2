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
 * Since: 0.1
 */
struct _SiambanGraph
{
  GObject parent_instance;

  SiambanWeights *weights;
  GArray *nodes; /* of SiambanNode; the first is unused */
  guint loss;
  gboolean sealed; /* programs were made of it */
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

/* Nothing of the graph may change while programs look at it. */
void
_siamban_graph_seal (SiambanGraph *self)
{
  self->sealed = TRUE;
}

static void
remember_error (SiambanGraph *self, guint value, SiambanOp op, const char *reason)
{
  if (self->error == NULL)
    g_set_error (&self->error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_GRAPH,
                 "Value %u of the network (%s): %s", value, op_names[op], reason);
}

guint
_siamban_graph_fail (SiambanGraph *self, SiambanOp op, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  remember_error (self, self->nodes->len, op, reason);

  return 0;
}

/* A value of the graph, or NULL (and the error kept) for one that never came about. */
const SiambanNode *
_siamban_graph_get_input (SiambanGraph *self, SiambanOp op, guint value)
{
  if (value == 0 || value >= self->nodes->len)
    {
      _siamban_graph_fail (self, op, "an input is missing");
      return NULL;
    }

  return node_at (self, value);
}

SiambanParameter *
_siamban_graph_get_parameter (SiambanGraph *self, SiambanOp op, const char *name, gsize n_dims)
{
  SiambanParameter *parameter = siamban_weights_lookup (self->weights, name);
  gsize found_dims;

  if (parameter == NULL)
    {
      _siamban_graph_fail (self, op, "there is no parameter “%s”", name);
      return NULL;
    }

  siamban_parameter_get_shape (parameter, &found_dims);
  if (found_dims != n_dims)
    {
      _siamban_graph_fail (self, op, "“%s” has %u dimensions, expected %u", name,
                           (guint) found_dims, (guint) n_dims);
      return NULL;
    }

  return parameter;
}

guint
_siamban_graph_append (SiambanGraph *self, const SiambanNode *node)
{
  g_return_val_if_fail (!self->sealed, 0);

  if (self->error != NULL)
    return 0;

  g_array_append_vals (self->nodes, node, 1);

  return self->nodes->len - 1;
}

/* The node of an operation that keeps the shape of its only input. */
guint
_siamban_graph_append_pointwise (SiambanGraph *self, SiambanOp op, guint x)
{
  const SiambanNode *input = _siamban_graph_get_input (self, op, x);
  SiambanNode node = { op, .n_inputs = 1, .inputs = { x } };

  if (input == NULL)
    return 0;

  for (guint i = 0; i < 4; i++)
    node.shape[i] = input->shape[i];

  return _siamban_graph_append (self, &node);
}

gboolean
_siamban_node_has_shape_of (const SiambanNode *a, const SiambanNode *b)
{
  return a->shape[0] == b->shape[0] && a->shape[1] == b->shape[1] && a->shape[2] == b->shape[2] &&
         a->shape[3] == b->shape[3];
}

guint
_siamban_graph_fail_shapes (SiambanGraph *self,
                            SiambanOp op,
                            const SiambanNode *a,
                            const SiambanNode *b)
{
  g_autofree char *shape_a = _siamban_shape_to_string (a->shape, 4);
  g_autofree char *shape_b = _siamban_shape_to_string (b->shape, 4);

  return _siamban_graph_fail (self, op, "the shapes %s and %s do not fit together", shape_a,
                              shape_b);
}

/**
 * siamban_graph_new:
 * @weights: the parameters that operations name
 *
 * Makes an empty graph.
 *
 * Returns: (transfer full): a new graph
 *
 * Since: 0.1
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
 * Since: 0.1
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
 * Since: 0.1
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
    return _siamban_graph_fail (self, node.op, "“%s” is empty", name);

  value = _siamban_graph_append (self, &node);
  siamban_graph_set_name (self, value, name);

  return value;
}

/**
 * siamban_graph_set_name:
 * @self: a graph
 * @value: a value; nothing happens for 0
 * @name: a name that no other value has, such as `search.layer2`
 *
 * Names a value, so that it can be found and, as an output, be read. A name that another value
 * has is a mistake that [method@Graph.check] reports.
 *
 * Since: 0.1
 */
void
siamban_graph_set_name (SiambanGraph *self, guint value, const char *name)
{
  guint namesake;

  g_return_if_fail (SIAMBAN_IS_GRAPH (self));
  g_return_if_fail (value < self->nodes->len);
  g_return_if_fail (name != NULL);
  g_return_if_fail (!self->sealed);

  if (value == 0)
    return;

  namesake = siamban_graph_lookup (self, name);
  if (namesake != 0 && namesake != value)
    {
      g_autofree char *reason = g_strdup_printf ("value %u is called “%s”, too", namesake, name);

      remember_error (self, value, node_at (self, value)->op, reason);
      return;
    }

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
 * Since: 0.1
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
 * Since: 0.1
 */
void
siamban_graph_add_output (SiambanGraph *self, guint value)
{
  g_return_if_fail (SIAMBAN_IS_GRAPH (self));
  g_return_if_fail (value < self->nodes->len);
  g_return_if_fail (value == 0 || node_at (self, value)->name != NULL);
  g_return_if_fail (!self->sealed);

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
 * Since: 0.1
 */
void
siamban_graph_set_loss (SiambanGraph *self, guint value)
{
  g_return_if_fail (SIAMBAN_IS_GRAPH (self));
  g_return_if_fail (value < self->nodes->len);
  g_return_if_fail (!self->sealed);

  if (value != 0 && _siamban_node_get_n_elements (node_at (self, value)) != 1)
    remember_error (self, value, node_at (self, value)->op, "a loss is one number");

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
 * Since: 0.1
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
 * Since: 0.1
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
 * Since: 0.1
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
 * Since: 0.1
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
