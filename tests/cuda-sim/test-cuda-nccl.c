/* SPDX-License-Identifier: Apache-2.0 */

/* Steps of replicas on simulated cards that add their gradients through simulated NCCL. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cuda_runtime_api.h>
#include <nccl.h>

#include "compute.h"
#include "cuda-sim.h"
#include "network.h"
#include "run.h"
#include "siamban-communicator-private.h"
#include "siamban-error.h"
#include "siamban-link-private.h"
#include "siamban-program-private.h"

#define N_RANKS 2

/* However slow all else is: it would be for ever. */
#define PATIENCE_SECONDS 120

typedef struct
{
  SiambanConfig *config;
  SiambanCommunicator *communicator; /* NULL: alone, and no connection */
  guint rank;                        /* chooses device and samples */
  gboolean average;
  int forgotten; /* which wait of the streams for each other in a backward pass is left out; 0: none */
  guint n_passes; /* of a step; 0 as 1 */
  int n_waits;    /* how many there were, of all ranks */

  float *gradients;
  gsize n_gradients;
  GError *error;
} Replica;

static gboolean
broadcast_cb (gpointer data, gsize size, gpointer user_data, GError **error)
{
  return _siamban_communicator_broadcast (user_data, data, size, error);
}

static gboolean
check_cb (gpointer user_data, GError **error)
{
  return _siamban_communicator_check (user_data, error);
}

static gboolean
write_input (SiambanProgram *program, const SiambanNode *node, guint rank, GError **error)
{
  const gsize n = _siamban_node_get_n_elements (node);
  g_autofree char *name = g_strdup_printf ("%s of %u", node->name, rank);
  g_autofree float *values = g_new (float, n);

  if (g_str_equal (node->name, "label_cls"))
    for (gsize i = 0; i < n; i++)
      values[i] = (float) ((i + rank) % 2);
  else if (g_str_equal (node->name, "label_loc"))
    compute_fill (name, 5, 20, values, n);
  else
    compute_fill (name, 0, 255, values, n);

  return _siamban_program_write_input (program, node->name, SIAMBAN_DTYPE_FLOAT32, values, n,
                                       error);
}

