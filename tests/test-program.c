/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "compute.h"
#include "golden.h"
#include "siamban-program-private.h"
#include "siamban-tensor-private.h"

/* Two roundings a step of numbers around 1. */
#define UPDATE_TOLERANCE 1e-6
/* The norm of a few hundred numbers. */
#define NORM_TOLERANCE 1e-5

/* A small network with everything that an update treats differently: weights that train, one
 * that is frozen, one that the loss does not depend on, and one that no operation uses. */
static SiambanGraph *
new_graph (void)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  SiambanGraph *graph = siamban_graph_new (weights);
  guint x, side, labels, loss;

  compute_weight (weights, "conv1", (gint64[]){ 8, 3, 3, 3 }, 4);
  compute_weight (weights, "frozen", (gint64[]){ 8, 8, 1, 1 }, 4);
  compute_batch_norm_weights (weights, "bn", 8);
  compute_weight (weights, "conv2", (gint64[]){ 2, 8, 1, 1 }, 4);
  compute_weight (weights, "bias", (gint64[]){ 2 }, 1);
  compute_weight (weights, "side", (gint64[]){ 4, 8, 1, 1 }, 4);
  compute_weight (weights, "unused", (gint64[]){ 5 }, 1);
  siamban_parameter_set_trainable (siamban_weights_lookup (weights, "frozen"), FALSE);

  x = siamban_graph_input (graph, "x", 2, 3, 9, 9);
  labels = siamban_graph_input (graph, "labels", 2, 1, 7, 7);
  x = siamban_graph_convolution (graph, x, "conv1", NULL, 1, 0, 1, 1);
  x = siamban_graph_convolution (graph, x, "frozen", NULL, 1, 0, 1, 1);
  x = siamban_graph_relu (graph, siamban_graph_batch_norm (graph, x, "bn", TRUE));
  side = siamban_graph_convolution (graph, x, "side", NULL, 1, 0, 1, 1);
  siamban_graph_set_name (graph, side, "side");
  siamban_graph_add_output (graph, side);
  x = siamban_graph_convolution (graph, x, "conv2", "bias", 1, 0, 1, 1);
  siamban_graph_set_name (graph, x, "scores");
  loss = siamban_graph_cross_entropy (graph, x, labels);
  siamban_graph_set_name (graph, loss, "loss");
  siamban_graph_set_loss (graph, loss);

  return graph;
}

static void
fill_parameter (SiambanParameter *parameter)
{
  const char *name = siamban_parameter_get_name (parameter);

  if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_COUNTER)
    return;

  compute_fill (name, g_str_has_suffix (name, "running_var") ? 0.5 : -1, 1,
                _siamban_parameter_peek_values (parameter),
                siamban_parameter_get_n_elements (parameter));
}

static SiambanProgram *
new_program (SiambanDevice *device, gboolean training)
{
  g_autoptr (SiambanGraph) graph = new_graph ();
  SiambanWeights *weights = siamban_graph_get_weights (graph);
  SiambanProgram *program = compute_compile (device, graph, training);
  float x[2 * 3 * 9 * 9], labels[2 * 7 * 7];

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    fill_parameter (_siamban_weights_peek (weights, i));
  siamban_program_weights_changed (program);

  compute_fill ("x", -1, 1, x, G_N_ELEMENTS (x));
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    labels[i] = (float) (i % 3) - 1;
  compute_set_input (program, "x", x);
  compute_set_input (program, "labels", labels);

  return program;
}

static SiambanWeights *
weights_of (SiambanProgram *program)
{
  return siamban_graph_get_weights (siamban_program_get_graph (program));
}

static double *
to_doubles (SiambanTensor *tensor)
{
  const gsize n = siamban_tensor_get_n_elements (tensor);
  double *values = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    values[i] = siamban_tensor_get_item (tensor, i);

  return values;
}

static double *
read_gradient (SiambanProgram *program, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTensor) tensor = siamban_program_get_gradient (program, name, &error);

  g_assert_no_error (error);

  return to_doubles (tensor);
}

