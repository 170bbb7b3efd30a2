/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "compute.h"
#include "siamban-plan-private.h"
#include "siamban-program-private.h"
#include "siamban-tensor-private.h"

/* What the CPU engine makes of several operations together: whole parts of networks, with enough
 * channels for every kernel it can choose, against the plain loops of the reference engine. */

typedef struct
{
  SiambanGraph *graph;
  SiambanWeights *weights;
} Net;

typedef struct
{
  const char *name;
  guint (*build) (Net *net); /* the loss */
  double tolerance;          /* of the largest number, see below */
  const char *expected[3];   /* in the description, NULL after the last */
} NetCase;

/* Sums of up to 2304 products whose order differs: measured 2e-6 with oneDNN's own loops, and four
 * times that with Winograd's. */
#define EXACT 1e-5
#define WINOGRAD 4e-5
/* Where an activation is within rounding of 0, one side passes a gradient that the other stops. */
#define KINKS 5e-3

static guint
input (Net *net, const char *name, guint n, guint n_channels, guint size)
{
  return siamban_graph_input (net->graph, name, n, n_channels, size, size);
}

static gint64
count_channels (Net *net, guint x)
{
  gsize n_dims;

  return siamban_graph_get_shape (net->graph, x, &n_dims)[1];
}

static guint
convolution (Net *net,
             guint x,
             const char *name,
             gint64 n_outputs,
             guint size,
             guint stride,
             guint padding,
             guint dilation,
             guint n_groups)
{
  const gint64 shape[] = { n_outputs, count_channels (net, x) / n_groups, size, size };
  g_autofree char *weight = g_strconcat (name, ".weight", NULL);

  if (siamban_weights_lookup (net->weights, weight) == NULL)
    compute_weight (net->weights, weight, shape, 4);

  return siamban_graph_convolution (net->graph, x, weight, NULL, stride, padding, dilation,
                                    n_groups);
}

static guint
batch_norm (Net *net, guint x, const char *name, gboolean training)
{
  g_autofree char *counter = g_strconcat (name, ".num_batches_tracked", NULL);

  if (siamban_weights_lookup (net->weights, counter) == NULL)
    compute_batch_norm_weights (net->weights, name, count_channels (net, x));

  return siamban_graph_batch_norm (net->graph, x, name, training);
}

/* Two scores a position and their loss, which looks at each position differently. */
static guint
loss_of (Net *net, guint x, const char *name)
{
  g_autofree char *labels = g_strconcat (name, ".labels", NULL);
  gsize n_dims;
  const gint64 *shape = siamban_graph_get_shape (net->graph, x, &n_dims);
  const guint y = siamban_graph_input (net->graph, labels, (guint) shape[0], 1, (guint) shape[2],
                                       (guint) shape[3]);

  siamban_graph_set_name (net->graph, x, name);
  siamban_graph_add_output (net->graph, x);

  return siamban_graph_cross_entropy (net->graph, convolution (net, x, name, 2, 1, 1, 0, 1, 1), y);
}

