/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "compute.h"
#include "siamban-program-private.h"
#include "siamban-tensor-private.h"

/* Operations written down once more, as plainly as possible and in double precision. Convolutions
 * are in test-operations, losses in test-losses. */

/* Single precision, sums of up to 60 numbers around 1. */
#define TOLERANCE 4e-6

#define BATCH_SIZE 2
#define N_CHANNELS 3
#define HEIGHT 6
#define WIDTH 5
#define N_ELEMENTS (BATCH_SIZE * N_CHANNELS * HEIGHT * WIDTH)

static SiambanGraph *
new_graph (void)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();

  return siamban_graph_new (weights);
}

static guint
add_variable (SiambanGraph *graph, const char *name)
{
  return compute_variable (graph, name, BATCH_SIZE, N_CHANNELS, HEIGHT, WIDTH);
}

static SiambanProgram *
compile_output (gconstpointer device, SiambanGraph *graph, guint value)
{
  siamban_graph_set_name (graph, value, "y");
  siamban_graph_add_output (graph, value);

  return compute_compile ((SiambanDevice *) device, graph, FALSE);
}

static void
write_variable (SiambanProgram *program, const char *name, float *values, gsize n)
{
  compute_fill (name, -1, 1, values, n);
  compute_variable_write (program, name, values);
}

static SiambanTensor *
run (SiambanProgram *program)
{
  g_autoptr (GError) error = NULL;
  SiambanTensor *y;

  compute_forward (program);
  y = siamban_program_get_output (program, "y", &error);
  g_assert_no_error (error);

  return y;
}

static float *
values_of (SiambanProgram *program, const char *name)
{
  SiambanWeights *weights = siamban_graph_get_weights (siamban_program_get_graph (program));

  return _siamban_parameter_peek_values (siamban_weights_lookup (weights, name));
}

static void
assert_item (SiambanTensor *tensor, gsize index, double expected)
{
  g_assert_cmpfloat_with_epsilon (siamban_tensor_get_item (tensor, index), expected,
                                  TOLERANCE * MAX (1, fabs (expected)));
}

static gsize
at (guint image, guint channel, guint row, guint column)
{
  return ((image * N_CHANNELS + channel) * HEIGHT + row) * WIDTH + column;
}

/* Mean and biased variance. */
static void
measure (const float *x, guint channel, double *mean, double *variance)
{
  const double n = BATCH_SIZE * HEIGHT * WIDTH;
  double sum = 0, squares = 0;

  for (guint image = 0; image < BATCH_SIZE; image++)
    for (guint i = 0; i < HEIGHT * WIDTH; i++)
      {
        const double value = x[at (image, channel, 0, 0) + i];

        sum += value;
        squares += value * value;
      }

  *mean = sum / n;
  *variance = squares / n - *mean * *mean;
}

static SiambanProgram *
new_batch_norm (gconstpointer device, gboolean training, float *x)
{
  g_autoptr (SiambanGraph) graph = new_graph ();
  SiambanProgram *program;
  guint value, labels;

  compute_batch_norm_weights (siamban_graph_get_weights (graph), "bn", N_CHANNELS);
  value = siamban_graph_batch_norm (graph, add_variable (graph, "x"), "bn", training);
  siamban_graph_set_name (graph, value, "y");
  siamban_graph_add_output (graph, value);

  /* Running statistics move in a training program only, and that needs a loss. */
  compute_weight (siamban_graph_get_weights (graph), "head", (gint64[]){ 2, N_CHANNELS, 1, 1 }, 4);
  value = siamban_graph_convolution (graph, value, "head", NULL, 1, 0, 1, 1);
  labels = siamban_graph_input (graph, "labels", BATCH_SIZE, 1, HEIGHT, WIDTH);
  siamban_graph_set_loss (graph, siamban_graph_cross_entropy (graph, value, labels));

  program = compute_compile ((SiambanDevice *) device, graph, TRUE);
  write_variable (program, "x", x, N_ELEMENTS);
  compute_fill ("bn.weight", 0.5, 1.5, values_of (program, "bn.weight"), N_CHANNELS);
  compute_fill ("bn.bias", -1, 1, values_of (program, "bn.bias"), N_CHANNELS);
  compute_fill ("bn.mean", -1, 1, values_of (program, "bn.running_mean"), N_CHANNELS);
  compute_fill ("bn.var", 0.5, 2, values_of (program, "bn.running_var"), N_CHANNELS);
  siamban_program_weights_changed (program);

  return program;
}

