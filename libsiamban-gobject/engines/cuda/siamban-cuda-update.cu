/* SPDX-License-Identifier: Apache-2.0 */

/* The step of gradient descent over flat buffers. */
#include "siamban-cuda-port-private.h"

/* Kernels */

static __global__ void
square_parts_kernel (const float *x, size_t n, double *parts)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double sum = 0;

  SIAMBAN_FOR_EACH (i, n)
    sum += (double) x[i] * x[i];
  sum = siamban_block_sum (sum, shared);
  if (threadIdx.x == 0)
    parts[blockIdx.x] = sum;
}

static __global__ void
add_parts_kernel (const double *parts, int n_parts, double *total)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double sum = 0;

  SIAMBAN_FOR_EACH (i, (size_t) n_parts)
    sum += parts[i];
  sum = siamban_block_sum (sum, shared);
  if (threadIdx.x == 0)
    *total = sum;
}

/* g = clip · gradient + weight decay · p;  m = momentum · m + g;  p -= rate · m
 * Nothing moves if the norm of all gradients is not finite. */
static __global__ void
descend_kernel (float *values,
                float *momentum_values,
                const float *gradients,
                size_t n,
                const float *settings,
                unsigned parameter,
                const double *squares)
{
  const double norm = sqrt (*squares), limit = settings[SIAMBAN_CUDA_GRAD_CLIP];
  const float momentum = settings[SIAMBAN_CUDA_MOMENTUM];
  const float weight_decay = settings[SIAMBAN_CUDA_WEIGHT_DECAY];
  const float rate = settings[SIAMBAN_CUDA_RATES + parameter];
  float clip = 1;

  if (!(norm < INFINITY))
    return;
  if (limit > 0 && limit < norm + 1e-6)
    clip = (float) (limit / (norm + 1e-6));

  SIAMBAN_FOR_EACH (i, n)
    {
      const float gradient = gradients[i] * clip + weight_decay * values[i];

      momentum_values[i] = momentum * momentum_values[i] + gradient;
      values[i] -= rate * momentum_values[i];
    }
}

/* Launchers */

cudaError_t
siamban_cuda_sum_squares (cudaStream_t stream,
                          const float *x,
                          size_t n,
                          double *parts,
                          double *squares)
{
  const size_t wanted = (n + SIAMBAN_BLOCK - 1) / SIAMBAN_BLOCK;
  const unsigned n_parts = wanted > SIAMBAN_CUDA_NORM_PARTS ? SIAMBAN_CUDA_NORM_PARTS
                           : wanted > 0                     ? (unsigned) wanted
                                                            : 1;
  cudaError_t status;

  SIAMBAN_READS (x, n * sizeof (float));
  SIAMBAN_WRITES (parts, n_parts * sizeof (double));
  status = SIAMBAN_LAUNCH (square_parts_kernel, dim3 (n_parts), dim3 (SIAMBAN_BLOCK), 0, stream, x,
                           n, parts);
  if (status != cudaSuccess)
    return status;

  SIAMBAN_READS (parts, n_parts * sizeof (double));
  SIAMBAN_WRITES (squares, sizeof (double));

  return SIAMBAN_LAUNCH (add_parts_kernel, dim3 (1), dim3 (SIAMBAN_BLOCK), 0, stream, parts,
                         (int) n_parts, squares);
}

cudaError_t
siamban_cuda_descend (cudaStream_t stream,
                      float *values,
                      float *momentum_values,
                      const float *gradients,
                      size_t n,
                      const float *settings,
                      unsigned parameter,
                      const double *squares)
{
  SIAMBAN_READS (gradients, n * sizeof (float));
  SIAMBAN_READS (settings, (SIAMBAN_CUDA_RATES + parameter + 1) * sizeof (float));
  SIAMBAN_READS (squares, sizeof (double));
  SIAMBAN_WRITES (values, n * sizeof (float));
  SIAMBAN_WRITES (momentum_values, n * sizeof (float));

  return SIAMBAN_RUN (descend_kernel, n, stream, values, momentum_values, gradients, n, settings,
                      parameter, squares);
}
