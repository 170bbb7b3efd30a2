/* SPDX-License-Identifier: Apache-2.0 */

/* What goes wrong on real machines with real data: a training says so, and loses nothing. */

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "files.h"
#include "run.h"
#include "siamban-weights-private.h"

static void
set_string (RunFixture *fixture, const char *key, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GError) error = NULL;

  siamban_config_set_string (fixture->config, key, path, &error);
  g_assert_no_error (error);
}

static void
count_cb (SiambanTrainer *trainer, gpointer argument, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
collect_cb (SiambanTrainer *trainer, const char *text, gpointer user_data)
{
  g_string_append_printf (user_data, "%s\n", text);
}

/* The run fails, with this code and with these words in the message. */
static void
assert_fails (RunFixture *fixture, const char *name, int code, const char *word)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, name);
  g_autoptr (GError) error = NULL;

  siamban_trainer_set_accept_changes (trainer, TRUE);
  g_assert_false (siamban_trainer_run (trainer, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, SIAMBAN_ERROR, code);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_FAILED);
}

static void
write_over (const char *path, const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, (gssize) length, &error);
  g_assert_no_error (error);
}

/* One image is empty, one is not an image, one ends in the middle, one is not there. */
static void
test_damaged_images (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *empty = run_crop_path (fixture->folder, 0, 0);
  g_autofree char *text = run_crop_path (fixture->folder, 1, 1);
  g_autofree char *cut = run_crop_path (fixture->folder, 2, 2);
  g_autofree char *absent = run_crop_path (fixture->folder, 3, 0);
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autoptr (GString) skipped = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *log = NULL;
  gsize length;
  guint n_iterations = 0;

  g_file_get_contents (cut, &bytes, &length, &error);
  g_assert_no_error (error);
  write_over (empty, "", 0);
  write_over (text, "no image", 8);
  write_over (cut, bytes, 100);
  g_assert_cmpint (g_unlink (absent), ==, 0);

  trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_signal_connect (trainer, "sample-skipped", G_CALLBACK (collect_cb), skipped);
  g_signal_connect (trainer, "iteration", G_CALLBACK (count_cb), &n_iterations);
  run_train (trainer);

  g_assert_cmpuint (n_iterations, ==, RUN_N_ITERATIONS);
  g_assert_cmpuint (siamban_trainer_get_n_skipped_samples (trainer), >, 0);
  g_assert_nonnull (strstr (skipped->str, fixture->folder));
  log = run_read (fixture->folder, "run", "logs.txt");
  g_assert_nonnull (strstr (log, "] skipped "));
}

/* Nothing to replace them with. */
static void
test_no_image (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *crops = g_build_filename (fixture->folder, "crop511", NULL);

  files_remove_tree (crops);
  assert_fails (fixture, "run", SIAMBAN_ERROR_INVALID_DATA, fixture->folder);
}

static void
test_damaged_annotations (RunFixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "", "{", "{\"v0\": {\"00\": {\"000000\": [0, 0, 6", "[]",
                                       "{\"v0\": {\"00\": {\"000000\": \"box\"}}}" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      files_write (fixture->folder, "train.json", texts[i]);
      assert_fails (fixture, "run", SIAMBAN_ERROR_INVALID_DATA, "train.json");
    }

  files_write (fixture->folder, "train.json", "{}");
  assert_fails (fixture, "run", SIAMBAN_ERROR_INVALID_DATA, "DATASET.NAMES");
  set_string (fixture, "DATASET.TINY.ANNO", "absent.json");
  assert_fails (fixture, "run", SIAMBAN_ERROR_IO, "absent.json");
}

/* Boxes that nobody could learn from, beside good ones. Whatever becomes of them, no loss and no
 * weight may be NaN. */