static gboolean
write_inputs (SiambanProgram *program, guint rank, GError **error)
{
  for (guint value = 1; value <= siamban_graph_get_n_values (program->graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

      if (node->op == SIAMBAN_OP_INPUT && !write_input (program, node, rank, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
join (Replica *self, SiambanDevice *device, SiambanProgram *program, GError **error)
{
  const SiambanPeers peers = { self->rank, N_RANKS, broadcast_cb, check_cb, self->communicator };
  g_autoptr (GObject) connection = NULL;

  if (self->communicator == NULL)
    return TRUE;
  connection = _siamban_device_connect (device, &peers, error);

  return connection != NULL && _siamban_program_join (program, connection, self->average, error);
}

static gboolean
meet (Replica *self, GError **error)
{
  float nothing = 0;

  return self->communicator == NULL ||
         _siamban_communicator_all_sum (self->communicator, &nothing, 1, error);
}

/* All are at this point at the same time, so that what is counted is what they do between two of them. */
static gboolean
watch_waits (Replica *self, GError **error)
{
  if (!meet (self, error))
    return FALSE;
  self->n_waits = cuda_sim_count_calls ("cudaStreamWaitEvent");
  if (self->rank == 0 && self->forgotten > 0)
    cuda_sim_ignore_call ("cudaStreamWaitEvent", self->forgotten);

  return meet (self, error);
}

/* With the same samples in each pass, so the mean over the passes is that of one. */
static gboolean
run_passes (Replica *self, SiambanProgram *program, GError **error)
{
  const guint n = MAX (self->n_passes, 1);

  for (guint i = 0; i < n; i++)
    if (!write_inputs (program, self->rank, error) || !siamban_program_forward (program, error) ||
        (i == 0 && !watch_waits (self, error)) || !siamban_program_backward (program, error) ||
        (n > 1 && !_siamban_program_add_gradients (program, i, n, error)))
      return FALSE;

  return TRUE;
}

static gboolean
take_step (Replica *self, SiambanProgram *program, GError **error)
{
  const guint n = _siamban_weights_get_n (program->weights);
  g_autofree double *rates = g_new0 (double, n);
  double norm;

  if (!run_passes (self, program, error) ||
      !siamban_program_update (program, rates, n, 0.9, 0, 0, &norm, error))
    return FALSE;
  g_assert_true (isfinite (norm));
  if (!meet (self, error))
    return FALSE;
  self->n_waits = cuda_sim_count_calls ("cudaStreamWaitEvent") - self->n_waits;
  if (!meet (self, error))
    return FALSE;

  self->n_gradients = _siamban_weights_get_store (program->weights)->n_weight_values;
  self->gradients = g_renew (float, self->gradients, self->n_gradients);

  return _siamban_program_read_gradients (program, 0, self->n_gradients, self->gradients, error);
}

/* Two steps of a network that trains as a whole. */
static gboolean
run (Replica *self, GError **error)
{
  g_autofree char *id = g_strdup_printf ("cuda:%u", self->rank);
  g_autoptr (SiambanDevice) device = siamban_device_open (id, error);
  g_autoptr (SiambanModel) model = siamban_model_new (self->config, error);
  g_autoptr (SiambanGraph) graph = NULL;
  g_autoptr (SiambanProgram) program = NULL;

  g_assert_no_error (*error);
  network_fill_other (siamban_model_get_weights (model));
  siamban_model_set_epoch (model, RUN_TRAIN_EPOCH);
  graph = siamban_model_build_training (model, 1, error);
  program = graph != NULL ? siamban_device_compile (device, graph, TRUE, error) : NULL;

  if (program != NULL && (self->n_passes < 2 || _siamban_program_allocate_sums (program, error)) &&
      join (self, device, program, error) && take_step (self, program, error) &&
      take_step (self, program, error))
    return TRUE;

  /* As a training does, before the program is freed: that waits for the other device, which waits for this one. */
  if (self->communicator != NULL)
    _siamban_communicator_leave (self->communicator, (*error)->message);

  return FALSE;
}

static gpointer
replica_thread (gpointer data)
{
  Replica *self = data;

  (void) run (self, &self->error);

  return NULL;
}

static void
run_with (RunFixture *fixture, gboolean average, int forgotten, guint n_passes, Replica *replicas)
{
  g_autoptr (GPtrArray) communicators = _siamban_thread_communicators_new (N_RANKS);
  GThread *threads[N_RANKS];

  for (guint rank = 0; rank < N_RANKS; rank++)
    {
      replicas[rank] = (Replica){
        fixture->config, communicators->pdata[rank], rank, average, forgotten, n_passes
      };
      threads[rank] = g_thread_new ("replica", replica_thread, &replicas[rank]);
    }
  for (guint rank = 0; rank < N_RANKS; rank++)
    g_thread_join (threads[rank]);
}

static void
run_together (RunFixture *fixture, gboolean average, Replica *replicas)
{
  run_with (fixture, average, 0, 1, replicas);
}

static void
replicas_clear (Replica *replicas)
{
  for (guint rank = 0; rank < N_RANKS; rank++)
    {
      g_free (replicas[rank].gradients);
      g_clear_error (&replicas[rank].error);
    }
}

typedef struct
{
  const char *path;
  gboolean average;
  guint n_passes;
} Reduction;

static const Reduction reductions[] = {
  { "/cuda-nccl/sum", FALSE, 1 },
  { "/cuda-nccl/average", TRUE, 1 },
  { "/cuda-nccl/accumulated", TRUE, 3 },
};

/* What backward leaves is what the replicas had alone, added or averaged; in several buckets. */
static void
test_gradients (RunFixture *fixture, gconstpointer data)
{
  const Reduction *reduction = data;
  const gboolean average = reduction->average;
  const int before = cuda_sim_count_calls ("ncclAllReduce");
  Replica alone[N_RANKS] = { { fixture->config, NULL, 0 }, { fixture->config, NULL, 1 } };
  Replica together[N_RANKS];
  double largest = 0, moved = 0;

  run_with (fixture, average, 0, reduction->n_passes, together);
  for (guint rank = 0; rank < N_RANKS; rank++)
    {
      g_assert_no_error (together[rank].error);
      replica_thread (&alone[rank]);
      g_assert_no_error (alone[rank].error);
    }
  g_test_message ("%d sums", cuda_sim_count_calls ("ncclAllReduce") - before);
  g_assert_cmpint (cuda_sim_count_calls ("ncclAllReduce") - before, >=, 2 * N_RANKS * 3);

  for (gsize i = 0; i < alone[0].n_gradients; i++)
    {
      const double sum = (double) alone[0].gradients[i] + alone[1].gradients[i];
      const double expected = average ? sum / 2 : sum;

      g_assert_cmpfloat (together[0].gradients[i], ==, together[1].gradients[i]);
      largest = MAX (largest, fabs (together[0].gradients[i] - expected));
      moved = MAX (moved, fabs (expected));
    }
  g_test_message ("gradients up to %g, differ by up to %g", moved, largest);
  g_assert_cmpfloat (moved, >, 1e-3);
  g_assert_cmpfloat (largest, <=, 1e-6 * moved);
  replicas_clear (alone);
  replicas_clear (together);
}

/* A bucket leaves while most of backward is still to come: its failure keeps the rest from being launched. */
static void
test_overlap (RunFixture *fixture, gconstpointer data)
{
  Replica replicas[N_RANKS];
  int before, n_whole, n_until_first;

  before = cuda_sim_count_calls ("cudnnBackendExecute");
  run_together (fixture, TRUE, replicas);
  /* Two steps of each replica. */
  n_whole = (cuda_sim_count_calls ("cudnnBackendExecute") - before) / 2 / N_RANKS;
  replicas_clear (replicas);

  before = cuda_sim_count_calls ("cudnnBackendExecute");
  for (int k = 1; k <= N_RANKS; k++)
    cuda_sim_fail_call ("ncclAllReduce", k, ncclInternalError);
  run_together (fixture, TRUE, replicas);
  n_until_first = (cuda_sim_count_calls ("cudnnBackendExecute") - before) / N_RANKS;
  replicas_clear (replicas);

  g_test_message ("%d convolutions a step, %d until the first bucket leaves", n_whole,
                  n_until_first);
  g_assert_cmpint (n_until_first, <, n_whole * 3 / 4);
}

static const char *const calls[] = {
  "ncclGetUniqueId",          "ncclCommInitRankConfig", "ncclAllReduce",
  "cudaEventRecord",          "cudaStreamWaitEvent",    "cudaStreamQuery",
  "cudaEventCreateWithFlags",
};

/* One rank fails: it says in what, the other says who, and nobody waits for ever. */
static void
test_failures (RunFixture *fixture, gconstpointer data)
{
  const char *call = data;
  const gint64 began = g_get_monotonic_time ();
  Replica replicas[N_RANKS];
  guint failed;

  cuda_sim_fail_call (call, 1, g_str_has_prefix (call, "nccl") ? (int) ncclInternalError : 719);
  run_together (fixture, TRUE, replicas);
  for (guint rank = 0; rank < N_RANKS; rank++)
    {
      g_assert_nonnull (replicas[rank].error);
      g_test_message ("rank %u: %s", rank, replicas[rank].error->message);
    }
  failed = g_error_matches (replicas[0].error, SIAMBAN_ERROR, SIAMBAN_ERROR_RANK_LOST) ? 1 : 0;
  g_assert_error (replicas[failed].error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED);
  g_assert_true (g_str_has_prefix (replicas[failed].error->message, call));
  g_assert_error (replicas[1 - failed].error, SIAMBAN_ERROR, SIAMBAN_ERROR_RANK_LOST);
  g_assert_nonnull (strstr (replicas[1 - failed].error->message, replicas[failed].error->message));
  g_assert_cmpint (g_get_monotonic_time () - began, <, PATIENCE_SECONDS * G_USEC_PER_SEC);
  replicas_clear (replicas);

  /* And again, all is well. */
  run_together (fixture, TRUE, replicas);
  g_assert_no_error (replicas[0].error);
  g_assert_no_error (replicas[1].error);
  replicas_clear (replicas);
}

/* Each wait between the streams of a backward pass is needed, from that of the first bucket for its gradients to
 * those of the optimizers for the last sums: without one, the simulator finds the race. */
static void
test_forgotten_wait (RunFixture *fixture, gconstpointer data)
{
  Replica replicas[N_RANKS];
  int n_waits;

  if (g_test_subprocess ())
    {
      run_with (fixture, TRUE, atoi (g_getenv ("FORGOTTEN_WAIT")), 1, replicas);
      return;
    }

  run_together (fixture, TRUE, replicas);
  g_assert_no_error (replicas[0].error);
  n_waits = replicas[0].n_waits;
  replicas_clear (replicas);
  g_test_message ("%d waits", n_waits);
  g_assert_cmpint (n_waits, >=, N_RANKS * 4);

  for (int k = 1; k <= n_waits; k = k < n_waits - 6 ? k + 6 : k + 1)
    {
      g_autofree char *text = g_strdup_printf ("%d", k);

      g_setenv ("FORGOTTEN_WAIT", text, TRUE);
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_failed ();
      g_test_trap_assert_stderr ("*cuda-sim: race: *");
    }
}

#define ADD(path, data, func) g_test_add (path, RunFixture, data, run_set_up, func, run_tear_down)

int
main (int argc, char **argv)
{
  /* Small, as the network is. */
  g_setenv ("SIAMBAN_BUCKET_KIB", "4", TRUE);
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (reductions); i++)
    ADD (reductions[i].path, &reductions[i], test_gradients);
  ADD ("/cuda-nccl/overlap", NULL, test_overlap);
  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autofree char *path = g_strconcat ("/cuda-nccl/failure/", calls[i], NULL);

      ADD (path, calls[i], test_failures);
    }
  ADD ("/cuda-nccl/forgotten-wait", NULL, test_forgotten_wait);

  return g_test_run ();
}