static void
freeze (Net *net, const char *prefix)
{
  for (guint i = 0; i < _siamban_weights_get_n (net->weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (net->weights, i);

      if (g_str_has_prefix (siamban_parameter_get_name (parameter), prefix))
        siamban_parameter_set_trainable (parameter, FALSE);
    }
}

static guint
build_dilated (Net *net, guint size, guint padding, guint dilation)
{
  guint x = input (net, "x", 2, 32, size);

  x = convolution (net, x, "first", 64, 1, 1, 0, 1, 1);
  x = convolution (net, x, "conv", 96, 3, 1, padding, dilation, 1);

  return loss_of (net, x, "y");
}

static guint
build_dilation_1 (Net *net)
{
  return build_dilated (net, 19, 1, 1);
}

static guint
build_dilation_2 (Net *net)
{
  return build_dilated (net, 17, 2, 2);
}

static guint
build_dilation_4 (Net *net)
{
  return build_dilated (net, 15, 4, 4);
}

/* Tiles of 4 × 4 would reach far beyond these maps. */
static guint
build_small (Net *net)
{
  return build_dilated (net, 10, 1, 1);
}

static guint
build_small_dilated (Net *net)
{
  return build_dilated (net, 12, 2, 2);
}

static guint
build_unpadded (Net *net)
{
  return build_dilated (net, 29, 0, 1);
}

/* More tiles than are multiplied at a time. */
static guint
build_large (Net *net)
{
  guint x = input (net, "x", 1, 32, 114);

  x = convolution (net, x, "first", 32, 1, 1, 0, 1, 1);
  x = convolution (net, x, "conv", 32, 3, 1, 1, 1, 1);

  return loss_of (net, x, "y");
}

static guint
build_stride (Net *net)
{
  guint x = input (net, "x", 2, 3, 35);

  x = convolution (net, x, "first", 64, 7, 2, 0, 1, 1);
  x = siamban_graph_max_pool (net->graph, x, 3, 2, 1);
  x = convolution (net, x, "conv", 64, 3, 2, 0, 1, 1);

  return loss_of (net, x, "y");
}

/* A bottleneck as of ResNet-50. */
static guint
bottleneck (Net *net,
            guint x,
            const char *name,
            guint width,
            gboolean downsample,
            gboolean training)
{
  guint y = x, residual = x;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *conv = g_strdup_printf ("%s.conv%u", name, i + 1);
      g_autofree char *norm = g_strdup_printf ("%s.bn%u", name, i + 1);

      y = convolution (net, y, conv, i == 2 ? 4 * width : width, i == 1 ? 3 : 1, 1, i == 1 ? 2 : 0,
                       i == 1 ? 2 : 1, 1);
      y = batch_norm (net, y, norm, training);
      if (i < 2)
        y = siamban_graph_relu (net->graph, y);
    }
  if (downsample)
    {
      g_autofree char *conv = g_strconcat (name, ".downsample.0", NULL);
      g_autofree char *norm = g_strconcat (name, ".downsample.1", NULL);

      residual = convolution (net, x, conv, 4 * width, 1, 1, 0, 1, 1);
      residual = batch_norm (net, residual, norm, training);
    }

  return siamban_graph_relu (net->graph, siamban_graph_add (net->graph, y, residual));
}

static guint
build_frozen_bottlenecks (Net *net)
{
  guint x = input (net, "x", 2, 64, 15);

  x = bottleneck (net, x, "frozen.0", 32, TRUE, FALSE);
  x = bottleneck (net, x, "frozen.1", 32, FALSE, FALSE);
  x = bottleneck (net, x, "frozen.2", 64, TRUE, FALSE);
  freeze (net, "frozen");

  return loss_of (net, convolution (net, x, "neck", 64, 1, 1, 0, 1, 1), "y");
}

static guint
build_trained_bottlenecks (Net *net)
{
  guint x = input (net, "x", 2, 32, 15);

  x = bottleneck (net, x, "layer.0", 32, TRUE, TRUE);
  x = bottleneck (net, x, "layer.1", 32, FALSE, TRUE);
  x = bottleneck (net, x, "layer.2", 32, FALSE, TRUE);
  x = bottleneck (net, x, "layer.3", 32, FALSE, TRUE);

  return loss_of (net, x, "y");
}

/* A residual that others read later must survive the sum that is made in its place. */
static guint
build_shared_residual (Net *net)
{
  const guint x = input (net, "x", 1, 64, 15);
  const guint first = convolution (net, x, "frozen.first", 64, 1, 1, 0, 1, 1);
  guint y = convolution (net, first, "frozen.second", 64, 1, 1, 0, 1, 1);

  y = siamban_graph_relu (net->graph, siamban_graph_add (net->graph, first, y));
  y = convolution (net, y, "frozen.third", 64, 3, 1, 1, 1, 1);
  y = siamban_graph_relu6 (net->graph, siamban_graph_add (net->graph, y, first));
  freeze (net, "frozen");

  return loss_of (net, y, "y");
}

