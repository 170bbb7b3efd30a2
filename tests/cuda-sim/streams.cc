/* SPDX-License-Identifier: Apache-2.0 */

/* Streams, events, copies, launches and captured graphs. A stream is a thread; by default it starts a piece of work
 * only when somebody waits for it, which is as late as CUDA allows. Besides, vector clocks kept in the order of the
 * host's calls find accesses of two streams that nothing orders, whatever the schedule. */
#include "cuda-sim-internal.hh"
#include "cuda-sim-device.hh"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

using lock = std::unique_lock<std::mutex>;
using instant = std::chrono::steady_clock::time_point;
using vector_clock = std::map<unsigned, uint64_t>;

struct item
{
  const char *what;
  std::vector<sim_access> accesses;
  std::function<void ()> work;
};

struct CUgraph_st
{
  std::vector<item> items;
};

struct CUgraphExec_st
{
  std::vector<item> items;
};

struct stream_state;

struct capture
{
  stream_state *origin;
  std::vector<stream_state *> streams;
  std::vector<item> items;
};

struct stream_state
{
  unsigned id = 0;
  int device = 0;
  bool blocking = true, quit = false;
  vector_clock clock;
  std::deque<std::function<void ()> > queue;
  uint64_t pushed = 0, wanted = 0, done = 0;
  std::shared_ptr<capture> capturing;
  std::thread thread;
};

struct CUstream_st
{
  std::shared_ptr<stream_state> state;
};

struct CUevent_st
{
  std::shared_ptr<stream_state> stream;
  uint64_t position = 0;
  vector_clock clock;
  std::shared_ptr<capture> captured;
  std::shared_ptr<instant> when;
};

struct past_access
{
  uintptr_t low, high;
  unsigned stream;
  uint64_t at;
  bool writes;
  const char *what;
};

/* One lock and one condition for all streams: there are few, and simple is certain. */
static std::mutex state_lock;
static std::condition_variable changed;
static std::map<cudaStream_t, std::shared_ptr<stream_state> > streams;
static std::vector<past_access> past;
static vector_clock host_clock;
static std::map<const void *, size_t> shared_allowed;
static thread_local std::vector<sim_access> declared;
static std::atomic<size_t> bytes_to_host, bytes_to_device;

static bool
runs_late ()
{
  static const char *schedule = getenv ("CUDA_SIM_SCHEDULE");

  return !schedule || strcmp (schedule, "free");
}

static void
join (vector_clock &clock, const vector_clock &other)
{
  for (auto &[stream, at] : other)
    clock[stream] = std::max (clock[stream], at);
}

static std::shared_ptr<stream_state>
find (cudaStream_t stream)
{
  lock held (state_lock);
  auto found = streams.find (stream);

  return found == streams.end () ? nullptr : found->second;
}

static void
work_off (std::shared_ptr<stream_state> stream)
{
  std::minstd_rand random (stream->id);
  lock held (state_lock);

  for (;;)
    {
      changed.wait (held, [&] {
        bool due = !runs_late () || stream->done < stream->wanted;
        return (due && !stream->queue.empty ()) || (stream->quit && stream->queue.empty ());
      });
      if (stream->queue.empty ())
        return;
      auto work = std::move (stream->queue.front ());
      stream->queue.pop_front ();
      held.unlock ();
      if (!runs_late ())
        std::this_thread::sleep_for (std::chrono::microseconds (random () % 300));
      if (sim_device_status (stream->device) == cudaSuccess)
        work ();
      work = nullptr;
      held.lock ();
      stream->done++;
      changed.notify_all ();
    }
}

/* Called with the lock held. */
static void
wait_for (lock &held, stream_state *stream, uint64_t position)
{
  stream->wanted = std::max (stream->wanted, position);
  changed.notify_all ();
  changed.wait (held, [=] { return stream->done >= position; });
}

