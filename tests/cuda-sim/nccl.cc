/* SPDX-License-Identifier: Apache-2.0 */

/* NCCL among threads and among processes: the ranks meet in shared memory, on the threads of their streams. Sums are
 * made in the order of the ranks. A rank that does not come is waited for until the communicator is aborted, as on
 * devices; that its process ended is told as an asynchronous error. */
#include "cuda-sim-internal.hh"

#include <nccl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static const int MAX_RANKS = 16;
/* Numbers that a rank brings to a meeting. */
static const size_t CHUNK = (size_t) 1 << 18;

/* What a rank is about to do. */
struct call
{
  size_t n;
  int type, operation;
};

/* In shared memory, zeros at first. */
struct place
{
  std::atomic<uint64_t> meetings; /* how many it came to */
  std::atomic<int> process;       /* 0: not there yet */
  std::atomic<int> device;
  call now;
};

struct area
{
  std::atomic<int> n_joined;
  place places[MAX_RANKS];
  float values[MAX_RANKS][CHUNK];
};

struct member
{
  area *shared = nullptr;
  std::string name;
  int rank = 0, n_ranks = 0, device = 0;
  uint64_t meetings = 0; /* on the threads of streams only, one after another */
  std::atomic<bool> aborted{ false };
  std::atomic<int> failure{ ncclSuccess };

  ~member ()
  {
    if (shared)
      munmap (shared, sizeof (area));
  }
};

struct ncclComm
{
  std::shared_ptr<member> self;
};

static void
nap (int n_tries)
{
  if (n_tries < 64)
    std::this_thread::yield ();
  else
    std::this_thread::sleep_for (std::chrono::microseconds (100));
}

static area *
map_area (const std::string &name)
{
  int file = shm_open (name.c_str (), O_RDWR | O_CREAT, 0600);
  void *memory = MAP_FAILED;

  if (file >= 0 && ftruncate (file, sizeof (area)) == 0)
    memory = mmap (nullptr, sizeof (area), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file >= 0)
    close (file);
  return memory == MAP_FAILED ? nullptr : (area *) memory;
}

/* Whether all have joined. Two ranks on one device are refused, as by NCCL. */
static ncclResult_t
look_for_others (member &self)
{
  const area &shared = *self.shared;

  if (shared.n_joined < self.n_ranks)
    return ncclInProgress;
  shm_unlink (self.name.c_str ());
  for (int i = 0; i < self.n_ranks; i++)
    for (int j = 0; j < i; j++)
      if (shared.places[i].process == shared.places[j].process &&
          shared.places[i].device == shared.places[j].device)
        return ncclInvalidUsage;
  return ncclSuccess;
}

static bool
has_ended (int process)
{
  return process && kill (process, 0) != 0 && errno == ESRCH;
}

/* Waits for all ranks; false if there is no point in it any more. */
static bool
meet (member &self)
{
  uint64_t meeting = ++self.meetings;

  self.shared->places[self.rank].meetings = meeting;
  for (int rank = 0; rank < self.n_ranks; rank++)
    for (int n_tries = 0; self.shared->places[rank].meetings < meeting; n_tries++)
      {
        if (self.aborted || sim_device_status (self.device) != cudaSuccess)
          return false;
        nap (n_tries);
      }
  return !self.aborted;
}

/* On real devices, ranks that do not agree wait for ever or mix up their memory. */
static bool
all_agree (member &self, const call &own)
{
  for (int rank = 0; rank < self.n_ranks; rank++)
    {
      const call &other = self.shared->places[rank].now;
      if (other.n == own.n && other.type == own.type && other.operation == own.operation)
        continue;
      self.failure = ncclInvalidUsage;
      sim_fault (cudaErrorLaunchFailure,
                 "ncclAllReduce: rank %d brings %zu values of type %d for operation %d, rank %d "
                 "%zu of type %d for operation %d",
                 self.rank, own.n, own.type, own.operation, rank, other.n, other.type,
                 other.operation);
      return false;
    }
  return true;
}

static void
add_chunk (member &self, float *to, size_t n, bool average)
{
  /* Averages are weighted before they are added. */
  float weight = average ? 1.0f / (float) self.n_ranks : 1.0f;

  for (size_t i = 0; i < n; i++)
    {
      float sum = weight * self.shared->values[0][i];
      for (int rank = 1; rank < self.n_ranks; rank++)
        sum += weight * self.shared->values[rank][i];
      to[i] = sum;
    }
}

static void
reduce (member &self, const void *from, void *to, const call &own)
{
  const float *read = (const float *) sim_range (from, own.n * sizeof (float), self.device,
                                                 "ncclAllReduce");
  float *write = (float *) sim_range (to, own.n * sizeof (float), self.device, "ncclAllReduce");

  /* After its end a rank must not be taken for one that comes. */
  if (!read || !write || self.aborted || self.failure != ncclSuccess)
    return;
  self.shared->places[self.rank].now = own;
  for (size_t at = 0; at < own.n; at += CHUNK)
    {
      size_t n = std::min (CHUNK, own.n - at);
      memcpy (self.shared->values[self.rank], read + at, n * sizeof (float));
      if (!meet (self) || (at == 0 && !all_agree (self, own)))
        return;
      add_chunk (self, write + at, n, own.operation == ncclAvg);
      if (!meet (self))
        return;
    }
}

