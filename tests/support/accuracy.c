/* SPDX-License-Identifier: Apache-2.0 */
#include "accuracy.h"

#include <math.h>
#include <string.h>

#include "compute.h"
#include "golden.h"
#include "siamban-graph-private.h"
#include "siamban-tensor-private.h"
#include "siamban-weights-private.h"

#define N_SAMPLES 4000
#define N_BRANCHES 2

/* So small that the scores are equal to the last bit and the gradient of the cross entropy is a
 * power of two: what arrives at the convolution is then exactly this noise, times that. */
#define GRADIENT_SCALE 1e-12

static const char *const weight_name = "conv.weight";

typedef struct
{
  guint n;
  guint n_channels;
  guint height;
} Map;

typedef struct
{
  const AccuracyLayer *layer;
  SiambanProgram *program;
  const float *weights;
  Map in[N_BRANCHES];
  Map out[N_BRANCHES];
  float *x[N_BRANCHES];
  float *dy[N_BRANCHES];
} Bench;

typedef struct
{
  double squares;
  double errors;
} Sums;

static void
add (Sums *sums, double found, double truth)
{
  sums->squares += truth * truth;
  sums->errors += (found - truth) * (found - truth);
}

static gsize
count (const Map *map)
{
  return (gsize) map->n * map->n_channels * map->height * map->height;
}

/* An element of a map, 0 outside. */
static double
at (const Map *map, const float *values, guint n, guint c, gint64 y, gint64 x)
{
  if (y < 0 || x < 0 || y >= map->height || x >= map->height)
    return 0;

  return values[(((gsize) n * map->n_channels + c) * map->height + (gsize) y) * map->height +
                (gsize) x];
}

static double
weight_at (const Bench *self, guint o, guint c, guint ky, guint kx)
{
  const AccuracyLayer *layer = self->layer;

  return self->weights[(((gsize) o * layer->n_inputs + c) * layer->size + ky) * layer->size + kx];
}

static double
parameter_at (const Bench *self, const char *name, guint channel)
{
  SiambanWeights *weights = siamban_graph_get_weights (siamban_program_get_graph (self->program));

  return _siamban_parameter_peek_values (siamban_weights_lookup (weights, name))[channel];
}

/* The truths */

static double
forward_at (const Bench *self, guint branch, guint n, guint o, gint64 y, gint64 x)
{
  const AccuracyLayer *layer = self->layer;
  const gint64 top = y * layer->stride - layer->padding, left = x * layer->stride - layer->padding;
  double sum = 0;

  for (guint c = 0; c < layer->n_inputs; c++)
    for (guint ky = 0; ky < layer->size; ky++)
      for (guint kx = 0; kx < layer->size; kx++)
        sum += weight_at (self, o, c, ky, kx) * at (&self->in[branch], self->x[branch], n, c,
                                                    top + (gint64) ky * layer->dilation,
                                                    left + (gint64) kx * layer->dilation);
  if (!layer->frozen)
    return sum;

  return (sum - parameter_at (self, "bn.running_mean", o)) * parameter_at (self, "bn.weight", o) /
             sqrt (parameter_at (self, "bn.running_var", o) + SIAMBAN_BATCH_NORM_EPSILON) +
         parameter_at (self, "bn.bias", o);
}

static double
data_gradient_at (const Bench *self, guint branch, guint n, guint c, gint64 y, gint64 x)
{
  const AccuracyLayer *layer = self->layer;
  double sum = 0;

  for (guint ky = 0; ky < layer->size; ky++)
    for (guint kx = 0; kx < layer->size; kx++)
      {
        const gint64 down = y + layer->padding - (gint64) ky * layer->dilation;
        const gint64 right = x + layer->padding - (gint64) kx * layer->dilation;

        if (down < 0 || right < 0 || down % layer->stride != 0 || right % layer->stride != 0)
          continue;
        for (guint o = 0; o < layer->n_outputs; o++)
          sum += weight_at (self, o, c, ky, kx) * at (&self->out[branch], self->dy[branch], n, o,
                                                      down / layer->stride, right / layer->stride);
      }

  return sum;
}

