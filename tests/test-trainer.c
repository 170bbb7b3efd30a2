/* SPDX-License-Identifier: Apache-2.0 */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "files.h"
#include "golden.h"
#include "run.h"
#include "siamban-run-folder-private.h"
#include "siamban-snapshot-private.h"
#include "siamban-tensorboard-private.h"
#include "siamban-weights-private.h"

static char *
train_and_digest (RunFixture *fixture, const char *name)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, name);

  run_train (trainer);

  return run_digest (trainer);
}

static void
set_resume (RunFixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GError) error = NULL;

  siamban_config_set_string (fixture->config, "TRAIN.RESUME", path, &error);
  g_assert_no_error (error);
}

/* What a run told through its signals. */
typedef struct
{
  GThread *thread;
  GString *order; /* one letter a signal, in their order */
  GArray *iterations;
  GPtrArray *checkpoints;
  GString *messages;
  guint stop_after;
  GCancellable *cancellable;
} Record;

static void
record_letter (Record *record, char letter)
{
  g_assert_true (g_thread_self () == record->thread);
  g_string_append_c (record->order, letter);
}

static void
iteration_cb (SiambanTrainer *trainer, SiambanIteration *iteration, gpointer user_data)
{
  Record *record = user_data;

  record_letter (record, 'i');
  g_array_append_val (record->iterations, *iteration);
  if (iteration->number == record->stop_after)
    {
      if (record->cancellable)
        g_cancellable_cancel (record->cancellable);
      else
        siamban_trainer_stop (trainer);
    }
}

static void
epoch_started_cb (SiambanTrainer *trainer, guint epoch, gpointer user_data)
{
  record_letter (user_data, (char) ('0' + epoch));
}

static void
epoch_finished_cb (SiambanTrainer *trainer, guint epoch, gpointer user_data)
{
  record_letter (user_data, '.');
}

static void
checkpoint_cb (SiambanTrainer *trainer, const char *path, gpointer user_data)
{
  Record *record = user_data;

  record_letter (record, 'c');
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  g_ptr_array_add (record->checkpoints, g_path_get_basename (path));
}

static void
message_cb (SiambanTrainer *trainer, const char *text, gpointer user_data)
{
  Record *record = user_data;

  g_assert_true (g_thread_self () == record->thread);
  g_string_append_printf (record->messages, "%s\n", text);
}

static Record *
record_new (SiambanTrainer *trainer)
{
  Record *record = g_new0 (Record, 1);

  record->thread = g_thread_self ();
  record->order = g_string_new (NULL);
  record->messages = g_string_new (NULL);
  record->iterations = g_array_new (FALSE, FALSE, sizeof (SiambanIteration));
  record->checkpoints = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect (trainer, "iteration", G_CALLBACK (iteration_cb), record);
  g_signal_connect (trainer, "epoch-started", G_CALLBACK (epoch_started_cb), record);
  g_signal_connect (trainer, "epoch-finished", G_CALLBACK (epoch_finished_cb), record);
  g_signal_connect (trainer, "checkpoint", G_CALLBACK (checkpoint_cb), record);
  g_signal_connect (trainer, "message", G_CALLBACK (message_cb), record);

  return record;
}

static void
record_free (Record *record)
{
  g_string_free (record->order, TRUE);
  g_string_free (record->messages, TRUE);
  g_array_unref (record->iterations);
  g_ptr_array_unref (record->checkpoints);
  g_free (record);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Record, record_free)

