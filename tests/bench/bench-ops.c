/* SPDX-License-Identifier: Apache-2.0 */

/* Time of single operations, those of ResNet-50's search branch and of the head.
 *
 * usage: bench-ops NAME [--direction forward|data|weights] [--batch N] [--device ID] [--threads N]
 *                  [--steps N]
 *
 * The name “list” prints each operation and direction as an object of JSON, for the opponent to do
 * the same. Without --steps it serves, as bench.h says.
 *
 * Forward is the operation alone. For a gradient there is the least around it that makes one
 * necessary: a loss behind it (each channel's product with noise, summed and classified), and for
 * that of the data a batch norm that does not measure before it. Only the backward pass is timed. */

#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "siamban-graph-private.h"
#include "siamban-program-private.h"

typedef enum
{
  CONVOLUTION,
  BATCH_NORM, /* and a ReLU */
  CORRELATION,
} Kind;

typedef struct
{
  const char *name;
  Kind kind;
  guint n_inputs;
  guint n_outputs;
  guint map;
  guint size; /* of the kernel */
  guint stride;
  guint padding;
  guint dilation;
} Op;

static const Op ops[] = {
  { "stem", CONVOLUTION, 3, 64, 255, 7, 2, 0, 1 },
  { "layer1.conv1", CONVOLUTION, 256, 64, 63, 1, 1, 0, 1 },
  { "layer1.conv2", CONVOLUTION, 64, 64, 63, 3, 1, 1, 1 },
  { "layer1.conv3", CONVOLUTION, 64, 256, 63, 1, 1, 0, 1 },
  { "layer2.0.conv2", CONVOLUTION, 128, 128, 63, 3, 2, 0, 1 },
  { "layer2.0.downsample", CONVOLUTION, 256, 512, 63, 3, 2, 0, 1 },
  { "layer2.conv1", CONVOLUTION, 512, 128, 31, 1, 1, 0, 1 },
  { "layer2.conv2", CONVOLUTION, 128, 128, 31, 3, 1, 1, 1 },
  { "layer2.conv3", CONVOLUTION, 128, 512, 31, 1, 1, 0, 1 },
  { "layer3.0.downsample", CONVOLUTION, 512, 1024, 31, 3, 1, 1, 1 },
  { "layer3.conv1", CONVOLUTION, 1024, 256, 31, 1, 1, 0, 1 },
  { "layer3.conv2", CONVOLUTION, 256, 256, 31, 3, 1, 2, 2 },
  { "layer3.conv3", CONVOLUTION, 256, 1024, 31, 1, 1, 0, 1 },
  { "layer4.0.downsample", CONVOLUTION, 1024, 2048, 31, 3, 1, 2, 2 },
  { "layer4.conv1", CONVOLUTION, 2048, 512, 31, 1, 1, 0, 1 },
  { "layer4.conv2", CONVOLUTION, 512, 512, 31, 3, 1, 4, 4 },
  { "layer4.conv3", CONVOLUTION, 512, 2048, 31, 1, 1, 0, 1 },
  { "neck", CONVOLUTION, 2048, 256, 31, 1, 1, 0, 1 },
  { "head.search", CONVOLUTION, 256, 256, 31, 3, 1, 0, 1 },
  { "head.kernel", CONVOLUTION, 256, 256, 7, 3, 1, 0, 1 },
  { "head.head", CONVOLUTION, 256, 256, 25, 1, 1, 0, 1 },
  { "norm.256", BATCH_NORM, 256, 256, 31, 0, 0, 0, 0 },
  { "norm.1024", BATCH_NORM, 1024, 1024, 31, 0, 0, 0, 0 },
  { "xcorr", CORRELATION, 256, 256, 29, 5, 1, 0, 1 },
};

static const char *const kinds[] = { "convolution", "norm", "xcorr" };
static const char *const directions[] = { "forward", "data", "weights", NULL };

typedef struct
{
  const Op *op;
  guint batch_size;
  guint direction;
  guint value; /* the result of the operation */
  SiambanProgram *program;
} Bench;

/* A batch norm alone is measured as a training does it, forward too. Its weights get their
 * gradient on the way to that of the data. */
