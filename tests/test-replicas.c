/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "network.h"
#include "run.h"
#include "siamban-communicator-private.h"
#include "siamban-error.h"
#include "siamban-training-private.h"
#include "siamban-weights-private.h"

#define N_STEPS 3
#define WHOLE_BATCH 4

/* Weights with which the network's outputs depend on its images: with new ones and frozen batch norms
 * next to nothing comes out, and any samples would do. */
static void
use_lively_weights (RunFixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "lively.pth", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModel) model = siamban_model_new (fixture->config, &error);
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();

  g_assert_no_error (error);
  network_fill_other (siamban_model_get_weights (model));
  siamban_checkpoint_collect (checkpoint, siamban_model_get_weights (model));
  siamban_checkpoint_save (checkpoint, path, &error);
  g_assert_no_error (error);
  siamban_config_set_string (fixture->config, "TRAIN.PRETRAINED", path, &error);
  g_assert_no_error (error);
}

/* Every sample has the same number of positives and negatives, so that a mean over them all is the
 * mean of the ranks' means. */
static void
set_up (RunFixture *fixture, gconstpointer data)
{
  static const char *const settings[] = {
    "TRAIN.POS_NUM=2",
    "TRAIN.TOTAL_NUM=10",
    "DATASET.NEG=0",
    "TRAIN.BASE_LR=1",
    "TRAIN.BATCH_NORM=frozen",
    "TRAIN.EPOCH=3",
    "DATASET.VIDEOS_PER_EPOCH=4",
    "TRAIN.PRINT_FREQ=1",
  };

  run_set_up (fixture, data);
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    run_set (fixture->config, settings[i]);
  use_lively_weights (fixture);
}

static GListModel *
open_processors (guint n)
{
  g_autoptr (GString) ids = g_string_new (NULL);
  g_autoptr (SiambanDevice) device = siamban_device_open ("cpu", NULL);
  g_autoptr (GError) error = NULL;
  GListModel *devices;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (ids, "%s%s", i > 0 ? "," : "", device != NULL ? "cpu" : "reference");
  devices = siamban_device_open_all (ids->str, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (devices), ==, n);

  return devices;
}

/* On @n processors, with batches of that part of the whole one. */
static SiambanTrainer *
make_trainer (RunFixture *fixture, guint n_parts, guint n, const char *name)
{
  g_autofree char *batch = g_strdup_printf ("TRAIN.BATCH_SIZE=%u", WHOLE_BATCH / n_parts);
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GListModel) devices = open_processors (n);
  g_autoptr (GError) error = NULL;
  SiambanTrainer *trainer;

  run_set (fixture->config, batch);
  trainer = siamban_trainer_new_on_devices (fixture->config, devices, path, &error);
  g_assert_no_error (error);
  g_assert_true (siamban_trainer_get_devices (trainer) == devices);

  return trainer;
}

static void
check_times_cb (SiambanTrainer *trainer, const SiambanIteration *iteration, gpointer data)
{
  const guint n = GPOINTER_TO_UINT (data);

  if (n == 1)
    g_assert_cmpfloat (iteration->communication_time, ==, 0);
  else
    g_assert_cmpfloat (iteration->communication_time, >, 0);
  g_assert_cmpfloat (iteration->data_time + iteration->communication_time, <=,
                     iteration->batch_time);
}

/* What it tells of each iteration comes back from its record. */
static void
check_record (SiambanTrainer *trainer, guint n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanRun)
      run = siamban_run_new (siamban_trainer_get_run_directory (trainer), &error);
  g_autofree char *path = NULL;
  g_autofree char *log = NULL;

  g_assert_no_error (error);
  g_assert_cmpfloat (siamban_run_get_iteration (run, 0)->communication_time > 0, ==, n > 1);

  path = g_build_filename (siamban_trainer_get_run_directory (trainer), "logs.txt", NULL);
  g_file_get_contents (path, &log, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (strstr (log, "\tcommunication_time: ") != NULL, ==, n > 1);
}

static SiambanTrainer *
train (RunFixture *fixture, guint n)
{
  g_autofree char *name = g_strdup_printf ("run-%u", n);
  SiambanTrainer *trainer = make_trainer (fixture, n, n, name);

  g_signal_connect (trainer, "iteration", G_CALLBACK (check_times_cb), GUINT_TO_POINTER (n));
  run_train (trainer);
  check_record (trainer, n);

  return trainer;
}

