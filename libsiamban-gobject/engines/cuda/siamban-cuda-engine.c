/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>

#include "siamban-cuda-connection-private.h"
#include "siamban-cuda-program-private.h"
#include "siamban-engine-private.h"
#include "siamban-error.h"
#include "siamban-nvml-private.h"

/* Graphics cards of NVIDIA. The module loads on any machine: the driver and cuDNN are looked for
 * when the engine is asked whether it can work. */
typedef struct
{
  SiambanEngine parent_instance;

  char *id;
  char *name;
} SiambanCudaEngine;

typedef SiambanEngineClass SiambanCudaEngineClass;

/* The oldest generation that the module holds code for. */
#define OLDEST_CAPABILITY 75

/* How many times as much a card has at most as CUDA has of it, unless it is parted. */
#define MOST_RESERVED 1.1

GType _siamban_cuda_engine_get_type (void);

/* GIO's names for what it calls in a module. */
G_MODULE_EXPORT void g_io_module_load (GIOModule *module);
G_MODULE_EXPORT void g_io_module_unload (GIOModule *module);
G_MODULE_EXPORT char **g_io_module_query (void);

G_DEFINE_TYPE (SiambanCudaEngine, _siamban_cuda_engine, SIAMBAN_TYPE_ENGINE)

static int
get_capability (int device)
{
  int major = 0, minor = 0;

  cudaDeviceGetAttribute (&major, cudaDevAttrComputeCapabilityMajor, device);
  cudaDeviceGetAttribute (&minor, cudaDevAttrComputeCapabilityMinor, device);

  return 10 * major + minor;
}

/* Why there is no device at all, or NULL and how many there are. The runtime leaves the number
 * untouched when it fails. */
static gboolean
count_devices (int *n, GError **error)
{
  int driver = 0;
  cudaError_t status;

  *n = 0;
  cudaDriverGetVersion (&driver);
  if (driver == 0)
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE,
                           "no NVIDIA driver is installed (libcuda.so.1)");
      return FALSE;
    }

  status = cudaGetDeviceCount (n);
  if (status != cudaSuccess)
    {
      *n = 0;
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE,
                   "%s (driver for CUDA %d.%d, built with CUDA %d.%d)", cudaGetErrorString (status),
                   driver / 1000, driver % 1000 / 10, CUDART_VERSION / 1000,
                   CUDART_VERSION % 1000 / 10);
      return FALSE;
    }

  return TRUE;
}

/* Devices keep the numbers that CUDA gives them, so the old ones are listed, too; a program for
 * one of them says why it cannot be made. */
static gboolean
probe (SiambanEngine *engine, GError **error)
{
  g_autoptr (GString) reasons = g_string_new (NULL);
  int n;

  if (!count_devices (&n, error) || _siamban_cudnn_open (error) == NULL)
    return FALSE;

  for (int device = 0; device < n; device++)
    {
      const int capability = get_capability (device);

      if (capability >= OLDEST_CAPABILITY)
        return TRUE;
      g_string_append_printf (reasons, "%scuda:%d has compute capability %d.%d, 7.5 is needed",
                              reasons->len > 0 ? "; " : "", device, capability / 10,
                              capability % 10);
    }
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE, "%s",
               reasons->len > 0 ? reasons->str : "the driver knows no device");

  return FALSE;
}

static guint
get_n_devices (SiambanEngine *engine)
{
  int n;

  return count_devices (&n, NULL) ? (guint) n : 0;
}

static void
get_device_info (SiambanEngine *engine, guint index, SiambanDeviceInfo *info)
{
  SiambanCudaEngine *self = (SiambanCudaEngine *) engine;
  const int capability = get_capability ((int) index);
  struct cudaDeviceProp properties = { .name = "?" };

  cudaGetDeviceProperties (&properties, (int) index);
  g_free (self->id);
  g_free (self->name);
  self->id = g_strdup_printf ("cuda:%u", index);
  self->name = g_strdup_printf ("%s, compute capability %d.%d%s", properties.name, capability / 10,
                                capability % 10,
                                capability < OLDEST_CAPABILITY ? " (too old, 7.5 is needed)" : "");
  *info = (SiambanDeviceInfo){
    .id = self->id,
    .name = self->name,
    .memory = properties.totalGlobalMem,
  };
}

