/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "compute.h"
#include "siamban-program-private.h"
#include "siamban-tensor-private.h"

/* Every operation and every engine: what the plain loops of the reference engine compute is
 * compared with differences of the loss (and, for convolutions, with the definition), and every
 * other engine with the reference engine. */

/* The largest difference between a convolution of the reference engine and its definition in
 * double precision: of up to 864 products it sums eight at a time in single precision. */
#define DEFINITION_TOLERANCE 6e-6

/* A step small enough that the third derivative does not matter, and large enough that the
 * rounding of the loss does not: 6e-8 / 2e-3 is 3e-5 of a slope of 1. */
#define STEP 1e-3
#define SLOPE_TOLERANCE 4e-3

/* Numbers of 8 bits are off by up to 0.4 %, at each of a few layers: in units of the largest element, and
 * of all gradients as one vector. */
#define NARROW_TOLERANCE 3e-2
#define NARROW_GRADIENT_TOLERANCE 5e-2

typedef enum
{
  RUN_TRAINING,
  RUN_HALF_FROZEN,
  RUN_INFERENCE,
} RunMode;

typedef struct
{
  SiambanDevice *device;
  Subject subject;
} TestData;

static void
fill (const char *name, guint round, float *values, gsize n_values)
{
  g_autofree char *seed = g_strdup_printf ("%s.%u", name, round);
  double low, high;
  gboolean whole;

  case_get_range (name, &low, &high, &whole);
  compute_fill (seed, low, high, values, n_values);
  for (gsize i = 0; whole && i < n_values; i++)
    values[i] = floorf (values[i]);
}

static void
fill_inputs (SiambanProgram *program, guint round)
{
  SiambanGraph *graph = siamban_program_get_graph (program);

  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      g_autofree float *values = g_new0 (float, _siamban_node_get_n_elements (node));

      if (node->op != SIAMBAN_OP_INPUT)
        continue;

      if (g_str_has_suffix (node->name, ".unit"))
        for (gint64 i = 0; i < node->shape[0]; i++)
          values[i * node->shape[1] + i] = 1;
      else
        fill (node->name, round, values, _siamban_node_get_n_elements (node));
      compute_set_input (program, node->name, values);
    }
}

/* Buffers are filled once: from then on they are what the program measures. */
static void
fill_weights (SiambanProgram *program, guint round)
{
  SiambanWeights *weights = siamban_graph_get_weights (siamban_program_get_graph (program));

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const SiambanParameterKind kind = siamban_parameter_get_kind (parameter);

      if (kind == SIAMBAN_PARAMETER_WEIGHT || (kind == SIAMBAN_PARAMETER_BUFFER && round == 0))
        fill (siamban_parameter_get_name (parameter), round,
              _siamban_parameter_peek_values (parameter),
              siamban_parameter_get_n_elements (parameter));
    }
  siamban_program_weights_changed (program);
}

static void
freeze_half (SiambanGraph *graph)
{
  SiambanWeights *weights = siamban_graph_get_weights (graph);

  for (guint i = 0; i < _siamban_weights_get_n (weights); i += 2)
    siamban_parameter_set_trainable (_siamban_weights_peek (weights, i), FALSE);
}

/* Two rounds with other numbers, so that nothing of the first may be left in the second. */
static SiambanProgram *
run (SiambanDevice *device, const Subject *subject, RunMode mode)
{
  g_autoptr (SiambanGraph) graph = subject_build (subject);
  SiambanProgram *program;

  if (mode == RUN_HALF_FROZEN)
    freeze_half (graph);
  program = compute_compile (device, graph, mode != RUN_INFERENCE);
  for (guint round = 0; round < 2; round++)
    {
      fill_weights (program, round);
      fill_inputs (program, round);
      compute_forward (program);
      if (mode != RUN_INFERENCE)
        compute_backward (program);
    }

  return program;
}

/* The largest difference in units of the largest element. */
static void
assert_close (const char *what, SiambanTensor *found, SiambanTensor *expected, double tolerance)
{
  const gsize n = siamban_tensor_get_n_elements (expected);
  double largest = 0, difference = 0;

  g_assert_cmpuint (siamban_tensor_get_n_elements (found), ==, n);
  for (gsize i = 0; i < n; i++)
    {
      const double a = siamban_tensor_get_item (found, i);
      const double b = siamban_tensor_get_item (expected, i);

      g_assert_true (isfinite (a) && isfinite (b));
      largest = MAX (largest, fabs (b));
      difference = MAX (difference, fabs (a - b));
    }

  if (difference > tolerance * MAX (largest, 1e-3))
    g_error ("%s differs by %g, its largest element is %g", what, difference, largest);
}