static double *
read_momentum (SiambanProgram *program, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTensor) tensor = siamban_program_get_momentum (program, name, &error);

  g_assert_no_error (error);

  return to_doubles (tensor);
}

static double *
read_value (SiambanProgram *program, const char *name)
{
  SiambanParameter *parameter = siamban_weights_lookup (weights_of (program), name);
  g_autoptr (SiambanTensor) tensor = siamban_parameter_get_tensor (parameter);

  return to_doubles (tensor);
}

static void
assert_values (const double *found, const double *expected, gsize n, double tolerance)
{
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (found[i], expected[i], tolerance * MAX (1, fabs (expected[i])));
}

/* Gradient descent in double precision, from the gradients that the program found. */
typedef struct
{
  const char *name;
  gsize n;
  double *value;
  double *momentum;
  double *gradient;
} Shadow;

static const char *const trained[] = { "conv1", "bn.weight", "bn.bias", "conv2", "bias" };
static const char *const untouched[] = { "frozen", "side", "unused" };

static double
rate_of (SiambanWeights *weights, guint index)
{
  return 0.01 * (index + 1);
}

static double
gather_gradients (SiambanProgram *program, Shadow *shadows)
{
  double squares = 0;

  for (guint i = 0; i < G_N_ELEMENTS (trained); i++)
    {
      g_free (shadows[i].gradient);
      shadows[i].gradient = read_gradient (program, trained[i]);
      for (gsize j = 0; j < shadows[i].n; j++)
        squares += shadows[i].gradient[j] * shadows[i].gradient[j];
    }

  return sqrt (squares);
}

static void
step (Shadow *shadow, double clip, double rate, double momentum, double decay)
{
  for (gsize i = 0; i < shadow->n; i++)
    {
      shadow->momentum[i] = momentum * shadow->momentum[i] + clip * shadow->gradient[i] +
                            decay * shadow->value[i];
      shadow->value[i] -= rate * shadow->momentum[i];
    }
}

static double
update (SiambanProgram *program, double momentum, double decay, double grad_clip)
{
  SiambanWeights *weights = weights_of (program);
  const guint n = _siamban_weights_get_n (weights);
  g_autofree double *rates = g_new (double, n);
  g_autoptr (GError) error = NULL;
  double norm = -1;

  for (guint i = 0; i < n; i++)
    rates[i] = rate_of (weights, i);
  siamban_program_update (program, rates, n, momentum, decay, grad_clip, &norm, &error);
  g_assert_no_error (error);

  return norm;
}

static void
run_updates (SiambanDevice *device, double grad_clip)
{
  const double momentum = 0.9, decay = 0.05;
  g_autoptr (SiambanProgram) program = new_program (device, TRUE);
  SiambanWeights *weights = weights_of (program);
  Shadow shadows[G_N_ELEMENTS (trained)] = { { NULL } };

  for (guint i = 0; i < G_N_ELEMENTS (trained); i++)
    {
      SiambanParameter *parameter = siamban_weights_lookup (weights, trained[i]);

      shadows[i].n = siamban_parameter_get_n_elements (parameter);
      shadows[i].value = read_value (program, trained[i]);
      shadows[i].momentum = g_new0 (double, shadows[i].n);
    }

  for (guint round = 0; round < 2; round++)
    {
      double norm, clip;

      compute_forward (program);
      compute_backward (program);
      norm = gather_gradients (program, shadows);
      g_assert_cmpfloat (norm, >, 0.01);
      clip = grad_clip > 0 ? MIN (1, grad_clip / (norm + 1e-6)) : 1;
      g_assert_cmpfloat_with_epsilon (update (program, momentum, decay, grad_clip), norm,
                                      NORM_TOLERANCE * norm);

      for (guint i = 0; i < G_N_ELEMENTS (trained); i++)
        {
          SiambanParameter *parameter = siamban_weights_lookup (weights, trained[i]);
          g_autofree double *value = read_value (program, trained[i]);
          g_autofree double *found = read_momentum (program, trained[i]);

          step (&shadows[i], clip, rate_of (weights, _siamban_parameter_get_index (parameter)),
                momentum, decay);
          assert_values (value, shadows[i].value, shadows[i].n, UPDATE_TOLERANCE);
          assert_values (found, shadows[i].momentum, shadows[i].n, UPDATE_TOLERANCE);
        }
    }

  for (guint i = 0; i < G_N_ELEMENTS (trained); i++)
    {
      g_free (shadows[i].value);
      g_free (shadows[i].momentum);
      g_free (shadows[i].gradient);
    }
}

