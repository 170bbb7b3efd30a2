/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "run.h"
#include "siamban-weights-private.h"
#include "siamban-run-devices-private.h"

static SiambanRun *
open_run (RunFixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  SiambanRun *run = siamban_run_new (path, &error);

  g_assert_no_error (error);

  return run;
}

static void
append_to_file (const char *path, const char *text)
{
  FILE *file = fopen (path, "ae");

  g_assert_nonnull (file);
  g_assert_cmpint (fputs (text, file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
count_cb (SiambanRun *run, gpointer argument, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
increment (guint *count)
{
  (*count)++;
}

static void
collect_cb (SiambanRun *run, const char *text, gpointer user_data)
{
  g_string_append (user_data, text);
}

/* A run that is over: what it wrote is what can be read. */
static void
test_finished (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (SiambanRun) run = NULL;
  g_autoptr (SiambanConfig) config = NULL;
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (GBytes) losses = NULL;
  g_autoptr (GBytes) unknown = NULL;
  g_autoptr (GError) error = NULL;
  const double *values;

  run_train (trainer);
  run = open_run (fixture, "run");
  g_assert_cmpint (siamban_run_get_state (run), ==, SIAMBAN_RUN_FINISHED);
  g_assert_null (siamban_run_get_reason (run));
  g_assert_cmpuint (siamban_run_get_problems (run)->len, ==, 0);
  g_assert_true (g_str_has_suffix (siamban_run_get_directory (run), "/run"));
  g_assert_cmpfloat (siamban_run_get_progress (run), ==, 1);
  g_assert_cmpfloat (siamban_run_get_eta (run), ==, 0);
  g_assert_cmpuint (siamban_run_get_n_iterations (run), ==, RUN_N_ITERATIONS);
  g_assert_cmpuint (siamban_run_get_iteration (run, 4)->number, ==, 5);
  g_assert_true (siamban_run_get_iteration (run, 4)->updated);
  g_assert_cmpuint (g_list_model_get_n_items (siamban_run_get_snapshots (run)), ==, RUN_N_EPOCHS);

  losses = siamban_run_get_series (run, "total_loss", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (losses), ==, RUN_N_ITERATIONS * sizeof (double));
  values = g_bytes_get_data (losses, NULL);
  g_assert_cmpfloat (values[4], ==, siamban_run_get_iteration (run, 4)->total_loss);
  unknown = siamban_run_get_series (run, "los", &error);
  g_assert_null (unknown);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  g_clear_error (&error);

  config = siamban_run_load_config (run, &error);
  g_assert_no_error (error);
  g_assert_cmpint (siamban_config_get_int (config, "TRAIN.SEED"), ==, 5);

  g_signal_connect (run, "message", G_CALLBACK (collect_cb), log);
  siamban_run_refresh (run);
  g_assert_nonnull (strstr (log->str, "Progress: 8 / 9"));

  /* Nobody is there to listen. */
  g_assert_false (siamban_run_pause (run, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
}

/* What is missing is named, and the rest is there. */
static void
test_problems (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autofree char *snapshots = g_build_filename (fixture->folder, "run", "snapshot", NULL);
  g_autoptr (SiambanRun) run = NULL;
  g_autoptr (SiambanRunProblem) problem = NULL;

  run_train (trainer);
  files_remove_tree (snapshots);
  run = open_run (fixture, "run");
  g_assert_cmpuint (siamban_run_get_problems (run)->len, ==, 1);
  problem = siamban_run_problem_copy (g_ptr_array_index (siamban_run_get_problems (run), 0));
  g_assert_cmpint (problem->kind, ==, SIAMBAN_RUN_PROBLEM_CHECKPOINT);
  g_assert_nonnull (strstr (problem->text, snapshots));
  g_assert_cmpuint (siamban_run_get_n_iterations (run), ==, RUN_N_ITERATIONS);
}

static void
test_none (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (siamban_run_is_run (fixture->folder));
  g_assert_null (siamban_run_new (fixture->folder, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, fixture->folder));
}

static void
wait_for_state (SiambanRun *run, SiambanRunState state)
{
  const gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  while (siamban_run_get_state (run) != state && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (siamban_run_get_state (run), ==, state);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  siamban_trainer_run_finish (SIAMBAN_TRAINER (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

/* Begins a long run, and waits until it works. */
static SiambanRun *
begin (RunFixture *fixture, SiambanTrainer **trainer, gboolean *ended)
{
  g_autofree char *path = g_build_filename (fixture->folder, "run", NULL);
  SiambanRun *run;

  run_set (fixture->config, "TRAIN.EPOCH=200");
  *trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  siamban_trainer_run_async (*trainer, NULL, ended_cb, ended);
  while (!siamban_run_is_run (path))
    g_main_context_iteration (NULL, TRUE);

  run = open_run (fixture, "run");
  wait_for_state (run, SIAMBAN_RUN_RUNNING);
  while (siamban_run_get_n_iterations (run) == 0)
    g_main_context_iteration (NULL, TRUE);

  return run;
}

static void
assert_asked (gboolean done, GError *error)
{
  g_assert_no_error (error);
  g_assert_true (done);
}

/* Pause, snapshot while paused, resume, stop, from outside through the socket. */
static gboolean
set_true (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_REMOVE;
}

static void
wait_for_time (guint milliseconds)
{
  gboolean over = FALSE;

  g_timeout_add (milliseconds, set_true, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_control (RunFixture *fixture, gconstpointer data)
{
  gboolean ended = FALSE;
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autoptr (SiambanRun) run = begin (fixture, &trainer, &ended);
  g_autoptr (SiambanTrainer) second = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (GError) error = NULL;
  guint n_iterations = 0, n_checkpoints = 0, n;

  g_signal_connect (run, "iteration", G_CALLBACK (count_cb), &n_iterations);
  g_signal_connect (run, "checkpoint", G_CALLBACK (count_cb), &n_checkpoints);

  /* Two would spoil each other's files. */
  g_assert_false (siamban_trainer_run (second, NULL, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_clear_error (&error);

  assert_asked (siamban_run_pause (run, &error), error);
  wait_for_state (run, SIAMBAN_RUN_PAUSED);
  while (siamban_trainer_get_state (trainer) != SIAMBAN_TRAINER_PAUSED)
    g_main_context_iteration (NULL, TRUE);
  /* The last iteration may be told after the pause, but before a snapshot that is asked for now. */
  n_checkpoints = 0;
  assert_asked (siamban_run_save_snapshot (run, &error), error);
  while (n_checkpoints == 0)
    g_main_context_iteration (NULL, TRUE);
  siamban_run_refresh (run);
  n = siamban_run_get_n_iterations (run);
  wait_for_time (300);
  siamban_run_refresh (run);
  g_assert_cmpuint (siamban_run_get_n_iterations (run), ==, n);

  assert_asked (siamban_run_resume (run, &error), error);
  wait_for_state (run, SIAMBAN_RUN_RUNNING);
  while (siamban_run_get_n_iterations (run) == n)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_iterations, >, 0);

  assert_asked (siamban_run_stop (run, &error), error);
  wait_for_state (run, SIAMBAN_RUN_STOPPED);
  while (!ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_STOPPED);
}

static void
devices_changed_cb (SiambanRunDevice *device, GParamSpec *pspec, gpointer user_data)
{
  (*(guint *) user_data)++;
}

/* The training tells what it uses of its device for as long as it is at work, and nothing that cannot
 * be read is taken for a device. */
static void
test_devices (RunFixture *fixture, gconstpointer data)
{
  gboolean ended = FALSE;
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autoptr (SiambanRun) run = begin (fixture, &trainer, &ended);
  g_autoptr (SiambanRunDevice) device = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "run", "devices.json", NULL);
  GListModel *devices = siamban_run_get_devices (run);
  guint n_changes = 0;

  while (g_list_model_get_n_items (devices) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (devices), ==, 1);
  device = g_list_model_get_item (devices, 0);
  g_assert_cmpstr (siamban_run_device_get_id (device), ==, "cpu");
  g_assert_nonnull (siamban_run_device_get_name (device));
  g_signal_connect (device, "notify::utilisation", G_CALLBACK (devices_changed_cb), &n_changes);
  while (n_changes == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpfloat (siamban_run_device_get_utilisation (device), >, 0);
  g_assert_cmpfloat (siamban_run_device_get_utilisation (device), <=, 1);
  g_assert_cmpuint (siamban_run_device_get_memory_used (device), >, 1 << 20);
  g_assert_cmpuint (siamban_run_device_get_memory (device), >,
                    siamban_run_device_get_memory_used (device));

  siamban_trainer_stop (trainer);
  while (!ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  siamban_run_refresh (run);
  g_assert_cmpuint (g_list_model_get_n_items (devices), ==, 0);
}

static const char *const bad_devices[] = {
  "", "[", "{}", "[1, 2]", "[{\"id\": 3}]", "[{\"name\": \"x\"}]", "\x01\xff", "null",
};

/* Whatever stands in the file, the list holds what could be understood. */
static void
test_bad_devices (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (GListStore) devices = g_list_store_new (SIAMBAN_TYPE_RUN_DEVICE);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_devices); i++)
    {
      _siamban_run_devices_update (devices, "[{\"id\": \"cpu\"}, {\"id\": \"cuda:0\"}]");
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (devices)), ==, 2);
      _siamban_run_devices_update (devices, bad_devices[i]);
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (devices)), ==, 0);
    }
}

static void
stop_after_epoch (RunFixture *fixture, gboolean through_run)
{
  gboolean ended = FALSE;
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autoptr (SiambanRun) run = begin (fixture, &trainer, &ended);
  g_autoptr (GError) error = NULL;

  siamban_trainer_save_snapshot (trainer);
  siamban_trainer_pause (trainer);
  wait_for_state (run, SIAMBAN_RUN_PAUSED);
  if (through_run)
    assert_asked (siamban_run_stop_after_epoch (run, &error), error);
  else
    siamban_trainer_stop_after_epoch (trainer);
  wait_for_state (run, SIAMBAN_RUN_STOPPED);
  siamban_run_refresh (run);
  g_assert_cmpuint (siamban_run_get_n_iterations (run) % RUN_N_PER_EPOCH, ==, 0);
  while (!ended)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_stop_after_epoch (RunFixture *fixture, gconstpointer data)
{
  stop_after_epoch (fixture, FALSE);
}

static void
test_ask_stop_after_epoch (RunFixture *fixture, gconstpointer data)
{
  stop_after_epoch (fixture, TRUE);
}

static void
test_iteration_text (RunFixture *fixture, gconstpointer data)
{
  static const char *const wrong[] = {
    "", "{", "[]", "{\"epoch\":-1}", "{\"lr\":1}", "{\"eta\":\"1\"}", "{} {}"
  };
  const SiambanIteration written = { .number = 7,
                                     .n_iterations = 9,
                                     .epoch = 3,
                                     .index = 1,
                                     .n_per_epoch = 3,
                                     .neck_rate = 0.1,
                                     .head_rate = 1e-300,
                                     .cls_loss = 0.1,
                                     .total_loss = 1.0 / 3,
                                     .updated = TRUE,
                                     .eta = 2 };
  g_autofree char *text = siamban_iteration_to_json (&written);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanIteration) read = siamban_iteration_new_from_json (text, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (read, sizeof *read, &written, sizeof written);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_null (siamban_iteration_new_from_json (wrong[i], &error));
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
      g_clear_error (&error);
    }
}

/* What the line of a validation is, and that no other line is one. */
static void
test_validation_lines (void)
{
  static const char *const wrong[] = { "",
                                       "{}",
                                       "{\"iteration\":3}",
                                       "{\"validation\":0.5}",
                                       "{\"validation\":{\"epoch\":-1}}",
                                       "{\"validation\":{\"iteration\":1}}}",
                                       "{\"validation\":{\"measure\":\"high\"}}" };
  const SiambanValidationResult written = { 24, 2, 1.0 / 3, 1.5 };
  g_autofree char *text = siamban_validation_result_to_json (&written);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanValidationResult) read = siamban_validation_result_new_from_json (text, &error);
  g_autoptr (SiambanValidationResult) copy = NULL;
  g_autoptr (SiambanValidationResult) other = NULL;

  g_assert_no_error (error);
  copy = siamban_validation_result_copy (read);
  g_assert_cmpmem (copy, sizeof *copy, read, sizeof *read);
  g_assert_cmpuint (read->iteration, ==, written.iteration);
  g_assert_cmpuint (read->epoch, ==, written.epoch);
  g_assert_cmpfloat (read->measure, ==, written.measure);
  g_assert_cmpfloat (read->seconds, ==, written.seconds);
  g_assert_true (g_str_has_prefix (text, "{\"validation\":{\"iteration\":24,"));
  other = siamban_validation_result_new_from_json (
      "{\"validation\":{\"measure\":null,\"more\":[1]},\"else\":{}}", &error);
  g_assert_no_error (error);
  g_assert_false (isfinite (other->measure));

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_null (siamban_validation_result_new_from_json (wrong[i], &error));
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
      g_clear_error (&error);
    }
}

static void
validation_cb (SiambanRun *run, const SiambanValidationResult *result, gpointer user_data)
{
  *(double *) user_data += result->measure;
}

/* Results that come while the run is followed are told, and rewound with it. */
static void
test_validations (RunFixture *fixture, gconstpointer data)
{
  static const char one[] = "{\"iteration\":1,\"n_iterations\":4}\n"
                            "{\"validation\":{\"iteration\":1,\"epoch\":1,\"measure\":0.5}}\n";
  static const char three[] = "{\"validation\":{\"iteration\":2,\"epoch\":2,\"measure\":0.25}}\n"
                              "{\"validation\":{\"iteration\":3,\"epoch\":3,\"measure\":null}}\n";
  g_autofree char *path = g_build_filename (fixture->folder, "run", "events.jsonl", NULL);
  g_autoptr (SiambanRun) run = NULL;
  double sum = 0;

  files_write (fixture->folder, "run/events.jsonl", one);
  run = open_run (fixture, "run");
  g_signal_connect (run, "validation", G_CALLBACK (validation_cb), &sum);
  g_assert_cmpuint (siamban_run_get_n_validations (run), ==, 1);
  g_assert_cmpuint (siamban_run_get_n_iterations (run), ==, 1);

  append_to_file (path, three);
  siamban_run_refresh (run);
  g_assert_cmpuint (siamban_run_get_n_validations (run), ==, 3);
  g_assert_cmpuint (siamban_run_get_n_iterations (run), ==, 1);
  g_assert_cmpuint (siamban_run_get_best_validation (run)->epoch, ==, 1);
  g_assert_false (isfinite (sum));

  sum = 0;
  files_write (fixture->folder, "run/events.jsonl", one);
  siamban_run_refresh (run);
  g_assert_cmpuint (siamban_run_get_n_validations (run), ==, 1);
  g_assert_cmpfloat (sum, ==, 0.5);
}

static void
test_rewound (RunFixture *fixture, gconstpointer data)
{
  static const char two[] = "{\"iteration\":1,\"n_iterations\":4,\"cls_loss\":null}\n"
                            "{\"iteration\":2,\"n_iterations\":4}\n{\"iterat";
  static const char one[] = "{\"iteration\":1,\"n_iterations\":4}\n";
  g_autoptr (SiambanRun) run = NULL;
  guint n_rewound = 0;

  files_write (fixture->folder, "run/events.jsonl", two);
  run = open_run (fixture, "run");
  g_signal_connect_swapped (run, "rewound", G_CALLBACK (increment), &n_rewound);
  g_assert_cmpint (siamban_run_get_state (run), ==, SIAMBAN_RUN_UNKNOWN);
  g_assert_cmpuint (siamban_run_get_n_iterations (run), ==, 2);
  g_assert_cmpfloat (siamban_run_get_progress (run), ==, 0.5);
  g_assert_true (siamban_run_get_iteration (run, 0)->cls_loss !=
                 siamban_run_get_iteration (run, 0)->cls_loss);

  files_write (fixture->folder, "run/events.jsonl", one);
  siamban_run_refresh (run);
  g_assert_cmpuint (n_rewound, ==, 1);
  g_assert_cmpuint (siamban_run_get_n_iterations (run), ==, 1);
}

/* A training in a process of its own: it starts, is killed, and goes on. */
static void
test_launch (RunFixture *fixture, gconstpointer data)
{
  const char *const options[] = { "--threads", "1", NULL };
  const char *const wrong[] = { "--device", "none", NULL };
  g_autofree char *path = g_build_filename (fixture->folder, "run", NULL);
  g_autofree char *other = g_build_filename (fixture->folder, "other", NULL);
  g_autofree char *command = g_find_program_in_path ("siamban");
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanRun) run = NULL;
  g_autoptr (SiambanRun) failed = NULL;
  g_autoptr (SiambanRun) again = NULL;

  if (command == NULL)
    {
      g_test_skip ("the command is not built");
      return;
    }

  run = siamban_run_launch (path, fixture->config, NULL, options, &error);
  g_assert_no_error (error);
  g_assert_cmpint (siamban_run_get_state (run), ==, SIAMBAN_RUN_STARTING);
  wait_for_state (run, SIAMBAN_RUN_FINISHED);
  siamban_run_refresh (run);
  g_assert_cmpuint (siamban_run_get_n_iterations (run), ==, RUN_N_ITERATIONS);

  again = siamban_run_launch (path, fixture->config, NULL, options, &error);
  g_assert_null (again);
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_clear_error (&error);

  failed = siamban_run_launch (other, fixture->config, NULL, wrong, &error);
  g_assert_no_error (error);
  wait_for_state (failed, SIAMBAN_RUN_FAILED);
  g_assert_nonnull (strstr (siamban_run_get_reason (failed), "none"));
}

/* Finite weights, too large for what comes after them. */
static void
use_bad_weights (RunFixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "bad.pth", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModel) model = siamban_model_new (fixture->config, &error);
  SiambanParameter *weight = siamban_weights_lookup (siamban_model_get_weights (model),
                                                     "head.box2.cls.head.3.weight");
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();
  float *values = _siamban_parameter_peek_values (weight);

  g_assert_no_error (error);
  for (gsize i = 0; i < siamban_parameter_get_n_elements (weight); i++)
    values[i] = 3e38f;
  siamban_checkpoint_collect (checkpoint, siamban_model_get_weights (model));
  siamban_checkpoint_save (checkpoint, path, &error);
  g_assert_no_error (error);
  siamban_config_set_string (fixture->config, "TRAIN.PRETRAINED", path, NULL);
}

/* A run that learns nothing any more waits for whoever watches it, and says why; it is not asked for a
 * checkpoint from which it could not go on either. */
static void
test_stuck (RunFixture *fixture, gconstpointer data)
{
  const char *const options[] = { "--threads", "1", "--devices", "cpu,cpu", NULL };
  g_autofree char *path = g_build_filename (fixture->folder, "run", NULL);
  g_autofree char *command = g_find_program_in_path ("siamban");
  g_autoptr (SiambanDevice) cpu = siamban_device_open ("cpu", NULL);
  g_autoptr (SiambanRun) run = NULL;
  g_autoptr (GError) error = NULL;
  guint n_iterations;

  if (command == NULL || cpu == NULL)
    {
      g_test_skip ("the command is not built, or without its engine");
      return;
    }

  run_set (fixture->config, "TRAIN.MAX_SKIPPED_UPDATES=3");
  use_bad_weights (fixture);
  run_set (fixture->config, "DATASET.VIDEOS_PER_EPOCH=400");
  run = siamban_run_launch (path, fixture->config, NULL, options, &error);
  g_assert_no_error (error);
  wait_for_state (run, SIAMBAN_RUN_PAUSED);
  siamban_run_refresh (run);
  g_test_message ("%s", siamban_run_get_reason (run));
  g_assert_nonnull (strstr (siamban_run_get_reason (run), "3 updates in a row"));
  g_assert_nonnull (strstr (siamban_run_get_reason (run), "of samples ["));
  g_assert_nonnull (strstr (siamban_run_get_reason (run), "not finite"));
  n_iterations = siamban_run_get_n_iterations (run);

  /* It tries as often again. */
  g_assert_true (siamban_run_resume (run, &error));
  while (siamban_run_get_n_iterations (run) < n_iterations + 3)
    g_main_context_iteration (NULL, TRUE);
  wait_for_state (run, SIAMBAN_RUN_PAUSED);
  g_assert_true (siamban_run_stop (run, &error));
  wait_for_state (run, SIAMBAN_RUN_STOPPED);
  siamban_run_refresh (run);
  g_assert_null (siamban_run_get_reason (run));
  g_assert_cmpuint (siamban_run_get_n_iterations (run), ==, n_iterations + 3);
  g_assert_cmpuint (g_list_model_get_n_items (siamban_run_get_snapshots (run)), ==, 0);
}

static void
keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

/* The same without waiting: a run belongs to the thread that asked for it, which hears of it. */
static void
test_async (RunFixture *fixture, gconstpointer data)
{
  const char *const command[] = { "env", "siamban", NULL };
  g_autofree char *path = g_build_filename (fixture->folder, "run", NULL);
  g_autofree char *program = g_find_program_in_path ("siamban");
  g_autoptr (GAsyncResult) launched = NULL;
  g_autoptr (GAsyncResult) asked = NULL;
  g_autoptr (GAsyncResult) opened = NULL;
  g_autoptr (GAsyncResult) missing = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanRun) run = NULL;
  g_autoptr (SiambanRun) other = NULL;

  if (program == NULL)
    {
      g_test_skip ("the command is not built");
      return;
    }

  siamban_run_open_async (path, NULL, keep_result_cb, &missing);
  g_assert_null (siamban_run_open_finish (wait_for_result (&missing), &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);
  g_clear_error (&error);

  siamban_run_launch_async (path, fixture->config, command, NULL, NULL, keep_result_cb, &launched);
  run = siamban_run_launch_finish (wait_for_result (&launched), &error);
  g_assert_no_error (error);
  wait_for_state (run, SIAMBAN_RUN_RUNNING);
  siamban_run_ask_async (run, SIAMBAN_RUN_REQUEST_STOP, NULL, keep_result_cb, &asked);
  g_assert_true (siamban_run_ask_finish (run, wait_for_result (&asked), &error));
  g_assert_no_error (error);
  wait_for_state (run, SIAMBAN_RUN_STOPPED);

  siamban_run_open_async (path, NULL, keep_result_cb, &opened);
  other = siamban_run_open_finish (wait_for_result (&opened), &error);
  g_assert_no_error (error);
  g_assert_cmpint (siamban_run_get_state (other), ==, SIAMBAN_RUN_STOPPED);
  siamban_run_refresh (run);
  g_assert_cmpuint (siamban_run_get_n_iterations (other), ==, siamban_run_get_n_iterations (run));
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*test) (RunFixture *fixture, gconstpointer data);
  } tests[] = {
    { "finished", test_finished },
    { "problems", test_problems },
    { "none", test_none },
    { "control", test_control },
    { "devices", test_devices },
    { "bad-devices", test_bad_devices },
    { "stop-after-epoch", test_stop_after_epoch },
    { "ask-stop-after-epoch", test_ask_stop_after_epoch },
    { "iteration-text", test_iteration_text },
    { "validations", test_validations },
    { "rewound", test_rewound },
    { "launch", test_launch },
    { "stuck", test_stuck },
    { "async", test_async },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/validation-lines", test_validation_lines);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/run/", tests[i].name, NULL);

      g_test_add (path, RunFixture, NULL, run_set_up, tests[i].test, run_tear_down);
    }

  return g_test_run ();
}
