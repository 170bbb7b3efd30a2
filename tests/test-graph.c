/* SPDX-License-Identifier: Apache-2.0 */
#include "compute.h"

typedef guint (*BuildFunc) (SiambanGraph *graph, guint x);

/* Parameters of every kind, and an input “x” of shape (2, 8, 9, 7), which is value 1. */
static SiambanGraph *
new_graph (void)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  SiambanGraph *graph = siamban_graph_new (weights);

  compute_weight (weights, "conv", (gint64[]){ 16, 8, 3, 3 }, 4);
  compute_weight (weights, "oblong", (gint64[]){ 16, 8, 3, 1 }, 4);
  compute_weight (weights, "bias", (gint64[]){ 16 }, 1);
  compute_weight (weights, "short", (gint64[]){ 3 }, 1);
  compute_batch_norm_weights (weights, "bn", 8);
  compute_batch_norm_weights (weights, "other", 4);
  compute_batch_norm_weights (weights, "odd", 8);
  compute_weight (weights, "bare.weight", (gint64[]){ 8 }, 1);
  siamban_graph_input (graph, "x", 2, 8, 9, 7);

  return graph;
}

static void
assert_error (SiambanGraph *graph, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (siamban_graph_check (graph, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_GRAPH);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_false (siamban_graph_check (graph, NULL));
}

static guint
input (SiambanGraph *graph, guint n, guint c, guint h, guint w)
{
  g_autofree char *name = g_strdup_printf ("input%u", siamban_graph_get_n_values (graph));

  return siamban_graph_input (graph, name, n, c, h, w);
}

static guint
no_input (SiambanGraph *graph, guint x)
{
  return siamban_graph_input (graph, "nothing", 1, 3, 0, 5);
}

static guint
no_value (SiambanGraph *graph, guint x)
{
  return siamban_graph_relu (graph, 7);
}

static guint
no_parameter (SiambanGraph *graph, guint x)
{
  return siamban_graph_convolution (graph, x, "conv9", NULL, 1, 0, 1, 1);
}

static guint
wrong_dimensions (SiambanGraph *graph, guint x)
{
  return siamban_graph_convolution (graph, x, "bias", NULL, 1, 0, 1, 1);
}

static guint
wrong_bias_dimensions (SiambanGraph *graph, guint x)
{
  return siamban_graph_convolution (graph, x, "conv", "conv", 1, 0, 1, 1);
}

static guint
wrong_groups (SiambanGraph *graph, guint x)
{
  return siamban_graph_convolution (graph, x, "conv", NULL, 1, 0, 1, 2);
}

static guint
oblong_kernel (SiambanGraph *graph, guint x)
{
  return siamban_graph_convolution (graph, x, "oblong", NULL, 1, 0, 1, 1);
}

static guint
short_bias (SiambanGraph *graph, guint x)
{
  return siamban_graph_convolution (graph, x, "conv", "short", 1, 0, 1, 1);
}

static guint
large_kernel (SiambanGraph *graph, guint x)
{
  return siamban_graph_convolution (graph, x, "conv", NULL, 1, 0, 4, 1);
}

static guint
short_batch_norm (SiambanGraph *graph, guint x)
{
  return siamban_graph_batch_norm (graph, x, "other", TRUE);
}

static guint
bare_batch_norm (SiambanGraph *graph, guint x)
{
  return siamban_graph_batch_norm (graph, x, "bare", FALSE);
}

static guint
batch_norm_of_one (SiambanGraph *graph, guint x)
{
  return siamban_graph_batch_norm (graph, input (graph, 1, 8, 1, 1), "bn", TRUE);
}

static guint
counter_of_another_kind (SiambanGraph *graph, guint x)
{
  SiambanWeights *weights = siamban_graph_get_weights (graph);
  static const char *const parts[] = { "weight", "bias", "running_mean", "running_var",
                                       "num_batches_tracked" };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *name = g_strconcat ("false.", parts[i], NULL);

      compute_weight (weights, name, (gint64[]){ 8 }, 1);
    }

  return siamban_graph_batch_norm (graph, x, "false", TRUE);
}

static guint
large_pool (SiambanGraph *graph, guint x)
{
  return siamban_graph_max_pool (graph, x, 8, 1, 0);
}

static guint
add_unequal (SiambanGraph *graph, guint x)
{
  return siamban_graph_add (graph, x, input (graph, 2, 8, 9, 6));
}