static void
test_update (gconstpointer device)
{
  run_updates ((SiambanDevice *) device, 0);
}

static void
test_update_clipped (gconstpointer device)
{
  run_updates ((SiambanDevice *) device, 0.01);
}

static void
test_update_not_clipped (gconstpointer device)
{
  run_updates ((SiambanDevice *) device, 1e6);
}

/* As in PyTorch, weights without a gradient do not even decay. */
static void
test_untouched (gconstpointer device)
{
  g_autoptr (SiambanProgram) program = new_program ((SiambanDevice *) device, TRUE);
  double *before[G_N_ELEMENTS (untouched)];

  for (guint i = 0; i < G_N_ELEMENTS (untouched); i++)
    before[i] = read_value (program, untouched[i]);
  compute_forward (program);
  compute_backward (program);
  update (program, 0.9, 0.05, 10);

  for (guint i = 0; i < G_N_ELEMENTS (untouched); i++)
    {
      SiambanParameter *parameter = siamban_weights_lookup (weights_of (program), untouched[i]);
      const gsize n = siamban_parameter_get_n_elements (parameter);
      g_autofree double *after = read_value (program, untouched[i]);
      g_autofree double *gradient = read_gradient (program, untouched[i]);
      g_autofree double *momentum = read_momentum (program, untouched[i]);

      g_assert_cmpmem (after, n * sizeof *after, before[i], n * sizeof *after);
      for (gsize j = 0; j < n; j++)
        {
          g_assert_cmpfloat (gradient[j], ==, 0);
          g_assert_cmpfloat (momentum[j], ==, 0);
        }
      g_free (before[i]);
    }
}

/* What trains was decided when the program was compiled. */
static void
test_late_thaw (gconstpointer device)
{
  g_autoptr (SiambanProgram) program = new_program ((SiambanDevice *) device, TRUE);
  SiambanParameter *frozen = siamban_weights_lookup (weights_of (program), "frozen");
  g_autofree double *before = read_value (program, "frozen");
  g_autofree double *after = NULL;

  siamban_parameter_set_trainable (frozen, TRUE);
  compute_forward (program);
  compute_backward (program);
  update (program, 0.9, 0.05, 10);
  after = read_value (program, "frozen");
  g_assert_cmpmem (after, 64 * sizeof *after, before, 64 * sizeof *before);
}

/* Learning goes down the hill, and a program whose weights and momentum come from another one goes
 * on exactly like it. */
static void
test_resume (gconstpointer device)
{
  g_autoptr (SiambanProgram) program = new_program ((SiambanDevice *) device, TRUE);
  g_autoptr (SiambanProgram) resumed = new_program ((SiambanDevice *) device, TRUE);
  SiambanWeights *weights = weights_of (program);
  g_autoptr (GError) error = NULL;
  double first = 0;

  for (guint i = 0; i < 5; i++)
    {
      compute_forward (program);
      if (i == 0)
        first = compute_get_number (program, "loss");
      compute_backward (program);
      update (program, 0.9, 1e-4, 10);
    }

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const char *name = siamban_parameter_get_name (parameter);
      SiambanParameter *twin = siamban_weights_lookup (weights_of (resumed), name);
      g_autoptr (SiambanTensor) value = siamban_parameter_get_tensor (parameter);

      siamban_parameter_set_tensor (twin, value, &error);
      g_assert_no_error (error);
      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_WEIGHT)
        {
          g_autoptr (SiambanTensor) momentum = siamban_program_get_momentum (program, name, &error);

          g_assert_no_error (error);
          siamban_program_set_momentum (resumed, name, momentum, &error);
          g_assert_no_error (error);
        }
    }
  siamban_program_weights_changed (resumed);

  for (guint i = 0; i < 3; i++)
    {
      compute_forward (program);
      compute_forward (resumed);
      g_assert_cmpfloat (compute_get_number (resumed, "loss"), ==,
                         compute_get_number (program, "loss"));
      compute_backward (program);
      compute_backward (resumed);
      g_assert_cmpfloat (update (resumed, 0.9, 1e-4, 10), ==, update (program, 0.9, 1e-4, 10));
    }
  g_assert_cmpfloat (compute_get_number (program, "loss"), <, first);
}

