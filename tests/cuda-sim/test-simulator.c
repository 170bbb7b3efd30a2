/* SPDX-License-Identifier: Apache-2.0 */

/* The simulated device itself: what is right works, and every mistake planted here is caught. */
#include "cuda-sim.h"
#include "test-kernels.h"

#include <glib.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define N 1000
#define BYTES (N * sizeof (float))
#define OK(call) g_assert_cmpint ((call), ==, cudaSuccess)

typedef struct
{
  cudaStream_t stream, other;
  float *x, *y;
  float *pinned;
} Fixture;

static void
set_up (Fixture *fixture)
{
  OK (cudaSetDevice (0));
  OK (cudaStreamCreateWithFlags (&fixture->stream, cudaStreamNonBlocking));
  OK (cudaStreamCreateWithFlags (&fixture->other, cudaStreamNonBlocking));
  OK (cudaMalloc ((void **) &fixture->x, BYTES));
  OK (cudaMalloc ((void **) &fixture->y, BYTES));
  OK (cudaMallocHost ((void **) &fixture->pinned, BYTES));
  for (int i = 0; i < N; i++)
    fixture->pinned[i] = i;
  OK (cudaMemcpyAsync (fixture->x, fixture->pinned, BYTES, cudaMemcpyHostToDevice,
                       fixture->stream));
  OK (cudaMemsetAsync (fixture->y, 0, BYTES, fixture->stream));
  OK (cudaStreamSynchronize (fixture->stream));
}

static void
tear_down (Fixture *fixture)
{
  OK (cudaStreamDestroy (fixture->stream));
  OK (cudaStreamDestroy (fixture->other));
  OK (cudaFree (fixture->x));
  OK (cudaFree (fixture->y));
  OK (cudaFreeHost (fixture->pinned));
}

static void
test_kernels (void)
{
  Fixture f;
  float sums[7];

  set_up (&f);
  OK (test_axpy (f.stream, 2, f.x, f.y, N));
  OK (cudaMemcpyAsync (f.pinned, f.y, BYTES, cudaMemcpyDeviceToHost, f.stream));
  OK (test_block_sums (f.stream, f.x, f.y, 7));
  OK (cudaMemcpyAsync (sums, f.y, sizeof sums, cudaMemcpyDeviceToHost, f.stream));
  OK (cudaStreamSynchronize (f.stream));
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat (f.pinned[i], ==, 2.0f * i);
  for (int i = 0; i < 7; i++)
    g_assert_cmpfloat (sums[i], ==, 128 * (128 * i + 63.5f));
  tear_down (&f);
}

static void
test_memory (void)
{
  Fixture f;
  size_t before, after, total;
  float *unwritten;
  void *too_much = NULL;
  float value = 0;

  set_up (&f);
  OK (cudaMemGetInfo (&before, &total));
  OK (cudaMalloc ((void **) &unwritten, 4096));
  OK (cudaMemGetInfo (&after, &total));
  g_assert_cmpuint (before - after, ==, 4096);
  OK (cudaMemcpy (&value, unwritten, sizeof value, cudaMemcpyDeviceToHost));
  g_assert_true (isnan (value));
  g_assert_cmpint (cudaMalloc (&too_much, total), ==, cudaErrorMemoryAllocation);
  g_assert_null (too_much);
  OK (cudaFree (unwritten));
  tear_down (&f);
}

/* A barrier that is missing shows when the threads take turns in another order. */
static void
test_shared_memory_race (void)
{
  Fixture f;
  float back[64];

  set_up (&f);
  for (int with_barrier = 0; with_barrier < 2; with_barrier++)
    {
      gboolean right = TRUE;

      OK (test_reverse (f.stream, f.x, f.y, 64, with_barrier));
      OK (cudaMemcpyAsync (back, f.y, sizeof back, cudaMemcpyDeviceToHost, f.stream));
      OK (cudaStreamSynchronize (f.stream));
      for (int i = 0; i < 64; i++)
        right = right && back[i] == 63 - i;
      g_assert_cmpint (right, ==, with_barrier);
    }
  tear_down (&f);
}

/* Work runs as late as it may: a result nobody waited for is not there, and what a copy still has to read must
 * not be overwritten. */
static void
test_late (void)
{
  Fixture f;

  set_up (&f);
  memset (f.pinned, 0, BYTES);
  OK (cudaMemcpyAsync (f.pinned, f.x, BYTES, cudaMemcpyDeviceToHost, f.stream));
  g_usleep (20000);
  g_assert_cmpfloat (f.pinned[5], ==, 0);
  OK (cudaStreamSynchronize (f.stream));
  g_assert_cmpfloat (f.pinned[5], ==, 5);

  OK (cudaMemcpyAsync (f.y, f.pinned, BYTES, cudaMemcpyHostToDevice, f.stream));
  f.pinned[5] = 77;
  OK (cudaMemcpyAsync (f.pinned, f.y, BYTES, cudaMemcpyDeviceToHost, f.stream));
  OK (cudaStreamSynchronize (f.stream));
  g_assert_cmpfloat (f.pinned[5], ==, 77);
  tear_down (&f);
}