/* Of a card that is parted, the driver's library tells what all of it has. */
static gboolean
is_whole (guint index, const SiambanDeviceUsage *usage)
{
  struct cudaDeviceProp properties;

  return cudaGetDeviceProperties (&properties, (int) index) == cudaSuccess &&
         (double) usage->memory < MOST_RESERVED * (double) properties.totalGlobalMem;
}

/* The driver's library tells of a whole card only, CUDA of what there is of it for this process, which takes a
 * part of the card itself. */
static void
measure_usage (SiambanEngine *engine, guint index, SiambanDeviceUsage *usage)
{
  char bus_id[32] = "";
  size_t n_free = 0, n_bytes = 0;

  if (cudaDeviceGetPCIBusId (bus_id, sizeof bus_id, (int) index) == cudaSuccess)
    _siamban_nvml_measure (bus_id, usage);
  if (usage->memory_used > 0 && is_whole (index, usage))
    return;
  if (cudaSetDevice ((int) index) != cudaSuccess ||
      cudaMemGetInfo (&n_free, &n_bytes) != cudaSuccess)
    return;

  usage->memory = n_bytes;
  usage->memory_used = n_bytes - MIN (n_free, n_bytes);
}

static char *
get_address (SiambanEngine *engine, guint index, GError **error)
{
#ifdef SIAMBAN_HAVE_NCCL
  return _siamban_nccl_get_address ((int) index, error);
#else
  g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                       "the engine was built without NCCL's header");
  return NULL;
#endif
}

#ifdef SIAMBAN_HAVE_NCCL
static GObject *
connect_device (SiambanEngine *engine, guint index, const SiambanPeers *peers, GError **error)
{
  return _siamban_nccl_connect ((int) index, peers, error);
}
#endif

static gboolean
time_reduction (SiambanEngine *engine,
                GObject *connection,
                gsize n_values,
                guint n_times,
                double *seconds,
                GError **error)
{
  return _siamban_cuda_connection_time ((SiambanCudaConnection *) connection, n_values, n_times,
                                        seconds, error);
}

static void
siamban_cuda_engine_finalize (GObject *object)
{
  SiambanCudaEngine *self = (SiambanCudaEngine *) object;

  g_free (self->id);
  g_free (self->name);

  G_OBJECT_CLASS (_siamban_cuda_engine_parent_class)->finalize (object);
}

static void
_siamban_cuda_engine_class_init (SiambanCudaEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_cuda_engine_finalize;

  klass->has_bf16 = TRUE;
  klass->description = "Graphics cards of NVIDIA, with cuDNN";
  klass->get_program_type = _siamban_cuda_program_get_type;
  klass->probe = probe;
  klass->get_n_devices = get_n_devices;
  klass->get_device_info = get_device_info;
  klass->measure_usage = measure_usage;
  klass->get_address = get_address;
#ifdef SIAMBAN_HAVE_NCCL
  klass->connect = connect_device;
#endif
  klass->time_reduction = time_reduction;
}

static void
_siamban_cuda_engine_init (SiambanCudaEngine *self)
{
}

void
g_io_module_load (GIOModule *module)
{
  /* Never unloaded: its types and the libraries that it opens stay. */
  g_type_module_use (G_TYPE_MODULE (module));

  /* Behind the processor, so nobody gets it unasked: it has not run on a real card yet. */
  g_io_extension_point_implement (SIAMBAN_ENGINE_EXTENSION_POINT, _siamban_cuda_engine_get_type (),
                                  "cuda", 5);
}

void
g_io_module_unload (GIOModule *module)
{
}

char **
g_io_module_query (void)
{
  const char *const points[] = { SIAMBAN_ENGINE_EXTENSION_POINT, NULL };

  return g_strdupv ((char **) points);
}
