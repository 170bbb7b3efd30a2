/* SPDX-License-Identifier: Apache-2.0 */

/* Kernels that compare two ways to compute a map; see siamban-cuda-kernels-private.h. */
#pragma once

#include "siamban-cuda-kernels-private.h"

#ifdef __cplusplus
extern "C"
{
#endif

  /* Numbers from -1 to 1 that depend on their place and @seed. */
  cudaError_t siamban_cuda_pattern (cudaStream_t stream, SiambanCudaMap y, size_t n, unsigned seed);

/* @parts: room for SIAMBAN_CUDA_NORM_PARTS, of which SIAMBAN_CUDA_PROBE_RESULT and the next become the sum of
 * squares and the sum of products with a pattern. */
#define SIAMBAN_CUDA_PROBE_BLOCKS 128
#define SIAMBAN_CUDA_PROBE_RESULT (2 * SIAMBAN_CUDA_PROBE_BLOCKS)
  cudaError_t siamban_cuda_probe (cudaStream_t stream, SiambanCudaMap x, size_t n, double *parts);

#ifdef __cplusplus
}
#endif
