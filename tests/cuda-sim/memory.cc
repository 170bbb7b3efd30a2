/* SPDX-License-Identifier: Apache-2.0 */

/* Devices and their memory. A device's address is a host address with bit 47 and, above it, the device's number
 * set: no processor follows it, and what belongs where is told by value. Around each allocation lie guard zones. */
#include "cuda-sim-internal.hh"
#include "cuda-sim-device.hh"

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(low, size) ((void) 0)
#define ASAN_UNPOISON_MEMORY_REGION(low, size) ((void) 0)
#endif

using lock = std::unique_lock<std::mutex>;

static const uintptr_t TAG = (uintptr_t) 1 << 47, LOW_BITS = TAG - 1;
static const size_t GUARD_BYTES = 256;
static const unsigned char GUARD = 0xa5;

struct allocation
{
  size_t bytes;
  int device;
};

static std::mutex memory_lock;
static std::map<uintptr_t, allocation> allocations;

/* What was to be freed on a lost device. It is reachable as long as the process lives, so that only
 * memory which nobody tried to free counts as a leak. */
static std::set<uintptr_t> &out_of_reach = *new std::set<uintptr_t>;
static std::map<uintptr_t, size_t> pinned;
static std::map<int, size_t> used;

static std::mutex plan_lock;
static std::map<std::string, std::map<int, int> > planted;
static std::map<std::string, int> n_calls;
static std::set<int> lost;

static std::atomic<int> sticky;
static thread_local int current_device;
static thread_local cudaError_t last_error;

static size_t
setting (const char *name, size_t otherwise)
{
  const char *value = getenv (name);

  return value ? strtoull (value, nullptr, 10) : otherwise;
}

int
sim_n_devices ()
{
  static int n = (int) setting ("CUDA_SIM_DEVICES", 1);

  return n;
}

static size_t
memory_of_device ()
{
  static size_t bytes = setting ("CUDA_SIM_MEMORY_MIB", 4096) << 20;

  return bytes;
}

int
sim_current_device ()
{
  return current_device;
}

cudaError_t
sim_fault (cudaError_t status, const char *format, ...)
{
  static const bool aborts = setting ("CUDA_SIM_ABORT", 1) != 0;
  va_list arguments;

  va_start (arguments, format);
  fputs ("cuda-sim: ", stderr);
  vfprintf (stderr, format, arguments);
  fputc ('\n', stderr);
  va_end (arguments);
  if (aborts)
    abort ();
  if (status == cudaErrorIllegalAddress || status == cudaErrorLaunchFailure)
    sticky = status;
  return last_error = status;
}

void
cuda_sim_fail_call (const char *function, int k, int status)
{
  lock held (plan_lock);

  planted[function][n_calls[function] + k] = status;
}

void
cuda_sim_ignore_call (const char *function, int k)
{
  cuda_sim_fail_call (function, k, SIM_IGNORED);
}

int
cuda_sim_count_calls (const char *function)
{
  lock held (plan_lock);

  return n_calls[function];
}

void
cuda_sim_lose_device (int device)
{
  lock held (plan_lock);

  lost.insert (device);
}

bool
sim_lost (int device)
{
  lock held (plan_lock);

  return lost.count (device) != 0;
}

int
sim_planted (const char *function)
{
  lock held (plan_lock);
  auto &of_function = planted[function];
  auto found = of_function.find (++n_calls[function]);
  int status = found == of_function.end () ? 0 : found->second;

  if (status)
    of_function.erase (found);
  return status;
}

/* An error that a device reported stays, as with CUDA, for every later call. */
cudaError_t
sim_device_status (int device)
{
  return sim_lost (device) ? cudaErrorDevicesUnavailable : (cudaError_t) sticky.load ();
}

cudaError_t
sim_return (cudaError_t status)
{
  if (status == cudaSuccess)
    status = sim_device_status (current_device);
  if (status != cudaSuccess)
    last_error = status;
  return status;
}