static void
check_iteration (const SiambanIteration *iteration, guint index)
{
  g_assert_cmpuint (iteration->number, ==, index + 1);
  g_assert_cmpuint (iteration->n_iterations, ==, RUN_N_ITERATIONS);
  g_assert_cmpuint (iteration->epoch, ==, index / RUN_N_PER_EPOCH + 1);
  g_assert_cmpuint (iteration->index, ==, index % RUN_N_PER_EPOCH + 1);
  g_assert_cmpuint (iteration->n_per_epoch, ==, RUN_N_PER_EPOCH);
  g_assert_true (iteration->updated);
  g_assert_true (isfinite (iteration->total_loss));
  g_assert_cmpfloat_with_epsilon (iteration->total_loss, iteration->cls_loss + iteration->loc_loss,
                                  1e-5);
  g_assert_cmpfloat (iteration->grad_norm, >, 0);
  g_assert_cmpfloat (iteration->batch_time, >=, iteration->data_time);
  g_assert_cmpfloat (iteration->communication_time, ==, 0);
  g_assert_cmpfloat (iteration->head_rate, ==, iteration->neck_rate);
  g_assert_cmpfloat_with_epsilon (iteration->backbone_rate, iteration->head_rate * 0.1, 1e-12);
}

static void
test_signals (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (Record) record = record_new (trainer);

  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_IDLE);
  run_train (trainer);

  g_assert_cmpstr (record->order->str, ==, "1iiic.2iiic.3iiic.");
  g_assert_cmpuint (record->iterations->len, ==, RUN_N_ITERATIONS);
  for (guint i = 0; i < record->iterations->len; i++)
    check_iteration (&g_array_index (record->iterations, SiambanIteration, i), i);
  g_assert_cmpstr (g_ptr_array_index (record->checkpoints, 2), ==, "checkpoint_e3.pth");

  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_FINISHED);
  g_assert_cmpfloat (siamban_trainer_get_progress (trainer), ==, 1);
  g_assert_cmpfloat (siamban_trainer_get_eta (trainer), ==, 0);
  g_assert_cmpuint (siamban_trainer_get_n_skipped_samples (trainer), ==, 0);
  g_assert_cmpuint (siamban_trainer_get_n_skipped_updates (trainer), ==, 0);
}

static void
test_properties (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_build_filename (fixture->folder, "run", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) device = siamban_device_open ("reference", &error);
  g_autoptr (SiambanTrainer)
      trainer = siamban_trainer_new (fixture->config, device, directory, &error);
  g_autofree char *property = NULL;

  g_assert_no_error (error);
  g_object_get (trainer, "run-directory", &property, NULL);
  g_assert_cmpstr (property, ==, directory);
  g_assert_cmpstr (siamban_trainer_get_run_directory (trainer), ==, directory);
  g_assert_true (siamban_trainer_get_device (trainer) == device);

  /* A copy: what is changed later does not reach the run. */
  g_assert_true (siamban_trainer_get_config (trainer) != fixture->config);
  g_assert_cmpint (siamban_config_get_int (siamban_trainer_get_config (trainer), "TRAIN.EPOCH"), ==,
                   RUN_N_EPOCHS);
}

static SiambanTensor *
make_input (SiambanGraph *graph, const char *name)
{
  const guint value = siamban_graph_lookup (graph, name);
  gsize n_dims, n = 1;
  const gint64 *shape = siamban_graph_get_shape (graph, value, &n_dims);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  SiambanTensor *tensor;
  float *values;

  for (gsize i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  values = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    values[i] = g_str_equal (name, "label_cls") ? (float) (i % 2)
                                                : 255.0f * (float) golden_unit (name, i);
  bytes = g_bytes_new_take (values, n * sizeof (float));
  tensor = siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, n_dims, bytes, &error);
  g_assert_no_error (error);

  return tensor;
}

static SiambanProgram *
make_program (SiambanModel *model)
{
  static const char *const inputs[] = { "template", "search", "label_cls", "label_loc" };
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = siamban_model_build_training (model, 1, &error);
  g_autoptr (SiambanDevice) device = siamban_device_open ("reference", &error);
  SiambanProgram *program;

  program = siamban_device_compile (device, graph, TRUE, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (inputs); i++)
    {
      g_autoptr (SiambanTensor) tensor = make_input (graph, inputs[i]);

      siamban_program_set_input (program, inputs[i], tensor, &error);
      g_assert_no_error (error);
    }

  return program;
}

/* After the first step the momentum is the clipped gradient with its decay, and the parameter has
 * moved against it, at the rate of its group; what is in no group stays. */