/* Blocks as of MobileNetV2. */
static guint
inverted_residual (Net *net, guint x, const char *name, guint stride, gboolean training)
{
  const guint n = (guint) count_channels (net, x);
  g_autofree char *names[6] = { 0 };
  guint y;

  for (guint i = 0; i < 6; i++)
    names[i] = g_strdup_printf ("%s.conv.%u", name, i);

  y = convolution (net, x, names[0], 6 * n, 1, 1, 0, 1, 1);
  y = siamban_graph_relu6 (net->graph, batch_norm (net, y, names[1], training));
  y = convolution (net, y, names[2], 6 * n, 3, stride, 1, 1, 6 * n);
  y = siamban_graph_relu6 (net->graph, batch_norm (net, y, names[3], training));
  y = convolution (net, y, names[4], n, 1, 1, 0, 1, 1);
  y = batch_norm (net, y, names[5], training);
  for (guint i = 0; i < 6; i++)
    g_free (g_steal_pointer (&names[i]));

  return stride == 1 ? siamban_graph_add (net->graph, x, y) : y;
}

static guint
build_mobile (Net *net, gboolean training)
{
  guint x = input (net, "x", 2, 24, 14);

  x = inverted_residual (net, x, "block.0", 1, training);
  x = inverted_residual (net, x, "block.1", 2, training);
  if (!training)
    freeze (net, "block");

  return loss_of (net, x, "y");
}

static guint
build_frozen_mobile (Net *net)
{
  return build_mobile (net, FALSE);
}

static guint
build_trained_mobile (Net *net)
{
  return build_mobile (net, TRUE);
}

/* Template and search: one network twice, whose gradients add up and whose batch norms measure
 * the template first. */
static guint
build_siamese (Net *net)
{
  const guint images[2] = { input (net, "z", 2, 32, 11), input (net, "x", 2, 32, 19) };
  guint features[2], y;

  for (guint i = 0; i < 2; i++)
    {
      features[i] = bottleneck (net, images[i], "layer.0", 32, TRUE, TRUE);
      features[i] = convolution (net, features[i], "neck", 32, 3, 1, 1, 1, 1);
      features[i] = batch_norm (net, features[i], "norm", TRUE);
    }
  features[0] = siamban_graph_crop (net->graph, features[0], 3, 3, 5, 5);
  y = siamban_graph_xcorr_depthwise (net->graph, features[1], features[0]);

  return loss_of (net, y, "y");
}

/* The gradient of one branch comes from deeper than that of the other. */
static guint
build_uneven_siamese (Net *net)
{
  const guint z = input (net, "z", 1, 64, 16), x = input (net, "x", 2, 64, 16);
  guint a = convolution (net, z, "conv", 64, 3, 1, 1, 1, 1);
  guint b = convolution (net, x, "conv", 64, 3, 1, 1, 1, 1);

  a = convolution (net, a, "conv", 64, 3, 1, 1, 1, 1);
  a = convolution (net, a, "conv", 64, 3, 1, 2, 2, 1);

  return siamban_graph_loss_sum (net->graph, loss_of (net, a, "a"), 1, loss_of (net, b, "b"), 2);
}

/* Many contributions to one gradient, some of them the same memory. */
static guint
build_fan_out (Net *net)
{
  const guint x = convolution (net, input (net, "x", 2, 32, 9), "first", 32, 1, 1, 0, 1, 1);
  guint y = batch_norm (net, x, "norm", TRUE), sum;

  sum = siamban_graph_add (net->graph, y, y);
  for (guint i = 0; i < 5; i++)
    sum = siamban_graph_add (net->graph, i % 2 == 0 ? y : x, sum);
  y = siamban_graph_relu (net->graph,
                          siamban_graph_add (net->graph, batch_norm (net, sum, "last", TRUE), y));

  return loss_of (net, y, "y");
}