/* Notes what is read and written at a moment of a stream, and complains of what nothing orders before it. */
static cudaError_t
check_order (vector_clock &clock,
             unsigned id,
             const char *what,
             const std::vector<sim_access> &accesses)
{
  lock held (state_lock);

  join (clock, host_clock);
  uint64_t now = ++clock[id];
  for (auto &access : accesses)
    {
      uintptr_t low = (uintptr_t) access.pointer, high = low + access.bytes;
      for (auto &earlier : past)
        {
          bool meet = earlier.low < high && low < earlier.high && (earlier.writes || access.writes);
          if (!meet || clock[earlier.stream] >= earlier.at)
            continue;
          past_access other = earlier;
          held.unlock ();
          return sim_fault (
              cudaErrorLaunchFailure,
              "race: %s %s %zu bytes at %p that %s on another stream %s, and no event or "
              "synchronisation lies between",
              what, access.writes ? "writes" : "reads", access.bytes, access.pointer, other.what,
              other.writes ? "writes" : "reads");
        }
      /* What this access covers and supersedes need not be remembered. */
      past.erase (std::remove_if (past.begin (), past.end (),
                                  [&] (auto &e) {
                                    return low <= e.low && e.high <= high &&
                                           (access.writes || (!e.writes && e.stream == id));
                                  }),
                  past.end ());
      past.push_back ({ low, high, id, now, access.writes, what });
    }
  return cudaSuccess;
}

void
sim_forget (const void *pointer, size_t bytes)
{
  lock held (state_lock);
  uintptr_t low = (uintptr_t) pointer;

  past.erase (std::remove_if (past.begin (), past.end (),
                              [=] (auto &e) { return e.low < low + bytes && low < e.high; }),
              past.end ());
}

int
sim_stream_device (cudaStream_t stream)
{
  auto state = find (stream);

  return state ? state->device : -1;
}

bool
sim_stream_is_capturing (cudaStream_t stream)
{
  auto state = find (stream);

  return state && state->capturing;
}

cudaError_t
sim_stream_push (cudaStream_t stream,
                 const char *what,
                 std::vector<sim_access> accesses,
                 std::function<void ()> work)
{
  auto state = find (stream);

  if (!state)
    return sim_fault (cudaErrorInvalidResourceHandle, "%s: %s stream", what,
                      stream ? "not a live"
                             : "the default stream orders itself against every other; not a");
  if (state->device != sim_current_device ())
    return sim_fault (cudaErrorInvalidResourceHandle,
                      "%s: the stream is of device %d, the current device is %d", what,
                      state->device, sim_current_device ());
  cudaError_t status = sim_device_status (state->device);
  if (status == cudaSuccess)
    status = check_order (state->clock, state->id, what, accesses);
  if (status != cudaSuccess)
    return sim_return (status);
  lock held (state_lock);
  if (state->capturing)
    {
      state->capturing->items.push_back ({ what, std::move (accesses), std::move (work) });
      return cudaSuccess;
    }
  state->queue.push_back (std::move (work));
  state->pushed++;
  changed.notify_all ();
  return cudaSuccess;
}

void
sim_stream_demand (cudaStream_t stream)
{
  auto state = find (stream);
  lock held (state_lock);

  if (state)
    state->wanted = state->pushed;
  changed.notify_all ();
}

void
sim_wait_device (int device)
{
  lock held (state_lock);
  std::vector<std::shared_ptr<stream_state> > of_device;

  for (auto &[handle, state] : streams)
    if (state->device == device && !state->capturing)
      of_device.push_back (state);
  for (auto &state : of_device)
    {
      wait_for (held, state.get (), state->pushed);
      join (host_clock, state->clock);
    }
}

#define ENTER()                                                                                    \
  do                                                                                               \
    {                                                                                              \
      int planted_status = sim_planted (__func__);                                                 \
      if (planted_status == SIM_IGNORED)                                                           \
        return cudaSuccess;                                                                        \
      cudaError_t status = sim_return ((cudaError_t) planted_status);                              \
      if (status != cudaSuccess)                                                                   \
        return status;                                                                             \
    }                                                                                              \
  while (0)