static const SiambanWeightsStore *
values_of (SiambanModel *model)
{
  return _siamban_weights_get_store (siamban_model_get_weights (model));
}

/* The largest difference of two runs' values, and how far the first ones moved. */
static void
compare (SiambanTrainer *a, SiambanTrainer *b, double *difference, double *movement)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModel) start = siamban_model_new (siamban_trainer_get_config (a), &error);
  const SiambanWeightsStore *from = values_of (start);
  const SiambanWeightsStore *x = values_of (siamban_trainer_get_model (a));
  const SiambanWeightsStore *y = values_of (siamban_trainer_get_model (b));

  g_assert_no_error (error);
  network_fill_other (siamban_model_get_weights (start));
  *difference = *movement = 0;
  for (gsize i = 0; i < x->n_values; i++)
    {
      *difference = MAX (*difference, fabs ((double) x->values[i] - y->values[i]));
      *movement = MAX (*movement, fabs ((double) x->values[i] - from->values[i]));
    }
  g_test_message ("moved by up to %g, differ by up to %g", *movement, *difference);
}

/* Three steps of several replicas are those of one device with the whole batch, in both phases; with
 * other samples they are not. */
static void
test_whole_batch (RunFixture *fixture, gconstpointer data)
{
  const guint counts[] = { 2, 4 };
  g_autoptr (SiambanTrainer) whole = train (fixture, 1);
  g_autoptr (SiambanTrainer) others = NULL;
  double difference, movement;

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autoptr (SiambanTrainer) parts = train (fixture, counts[i]);

      compare (whole, parts, &difference, &movement);
      g_assert_cmpfloat (movement, >, 1e-3);
      /* Sums in another order over a few steps; here 5e-7 of what moved. */
      g_assert_cmpfloat (difference, <, 1e-3 * movement);
    }

  run_set (fixture->config, "TRAIN.SEED=6");
  others = make_trainer (fixture, 2, 2, "others");
  run_train (others);
  compare (whole, others, &difference, &movement);
  g_assert_cmpfloat (difference, >, 1e-2 * movement);
}

static void
stop_cb (SiambanTrainer *trainer, SiambanIteration *iteration, gpointer data)
{
  if (iteration->number == 2)
    siamban_trainer_stop (trainer);
}

static SiambanTrainer *
train_accumulating (RunFixture *fixture, guint n_devices, guint n_batches, const char *name)
{
  SiambanTrainer *trainer = make_trainer (fixture, n_devices * n_batches, n_devices, name);

  siamban_trainer_set_accumulate (trainer, n_batches);
  g_assert_cmpuint (siamban_trainer_get_accumulate (trainer), ==, n_batches);
  run_train (trainer);

  return trainer;
}

/* Batches whose gradients are averaged are those of as many replicas, in both phases. */
static void
test_accumulate (RunFixture *fixture, gconstpointer data)
{
  static const struct
  {
    guint n_devices;
    guint n_batches;
  } ways[] = { { 1, 2 }, { 1, 4 }, { 2, 2 } };
  double difference, movement;

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      const guint n = ways[i].n_devices * ways[i].n_batches;
      g_autofree char *name = g_strdup_printf ("%u-%u", ways[i].n_devices, ways[i].n_batches);
      g_autofree char *expected_name = g_strdup_printf ("expected-%s", name);
      g_autoptr (SiambanTrainer) expected = make_trainer (fixture, n, n, expected_name);
      g_autoptr (SiambanTrainer)
          found = train_accumulating (fixture, ways[i].n_devices, ways[i].n_batches, name);
      g_autofree char *log = run_read (fixture->folder, name, "logs.txt");

      run_train (expected);
      compare (expected, found, &difference, &movement);
      g_assert_cmpfloat (movement, >, 1e-3);
      g_assert_cmpfloat (difference, <, 1e-3 * movement);
      g_assert_nonnull (strstr (log, "an iteration takes 4 samples, an epoch has 1 iterations"));
    }
}