static void
test_step (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModel) model = siamban_model_new (fixture->config, &error);
  SiambanWeights *weights = siamban_model_get_weights (model);
  g_autoptr (SiambanWeights) before = siamban_weights_copy (weights);
  g_autoptr (SiambanOptimizer) optimizer = NULL;
  g_autoptr (SiambanProgram) program = NULL;
  double grad_norm = 0;

  siamban_model_set_epoch (model, 0);
  optimizer = siamban_optimizer_new (fixture->config, weights, &error);
  g_assert_no_error (error);
  siamban_optimizer_set_epoch (optimizer, RUN_N_EPOCHS - 1);
  program = make_program (model);

  g_assert_true (siamban_program_forward (program, &error));
  g_assert_true (siamban_program_backward (program, &error));
  g_assert_true (siamban_optimizer_step (optimizer, program, &grad_norm, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (grad_norm, >, 0);

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const char *name = siamban_parameter_get_name (parameter);
      const guint group = g_str_has_prefix (name, "neck.") ? 1 : 2;
      g_autoptr (SiambanTensor) momentum = NULL;
      double expected;

      if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_WEIGHT)
        continue;
      expected = _siamban_parameter_peek_values (_siamban_weights_peek (before, i))[0];
      if (!g_str_has_prefix (name, "backbone."))
        {
          momentum = siamban_program_get_momentum (program, name, &error);
          g_assert_no_error (error);
          expected -= siamban_optimizer_get_group_rate (optimizer, group) *
                      siamban_tensor_get_item (momentum, 0);
        }
      g_assert_cmpfloat_with_epsilon (_siamban_parameter_peek_values (parameter)[0], expected,
                                      1e-6);
    }
}

/* The backbone is frozen, then parts of it train; momentum starts anew there. */
static void
test_phases (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (Record) record = record_new (trainer);
  SiambanModel *model = siamban_trainer_get_model (trainer);
  SiambanWeights *weights = siamban_model_get_weights (model);
  g_autoptr (SiambanWeights) before = siamban_weights_copy (weights);
  gboolean layer3_moved = FALSE, head_moved = FALSE;

  run_train (trainer);

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const char *name = siamban_parameter_get_name (parameter);
      gboolean moved;

      if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_WEIGHT)
        continue;
      moved = memcmp (_siamban_parameter_peek_values (parameter),
                      _siamban_parameter_peek_values (_siamban_weights_peek (before, i)),
                      siamban_parameter_get_n_elements (parameter) * sizeof (float)) != 0;
      if (g_str_has_prefix (name, "backbone.layer0") || g_str_has_prefix (name, "backbone.layer1"))
        g_assert_false (moved);
      layer3_moved |= moved && g_str_has_prefix (name, "backbone.layer3");
      head_moved |= moved && g_str_has_prefix (name, "head.");
    }

  g_assert_true (layer3_moved);
  g_assert_true (head_moved);
  g_assert_nonnull (strstr (record->messages->str, "start training backbone."));
}

/* Over and over on the same few crops, losses have to fall. */
static void
test_learns (RunFixture *fixture, gconstpointer data)
{
  const guint n_averaged = 6;
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autoptr (Record) record = NULL;
  double first = 0, last = 0;

  run_set (fixture->config, "DATASET.VIDEOS_PER_EPOCH=24");
  run_set (fixture->config, "TRAIN.BASE_LR=0.05");
  trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  record = record_new (trainer);
  run_train (trainer);

  for (guint i = 0; i < n_averaged; i++)
    {
      first += g_array_index (record->iterations, SiambanIteration, i).total_loss;
      last += g_array_index (record->iterations, SiambanIteration, record->iterations->len - 1 - i)
                  .total_loss;
    }
  g_test_message ("mean loss %g, then %g", first / n_averaged, last / n_averaged);
  g_assert_cmpfloat (last, <, 0.9 * first);
}

