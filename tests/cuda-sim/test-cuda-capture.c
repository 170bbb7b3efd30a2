/* SPDX-License-Identifier: Apache-2.0 */

/* The parts of a step as captured graphs: the same numbers as without, and no kernel is launched by itself
 * any more. */
#include <string.h>

#include "cuda-sim.h"
#include "siamban-program-private.h"
#include "step.h"

#define N_STEPS 6
#define FAILURE 719

/* What the runtime was asked for. */
typedef struct
{
  int launches;
  int captures;
  int graphs;
} Calls;

static Calls
count_calls (void)
{
  return (Calls){ cuda_sim_count_calls ("cudaLaunchKernel"),
                  cuda_sim_count_calls ("cudaStreamBeginCapture"),
                  cuda_sim_count_calls ("cudaGraphLaunch") };
}

/* All that a training leaves: weights and statistics after some steps. */
static SiambanWeights *
train (const char *capture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = step_build ("block/siamese");
  g_autoptr (SiambanProgram) program = NULL;

  g_setenv ("SIAMBAN_CUDA_CAPTURE", capture, TRUE);
  program = step_compile ("cuda:0", graph, TRUE);
  for (guint step = 0; step < N_STEPS; step++)
    g_assert_true (step_take (program, step, &error));
  g_assert_no_error (error);

  return g_object_ref (siamban_graph_get_weights (graph));
}

static void
test_same (void)
{
  const Calls before = count_calls ();
  g_autoptr (SiambanWeights) plain = train ("0");
  const Calls between = count_calls ();
  g_autoptr (SiambanWeights) captured = train ("1");
  const Calls after = count_calls ();

  g_assert_cmpint (between.captures - before.captures, ==, 0);
  g_assert_cmpint (between.graphs - before.graphs, ==, 0);
  /* Each part once, whatever the learning rates are; launched in each step but the first. */
  g_assert_cmpint (after.captures - between.captures, ==, 3);
  g_assert_cmpint (after.graphs - between.graphs, ==, 3 * (N_STEPS - 1));
  /* Those of the first step and of the captures; later only inputs are taken over. */
  g_test_message ("%d launches, with graphs %d", between.launches - before.launches,
                  after.launches - between.launches);
  g_assert_cmpint (2 * (after.launches - between.launches), <, between.launches - before.launches);
  step_assert_same (captured, plain);
}

/* Whatever of a capture fails, the first, the second or the third time, the numbers are right. */
static void
test_refused (gconstpointer data)
{
  static const int n_calls[] = { 1, 2, 3 };
  g_autoptr (SiambanWeights) plain = train ("0");

  for (guint i = 0; i < G_N_ELEMENTS (n_calls); i++)
    {
      g_autoptr (SiambanWeights) refused = NULL;

      cuda_sim_fail_call (data, n_calls[i], FAILURE);
      refused = train ("1");
      step_assert_same (refused, plain);
    }
}

/* A graph that cannot be launched ends the step, and tells which. */
static void
test_failed_launch (void)
{
  static const char *const parts[] = { "forward pass", "backward pass", "update" };

  g_setenv ("SIAMBAN_CUDA_CAPTURE", "1", TRUE);
  for (int k = 0; k < 3; k++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanGraph) graph = step_build ("block/siamese");
      g_autoptr (SiambanProgram) program = NULL;

      program = step_compile ("cuda:0", graph, TRUE);
      g_assert_true (step_take (program, 0, &error));
      g_assert_true (step_take (program, 1, &error));
      cuda_sim_fail_call ("cudaGraphLaunch", k + 1, FAILURE);
      g_assert_false (step_take (program, 2, &error));
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, parts[k]));
      g_assert_nonnull (strstr (error->message, "cudaGraphLaunch"));
    }
}

/* Inference is captured, too: a tracker's search for the next frame. */
static void
test_inference (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = step_build ("block/residual");
  g_autoptr (SiambanProgram) captured = NULL;
  g_autoptr (SiambanProgram) plain = NULL;
  Calls before;

  g_setenv ("SIAMBAN_CUDA_CAPTURE", "0", TRUE);
  plain = step_compile ("cuda:0", graph, FALSE);
  g_setenv ("SIAMBAN_CUDA_CAPTURE", "1", TRUE);
  captured = step_compile ("cuda:0", graph, FALSE);
  before = count_calls ();
  for (guint round = 0; round < 4; round++)
    {
      SiambanProgram *const programs[] = { captured, plain };
      g_autoptr (SiambanTensor) y = NULL;
      g_autoptr (SiambanTensor) expected = NULL;

      for (guint i = 0; i < 2; i++)
        {
          SiambanParameter *weight = _siamban_weights_peek (siamban_graph_get_weights (graph), 0);

          /* Also with weights that were changed since the capture. */
          compute_fill (round % 2 == 0 ? "even" : "odd", -1, 1,
                        _siamban_parameter_peek_values (weight),
                        siamban_parameter_get_n_elements (weight));
          g_assert_true (step_write_inputs (programs[i], round, &error));
          siamban_program_weights_changed (programs[i]);
          compute_forward (programs[i]);
        }
      y = siamban_program_get_output (captured, "y", &error);
      g_assert_no_error (error);
      expected = siamban_program_get_output (plain, "y", &error);
      g_assert_no_error (error);
      g_assert_true (
          g_bytes_equal (siamban_tensor_get_bytes (y), siamban_tensor_get_bytes (expected)));
    }
  g_assert_cmpint (count_calls ().graphs - before.graphs, ==, 3);
}

int
main (int argc, char **argv)
{
  static const char *const calls[] = { "cudaStreamBeginCapture", "cudaStreamEndCapture",
                                       "cudaGraphInstantiate" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cuda-capture/same", test_same);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cuda-capture/refused/%s", calls[i]);

      g_test_add_data_func (path, calls[i], test_refused);
    }
  g_test_add_func ("/cuda-capture/failed-launch", test_failed_launch);
  g_test_add_func ("/cuda-capture/inference", test_inference);

  return g_test_run ();
}
