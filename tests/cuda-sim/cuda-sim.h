/* SPDX-License-Identifier: Apache-2.0 */

/* What a test may ask of the simulated devices. The calls of CUDA itself are declared by CUDA's own headers.
 *
 * Environment, read at the first call:
 *   CUDA_SIM_DEVICES=N       devices (1)
 *   CUDA_SIM_MEMORY_MIB=N    memory of each (4096)
 *   CUDA_SIM_CAPABILITY=N    compute capability of all, times ten (90)
 *   CUDA_SIM_SCHEDULE=late   work of a stream starts only when somebody waits for it (the default)
 *   CUDA_SIM_SCHEDULE=free   streams run on threads of their own, with random pauses
 *   CUDA_SIM_ORDER=forward|reverse   the order in which the threads of a block take turns (forward)
 *   CUDA_SIM_SPOIL=1         every cuDNN plan makes one wrong number, so that a test can show that it notices
 *   CUDA_SIM_SPOIL_PRODUCTS=1  every product of matrices has wrong signs
 *   CUDA_SIM_UTILISATION=N   how busy every device says that it is, in percent (nobody tells)
 *   CUDA_SIM_ABORT=0         a fault is an error status instead of the end of the process
 */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C"
{
#endif

  /* The k-th call (from 1, counted from now on) of a function of the API returns `status` and does nothing. */
  void cuda_sim_fail_call (const char *function, int k, int status);

  /* The k-th call from now on of a function of streams, events or copies does nothing and says that all went
   * well: a mistake of the caller to be found. */
  void cuda_sim_ignore_call (const char *function, int k);

  /* How many bytes were copied so far between the host and devices, when the copies ran. */
  size_t cuda_sim_count_bytes_to_host (void);
  size_t cuda_sim_count_bytes_to_device (void);

  /* How many calls of a function there were. */
  int cuda_sim_count_calls (const char *function);

  /* From now on every call on this device fails, and its streams do nothing more. */
  void cuda_sim_lose_device (int device);

#ifdef __cplusplus
}
#endif