static void
test_deterministic (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *first = train_and_digest (fixture, "first");
  g_autofree char *again = train_and_digest (fixture, "again");
  g_autofree char *more_workers = NULL;
  g_autofree char *other_seed = NULL;

  run_set (fixture->config, "TRAIN.NUM_WORKERS=3");
  siamban_process_set_n_threads (3);
  more_workers = train_and_digest (fixture, "more-workers");
  siamban_process_set_n_threads (0);
  run_set (fixture->config, "TRAIN.SEED=6");
  other_seed = train_and_digest (fixture, "other-seed");

  g_assert_cmpstr (first, ==, again);
  g_assert_cmpstr (first, ==, more_workers);
  g_assert_cmpstr (first, !=, other_seed);
}

/* At any iteration: within an epoch, at its end, in either phase. */
static void
test_resume (RunFixture *fixture, gconstpointer data)
{
  const guint stops[] = { 1, RUN_N_PER_EPOCH, RUN_TRAIN_EPOCH * RUN_N_PER_EPOCH,
                          RUN_TRAIN_EPOCH * RUN_N_PER_EPOCH + 1 };
  g_autofree char *uninterrupted = train_and_digest (fixture, "whole");

  for (gsize i = 0; i < G_N_ELEMENTS (stops); i++)
    {
      g_autofree char *name = g_strdup_printf ("stopped-%u", stops[i]);
      g_autoptr (SiambanTrainer) trainer = NULL;
      g_autoptr (Record) record = NULL;
      g_autofree char *resumed = NULL;
      g_autofree char *events = NULL;
      g_auto (GStrv) lines = NULL;

      run_set (fixture->config, "TRAIN.RESUME=''");
      trainer = run_make_trainer (fixture->config, fixture->folder, name);
      record = record_new (trainer);
      record->stop_after = stops[i];
      run_train (trainer);
      g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_STOPPED);
      g_assert_cmpuint (record->iterations->len, ==, stops[i]);

      set_resume (fixture, name);
      resumed = train_and_digest (fixture, name);
      g_assert_cmpstr (resumed, ==, uninterrupted);

      events = run_read (fixture->folder, name, "events.jsonl");
      lines = g_strsplit (events, "\n", -1);
      g_assert_cmpuint (g_strv_length (lines), ==, RUN_N_ITERATIONS + 1);
    }
}

/* From the checkpoint of an epoch, which has no position beside it. */
static void
test_resume_epoch (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *uninterrupted = train_and_digest (fixture, "whole");
  g_autofree char *resumed = NULL;
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autoptr (Record) record = NULL;

  set_resume (fixture, "whole/snapshot/checkpoint_e1.pth");
  resumed = train_and_digest (fixture, "resumed");
  g_assert_cmpstr (resumed, ==, uninterrupted);

  /* Nothing is left to do after the last. */
  set_resume (fixture, "whole");
  trainer = run_make_trainer (fixture->config, fixture->folder, "again");
  record = record_new (trainer);
  run_train (trainer);
  g_assert_cmpuint (record->iterations->len, ==, 0);
  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_FINISHED);
}

static void
test_cancel (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (Record) record = record_new (trainer);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  record->stop_after = 2;
  record->cancellable = cancellable;
  g_assert_false (siamban_trainer_run (trainer, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_STOPPED);
  g_assert_cmpuint (record->iterations->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (record->checkpoints, 0), ==, "checkpoint_i2.pth");
}

static void
finished_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **to = user_data;

  *to = g_object_ref (result);
}

static void
iterate_until (GMainContext *context, GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (context, TRUE);
}

/* In a context that is not the default one, and that nobody owns between iterations. */
static void
test_async (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (Record) record = record_new (trainer);
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = NULL;
  g_autofree char *blocking = train_and_digest (fixture, "blocking");

  g_main_context_push_thread_default (context);
  siamban_trainer_run_async (trainer, NULL, finished_cb, &result);
  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_RUNNING);
  iterate_until (context, &result);
  g_main_context_pop_thread_default (context);

  g_assert_true (siamban_trainer_run_finish (trainer, result, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (record->order->str, ==, "1iiic.2iiic.3iiic.");
  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_FINISHED);
  digest = run_digest (trainer);
  g_assert_cmpstr (digest, ==, blocking);
}

