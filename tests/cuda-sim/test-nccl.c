/* SPDX-License-Identifier: Apache-2.0 */

/* Simulated NCCL: sums among threads and among processes; planted mistakes and losses are caught. */
#include <signal.h>
#include <string.h>

#include <cuda_runtime_api.h>
#include <gio/gio.h>
#include <nccl.h>

#include "cuda-sim.h"
#include "test-kernels.h"

/* More than a meeting takes. */
#define N 600000
#define N_RANKS 3

#define OK(call) g_assert_cmpint ((call), ==, cudaSuccess)
#define NCCL_OK(call) g_assert_cmpint ((call), ==, ncclSuccess)

typedef struct
{
  int rank;
  int n_ranks;
  int device;
  ncclUniqueId id;

  ncclComm_t communicator;
  cudaStream_t stream;
  float *values; /* on the device */
  gsize n;
} Rank;

static void
rank_open (Rank *self)
{
  g_autofree float *host = g_new (float, self->n);

  for (gsize i = 0; i < self->n; i++)
    host[i] = (float) (self->rank + 1) + (float) (i % 7);
  OK (cudaSetDevice (self->device));
  OK (cudaStreamCreateWithFlags (&self->stream, cudaStreamNonBlocking));
  OK (cudaMalloc ((void **) &self->values, self->n * sizeof (float)));
  OK (cudaMemcpyAsync (self->values, host, self->n * sizeof (float), cudaMemcpyHostToDevice,
                       self->stream));
  OK (cudaStreamSynchronize (self->stream));
  NCCL_OK (ncclCommInitRank (&self->communicator, self->n_ranks, self->id, self->rank));
}

static void
rank_close (Rank *self)
{
  OK (cudaSetDevice (self->device));
  OK (cudaStreamSynchronize (self->stream));
  if (self->communicator != NULL)
    NCCL_OK (ncclCommDestroy (self->communicator));
  OK (cudaStreamDestroy (self->stream));
  OK (cudaFree (self->values));
}

static ncclResult_t
rank_reduce (Rank *self, gsize n, ncclRedOp_t operation)
{
  return ncclAllReduce (self->values, self->values, n, ncclFloat32, operation, self->communicator,
                        self->stream);
}

/* A sum, and the average of the same. */
static void
rank_add (Rank *self)
{
  g_autofree float *host = g_new (float, self->n);
  const float expected = (float) (self->n_ranks * (self->n_ranks + 1) / 2);

  NCCL_OK (rank_reduce (self, self->n, ncclSum));
  NCCL_OK (rank_reduce (self, self->n, ncclAvg));
  OK (cudaMemcpyAsync (host, self->values, self->n * sizeof (float), cudaMemcpyDeviceToHost,
                       self->stream));
  OK (cudaStreamSynchronize (self->stream));
  for (gsize i = 0; i < self->n; i++)
    g_assert_cmpfloat_with_epsilon (host[i], expected + (float) (self->n_ranks * (i % 7)), 1e-4);
}

static gpointer
add_thread (gpointer data)
{
  Rank *self = data;

  rank_open (self);
  rank_add (self);
  rank_close (self);

  return NULL;
}

static void
start_threads (Rank *ranks, GThread **threads, guint n, gsize n_values, GThreadFunc function)
{
  ncclUniqueId id;

  NCCL_OK (ncclGetUniqueId (&id));
  for (guint i = 0; i < n; i++)
    {
      ranks[i] = (Rank){ .rank = (int) i, .n_ranks = (int) n, .device = (int) i, .id = id };
      ranks[i].n = n_values;
      threads[i] = g_thread_new ("rank", function, &ranks[i]);
    }
}

static void
test_threads (void)
{
  Rank ranks[N_RANKS];
  GThread *threads[N_RANKS];

  start_threads (ranks, threads, N_RANKS, N, add_thread);
  for (guint i = 0; i < N_RANKS; i++)
    g_thread_join (threads[i]);
}

/* This program again, as another rank. */
static GSubprocess *
spawn_rank (const Rank *self, const char *what)
{
  g_autofree char *rank = g_strdup_printf ("%d", self->rank);
  g_autofree char *n_ranks = g_strdup_printf ("%d", self->n_ranks);
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GError) error = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, program, "--as", what,
                                           rank, n_ranks, self->id.internal, NULL);

  g_assert_no_error (error);

  return process;
}

/* What it then does. */
static int
be_rank (char **argv)
{
  Rank self = { .n = N };

  self.rank = (int) g_ascii_strtoll (argv[1], NULL, 10);
  self.n_ranks = (int) g_ascii_strtoll (argv[2], NULL, 10);
  g_strlcpy (self.id.internal, argv[3], sizeof self.id.internal);
  rank_open (&self);
  /* One that vanishes waits for that. */
  if (g_str_equal (argv[0], "vanish"))
    g_usleep (60 * G_USEC_PER_SEC);
  rank_add (&self);
  rank_close (&self);

  return 0;
}