static guint
crop_outside (SiambanGraph *graph, guint x)
{
  return siamban_graph_crop (graph, x, 4, 1, 6, 6);
}

static guint
crop_far_outside (SiambanGraph *graph, guint x)
{
  return siamban_graph_crop (graph, x, 4294967295u, 0, 2, 7);
}

static guint
xcorr_channels (SiambanGraph *graph, guint x)
{
  return siamban_graph_xcorr_depthwise (graph, x, input (graph, 2, 16, 3, 3));
}

static guint
xcorr_batch (SiambanGraph *graph, guint x)
{
  return siamban_graph_xcorr (graph, x, input (graph, 1, 16, 3, 3));
}

static guint
xcorr_large (SiambanGraph *graph, guint x)
{
  return siamban_graph_xcorr (graph, x, input (graph, 2, 16, 3, 8));
}

static guint
xcorr_uneven (SiambanGraph *graph, guint x)
{
  return siamban_graph_xcorr (graph, x, input (graph, 2, 12, 3, 3));
}

static guint
no_scale (SiambanGraph *graph, guint x)
{
  return siamban_graph_exp_scale (graph, x, "short", 3);
}

static guint
unequal_levels (SiambanGraph *graph, guint x)
{
  const guint levels[] = { x, x, input (graph, 2, 8, 9, 9) };

  return siamban_graph_level_sum (graph, levels, 3, NULL);
}

static guint
few_level_weights (SiambanGraph *graph, guint x)
{
  const guint levels[] = { x, x };

  return siamban_graph_level_sum (graph, levels, 2, "short");
}

static guint
wrong_scores (SiambanGraph *graph, guint x)
{
  return siamban_graph_cross_entropy (graph, x, input (graph, 2, 1, 9, 7));
}

static guint
wrong_labels (SiambanGraph *graph, guint x)
{
  const guint distances = input (graph, 2, 4, 9, 7);

  return siamban_graph_iou_loss (graph, distances, distances, input (graph, 2, 1, 9, 8),
                                 SIAMBAN_IOU_LOSS_LINEAR);
}

static guint
sum_of_maps (SiambanGraph *graph, guint x)
{
  return siamban_graph_loss_sum (graph, x, 1, x, 1);
}

static guint
loss_of_map (SiambanGraph *graph, guint x)
{
  siamban_graph_set_loss (graph, x);

  return 0;
}

static guint
name_taken (SiambanGraph *graph, guint x)
{
  siamban_graph_set_name (graph, siamban_graph_relu (graph, x), "x");

  return 0;
}

