/* SPDX-License-Identifier: Apache-2.0 */

/* Whole trainings on simulated devices, against the processor. */
#include <math.h>
#include <string.h>

#include <cuda_runtime_api.h>
#include <nccl.h>

#include "cuda-sim.h"
#include "network.h"
#include "run.h"
#include "siamban-weights-private.h"

/* So many sums fail, each in another run. */
#define N_SPOILED 4

/* A network that looks at its images: see test-replicas.c. */
static void
set_up (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (SiambanModel) model = NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();
  g_autoptr (GError) error = NULL;

  run_set_up (fixture, data);
  /* Each pixel costs a thread of each simulated kernel. */
  run_set (fixture->config, "TRAIN.SEARCH_SIZE=167");
  run_set (fixture->config, "TRAIN.OUTPUT_SIZE=14");
  run_set (fixture->config, "TRAIN.EPOCH=2");
  run_set (fixture->config, "BACKBONE.TRAIN_EPOCH=1");
  run_set (fixture->config, "DATASET.VIDEOS_PER_EPOCH=4");
  model = siamban_model_new (fixture->config, &error);
  g_assert_no_error (error);
  network_fill_other (siamban_model_get_weights (model));
  siamban_checkpoint_collect (checkpoint, siamban_model_get_weights (model));
  path = g_build_filename (fixture->folder, "lively.pth", NULL);
  siamban_checkpoint_save (checkpoint, path, &error);
  g_assert_no_error (error);
  siamban_config_set_string (fixture->config, "TRAIN.PRETRAINED", path, &error);
  g_assert_no_error (error);
}

static SiambanTrainer *
train (RunFixture *fixture, const char *devices, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) list = siamban_device_open_all (devices, &error);
  SiambanTrainer *trainer;

  g_assert_no_error (error);
  trainer = siamban_trainer_new_on_devices (fixture->config, list, path, &error);
  g_assert_no_error (error);
  run_train (trainer);

  return trainer;
}

static const SiambanWeightsStore *
values_of (SiambanModel *model)
{
  return _siamban_weights_get_store (siamban_model_get_weights (model));
}

/* Of weights [from, to), relative to the largest of them. */
static double
compare (const SiambanWeightsStore *a, const SiambanWeightsStore *b, gsize from, gsize to)
{
  double difference = 0, largest = 0;

  for (gsize i = from; i < to; i++)
    {
      /* Not skipped by a comparison. */
      g_assert_true (isfinite (a->values[i]) && isfinite (b->values[i]));
      difference = MAX (difference, fabs ((double) a->values[i] - b->values[i]));
      largest = MAX (largest, fabs ((double) a->values[i]));
    }
  g_assert_cmpfloat (largest, >, 0);

  return difference / largest;
}

/* Both phases, with batch norms that measure: the steps of the processor, and the same bits again. */
static void
test_processor (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanDevice) cpu = siamban_device_open ("cpu", NULL);
  g_autoptr (SiambanTrainer) expected = train (fixture, cpu ? "cpu" : "reference", "expected");
  g_autoptr (SiambanTrainer) found = train (fixture, "cuda:0", "found");
  g_autoptr (SiambanTrainer) again = train (fixture, "cuda:0", "again");
  const SiambanWeightsStore *a = values_of (siamban_trainer_get_model (expected));
  const SiambanWeightsStore *b = values_of (siamban_trainer_get_model (found));
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModel) start = siamban_model_new (fixture->config, &error);
  g_autofree char *digest = run_digest (found);
  g_autofree char *second_digest = run_digest (again);
  double moved, weights, buffers;

  g_assert_no_error (error);
  g_assert_cmpstr (digest, ==, second_digest);

  network_fill_other (siamban_model_get_weights (start));
  moved = compare (a, values_of (start), 0, a->n_weight_values);
  weights = compare (a, b, 0, a->n_weight_values);
  buffers = compare (a, b, a->n_weight_values, a->n_values);
  g_test_message ("moved by up to %g, differ by up to %g, buffers %g", moved, weights, buffers);
  g_assert_cmpfloat (moved, >, 1e-3);
  /* Sums in another order, over four steps. */
  g_assert_cmpfloat (weights, <, 1e-3 * moved);
  g_assert_cmpfloat (buffers, <, 1e-5);
}