static void
test_processes (void)
{
  Rank self = { .n_ranks = N_RANKS, .n = N };
  GSubprocess *others[N_RANKS];

  NCCL_OK (ncclGetUniqueId (&self.id));
  for (guint i = 1; i < N_RANKS; i++)
    {
      Rank other = self;

      other.rank = (int) i;
      others[i] = spawn_rank (&other, "add");
    }
  rank_open (&self);
  rank_add (&self);
  rank_close (&self);
  for (guint i = 1; i < N_RANKS; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_subprocess_wait_check (others[i], NULL, &error));
      g_assert_no_error (error);
      g_object_unref (others[i]);
    }
}

/* A process that dies is told of; the stream waits until the communicator is aborted. */
static void
test_lost_process (void)
{
  const gint64 began = g_get_monotonic_time ();
  Rank self = { .n_ranks = 2, .n = 100 };
  Rank other = self;
  ncclResult_t state = ncclSuccess;
  g_autoptr (GSubprocess) process = NULL;

  NCCL_OK (ncclGetUniqueId (&self.id));
  other = self;
  other.rank = 1;
  process = spawn_rank (&other, "vanish");
  rank_open (&self);
  NCCL_OK (rank_reduce (&self, self.n, ncclSum));
  g_assert_cmpint (cudaStreamQuery (self.stream), ==, cudaErrorNotReady);
  NCCL_OK (ncclCommGetAsyncError (self.communicator, &state));
  g_assert_cmpint (state, ==, ncclSuccess);

  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
  NCCL_OK (ncclCommGetAsyncError (self.communicator, &state));
  g_assert_cmpint (state, ==, ncclRemoteError);
  g_usleep (100000);
  g_assert_cmpint (cudaStreamQuery (self.stream), ==, cudaErrorNotReady);
  NCCL_OK (ncclCommAbort (self.communicator));
  self.communicator = NULL;
  rank_close (&self);
  g_assert_cmpint (g_get_monotonic_time () - began, <, 30 * G_USEC_PER_SEC);
}

/* A rank comes back at once, and is in progress until the others are there. */
static void
test_not_blocking (void)
{
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  ncclComm_t communicators[2];
  ncclResult_t state;
  ncclUniqueId id;

  config.blocking = 0;
  NCCL_OK (ncclGetUniqueId (&id));
  OK (cudaSetDevice (0));
  g_assert_cmpint (ncclCommInitRankConfig (&communicators[0], 2, id, 0, &config), ==,
                   ncclInProgress);
  NCCL_OK (ncclCommGetAsyncError (communicators[0], &state));
  g_assert_cmpint (state, ==, ncclInProgress);
  OK (cudaSetDevice (1));
  NCCL_OK (ncclCommInitRankConfig (&communicators[1], 2, id, 1, &config));
  NCCL_OK (ncclCommGetAsyncError (communicators[0], &state));
  g_assert_cmpint (state, ==, ncclSuccess);
  for (guint i = 0; i < 2; i++)
    NCCL_OK (ncclCommDestroy (communicators[i]));

  /* Two ranks on one device are refused. */
  NCCL_OK (ncclGetUniqueId (&id));
  g_assert_cmpint (ncclCommInitRankConfig (&communicators[0], 2, id, 0, &config), ==,
                   ncclInProgress);
  g_assert_cmpint (ncclCommInitRankConfig (&communicators[1], 2, id, 1, &config), ==,
                   ncclInvalidUsage);
  for (guint i = 0; i < 2; i++)
    NCCL_OK (ncclCommAbort (communicators[i]));
}

static void
test_planted_failures (void)
{
  Rank self = { .n_ranks = 1, .n = 10 };

  NCCL_OK (ncclGetUniqueId (&self.id));
  cuda_sim_fail_call ("ncclCommInitRankConfig", 1, ncclSystemError);
  g_assert_cmpint (ncclCommInitRank (&self.communicator, 1, self.id, 0), ==, ncclSystemError);
  rank_open (&self);
  cuda_sim_fail_call ("ncclAllReduce", 2, ncclInternalError);
  NCCL_OK (rank_reduce (&self, self.n, ncclSum));
  g_assert_cmpint (rank_reduce (&self, self.n, ncclSum), ==, ncclInternalError);
  NCCL_OK (rank_reduce (&self, self.n, ncclSum));
  rank_close (&self);
}

