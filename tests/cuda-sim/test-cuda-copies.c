/* SPDX-License-Identifier: Apache-2.0 */

/* What travels between the host and a simulated device, when, and that nobody reads what is not there. */
#include <string.h>

#include "cuda-sim.h"
#include "siamban-program-private.h"
#include "step.h"

#define N_STEPS 4

static SiambanWeights *
weights_of (SiambanProgram *program)
{
  return program->weights;
}

static SiambanProgram *
make_program (const char *device)
{
  g_autoptr (SiambanGraph) graph = step_build ("block/siamese");

  return step_compile (device, graph, TRUE);
}

/* After steps whose weights nobody looked at, only few numbers have come back; a look brings the weights
 * once, and they are those of a network that was looked at after each step. */
static void
test_weights (void)
{
  g_autoptr (SiambanProgram) seen = make_program ("cuda:0");
  g_autoptr (SiambanProgram) unseen = make_program ("cuda:1");
  const SiambanWeightsStore *layout = _siamban_weights_get_layout (weights_of (unseen));
  const gsize n_weights = layout->n_weight_values * sizeof (float);
  const gsize n_statistics = layout->n_values * sizeof (float) - n_weights;
  g_autoptr (GError) error = NULL;
  gsize before;

  for (guint step = 0; step < N_STEPS; step++)
    {
      gsize n_bytes;

      g_assert_true (step_take (seen, step, &error));
      g_assert_true (_siamban_weights_sync (weights_of (seen), &error));
      before = cuda_sim_count_bytes_to_host ();
      g_assert_true (step_take (unseen, step, &error));
      g_assert_no_error (error);
      compute_get_number (unseen, "loss");
      n_bytes = cuda_sim_count_bytes_to_host () - before;
      g_test_message ("a step brings %" G_GSIZE_FORMAT " bytes to the host; the weights have "
                      "%" G_GSIZE_FORMAT ", statistics %" G_GSIZE_FORMAT,
                      n_bytes, n_weights, n_statistics);
      /* The loss and the norm. */
      g_assert_cmpuint (n_bytes, ==, n_statistics + sizeof (float) + sizeof (double));
    }

  for (guint look = 0; look < 2; look++)
    {
      g_autoptr (SiambanTensor) tensor = NULL;

      before = cuda_sim_count_bytes_to_host ();
      tensor = siamban_parameter_get_tensor (_siamban_weights_peek (weights_of (unseen), 0));
      g_assert_cmpuint (cuda_sim_count_bytes_to_host () - before, ==, look == 0 ? n_weights : 0);
    }
  step_assert_same (weights_of (unseen), weights_of (seen));
}

/* Whoever writes a weight on the host changes that one; the device does not lose the others. */
static void
test_written_weight (void)
{
  g_autoptr (SiambanProgram) program = make_program ("cuda:0");
  g_autoptr (SiambanProgram) twin = make_program ("cuda:1");
  g_autoptr (GError) error = NULL;
  SiambanProgram *const programs[] = { program, twin };

  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      SiambanParameter *written = _siamban_weights_peek (weights_of (programs[i]), 0);

      g_assert_true (step_take (programs[i], 0, &error));
      /* Only one of them is asked for its weights before. */
      if (i == 0)
        g_assert_true (_siamban_weights_sync (weights_of (programs[i]), &error));
      memset (_siamban_parameter_peek_values (written), 0,
              siamban_parameter_get_n_elements (written) * sizeof (float));
      siamban_program_weights_changed (programs[i]);
      g_assert_true (step_take (programs[i], 1, &error));
      g_assert_no_error (error);
    }
  step_assert_same (weights_of (program), weights_of (twin));
}