/* Stopped in an epoch and resumed, a run that accumulates comes to the very weights of one that was not
 * stopped; two devices that accumulate half as often go on at the same sample. */
static void
test_accumulate_resume (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "stopped", NULL);
  g_autoptr (SiambanTrainer) whole = NULL;
  g_autoptr (SiambanTrainer) stopped = NULL;
  g_autoptr (SiambanTrainer) resumed = NULL;
  g_autoptr (SiambanTrainer) others = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *digest = NULL;
  g_autofree char *log = NULL;

  run_set (fixture->config, "TRAIN.BATCH_NORM=train");
  run_set (fixture->config, "DATASET.VIDEOS_PER_EPOCH=12");
  run_set (fixture->config, "TRAIN.ACCUMULATE=4");
  whole = make_trainer (fixture, 4, 1, "whole");
  run_train (whole);
  expected = run_digest (whole);
  stopped = make_trainer (fixture, 4, 1, "stopped");
  g_signal_connect (stopped, "iteration", G_CALLBACK (stop_cb), NULL);
  run_train (stopped);

  siamban_config_set_string (fixture->config, "TRAIN.RESUME", path, NULL);
  run_set (fixture->config, "TRAIN.ACCUMULATE=2");
  others = make_trainer (fixture, 4, 2, "others");
  run_train (others);
  log = run_read (fixture->folder, "others", "logs.txt");
  g_assert_nonnull (strstr (log, "go on after iteration 2\n"));
  g_assert_null (strstr (log, "before: an epoch has"));

  run_set (fixture->config, "TRAIN.ACCUMULATE=4");
  resumed = make_trainer (fixture, 4, 1, "stopped");
  run_train (resumed);
  digest = run_digest (resumed);
  g_assert_cmpstr (digest, ==, expected);
}

/* Twice the samples that the rates are meant for: twice the rate, to the bit; told, recorded, and told again
 * when the devices change. */
static void
test_scale_lr (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "scaled", NULL);
  g_autoptr (SiambanTrainer) scaled = NULL;
  g_autoptr (SiambanTrainer) doubled = NULL;
  g_autoptr (SiambanTrainer) resumed = NULL;
  g_autofree char *digest = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *log = NULL;
  g_autofree char *record = NULL;
  g_autofree char *resumed_log = NULL;

  run_set (fixture->config, "TRAIN.LR_BATCH=2");
  run_set (fixture->config, "TRAIN.LR_WARMUP.WARMUP=true");
  run_set (fixture->config, "TRAIN.LR_WARMUP.EPOCH=1");
  scaled = make_trainer (fixture, 1, 1, "scaled");
  g_assert_false (siamban_trainer_get_scale_lr (scaled));
  siamban_trainer_set_scale_lr (scaled, TRUE);
  run_train (scaled);
  log = run_read (fixture->folder, "scaled", "logs.txt");
  g_assert_nonnull (strstr (log, "multiplied by 2"));
  g_assert_nonnull (strstr (log, "TRAIN.BASE_LR 1 counts as 2"));
  record = run_read (fixture->folder, "scaled", "config.json");
  g_assert_nonnull (strstr (record, "\"samples_per_iteration\" : 4"));
  g_assert_nonnull (strstr (record, "\"lr_scale\" : 2"));

  run_set (fixture->config, "TRAIN.BASE_LR=2");
  doubled = make_trainer (fixture, 1, 1, "doubled");
  run_train (doubled);
  digest = run_digest (scaled);
  expected = run_digest (doubled);
  g_assert_cmpstr (digest, ==, expected);

  /* The whole batch on each of two devices now. */
  run_set (fixture->config, "TRAIN.BASE_LR=1");
  run_set (fixture->config, "DATASET.VIDEOS_PER_EPOCH=8");
  siamban_config_set_string (fixture->config, "TRAIN.RESUME", path, NULL);
  resumed = make_trainer (fixture, 1, 2, "resumed");
  siamban_trainer_set_scale_lr (resumed, TRUE);
  siamban_trainer_set_accept_changes (resumed, TRUE);
  run_train (resumed);
  resumed_log = run_read (fixture->folder, "resumed", "logs.txt");
  g_assert_nonnull (strstr (resumed_log, "an iteration takes 8 samples, 4 before"));
  g_assert_nonnull (strstr (resumed_log, "TRAIN.BASE_LR counts as 4, and did as 2"));
}