static void
assert_normalised (SiambanProgram *program,
                   SiambanTensor *y,
                   const float *x,
                   guint channel,
                   double mean,
                   double variance)
{
  const double weight = values_of (program, "bn.weight")[channel];
  const double bias = values_of (program, "bn.bias")[channel];

  for (guint image = 0; image < BATCH_SIZE; image++)
    for (guint i = 0; i < HEIGHT * WIDTH; i++)
      {
        const gsize index = at (image, channel, 0, 0) + i;

        assert_item (y, index, (x[index] - mean) / sqrt (variance + 1e-5) * weight + bias);
      }
}

static void
test_batch_norm_training (gconstpointer device)
{
  float x[N_ELEMENTS], means[N_CHANNELS], variances[N_CHANNELS];
  g_autoptr (SiambanProgram) program = new_batch_norm (device, TRUE, x);
  SiambanWeights *weights = siamban_graph_get_weights (siamban_program_get_graph (program));
  SiambanParameter *counter = siamban_weights_lookup (weights, "bn.num_batches_tracked");
  const double n = BATCH_SIZE * HEIGHT * WIDTH;
  g_autoptr (SiambanTensor) y = NULL;

  compute_fill ("bn.mean", -1, 1, means, N_CHANNELS);
  compute_fill ("bn.var", 0.5, 2, variances, N_CHANNELS);
  y = run (program);
  g_assert_cmpint (*_siamban_parameter_peek_counter (counter), ==, 1);

  for (guint channel = 0; channel < N_CHANNELS; channel++)
    {
      double mean, variance;

      measure (x, channel, &mean, &variance);
      assert_normalised (program, y, x, channel, mean, variance);
      g_assert_cmpfloat_with_epsilon (values_of (program, "bn.running_mean")[channel],
                                      0.9 * means[channel] + 0.1 * mean, 1e-6);
      g_assert_cmpfloat_with_epsilon (values_of (program, "bn.running_var")[channel],
                                      0.9 * variances[channel] + 0.1 * variance * n / (n - 1),
                                      1e-6);
    }
}

static void
test_batch_norm_evaluation (gconstpointer device)
{
  float x[N_ELEMENTS];
  g_autoptr (SiambanProgram) program = new_batch_norm (device, FALSE, x);
  g_autoptr (SiambanTensor) y = run (program);
  SiambanWeights *weights = siamban_graph_get_weights (siamban_program_get_graph (program));
  SiambanParameter *counter = siamban_weights_lookup (weights, "bn.num_batches_tracked");

  g_assert_cmpint (*_siamban_parameter_peek_counter (counter), ==, 0);
  for (guint channel = 0; channel < N_CHANNELS; channel++)
    {
      float expected[N_CHANNELS];

      compute_fill ("bn.mean", -1, 1, expected, N_CHANNELS);
      g_assert_cmpfloat (values_of (program, "bn.running_mean")[channel], ==, expected[channel]);
      assert_normalised (program, y, x, channel, values_of (program, "bn.running_mean")[channel],
                         values_of (program, "bn.running_var")[channel]);
    }
}

static void
test_crop (gconstpointer device)
{
  g_autoptr (SiambanGraph) graph = new_graph ();
  const guint value = siamban_graph_crop (graph, add_variable (graph, "x"), 2, 1, 3, 2);
  g_autoptr (SiambanProgram) program = compile_output (device, graph, value);
  g_autoptr (SiambanTensor) y = NULL;
  float x[N_ELEMENTS];
  gsize index = 0;

  write_variable (program, "x", x, N_ELEMENTS);
  y = run (program);
  for (guint image = 0; image < BATCH_SIZE; image++)
    for (guint channel = 0; channel < N_CHANNELS; channel++)
      for (guint row = 2; row < 5; row++)
        for (guint column = 1; column < 3; column++)
          g_assert_cmpfloat (siamban_tensor_get_item (y, index++), ==,
                             x[at (image, channel, row, column)]);
}

/* Negative numbers: zeros around the map would win. */
static void
test_max_pool (gconstpointer device)
{
  g_autoptr (SiambanGraph) graph = new_graph ();
  const guint value = siamban_graph_max_pool (graph, add_variable (graph, "x"), 3, 2, 1);
  g_autoptr (SiambanProgram) program = compile_output (device, graph, value);
  g_autoptr (SiambanTensor) y = NULL;
  float x[N_ELEMENTS];
  gsize index = 0;

  compute_fill ("x", -5, -1, x, N_ELEMENTS);
  compute_variable_write (program, "x", x);
  y = run (program);
  for (guint plane = 0; plane < BATCH_SIZE * N_CHANNELS; plane++)
    for (gint row = 0; row < 3; row++)
      for (gint column = 0; column < 3; column++)
        {
          float largest = -INFINITY;

          for (gint v = MAX (2 * row - 1, 0); v <= MIN (2 * row + 1, HEIGHT - 1); v++)
            for (gint u = MAX (2 * column - 1, 0); u <= MIN (2 * column + 1, WIDTH - 1); u++)
              largest = MAX (largest, x[(plane * HEIGHT + v) * WIDTH + u]);
          g_assert_cmpfloat (siamban_tensor_get_item (y, index++), ==, largest);
        }
}