/* Two weights for one map, as the two branches of the head have, one of them frozen at times. */
static guint
build_siblings (Net *net)
{
  const guint x = convolution (net, input (net, "x", 2, 32, 13), "first", 64, 1, 1, 0, 1, 1);
  guint a = convolution (net, x, "a", 64, 3, 1, 0, 1, 1);
  guint b = convolution (net, x, "b", 64, 3, 1, 0, 1, 1);

  a = siamban_graph_relu (net->graph, batch_norm (net, a, "a.norm", TRUE));
  b = siamban_graph_relu (net->graph, batch_norm (net, b, "b.norm", TRUE));

  return loss_of (net, siamban_graph_xcorr_depthwise (net->graph, a, b), "y");
}

static guint
build_frozen_siblings (Net *net)
{
  const guint x = convolution (net, input (net, "x", 2, 32, 13), "first", 64, 1, 1, 0, 1, 1);
  guint a = convolution (net, x, "frozen.a", 64, 3, 1, 0, 1, 1);
  guint b = convolution (net, x, "b", 64, 3, 1, 0, 1, 1);

  a = batch_norm (net, a, "frozen.a.norm", FALSE);
  b = batch_norm (net, b, "b.norm", FALSE);
  freeze (net, "frozen");

  return loss_of (net, siamban_graph_add (net->graph, a, b), "y");
}

static const NetCase cases[] = {
  { "dilation-1",
    build_dilation_1,
    WINOGRAD,
    { "Winograd 4 × 4", "weight gradient, Winograd 4 × 4" } },
  { "dilation-2",
    build_dilation_2,
    WINOGRAD,
    { "Winograd 4 × 4", "data gradient, Winograd 4 × 4" } },
  { "dilation-4",
    build_dilation_4,
    WINOGRAD,
    { "Winograd 4 × 4", "data gradient, Winograd 4 × 4" } },
  { "small", build_small, WINOGRAD, { "Winograd 2 × 2", "weight gradient, Winograd 2 × 2" } },
  { "small-dilated", build_small_dilated, WINOGRAD, { "data gradient, Winograd 2 × 2" } },
  { "unpadded", build_unpadded, WINOGRAD, { "Winograd 4 × 4", "data gradient, Winograd 4 × 4" } },
  { "large", build_large, WINOGRAD, { "Winograd 4 × 4", "data gradient, Winograd 4 × 4" } },
  { "stride", build_stride, EXACT, { NULL } },
  { "frozen-bottlenecks",
    build_frozen_bottlenecks,
    WINOGRAD,
    { "Winograd 4 × 4 + batch norm + activation", "+ batch norm + sum + activation" } },
  { "trained-bottlenecks",
    build_trained_bottlenecks,
    KINKS,
    { "batch norm, again", "batch norm + sum, again", "weights in blocks" } },
  { "shared-residual", build_shared_residual, WINOGRAD, { "copy of a summand" } },
  { "frozen-mobile", build_frozen_mobile, EXACT, { "depth-wise, own + batch norm" } },
  { "trained-mobile", build_trained_mobile, KINKS, { "depth-wise weight gradient, own" } },
  { "siamese",
    build_siamese,
    KINKS,
    { "Winograd 4 × 4, both branches", "gradient, Winograd 4 × 4, both" } },
  { "uneven-siamese", build_uneven_siamese, WINOGRAD, { "Winograd 4 × 4, both branches" } },
  { "siblings", build_siblings, KINKS, { "gradient, Winograd 4 × 4, siblings" } },
  { "frozen-siblings", build_frozen_siblings, WINOGRAD, { NULL } },
  { "fan-out", build_fan_out, KINKS, { "sum of" } },
};

