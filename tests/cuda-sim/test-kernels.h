/* SPDX-License-Identifier: Apache-2.0 */

/* Small kernels for the tests of the simulated device itself; the broken ones are broken on purpose. */
#pragma once

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C"
{
#endif

  cudaError_t test_axpy (cudaStream_t stream, float a, const float *x, float *y, int n);
  cudaError_t test_block_sums (cudaStream_t stream, const float *x, float *sums, int n_blocks);
  cudaError_t test_reverse (cudaStream_t stream, const float *x, float *y, int n, int with_barrier);
  cudaError_t test_broken_bounds (cudaStream_t stream, float *y, int n);
  cudaError_t test_broken_barrier (cudaStream_t stream, float *y);

#ifdef __cplusplus
}
#endif