static void
test_statistics (gconstpointer device)
{
  g_autoptr (SiambanProgram) program = new_program ((SiambanDevice *) device, TRUE);
  g_autoptr (SiambanProgram) inference = new_program ((SiambanDevice *) device, FALSE);
  g_autofree double *before = read_value (inference, "bn.running_mean");
  g_autofree double *after = NULL;
  g_autofree double *moved = NULL;
  g_autofree double *count = NULL;

  compute_forward (program);
  compute_forward (program);
  compute_forward (inference);
  after = read_value (inference, "bn.running_mean");
  moved = read_value (program, "bn.running_mean");
  count = read_value (program, "bn.num_batches_tracked");
  g_assert_cmpmem (after, 8 * sizeof *after, before, 8 * sizeof *before);
  g_assert_cmpfloat (moved[0], !=, before[0]);
  g_assert_cmpfloat (count[0], ==, 2);
}

static void
assert_no_input (SiambanProgram *program, const char *name, SiambanTensor *tensor, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (siamban_program_set_input (program, name, tensor, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_GRAPH);
  g_assert_cmpstr (error->message, ==, text);
}

static void
assert_no_output (SiambanProgram *program, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_program_get_output (program, name, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_GRAPH);
  g_assert_cmpstr (error->message, ==, text);
}

static void
test_wrong_names (gconstpointer device)
{
  g_autoptr (SiambanProgram) program = new_program ((SiambanDevice *) device, TRUE);
  const gint64 shape[] = { 2, 3, 9, 8 };
  g_autoptr (SiambanTensor) tensor = siamban_tensor_new_zeros (SIAMBAN_DTYPE_INT8, shape, 4);
  g_autoptr (GError) error = NULL;

  assert_no_input (program, "y", tensor, "The network has no input “y”");
  assert_no_input (program, "scores", tensor, "The network has no input “scores”");
  assert_no_input (program, "x", tensor, "Input “x” of shape (2, 3, 9, 9) cannot take 432 numbers");
  assert_no_output (program, "z", "The network has no output “z”");
  assert_no_output (program, "scores", "The network has no output “scores”");

  g_assert_null (siamban_program_get_gradient (program, "conv9", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS);
  g_assert_cmpstr (error->message, ==, "There is no weight “conv9”");
  g_clear_error (&error);
  g_assert_null (siamban_program_get_momentum (program, "bn.running_mean", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS);
  g_clear_error (&error);
  g_assert_false (siamban_program_set_momentum (program, "nothing", tensor, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS);
  g_clear_error (&error);
  g_assert_false (siamban_program_set_momentum (program, "conv1", tensor, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS);
  g_assert_cmpstr (error->message, ==, "The momentum of “conv1” has another size than the weight");
}

/* An input of any type, which stays until it is filled again. */
static void
test_inputs (gconstpointer device)
{
  g_autoptr (SiambanProgram) program = new_program ((SiambanDevice *) device, FALSE);
  const gint64 shape = 2 * 7 * 7;
  gint8 labels[2 * 7 * 7];
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (SiambanTensor) tensor = NULL;
  g_autoptr (SiambanTensor) side = NULL;
  g_autoptr (GError) error = NULL;
  double loss;
  gsize n_dims;

  compute_forward (program);
  loss = compute_get_number (program, "loss");
  side = siamban_program_get_output (program, "side", &error);
  g_assert_no_error (error);
  g_assert_cmpint (siamban_tensor_get_shape (side, &n_dims)[1], ==, 4);
  g_assert_cmpint (siamban_tensor_get_dtype (side), ==, SIAMBAN_DTYPE_FLOAT32);

  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    labels[i] = (gint8) (i % 3) - 1;
  bytes = g_bytes_new (labels, sizeof labels);
  tensor = siamban_tensor_new (SIAMBAN_DTYPE_INT8, &shape, 1, bytes, &error);
  g_assert_no_error (error);
  siamban_program_set_input (program, "labels", tensor, &error);
  g_assert_no_error (error);
  compute_forward (program);
  g_assert_cmpfloat (compute_get_number (program, "loss"), ==, loss);
}

/* Whatever an engine derives of the weights, it derives anew. */
static void
test_weights_changed (gconstpointer device)
{
  g_autoptr (SiambanProgram) program = new_program ((SiambanDevice *) device, FALSE);
  SiambanParameter *bias = siamban_weights_lookup (weights_of (program), "bias");
  SiambanParameter *weight = siamban_weights_lookup (weights_of (program), "conv2");
  const gsize n = siamban_parameter_get_n_elements (weight);

  for (gsize i = 0; i < n; i++)
    _siamban_parameter_peek_values (weight)[i] = 0;
  _siamban_parameter_peek_values (bias)[0] = 3;
  _siamban_parameter_peek_values (bias)[1] = 3;
  siamban_program_weights_changed (program);
  compute_forward (program);
  g_assert_cmpfloat_with_epsilon (compute_get_number (program, "loss"), log (2), 1e-6);
}

static void
test_description (gconstpointer device)
{
  g_autoptr (SiambanProgram) program = new_program ((SiambanDevice *) device, TRUE);
  g_autoptr (SiambanProgram) inference = new_program ((SiambanDevice *) device, FALSE);
  g_autofree char *text = siamban_program_to_string (program);
  const guint64 n_weights = _siamban_weights_get_store (weights_of (program))->n_weight_values *
                            sizeof (float);

  g_assert_true (SIAMBAN_IS_PROGRAM (program));
  g_assert_nonnull (g_strstr_len (text, -1, "conv1"));
  g_assert_cmpuint (siamban_program_get_memory (program), >, 2 * n_weights);
  g_assert_cmpuint (siamban_program_get_memory (inference), >, 0);
}

/* No gradient is computed that nobody needs. */
static void
test_needed (gconstpointer device)
{
  g_autoptr (SiambanProgram) program = new_program ((SiambanDevice *) device, TRUE);
  g_autoptr (SiambanProgram) inference = new_program ((SiambanDevice *) device, FALSE);
  SiambanGraph *graph = siamban_program_get_graph (program);

  g_assert_true (program->needs_gradient[siamban_graph_lookup (graph, "scores")]);
  g_assert_false (program->needs_gradient[siamban_graph_lookup (graph, "side")]);
  g_assert_false (program->needs_gradient[siamban_graph_lookup (graph, "x")]);
  g_assert_false (inference->needs_gradient[siamban_graph_lookup (graph, "scores")]);
}

static void
add_tests (SiambanDevice *device)
{
  static const struct
  {
    const char *name;
    GTestDataFunc function;
  } tests[] = {
    { "update", test_update },
    { "update-clipped", test_update_clipped },
    { "update-not-clipped", test_update_not_clipped },
    { "untouched", test_untouched },
    { "late-thaw", test_late_thaw },
    { "resume", test_resume },
    { "statistics", test_statistics },
    { "wrong-names", test_wrong_names },
    { "inputs", test_inputs },
    { "weights-changed", test_weights_changed },
    { "description", test_description },
    { "needed", test_needed },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/program/%s/%s", siamban_device_get_id (device),
                                               tests[i].name);

      g_test_add_data_func (path, device, tests[i].function);
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