static double
weight_gradient_at (const Bench *self, guint o, guint c, guint ky, guint kx)
{
  const AccuracyLayer *layer = self->layer;
  const gint64 top = (gint64) ky * layer->dilation - layer->padding;
  const gint64 left = (gint64) kx * layer->dilation - layer->padding;
  double sum = 0;

  for (guint branch = 0; branch < N_BRANCHES; branch++)
    for (guint n = 0; layer->maps[branch] > 0 && n < layer->batch_size; n++)
      for (guint y = 0; y < self->out[branch].height; y++)
        for (guint x = 0; x < self->out[branch].height; x++)
          sum += at (&self->out[branch], self->dy[branch], n, o, y, x) *
                 at (&self->in[branch], self->x[branch], n, c, (gint64) y * layer->stride + top,
                     (gint64) x * layer->stride + left);

  return sum;
}

/* Found numbers against them */

static guint64
draw (const char *what, guint i, guint64 limit)
{
  return golden_bits (what, i) % limit;
}

static void
compare_map (const Bench *self,
             AccuracyDirection direction,
             guint branch,
             const float *found,
             Sums *sums)
{
  const Map *map = direction == ACCURACY_FORWARD ? &self->out[branch] : &self->in[branch];

  for (guint i = 0; i < N_SAMPLES; i++)
    {
      const guint64 element = draw ("map", i, count (map));
      const gint64 x = (gint64) (element % map->height);
      const gint64 y = (gint64) (element / map->height % map->height);
      const guint64 plane = element / ((guint64) map->height * map->height);
      const guint c = (guint) (plane % map->n_channels), n = (guint) (plane / map->n_channels);

      add (sums, found[element],
           direction == ACCURACY_FORWARD ? forward_at (self, branch, n, c, y, x)
                                         : data_gradient_at (self, branch, n, c, y, x));
    }
}

static void
compare_weights (const Bench *self, const float *found, double factor, Sums *sums)
{
  const AccuracyLayer *layer = self->layer;
  const guint area = layer->size * layer->size;

  for (guint i = 0; i < N_SAMPLES; i++)
    {
      const guint64 element = draw ("weight", i,
                                    (guint64) layer->n_outputs * layer->n_inputs * area);
      const guint ky = (guint) (element % area) / layer->size;
      const guint kx = (guint) (element % area) % layer->size;
      const guint64 pair = element / area;

      add (sums, found[element] * factor,
           weight_gradient_at (self, (guint) (pair / layer->n_inputs),
                               (guint) (pair % layer->n_inputs), ky, kx));
    }
}

/* The graph */

static char *
branch_name (const char *what, guint branch)
{
  return g_strdup_printf ("%s%u", what, branch);
}

static guint
add_loss (SiambanGraph *graph, guint y, const Map *out, guint branch)
{
  g_autofree char *noise = branch_name ("noise", branch);
  g_autofree char *labels = branch_name ("labels", branch);
  const guint kernel = siamban_graph_input (graph, noise, out->n, out->n_channels, out->height,
                                            out->height);
  const guint label = siamban_graph_input (graph, labels, out->n, 1, 1, 1);
  const guint scores = siamban_graph_xcorr_depthwise (graph, y, kernel);

  return siamban_graph_cross_entropy (
      graph, siamban_graph_convolution (graph, scores, "sum", NULL, 1, 0, 1, 1), label);
}

static guint
add_branch (Bench *self, SiambanGraph *graph, guint branch)
{
  const AccuracyLayer *layer = self->layer;
  g_autofree char *x_name = branch_name ("x", branch);
  g_autofree char *y_name = branch_name ("y", branch);
  Map *in = &self->in[branch], *out = &self->out[branch];
  gsize n_dims;
  guint x, y;

  *in = (Map){ layer->batch_size, layer->n_inputs, layer->maps[branch] };
  x = layer->has_data_gradient
          ? compute_variable (graph, x_name, in->n, in->n_channels, in->height, in->height)
          : siamban_graph_input (graph, x_name, in->n, in->n_channels, in->height, in->height);
  y = siamban_graph_convolution (graph, x, weight_name, NULL, layer->stride, layer->padding,
                                 layer->dilation, 1);
  if (layer->frozen)
    y = siamban_graph_batch_norm (graph, y, "bn", FALSE);
  siamban_graph_set_name (graph, y, y_name);
  siamban_graph_add_output (graph, y);
  *out = (Map){ layer->batch_size, layer->n_outputs,
                (guint) siamban_graph_get_shape (graph, y, &n_dims)[2] };

  return layer->frozen ? y : add_loss (graph, y, out, branch);
}