/* The sum is as late as any other work of a stream. */
static void
test_late (void)
{
  Rank self = { .n_ranks = 1, .n = 10 };
  float *pinned;

  NCCL_OK (ncclGetUniqueId (&self.id));
  rank_open (&self);
  OK (cudaHostAlloc ((void **) &pinned, 10 * sizeof (float), 0));
  pinned[0] = 0;
  NCCL_OK (rank_reduce (&self, self.n, ncclSum));
  OK (cudaMemcpyAsync (pinned, self.values, 40, cudaMemcpyDeviceToHost, self.stream));
  g_usleep (20000);
  g_assert_cmpfloat (pinned[0], ==, 0);
  OK (cudaStreamSynchronize (self.stream));
  g_assert_cmpfloat (pinned[0], ==, 1);
  OK (cudaFreeHost (pinned));
  rank_close (&self);
}

/* ---- mistakes ---- */

static gpointer
different_counts_thread (gpointer data)
{
  Rank *self = data;

  rank_open (self);
  rank_reduce (self, self->rank == 1 ? self->n - 1 : self->n, ncclSum);
  cudaStreamSynchronize (self->stream);

  return NULL;
}

static gpointer
different_operations_thread (gpointer data)
{
  Rank *self = data;

  rank_open (self);
  rank_reduce (self, self->n, self->rank == 1 ? ncclAvg : ncclSum);
  cudaStreamSynchronize (self->stream);

  return NULL;
}

static void
run_pair (GThreadFunc function)
{
  Rank ranks[2];
  GThread *threads[2];

  start_threads (ranks, threads, 2, 10, function);
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
}

static void
bring_different_counts (void)
{
  run_pair (different_counts_thread);
}

static void
bring_different_operations (void)
{
  run_pair (different_operations_thread);
}

static Rank
open_alone (void)
{
  Rank self = { .n_ranks = 1, .n = 10 };

  NCCL_OK (ncclGetUniqueId (&self.id));
  rank_open (&self);

  return self;
}

static void
bring_doubles (void)
{
  Rank self = open_alone ();

  ncclAllReduce (self.values, self.values, 5, ncclFloat64, ncclSum, self.communicator, self.stream);
}

static void
bring_too_much (void)
{
  Rank self = open_alone ();

  rank_reduce (&self, self.n + 1, ncclSum);
}

static void
bring_host_memory (void)
{
  Rank self = open_alone ();
  float host[10] = { 0 };

  ncclAllReduce (host, host, 10, ncclFloat32, ncclSum, self.communicator, self.stream);
}

static void
use_the_other_stream (void)
{
  Rank self = open_alone ();

  OK (cudaSetDevice (1));
  OK (cudaStreamCreateWithFlags (&self.stream, cudaStreamNonBlocking));
  rank_reduce (&self, self.n, ncclSum);
}

static void
forget_to_wait (void)
{
  Rank self = open_alone ();
  cudaStream_t other;

  OK (cudaStreamCreateWithFlags (&other, cudaStreamNonBlocking));
  OK (test_axpy (other, 1, self.values, self.values, (int) self.n));
  rank_reduce (&self, self.n, ncclSum);
}

static const struct
{
  const char *name;
  void (*commit) (void);
  const char *message;
} mistakes[] = {
  { "counts", bring_different_counts,
    "*ncclAllReduce: rank * brings * values of type 7 for operation 0, rank *" },
  { "operations", bring_different_operations, "*ncclAllReduce: rank * for operation *" },
  { "types", bring_doubles, "*type 8 is not simulated*" },
  { "past-end", bring_too_much, "*ncclAllReduce*past their allocation*" },
  { "host-memory", bring_host_memory, "*ncclAllReduce: host pointer*" },
  { "other-stream", use_the_other_stream, "*not of the communicator's device 0*" },
  { "missing-wait", forget_to_wait, "*race: ncclAllReduce reads*axpy*writes*" },
};

static void
test_mistake (gconstpointer data)
{
  const gsize i = GPOINTER_TO_SIZE (data);

  if (g_test_subprocess ())
    {
      mistakes[i].commit ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (mistakes[i].message);
}

int
main (int argc, char **argv)
{
  g_setenv ("CUDA_SIM_DEVICES", "4", TRUE);
  if (argc == 6 && g_str_equal (argv[1], "--as"))
    return be_rank (argv + 2);

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nccl/threads", test_threads);
  g_test_add_func ("/nccl/processes", test_processes);
  g_test_add_func ("/nccl/lost-process", test_lost_process);
  g_test_add_func ("/nccl/not-blocking", test_not_blocking);
  g_test_add_func ("/nccl/planted-failures", test_planted_failures);
  g_test_add_func ("/nccl/late", test_late);
  for (gsize i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = g_strconcat ("/nccl/mistake/", mistakes[i].name, NULL);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_mistake);
    }

  return g_test_run ();
}