static gboolean
resume_cb (gpointer user_data)
{
  SiambanTrainer *trainer = SIAMBAN_TRAINER (user_data);

  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_PAUSED);
  siamban_trainer_resume (trainer);
  g_assert_cmpint (siamban_trainer_get_state (trainer), ==, SIAMBAN_TRAINER_RUNNING);

  return G_SOURCE_REMOVE;
}

static void
test_pause (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (Record) record = record_new (trainer);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  siamban_trainer_run_async (trainer, NULL, finished_cb, &result);
  siamban_trainer_pause (trainer);
  g_timeout_add (300, resume_cb, trainer);
  iterate_until (NULL, &result);

  g_assert_true (siamban_trainer_run_finish (trainer, result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (record->iterations->len, ==, RUN_N_ITERATIONS);
}

/* A paused run can be cancelled, and a cancelled run leaves a checkpoint. */
static void
test_cancel_paused (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  siamban_trainer_pause (trainer);
  siamban_trainer_run_async (trainer, cancellable, finished_cb, &result);
  g_cancellable_cancel (cancellable);
  iterate_until (NULL, &result);

  g_assert_false (siamban_trainer_run_finish (trainer, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (files_exist (fixture->folder, "run/snapshot/checkpoint_i0.pth"));
}

static void
test_files (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (SiambanConfig) saved = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = train_and_digest (fixture, "run");
  g_autofree char *events = run_read (fixture->folder, "run", "events.jsonl");
  g_autofree char *log = run_read (fixture->folder, "run", "logs.txt");
  g_autofree char *yaml = g_build_filename (fixture->folder, "run", "config.yaml", NULL);
  g_auto (GStrv) lines = g_strsplit (events, "\n", -1);
  JsonObject *event;

  g_assert_cmpuint (g_strv_length (lines), ==, RUN_N_ITERATIONS + 1);
  for (guint i = 0; i < RUN_N_ITERATIONS; i++)
    {
      json_parser_load_from_data (parser, lines[i], -1, &error);
      g_assert_no_error (error);
      event = json_node_get_object (json_parser_get_root (parser));
      g_assert_cmpint (json_object_get_int_member (event, "iteration"), ==, i + 1);
      g_assert_cmpint (json_object_get_int_member (event, "epoch"), ==, i / RUN_N_PER_EPOCH + 1);
      g_assert_cmpuint (json_array_get_length (json_object_get_array_member (event, "lr")), ==, 3);
      g_assert_true (isfinite (json_object_get_double_member (event, "total_loss")));
    }

  g_assert_true (g_regex_match_simple (
      "^\\[\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3}-rk0-[a-z-]+\\.c#[ \\d]{3,}\\] config",
      log, 0, 0));
  g_assert_nonnull (strstr (log, "] Epoch: [1][2/3] lr: 0.010000\n\tbatch_time: "));
  g_assert_nonnull (strstr (log, "] Progress: 8 / 9 [88%], Speed: "));
  g_assert_nonnull (strstr (log, "] TINY start-index 0 select [4/4] path_format"));
  g_assert_nonnull (strstr (log, "] epoch 3 lr 0.00"));

  saved = siamban_config_new_from_file (yaml, &error);
  g_assert_no_error (error);
  g_assert_cmpint (siamban_config_get_int (saved, "TRAIN.SEED"), ==, 5);
  g_assert_true (files_exist (fixture->folder, "run/config.json"));
  g_assert_cmpuint (files_count (fixture->folder), >, 0);
}

static SiambanWeights *
load_weights (const char *path, SiambanModel *model)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new_from_file (path, &error);
  g_autoptr (SiambanLoadReport) report = NULL;
  SiambanWeights *weights;

  g_assert_no_error (error);
  weights = siamban_weights_copy (siamban_model_get_weights (model));
  report = siamban_checkpoint_apply (checkpoint, weights, "", &error);
  g_assert_no_error (error);

  return weights;
}

/* Weights to start from, of the whole network and of the backbone alone. */
static void
test_pretrained (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) first = run_make_trainer (fixture->config, fixture->folder, "first");
  g_autoptr (SiambanTrainer) second = NULL;
  g_autoptr (Record) record = NULL;
  g_autoptr (SiambanWeights) weights = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "first", "snapshot",
                                            "checkpoint_e3.pth", NULL);

  run_train (first);
  siamban_config_set_string (fixture->config, "TRAIN.PRETRAINED", path, &error);
  g_assert_no_error (error);
  run_set (fixture->config, "TRAIN.SEED=9");
  second = run_make_trainer (fixture->config, fixture->folder, "second");
  record = record_new (second);
  run_train (second);

  g_assert_nonnull (strstr (record->messages->str, "load pretrained model from "));
  weights = load_weights (path, siamban_trainer_get_model (first));
  /* Frozen, so it still is what was loaded. */
  g_assert_cmpmem (
      _siamban_parameter_peek_values (siamban_weights_lookup (weights, "backbone.layer0.0.weight")),
      16,
      _siamban_parameter_peek_values (
          siamban_weights_lookup (siamban_model_get_weights (siamban_trainer_get_model (second)),
                                  "backbone.layer0.0.weight")),
      16);
}

/* Each phase and its dry step are told, and leave no trace in the numbers. */
static void
test_preflight (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) with = run_make_trainer (fixture->config, fixture->folder, "with");
  g_autoptr (SiambanTrainer)
      without = run_make_trainer (fixture->config, fixture->folder, "without");
  g_autoptr (Record) told = record_new (with);
  g_autoptr (Record) untold = record_new (without);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  gboolean preflight;

  g_assert_true (siamban_trainer_get_preflight (with));
  g_assert_false (siamban_trainer_get_dry_steps (with));
  siamban_trainer_set_dry_steps (with, TRUE);
  run_train (with);
  siamban_trainer_set_preflight (without, FALSE);
  g_object_get (without, "preflight", &preflight, NULL);
  g_assert_false (preflight);
  run_train (without);

  g_assert_nonnull (strstr (told->messages->str, "pre-flight: from epoch 1 on a step of "));
  g_assert_nonnull (strstr (told->messages->str, "pre-flight: from epoch 3 on a step of "));
  g_assert_nonnull (strstr (told->messages->str, "; a dry step took "));
  g_assert_null (strstr (untold->messages->str, "pre-flight"));
  first = run_digest (with);
  second = run_digest (without);
  g_assert_cmpstr (first, ==, second);
}