static void
test_bad_boxes (RunFixture *fixture, gconstpointer data)
{
  static const char *const boxes[] = { "[NaN, NaN, NaN, NaN]", "[0, 0, 0, 10]", "[5, 5, 1, 1]",
                                       "[0, 0, 1e-9, 1e9]", "[-1e300, 0, 1e300, 5]" };

  for (gsize i = 0; i < G_N_ELEMENTS (boxes); i++)
    {
      g_autofree char *name = g_strdup_printf ("run-%" G_GSIZE_FORMAT, i);
      g_autofree char *text = g_strdup_printf (
          "{\"v0\": {\"00\": {\"000000\": [0, 0, 60, 80], \"000001\": %s}}, "
          "\"v1\": {\"00\": {\"000000\": [0, 0, 80, 80]}}}",
          boxes[i]);
      g_autoptr (SiambanTrainer) trainer = NULL;
      g_autoptr (GError) error = NULL;

      files_write (fixture->folder, "train.json", text);
      trainer = run_make_trainer (fixture->config, fixture->folder, name);
      if (siamban_trainer_run (trainer, NULL, &error))
        {
          const SiambanWeightsStore *store = _siamban_weights_get_store (
              siamban_model_get_weights (siamban_trainer_get_model (trainer)));

          for (gsize j = 0; j < store->n_values; j++)
            g_assert_true (isfinite (store->values[j]));
        }
      else
        {
          g_test_message ("%s: %s", boxes[i], error->message);
          g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
          g_assert_nonnull (strstr (error->message, "train.json"));
        }
    }
}

static void
test_impossible_config (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (siamban_config_set_from_string (fixture->config, "TRAIN.EPOHC=3", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);

  run_set (fixture->config, "DATASET.VIDEOS_PER_EPOCH=1");
  assert_fails (fixture, "run", SIAMBAN_ERROR_INVALID_CONFIG, "DATASET.VIDEOS_PER_EPOCH");
  run_set (fixture->config, "DATASET.VIDEOS_PER_EPOCH=6");
  run_set (fixture->config, "TRAIN.OUTPUT_SIZE=17");
  assert_fails (fixture, "run", SIAMBAN_ERROR_INVALID_CONFIG, "TRAIN.OUTPUT_SIZE");
}

static void
test_bad_weights (RunFixture *fixture, gconstpointer data)
{
  set_string (fixture, "TRAIN.RESUME", "absent.pth");
  assert_fails (fixture, "run", SIAMBAN_ERROR_IO, "absent.pth");

  files_write (fixture->folder, "noise.pth", "PK\003\004 and so on");
  set_string (fixture, "TRAIN.RESUME", "noise.pth");
  assert_fails (fixture, "run", SIAMBAN_ERROR_INVALID_DATA, "noise.pth");

  run_set (fixture->config, "TRAIN.RESUME=''");
  set_string (fixture, "BACKBONE.PRETRAINED", "noise.pth");
  assert_fails (fixture, "run", SIAMBAN_ERROR_INVALID_DATA, "BACKBONE.PRETRAINED");
}

/* A checkpoint of a wider network. */
static void
test_other_network (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "one");

  run_train (trainer);
  set_string (fixture, "TRAIN.RESUME", "one");
  run_set (fixture->config, "ADJUST.KWARGS={in_channels: [8], out_channels: [16]}");
  run_set (fixture->config, "BAN.KWARGS={in_channels: [16], cls_out_channels: 2}");
  assert_fails (fixture, "two", SIAMBAN_ERROR_INVALID_WEIGHTS, "checkpoint_e3.pth");
}

/* A file stands where the folder should be; nobody, not even root, can write there. */
static void
test_unwritable_folder (RunFixture *fixture, gconstpointer data)
{
  assert_fails (fixture, "tiny.yaml/run", SIAMBAN_ERROR_IO, "tiny.yaml");
}

static void
limit_file_size (rlim_t size)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = size;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
fill_disk_cb (SiambanTrainer *trainer, guint epoch, gpointer user_data)
{
  const char *folder = user_data;
  g_autofree char *path = g_build_filename (folder, "run", "snapshot", "checkpoint_e1.pth", NULL);
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  limit_file_size ((rlim_t) status.st_size / 2);
}

