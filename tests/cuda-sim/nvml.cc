/* SPDX-License-Identifier: Apache-2.0 */

/* What is asked of NVIDIA's management library. */
#include <stdio.h>
#include <stdlib.h>

#include "cuda-sim-internal.hh"
#include "cuda-sim.h"

static int n_known_devices = 0;
static int numbers[64];

extern "C" __attribute__ ((visibility ("default"))) int
nvmlInit_v2 (void)
{
  n_known_devices = sim_n_devices ();
  for (int i = 0; i < 64; i++)
    numbers[i] = i;
  return 0;
}

extern "C" __attribute__ ((visibility ("default"))) int
nvmlDeviceGetHandleByPciBusId_v2 (const char *bus_id, void **device)
{
  unsigned number;

  if (sscanf (bus_id, "%*x:%02x:00.0", &number) != 1 || (int) number >= n_known_devices)
    return 6;
  *device = &numbers[number];
  return 0;
}

/* CUDA_SIM_UTILISATION: what every device says, in percent; without, none tells. */
extern "C" __attribute__ ((visibility ("default"))) int
nvmlDeviceGetUtilizationRates (void *device, unsigned percent[2])
{
  const char *text = getenv ("CUDA_SIM_UTILISATION");

  if (text == NULL)
    return 3;
  percent[0] = (unsigned) atoi (text);
  percent[1] = 0;
  return 0;
}

/* Not supported: CUDA is asked then. */
extern "C" __attribute__ ((visibility ("default"))) int
nvmlDeviceGetMemoryInfo (void *device, unsigned long long memory[3])
{
  return 3;
}