static const struct
{
  const char *name;
  BuildFunc build;
  const char *message;
} mistakes[] = {
  { "empty-input", no_input, "Value 2 of the network (input): “nothing” is empty" },
  { "no-value", no_value, "Value 2 of the network (relu): an input is missing" },
  { "no-parameter", no_parameter,
    "Value 2 of the network (convolution): there is no parameter “conv9”" },
  { "dimensions", wrong_dimensions,
    "Value 2 of the network (convolution): “bias” has 1 dimensions, expected 4" },
  { "bias-dimensions", wrong_bias_dimensions,
    "Value 2 of the network (convolution): “conv” has 4 dimensions, expected 1" },
  { "groups", wrong_groups,
    "Value 2 of the network (convolution): “conv” of shape (16, 8, 3, 3) does not fit 8 channels "
    "in 2 groups" },
  { "oblong-kernel", oblong_kernel,
    "Value 2 of the network (convolution): “oblong” of shape (16, 8, 3, 1) does not fit 8 "
    "channels in 1 groups" },
  { "short-bias", short_bias,
    "Value 2 of the network (convolution): “short” does not have 16 elements" },
  { "large-kernel", large_kernel,
    "Value 2 of the network (convolution): a 3 × 3 kernel with dilation 4 does not fit into 7 "
    "pixels" },
  { "short-batch-norm", short_batch_norm,
    "Value 2 of the network (batch norm): “other.weight” does not have 8 elements" },
  { "bare-batch-norm", bare_batch_norm,
    "Value 2 of the network (batch norm): there is no parameter “bare.bias”" },
  { "batch-norm-of-one", batch_norm_of_one,
    "Value 3 of the network (batch norm): “bn” needs more than one value per channel to train" },
  { "counter-of-another-kind", counter_of_another_kind,
    "Value 2 of the network (batch norm): “false.num_batches_tracked” is not a counter" },
  { "large-pool", large_pool,
    "Value 2 of the network (max pool): a window of 8 does not fit into 7 pixels" },
  { "add", add_unequal,
    "Value 3 of the network (add): the shapes (2, 8, 9, 7) and (2, 8, 9, 6) do not fit together" },
  { "crop", crop_outside,
    "Value 2 of the network (crop): a window of 6 × 6 at row 4, column 1 is outside of 9 × 7" },
  { "crop-far", crop_far_outside,
    "Value 2 of the network (crop): a window of 2 × 7 at row 4294967295, column 0 is outside of "
    "9 × 7" },
  { "xcorr-channels", xcorr_channels,
    "Value 3 of the network (depthwise cross-correlation): the shapes (2, 8, 9, 7) and "
    "(2, 16, 3, 3) do not fit together" },
  { "xcorr-batch", xcorr_batch,
    "Value 3 of the network (cross-correlation): the shapes (2, 8, 9, 7) and (1, 16, 3, 3) do not "
    "fit together" },
  { "xcorr-large", xcorr_large,
    "Value 3 of the network (cross-correlation): the shapes (2, 8, 9, 7) and (2, 16, 3, 8) do not "
    "fit together" },
  { "xcorr-uneven", xcorr_uneven,
    "Value 3 of the network (cross-correlation): the shapes (2, 8, 9, 7) and (2, 12, 3, 3) do not "
    "fit together" },
  { "exp-scale", no_scale, "Value 2 of the network (exp scale): “short” has no element 3" },
  { "levels", unequal_levels,
    "Value 3 of the network (level sum): the shapes (2, 8, 9, 7) and (2, 8, 9, 9) do not fit "
    "together" },
  { "level-weights", few_level_weights,
    "Value 2 of the network (level sum): “short” does not have 2 elements" },
  { "scores", wrong_scores,
    "Value 3 of the network (cross entropy): value 1 has shape (2, 8, 9, 7), expected (2, 2, 9, "
    "7)" },
  { "labels", wrong_labels,
    "Value 4 of the network (iou loss): value 3 has shape (2, 1, 9, 8), expected (2, 1, 9, 7)" },
  { "loss-sum", sum_of_maps, "Value 2 of the network (loss sum): value 1 is not one number" },
  { "loss", loss_of_map, "Value 1 of the network (input): a loss is one number" },
  { "name", name_taken, "Value 2 of the network (relu): value 1 is called “x”, too" },
};

/* The first mistake stays, whatever comes after it. */
static void
test_mistake (gconstpointer data)
{
  const guint index = GPOINTER_TO_UINT (data);
  g_autoptr (SiambanGraph) graph = new_graph ();
  g_autoptr (GError) error = NULL;
  guint n_values;

  siamban_graph_check (graph, &error);
  g_assert_no_error (error);

  g_assert_cmpuint (mistakes[index].build (graph, 1), ==, 0);
  assert_error (graph, mistakes[index].message);

  n_values = siamban_graph_get_n_values (graph);
  g_assert_cmpuint (siamban_graph_relu (graph, 1), ==, 0);
  g_assert_cmpuint (siamban_graph_add (graph, 0, 1), ==, 0);
  siamban_graph_set_name (graph, 0, "nothing");
  siamban_graph_add_output (graph, 0);
  g_assert_cmpuint (siamban_graph_get_n_values (graph), ==, n_values);
  assert_error (graph, mistakes[index].message);
}

static void
assert_shape (SiambanGraph *graph, guint value, gint64 n, gint64 c, gint64 h, gint64 w)
{
  gsize n_dims = 0;
  const gint64 *shape = siamban_graph_get_shape (graph, value, &n_dims);

  g_assert_cmpuint (n_dims, ==, 4);
  g_assert_cmpint (shape[0], ==, n);
  g_assert_cmpint (shape[1], ==, c);
  g_assert_cmpint (shape[2], ==, h);
  g_assert_cmpint (shape[3], ==, w);
}