static SiambanTensor *
get_output (SiambanProgram *program, const char *name)
{
  g_autoptr (GError) error = NULL;
  SiambanTensor *tensor = siamban_program_get_output (program, name, &error);

  g_assert_no_error (error);

  return tensor;
}

static SiambanTensor *
get_gradient (SiambanProgram *program, const char *name)
{
  g_autoptr (GError) error = NULL;
  SiambanTensor *tensor = siamban_program_get_gradient (program, name, &error);

  g_assert_no_error (error);

  return tensor;
}

static SiambanWeights *
weights_of (SiambanProgram *program)
{
  return siamban_graph_get_weights (siamban_program_get_graph (program));
}

static void
compare_outputs (SiambanProgram *found, SiambanProgram *expected, double tolerance)
{
  static const char *const names[] = { "y", "loss" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (siamban_graph_lookup (siamban_program_get_graph (expected), names[i]) != 0)
      {
        g_autoptr (SiambanTensor) a = get_output (found, names[i]);
        g_autoptr (SiambanTensor) b = get_output (expected, names[i]);

        assert_close (names[i], a, b, tolerance);
      }
}

static void
compare_gradients (SiambanProgram *found, SiambanProgram *expected, double tolerance)
{
  SiambanWeights *weights = weights_of (expected);

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const char *name = siamban_parameter_get_name (parameter);
      SiambanParameter *twin = siamban_weights_lookup (weights_of (found), name);
      g_autoptr (SiambanTensor) a = NULL;
      g_autoptr (SiambanTensor) b = NULL;

      if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_WEIGHT)
        continue;
      a = get_gradient (found, name);
      b = get_gradient (expected, name);
      if (siamban_parameter_get_trainable (twin))
        assert_close (name, a, b, tolerance);
      else
        g_assert_cmpfloat (siamban_tensor_get_norm (a), ==, 0);
    }
}

/* Running statistics and counters. */
static void
compare_buffers (SiambanProgram *found, SiambanProgram *expected, double tolerance)
{
  SiambanWeights *weights = weights_of (expected);

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const char *name = siamban_parameter_get_name (parameter);
      SiambanParameter *twin = siamban_weights_lookup (weights_of (found), name);

      if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_WEIGHT)
        {
          g_autoptr (SiambanTensor) a = siamban_parameter_get_tensor (twin);
          g_autoptr (SiambanTensor) b = siamban_parameter_get_tensor (parameter);

          assert_close (name, a, b, tolerance);
        }
    }
}

static SiambanDevice *
open_reference (void)
{
  g_autoptr (GError) error = NULL;
  SiambanDevice *device = siamban_device_open ("reference", &error);

  g_assert_no_error (error);

  return device;
}

static void
test_same (gconstpointer data)
{
  const TestData *test = data;
  const double tolerance = subject_get_tolerance (&test->subject);
  g_autoptr (SiambanDevice) reference = open_reference ();
  g_autoptr (SiambanProgram) expected = run (reference, &test->subject, RUN_TRAINING);
  g_autoptr (SiambanProgram) expected_inference = run (reference, &test->subject, RUN_INFERENCE);
  g_autoptr (SiambanProgram) trained = run (test->device, &test->subject, RUN_TRAINING);
  g_autoptr (SiambanProgram) frozen = run (test->device, &test->subject, RUN_HALF_FROZEN);
  g_autoptr (SiambanProgram) inference = run (test->device, &test->subject, RUN_INFERENCE);

  compare_outputs (trained, expected, tolerance);
  compare_gradients (trained, expected, tolerance);
  compare_buffers (trained, expected, tolerance);
  compare_outputs (frozen, expected, tolerance);
  compare_gradients (frozen, expected, tolerance);
  compare_buffers (frozen, expected, tolerance);
  compare_outputs (inference, expected_inference, tolerance);
  compare_buffers (inference, expected_inference, tolerance);
}

/* All gradients as one vector: how far found is from expected, relative to the length of that. */
static double
measure_gradients (SiambanProgram *found, SiambanProgram *expected)
{
  SiambanWeights *weights = weights_of (expected);
  double difference = 0, length = 0;

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      const char *name = siamban_parameter_get_name (_siamban_weights_peek (weights, i));
      g_autoptr (SiambanTensor) a = NULL;
      g_autoptr (SiambanTensor) b = NULL;

      if (siamban_parameter_get_kind (_siamban_weights_peek (weights, i)) !=
          SIAMBAN_PARAMETER_WEIGHT)
        continue;
      a = get_gradient (found, name);
      b = get_gradient (expected, name);
      for (gsize j = 0; j < siamban_tensor_get_n_elements (b); j++)
        {
          const double value = siamban_tensor_get_item (b, j);
          const double off = siamban_tensor_get_item (a, j) - value;

          difference += off * off;
          length += value * value;
        }
    }

  return sqrt (difference / MAX (length, 1e-12));
}

