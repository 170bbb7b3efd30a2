/* SPDX-License-Identifier: Apache-2.0 */

/* Trainings with bfloat16 on a simulated device, and who refuses it. Single operations are compared by
 * test-operations. */
#include <math.h>
#include <string.h>

#include <cuda_runtime_api.h>

#include "compute.h"
#include "network.h"
#include "run.h"
#include "siamban-program-private.h"

/* Of losses, from maps of 8 bits. */
#define LOSS_TOLERANCE 3e-2

/* Of what is allocated on a card. */
#define CUDA_ALIGNMENT 256

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
  g_autofree float *before = g_memdup2 (store->values, store->n_weight_values * sizeof (float));
  gsize n_moved = 0;

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_program_get_memory (small), <, siamban_program_get_memory (large));
  g_test_message ("%" G_GUINT64_FORMAT " bytes, in float32 %" G_GUINT64_FORMAT,
                  siamban_program_get_memory (small), siamban_program_get_memory (large));

  network_take_step (small, 1e-5);
  store = _siamban_weights_get_store (weights);
  for (gsize i = 0; i < store->n_weight_values; i++)
    {
      const double moved = fabs ((double) store->values[i] - before[i]);

      if (moved > 0 && moved < ldexp (fabs ((double) before[i]), -10))
        n_moved++;
    }
  g_assert_cmpuint (n_moved, >, 1000);
}

static gsize
get_free (void)
{
  size_t n_free, n_bytes;

  g_assert_cmpint (cudaMemGetInfo (&n_free, &n_bytes), ==, cudaSuccess);

  return n_free;
}

/* What a program says that it needs is what is gone of the card after a step, the weights included:
 * the check before a training goes by it. */
static void
test_memory (RunFixture *fixture, gconstpointer data)
{
  const SiambanPrecision precision = GPOINTER_TO_INT (data);
  g_autoptr (SiambanDevice) device = open_device ("cuda:0", precision);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanProgram) program = NULL;
  gsize before, taken, said;

  g_assert_cmpint (cudaSetDevice (0), ==, cudaSuccess);
  before = get_free ();
  program = compile (fixture, device, &error);
  g_assert_no_error (error);
  _siamban_program_allocate_sums (program, &error);
  g_assert_no_error (error);
  network_take_step (program, 1e-3);

  taken = before - get_free ();
  said = siamban_program_get_memory (program) +
         _siamban_weights_get_layout (program->weights)->n_values * sizeof (float);
  g_test_message ("%" G_GSIZE_FORMAT " bytes taken, %" G_GSIZE_FORMAT " planned", taken, said);
  g_assert_cmpuint (taken, >=, said);
  g_assert_cmpuint (taken - said, <, CUDA_ALIGNMENT);
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
  g_test_add ("/cuda-bf16/memory/float32", RunFixture, GINT_TO_POINTER (SIAMBAN_PRECISION_FLOAT32),
              run_set_up, test_memory, run_tear_down);
  g_test_add ("/cuda-bf16/memory/bf16", RunFixture, GINT_TO_POINTER (SIAMBAN_PRECISION_BF16),
              run_set_up, test_memory, run_tear_down);
  ADD ("/cuda-bf16/refusal", test_refusal);

  return g_test_run ();
}
