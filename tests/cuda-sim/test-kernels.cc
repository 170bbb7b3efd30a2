/* SPDX-License-Identifier: Apache-2.0 */

#include "cuda-sim-device.hh"
#include "test-kernels.h"

static __global__ void
axpy (float a, const float *x, float *y, int n)
{
  int i = blockIdx.x * blockDim.x + threadIdx.x;

  if (i < n)
    y[i] += a * x[i];
}

static __global__ void
block_sums (const float *x, float *sums)
{
  __shared__ float of_warp[4];
  float value = x[blockIdx.x * blockDim.x + threadIdx.x];

  for (int step = 16; step > 0; step /= 2)
    value += __shfl_down_sync (0xffffffffu, value, step);
  if (threadIdx.x % 32 == 0)
    of_warp[threadIdx.x / 32] = value;
  __syncthreads ();
  if (threadIdx.x == 0)
    sums[blockIdx.x] = of_warp[0] + of_warp[1] + of_warp[2] + of_warp[3];
}

static __global__ void
reverse_block (const float *x, float *y, int n, int with_barrier)
{
  CUDA_SIM_DYNAMIC_SHARED (float, copy);

  copy[threadIdx.x] = x[threadIdx.x];
  if (with_barrier)
    __syncthreads ();
  y[threadIdx.x] = copy[n - 1 - threadIdx.x];
}

static __global__ void
broken_bounds (float *y, int n)
{
  int i = blockIdx.x * blockDim.x + threadIdx.x;

  if (i <= n)
    y[i] = 1.0f;
}

static __global__ void
broken_barrier (float *y)
{
  if (threadIdx.x < 7)
    __syncthreads ();
  y[threadIdx.x] = 1.0f;
}

cudaError_t
test_axpy (cudaStream_t stream, float a, const float *x, float *y, int n)
{
  CUDA_SIM_READS (x, n * sizeof (float));
  CUDA_SIM_WRITES (y, n * sizeof (float));
  return CUDA_SIM_LAUNCH (axpy, dim3 ((n + 127) / 128), dim3 (128), 0, stream, a, x, y, n);
}

cudaError_t
test_block_sums (cudaStream_t stream, const float *x, float *sums, int n_blocks)
{
  return CUDA_SIM_LAUNCH (block_sums, dim3 (n_blocks), dim3 (128), 0, stream, x, sums);
}

cudaError_t
test_reverse (cudaStream_t stream, const float *x, float *y, int n, int with_barrier)
{
  return CUDA_SIM_LAUNCH (reverse_block, dim3 (1), dim3 (n), n * sizeof (float), stream, x, y, n,
                          with_barrier);
}

cudaError_t
test_broken_bounds (cudaStream_t stream, float *y, int n)
{
  return CUDA_SIM_LAUNCH (broken_bounds, dim3 (n / 128 + 1), dim3 (128), 0, stream, y, n);
}

cudaError_t
test_broken_barrier (cudaStream_t stream, float *y)
{
  return CUDA_SIM_LAUNCH (broken_barrier, dim3 (1), dim3 (64), 0, stream, y);
}
