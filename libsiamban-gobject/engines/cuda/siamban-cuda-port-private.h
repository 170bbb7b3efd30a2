/* SPDX-License-Identifier: Apache-2.0 */

/* What kernel sources include in place of CUDA's headers: nvcc compiles them for devices, g++ for
 * the simulated device of tests/cuda-sim.
 *
 * A kernel gets each device pointer as a parameter of its own, is launched with SIAMBAN_LAUNCH, and
 * its launcher tells with SIAMBAN_READS and SIAMBAN_WRITES what it touches, so that the simulator
 * can check the order between streams. */
#pragma once

#ifdef __CUDACC__

#include <cuda_runtime.h>

template <class... P, class... A>
static inline cudaError_t
siamban_launch (void (*kernel) (P...),
                dim3 grid,
                dim3 block,
                size_t shared_bytes,
                cudaStream_t stream,
                A... values)
{
  static_assert (sizeof...(P) == sizeof...(A), "number of kernel arguments");
  const auto launch = [&] (P... arguments) {
    void *pointers[] = { (void *) &arguments..., nullptr };

    return cudaLaunchKernel ((const void *) kernel, grid, block, pointers, shared_bytes, stream);
  };

  return launch (values...);
}

#define SIAMBAN_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                             \
  siamban_launch (kernel, grid, block, shared_bytes, stream, __VA_ARGS__)
#define SIAMBAN_READS(pointer, bytes) ((void) (pointer), (void) (bytes))
#define SIAMBAN_WRITES(pointer, bytes) ((void) (pointer), (void) (bytes))

#else

#include "cuda-sim-device.hh"

#define SIAMBAN_LAUNCH CUDA_SIM_LAUNCH
#define SIAMBAN_READS CUDA_SIM_READS
#define SIAMBAN_WRITES CUDA_SIM_WRITES

#endif

#include "siamban-cuda-kernels-private.h"

#define SIAMBAN_BLOCK 256

/* Element i of a map: float32, or bfloat16, which is the upper half of one. */
static __device__ inline float
siamban_load (const void *x, int narrow, size_t i)
{
  union
  {
    unsigned bits;
    float value;
  } one;

  if (!narrow)
    return ((const float *) x)[i];

  one.bits = (unsigned) ((const unsigned short *) x)[i] << 16;

  return one.value;
}

/* Rounds to nearest, ties to even; not-a-number stays what it is. */
static __device__ inline void
siamban_store (void *y, int narrow, size_t i, float value)
{
  union
  {
    float value;
    unsigned bits;
  } one = { value };

  if (!narrow)
    ((float *) y)[i] = value;
  else if (value != value)
    ((unsigned short *) y)[i] = 0x7fc0;
  else
    ((unsigned short *) y)[i] = (unsigned short) ((one.bits + 0x7fff + (one.bits >> 16 & 1)) >> 16);
}

static __device__ inline void
siamban_add (void *y, int narrow, size_t i, float value)
{
  siamban_store (y, narrow, i, siamban_load (y, narrow, i) + value);
}

static inline size_t
siamban_bytes_of (SiambanCudaMap map, size_t n)
{
  return n * (map.narrow ? 2 : sizeof (float));
}

/* Kernels over elements stride by the whole grid. */
static inline dim3
siamban_grid_for (size_t n)
{
  const size_t n_blocks = (n + SIAMBAN_BLOCK - 1) / SIAMBAN_BLOCK;

  return dim3 (n_blocks > 65535 ? 65535u : n_blocks > 0 ? (unsigned) n_blocks : 1u);
}

#define SIAMBAN_FOR_EACH(i, n)                                                                     \
  for (size_t i = blockIdx.x * (size_t) blockDim.x + threadIdx.x; i < (n);                         \
       i += (size_t) gridDim.x * blockDim.x)

#define SIAMBAN_RUN(kernel, n, stream, ...)                                                        \
  SIAMBAN_LAUNCH (kernel, siamban_grid_for (n), dim3 (SIAMBAN_BLOCK), 0, stream, __VA_ARGS__)

/* The sum over a block of SIAMBAN_BLOCK threads, always in the same order; all threads get it. */
static __device__ inline double
siamban_block_sum (double value, double *shared)
{
  shared[threadIdx.x] = value;
  __syncthreads ();
  for (unsigned step = SIAMBAN_BLOCK / 2; step > 0; step /= 2)
    {
      if (threadIdx.x < step)
        shared[threadIdx.x] += shared[threadIdx.x + step];
      __syncthreads ();
    }
  const double sum = shared[0];
  __syncthreads ();

  return sum;
}