/* Statistics that change on the host, as those of several replicas do, take no weights along. */
static void
test_written_statistics (void)
{
  g_autoptr (SiambanProgram) program = make_program ("cuda:0");
  const SiambanWeightsStore *layout = _siamban_weights_get_layout (weights_of (program));
  const gsize n_statistics = (layout->n_values - layout->n_weight_values) * sizeof (float);
  g_autofree float *weights = NULL;
  g_autoptr (GError) error = NULL;
  gsize to_host, to_device;

  g_assert_true (step_take (program, 0, &error));
  to_host = cuda_sim_count_bytes_to_host ();
  to_device = cuda_sim_count_bytes_to_device ();
  memset (layout->values + layout->n_weight_values, 0, n_statistics);
  siamban_program_weights_changed (program);
  compute_forward (program);
  g_assert_cmpuint (cuda_sim_count_bytes_to_host () - to_host, ==, n_statistics);
  g_assert_cmpuint (cuda_sim_count_bytes_to_device () - to_device, ==, n_statistics);

  /* The update of before is not lost. */
  weights = g_memdup2 (layout->values, layout->n_weight_values * sizeof (float));
  _siamban_weights_get_store (weights_of (program));
  g_assert_true (memcmp (weights, layout->values, layout->n_weight_values * sizeof (float)) != 0);
}

/* Weights that nobody looked at are not lost with the program. */
static void
test_last_weights (void)
{
  g_autoptr (SiambanProgram) program = make_program ("cuda:0");
  g_autoptr (SiambanProgram) twin = make_program ("cuda:1");
  g_autoptr (SiambanWeights) weights = g_object_ref (weights_of (program));
  g_autoptr (GError) error = NULL;

  g_assert_true (step_take (program, 0, &error));
  g_assert_true (step_take (twin, 0, &error));
  g_clear_object (&program);
  step_assert_same (weights, weights_of (twin));
}

/* The next batch may be written while the device still works on the last one: it disturbs nothing, and
 * is there for the next pass. */
static void
test_early_inputs (void)
{
  g_autoptr (SiambanProgram) late = make_program ("cuda:0");
  g_autoptr (SiambanProgram) early = make_program ("cuda:1");
  g_autoptr (GError) error = NULL;

  g_assert_true (step_write_inputs (early, 0, &error));
  for (guint step = 0; step < N_STEPS; step++)
    {
      g_assert_true (step_take (late, step, &error));
      g_assert_true (siamban_program_forward (early, &error));
      g_assert_true (siamban_program_backward (early, &error));
      g_assert_true (step_write_inputs (early, step + 1, &error));
      g_assert_true (step_update (early, step, &error));
      g_assert_no_error (error);
      step_assert_same (weights_of (early), weights_of (late));
    }
}

/* Three batches one after another, without anybody who waits for a result between. */
static void
pass_thrice (void)
{
  g_autoptr (SiambanGraph) graph = step_build ("block/evaluation");
  g_autoptr (SiambanProgram) program = step_compile ("cuda:0", graph, FALSE);

  for (guint round = 0; round < 3; round++)
    {
      g_assert_true (step_write_inputs (program, round, NULL));
      g_assert_true (siamban_program_forward (program, NULL));
    }
}

/* Each wait of one stream for another is left out once: the simulator stops the process for a read of
 * what is not there yet, or a write of what is still read. Two waits a pass, and the first for a free
 * slot is of no consequence. */
static void
test_missing_wait (gconstpointer data)
{
  const int k = GPOINTER_TO_INT (data);

  if (g_test_subprocess ())
    {
      if (k > 0)
        cuda_sim_ignore_call ("cudaStreamWaitEvent", k);
      pass_thrice ();
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  if (k == 0)
    {
      g_test_trap_assert_passed ();
      return;
    }
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*cuda-sim: race: *");
}

int
main (int argc, char **argv)
{
  /* Which call of which pass: 1 is the slot's that was never used, 2 the pass's for its copies. */
  static const int waits[] = { 0, 2, 4, 5 };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cuda-copies/weights", test_weights);
  g_test_add_func ("/cuda-copies/written-weight", test_written_weight);
  g_test_add_func ("/cuda-copies/written-statistics", test_written_statistics);
  g_test_add_func ("/cuda-copies/last-weights", test_last_weights);
  g_test_add_func ("/cuda-copies/early-inputs", test_early_inputs);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cuda-copies/missing-wait/%d", waits[i]);

      g_test_add_data_func (path, GINT_TO_POINTER (waits[i]), test_missing_wait);
    }

  return g_test_run ();
}