/* Of an engine that computes with 8 bits. Single gradients are no measure: an activation next to 0 falls
 * on one side or the other, and what cancels leaves little but rounding. */
static void
test_narrow (gconstpointer data)
{
  const TestData *test = data;
  g_autoptr (SiambanDevice) reference = open_reference ();
  g_autoptr (SiambanProgram) expected = run (reference, &test->subject, RUN_TRAINING);
  g_autoptr (SiambanProgram) expected_inference = run (reference, &test->subject, RUN_INFERENCE);
  g_autoptr (SiambanProgram) trained = run (test->device, &test->subject, RUN_TRAINING);
  g_autoptr (SiambanProgram) inference = run (test->device, &test->subject, RUN_INFERENCE);
  /* One of its channels is nearly constant, and 8 bits do not tell what a batch norm then enlarges. */
  const gboolean is_amplified = g_str_equal (subject_get_name (&test->subject),
                                             "block/inverted-residual");
  double distance;

  compare_outputs (trained, expected, NARROW_TOLERANCE);
  compare_buffers (trained, expected, NARROW_TOLERANCE);
  compare_outputs (inference, expected_inference, NARROW_TOLERANCE);
  distance = measure_gradients (trained, expected);
  g_test_message ("gradients differ by %.2g", distance);
  g_assert_cmpfloat (distance, <, (is_amplified ? 10 : 1) * NARROW_GRADIENT_TOLERANCE);
}

static double
loss_of (SiambanProgram *program)
{
  SiambanGraph *graph = siamban_program_get_graph (program);

  compute_forward (program);

  return compute_get_number (program, siamban_graph_lookup (graph, "loss") != 0 ? "loss" : "y");
}

/* Compares the slope of the loss along a direction of ±1s in one weight. */
static void
check_slope (SiambanProgram *program, SiambanParameter *parameter, guint direction)
{
  const char *name = siamban_parameter_get_name (parameter);
  const gsize n = siamban_parameter_get_n_elements (parameter);
  float *values = _siamban_parameter_peek_values (parameter);
  g_autofree char *seed = g_strdup_printf ("%s.direction.%u", name, direction);
  g_autofree float *signs = g_new (float, n);
  g_autofree float *kept = g_memdup2 (values, n * sizeof (float));
  g_autoptr (SiambanTensor) gradient = get_gradient (program, name);
  double loss[2], expected = 0, slope;

  compute_fill (seed, -1, 1, signs, n);
  for (guint side = 0; side < 2; side++)
    {
      for (gsize i = 0; i < n; i++)
        values[i] = (float) (kept[i] + copysign (STEP, signs[i]) * (side == 0 ? -1 : 1));
      loss[side] = loss_of (program);
    }
  for (gsize i = 0; i < n; i++)
    {
      values[i] = kept[i];
      expected += copysign (1, signs[i]) * siamban_tensor_get_item (gradient, i);
    }

  slope = (loss[1] - loss[0]) / (2 * STEP);
  if (fabs (slope - expected) >
      SLOPE_TOLERANCE * (siamban_tensor_get_norm (gradient) + fabs (loss[0]) / 50))
    g_error ("%s: the loss has slope %g, its gradient gives %g", name, slope, expected);
}

/* Only for the reference engine: the others are compared with it. */
static void
test_differences (gconstpointer data)
{
  const TestData *test = data;
  g_autoptr (SiambanProgram) program = run (test->device, &test->subject, RUN_TRAINING);
  SiambanWeights *weights = weights_of (program);

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);

      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_WEIGHT)
        for (guint direction = 0; direction < 3; direction++)
          check_slope (program, parameter, direction);
    }
}

/* One element of a convolution, from its definition. */
static double
define_convolution (const ConvolutionCase *c, const float *x, const float *weight, const gint64 *at)
{
  const gint64 n_inputs = c->n_inputs / c->n_groups;
  const gint64 group = at[1] / (c->n_outputs / c->n_groups);
  double sum = 0;

  for (gint64 input = 0; input < n_inputs; input++)
    for (gint64 v = 0; v < c->size; v++)
      for (gint64 u = 0; u < c->size; u++)
        {
          const gint64 row = at[2] * c->stride - c->padding + v * c->dilation;
          const gint64 column = at[3] * c->stride - c->padding + u * c->dilation;
          const gint64 channel = group * n_inputs + input;

          if (row >= 0 && column >= 0 && row < c->height && column < c->width)
            sum += (double)
                       x[((at[0] * c->n_inputs + channel) * c->height + row) * c->width + column] *
                   weight[((at[1] * n_inputs + input) * c->size + v) * c->size + u];
        }

  return sum;
}

