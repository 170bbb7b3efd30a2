/* SPDX-License-Identifier: Apache-2.0 */

/* What the simulated libraries share. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

#include <cuda_runtime_api.h>

#include "cuda-sim.h"

#define CUDA_SIM_API extern "C" __attribute__ ((visibility ("default")))

/* Bytes that a piece of work reads or writes, told when it is issued. */
struct sim_access
{
  const void *pointer;
  size_t bytes;
  bool writes;
};

/* Prints a mistake of the caller and ends the process; with CUDA_SIM_ABORT=0 it becomes the status returned. */
[[gnu::format (printf, 2, 3)]] cudaError_t sim_fault (cudaError_t status, const char *format, ...);

/* The status that cuda_sim_fail_call () planted for this call, SIM_IGNORED, or 0. */
const int SIM_IGNORED = -1;
int sim_planted (const char *function);
bool sim_lost (int device);
/* Whether a device still works. */
cudaError_t sim_device_status (int device);
cudaError_t sim_return (cudaError_t status);

int sim_n_devices ();
int sim_current_device ();

/* -1: not a device's address */
int sim_pointer_device (const void *pointer);
bool sim_is_pinned (const void *pointer, size_t bytes);

/* The host address of bytes that lie in one live allocation of the device; after a fault NULL. */
void *sim_range (const void *pointer, size_t bytes, int device, const char *what);

/* Whether all guard zones of a device are as they were made; tells which is not. */
void sim_check_guards (int device, const char *what);
void sim_forget (const void *pointer, size_t bytes);

/* -1: no live stream */
int sim_stream_device (cudaStream_t stream);
cudaError_t sim_stream_push (cudaStream_t stream,
                             const char *what,
                             std::vector<sim_access> accesses,
                             std::function<void ()> work);

/* Lets a stream run all that it was given so far. */
void sim_stream_demand (cudaStream_t stream);
bool sim_stream_is_capturing (cudaStream_t stream);
void sim_wait_device (int device);

static inline float
sim_from_bfloat16 (uint16_t bits)
{
  uint32_t wide = (uint32_t) bits << 16;
  float value;

  memcpy (&value, &wide, 4);
  return value;
}

/* To nearest, ties to even. */
static inline uint16_t
sim_to_bfloat16 (float value)
{
  uint32_t bits;

  if (value != value)
    return 0x7fc0;
  memcpy (&bits, &value, 4);
  return (uint16_t) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void sim_run_grid (const char *name,
                   dim3 grid,
                   dim3 block,
                   size_t shared_bytes,
                   int device,
                   const std::function<void ()> &thread);