static void
test_events (void)
{
  Fixture f;
  cudaEvent_t event;

  set_up (&f);
  OK (cudaEventCreateWithFlags (&event, cudaEventDisableTiming));
  OK (test_axpy (f.stream, 1, f.x, f.y, N));
  OK (cudaEventRecord (event, f.stream));
  OK (cudaStreamWaitEvent (f.other, event, 0));
  OK (test_axpy (f.other, 1, f.x, f.y, N));
  OK (cudaMemcpyAsync (f.pinned, f.y, BYTES, cudaMemcpyDeviceToHost, f.other));
  OK (cudaStreamSynchronize (f.other));
  g_assert_cmpfloat (f.pinned[9], ==, 18);
  OK (cudaEventDestroy (event));
  tear_down (&f);
}

/* A captured step, forked to a second stream and joined, runs as often as it is launched. */
static void
test_graph (void)
{
  Fixture f;
  cudaEvent_t fork, join;
  cudaGraph_t graph;
  cudaGraphExec_t executable;

  set_up (&f);
  OK (cudaEventCreate (&fork));
  OK (cudaEventCreate (&join));
  OK (cudaStreamBeginCapture (f.stream, cudaStreamCaptureModeThreadLocal));
  OK (test_axpy (f.stream, 1, f.x, f.y, N));
  OK (cudaEventRecord (fork, f.stream));
  OK (cudaStreamWaitEvent (f.other, fork, 0));
  OK (test_axpy (f.other, 1, f.x, f.y, N));
  OK (cudaEventRecord (join, f.other));
  OK (cudaStreamWaitEvent (f.stream, join, 0));
  g_assert_cmpint (cudaStreamSynchronize (f.stream), ==, cudaErrorStreamCaptureUnsupported);
  OK (cudaStreamEndCapture (f.stream, &graph));
  OK (cudaGraphInstantiate (&executable, graph, 0));
  OK (cudaGraphDestroy (graph));
  for (int i = 0; i < 3; i++)
    OK (cudaGraphLaunch (executable, f.stream));
  OK (cudaMemcpyAsync (f.pinned, f.y, BYTES, cudaMemcpyDeviceToHost, f.stream));
  OK (cudaStreamSynchronize (f.stream));
  g_assert_cmpfloat (f.pinned[2], ==, 12);

  OK (cudaStreamBeginCapture (f.stream, cudaStreamCaptureModeThreadLocal));
  OK (cudaEventRecord (fork, f.stream));
  OK (cudaStreamWaitEvent (f.other, fork, 0));
  OK (test_axpy (f.other, 1, f.x, f.y, N));
  g_assert_cmpint (cudaStreamEndCapture (f.stream, &graph), ==, cudaErrorStreamCaptureUnjoined);

  OK (cudaGraphExecDestroy (executable));
  OK (cudaEventDestroy (fork));
  OK (cudaEventDestroy (join));
  tear_down (&f);
}

static void
test_planted_failures (void)
{
  Fixture f;
  void *memory;

  set_up (&f);
  cuda_sim_fail_call ("cudaMalloc", 2, cudaErrorMemoryAllocation);
  OK (cudaMalloc (&memory, 16));
  OK (cudaFree (memory));
  g_assert_cmpint (cudaMalloc (&memory, 16), ==, cudaErrorMemoryAllocation);
  OK (cudaMalloc (&memory, 16));
  OK (cudaFree (memory));
  cuda_sim_fail_call ("cudaLaunchKernel", 1, cudaErrorLaunchFailure);
  g_assert_cmpint (test_axpy (f.stream, 1, f.x, f.y, N), ==, cudaErrorLaunchFailure);
  OK (test_axpy (f.stream, 1, f.x, f.y, N));
  tear_down (&f);
}

static void
lose_a_device (void)
{
  Fixture f;

  set_up (&f);
  OK (test_axpy (f.stream, 1, f.x, f.y, N));
  cuda_sim_lose_device (0);
  g_assert_cmpint (cudaStreamSynchronize (f.stream), ==, cudaErrorDevicesUnavailable);
  g_assert_cmpint (test_axpy (f.stream, 1, f.x, f.y, N), ==, cudaErrorDevicesUnavailable);
  OK (cudaSetDevice (1));
  OK (cudaDeviceSynchronize ());
}

static void
write_out_of_bounds (void)
{
  Fixture f;

  set_up (&f);
  OK (test_broken_bounds (f.stream, f.y, N));
  cudaStreamSynchronize (f.stream);
}

static void
pass_a_host_pointer (void)
{
  Fixture f;
  float host[N] = { 0 };

  set_up (&f);
  test_axpy (f.stream, 1, host, f.y, N);
}

static void
pass_a_pinned_pointer (void)
{
  Fixture f;

  set_up (&f);
  test_axpy (f.stream, 1, f.pinned, f.y, N);
}