#define FIND_STREAM(state, stream)                                                                 \
  auto state = find (stream);                                                                      \
  if (!state)                                                                                      \
  return sim_fault (cudaErrorInvalidResourceHandle, "%s: not a live stream", __func__)

CUDA_SIM_API cudaError_t
cudaStreamCreateWithFlags (cudaStream_t *stream, unsigned int flags)
{
  static unsigned n_made;

  ENTER ();
  auto state = std::make_shared<stream_state> ();
  lock held (state_lock);
  state->id = ++n_made;
  state->device = sim_current_device ();
  state->blocking = !(flags & cudaStreamNonBlocking);
  *stream = new CUstream_st{ state };
  streams[*stream] = state;
  state->thread = std::thread (work_off, state);
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaStreamCreateWithPriority (cudaStream_t *stream, unsigned int flags, int)
{
  ENTER ();
  return cudaStreamCreateWithFlags (stream, flags);
}

CUDA_SIM_API cudaError_t
cudaStreamCreate (cudaStream_t *stream)
{
  ENTER ();
  return cudaStreamCreateWithFlags (stream, cudaStreamDefault);
}

/* The host waits for all that is on a stream. */
static void
wait_for_all (stream_state *state)
{
  lock held (state_lock);

  wait_for (held, state, state->pushed);
  join (host_clock, state->clock);
}

CUDA_SIM_API cudaError_t
cudaStreamSynchronize (cudaStream_t stream)
{
  int planted = sim_planted (__func__);
  FIND_STREAM (state, stream);
  if (state->capturing)
    return sim_return (cudaErrorStreamCaptureUnsupported);
  /* Also when it fails: after a failure nothing of the stream goes on. */
  wait_for_all (state.get ());
  return sim_return (planted ? (cudaError_t) planted : sim_device_status (state->device));
}

CUDA_SIM_API cudaError_t
cudaStreamQuery (cudaStream_t stream)
{
  ENTER ();
  FIND_STREAM (state, stream);
  lock held (state_lock);
  state->wanted = state->pushed;
  changed.notify_all ();
  if (state->done < state->pushed)
    return cudaErrorNotReady;
  join (host_clock, state->clock);
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaStreamDestroy (cudaStream_t stream)
{
  FIND_STREAM (state, stream);
  {
    lock held (state_lock);
    wait_for (held, state.get (), state->pushed);
    state->quit = true;
    streams.erase (stream);
    changed.notify_all ();
  }
  state->thread.join ();
  delete stream;
  return (cudaError_t) sim_planted (__func__);
}

CUDA_SIM_API cudaError_t
cudaDeviceSynchronize (void)
{
  ENTER ();
  sim_wait_device (sim_current_device ());
  return sim_return (cudaSuccess);
}

CUDA_SIM_API cudaError_t
cudaEventCreateWithFlags (cudaEvent_t *event, unsigned int)
{
  ENTER ();
  *event = new CUevent_st ();
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaEventCreate (cudaEvent_t *event)
{
  return cudaEventCreateWithFlags (event, cudaEventDefault);
}

CUDA_SIM_API cudaError_t
cudaEventDestroy (cudaEvent_t event)
{
  delete event;
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaEventRecord (cudaEvent_t event, cudaStream_t stream)
{
  auto when = std::make_shared<instant> ();

  ENTER ();
  FIND_STREAM (state, stream);
  cudaError_t status = sim_stream_push (stream, "cudaEventRecord", {},
                                        [=] { *when = std::chrono::steady_clock::now (); });
  if (status != cudaSuccess)
    return status;
  lock held (state_lock);
  *event = { state, state->pushed, state->clock, state->capturing, when };
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaStreamWaitEvent (cudaStream_t stream, cudaEvent_t event, unsigned int)
{
  ENTER ();
  FIND_STREAM (state, stream);
  if (!event->stream)
    return cudaSuccess;
  {
    lock held (state_lock);
    join (state->clock, event->clock);
    if (event->captured && !state->capturing)
      {
        state->capturing = event->captured;
        event->captured->streams.push_back (state.get ());
      }
    if (event->captured)
      return state->capturing == event->captured ? cudaSuccess
                                                 : sim_return (cudaErrorStreamCaptureMerge);
    if (state->capturing)
      return sim_return (cudaErrorStreamCaptureIsolation);
  }
  return sim_stream_push (stream, "cudaStreamWaitEvent", {},
                          [other = event->stream, position = event->position] {
                            lock held (state_lock);
                            wait_for (held, other.get (), position);
                          });
}

CUDA_SIM_API cudaError_t
cudaEventSynchronize (cudaEvent_t event)
{
  ENTER ();
  if (!event->stream)
    return cudaSuccess;
  if (event->captured)
    return sim_return (cudaErrorCapturedEvent);
  {
    lock held (state_lock);
    wait_for (held, event->stream.get (), event->position);
    join (host_clock, event->clock);
  }
  return sim_return (sim_device_status (event->stream->device));
}

CUDA_SIM_API cudaError_t
cudaEventQuery (cudaEvent_t event)
{
  ENTER ();
  if (!event->stream)
    return cudaSuccess;
  lock held (state_lock);
  auto &stream = *event->stream;
  stream.wanted = std::max (stream.wanted, event->position);
  changed.notify_all ();
  if (stream.done < event->position)
    return cudaErrorNotReady;
  join (host_clock, event->clock);
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaEventElapsedTime (float *milliseconds, cudaEvent_t from, cudaEvent_t to)
{
  ENTER ();
  if (!from->stream || !to->stream)
    return sim_return (cudaErrorInvalidResourceHandle);
  lock held (state_lock);
  if (from->stream->done < from->position || to->stream->done < to->position)
    return cudaErrorNotReady;
  *milliseconds = std::chrono::duration<float, std::milli> (*to->when - *from->when).count ();
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaLaunchHostFunc (cudaStream_t stream, cudaHostFn_t function, void *data)
{
  ENTER ();
  return sim_stream_push (stream, "cudaLaunchHostFunc", {}, [=] { function (data); });
}

/* ---- copies ---- */

static cudaError_t
check_kind (const void *to, const void *from, enum cudaMemcpyKind kind)
{
  static const bool on_device[4][2] = { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 1, 1 } };
  bool to_device = sim_pointer_device (to) >= 0, from_device = sim_pointer_device (from) >= 0;

  if (kind == cudaMemcpyDefault ||
      (to_device == on_device[kind][0] && from_device == on_device[kind][1]))
    return cudaSuccess;
  return sim_fault (cudaErrorInvalidMemcpyDirection,
                    "copy of kind %d: the destination %p is %s memory, the source %p is %s memory",
                    kind, to, to_device ? "device" : "host", from, from_device ? "device" : "host");
}

static void
copy_now (void *to, const void *from, size_t bytes)
{
  int to_device = sim_pointer_device (to), from_device = sim_pointer_device (from);

  if (to_device >= 0)
    to = sim_range (to, bytes, to_device, "destination of a copy");
  if (from_device >= 0)
    from = sim_range (from, bytes, from_device, "source of a copy");
  if (to && from)
    memmove (to, from, bytes);
  if (to_device < 0 && from_device >= 0)
    bytes_to_host += bytes;
  if (to_device >= 0 && from_device < 0)
    bytes_to_device += bytes;
}

size_t
cuda_sim_count_bytes_to_host (void)
{
  return bytes_to_host;
}

size_t
cuda_sim_count_bytes_to_device (void)
{
  return bytes_to_device;
}

static std::vector<sim_access>
accesses_of_copy (void *to, const void *from, size_t bytes)
{
  return { { from, bytes, false }, { to, bytes, true } };
}

CUDA_SIM_API cudaError_t
cudaMemcpyAsync (void *to,
                 const void *from,
                 size_t bytes,
                 enum cudaMemcpyKind kind,
                 cudaStream_t stream)
{
  ENTER ();
  cudaError_t status = check_kind (to, from, kind);
  if (status != cudaSuccess || !bytes)
    return status;
  if (sim_pointer_device (from) < 0 && !sim_is_pinned (from, bytes) &&
      !sim_stream_is_capturing (stream))
    {
      /* Pageable memory is read during the call, pinned memory when the copy runs. */
      auto staged = std::make_shared<std::vector<char> > ((const char *) from,
                                                          (const char *) from + bytes);
      return sim_stream_push (stream, "cudaMemcpyAsync", { { to, bytes, true } },
                              [=] { copy_now (to, staged->data (), bytes); });
    }
  status = sim_stream_push (stream, "cudaMemcpyAsync", accesses_of_copy (to, from, bytes),
                            [=] { copy_now (to, from, bytes); });
  /* And pageable memory is written when the call comes back, whatever is on the stream before. */
  auto state = find (stream);
  if (status == cudaSuccess && state && !state->capturing && sim_pointer_device (to) < 0 &&
      !sim_is_pinned (to, bytes))
    {
      wait_for_all (state.get ());
      status = sim_return (sim_device_status (state->device));
    }
  return status;
}

CUDA_SIM_API cudaError_t
cudaMemsetAsync (void *to, int value, size_t bytes, cudaStream_t stream)
{
  ENTER ();
  int device = sim_stream_device (stream);
  return sim_stream_push (stream, "cudaMemsetAsync", { { to, bytes, true } }, [=] {
    if (void *host = sim_range (to, bytes, device, "cudaMemsetAsync"))
      memset (host, value, bytes);
  });
}

/* The default stream waits for streams that were not made non-blocking, and for no other. */
static cudaError_t
enter_default_stream (const char *what, const std::vector<sim_access> &accesses)
{
  {
    lock held (state_lock);
    auto all = streams;
    for (auto &[handle, state] : all)
      if (state->blocking && state->device == sim_current_device ())
        {
          wait_for (held, state.get (), state->pushed);
          join (host_clock, state->clock);
        }
  }
  return check_order (host_clock, 0, what, accesses);
}

CUDA_SIM_API cudaError_t
cudaMemcpy (void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind)
{
  ENTER ();
  cudaError_t status = check_kind (to, from, kind);
  if (status == cudaSuccess)
    status = enter_default_stream (__func__, accesses_of_copy (to, from, bytes));
  if (status == cudaSuccess && bytes)
    copy_now (to, from, bytes);
  return sim_return (status);
}

CUDA_SIM_API cudaError_t
cudaMemset (void *to, int value, size_t bytes)
{
  ENTER ();
  cudaError_t status = enter_default_stream (__func__, { { to, bytes, true } });
  void *host = status == cudaSuccess ? sim_range (to, bytes, sim_current_device (), __func__)
                                     : nullptr;
  if (host)
    memset (host, value, bytes);
  return sim_return (status);
}

/* ---- kernels ---- */

CUDA_SIM_API cudaError_t
cudaFuncSetAttribute (const void *function, enum cudaFuncAttribute attribute, int value)
{
  ENTER ();
  lock held (state_lock);
  if (attribute == cudaFuncAttributeMaxDynamicSharedMemorySize)
    {
      if (value > 227 * 1024)
        return sim_return (cudaErrorInvalidValue);
      shared_allowed[function] = (size_t) value;
    }
  return cudaSuccess;
}

void
sim_declare (const void *pointer, size_t bytes, bool writes)
{
  if (bytes)
    declared.push_back ({ pointer, bytes, writes });
}

cudaError_t
sim_launch_kernel (const char *name,
                   const void *function,
                   dim3 grid,
                   dim3 block,
                   size_t shared_bytes,
                   cudaStream_t stream,
                   const void *const *pointers,
                   int n_pointers,
                   std::function<std::function<void ()> (int)> bind)
{
  std::vector<sim_access> accesses = std::move (declared);
  int device = sim_stream_device (stream);
  size_t n_threads = (size_t) block.x * block.y * block.z, allowed = 48 * 1024;

  declared.clear ();
  if (int status = sim_planted ("cudaLaunchKernel"))
    return sim_return ((cudaError_t) status);
  if (!grid.x || !grid.y || !grid.z || !n_threads || grid.x > 2147483647u || grid.y > 65535 ||
      grid.z > 65535 || n_threads > 1024 || block.z > 64)
    return sim_fault (cudaErrorInvalidConfiguration,
                      "%s: no such launch: <<<(%u,%u,%u),(%u,%u,%u)>>>", name, grid.x, grid.y,
                      grid.z, block.x, block.y, block.z);
  {
    lock held (state_lock);
    auto found = shared_allowed.find (function);
    if (found != shared_allowed.end ())
      allowed = std::max (allowed, found->second);
  }
  if (shared_bytes > allowed)
    return sim_fault (cudaErrorInvalidValue,
                      "%s: %zu bytes of dynamic shared memory, %zu are allowed", name, shared_bytes,
                      allowed);
  for (int i = 0; i < n_pointers && device >= 0; i++)
    if (pointers[i] && !sim_range (pointers[i], 0, device, name))
      return cudaErrorIllegalAddress;
  /* The addresses are looked up again when the kernel runs, as on a device. */
  return sim_stream_push (stream, name, std::move (accesses), [=] {
    auto thread = bind (device);
    if (sim_device_status (device) == cudaSuccess)
      sim_run_grid (name, grid, block, shared_bytes, device, thread);
  });
}

/* ---- captured graphs: the items in the order of the calls ---- */

CUDA_SIM_API cudaError_t
cudaStreamBeginCapture (cudaStream_t stream, enum cudaStreamCaptureMode)
{
  ENTER ();
  FIND_STREAM (state, stream);
  lock held (state_lock);
  if (state->capturing)
    return sim_return (cudaErrorIllegalState);
  state->capturing = std::make_shared<capture> ();
  state->capturing->origin = state.get ();
  state->capturing->streams.push_back (state.get ());
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaStreamIsCapturing (cudaStream_t stream, enum cudaStreamCaptureStatus *status)
{
  ENTER ();
  *status = sim_stream_is_capturing (stream) ? cudaStreamCaptureStatusActive
                                             : cudaStreamCaptureStatusNone;
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaStreamEndCapture (cudaStream_t stream, cudaGraph_t *graph)
{
  int planted = sim_planted (__func__);
  FIND_STREAM (state, stream);
  lock held (state_lock);
  auto capturing = state->capturing;
  if (!capturing || capturing->origin != state.get ())
    return sim_return (cudaErrorIllegalState);
  bool joined = true;
  for (auto *other : capturing->streams)
    {
      if (other != state.get ())
        joined = joined && state->clock[other->id] >= other->clock[other->id];
      other->capturing = nullptr;
    }
  /* Also when it fails, the stream captures no more. */
  *graph = joined && !planted ? new CUgraph_st{ capturing->items } : nullptr;
  if (planted)
    return sim_return ((cudaError_t) planted);
  return joined ? cudaSuccess : sim_return (cudaErrorStreamCaptureUnjoined);
}

CUDA_SIM_API cudaError_t
cudaGraphInstantiate (cudaGraphExec_t *executable, cudaGraph_t graph, unsigned long long)
{
  ENTER ();
  *executable = new CUgraphExec_st{ graph->items };
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaGraphLaunch (cudaGraphExec_t executable, cudaStream_t stream)
{
  ENTER ();
  for (auto &one : executable->items)
    {
      cudaError_t status = sim_stream_push (stream, one.what, one.accesses, one.work);
      if (status != cudaSuccess)
        return status;
    }
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaGraphDestroy (cudaGraph_t graph)
{
  delete graph;
  return cudaSuccess;
}

CUDA_SIM_API cudaError_t
cudaGraphExecDestroy (cudaGraphExec_t executable)
{
  delete executable;
  return cudaSuccess;
}