static void
test_definition (gconstpointer data)
{
  const TestData *test = data;
  const ConvolutionCase *c = test->subject.convolution;
  g_autoptr (SiambanProgram) program = run (test->device, &test->subject, RUN_TRAINING);
  g_autoptr (SiambanTensor) y = get_output (program, "y");
  SiambanParameter *weight = siamban_weights_lookup (weights_of (program), "conv.weight");
  SiambanParameter *bias = siamban_weights_lookup (weights_of (program), "conv.bias");
  const gsize n_inputs = c->batch_size * c->n_inputs * c->height * c->width;
  g_autofree float *x = g_new (float, n_inputs);
  const gint64 *shape;
  gint64 at[4];
  gsize n_dims, i = 0;

  compute_fill ("definition", -1, 1, x, n_inputs);
  compute_variable_write (program, "x", x);
  compute_forward (program);
  siamban_tensor_unref (g_steal_pointer (&y));
  y = get_output (program, "y");

  shape = siamban_tensor_get_shape (y, &n_dims);
  for (at[0] = 0; at[0] < shape[0]; at[0]++)
    for (at[1] = 0; at[1] < shape[1]; at[1]++)
      for (at[2] = 0; at[2] < shape[2]; at[2]++)
        for (at[3] = 0; at[3] < shape[3]; at[3]++)
          {
            double expected = define_convolution (c, x, _siamban_parameter_peek_values (weight),
                                                  at);

            if (bias != NULL)
              expected += _siamban_parameter_peek_values (bias)[at[1]];
            g_assert_cmpfloat_with_epsilon (siamban_tensor_get_item (y, i++), expected,
                                            DEFINITION_TOLERANCE * MAX (1, fabs (expected)));
          }
}

/* A number that is none must not get lost on the way to the loss, which is where it is noticed. */
static void
test_not_a_number (gconstpointer data)
{
  static const char *const names[] = {
    "relu/random", "relu6/random",        "max-pool/3",    "batch-norm/training", "add/two",
    "xcorr/four",  "xcorr-depthwise/odd", "cross-entropy", "level-sum/learnt",    NULL
  };

  for (guint i = 0; i < n_operation_cases; i++)
    if (g_strv_contains (names, operation_cases[i].name))
      {
        const Subject subject = { .operation = &operation_cases[i] };
        g_autoptr (SiambanProgram) program = run ((SiambanDevice *) data, &subject, RUN_INFERENCE);
        SiambanParameter *parameter = _siamban_weights_peek (weights_of (program), 0);
        const gsize n = siamban_parameter_get_n_elements (parameter);

        for (gsize j = 0; j < n; j++)
          _siamban_parameter_peek_values (parameter)[j] = NAN;
        siamban_program_weights_changed (program);
        g_assert_true (isnan (loss_of (program)));
      }
}

static void
add_test (const char *group, SiambanDevice *device, Subject subject, GTestDataFunc function)
{
  g_autofree char *path = g_strdup_printf ("/operations/%s/%s%s/%s", siamban_device_get_id (device),
                                           subject.convolution != NULL ? "convolution/" : "",
                                           subject_get_name (&subject), group);
  TestData *data = g_new (TestData, 1);

  data->device = device;
  data->subject = subject;
  g_test_add_data_func_full (path, data, function, g_free);
}

static void
add_tests (SiambanDevice *device)
{
  const gboolean reference = g_str_equal (siamban_device_get_engine_name (device), "reference");
  const gboolean narrow = siamban_device_get_precision (device) == SIAMBAN_PRECISION_BF16;
  g_autofree char *path = NULL;

  for (guint i = 0; i < n_convolution_cases; i++)
    {
      const Subject subject = { .convolution = &convolution_cases[i] };

      add_test ("same", device, subject, narrow ? test_narrow : test_same);
      if (reference)
        {
          add_test ("definition", device, subject, test_definition);
          add_test ("differences", device, subject, test_differences);
        }
    }

  for (guint i = 0; i < n_operation_cases; i++)
    {
      const Subject subject = { .operation = &operation_cases[i] };

      /* Its numbers are one and the same in 8 bits. */
      if (narrow && g_str_equal (operation_cases[i].name, "batch-norm/offset"))
        continue;
      add_test ("same", device, subject, narrow ? test_narrow : test_same);
      if (reference && !operation_cases[i].has_corners)
        add_test ("differences", device, subject, test_differences);
    }

  if (reference || g_str_equal (siamban_device_get_engine_name (device), "cuda"))
    {
      path = g_strdup_printf ("/operations/%s/not-a-number", siamban_device_get_id (device));
      g_test_add_data_func (path, device, test_not_a_number);
    }
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