static void
pass_the_other_device (void)
{
  Fixture f;
  float *there;

  set_up (&f);
  OK (cudaSetDevice (1));
  OK (cudaMalloc ((void **) &there, BYTES));
  OK (cudaSetDevice (0));
  test_axpy (f.stream, 1, there, f.y, N);
}

static void
use_the_other_stream (void)
{
  Fixture f;

  set_up (&f);
  OK (cudaSetDevice (1));
  test_axpy (f.stream, 1, f.x, f.y, N);
}

static void
use_the_default_stream (void)
{
  Fixture f;

  set_up (&f);
  test_axpy (NULL, 1, f.x, f.y, N);
}

static void
read_on_the_host (void)
{
  Fixture f;
  volatile float value;

  set_up (&f);
  value = f.x[0];
  g_print ("%g\n", value);
}

static void
use_after_free (void)
{
  Fixture f;

  set_up (&f);
  OK (cudaFree (f.x));
  test_axpy (f.stream, 1, f.x, f.y, N);
}

static void
free_twice (void)
{
  Fixture f;

  set_up (&f);
  OK (cudaFree (f.x));
  cudaFree (f.x);
}

static void
copy_the_wrong_way (void)
{
  Fixture f;

  set_up (&f);
  cudaMemcpyAsync (f.x, f.pinned, BYTES, cudaMemcpyDeviceToHost, f.stream);
}

static void
copy_too_much (void)
{
  Fixture f;
  float host[N + 24] = { 0 };

  set_up (&f);
  OK (cudaMemcpyAsync (f.x, host, sizeof host, cudaMemcpyHostToDevice, f.stream));
  cudaStreamSynchronize (f.stream);
}

static void
diverge_at_a_barrier (void)
{
  Fixture f;

  set_up (&f);
  OK (test_broken_barrier (f.stream, f.y));
  cudaStreamSynchronize (f.stream);
}

static void
forget_to_wait (void)
{
  Fixture f;

  set_up (&f);
  OK (test_axpy (f.stream, 1, f.x, f.y, N));
  /* No event between the streams. */
  cudaMemcpyAsync (f.pinned, f.y, BYTES, cudaMemcpyDeviceToHost, f.other);
}

static const struct
{
  const char *name;
  void (*commit) (void);
  const char *message;
} mistakes[] = {
#if defined(__SANITIZE_ADDRESS__)
  { "out-of-bounds", write_out_of_bounds, "*AddressSanitizer*WRITE of size 4*broken_bounds*" },
  { "host-read", read_on_the_host, "*AddressSanitizer*SEGV*" },
#else
  { "out-of-bounds", write_out_of_bounds, "*broken_bounds: wrote outside an allocation of 4000*" },
  { "host-read", read_on_the_host, "" },
#endif
  { "host-pointer", pass_a_host_pointer, "*axpy: host pointer*where device memory*" },
  { "pinned-pointer", pass_a_pinned_pointer, "*axpy: host pointer*(pinned)*" },
  { "other-device", pass_the_other_device, "*belongs to device 1, not to device 0*" },
  { "other-stream", use_the_other_stream, "*of device 0, the current device is 1*" },
  { "default-stream", use_the_default_stream, "*default stream*" },
  { "use-after-free", use_after_free, "*in no live allocation*" },
  { "double-free", free_twice, "*no live allocation*" },
  { "copy-kind", copy_the_wrong_way, "*copy of kind 2*" },
  { "copy-past-end", copy_too_much, "*96 bytes past their allocation of 4000*" },
  { "divergent-barrier", diverge_at_a_barrier, "*divergent __syncthreads*7 of 64*" },
  { "missing-wait", forget_to_wait, "*race: cudaMemcpyAsync reads*axpy*writes*" },
};

static void
test_mistake (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);

  if (g_test_subprocess ())
    {
      mistakes[i].commit ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  if (*mistakes[i].message)
    g_test_trap_assert_stderr (mistakes[i].message);
}

static void
test_lost_device (void)
{
  if (g_test_subprocess ())
    {
      lose_a_device ();
      /* Nothing of the lost device can be given back: the leak checker has nothing to say here. */
      _exit (0);
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_setenv ("CUDA_SIM_DEVICES", "2", TRUE);
  /* In this order a thread reads what the next one has not yet written. */
  g_setenv ("CUDA_SIM_ORDER", "reverse", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cuda-sim/kernels", test_kernels);
  g_test_add_func ("/cuda-sim/memory", test_memory);
  g_test_add_func ("/cuda-sim/shared-memory-race", test_shared_memory_race);
  g_test_add_func ("/cuda-sim/late", test_late);
  g_test_add_func ("/cuda-sim/events", test_events);
  g_test_add_func ("/cuda-sim/graph", test_graph);
  g_test_add_func ("/cuda-sim/planted-failures", test_planted_failures);
  g_test_add_func ("/cuda-sim/lost-device", test_lost_device);
  for (gsize i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cuda-sim/mistake/%s", mistakes[i].name);
      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_mistake);
    }
  return g_test_run ();
}