/* After the first epoch no file can grow as large as a checkpoint. */
static void
test_full_disk (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (SiambanCheckpoint) checkpoint = NULL;
  g_autoptr (SiambanTrainer) resumed = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "run", "snapshot", "checkpoint_e1.pth",
                                            NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  gboolean done;

  signal (SIGXFSZ, SIG_IGN);
  g_signal_connect (trainer, "epoch-finished", G_CALLBACK (fill_disk_cb), fixture->folder);
  done = siamban_trainer_run (trainer, NULL, &error);
  limit_file_size (RLIM_INFINITY);

  g_assert_false (done);
  g_test_message ("%s", error->message);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "checkpoint_e2.pth"));
  g_assert_nonnull (strstr (error->message, g_strerror (EFBIG)));

  /* The old one is whole, and there is nothing else. */
  g_clear_error (&error);
  checkpoint = siamban_checkpoint_new_from_file (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (siamban_checkpoint_get_epoch (checkpoint), ==, 1);
  g_assert_cmpuint (files_count (folder), ==, 1);

  set_string (fixture, "TRAIN.RESUME", "run");
  resumed = run_make_trainer (fixture->config, fixture->folder, "run");
  run_train (resumed);
  g_assert_true (files_exist (fixture->folder, "run/snapshot/checkpoint_e3.pth"));
}

/* Logs are not worth a training. */
static void
test_full_logs (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (GString) messages = g_string_new (NULL);
  g_autofree char *log = g_build_filename (fixture->folder, "run", "logs.txt", NULL);
  g_autofree char *folder = g_path_get_dirname (log);

  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS))
    {
      g_test_skip ("There is no /dev/full");
      return;
    }

  g_assert_cmpint (g_mkdir_with_parents (folder, 0777), ==, 0);
  g_assert_cmpint (symlink ("/dev/full", log), ==, 0);
  g_signal_connect (trainer, "message", G_CALLBACK (collect_cb), messages);
  run_train (trainer);

  g_assert_nonnull (strstr (messages->str, "Cannot write logs.txt, the run goes on without it"));
  g_assert_true (files_exist (fixture->folder, "run/snapshot/checkpoint_e3.pth"));
}

static void
stop_cb (SiambanTrainer *trainer, SiambanIteration *iteration, gpointer user_data)
{
  if (iteration->number == RUN_N_PER_EPOCH + 1)
    siamban_trainer_stop (trainer);
}

/* The checkpoint within the epoch is lost, and a crash cut the last event short. */
static void
test_damaged_state (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) first = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (SiambanTrainer) second = NULL;
  g_autofree char *path = NULL;
  g_autofree char *events = NULL;
  g_autofree char *cut = NULL;
  g_auto (GStrv) lines = NULL;
  guint n_iterations = 0;

  g_signal_connect (first, "iteration", G_CALLBACK (stop_cb), NULL);
  run_train (first);
  path = g_build_filename (fixture->folder, "run/snapshot/checkpoint_i4.pth", NULL);
  g_assert_cmpint (g_remove (path), ==, 0);
  events = run_read (fixture->folder, "run", "events.jsonl");
  cut = g_strconcat (events, "{\"iteration\":5,\"n_it", NULL);
  files_write (fixture->folder, "run/events.jsonl", cut);

  set_string (fixture, "TRAIN.RESUME", "run");
  second = run_make_trainer (fixture->config, fixture->folder, "run");
  g_signal_connect (second, "iteration", G_CALLBACK (count_cb), &n_iterations);
  run_train (second);

  /* The epoch that had begun is repeated. */
  g_assert_cmpuint (n_iterations, ==, RUN_N_ITERATIONS - RUN_N_PER_EPOCH);
  g_clear_pointer (&events, g_free);
  events = run_read (fixture->folder, "run", "events.jsonl");
  lines = g_strsplit (events, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, RUN_N_ITERATIONS + 1);
}

typedef struct
{
  guint n_skipped;
  guint64 next_sample;
} Skipped;