/* Leaves the calling function when its failure was planted or its device is lost. */
#define ENTER()                                                                                    \
  do                                                                                               \
    {                                                                                              \
      int planted_status = sim_planted (__func__);                                                 \
      cudaError_t status = sim_return ((cudaError_t) planted_status);                              \
      if (status != cudaSuccess)                                                                   \
        return status;                                                                             \
    }                                                                                              \
  while (0)

int
sim_pointer_device (const void *pointer)
{
  uintptr_t address = (uintptr_t) pointer;

  return address & TAG ? (int) (address >> 48 & 0xff) - 1 : -1;
}

bool
sim_is_pinned (const void *pointer, size_t bytes)
{
  lock held (memory_lock);
  auto found = pinned.upper_bound ((uintptr_t) pointer);

  return found != pinned.begin () &&
         (--found, (uintptr_t) pointer + bytes <= found->first + found->second);
}

void *
sim_range (const void *pointer, size_t bytes, int device, const char *what)
{
  int owner = sim_pointer_device (pointer);
  uintptr_t address = (uintptr_t) pointer & LOW_BITS;

  if (owner < 0)
    {
      sim_fault (cudaErrorIllegalAddress, "%s: host pointer %p%s where device memory is needed",
                 what, pointer, sim_is_pinned (pointer, 0) ? " (pinned)" : "");
      return nullptr;
    }
  if (owner != device)
    {
      sim_fault (cudaErrorIllegalAddress, "%s: pointer %p belongs to device %d, not to device %d",
                 what, pointer, owner, device);
      return nullptr;
    }

  size_t size = 0, offset = 0;
  bool live = false;
  {
    lock held (memory_lock);
    auto found = allocations.upper_bound (address);
    if (found != allocations.begin ())
      {
        --found;
        size = found->second.bytes;
        offset = address - found->first;
        live = found->second.device == device && offset <= size;
      }
  }
  if (!live)
    {
      sim_fault (cudaErrorIllegalAddress, "%s: %p is in no live allocation of device %d", what,
                 pointer, device);
      return nullptr;
    }
  if (bytes > size - offset)
    {
      sim_fault (cudaErrorIllegalAddress,
                 "%s: %zu bytes at %p run %zu bytes past their allocation of %zu", what, bytes,
                 pointer, bytes - (size - offset), size);
      return nullptr;
    }
  return (void *) address;
}

const void *
sim_device_pointer (const void *pointer, int device, const char *what)
{
  return pointer ? sim_range (pointer, 0, device, what) : nullptr;
}

static bool
guard_is_whole (const unsigned char *guard)
{
#if defined(__SANITIZE_ADDRESS__)
  /* Poisoned: the sanitizer has stopped whoever touched it. */
  return true;
#endif
  for (size_t i = 0; i < GUARD_BYTES; i++)
    if (guard[i] != GUARD)
      return false;
  return true;
}

static bool
guards_are_whole (uintptr_t address, size_t bytes)
{
  return guard_is_whole ((unsigned char *) address - GUARD_BYTES) &&
         guard_is_whole ((unsigned char *) address + bytes);
}

void
sim_check_guards (int device, const char *what)
{
  size_t broken = 0;
  {
    lock held (memory_lock);
    for (auto &[address, one] : allocations)
      if (one.device == device && !guards_are_whole (address, one.bytes))
        broken = one.bytes;
  }
  if (broken)
    sim_fault (cudaErrorIllegalAddress, "%s: wrote outside an allocation of %zu bytes", what,
               broken);
}

CUDA_SIM_API cudaError_t
cudaGetDeviceCount (int *n)
{
  if (int status = sim_planted (__func__))
    return sim_return ((cudaError_t) status);
  *n = sim_n_devices ();
  return *n ? cudaSuccess : cudaErrorNoDevice;
}

