/* SPDX-License-Identifier: Apache-2.0 */

/* Trainings with bfloat16 on a simulated device, and who refuses it. Single operations are compared by
 * test-operations. */
#include <math.h>
#include <string.h>

#include "compute.h"
#include "network.h"
#include "run.h"
#include "siamban-program-private.h"

/* Of losses, from maps of 8 bits. */
#define LOSS_TOLERANCE 3e-2

static SiambanDevice *
open_device (const char *id, SiambanPrecision precision)
{
  g_autoptr (GError) error = NULL;
  SiambanDevice *device = siamban_device_open (id, &error);

  g_assert_no_error (error);
  siamban_device_set_precision (device, precision);

  return device;
}

static SiambanProgram *
compile (RunFixture *fixture, SiambanDevice *device, GError **error)
{
  g_autoptr (SiambanModel) model = siamban_model_new (fixture->config, error);
  g_autoptr (SiambanGraph) graph = NULL;

  g_assert_nonnull (model);
  network_fill_other (siamban_model_get_weights (model));
  graph = siamban_model_build_training (model, 2, error);
  g_assert_nonnull (graph);

  return siamban_device_compile (device, graph, TRUE, error);
}

static void
remember_cb (SiambanTrainer *trainer, SiambanIteration *iteration, GArray *losses)
{
  g_array_append_val (losses, iteration->total_loss);
}

static GArray *
train (RunFixture *fixture, SiambanDevice *device, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  GArray *losses = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTrainer) trainer = NULL;

  trainer = siamban_trainer_new (fixture->config, device, path, &error);
  g_assert_no_error (error);
  g_signal_connect (trainer, "iteration", G_CALLBACK (remember_cb), losses);
  run_train (trainer);

  return losses;
}

/* The losses of a training are those of one in float32, about, and do not become equal to them by
 * accident. */
static void
test_training (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanDevice) wide = open_device ("cuda:0", SIAMBAN_PRECISION_FLOAT32);
  g_autoptr (SiambanDevice) narrow = open_device ("cuda:1", SIAMBAN_PRECISION_BF16);
  g_autoptr (GArray) expected = NULL;
  g_autoptr (GArray) found = NULL;
  gboolean differs = FALSE;

  run_set (fixture->config, "TRAIN.SEARCH_SIZE=167");
  run_set (fixture->config, "TRAIN.OUTPUT_SIZE=14");
  run_set (fixture->config, "TRAIN.EPOCH=2");
  run_set (fixture->config, "BACKBONE.TRAIN_EPOCH=1");
  expected = train (fixture, wide, "wide");
  found = train (fixture, narrow, "narrow");

  g_assert_cmpuint (found->len, ==, expected->len);
  for (guint i = 0; i < expected->len; i++)
    {
      const double a = g_array_index (found, double, i), b = g_array_index (expected, double, i);

      g_test_message ("iteration %u: %g, in float32 %g", i + 1, a, b);
      g_assert_cmpfloat (fabs (a - b), <=, LOSS_TOLERANCE * b);
      differs |= a != b;
    }
  g_assert_true (differs);
}

static void
fill_inputs (SiambanProgram *program)
{
  SiambanGraph *graph = siamban_program_get_graph (program);

  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      g_autofree float *values = NULL;

      if (node->op != SIAMBAN_OP_INPUT)
        continue;
      values = g_new (float, _siamban_node_get_n_elements (node));
      compute_fill (node->name, 0, g_str_equal (node->name, "label_cls") ? 2 : 20, values,
                    _siamban_node_get_n_elements (node));
      for (gsize i = 0; i < _siamban_node_get_n_elements (node); i++)
        values[i] = floorf (values[i]);
      compute_set_input (program, node->name, values);
    }
}

/* Updates far below what 8 bits tell apart add up: the weights that train are float32. Maps take half
 * of the memory. */
static void
test_master_weights (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanDevice) wide = open_device ("cuda:0", SIAMBAN_PRECISION_FLOAT32);
  g_autoptr (SiambanDevice) narrow = open_device ("cuda:1", SIAMBAN_PRECISION_BF16);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanProgram) large = compile (fixture, wide, &error);
  g_autoptr (SiambanProgram) small = compile (fixture, narrow, &error);
  SiambanWeights *weights = siamban_graph_get_weights (siamban_program_get_graph (small));
  const SiambanWeightsStore *store = _siamban_weights_get_store (weights);
  const guint n = _siamban_weights_get_n (weights);
  g_autofree float *before = g_memdup2 (store->values, store->n_weight_values * sizeof (float));
  g_autofree double *rates = g_new (double, n);
  gsize n_moved = 0;

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_program_get_memory (small), <, siamban_program_get_memory (large));
  g_test_message ("%" G_GUINT64_FORMAT " bytes, in float32 %" G_GUINT64_FORMAT,
                  siamban_program_get_memory (small), siamban_program_get_memory (large));

  for (guint i = 0; i < n; i++)
    rates[i] = 1e-5;
  fill_inputs (small);
  compute_forward (small);
  compute_backward (small);
  siamban_program_update (small, rates, n, 0.9, 0, 1, NULL, &error);
  g_assert_no_error (error);
  store = _siamban_weights_get_store (weights);
  for (gsize i = 0; i < store->n_weight_values; i++)
    {
      const double moved = fabs ((double) store->values[i] - before[i]);

      if (moved > 0 && moved < ldexp (fabs ((double) before[i]), -10))
        n_moved++;
    }
  g_assert_cmpuint (n_moved, >, 1000);
}

static void
assert_refused (RunFixture *fixture, SiambanDevice *device, const char *told)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanProgram) program = compile (fixture, device, &error);

  g_assert_null (program);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, told));
}

static void
test_refusal (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanDevice) reference = open_device ("reference", SIAMBAN_PRECISION_BF16);
  g_autoptr (SiambanDevice) device = open_device ("cuda:0", SIAMBAN_PRECISION_BF16);

  assert_refused (fixture, reference, "“reference” cannot compute with bf16");
  siamban_device_set_precision (reference, SIAMBAN_PRECISION_FLOAT32);

  siamban_device_set_exact (device, TRUE);
  assert_refused (fixture, device, "choose one");
  siamban_device_set_exact (device, FALSE);

  g_setenv ("CUDA_SIM_CAPABILITY", "75", TRUE);
  assert_refused (fixture, device, "compute capability 7.5, and 8.0 is needed");
  g_unsetenv ("CUDA_SIM_CAPABILITY");
}

#define ADD(path, func) g_test_add (path, RunFixture, NULL, run_set_up, func, run_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/cuda-bf16/training", test_training);
  ADD ("/cuda-bf16/master-weights", test_master_weights);
  ADD ("/cuda-bf16/refusal", test_refusal);

  return g_test_run ();
}