static void
update_skipped_cb (SiambanTrainer *trainer,
                   SiambanIteration *iteration,
                   GVariant *samples,
                   gpointer user_data)
{
  Skipped *skipped = user_data;

  g_assert_false (iteration->updated);
  g_assert_false (isfinite (iteration->total_loss) && iteration->total_loss <= 1e4);
  g_assert_cmpuint (g_variant_n_children (samples), ==, RUN_BATCH_SIZE);
  for (guint i = 0; i < RUN_BATCH_SIZE; i++)
    {
      guint64 sample;

      g_variant_get_child (samples, i, "t", &sample);
      g_assert_cmpuint (sample, ==, skipped->next_sample++);
    }
  skipped->n_skipped++;
}

/* All of a bias is NaN, so all losses are. */
static void
spoil (SiambanTrainer *trainer)
{
  SiambanWeights *weights = siamban_model_get_weights (siamban_trainer_get_model (trainer));
  guint n_spoiled = 0;

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);

      if (g_str_has_suffix (siamban_parameter_get_name (parameter), "cls.head.3.bias"))
        {
          _siamban_parameter_peek_values (parameter)[0] = NAN;
          n_spoiled++;
        }
    }

  g_assert_cmpuint (n_spoiled, >, 0);
}

static float
first_head_weight (SiambanTrainer *trainer)
{
  SiambanWeights *weights = siamban_model_get_weights (siamban_trainer_get_model (trainer));

  return _siamban_parameter_peek_values (
      siamban_weights_lookup (weights, "neck.downsample.downsample.0.weight"))[0];
}

static void
check_skips (RunFixture *fixture, gboolean nan)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  const float before = first_head_weight (trainer);
  g_autofree char *events = NULL;
  g_autofree char *log = NULL;
  Skipped skipped = { 0 };

  if (nan)
    spoil (trainer);
  g_signal_connect (trainer, "update-skipped", G_CALLBACK (update_skipped_cb), &skipped);
  run_train (trainer);

  g_assert_cmpuint (skipped.n_skipped, ==, RUN_N_ITERATIONS);
  g_assert_cmpuint (siamban_trainer_get_n_skipped_updates (trainer), ==, RUN_N_ITERATIONS);
  g_assert_cmpfloat (first_head_weight (trainer), ==, before);

  events = run_read (fixture->folder, "run", "events.jsonl");
  g_assert_nonnull (strstr (events, "\"updated\":false"));
  g_assert_null (strstr (events, "nan"));
  log = run_read (fixture->folder, "run", "logs.txt");
  g_assert_nonnull (strstr (log, "] update skipped: total loss "));
}

static void
test_nan_loss (RunFixture *fixture, gconstpointer data)
{
  check_skips (fixture, TRUE);
}

static void
test_huge_loss (RunFixture *fixture, gconstpointer data)
{
  run_set (fixture->config, "TRAIN.CLS_WEIGHT=1.0e+6");
  check_skips (fixture, FALSE);
}

/* Sets all of a parameter to one value. */
static void
fill (SiambanTrainer *trainer, const char *name, float value)
{
  SiambanParameter *parameter = siamban_weights_lookup (
      siamban_model_get_weights (siamban_trainer_get_model (trainer)), name);
  float *values = _siamban_parameter_peek_values (parameter);

  for (gsize i = 0; i < siamban_parameter_get_n_elements (parameter); i++)
    values[i] = value;
}

/* What a run of a network with a bad weight says when it gives up. */
static char *
give_up (RunFixture *fixture, const char *name, const char *parameter, float value, guint *n)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, name);
  g_autoptr (GError) error = NULL;

  *n = 0;
  fill (trainer, parameter, value);
  g_signal_connect (trainer, "iteration", G_CALLBACK (count_cb), n);
  g_assert_false (siamban_trainer_run (trainer, NULL, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NOT_FINITE);
  g_test_message ("%s", error->message);

  return g_strdup (error->message);
}