static SiambanGraph *
build (const NetCase *test)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  Net net = { siamban_graph_new (weights), weights };
  const guint loss = test->build (&net);
  g_autoptr (GError) error = NULL;

  siamban_graph_set_name (net.graph, loss, "loss");
  siamban_graph_set_loss (net.graph, loss);
  siamban_graph_check (net.graph, &error);
  g_assert_no_error (error);

  return net.graph;
}

static void
fill_weights (SiambanWeights *weights)
{
  _siamban_weights_get_store (weights);
  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const char *name = siamban_parameter_get_name (parameter);
      const gsize n = siamban_parameter_get_n_elements (parameter);
      float *values = _siamban_parameter_peek_values (parameter);
      const gint64 *shape;
      gsize n_dims;

      shape = siamban_parameter_get_shape (parameter, &n_dims);
      if (n_dims == 4)
        {
          const double bound = sqrt (3.0 / (double) (shape[1] * shape[2] * shape[3]));

          compute_fill (name, -bound, bound, values, n);
        }
      else if (g_str_has_suffix (name, ".weight") || g_str_has_suffix (name, ".running_var"))
        compute_fill (name, 0.5, 1.5, values, n);
      else if (values != NULL)
        compute_fill (name, -0.3, 0.3, values, n);
    }
}

static void
fill_inputs (SiambanProgram *program)
{
  SiambanGraph *graph = siamban_program_get_graph (program);

  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      const gsize n = _siamban_node_get_n_elements (node);
      g_autofree float *values = g_new (float, n);

      if (node->op != SIAMBAN_OP_INPUT)
        continue;
      if (g_str_has_suffix (node->name, ".labels"))
        {
          compute_fill (node->name, -1, 2, values, n);
          for (gsize i = 0; i < n; i++)
            values[i] = floorf (values[i]);
        }
      else
        compute_fill (node->name, -1, 1, values, n);
      compute_set_input (program, node->name, values);
    }
}

static SiambanDevice *
open_device (const char *id)
{
  g_autoptr (GError) error = NULL;
  SiambanDevice *device = siamban_device_open (id, &error);

  g_assert_no_error (error);

  return device;
}

/* Two steps with an update between them, so that what is derived from weights must follow. */
static SiambanProgram *
run (const char *id, const NetCase *test, gboolean training)
{
  g_autoptr (SiambanDevice) device = open_device (id);
  g_autoptr (SiambanGraph) graph = build (test);
  SiambanProgram *program = compute_compile (device, graph, training);
  const guint n = _siamban_weights_get_n (siamban_graph_get_weights (graph));
  g_autofree double *rates = g_new (double, n);
  double norm;

  for (guint i = 0; i < n; i++)
    rates[i] = 0.01;
  fill_weights (siamban_graph_get_weights (graph));
  siamban_program_weights_changed (program);
  fill_inputs (program);
  compute_forward (program);
  if (training)
    {
      compute_backward (program);
      siamban_program_update (program, rates, n, 0.9, 1e-4, 10, &norm, NULL);
      compute_forward (program);
      compute_backward (program);
    }

  return program;
}

static void
assert_close (const char *what, SiambanTensor *found, SiambanTensor *expected, double tolerance)
{
  const gsize n = siamban_tensor_get_n_elements (expected);
  double largest = 1e-4, difference = 0;

  for (gsize i = 0; i < n; i++)
    {
      const double a = siamban_tensor_get_item (found, i);
      const double b = siamban_tensor_get_item (expected, i);

      g_assert_true (isfinite (a) && isfinite (b));
      largest = MAX (largest, fabs (b));
      difference = MAX (difference, fabs (a - b));
    }
  if (difference > tolerance * largest)
    g_error ("%s differs by %g, its largest number is %g", what, difference, largest);
}

