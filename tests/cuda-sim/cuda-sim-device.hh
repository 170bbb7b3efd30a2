/* SPDX-License-Identifier: Apache-2.0 */

/* CUDA's kernel language for g++: the same kernel source that nvcc compiles, without nvcc's <<<>>>.
 * Kernels are launched with CUDA_SIM_LAUNCH, dynamic shared memory is CUDA_SIM_DYNAMIC_SHARED. */
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>

#include <cuda_runtime_api.h>

#define __shared__ static thread_local
#define __launch_bounds__(...)

struct sim_thread
{
  uint3 index;
  int linear, state;
  void *fiber;
  const void *site;
  unsigned mask;
};

struct sim_block
{
  dim3 grid, size;
  uint3 index;
  unsigned char *shared;
  sim_thread *current;
  int device;
  uint64_t *slots;
};

extern thread_local sim_block *sim_the_block;

#define threadIdx (sim_the_block->current->index)
#define blockIdx (sim_the_block->index)
#define blockDim (sim_the_block->size)
#define gridDim (sim_the_block->grid)
static const int warpSize = 32;

void sim_block_barrier (const void *site);
void sim_warp_barrier (unsigned mask, const void *site);
uint64_t sim_warp_exchange (unsigned mask, uint64_t value, int lane, const void *site);
const void *sim_device_pointer (const void *pointer, int device, const char *what);

/* What a wrapper says its kernel reads and writes on the next launch of this thread, for the check of order. */
void sim_declare (const void *pointer, size_t bytes, bool writes);

cudaError_t sim_launch_kernel (const char *name,
                               const void *function,
                               dim3 grid,
                               dim3 block,
                               size_t shared_bytes,
                               cudaStream_t stream,
                               const void *const *pointers,
                               int n_pointers,
                               std::function<std::function<void ()> (int)> bind);

#define CUDA_SIM_READS(pointer, bytes) sim_declare (pointer, bytes, false)
#define CUDA_SIM_WRITES(pointer, bytes) sim_declare (pointer, bytes, true)
#define CUDA_SIM_DYNAMIC_SHARED(type, name)                                                        \
  type *name = reinterpret_cast<type *> (sim_the_block->shared)

/* An address of its own for every place in the source. */
#define SIM_SITE                                                                                   \
  ({                                                                                               \
    static const char here[2] = { 0, 0 };                                                          \
    (const void *) here;                                                                           \
  })
#define __syncthreads() sim_block_barrier (SIM_SITE)
#define __syncwarp(...) sim_warp_barrier (0xffffffffu, SIM_SITE)

static inline int
sim_lane ()
{
  return sim_the_block->current->linear & 31;
}

template <class T>
static inline T
sim_shuffle (unsigned mask, T value, int lane, const void *site)
{
  static_assert (sizeof (T) <= 8, "a shuffle moves at most 8 bytes");
  uint64_t bits = 0;
  memcpy (&bits, &value, sizeof value);
  bits = sim_warp_exchange (mask, bits, lane, site);
  memcpy (&value, &bits, sizeof value);
  return value;
}

#define __shfl_sync(mask, value, lane) sim_shuffle (mask, value, (int) (lane) &31, SIM_SITE)
#define __shfl_xor_sync(mask, value, bits)                                                         \
  sim_shuffle (mask, value, sim_lane () ^ (int) (bits), SIM_SITE)
#define __shfl_down_sync(mask, value, n)                                                           \
  sim_shuffle (mask, value, sim_lane () + (int) (n) < 32 ? sim_lane () + (int) (n) : sim_lane (),  \
               SIM_SITE)

static inline float
atomicAdd (float *target, float value)
{
  uint32_t old_bits, new_bits;
  float old_value, new_value;

  __atomic_load ((uint32_t *) target, &old_bits, __ATOMIC_RELAXED);
  do
    {
      memcpy (&old_value, &old_bits, 4);
      new_value = old_value + value;
      memcpy (&new_bits, &new_value, 4);
    }
  while (!__atomic_compare_exchange ((uint32_t *) target, &old_bits, &new_bits, false,
                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  return old_value;
}

static inline int
atomicAdd (int *target, int value)
{
  return __atomic_fetch_add (target, value, __ATOMIC_RELAXED);
}

static inline unsigned
atomicAdd (unsigned *target, unsigned value)
{
  return __atomic_fetch_add (target, value, __ATOMIC_RELAXED);
}

#define __expf(x) expf (x)
#define __logf(x) logf (x)
#define __fdividef(a, b) ((a) / (b))
#define __threadfence() __atomic_thread_fence (__ATOMIC_SEQ_CST)

static inline float
rsqrtf (float x)
{
  return 1.0f / sqrtf (x);
}

template <class T>
static inline T
__ldg (const T *pointer)
{
  return *pointer;
}

template <class T>
static inline T
min (T a, T b)
{
  return b < a ? b : a;
}

template <class T>
static inline T
max (T a, T b)
{
  return a < b ? b : a;
}

/* Pointer parameters become host addresses when the kernel runs, by their type. */
template <class P>
static inline P
sim_bind (P value, int device, const char *name)
{
  if constexpr (std::is_pointer_v<P>)
    return (P) sim_device_pointer ((const void *) value, device, name);
  else
    return value;
}

template <class... P, class... A>
static inline cudaError_t
sim_launch (const char *name,
            void (*kernel) (P...),
            dim3 grid,
            dim3 block,
            size_t shared_bytes,
            cudaStream_t stream,
            A... arguments)
{
  static_assert (sizeof...(P) == sizeof...(A), "number of kernel arguments");
  std::tuple<P...> values (static_cast<P> (arguments)...);
  const void *pointers[sizeof...(P) + 1];
  int n = 0;
  auto note = [&] (auto &value) {
    if constexpr (std::is_pointer_v<std::remove_reference_t<decltype (value)> >)
      pointers[n++] = (const void *) value;
  };
  std::apply ([&] (auto &...value) { (note (value), ...); }, values);
  auto bind = [=] (int device) -> std::function<void ()> {
    auto bound = std::apply (
        [=] (auto... value) { return std::tuple<P...> (sim_bind (value, device, name)...); },
        values);
    return [=] () { std::apply (kernel, bound); };
  };
  return sim_launch_kernel (name, (const void *) kernel, grid, block, shared_bytes, stream,
                            pointers, n, bind);
}

#define CUDA_SIM_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                            \
  sim_launch (#kernel, kernel, grid, block, shared_bytes, stream, __VA_ARGS__)