/* In the plain loops a number that is none wins; oneDNN leaves that open. */
static void
test_max_pool_not_a_number (gconstpointer device)
{
  g_autoptr (SiambanGraph) graph = new_graph ();
  const guint input = siamban_graph_input (graph, "x", BATCH_SIZE, N_CHANNELS, HEIGHT, WIDTH);
  const guint value = siamban_graph_max_pool (graph, input, 3, 2, 1);
  g_autoptr (SiambanProgram) program = compile_output (device, graph, value);
  g_autoptr (SiambanTensor) y = NULL;
  float x[N_ELEMENTS] = { 0 };

  /* The middle of the second window of the second row. */
  x[2 * WIDTH + 2] = NAN;
  compute_set_input (program, "x", x);
  y = run (program);
  for (guint i = 0; i < 9; i++)
    g_assert_true (isnan (siamban_tensor_get_item (y, i)) == (i == 4));
}

/* @n_outputs: kernels an image; 0: channel by channel */
static void
check_xcorr (gconstpointer device, guint n_outputs)
{
  const guint kernel_channels = MAX (n_outputs, 1) * N_CHANNELS, height = 2, width = 3;
  const guint n_kernel = BATCH_SIZE * kernel_channels * height * width;
  g_autoptr (SiambanGraph) graph = new_graph ();
  const guint search = add_variable (graph, "x");
  const guint kernel = compute_variable (graph, "z", BATCH_SIZE, kernel_channels, height, width);
  const guint value = n_outputs == 0 ? siamban_graph_xcorr_depthwise (graph, search, kernel)
                                     : siamban_graph_xcorr (graph, search, kernel);
  g_autoptr (SiambanProgram) program = compile_output (device, graph, value);
  g_autofree float *z = g_new (float, n_kernel);
  g_autoptr (SiambanTensor) y = NULL;
  float x[N_ELEMENTS];
  gsize index = 0;

  write_variable (program, "x", x, N_ELEMENTS);
  write_variable (program, "z", z, n_kernel);
  y = run (program);
  for (guint image = 0; image < BATCH_SIZE; image++)
    for (guint output = 0; output < (n_outputs == 0 ? N_CHANNELS : n_outputs); output++)
      for (guint row = 0; row <= HEIGHT - height; row++)
        for (guint column = 0; column <= WIDTH - width; column++)
          {
            double sum = 0;

            for (guint channel = 0; channel < N_CHANNELS; channel++)
              for (guint i = 0; i < height * width; i++)
                {
                  const guint plane = n_outputs == 0 ? channel : output * N_CHANNELS + channel;

                  if (n_outputs == 0 && channel != output)
                    continue;
                  sum += (double) x[at (image, channel, row + i / width, column + i % width)] *
                         z[(image * kernel_channels + plane) * height * width + i];
                }
            assert_item (y, index++, sum);
          }
}

static void
test_xcorr_depthwise (gconstpointer device)
{
  check_xcorr (device, 0);
}

static void
test_xcorr (gconstpointer device)
{
  check_xcorr (device, 4);
}

static void
test_exp_scale (gconstpointer device)
{
  g_autoptr (SiambanGraph) graph = new_graph ();
  g_autoptr (SiambanProgram) program = NULL;
  g_autoptr (SiambanTensor) y = NULL;
  float x[N_ELEMENTS];
  guint value;

  compute_weight (siamban_graph_get_weights (graph), "scale", (gint64[]){ 3 }, 1);
  value = siamban_graph_exp_scale (graph, add_variable (graph, "x"), "scale", 2);
  program = compile_output (device, graph, value);
  write_variable (program, "x", x, N_ELEMENTS);
  compute_fill ("scale", 0.5, 1.5, values_of (program, "scale"), 3);
  siamban_program_weights_changed (program);
  y = run (program);
  for (gsize i = 0; i < N_ELEMENTS; i++)
    assert_item (y, i, exp ((double) x[i] * values_of (program, "scale")[2]));
}