static void
compare_outputs (SiambanProgram *found, SiambanProgram *expected, double tolerance)
{
  SiambanGraph *graph = siamban_program_get_graph (expected);

  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);

      if (node->is_output)
        {
          g_autoptr (SiambanTensor) a = siamban_program_get_output (found, node->name, NULL);
          g_autoptr (SiambanTensor) b = siamban_program_get_output (expected, node->name, NULL);

          assert_close (node->name, a, b, MIN (tolerance, 1e-3));
        }
    }
}

static void
compare_parameters (SiambanProgram *found, SiambanProgram *expected, double tolerance)
{
  SiambanWeights *weights = siamban_graph_get_weights (siamban_program_get_graph (expected));
  SiambanWeights *others = siamban_graph_get_weights (siamban_program_get_graph (found));

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const char *name = siamban_parameter_get_name (parameter);
      g_autoptr (SiambanTensor) value = siamban_parameter_get_tensor (parameter);
      g_autoptr (SiambanTensor)
          other = siamban_parameter_get_tensor (_siamban_weights_peek (others, i));

      assert_close (name, other, value, MIN (tolerance, 1e-3));
      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_WEIGHT)
        {
          g_autoptr (SiambanTensor) a = siamban_program_get_gradient (found, name, NULL);
          g_autoptr (SiambanTensor) b = siamban_program_get_gradient (expected, name, NULL);

          assert_close (name, a, b, tolerance);
        }
    }
}

static void
test_same (gconstpointer data)
{
  const NetCase *test = data;
  g_autoptr (SiambanProgram) expected = run ("reference", test, TRUE);
  g_autoptr (SiambanProgram) found = run ("cpu", test, TRUE);
  g_autoptr (SiambanProgram) expected_inference = run ("reference", test, FALSE);
  g_autoptr (SiambanProgram) inference = run ("cpu", test, FALSE);

  compare_outputs (found, expected, test->tolerance);
  compare_parameters (found, expected, test->tolerance);
  compare_outputs (inference, expected_inference, test->tolerance);
}

/* What a case is there for was really chosen, and nothing went to oneDNN's slow loops. */
static void
test_choice (gconstpointer data)
{
  const NetCase *test = data;
  g_autoptr (SiambanProgram) program = run ("cpu", test, TRUE);
  g_autofree char *text = siamban_program_to_string (program);

  g_test_message ("%s", text);
  g_assert_null (strstr (text, "ref:"));
  for (guint i = 0; i < G_N_ELEMENTS (test->expected) && test->expected[i] != NULL; i++)
    if (strstr (text, test->expected[i]) == NULL)
      g_error ("“%s” is not in the plan:\n%s", test->expected[i], text);
}

/* Every number of a step, of the same bits with any number of threads and in every run. */
static char *
checksum_of (const NetCase *test, guint n_threads)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (SiambanDevice) device = open_device ("cpu");
  g_autoptr (SiambanProgram) program = NULL;
  const SiambanWeightsStore *store;

  siamban_device_set_n_threads (device, n_threads);
  program = run ("cpu", test, TRUE);
  siamban_device_set_n_threads (device, 0);

  store = _siamban_weights_get_store (program->weights);
  g_checksum_update (checksum, (const guchar *) program->gradients,
                     (gssize) (store->n_weight_values * sizeof (float)));
  g_checksum_update (checksum, (const guchar *) store->values,
                     (gssize) (store->n_values * sizeof (float)));

  return g_strdup (g_checksum_get_string (checksum));
}

static void
test_repeatable (gconstpointer data)
{
  for (guint n_threads = 1; n_threads <= 3; n_threads += 2)
    {
      g_autofree char *first = checksum_of (data, n_threads);
      g_autofree char *second = checksum_of (data, n_threads);

      g_assert_cmpstr (first, ==, second);
    }
}