/* One of the ranks of the next test. */
typedef struct
{
  SiambanTraining *training;
  guint rank;
  const char *directory;
  float *kept; /* of the weight that is spoilt */
  gboolean updated[N_STEPS];
  GVariant *skipped; /* samples */
  guint n_skipped;
  GError *error;
} Rank;

#define SPOILT "head.box2.cls.head.3.bias"

/* After the first iteration the weights of rank 1 are bad, and after the second one good again. */
static void
rank_report_cb (SiambanReport *report, gpointer user_data)
{
  Rank *self = user_data;
  g_autoptr (SiambanReport) owned = report;
  SiambanParameter *weight = siamban_weights_lookup (
      siamban_model_get_weights (self->training->model), SPOILT);
  float *values = _siamban_parameter_peek_values (weight);
  const gsize size = siamban_parameter_get_n_elements (weight) * sizeof (float);

  if (report->kind == SIAMBAN_REPORT_UPDATE_SKIPPED)
    {
      self->n_skipped++;
      self->skipped = g_variant_ref (report->samples);
    }
  if (report->kind != SIAMBAN_REPORT_ITERATION)
    return;

  self->updated[report->iteration.number - 1] = report->iteration.updated;
  if (self->rank == 0 || report->iteration.number > 2)
    return;
  if (report->iteration.number == 1)
    {
      self->kept = g_memdup2 (values, size);
      memset (values, 0xff, size);
    }
  else
    memcpy (values, self->kept, size);
  siamban_program_weights_changed (self->training->program);
}

static SiambanWish
rank_ask_cb (gboolean epoch_ended, GCancellable *cancellable, gpointer user_data)
{
  return SIAMBAN_WISH_GO_ON;
}

static gpointer
rank_thread (gpointer data)
{
  Rank *self = data;

  (void) _siamban_training_run (self->training, self->directory, NULL, &self->error);

  return NULL;
}

/* What is not finite on one rank alone lets both skip the update, and tells of the samples of both. */
static void
test_guard (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "guard", NULL);
  g_autoptr (GListModel) devices = open_processors (2);
  g_autoptr (GPtrArray) communicators = _siamban_thread_communicators_new (2);
  g_autoptr (GAsyncQueue) warnings = g_async_queue_new_full (g_free);
  const SiambanWeightsStore *stores[2];
  g_autofree char *samples = NULL;
  Rank ranks[2] = { 0 };
  GThread *threads[2];

  run_set (fixture->config, "TRAIN.BATCH_SIZE=2");
  for (guint i = 0; i < 2; i++)
    {
      const SiambanTrainingHooks hooks = { .report = rank_report_cb,
                                           .ask = rank_ask_cb,
                                           .user_data = &ranks[i] };
      g_autoptr (SiambanConfig) config = siamban_config_copy (fixture->config);
      g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, i);
      g_autoptr (SiambanModel) model = siamban_model_new (config, NULL);

      ranks[i].rank = i;
      ranks[i].directory = i == 0 ? path : NULL;
      ranks[i].training = _siamban_training_new (config, device, model, &hooks);
      _siamban_training_set_communicator (ranks[i].training, communicators->pdata[i], warnings);
    }
  for (guint i = 0; i < 2; i++)
    threads[i] = g_thread_new ("rank", rank_thread, &ranks[i]);
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);

  for (guint i = 0; i < 2; i++)
    {
      g_assert_no_error (ranks[i].error);
      g_assert_true (ranks[i].updated[0]);
      g_assert_false (ranks[i].updated[1]);
      g_assert_true (ranks[i].updated[2]);
      g_assert_cmpuint (ranks[i].n_skipped, ==, 1);
      stores[i] = values_of (ranks[i].training->model);
    }
  samples = g_variant_print (ranks[0].skipped, FALSE);
  g_assert_cmpstr (samples, ==, "[4, 5, 6, 7]");
  g_assert_true (isfinite (stores[0]->values[0]));
  g_assert_cmpmem (stores[0]->values, stores[0]->n_weight_values * sizeof (float),
                   stores[1]->values, stores[1]->n_weight_values * sizeof (float));

  for (guint i = 0; i < 2; i++)
    {
      _siamban_training_free (ranks[i].training);
      g_variant_unref (ranks[i].skipped);
      g_free (ranks[i].kept);
    }
}