/* Frozen batch norms, and as many positives and negatives in every sample: see test-replicas.c. */
static void
set_up_replicas (RunFixture *fixture, gconstpointer data)
{
  static const char *const settings[] = {
    "TRAIN.POS_NUM=2",    "TRAIN.TOTAL_NUM=10",         "DATASET.NEG=0",
    "TRAIN.BASE_LR=1",    "TRAIN.BATCH_NORM=frozen",    "TRAIN.EPOCH=3",
    "TRAIN.BATCH_SIZE=4", "DATASET.VIDEOS_PER_EPOCH=4", "BACKBONE.TRAIN_EPOCH=2",
  };

  set_up (fixture, data);
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    run_set (fixture->config, settings[i]);
}

/* Three steps of 2 and of 4 simulated cards are those of one with the whole batch. */
static void
test_replicas (RunFixture *fixture, gconstpointer data)
{
  static const char *const cards[] = { "cuda:0,cuda:1", "cuda:0,cuda:1,cuda:2,cuda:3" };
  g_autoptr (SiambanTrainer) whole = train (fixture, "cuda:0", "whole");
  const SiambanWeightsStore *a = values_of (siamban_trainer_get_model (whole));
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModel) start = siamban_model_new (fixture->config, &error);
  double moved;

  g_assert_no_error (error);
  network_fill_other (siamban_model_get_weights (start));
  moved = compare (a, values_of (start), 0, a->n_weight_values);
  g_assert_cmpfloat (moved, >, 1e-3);
  for (guint i = 0; i < G_N_ELEMENTS (cards); i++)
    {
      g_autoptr (SiambanTrainer) parts = NULL;
      const int n_sums = cuda_sim_count_calls ("ncclAllReduce");
      double difference;

      run_set (fixture->config, i == 0 ? "TRAIN.BATCH_SIZE=2" : "TRAIN.BATCH_SIZE=1");
      parts = train (fixture, cards[i], cards[i]);
      g_assert_cmpint (cuda_sim_count_calls ("ncclAllReduce"), >, n_sums);
      difference = compare (a, values_of (siamban_trainer_get_model (parts)), 0,
                            a->n_weight_values);
      g_test_message ("moved by up to %g, differ by up to %g", moved, difference);
      g_assert_cmpfloat (difference, <, 1e-3 * moved);
    }
}

/* Statistics that batch norms measure, of cards whose gradients are added by NCCL: what becomes of them is the
 * same as with processors. */
static void
test_statistics (RunFixture *fixture, gconstpointer data)
{
  static const char *const policies[] = { "none", "broadcast", "average" };
  g_autoptr (SiambanDevice) cpu = siamban_device_open ("cpu", NULL);

  run_set (fixture->config, "TRAIN.BATCH_SIZE=1");
  for (guint i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      g_autofree char *setting = g_strconcat ("TRAIN.BN_SYNC=", policies[i], NULL);
      g_autofree char *path = g_strconcat (policies[i], " on processors", NULL);
      g_autoptr (SiambanTrainer) expected = NULL;
      g_autoptr (SiambanTrainer) found = NULL;
      const SiambanWeightsStore *a, *b;
      double weights, buffers;

      run_set (fixture->config, setting);
      expected = train (fixture, cpu ? "cpu,cpu" : "reference,reference", path);
      found = train (fixture, "cuda:0,cuda:1", policies[i]);
      a = values_of (siamban_trainer_get_model (expected));
      b = values_of (siamban_trainer_get_model (found));
      weights = compare (a, b, 0, a->n_weight_values);
      buffers = compare (a, b, a->n_weight_values, a->n_values);
      g_test_message ("%s: weights differ by up to %g, buffers by %g", policies[i], weights,
                      buffers);
      g_assert_cmpfloat (weights, <, 1e-4);
      g_assert_cmpfloat (buffers, <, 1e-5);
    }
}