CUDA_SIM_API cudaError_t
cudaSetDevice (int device)
{
  if (device < 0 || device >= sim_n_devices ())
    return sim_return (cudaErrorInvalidDevice);
  current_device = device;
  ENTER ();
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaGetDevice (int *device)
{
  ENTER ();
  *device = current_device;
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaDriverGetVersion (int *version)
{
  *version = sim_n_devices () ? CUDART_VERSION : 0;
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaRuntimeGetVersion (int *version)
{
  *version = CUDART_VERSION;
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaMemGetInfo (size_t *available, size_t *total)
{
  ENTER ();
  lock held (memory_lock);
  *total = memory_of_device ();
  *available = *total - used[current_device];
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaGetDeviceProperties (struct cudaDeviceProp *properties, int device)
{
  if (device < 0 || device >= sim_n_devices ())
    return sim_return (cudaErrorInvalidDevice);
  if (sim_lost (device))
    return cudaErrorDevicesUnavailable;
  memset (properties, 0, sizeof *properties);
  snprintf (properties->name, sizeof properties->name, "Simulated device %d", device);
  properties->major = (int) setting ("CUDA_SIM_CAPABILITY", 90) / 10;
  properties->minor = (int) setting ("CUDA_SIM_CAPABILITY", 90) % 10;
  properties->multiProcessorCount = 132;
  properties->totalGlobalMem = memory_of_device ();
  properties->warpSize = 32;
  properties->maxThreadsPerBlock = 1024;
  properties->sharedMemPerBlock = 48 * 1024;
  properties->sharedMemPerBlockOptin = 227 * 1024;
  properties->maxGridSize[0] = 2147483647;
  properties->maxGridSize[1] = properties->maxGridSize[2] = 65535;
  return cudaSuccess;
}

/* Each process has devices of its own. */
CUDA_SIM_API cudaError_t
cudaDeviceGetPCIBusId (char *name, int size, int device)
{
  ENTER ();
  if (device < 0 || device >= sim_n_devices ())
    return sim_return (cudaErrorInvalidDevice);
  snprintf (name, (size_t) size, "%08x:%02x:00.0", (unsigned) getpid (), (unsigned) device);
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaDeviceGetAttribute (int *value, enum cudaDeviceAttr attribute, int device)
{
  struct cudaDeviceProp properties;
  cudaError_t status = cudaGetDeviceProperties (&properties, device);

  if (status != cudaSuccess)
    return status;
  switch (attribute)
    {
    case cudaDevAttrComputeCapabilityMajor:
      *value = properties.major;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = properties.minor;
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = properties.multiProcessorCount;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = (int) properties.sharedMemPerBlockOptin;
      break;
    default:
      return sim_fault (cudaErrorNotSupported, "cudaDeviceGetAttribute: %d is not simulated",
                        attribute);
    }
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaGetLastError (void)
{
  cudaError_t status = last_error;

  last_error = (cudaError_t) sticky.load ();
  return status;
}

CUDA_SIM_API cudaError_t
cudaPeekAtLastError (void)
{
  return last_error;
}

static const struct
{
  cudaError_t status;
  const char *name, *text;
} errors[] = {
  { cudaSuccess, "cudaSuccess", "no error" },
  { cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument" },
  { cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory" },
  { cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration",
    "invalid configuration argument" },
  { cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
    "CUDA driver version is insufficient for CUDA runtime version" },
  { cudaErrorDevicesUnavailable, "cudaErrorDevicesUnavailable",
    "CUDA-capable device(s) is/are busy or unavailable" },
  { cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected" },
  { cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal" },
  { cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle" },
  { cudaErrorNotReady, "cudaErrorNotReady", "device not ready" },
  { cudaErrorIllegalAddress, "cudaErrorIllegalAddress",
    "an illegal memory access was encountered" },
  { cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure" },
};

CUDA_SIM_API const char *
cudaGetErrorName (cudaError_t status)
{
  for (auto &error : errors)
    if (error.status == status)
      return error.name;
  return "cudaErrorUnknown";
}

CUDA_SIM_API const char *
cudaGetErrorString (cudaError_t status)
{
  for (auto &error : errors)
    if (error.status == status)
      return error.text;
  return "unknown error";
}

CUDA_SIM_API cudaError_t
cudaMalloc (void **pointer, size_t bytes)
{
  ENTER ();
  lock held (memory_lock);
  if (bytes > memory_of_device () - used[current_device])
    return sim_return (cudaErrorMemoryAllocation);

  void *base;
  if (posix_memalign (&base, 256, bytes + 2 * GUARD_BYTES))
    return sim_return (cudaErrorMemoryAllocation);
  unsigned char *start = (unsigned char *) base + GUARD_BYTES;
  memset (base, GUARD, bytes + 2 * GUARD_BYTES);
  /* Not a number: what nobody wrote must show. */
  memset (start, 0xff, bytes);
  ASAN_POISON_MEMORY_REGION (base, GUARD_BYTES);
  ASAN_POISON_MEMORY_REGION (start + bytes, GUARD_BYTES);
  used[current_device] += bytes;
  allocations[(uintptr_t) start] = { bytes, current_device };
  *pointer = (void *) ((uintptr_t) start | TAG | (uintptr_t) (current_device + 1) << 48);
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaFree (void *pointer)
{
  uintptr_t address = (uintptr_t) pointer & LOW_BITS;
  int device = sim_pointer_device (pointer);
  allocation one = { 0, -1 };

  if (pointer && sim_lost (device))
    {
      lock held (memory_lock);
      out_of_reach.insert (address);
    }
  ENTER ();
  if (!pointer)
    return cudaSuccess;
  if (device >= 0 && device < sim_n_devices ())
    sim_wait_device (device);
  {
    lock held (memory_lock);
    auto found = allocations.find (address);
    if (found != allocations.end () && found->second.device == device)
      {
        one = found->second;
        allocations.erase (found);
        used[device] -= one.bytes;
      }
  }
  if (one.device < 0)
    return sim_fault (cudaErrorInvalidValue, "cudaFree: %p is no live allocation of a device",
                      pointer);
  if (!guards_are_whole (address, one.bytes))
    return sim_fault (cudaErrorIllegalAddress,
                      "cudaFree: something wrote outside the allocation of %zu bytes", one.bytes);
  sim_forget (pointer, one.bytes);
  void *base = (void *) (address - GUARD_BYTES);
  ASAN_UNPOISON_MEMORY_REGION (base, one.bytes + 2 * GUARD_BYTES);
  free (base);
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaHostAlloc (void **pointer, size_t bytes, unsigned int)
{
  ENTER ();
  if (posix_memalign (pointer, 4096, bytes ? bytes : 1))
    return sim_return (cudaErrorMemoryAllocation);
  memset (*pointer, 0xff, bytes);
  lock held (memory_lock);
  pinned[(uintptr_t) *pointer] = bytes;
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaMallocHost (void **pointer, size_t bytes)
{
  ENTER ();
  return cudaHostAlloc (pointer, bytes, 0);
}

CUDA_SIM_API cudaError_t
cudaFreeHost (void *pointer)
{
  for (int device = 0; pointer && device < sim_n_devices (); device++)
    if (sim_lost (device))
      {
        lock held (memory_lock);
        out_of_reach.insert ((uintptr_t) pointer);
      }
  ENTER ();
  if (!pointer)
    return cudaSuccess;
  /* As with CUDA, nothing that still runs may use it. */
  for (int device = 0; device < sim_n_devices (); device++)
    sim_wait_device (device);
  bool known;
  {
    lock held (memory_lock);
    known = pinned.erase ((uintptr_t) pointer) != 0;
  }
  if (!known)
    return sim_fault (cudaErrorInvalidValue, "cudaFreeHost: %p is no live pinned allocation",
                      pointer);
  free (pointer);
  return cudaSuccess;
}