/* After a few skipped updates in a row the run ends, and tells where it began. */
static void
test_gives_up (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *weight = NULL;
  g_autofree char *value = NULL;
  g_autofree char *statistics = NULL;
  guint n_iterations;

  run_set (fixture->config, "TRAIN.MAX_SKIPPED_UPDATES=3");
  weight = give_up (fixture, "weight", "head.box2.cls.head.3.bias", NAN, &n_iterations);
  g_assert_cmpuint (n_iterations, ==, 3);
  g_assert_nonnull (strstr (weight, "3 updates in a row"));
  g_assert_nonnull (strstr (weight, "weight that is not finite is head.box2.cls.head.3.bias"));

  /* Finite weights, too large for what comes after. */
  value = give_up (fixture, "value", "head.box2.cls.head.3.weight", 3e38f, &n_iterations);
  g_assert_cmpuint (n_iterations, ==, 3);
  g_assert_nonnull (strstr (value, "all weights are finite"));
  g_assert_nonnull (strstr (value, "convolution of head.box2.cls.head.3.weight"));

  /* A batch norm hides it: the loss is finite, and its statistics would never be again. */
  statistics = give_up (fixture, "statistics", "neck.downsample.downsample.0.weight", 3e38f,
                        &n_iterations);
  g_assert_cmpuint (n_iterations, ==, 3);
  g_assert_nonnull (strstr (statistics, "the statistics neck.downsample.downsample.1.running_"));
}

static void
resume_stuck_cb (SiambanTrainer *trainer, GParamSpec *pspec, gpointer user_data)
{
  guint *n_paused = user_data;

  if (siamban_trainer_get_diagnosis (trainer) == NULL)
    return;

  g_assert_true (siamban_trainer_get_pause_after_skips (trainer));
  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_RUNNING);
  (*n_paused)++;
  g_assert_nonnull (strstr (siamban_trainer_get_diagnosis (trainer), "head.box2.cls.head.3.bias"));
  siamban_trainer_stop (trainer);
}

/* With somebody to watch it, it pauses and tells the same. */
static void
test_pauses (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  guint n_paused = 0;

  siamban_config_set_int (siamban_trainer_get_config (trainer), "TRAIN.MAX_SKIPPED_UPDATES", 2,
                          NULL);
  siamban_trainer_set_pause_after_skips (trainer, TRUE);
  fill (trainer, "head.box2.cls.head.3.bias", NAN);
  g_signal_connect (trainer, "notify::diagnosis", G_CALLBACK (resume_stuck_cb), &n_paused);
  run_train (trainer);
  g_assert_cmpuint (n_paused, ==, 1);
  g_assert_cmpuint (siamban_trainer_get_n_skipped_updates (trainer), ==, 2);
  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_STOPPED);
  g_assert_false (files_exist (fixture->folder, "run/snapshot/checkpoint_i2.pth"));
}

static void
try_again_cb (SiambanTrainer *trainer, GParamSpec *pspec, gpointer user_data)
{
  if (siamban_trainer_get_diagnosis (trainer) == NULL)
    return;

  (*(guint *) user_data)++;
  siamban_trainer_resume (trainer);
}