static void
test_exact (void)
{
  g_autoptr (SiambanDevice) device = siamban_device_open ("cpu", NULL);
  g_autoptr (SiambanProgram) program = NULL;
  g_autofree char *text = NULL;

  siamban_device_set_exact (device, TRUE);
  program = run ("cpu", &cases[0], TRUE);
  siamban_device_set_exact (device, FALSE);
  text = siamban_program_to_string (program);

  g_assert_null (strstr (text, "Winograd"));
}

/* What the user chose for a layer wins, as far as the layer can be done so. */
static void
test_choices (void)
{
  static const struct
  {
    const char *choices;
    const char *expected; /* in the description; NULL: nothing of Winograd */
  } choices[] = {
    { NULL, "Winograd 4 × 4" },
    { "*=direct", NULL },
    { "conv.weight=winograd2", "Winograd 2 × 2" },
    { "*=direct,co*.weight=winograd4", "Winograd 4 × 4" },
    { "first.weight=winograd4,conv.*=direct", NULL },
  };
  g_autoptr (SiambanDevice) device = open_device ("cpu");
  g_autoptr (SiambanProgram) expected = run ("reference", &cases[0], TRUE);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      g_autoptr (SiambanProgram) program = NULL;
      g_autofree char *text = NULL;

      g_assert_true (siamban_device_set_convolutions (device, choices[i].choices, &error));
      program = run ("cpu", &cases[0], TRUE);
      text = siamban_program_to_string (program);
      if (choices[i].expected != NULL)
        g_assert_nonnull (strstr (text, choices[i].expected));
      else
        g_assert_null (strstr (text, "Winograd"));
      compare_parameters (program, expected, cases[0].tolerance);
    }

  g_assert_false (siamban_device_set_convolutions (device, "conv.weight=quick", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "conv.weight=quick"));
  g_assert_cmpstr (siamban_device_get_convolutions (device), ==,
                   choices[G_N_ELEMENTS (choices) - 1].choices);
  g_assert_true (siamban_device_set_convolutions (device, NULL, NULL));
}

static void
test_memory (void)
{
  SiambanPlanBlock blocks[] = {
    { .size = 100, .first = 0, .last = 1 }, { .size = 60, .first = 1, .last = 2 },
    { .size = 100, .first = 2, .last = 3 }, { .size = 30, .first = 0, .last = 3 },
    { .size = 64, .first = 3, .last = 4 },
  };
  SiambanPlanBlock *pointers[G_N_ELEMENTS (blocks)];
  gsize size;

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    pointers[i] = &blocks[i];
  size = _siamban_plan_memory (pointers, G_N_ELEMENTS (blocks), 64);

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    {
      g_assert_cmpuint (blocks[i].offset % 64, ==, 0);
      g_assert_cmpuint (blocks[i].offset + blocks[i].size, <=, size);
      for (guint k = 0; k < i; k++)
        g_assert_true (blocks[i].last < blocks[k].first || blocks[k].last < blocks[i].first ||
                       blocks[i].offset + blocks[i].size <= blocks[k].offset ||
                       blocks[k].offset + blocks[k].size <= blocks[i].offset);
    }
  g_assert_cmpuint (size, <=, 128 + 64 + 30);
}

static void
add (const char *group, const NetCase *test, GTestDataFunc function)
{
  g_autofree char *path = g_strdup_printf ("/engine-cpu/%s/%s", test->name, group);

  g_test_add_data_func (path, test, function);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = NULL;

  g_test_init (&argc, &argv, NULL);

  device = siamban_device_open ("cpu", &error);
  if (device == NULL)
    {
      g_test_skip (error->message);
      return g_test_run ();
    }

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      add ("same", &cases[i], test_same);
      add ("choice", &cases[i], test_choice);
      add ("repeatable", &cases[i], test_repeatable);
    }
  g_test_add_func ("/engine-cpu/exact", test_exact);
  g_test_add_func ("/engine-cpu/choices", test_choices);
  g_test_add_func ("/engine-cpu/memory", test_memory);

  return g_test_run ();
}