static void
test_shapes (void)
{
  g_autoptr (SiambanGraph) graph = new_graph ();
  const guint x = 1;
  const guint kernel = siamban_graph_crop (graph, x, 3, 2, 3, 2);
  const guint doubled = siamban_graph_convolution (graph, x, "conv", "bias", 1, 1, 1, 1);
  const guint levels[] = { x, x, x };
  g_autoptr (GError) error = NULL;

  assert_shape (graph, x, 2, 8, 9, 7);
  assert_shape (graph, kernel, 2, 8, 3, 2);
  assert_shape (graph, doubled, 2, 16, 9, 7);
  assert_shape (graph, siamban_graph_convolution (graph, x, "conv", NULL, 2, 0, 1, 1), 2, 16, 4, 3);
  assert_shape (graph, siamban_graph_convolution (graph, x, "conv", NULL, 1, 4, 4, 1), 2, 16, 9, 7);
  assert_shape (graph, siamban_graph_batch_norm (graph, x, "bn", TRUE), 2, 8, 9, 7);
  assert_shape (graph, siamban_graph_relu (graph, x), 2, 8, 9, 7);
  assert_shape (graph, siamban_graph_relu6 (graph, x), 2, 8, 9, 7);
  assert_shape (graph, siamban_graph_max_pool (graph, x, 3, 2, 1), 2, 8, 5, 4);
  assert_shape (graph, siamban_graph_add (graph, x, x), 2, 8, 9, 7);
  assert_shape (graph, siamban_graph_xcorr_depthwise (graph, x, kernel), 2, 8, 7, 6);
  assert_shape (graph, siamban_graph_xcorr (graph, x, kernel), 2, 1, 7, 6);
  assert_shape (graph, siamban_graph_exp_scale (graph, x, "short", 2), 2, 8, 9, 7);
  assert_shape (graph, siamban_graph_level_sum (graph, levels, 3, "short"), 2, 8, 9, 7);
  siamban_graph_check (graph, &error);
  g_assert_no_error (error);
}

static void
test_names (void)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  g_autoptr (SiambanGraph) graph = siamban_graph_new (weights);
  const guint scores = siamban_graph_input (graph, "scores", 1, 2, 3, 3);
  const guint labels = siamban_graph_input (graph, "labels", 1, 1, 3, 3);
  const guint loss = siamban_graph_cross_entropy (graph, scores, labels);
  g_autofree char *text = NULL;

  g_assert_true (siamban_graph_get_weights (graph) == weights);
  g_assert_cmpuint (siamban_graph_get_n_values (graph), ==, 3);
  g_assert_cmpuint (siamban_graph_lookup (graph, "labels"), ==, labels);
  g_assert_cmpuint (siamban_graph_lookup (graph, "loss"), ==, 0);

  siamban_graph_set_name (graph, loss, "cost");
  siamban_graph_set_name (graph, loss, "loss");
  siamban_graph_set_name (graph, loss, "loss");
  g_assert_cmpuint (siamban_graph_lookup (graph, "loss"), ==, loss);
  g_assert_cmpuint (siamban_graph_lookup (graph, "cost"), ==, 0);
  siamban_graph_set_loss (graph, loss);
  siamban_graph_add_output (graph, scores);
  g_assert_true (siamban_graph_check (graph, NULL));

  text = siamban_graph_to_string (graph);
  g_assert_cmpstr (text, ==,
                   "   1  input  (1, 2, 3, 3)  “scores”\n"
                   "   2  input  (1, 1, 3, 3)  “labels”\n"
                   "   3  cross entropy 1 2  (1, 1, 1, 1)  “loss”\n");
}

static void
test_sealed (void)
{
  g_autoptr (SiambanGraph) graph = new_graph ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = siamban_device_open ("reference", &error);
  g_autoptr (SiambanProgram) program = NULL;

  g_assert_no_error (error);
  program = compute_compile (device, graph, FALSE);

  g_test_expect_message ("Siamban", G_LOG_LEVEL_CRITICAL, "*sealed*");
  g_assert_cmpuint (siamban_graph_relu (graph, 1), ==, 0);
  g_test_assert_expected_messages ();
  g_test_expect_message ("Siamban", G_LOG_LEVEL_CRITICAL, "*sealed*");
  siamban_graph_set_name (graph, 1, "y");
  g_test_assert_expected_messages ();
  g_test_expect_message ("Siamban", G_LOG_LEVEL_CRITICAL, "*sealed*");
  siamban_graph_add_output (graph, 1);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (siamban_graph_get_n_values (graph), ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = g_strconcat ("/graph/mistake/", mistakes[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_mistake);
    }
  g_test_add_func ("/graph/shapes", test_shapes);
  g_test_add_func ("/graph/names", test_names);
  g_test_add_func ("/graph/sealed", test_sealed);

  return g_test_run ();
}