/* However often it is told to go on, it does not end as if it had learnt something. */
static void
test_pauses_in_vain (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (GError) error = NULL;
  guint n_paused = 0;

  siamban_config_set_int (siamban_trainer_get_config (trainer), "TRAIN.MAX_SKIPPED_UPDATES",
                          RUN_N_ITERATIONS / 2, NULL);
  siamban_trainer_set_pause_after_skips (trainer, TRUE);
  fill (trainer, "head.box2.cls.head.3.bias", NAN);
  g_signal_connect (trainer, "notify::diagnosis", G_CALLBACK (try_again_cb), &n_paused);
  g_assert_false (siamban_trainer_run (trainer, NULL, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NOT_FINITE);
  g_test_message ("%s", error->message);
  g_assert_cmpuint (n_paused, ==, 2);
  g_assert_cmpuint (siamban_trainer_get_n_skipped_updates (trainer), ==, RUN_N_ITERATIONS);
  g_assert_null (siamban_trainer_get_diagnosis (trainer));
  /* The first epoch was over before it paused. */
  g_assert_true (files_exist (fixture->folder, "run/snapshot/checkpoint_e1.pth"));
  g_assert_false (files_exist (fixture->folder, "run/snapshot/checkpoint_e2.pth"));
}

static void
check_gradient_cb (SiambanTrainer *trainer, SiambanIteration *iteration, gpointer user_data)
{
  g_assert_true (isfinite (iteration->total_loss));
  if (!isfinite (iteration->grad_norm))
    {
      g_assert_false (iteration->updated);
      (*(guint *) user_data)++;
    }
}

/* Boxes beyond all measure overlap with nothing: a finite loss, whose gradient is not. */
static void
test_bad_gradient (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  const SiambanWeightsStore *store = _siamban_weights_get_store (
      siamban_model_get_weights (siamban_trainer_get_model (trainer)));
  g_autofree float *before = NULL;
  g_autofree char *events = NULL;
  g_autofree char *log = NULL;
  guint n_skipped = 0;

  fill (trainer, "head.box2.loc.head.3.bias", 100);
  before = g_memdup2 (store->values, store->n_weight_values * sizeof (float));
  g_signal_connect (trainer, "iteration", G_CALLBACK (check_gradient_cb), &n_skipped);
  run_train (trainer);

  g_assert_cmpuint (n_skipped, ==, RUN_N_ITERATIONS);
  g_assert_cmpuint (siamban_trainer_get_n_skipped_updates (trainer), ==, n_skipped);
  g_assert_cmpmem (store->values, store->n_weight_values * sizeof (float), before,
                   store->n_weight_values * sizeof (float));
  events = run_read (fixture->folder, "run", "events.jsonl");
  g_assert_nonnull (strstr (events, "\"grad_norm\":null,\"updated\":false"));
  log = run_read (fixture->folder, "run", "logs.txt");
  g_assert_nonnull (strstr (log, "gradient norm "));
}

static void
spoil_once_cb (SiambanTrainer *trainer, SiambanIteration *iteration, gpointer user_data)
{
  /* Between iterations; the next sees an infinite map, in the phase that measures its batches. */
  if (iteration->number == RUN_N_ITERATIONS - 2)
    fill (trainer, "neck.downsample.downsample.0.weight", 3e38f);
  else if (iteration->number == RUN_N_ITERATIONS - 1)
    {
      g_assert_false (iteration->updated);
      fill (trainer, "neck.downsample.downsample.0.weight", 0.01f);
    }
  else
    g_assert_true (iteration->updated);
}

/* One bad batch leaves the statistics of batch norms finite, so that the next is a good one. */
static void
test_statistics_kept (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  const SiambanWeightsStore *store = _siamban_weights_get_store (
      siamban_model_get_weights (siamban_trainer_get_model (trainer)));

  g_signal_connect (trainer, "iteration", G_CALLBACK (spoil_once_cb), NULL);
  run_train (trainer);
  g_assert_cmpuint (siamban_trainer_get_n_skipped_updates (trainer), ==, 1);
  for (gsize i = 0; i < store->n_values; i++)
    g_assert_true (isfinite (store->values[i]));
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*test) (RunFixture *fixture, gconstpointer data);
  } cases[] = {
    { "damaged-images", test_damaged_images },
    { "no-image", test_no_image },
    { "damaged-annotations", test_damaged_annotations },
    { "bad-boxes", test_bad_boxes },
    { "impossible-config", test_impossible_config },
    { "bad-weights", test_bad_weights },
    { "other-network", test_other_network },
    { "unwritable-folder", test_unwritable_folder },
    { "full-disk", test_full_disk },
    { "full-logs", test_full_logs },
    { "damaged-state", test_damaged_state },
    { "nan-loss", test_nan_loss },
    { "huge-loss", test_huge_loss },
    { "gives-up", test_gives_up },
    { "pauses", test_pauses },
    { "pauses-in-vain", test_pauses_in_vain },
    { "bad-gradient", test_bad_gradient },
    { "statistics-kept", test_statistics_kept },
  };

  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/faults/", cases[i].name, NULL);

      g_test_add (path, RunFixture, NULL, run_set_up, cases[i].test, run_tear_down);
    }

  return g_test_run ();
}