static gboolean
contains (const char *bytes, gsize length, const char *text)
{
  const gsize n = strlen (text);

  for (gsize i = 0; i + n <= length; i++)
    if (memcmp (bytes + i, text, n) == 0)
      return TRUE;

  return FALSE;
}

/* The scalars of TRAIN.LOG_GRADS go to TensorBoard and change nothing. */
static void
test_log_gradients (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *without = train_and_digest (fixture, "without");
  g_autofree char *with = NULL;
  g_autofree char *folder = g_build_filename (fixture->folder, "with", "tb", NULL);
  g_autoptr (GDir) dir = NULL;
  g_autofree char *path = NULL;
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  run_set (fixture->config, "TRAIN.LOG_GRADS=True");
  with = train_and_digest (fixture, "with");
  g_assert_cmpstr (with, ==, without);

  dir = g_dir_open (folder, 0, &error);
  g_assert_no_error (error);
  path = g_build_filename (folder, g_dir_read_name (dir), NULL);
  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  g_assert_true (contains (bytes, length, "brain.Event:2"));
  g_assert_true (contains (bytes, length, "grad/tot"));
  g_assert_true (contains (bytes, length, "lr/group3"));
}

static void
test_crc (void)
{
  /* Of RFC 3720, appendix B.4. */
  const guint8 zeros[32] = { 0 };

  g_assert_cmphex (_siamban_crc32c (zeros, sizeof zeros), ==, 0x8A9136AA);
  g_assert_cmphex (_siamban_crc32c ("123456789", 9), ==, 0xE3069283);
}