static void
check_level_sum (gconstpointer device, const char *weight)
{
  g_autoptr (SiambanGraph) graph = new_graph ();
  const guint levels[] = { add_variable (graph, "x2"), add_variable (graph, "x3") };
  g_autoptr (SiambanProgram) program = NULL;
  g_autoptr (SiambanTensor) y = NULL;
  float x2[N_ELEMENTS], x3[N_ELEMENTS];
  double share = 0.5;
  guint value;

  compute_weight (siamban_graph_get_weights (graph), "shares", (gint64[]){ 2 }, 1);
  value = siamban_graph_level_sum (graph, levels, 2, weight);
  program = compile_output (device, graph, value);
  write_variable (program, "x2", x2, N_ELEMENTS);
  write_variable (program, "x3", x3, N_ELEMENTS);
  values_of (program, "shares")[0] = 90;
  values_of (program, "shares")[1] = 89;
  siamban_program_weights_changed (program);
  if (weight != NULL)
    share = 1 / (1 + exp (-1.0));

  y = run (program);
  for (gsize i = 0; i < N_ELEMENTS; i++)
    assert_item (y, i, share * x2[i] + (1 - share) * x3[i]);
}

static void
test_level_sum (gconstpointer device)
{
  check_level_sum (device, "shares");
}

static void
test_level_mean (gconstpointer device)
{
  check_level_sum (device, NULL);
}

/* The gradient that reaches a variable of two channels, through the operation that @add adds and a
 * cross entropy, which gives every point a gradient. */
static float *
differentiate (gconstpointer device,
               guint (*add) (SiambanGraph *graph, guint x),
               guint size,
               const float *x)
{
  g_autoptr (SiambanGraph) graph = new_graph ();
  const guint value = add (graph, compute_variable (graph, "x", 1, 2, size, size));
  g_autoptr (SiambanProgram) program = NULL;
  g_autofree float *zeros = g_new0 (float, size *size);
  const gint64 *shape;
  guint labels;
  gsize n_dims;

  shape = siamban_graph_get_shape (graph, value, &n_dims);
  labels = siamban_graph_input (graph, "labels", 1, 1, (guint) shape[2], (guint) shape[3]);
  siamban_graph_set_loss (graph, siamban_graph_cross_entropy (graph, value, labels));
  program = compute_compile ((SiambanDevice *) device, graph, TRUE);
  compute_variable_write (program, "x", x);
  compute_set_input (program, "labels", zeros);
  compute_forward (program);
  compute_backward (program);

  return compute_variable_gradient (program, "x");
}

static guint
pool_pairs (SiambanGraph *graph, guint x)
{
  return siamban_graph_max_pool (graph, x, 2, 2, 0);
}

static void
test_max_pool_ties (gconstpointer device)
{
  const float x[2 * 4 * 4] = { 0 };
  g_autofree float *gradient = differentiate (device, pool_pairs, 4, x);

  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    g_assert_true ((gradient[i] != 0) == (i % 2 == 0 && i / 4 % 2 == 0));
}

static void
test_relu_corner (gconstpointer device)
{
  const float x[2 * 2 * 2] = { 0, 1, -1, 2, 6, 7, -0.0f, 0.5 };
  const gboolean passes[] = { FALSE, TRUE, FALSE, TRUE, TRUE, TRUE, FALSE, TRUE };
  g_autofree float *gradient = differentiate (device, siamban_graph_relu, 2, x);

  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    g_assert_true ((gradient[i] != 0) == passes[i]);
}

static void
test_relu6_corners (gconstpointer device)
{
  const float x[2 * 2 * 2] = { 0, 1, -1, 5.5, 6, 7, -0.0f, 0.5 };
  const gboolean passes[] = { FALSE, TRUE, FALSE, TRUE, FALSE, FALSE, FALSE, TRUE };
  g_autofree float *gradient = differentiate (device, siamban_graph_relu6, 2, x);

  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    g_assert_true ((gradient[i] != 0) == passes[i]);
}

static void
add_tests (SiambanDevice *device)
{
  static const struct
  {
    const char *name;
    GTestDataFunc function;
  } tests[] = {
    { "batch-norm-training", test_batch_norm_training },
    { "batch-norm-evaluation", test_batch_norm_evaluation },
    { "crop", test_crop },
    { "max-pool", test_max_pool },
    { "max-pool-ties", test_max_pool_ties },
    { "relu-corner", test_relu_corner },
    { "relu6-corners", test_relu6_corners },
    { "xcorr-depthwise", test_xcorr_depthwise },
    { "xcorr", test_xcorr },
    { "exp-scale", test_exp_scale },
    { "level-sum", test_level_sum },
    { "level-mean", test_level_mean },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/definitions/%s/%s", siamban_device_get_id (device),
                                               tests[i].name);

      g_test_add_data_func (path, device, tests[i].function);
    }

  if (g_str_equal (siamban_device_get_engine_name (device), "reference"))
    g_test_add_data_func ("/definitions/reference/max-pool-not-a-number", device,
                          test_max_pool_not_a_number);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GPtrArray) devices = NULL;

  g_test_init (&argc, &argv, NULL);

  devices = compute_devices ();
  for (guint i = 0; i < devices->len; i++)
    add_tests (g_ptr_array_index (devices, i));

  return g_test_run ();
}