static gboolean
is_training (const Bench *self)
{
  return self->direction > 0 || self->op->kind == BATCH_NORM;
}

static gboolean
exists (const Op *op, guint direction)
{
  return (op->kind != BATCH_NORM || direction != 2) && (op->n_inputs > 3 || direction != 1);
}

static void
list (guint batch_size)
{
  for (guint i = 0; i < G_N_ELEMENTS (ops); i++)
    for (guint d = 0; directions[d] != NULL; d++)
      if (exists (&ops[i], d))
        printf ("{\"name\": \"%s\", \"kind\": \"%s\", \"direction\": \"%s\", \"batch\": %u, "
                "\"inputs\": %u, \"outputs\": %u, \"map\": %u, \"size\": %u, \"stride\": %u, "
                "\"padding\": %u, \"dilation\": %u}\n",
                ops[i].name, kinds[ops[i].kind], directions[d], batch_size, ops[i].n_inputs,
                ops[i].n_outputs, ops[i].map, ops[i].size, ops[i].stride, ops[i].padding,
                ops[i].dilation);
}

static void
add_weight (SiambanWeights *weights, const char *name, guint n_out, guint n_in, guint size)
{
  const gint64 shape[] = { n_out, n_in, size, size };

  siamban_weights_add (weights, name, SIAMBAN_PARAMETER_WEIGHT, shape, 4);
}

static guint
add_batch_norm (SiambanGraph *graph, guint x, const char *name, gint64 n, gboolean training)
{
  static const struct
  {
    const char *suffix;
    SiambanParameterKind kind;
    gsize n_dims;
  } parts[] = {
    { ".weight", SIAMBAN_PARAMETER_WEIGHT, 1 },
    { ".bias", SIAMBAN_PARAMETER_WEIGHT, 1 },
    { ".running_mean", SIAMBAN_PARAMETER_BUFFER, 1 },
    { ".running_var", SIAMBAN_PARAMETER_BUFFER, 1 },
    { ".num_batches_tracked", SIAMBAN_PARAMETER_COUNTER, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *full_name = g_strconcat (name, parts[i].suffix, NULL);

      siamban_weights_add (siamban_graph_get_weights (graph), full_name, parts[i].kind, &n,
                           parts[i].n_dims);
    }

  return siamban_graph_batch_norm (graph, x, name, training);
}

static guint
add_op (Bench *self, SiambanGraph *graph)
{
  const Op *op = self->op;
  const guint data = 1, weights = 2;
  guint x = siamban_graph_input (graph, "x", self->batch_size, op->n_inputs, op->map, op->map);
  guint kernel;

  if (self->direction == data)
    x = add_batch_norm (graph, x, "before", op->n_inputs, FALSE);

  switch (op->kind)
    {
    case CONVOLUTION:
      add_weight (siamban_graph_get_weights (graph), "op", op->n_outputs, op->n_inputs, op->size);
      if (self->direction == data)
        siamban_parameter_set_trainable (
            siamban_weights_lookup (siamban_graph_get_weights (graph), "op"), FALSE);
      return siamban_graph_convolution (graph, x, "op", NULL, op->stride, op->padding, op->dilation,
                                        1);

    case BATCH_NORM:
      return siamban_graph_relu (graph, add_batch_norm (graph, x, "op", op->n_inputs, TRUE));

    case CORRELATION:
    default:
      kernel = siamban_graph_input (graph, "kernel", self->batch_size, op->n_inputs, op->size,
                                    op->size);
      if (self->direction == weights)
        kernel = add_batch_norm (graph, kernel, "before", op->n_inputs, FALSE);
      return siamban_graph_xcorr_depthwise (graph, x, kernel);
    }
}

static void
add_loss (Bench *self, SiambanGraph *graph, guint y)
{
  const guint n = self->batch_size, n_outputs = self->op->n_outputs;
  gsize n_dims;
  const guint map = (guint) siamban_graph_get_shape (graph, y, &n_dims)[2];
  const guint noise = siamban_graph_input (graph, "noise", n, n_outputs, map, map);
  const guint labels = siamban_graph_input (graph, "labels", n, 1, 1, 1);
  SiambanWeights *weights = siamban_graph_get_weights (graph);
  guint scores = siamban_graph_xcorr_depthwise (graph, y, noise);

  add_weight (weights, "scores", 2, n_outputs, 1);
  siamban_parameter_set_trainable (siamban_weights_lookup (weights, "scores"), FALSE);
  scores = siamban_graph_convolution (graph, scores, "scores", NULL, 1, 0, 1, 1);
  siamban_graph_set_loss (graph, siamban_graph_cross_entropy (graph, scores, labels));
}

static gboolean
fill (Bench *self, GError **error)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  SiambanGraph *graph = self->program->graph;
  SiambanWeights *weights = siamban_graph_get_weights (graph);

  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      const double low = g_strcmp0 (node->name, "labels") == 0 ? 1 : -1;

      if (node->op == SIAMBAN_OP_INPUT &&
          !bench_fill (self->program, node->name, random, low, 1, error))
        return FALSE;
    }
  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const gsize n = siamban_parameter_get_n_elements (parameter);
      float *values = _siamban_parameter_peek_values (parameter);

      for (gsize k = 0; k < n && values != NULL; k++)
        values[k] = (float) g_rand_double_range (random, 0.01, 0.02);
    }
  siamban_program_weights_changed (self->program);

  return TRUE;
}