static SiambanGraph *
build (Bench *self)
{
  const AccuracyLayer *layer = self->layer;
  const gint64 shape[] = { layer->n_outputs, layer->n_inputs, layer->size, layer->size };
  const gint64 sum_shape[] = { 2, layer->n_outputs, 1, 1 };
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  SiambanGraph *graph = siamban_graph_new (weights);
  g_autoptr (GError) error = NULL;
  guint values[N_BRANCHES] = { 0 }, loss;

  compute_weight (weights, weight_name, shape, 4);
  siamban_parameter_set_trainable (compute_weight (weights, "sum", sum_shape, 4), FALSE);
  compute_batch_norm_weights (weights, "bn", layer->n_outputs);
  for (guint branch = 0; branch < N_BRANCHES; branch++)
    if (layer->maps[branch] > 0)
      values[branch] = add_branch (self, graph, branch);

  if (!layer->frozen)
    {
      loss = values[0] != 0 && values[1] != 0
                 ? siamban_graph_loss_sum (graph, values[0], 1, values[1], 1)
                 : MAX (values[0], values[1]);
      siamban_graph_set_name (graph, loss, "loss");
      siamban_graph_set_loss (graph, loss);
    }
  siamban_graph_check (graph, &error);
  g_assert_no_error (error);

  return graph;
}

static void
fill_parameters (Bench *self, SiambanWeights *weights)
{
  static const struct
  {
    const char *name;
    double low, high;
  } norms[] = {
    { "bn.weight", 0.5, 1.5 },
    { "bn.bias", -0.3, 0.3 },
    { "bn.running_mean", -0.3, 0.3 },
    { "bn.running_var", 0.1, 0.3 },
  };
  const AccuracyLayer *layer = self->layer;
  const gsize n = (gsize) layer->n_outputs * layer->n_inputs * layer->size * layer->size;
  const double bound = sqrt (3.0 / (layer->n_inputs * layer->size * layer->size));
  float *values = _siamban_parameter_peek_values (siamban_weights_lookup (weights, weight_name));
  float *signs = _siamban_parameter_peek_values (siamban_weights_lookup (weights, "sum"));

  compute_fill (weight_name, -bound, bound, values, n);
  self->weights = values;
  for (guint i = 0; i < 2 * layer->n_outputs; i++)
    signs[i] = i < layer->n_outputs ? 1 : -1;
  for (guint i = 0; i < G_N_ELEMENTS (norms); i++)
    compute_fill (norms[i].name, norms[i].low, norms[i].high,
                  _siamban_parameter_peek_values (siamban_weights_lookup (weights, norms[i].name)),
                  layer->n_outputs);
}

static void
fill_branch (Bench *self, guint branch)
{
  const AccuracyLayer *layer = self->layer;
  g_autofree char *x_name = branch_name ("x", branch);
  g_autofree char *noise = branch_name ("noise", branch);
  g_autofree char *labels = branch_name ("labels", branch);
  const gsize n_in = count (&self->in[branch]), n_out = count (&self->out[branch]);
  g_autofree float *ones = g_new (float, layer->batch_size);

  self->x[branch] = g_new (float, n_in);
  compute_fill (x_name, -1, 1, self->x[branch], n_in);
  for (gsize i = 0; i < n_in; i++)
    self->x[branch][i] = MAX (self->x[branch][i], 0);
  if (layer->has_data_gradient)
    compute_variable_write (self->program, x_name, self->x[branch]);
  else
    compute_set_input (self->program, x_name, self->x[branch]);
  if (layer->frozen)
    return;

  self->dy[branch] = g_new (float, n_out);
  compute_fill (noise, -GRADIENT_SCALE, GRADIENT_SCALE, self->dy[branch], n_out);
  compute_set_input (self->program, noise, self->dy[branch]);
  for (guint i = 0; i < layer->batch_size; i++)
    ones[i] = 1;
  compute_set_input (self->program, labels, ones);
}