#define ENTER()                                                                                    \
  do                                                                                               \
    if (int status = sim_planted (__func__))                                                       \
      return (ncclResult_t) status;                                                                \
  while (0)

CUDA_SIM_API ncclResult_t
ncclGetVersion (int *version)
{
  *version = NCCL_VERSION_CODE;
  return ncclSuccess;
}

CUDA_SIM_API const char *
ncclGetErrorString (ncclResult_t status)
{
  static const char *const texts[] = {
    "no error",
    "unhandled cuda error",
    "unhandled system error",
    "internal error",
    "invalid argument",
    "invalid usage",
    "remote process exited or there was a network error",
    "NCCL operation in progress",
  };

  return status >= 0 && status <= ncclInProgress ? texts[status] : "unknown result code";
}

CUDA_SIM_API const char *
ncclGetLastError (ncclComm_t)
{
  return "";
}

CUDA_SIM_API ncclResult_t
ncclGetUniqueId (ncclUniqueId *id)
{
  static std::atomic<unsigned> n_made;

  ENTER ();
  memset (id, 0, sizeof *id);
  snprintf (id->internal, sizeof id->internal, "/cuda-sim-%d-%u-%llx", (int) getpid (), ++n_made,
            (unsigned long long) std::chrono::steady_clock::now ().time_since_epoch ().count ());
  return ncclSuccess;
}

CUDA_SIM_API ncclResult_t
ncclCommInitRankConfig (ncclComm_t *communicator,
                        int n_ranks,
                        ncclUniqueId id,
                        int rank,
                        ncclConfig_t *config)
{
  ENTER ();
  *communicator = nullptr;
  if (rank < 0 || rank >= n_ranks || n_ranks > MAX_RANKS || id.internal[0] != '/')
    return ncclInvalidArgument;
  auto self = std::make_shared<member> ();
  self->name = id.internal;
  self->shared = map_area (self->name);
  if (!self->shared)
    return ncclSystemError;
  self->rank = rank;
  self->n_ranks = n_ranks;
  self->device = sim_current_device ();
  self->shared->places[rank].device = self->device;
  self->shared->places[rank].process = getpid ();
  self->shared->n_joined++;
  *communicator = new ncclComm{ self };
  ncclResult_t status = look_for_others (*self);
  for (int n_tries = 0; (!config || config->blocking) && status == ncclInProgress; n_tries++)
    {
      nap (n_tries);
      status = look_for_others (*self);
    }
  return status;
}

CUDA_SIM_API ncclResult_t
ncclCommInitRank (ncclComm_t *communicator, int n_ranks, ncclUniqueId id, int rank)
{
  ENTER ();
  return ncclCommInitRankConfig (communicator, n_ranks, id, rank, nullptr);
}

CUDA_SIM_API ncclResult_t
ncclCommGetAsyncError (ncclComm_t communicator, ncclResult_t *status)
{
  ENTER ();
  if (!communicator)
    return ncclInvalidArgument;
  member &self = *communicator->self;
  *status = (ncclResult_t) self.failure.load ();
  for (int rank = 0; rank < self.n_ranks && *status == ncclSuccess; rank++)
    if (has_ended (self.shared->places[rank].process))
      *status = ncclRemoteError;
  if (*status == ncclSuccess)
    *status = look_for_others (self);
  return ncclSuccess;
}

CUDA_SIM_API ncclResult_t
ncclCommAbort (ncclComm_t communicator)
{
  if (!communicator)
    return ncclInvalidArgument;
  communicator->self->aborted = true;
  shm_unlink (communicator->self->name.c_str ());
  delete communicator;
  return (ncclResult_t) sim_planted (__func__);
}

CUDA_SIM_API ncclResult_t
ncclCommDestroy (ncclComm_t communicator)
{
  if (!communicator)
    return ncclInvalidArgument;
  delete communicator;
  return (ncclResult_t) sim_planted (__func__);
}

CUDA_SIM_API ncclResult_t
ncclAllReduce (const void *from,
               void *to,
               size_t n,
               ncclDataType_t type,
               ncclRedOp_t operation,
               ncclComm_t communicator,
               cudaStream_t stream)
{
  ENTER ();
  if (!communicator || communicator->self->failure != ncclSuccess ||
      (operation != ncclSum && operation != ncclAvg))
    return ncclInvalidArgument;
  auto self = communicator->self;
  ncclResult_t state = look_for_others (*self);
  if (state != ncclSuccess)
    return state == ncclInProgress ? ncclInvalidUsage : state;
  if (type != ncclFloat32)
    {
      sim_fault (cudaErrorNotSupported, "ncclAllReduce: type %d is not simulated", type);
      return ncclInvalidArgument;
    }
  if (sim_stream_device (stream) != self->device)
    {
      sim_fault (cudaErrorInvalidResourceHandle,
                 "ncclAllReduce: the stream is not of the communicator's device %d", self->device);
      return ncclInvalidArgument;
    }
  for (const void *pointer : { from, (const void *) to })
    if (!sim_range (pointer, n * sizeof (float), self->device, "ncclAllReduce"))
      return ncclInvalidArgument;
  call own = { n, type, operation };
  cudaError_t status = sim_stream_push (
      stream, "ncclAllReduce",
      { { from, n * sizeof (float), false }, { to, n * sizeof (float), true } },
      [=] { reduce (*self, from, to, own); });
  return status == cudaSuccess ? ncclSuccess : ncclUnhandledCudaError;
}
