/* SPDX-License-Identifier: Apache-2.0 */

/* Frozen convolutions with what follows them: fewer launches, the same numbers to rounding. */
#include <math.h>

#include "cuda-sim.h"
#include "siamban-program-private.h"
#include "step.h"

#define TOLERANCE 1e-5

static SiambanTensor *
compute (SiambanGraph *graph, const char *fusion, int *n_launches, guint64 *memory)
{
  g_autoptr (SiambanProgram) program = NULL;
  g_autoptr (GError) error = NULL;
  SiambanTensor *y;
  int before;

  g_setenv ("SIAMBAN_CUDA_FUSION", fusion, TRUE);
  program = step_compile ("cuda:0", graph, FALSE);
  *memory = siamban_program_get_memory (program);
  g_assert_true (step_write_inputs (program, 0, &error));
  /* Weights are derived by the first pass. */
  compute_forward (program);
  g_assert_true (step_write_inputs (program, 1, &error));
  before = cuda_sim_count_calls ("cudaLaunchKernel");
  compute_forward (program);
  *n_launches = cuda_sim_count_calls ("cudaLaunchKernel") - before;
  y = siamban_program_get_output (program, "y", &error);
  g_assert_no_error (error);

  return y;
}

static void
test_fusion (gconstpointer data)
{
  g_autoptr (SiambanGraph) graph = step_build (data);
  int n_fused, n_plain;
  guint64 fused_memory, plain_memory;
  g_autoptr (SiambanTensor) plain = compute (graph, "0", &n_plain, &plain_memory);
  g_autoptr (SiambanTensor) fused = compute (graph, "1", &n_fused, &fused_memory);
  double largest = 0, difference = 0;

  for (gsize i = 0; i < siamban_tensor_get_n_elements (plain); i++)
    {
      const double a = siamban_tensor_get_item (fused, i), b = siamban_tensor_get_item (plain, i);

      g_assert_true (isfinite (a));
      largest = MAX (largest, fabs (b));
      difference = MAX (difference, fabs (a - b));
    }
  g_test_message ("%d launches instead of %d, %" G_GUINT64_FORMAT " bytes instead of "
                  "%" G_GUINT64_FORMAT ", differs by %g of %g",
                  n_fused, n_plain, fused_memory, plain_memory, difference, largest);
  g_assert_cmpint (n_fused, <, n_plain);
  g_assert_cmpfloat (difference, <=, TOLERANCE * largest);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Batch norm, residual and ReLU; a residual that is made by a group itself. */
  g_test_add_data_func ("/cuda-fusion/evaluation", "block/evaluation", test_fusion);
  g_test_add_data_func ("/cuda-fusion/residual", "block/residual", test_fusion);

  return g_test_run ();
}