/* Without decay and clipping, the sum at half the rate is the average. */
static void
test_sum (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) average = NULL;
  g_autoptr (SiambanTrainer) sum = NULL;
  double difference, movement;

  run_set (fixture->config, "TRAIN.WEIGHT_DECAY=0");
  run_set (fixture->config, "TRAIN.GRAD_CLIP=0");
  average = train (fixture, 2);
  run_set (fixture->config, "TRAIN.GRAD_REDUCE=sum");
  run_set (fixture->config, "TRAIN.BASE_LR=0.5");
  sum = make_trainer (fixture, 2, 2, "sum");
  run_train (sum);
  compare (average, sum, &difference, &movement);
  g_assert_cmpfloat (movement, >, 1e-3);
  g_assert_cmpfloat (difference, <, 1e-4 * movement);
}

/* Several replicas in the same order give the same bits, with statistics averaged or from rank 0. */
static void
test_deterministic (RunFixture *fixture, gconstpointer data)
{
  static const char *const policies[] = { "none", "broadcast", "average" };
  g_autoptr (GHashTable) digests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  run_set (fixture->config, "TRAIN.BATCH_NORM=train");
  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      g_autofree char *setting = g_strconcat ("TRAIN.BN_SYNC=", policies[i], NULL);
      g_autofree char *name = g_strconcat (policies[i], "-again", NULL);
      g_autoptr (SiambanTrainer) first = NULL;
      g_autoptr (SiambanTrainer) again = NULL;
      g_autofree char *digest = NULL;
      char *expected;

      run_set (fixture->config, setting);
      first = make_trainer (fixture, 2, 2, policies[i]);
      again = make_trainer (fixture, 2, 2, name);
      run_train (first);
      run_train (again);
      expected = run_digest (first);
      digest = run_digest (again);
      g_assert_cmpstr (expected, ==, digest);
      g_hash_table_add (digests, expected);
    }

  /* What rank 0 keeps is its own in the first two cases, and not in the third. */
  g_assert_cmpuint (g_hash_table_size (digests), ==, 2);
}

/* Stopped and resumed, replicas come to the very weights of an uninterrupted run. */
static void
test_resume (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) whole = train (fixture, 2);
  g_autoptr (SiambanTrainer) stopped = make_trainer (fixture, 2, 2, "stopped");
  g_autoptr (SiambanTrainer) resumed = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "stopped", NULL);
  g_autofree char *expected = run_digest (whole);
  g_autofree char *digest = NULL;

  g_signal_connect (stopped, "iteration", G_CALLBACK (stop_cb), NULL);
  run_train (stopped);
  g_assert_cmpint (siamban_trainer_get_state (stopped), ==, SIAMBAN_TRAINER_STOPPED);

  siamban_config_set_string (fixture->config, "TRAIN.RESUME", path, NULL);
  resumed = make_trainer (fixture, 2, 2, "stopped");
  run_train (resumed);
  digest = run_digest (resumed);
  g_assert_cmpstr (digest, ==, expected);
}

static void
sample_skipped_cb (SiambanTrainer *trainer, const char *text, gpointer data)
{
  guint *n_of_rank_1 = data;

  if (g_str_has_prefix (text, "rank 1: "))
    (*n_of_rank_1)++;
}

/* Rank 0 tells of what the others skip, with their rank. */
static void
test_warnings (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autofree char *text = NULL;
  guint n_of_rank_1 = 0;

  for (guint frame = 0; frame < RUN_N_FRAMES; frame++)
    {
      g_autofree char *path = run_crop_path (fixture->folder, 0, frame);

      g_assert_true (g_file_set_contents (path, "no image", -1, NULL));
    }

  run_set (fixture->config, "DATASET.VIDEOS_PER_EPOCH=32");
  trainer = make_trainer (fixture, 2, 2, "run");
  g_signal_connect (trainer, "sample-skipped", G_CALLBACK (sample_skipped_cb), &n_of_rank_1);
  run_train (trainer);
  g_assert_cmpuint (n_of_rank_1, >, 0);
  text = run_read (fixture->folder, "run", "logs.txt");
  g_assert_nonnull (strstr (text, "skipped rank 1: "));
}