static gboolean
prepare (Bench *self, const char *name, SiambanDevice *device, GError **error)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  g_autoptr (SiambanGraph) graph = siamban_graph_new (weights);

  for (guint i = 0; i < G_N_ELEMENTS (ops); i++)
    if (strcmp (name, ops[i].name) == 0 && exists (&ops[i], self->direction))
      self->op = &ops[i];
  if (self->op == NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "There is no operation “%s” in this direction, see “list”", name);
      return FALSE;
    }

  self->value = add_op (self, graph);
  siamban_graph_set_name (graph, self->value, "y");
  siamban_graph_add_output (graph, self->value);
  if (is_training (self))
    add_loss (self, graph, self->value);
  if (!siamban_graph_check (graph, error))
    return FALSE;
  self->program = siamban_device_compile (device, graph, is_training (self), error);

  return self->program != NULL && fill (self, error);
}

static double
measure (gpointer data, int n_runs, GError **error)
{
  Bench *self = data;
  double seconds = 0;

  for (int i = 0; i < n_runs; i++)
    {
      double begin = bench_now ();

      if (!siamban_program_forward (self->program, error))
        return -1;
      if (self->direction > 0)
        {
          begin = bench_now ();
          if (!siamban_program_backward (self->program, error))
            return -1;
        }
      seconds += bench_now () - begin;
    }

  return seconds / n_runs;
}

static gboolean
find_direction (Bench *self, const char *name, GError **error)
{
  for (guint i = 0; directions[i] != NULL; i++)
    if (g_strcmp0 (name, directions[i]) == 0)
      {
        self->direction = i;
        return TRUE;
      }

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "“%s” is no direction, expected forward, data or weights", name);

  return FALSE;
}

int
main (int argc, char *argv[])
{
  int batch_size = 2;
  g_autofree char *direction = g_strdup ("forward");
  const GOptionEntry entries[] = {
    { "batch", 0, 0, G_OPTION_ARG_INT, &batch_size, "images in a batch", "N" },
    { "direction", 0, 0, G_OPTION_ARG_STRING, &direction, "what to time", "NAME" },
    { NULL },
  };
  BenchOptions options = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = NULL;
  Bench self = { NULL };

  siamban_process_wait_passively (argv);
  if (bench_parse (&options, entries, "NAME", &argc, &argv, &error))
    {
      self.batch_size = (guint) batch_size;
      if (strcmp (argv[1], "list") == 0)
        list (self.batch_size);
      else if (find_direction (&self, direction, &error) &&
               (device = bench_open_device (&options, &error)) != NULL &&
               prepare (&self, argv[1], device, &error))
        bench_run (&options, measure, &self,
                   bench_count_node_flops (self.program->graph, self.value), 0, &error);
    }

  g_clear_object (&self.program);
  g_free (options.device_id);
  if (error != NULL)
    g_printerr ("%s\n", error->message);

  return error == NULL ? 0 : 1;
}