static void
test_log_prefix (void)
{
  g_autoptr (GDateTime) time = g_date_time_new_utc (2024, 3, 9, 7, 5, 1.25);
  g_autofree char *prefix = _siamban_format_log_prefix (time, 2, "../train/a.c", 7);

  g_assert_cmpstr (prefix, ==, "[2024-03-09 07:05:01,250-rk2-a.c#  7] ");
}

static void
test_iteration_text (void)
{
  const SiambanIteration iteration = { .number = 7,
                                       .n_iterations = 9,
                                       .epoch = 3,
                                       .index = 1,
                                       .n_per_epoch = 3,
                                       .head_rate = 0.01,
                                       .cls_loss = NAN,
                                       .loc_loss = INFINITY,
                                       .total_loss = 0.5,
                                       .eta = 2 };
  g_autoptr (SiambanIteration) copy = siamban_iteration_copy (&iteration);
  g_autofree char *json = siamban_iteration_to_json (copy);

  g_assert_cmpstr (json, ==,
                   "{\"iteration\":7,\"n_iterations\":9,\"epoch\":3,\"index\":1,\"n_per_epoch\":3,"
                   "\"lr\":[0.0,0.0,0.01],\"cls_loss\":null,\"loc_loss\":null,\"total_loss\":0.5,"
                   "\"grad_norm\":0.0,\"updated\":false,\"data_time\":0.0,"
                   "\"communication_time\":0.0,\"batch_time\":0.0,"
                   "\"eta\":2.0}");
}

static void
test_find_checkpoint (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *found = NULL;
  g_autoptr (GPtrArray) passed_over = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  g_assert_null (_siamban_find_checkpoint (folder, passed_over, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO);

  files_write (folder, "snapshot/checkpoint_e9.pth", "");
  files_write (folder, "snapshot/checkpoint_e10.pth", "");
  files_write (folder, "snapshot/checkpoint_e11.pth.tmp", "");
  g_clear_error (&error);
  found = _siamban_find_checkpoint (folder, passed_over, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (found, "/snapshot/checkpoint_e10.pth"));

  g_clear_pointer (&found, g_free);
  g_usleep (G_USEC_PER_SEC / 50);
  files_write (folder, "snapshot/checkpoint_i77.pth", "");
  found = _siamban_find_checkpoint (folder, passed_over, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (found, "/snapshot/checkpoint_i77.pth"));

  g_ptr_array_add (passed_over, g_steal_pointer (&found));
  found = _siamban_find_checkpoint (folder, passed_over, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (found, "/snapshot/checkpoint_e10.pth"));

  files_remove_tree (folder);
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*test) (RunFixture *fixture, gconstpointer data);
  } runs[] = {
    { "signals", test_signals },     { "properties", test_properties },
    { "step", test_step },           { "phases", test_phases },
    { "learns", test_learns },       { "deterministic", test_deterministic },
    { "resume", test_resume },       { "resume-epoch", test_resume_epoch },
    { "cancel", test_cancel },       { "async", test_async },
    { "pause", test_pause },         { "cancel-paused", test_cancel_paused },
    { "files", test_files },         { "pretrained", test_pretrained },
    { "preflight", test_preflight }, { "log-gradients", test_log_gradients },
  };

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/trainer/crc", test_crc);
  g_test_add_func ("/trainer/log-prefix", test_log_prefix);
  g_test_add_func ("/trainer/iteration-text", test_iteration_text);
  g_test_add_func ("/trainer/find-checkpoint", test_find_checkpoint);
  for (gsize i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autofree char *path = g_strconcat ("/trainer/", runs[i].name, NULL);

      g_test_add (path, RunFixture, NULL, run_set_up, runs[i].test, run_tear_down);
    }

  return g_test_run ();
}
