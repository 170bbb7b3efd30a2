/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-nvml-private.h"

#include "siamban-cuda-library-private.h"

#ifndef SIAMBAN_NVML_SONAME
#define SIAMBAN_NVML_SONAME "libnvidia-ml.so.1"
#endif

typedef struct
{
  unsigned computing; /* percent */
  unsigned copying;
} Utilisation;

typedef struct
{
  unsigned long long total; /* bytes */
  unsigned long long n_free;
  unsigned long long used;
} Memory;

/* What is used of the library, which comes with the driver. Functions return 0 if all is well. */
typedef struct
{
  int (*init) (void);
  int (*get_device) (const char *bus_id, void **device);
  int (*get_utilisation) (void *device, Utilisation *utilisation);
  int (*get_memory) (void *device, Memory *memory);
} Nvml;

static gboolean
open_library (Nvml *nvml)
{
  const SiambanCudaSymbol symbols[] = {
    { "nvmlInit_v2", (void **) &nvml->init },
    { "nvmlDeviceGetHandleByPciBusId_v2", (void **) &nvml->get_device },
    { "nvmlDeviceGetUtilizationRates", (void **) &nvml->get_utilisation },
    { "nvmlDeviceGetMemoryInfo", (void **) &nvml->get_memory },
  };

  return _siamban_cuda_library_open (SIAMBAN_NVML_SONAME, symbols, G_N_ELEMENTS (symbols), NULL) &&
         nvml->init () == 0;
}

/* NULL if it cannot be used. */
static const Nvml *
get_library (void)
{
  static gsize once;
  static gboolean is_open;
  static Nvml nvml;

  if (g_once_init_enter (&once))
    {
      is_open = open_library (&nvml);
      g_once_init_leave (&once, 1);
    }

  return is_open ? &nvml : NULL;
}

void
_siamban_nvml_measure (const char *bus_id, SiambanDeviceUsage *usage)
{
  const Nvml *nvml = get_library ();
  Utilisation utilisation = { 0 };
  Memory memory = { 0 };
  void *device = NULL;

  if (nvml == NULL || nvml->get_device (bus_id, &device) != 0)
    return;

  if (nvml->get_utilisation (device, &utilisation) == 0)
    usage->utilisation = MIN (utilisation.computing, 100) / 100.0;
  if (nvml->get_memory (device, &memory) == 0)
    {
      usage->memory = memory.total;
      usage->memory_used = memory.used;
    }
}