/* The step of the plan that does it, as the engine describes it. */
static char *
find_choice (const Bench *self, AccuracyDirection direction)
{
  static const char *const marks[] = { NULL, "data gradient", "weight gradient" };
  g_autofree char *text = siamban_program_to_string (self->program);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *name = strstr (lines[i], weight_name);
      g_autofree char *choice = name == NULL ? NULL
                                             : g_strndup (lines[i], (gsize) (name - lines[i]));

      if (choice == NULL ||
          (direction == ACCURACY_FORWARD && strstr (choice, "gradient") != NULL) ||
          (marks[direction] != NULL && strstr (choice, marks[direction]) == NULL))
        continue;
      g_strstrip (choice);

      return g_strdup (choice + strcspn (choice, " ") + 2);
    }

  return NULL;
}

static double
compare (const Bench *self, AccuracyDirection direction)
{
  const AccuracyLayer *layer = self->layer;
  /* What the cross entropy and the two opposite signs make of the noise. */
  const double factor = 2.0 * layer->batch_size;
  g_autoptr (GError) error = NULL;
  Sums sums = { 0 };

  if (direction == ACCURACY_WEIGHTS)
    {
      g_autoptr (SiambanTensor)
          gradient = siamban_program_get_gradient (self->program, weight_name, &error);

      g_assert_no_error (error);
      compare_weights (self, _siamban_tensor_peek (gradient), factor, &sums);
    }

  for (guint branch = 0; direction != ACCURACY_WEIGHTS && branch < N_BRANCHES; branch++)
    {
      g_autofree char *x_name = branch_name ("x", branch);
      g_autofree char *y_name = branch_name ("y", branch);
      g_autofree float *values = NULL;
      g_autoptr (SiambanTensor) output = NULL;

      if (layer->maps[branch] == 0)
        continue;
      if (direction == ACCURACY_DATA)
        {
          values = compute_variable_gradient (self->program, x_name);
          for (gsize i = 0; i < count (&self->in[branch]); i++)
            values[i] *= (float) factor;
        }
      else
        output = siamban_program_get_output (self->program, y_name, &error);
      g_assert_no_error (error);
      compare_map (self, direction, branch, values != NULL ? values : _siamban_tensor_peek (output),
                   &sums);
    }

  return sqrt (sums.errors / sums.squares);
}

Accuracy *
accuracy_measure (const AccuracyLayer *layer, gboolean exact)
{
  Bench self = { .layer = layer };
  g_autoptr (SiambanGraph) graph = build (&self);
  g_autoptr (SiambanDevice) device = siamban_device_open ("cpu", NULL);
  Accuracy *result = g_new0 (Accuracy, 1);
  gboolean was_exact;

  g_assert_nonnull (device);
  was_exact = siamban_device_get_exact (device);
  siamban_device_set_exact (device, exact);
  self.program = compute_compile (device, graph, !layer->frozen);
  siamban_device_set_exact (device, was_exact);
  fill_parameters (&self, siamban_graph_get_weights (graph));
  for (guint branch = 0; branch < N_BRANCHES; branch++)
    if (layer->maps[branch] > 0)
      fill_branch (&self, branch);
  siamban_program_weights_changed (self.program);

  compute_forward (self.program);
  if (!layer->frozen)
    compute_backward (self.program);
  for (guint i = 0; i < ACCURACY_N_DIRECTIONS; i++)
    if (i == ACCURACY_FORWARD ||
        (!layer->frozen && (i == ACCURACY_WEIGHTS || layer->has_data_gradient)))
      {
        result->errors[i] = compare (&self, i);
        result->choices[i] = find_choice (&self, i);
        g_assert_nonnull (result->choices[i]);
        g_assert_false (exact && strstr (result->choices[i], "Winograd") != NULL);
      }

  for (guint branch = 0; branch < N_BRANCHES; branch++)
    {
      g_free (self.x[branch]);
      g_free (self.dy[branch]);
    }
  g_object_unref (self.program);

  return result;
}

void
accuracy_free (Accuracy *self)
{
  for (guint i = 0; i < ACCURACY_N_DIRECTIONS; i++)
    g_free (self->choices[i]);
  g_free (self);
}