/* Batches whose gradients are averaged on the card make the steps of the whole batch, with captured parts. */
static void
test_accumulate (RunFixture *fixture, gconstpointer data)
{
  static const char *const cards[] = { "cuda:0", "cuda:0,cuda:1" };
  g_autoptr (SiambanTrainer) whole = train (fixture, "cuda:0", "whole");
  const SiambanWeightsStore *a = values_of (siamban_trainer_get_model (whole));
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModel) start = siamban_model_new (fixture->config, &error);
  double moved;

  g_assert_no_error (error);
  network_fill_other (siamban_model_get_weights (start));
  moved = compare (a, values_of (start), 0, a->n_weight_values);
  g_assert_cmpfloat (moved, >, 1e-3);
  for (guint i = 0; i < G_N_ELEMENTS (cards); i++)
    {
      const int n_before = cuda_sim_count_calls ("cudaGraphLaunch");
      g_autoptr (SiambanTrainer) parts = NULL;
      double difference;

      run_set (fixture->config, i == 0 ? "TRAIN.ACCUMULATE=4" : "TRAIN.ACCUMULATE=2");
      run_set (fixture->config, "TRAIN.BATCH_SIZE=1");
      parts = train (fixture, cards[i], cards[i]);
      difference = compare (a, values_of (siamban_trainer_get_model (parts)), 0,
                            a->n_weight_values);
      g_test_message ("moved by up to %g, differ by up to %g", moved, difference);
      g_assert_cmpfloat (difference, <, 1e-3 * moved);
      g_assert_cmpint (cuda_sim_count_calls ("cudaGraphLaunch"), >, n_before);
    }
}

typedef struct
{
  int call;    /* which sum of the second iteration fails */
  int n_calls; /* before the run; after it: of an iteration, of both ranks */
  guint n_iterations;
  float *values; /* after the first iteration */
} Spoiled;

static void
spoil_cb (SiambanTrainer *trainer, SiambanIteration *iteration, Spoiled *spoiled)
{
  const SiambanWeightsStore *store = values_of (siamban_trainer_get_model (trainer));

  if (spoiled->n_iterations++ > 0)
    return;
  spoiled->n_calls = cuda_sim_count_calls ("ncclAllReduce") - spoiled->n_calls;
  spoiled->values = g_memdup2 (store->values, store->n_weight_values * sizeof (float));
  cuda_sim_fail_call ("ncclAllReduce", spoiled->call, ncclInternalError);
}

/* Gradients of which a sum failed move no weight, whoever of the two failed, and whoever reads them before. */
static void
test_lost_sum (RunFixture *fixture, gconstpointer data)
{
  int n_calls = 1;

  g_setenv ("SIAMBAN_BUCKET_KIB", "4", TRUE);
  run_set (fixture->config, "TRAIN.LOG_GRADS=True");
  run_set (fixture->config, "TRAIN.BATCH_SIZE=1");
  for (int call = 1; call <= n_calls; call++)
    {
      Spoiled spoiled = { .call = call, .n_calls = cuda_sim_count_calls ("ncclAllReduce") };
      g_autofree char *name = g_strdup_printf ("sum-%d", call);
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GListModel) devices = siamban_device_open_all ("cuda:0,cuda:1", &error);
      g_autoptr (SiambanTrainer) trainer = NULL;
      const SiambanWeightsStore *store;

      g_assert_no_error (error);
      trainer = siamban_trainer_new_on_devices (fixture->config, devices, path, &error);
      g_assert_no_error (error);
      g_signal_connect (trainer, "iteration", G_CALLBACK (spoil_cb), &spoiled);
      g_assert_false (siamban_trainer_run (trainer, NULL, &error));
      g_test_message ("%s", error->message);
      g_assert_cmpuint (spoiled.n_iterations, ==, 1);
      store = values_of (siamban_trainer_get_model (trainer));
      g_assert_cmpmem (store->values, store->n_weight_values * sizeof (float), spoiled.values,
                       store->n_weight_values * sizeof (float));
      g_free (spoiled.values);
      n_calls = MIN (spoiled.n_calls, N_SPOILED);
    }
  g_assert_cmpint (n_calls, ==, N_SPOILED);
  g_unsetenv ("SIAMBAN_BUCKET_KIB");
}

static void
lose_cb (SiambanTrainer *trainer, SiambanIteration *iteration, gpointer data)
{
  cuda_sim_lose_device (3);
}

