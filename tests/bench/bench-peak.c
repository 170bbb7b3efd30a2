/* SPDX-License-Identifier: Apache-2.0 */

/* What this machine can do at most, in floating point operations a second of all its processors:
 * fused multiply-adds that never leave the registers, and oneDNN's product of matrices.
 *
 * usage: bench-peak [THREADS] */

#include <dnnl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#define N_REPEATS 5
#define N_LOOPS 4000000
#define N_ACCUMULATORS 12
#define MATRIX_SIZE 2048

typedef float Wide __attribute__ ((vector_size (64)));
typedef float Narrow __attribute__ ((vector_size (32)));

/* Compiled with contraction: each line is one fused instruction. The sums are returned so that the
 * loop stays. */
#define FUSED_LOOP(name, Vector, feature)                                                          \
  __attribute__ ((target (feature), noinline)) static float name (float seed)                      \
  {                                                                                                \
    const Vector factor = (Vector){ 0 } + 0.999999f, term = (Vector){ 0 } + seed;                  \
    Vector sums[N_ACCUMULATORS], total = { 0 };                                                    \
                                                                                                   \
    for (int k = 0; k < N_ACCUMULATORS; k++)                                                       \
      sums[k] = term + (float) k;                                                                  \
    for (int i = 0; i < N_LOOPS; i++)                                                              \
      _Pragma ("GCC unroll 12") for (int k = 0; k < N_ACCUMULATORS; k++)                           \
          sums[k] = sums[k] * factor + term;                                                       \
    for (int k = 0; k < N_ACCUMULATORS; k++)                                                       \
      total += sums[k];                                                                            \
                                                                                                   \
    return total[0];                                                                               \
  }

#if defined(__x86_64__)
FUSED_LOOP (loop_wide, Wide, "avx512f")
FUSED_LOOP (loop_narrow, Narrow, "avx2,fma")
#endif

static volatile float sink;

static double
now (void)
{
  return (double) g_get_monotonic_time () / 1e6;
}

/* Once on all threads; 0 where no loop fits the processor. */
static double
measure_fused (int n_threads)
{
  int lanes = 0;
  double begin;

#if defined(__x86_64__)
  lanes = __builtin_cpu_supports ("avx512f")                                  ? 16
          : __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") ? 8
                                                                              : 0;
#endif
  if (lanes == 0)
    return 0;

  begin = now ();
#pragma omp parallel num_threads(n_threads)
  {
#if defined(__x86_64__)
    sink = lanes == 16 ? loop_wide (1e-6f) : loop_narrow (1e-6f);
#endif
  }

  return 2.0 * N_LOOPS * N_ACCUMULATORS * lanes * n_threads / (now () - begin);
}

static double
measure_product (const float *a, const float *b, float *c)
{
  const double begin = now ();

  dnnl_sgemm ('N', 'N', MATRIX_SIZE, MATRIX_SIZE, MATRIX_SIZE, 1, a, MATRIX_SIZE, b, MATRIX_SIZE, 0,
              c, MATRIX_SIZE);

  return 2.0 * MATRIX_SIZE * MATRIX_SIZE * MATRIX_SIZE / (now () - begin);
}

int
main (int argc, char *argv[])
{
  const int n_threads = argc > 1 ? MAX (atoi (argv[1]), 1) : omp_get_num_procs ();
  const gsize n = (gsize) MATRIX_SIZE * MATRIX_SIZE;
  g_autofree float *a = g_new (float, n);
  g_autofree float *b = g_new (float, n);
  g_autofree float *c = g_new (float, n);
  double fused = 0, product = 0;

  omp_set_num_threads (n_threads);
  for (gsize i = 0; i < n; i++)
    {
      a[i] = (float) (i % 7) - 3;
      b[i] = (float) (i % 5) - 2;
    }
  measure_product (a, b, c);
  for (int i = 0; i < N_REPEATS; i++)
    {
      fused = MAX (fused, measure_fused (n_threads));
      product = MAX (product, measure_product (a, b, c));
    }
  printf ("{\"fused\": %.0f, \"product\": %.0f}\n", fused, product);

  return 0;
}
