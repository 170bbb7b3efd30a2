/* SPDX-License-Identifier: Apache-2.0 */

/* What a map is, in two numbers: to see whether two ways to compute it agree. */
#include "siamban-cuda-port-private.h"

#include "siamban-cuda-probe-private.h"

/* Kernels */

/* From -1 to 1, and unlike that of its neighbours. */
static __device__ inline float
pattern_at (size_t i, unsigned seed)
{
  unsigned bits = (unsigned) i * 2654435761u + seed * 40503u;

  bits ^= bits >> 15;
  bits *= 2246822519u;
  bits ^= bits >> 13;

  return (float) (bits & 0xffff) / 32768.0f - 1;
}

static __global__ void
pattern_kernel (void *y, int y_narrow, size_t n, unsigned seed)
{
  SIAMBAN_FOR_EACH (i, n)
    siamban_store (y, y_narrow, i, pattern_at (i, seed));
}

static __global__ void
probe_parts_kernel (const void *x, int x_narrow, size_t n, double *parts)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double squares = 0, products = 0;

  SIAMBAN_FOR_EACH (i, n)
    {
      const double value = siamban_load (x, x_narrow, i);

      squares += value * value;
      products += value * pattern_at (i, 0);
    }
  squares = siamban_block_sum (squares, shared);
  products = siamban_block_sum (products, shared);
  if (threadIdx.x == 0)
    {
      parts[2 * blockIdx.x] = squares;
      parts[2 * blockIdx.x + 1] = products;
    }
}

static __global__ void
finish_probe_kernel (double *parts, unsigned n_blocks)
{
  if (threadIdx.x < 2)
    {
      double sum = 0;

      for (unsigned block = 0; block < n_blocks; block++)
        sum += parts[2 * block + threadIdx.x];
      parts[SIAMBAN_CUDA_PROBE_RESULT + threadIdx.x] = sum;
    }
}

/* Launchers */

cudaError_t
siamban_cuda_pattern (cudaStream_t stream, SiambanCudaMap y, size_t n, unsigned seed)
{
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, n));

  return SIAMBAN_RUN (pattern_kernel, n, stream, y.data, y.narrow, n, seed);
}

cudaError_t
siamban_cuda_probe (cudaStream_t stream, SiambanCudaMap x, size_t n, double *parts)
{
  const size_t wanted = (n + SIAMBAN_BLOCK - 1) / SIAMBAN_BLOCK;
  const unsigned n_blocks = wanted > SIAMBAN_CUDA_PROBE_BLOCKS ? SIAMBAN_CUDA_PROBE_BLOCKS
                                                               : (unsigned) wanted;
  cudaError_t status;

  SIAMBAN_READS (x.data, siamban_bytes_of (x, n));
  SIAMBAN_WRITES (parts, SIAMBAN_CUDA_PROBE_RESULT * sizeof (double));
  status = SIAMBAN_LAUNCH (probe_parts_kernel, dim3 (n_blocks), dim3 (SIAMBAN_BLOCK), 0, stream,
                           x.data, x.narrow, n, parts);
  if (status != cudaSuccess)
    return status;

  SIAMBAN_WRITES (parts, (SIAMBAN_CUDA_PROBE_RESULT + 2) * sizeof (double));

  return SIAMBAN_LAUNCH (finish_probe_kernel, dim3 (1), dim3 (32), 0, stream, parts, n_blocks);
}