/* A card that disappears ends the run on all, and is named. */
static void
test_lost_replica (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "lost", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) devices = siamban_device_open_all ("cuda:0,cuda:3", &error);
  g_autoptr (SiambanTrainer) trainer = NULL;

  g_assert_no_error (error);
  trainer = siamban_trainer_new_on_devices (fixture->config, devices, path, &error);
  g_assert_no_error (error);
  g_signal_connect (trainer, "iteration", G_CALLBACK (lose_cb), NULL);
  g_assert_false (siamban_trainer_run (trainer, NULL, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_RANK_LOST);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "Rank 1 of 2 stopped: "));
  g_assert_nonnull (strstr (error->message, "cudaErrorDevicesUnavailable"));
}

/* The check before a training counts what is free of a card, not what the card has. */
static void
test_preflight (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "full", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) devices = siamban_device_open_all ("cuda:2", &error);
  g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, 0);
  g_autoptr (GListModel) phases = NULL;
  g_autoptr (SiambanTrainingPhase) last = NULL;
  g_autoptr (SiambanTrainer) trainer = NULL;
  guint64 needed;
  void *ballast = NULL;
  size_t n_free, n_bytes;

  g_assert_no_error (error);
  run_set (fixture->config, "TRAIN.BATCH_SIZE=4");
  phases = siamban_training_phase_list (fixture->config, device, NULL, &error);
  g_assert_no_error (error);
  last = g_list_model_get_item (phases, 1);
  needed = siamban_training_phase_get_memory (last);

  g_assert_cmpint (cudaSetDevice (2), ==, cudaSuccess);
  g_assert_cmpint (cudaMemGetInfo (&n_free, &n_bytes), ==, cudaSuccess);
  g_assert_cmpuint (n_bytes, >, needed);
  g_assert_cmpint (cudaMalloc (&ballast, n_free - needed / 2), ==, cudaSuccess);
  trainer = siamban_trainer_new_on_devices (fixture->config, devices, path, &error);
  g_assert_no_error (error);
  g_assert_false (siamban_trainer_run (trainer, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY);
  g_assert_nonnull (strstr (error->message, "a batch of 4 needs "));
  g_assert_nonnull (strstr (error->message, "--accumulate "));
  g_assert_cmpint (cudaFree (ballast), ==, cudaSuccess);
}

/* What the driver tells of a card, and what CUDA does where the driver's library tells nothing. */
static void
test_usage (RunFixture *fixture, gconstpointer data)
{
  const size_t size = (size_t) 64 << 20;
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = siamban_device_open ("cuda:1", &error);
  g_autoptr (SiambanDeviceUsage) before = NULL;
  g_autoptr (SiambanDeviceUsage) after = NULL;
  void *ballast = NULL;

  g_assert_no_error (error);
  before = siamban_device_measure_usage (device);
  g_assert_cmpfloat (before->utilisation, ==, -1);
  g_assert_cmpuint (before->memory, ==, siamban_device_get_memory (device));

  g_setenv ("CUDA_SIM_UTILISATION", "37", TRUE);
  g_assert_cmpint (cudaSetDevice (1), ==, cudaSuccess);
  g_assert_cmpint (cudaMalloc (&ballast, size), ==, cudaSuccess);
  after = siamban_device_measure_usage (device);
  g_assert_cmpfloat (after->utilisation, ==, 0.37);
  g_assert_cmpuint (after->memory_used, ==, before->memory_used + size);
  g_assert_cmpint (cudaFree (ballast), ==, cudaSuccess);
}

#define ADD(path, func) g_test_add (path, RunFixture, NULL, set_up, func, run_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/cuda-training/processor", test_processor);
  g_test_add ("/cuda-training/replicas", RunFixture, NULL, set_up_replicas, test_replicas,
              run_tear_down);
  ADD ("/cuda-training/statistics", test_statistics);
  g_test_add ("/cuda-training/accumulate", RunFixture, NULL, set_up_replicas, test_accumulate,
              run_tear_down);
  ADD ("/cuda-training/preflight", test_preflight);
  ADD ("/cuda-training/usage", test_usage);
  ADD ("/cuda-training/lost-sum", test_lost_sum);
  /* The last, since the card stays lost. */
  ADD ("/cuda-training/lost-replica", test_lost_replica);

  return g_test_run ();
}