static gpointer
sum_thread (gpointer data)
{
  SiambanCommunicator *communicator = data;
  const guint rank = siamban_communicator_get_rank (communicator);
  g_autofree float *values = g_new (float, 1001);
  g_autoptr (GError) error = NULL;
  guint64 word = rank == 0 ? 42 : 0;

  for (guint round = 0; round < 200; round++)
    {
      for (guint i = 0; i < 1001; i++)
        values[i] = (float) (rank + round + i);
      g_assert_true (_siamban_communicator_all_sum (communicator, values, 1001, &error));
      for (guint i = 0; i < 1001; i++)
        g_assert_cmpfloat (values[i], ==, (float) (3 + 3 * (round + i)));
    }
  g_assert_true (_siamban_communicator_broadcast (communicator, &word, sizeof word, &error));
  g_assert_cmpuint (word, ==, 42);

  /* One leaves: the others are told who and why, now and from then on. */
  if (rank == 1)
    {
      _siamban_communicator_leave (communicator, "tired");
      return NULL;
    }
  for (guint i = 0; i < 2; i++)
    {
      g_assert_false (_siamban_communicator_all_sum (communicator, values, 1, &error));
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_RANK_LOST);
      g_assert_cmpstr (error->message, ==, "Rank 1 of 3 stopped: tired");
      g_clear_error (&error);
    }

  return NULL;
}

static void
test_communicator (void)
{
  g_autoptr (GPtrArray) communicators = _siamban_thread_communicators_new (3);
  GThread *threads[3];

  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (siamban_communicator_get_n_ranks (communicators->pdata[i]), ==, 3);
      threads[i] = g_thread_new ("rank", sum_thread, communicators->pdata[i]);
    }
  for (guint i = 0; i < 3; i++)
    g_thread_join (threads[i]);
}

/* When no image can be read, no rank waits for another that gave up. */
static void
test_rank_fails (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;

  for (guint video = 0; video < RUN_N_VIDEOS; video++)
    for (guint frame = 0; frame < RUN_N_FRAMES; frame++)
      {
        g_autofree char *path = run_crop_path (fixture->folder, video, frame);

        g_assert_true (g_file_set_contents (path, "no image", -1, NULL));
      }

  trainer = make_trainer (fixture, 4, 4, "run");
  g_assert_false (siamban_trainer_run (trainer, NULL, &error));
  g_assert_nonnull (error);
  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_FAILED);
}

static void
test_devices (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) all = siamban_device_open_all ("all", &error);
  g_autoptr (GListModel) none = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (all), >=, 1);
  none = siamban_device_open_all ("reference,abacus:1", &error);
  g_assert_null (none);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NO_DEVICE);
}

/* Cards are measured on the simulated device; of processors it says why not. */
static void
test_all_reduce (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GListStore) devices = g_list_store_new (SIAMBAN_TYPE_DEVICE);
  double seconds;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SiambanDevice) device = siamban_device_open ("reference", &error);

      g_assert_no_error (error);
      g_list_store_append (devices, device);
    }
  g_assert_false (siamban_measure_all_reduce (G_LIST_MODEL (devices), 1024, 1, &seconds, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED);
}

#define ADD(path, func) g_test_add (path, RunFixture, NULL, set_up, func, run_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/replicas/communicator", test_communicator);
  g_test_add_func ("/replicas/devices", test_devices);
  g_test_add_func ("/replicas/all-reduce", test_all_reduce);
  ADD ("/replicas/whole-batch", test_whole_batch);
  ADD ("/replicas/accumulate", test_accumulate);
  ADD ("/replicas/accumulate-resume", test_accumulate_resume);
  ADD ("/replicas/scale-lr", test_scale_lr);
  ADD ("/replicas/guard", test_guard);
  ADD ("/replicas/sum", test_sum);
  ADD ("/replicas/deterministic", test_deterministic);
  ADD ("/replicas/resume", test_resume);
  ADD ("/replicas/warnings", test_warnings);
  ADD ("/replicas/rank-fails", test_rank_fails);

  return g_test_run ();
}
