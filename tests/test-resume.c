/* SPDX-License-Identifier: Apache-2.0 */

/* What a run that goes on finds: damaged checkpoints, another configuration, other data. */

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "crossing.h"
#include "files.h"
#include "run.h"
#include "siamban-checkpoint-private.h"
#include "siamban-retention-private.h"
#include "siamban-snapshot-private.h"

#define STOP_AFTER (RUN_N_PER_EPOCH + 1)

static void
resume_from (RunFixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GError) error = NULL;

  siamban_config_set_string (fixture->config, "TRAIN.RESUME", path, &error);
  g_assert_no_error (error);
}

static void
stop_cb (SiambanTrainer *trainer, SiambanIteration *iteration, gpointer user_data)
{
  if (iteration->number == STOP_AFTER)
    siamban_trainer_stop (trainer);
}

/* A run in @name that stopped in its second epoch. */
static void
make_stopped (RunFixture *fixture, const char *name)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, name);

  g_signal_connect (trainer, "iteration", G_CALLBACK (stop_cb), NULL);
  run_train (trainer);
}

static char *
train_whole (RunFixture *fixture, const char *name)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, name);

  run_train (trainer);

  return run_digest (trainer);
}

static void
collect_cb (SiambanTrainer *trainer, const char *text, gpointer user_data)
{
  g_string_append_printf (user_data, "%s\n", text);
}

static void
assert_contains (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("“%s” is not in:\n%s", part, text);
}

/* Resuming fails; what it says. */
static char *
fail_to_resume (RunFixture *fixture, const char *name, int code)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, name);
  g_autoptr (GError) error = NULL;

  g_assert_false (siamban_trainer_run (trainer, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, SIAMBAN_ERROR, code);

  return g_strdup (error->message);
}

static SiambanRunState
state_of (RunFixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanRun) run = siamban_run_new (path, &error);

  g_assert_no_error (error);

  return siamban_run_get_state (run);
}

/* One byte in the middle of a file is another, or all that follows is missing. */
static void
damage (RunFixture *fixture, const char *name, gboolean cut)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  bytes[length / 2] = (char) (bytes[length / 2] ^ 0x40);
  g_file_set_contents (path, bytes, (gssize) (cut ? length / 2 : length), &error);
  g_assert_no_error (error);
}

/* The newest checkpoint is damaged: the one before it serves, and comes to the same weights. */
static void
test_damaged_newest (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *whole = train_whole (fixture, "whole");

  for (int cut = 0; cut < 2; cut++)
    {
      g_autofree char *name = g_strdup_printf ("run-%d", cut);
      g_autofree char *newest = g_strconcat (name, "/snapshot/checkpoint_i4.pth", NULL);
      g_autoptr (SiambanTrainer) resumed = NULL;
      g_autoptr (GString) messages = g_string_new (NULL);
      g_autofree char *digest = NULL;

      run_set (fixture->config, "TRAIN.RESUME=''");
      make_stopped (fixture, name);
      damage (fixture, newest, cut);
      resume_from (fixture, name);
      resumed = run_make_trainer (fixture->config, fixture->folder, name);
      g_signal_connect (resumed, "message", G_CALLBACK (collect_cb), messages);
      run_train (resumed);

      assert_contains (messages->str, "checkpoint_i4.pth”");
      assert_contains (messages->str, "trying the checkpoint before it");
      assert_contains (messages->str, "go on after iteration 3");
      digest = run_digest (resumed);
      g_assert_cmpstr (digest, ==, whole);
    }
}

/* No checkpoint is left: an error, not a training from the start. */
static void
test_all_damaged (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *message = NULL;

  make_stopped (fixture, "run");
  damage (fixture, "run/snapshot/checkpoint_i4.pth", TRUE);
  damage (fixture, "run/snapshot/checkpoint_e1.pth", TRUE);
  resume_from (fixture, "run");
  message = fail_to_resume (fixture, "run", SIAMBAN_ERROR_INVALID_DATA);
  assert_contains (message, "None of the 2 checkpoints");
  g_assert_cmpint (state_of (fixture, "run"), ==, SIAMBAN_RUN_STOPPED);
}

/* A run that ended well stays so when it cannot be gone on with. */
static void
test_state_kept (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *digest = train_whole (fixture, "run");
  g_autofree char *before = run_read (fixture->folder, "run", "config.yaml");
  g_autofree char *message = NULL;
  g_autofree char *after = NULL;

  g_assert_cmpint (state_of (fixture, "run"), ==, SIAMBAN_RUN_FINISHED);
  files_write (fixture->folder, "noise.pth", "PK\003\004 and so on");
  resume_from (fixture, "noise.pth");
  message = fail_to_resume (fixture, "run", SIAMBAN_ERROR_INVALID_DATA);
  assert_contains (message, "noise.pth");
  g_assert_cmpint (state_of (fixture, "run"), ==, SIAMBAN_RUN_FINISHED);
  after = run_read (fixture->folder, "run", "config.yaml");
  g_assert_cmpstr (after, ==, before);

  /* A new run that fails at once has no state to keep. */
  message = (g_free (message), fail_to_resume (fixture, "new", SIAMBAN_ERROR_INVALID_DATA));
  g_assert_cmpint (state_of (fixture, "new"), ==, SIAMBAN_RUN_FAILED);
}

static void
test_changed_config (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *message = NULL;
  g_autofree char *config = NULL;
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autoptr (GString) messages = g_string_new (NULL);
  gboolean accepted;

  make_stopped (fixture, "run");
  resume_from (fixture, "run");
  run_set (fixture->config, "TRAIN.BASE_LR=0.02");
  run_set (fixture->config, "DATASET.NEG=0.5");
  run_set (fixture->config, "TRAIN.LR.KWARGS={start_lr: 0.01, end_lr: 0.001}");
  run_set (fixture->config, "TRAIN.NUM_WORKERS=2");
  message = fail_to_resume (fixture, "run", SIAMBAN_ERROR_INVALID_CONFIG);
  assert_contains (message, "--force");
  assert_contains (message, "\n  TRAIN.BASE_LR: 0.01 -> 0.02");
  assert_contains (message, "\n  DATASET.NEG: 0.1 -> 0.5");
  assert_contains (message, "\n  TRAIN.LR.KWARGS: {start_lr: 0.01, end_lr: 0.005} -> "
                            "{start_lr: 0.01, end_lr: 0.001}");
  g_assert_null (strstr (message, "NUM_WORKERS"));
  config = run_read (fixture->folder, "run", "config.yaml");
  assert_contains (config, "BASE_LR: 0.01\n");

  trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  g_assert_false (siamban_trainer_get_accept_changes (trainer));
  siamban_trainer_set_accept_changes (trainer, TRUE);
  g_object_get (trainer, "accept-changes", &accepted, NULL);
  g_assert_true (accepted);
  g_signal_connect (trainer, "message", G_CALLBACK (collect_cb), messages);
  run_train (trainer);
  assert_contains (messages->str, "  TRAIN.BASE_LR: 0.01 -> 0.02");
  config = (g_free (config), run_read (fixture->folder, "run", "config.yaml"));
  assert_contains (config, "BASE_LR: 0.02\n");
}

/* What computes no other numbers may change, and so may the place of the data. */
static void
test_free_changes (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *whole = train_whole (fixture, "whole");
  g_autofree char *anno = g_build_filename (fixture->folder, "moved.json", NULL);
  g_autofree char *from = g_build_filename (fixture->folder, "train.json", NULL);
  g_autofree char *resumed = NULL;
  g_autoptr (GError) error = NULL;

  make_stopped (fixture, "run");
  resume_from (fixture, "run");
  run_set (fixture->config, "TRAIN.NUM_WORKERS=2");
  run_set (fixture->config, "TRAIN.PRINT_FREQ=3");
  run_set (fixture->config, "TRAIN.LOG_GRADS=true");
  run_set (fixture->config, "TRACK.LR=0.5");
  g_assert_cmpint (g_rename (from, anno), ==, 0);
  siamban_config_set_string (fixture->config, "DATASET.TINY.ANNO", anno, &error);
  g_assert_no_error (error);
  resumed = train_whole (fixture, "run");
  g_assert_cmpstr (resumed, ==, whole);
}

static void
test_changed_data (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *text = run_read (fixture->folder, "", "train.json");
  g_autofree char *record = NULL;
  g_autofree char *longer = NULL;
  g_autofree char *message = NULL;

  make_stopped (fixture, "run");
  record = run_read (fixture->folder, "run", "config.json");
  assert_contains (record, "\"RUN\"");
  assert_contains (record, "\"version\"");
  assert_contains (record, "\"seed\" : 5");
  assert_contains (record, "\"md5\"");

  longer = g_strconcat (text, " ", NULL);
  files_write (fixture->folder, "train.json", longer);
  resume_from (fixture, "run");
  message = fail_to_resume (fixture, "run", SIAMBAN_ERROR_INVALID_CONFIG);
  assert_contains (message, "DATASET.TINY, content of “");
  assert_contains (message, "train.json”: ");
}

/* Twice as many samples an iteration from the fourth of six on: told, and half as many iterations. */
static void
test_other_batch (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autoptr (GString) messages = g_string_new (NULL);
  guint n_iterations = 0;

  run_set (fixture->config, "DATASET.VIDEOS_PER_EPOCH=12");
  make_stopped (fixture, "run");
  resume_from (fixture, "run");
  run_set (fixture->config, "TRAIN.BATCH_SIZE=4");
  trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  siamban_trainer_set_accept_changes (trainer, TRUE);
  g_signal_connect (trainer, "message", G_CALLBACK (collect_cb), messages);
  g_signal_connect_swapped (trainer, "iteration", G_CALLBACK (g_atomic_int_inc), &n_iterations);
  run_train (trainer);

  assert_contains (messages->str,
                   "an iteration takes 4 samples, 2 before: an epoch has 3 iterations "
                   "instead of 6");
  assert_contains (messages->str, "TRAIN.BASE_LR would be 0.02");
  assert_contains (messages->str, "go on after iteration 2\n");
  g_assert_cmpuint (n_iterations, ==, RUN_N_ITERATIONS - STOP_AFTER / 2);
}

/* What the last line of the log says of a loss: its value, and its average over all iterations. */
static char *
last_loss (RunFixture *fixture, const char *name)
{
  g_autofree char *log = run_read (fixture->folder, name, "logs.txt");
  const char *last = g_strrstr (log, "total_loss: ");

  g_assert_nonnull (last);

  return g_strndup (last, strcspn (last, "\n"));
}

/* Averages go on where they were. */
static void
test_meters (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *digest = NULL;
  g_autofree char *uninterrupted = NULL;
  g_autofree char *resumed = NULL;

  run_set (fixture->config, "TRAIN.PRINT_FREQ=1");
  digest = train_whole (fixture, "whole");
  uninterrupted = last_loss (fixture, "whole");
  make_stopped (fixture, "run");
  resume_from (fixture, "run");
  g_free (train_whole (fixture, "run"));
  resumed = last_loss (fixture, "run");
  g_assert_cmpstr (resumed, ==, uninterrupted);
}

static void
offer (const char *folder, guint epoch, double value, gboolean higher, gboolean expected)
{
  g_autofree char *name = g_strdup_printf ("checkpoint_e%u.pth", epoch);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  const SiambanBest best = { epoch, higher ? "iou" : "total_loss", value, higher };
  g_autoptr (GError) error = NULL;
  gboolean is_best = !expected;

  files_write (folder, name, name);
  g_assert_true (_siamban_retention_offer (path, &best, &is_best, &error));
  g_assert_no_error (error);
  g_assert_cmpint (is_best, ==, expected);
}

/* The best by one measure, until there is another one. */
static void
test_best (void)
{
  g_autofree char *folder = files_make_folder ();
  g_autofree char *text = NULL;

  offer (folder, 1, 0.5, FALSE, TRUE);
  offer (folder, 2, 0.75, FALSE, FALSE);
  offer (folder, 3, NAN, FALSE, FALSE);
  offer (folder, 4, 0.25, FALSE, TRUE);
  offer (folder, 5, 0.1, TRUE, TRUE);
  offer (folder, 6, 0.05, TRUE, FALSE);
  offer (folder, 5, 0.3, TRUE, TRUE);
  text = run_read (folder, "", "checkpoint_best.pth");
  g_assert_cmpstr (text, ==, "checkpoint_e5.pth");
  g_assert_cmpuint (files_count (folder), ==, 6 + 2);

  _siamban_retention_prune (folder, 6, 0);
  g_assert_true (files_exist (folder, "checkpoint_e1.pth"));
  _siamban_retention_prune (folder, 6, 2);
  g_assert_false (files_exist (folder, "checkpoint_e4.pth"));
  g_assert_true (files_exist (folder, "checkpoint_e5.pth"));
  g_assert_true (files_exist (folder, "checkpoint_e6.pth"));
  g_assert_cmpuint (files_count (folder), ==, 2 + 2);

  files_remove_tree (folder);
}

/* A run keeps its last checkpoint, from which it goes on, and its best. */
static void
test_retention (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *digest = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "run", "snapshot",
                                            "checkpoint_best.pth", NULL);
  g_autofree char *record = NULL;
  g_autoptr (SiambanCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;

  run_set (fixture->config, "TRAIN.KEEP_EPOCHS=1");
  run_set (fixture->config, "TRAIN.KEEP_BEST=true");
  make_stopped (fixture, "run");
  resume_from (fixture, "run");
  digest = train_whole (fixture, "run");

  g_assert_false (files_exist (fixture->folder, "run/snapshot/checkpoint_e1.pth"));
  g_assert_false (files_exist (fixture->folder, "run/snapshot/checkpoint_e2.pth"));
  g_assert_true (files_exist (fixture->folder, "run/snapshot/checkpoint_e3.pth"));
  checkpoint = siamban_checkpoint_new_from_file (path, &error);
  g_assert_no_error (error);
  record = run_read (fixture->folder, "run", "snapshot/best.json");
  assert_contains (record, "\"measure\" : \"total_loss\"");
}

static gboolean
evaluate_cb (SiambanModel *model,
             SiambanDevice *device,
             GCancellable *cancellable,
             double *measure,
             gpointer user_data,
             GError **error)
{
  static const double measures[] = { 0.25, 0.75, 0.5 };
  guint *n = user_data;

  g_assert_true (SIAMBAN_IS_MODEL (model) && SIAMBAN_IS_DEVICE (device));
  *measure = measures[(*n)++ % G_N_ELEMENTS (measures)];

  return TRUE;
}

/* The best epoch is the one that did best on other sequences. */
static void
test_evaluation (RunFixture *fixture, gconstpointer data)
{
  g_autoptr (SiambanTrainer) trainer = NULL;
  g_autofree char *log = NULL;
  g_autofree char *record = NULL;
  guint n = 0;

  run_set (fixture->config, "TRAIN.KEEP_BEST=true");
  trainer = run_make_trainer (fixture->config, fixture->folder, "run");
  siamban_trainer_set_evaluation (trainer, 1, evaluate_cb, &n, NULL);
  run_train (trainer);

  g_assert_cmpuint (n, ==, RUN_N_EPOCHS);
  log = run_read (fixture->folder, "run", "logs.txt");
  assert_contains (log, "validation after epoch 2: 0.7500, in ");
  record = run_read (fixture->folder, "run", "snapshot/best.json");
  assert_contains (record, "\"epoch\" : 2");
  assert_contains (record, "\"measure\" : \"validation\"");
}

static char *
format_validations (RunFixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanRun) run = siamban_run_new (path, &error);
  GString *text = g_string_new (NULL);

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_run_get_n_iterations (run), ==, RUN_N_ITERATIONS);
  for (guint i = 0; i < siamban_run_get_n_validations (run); i++)
    {
      const SiambanValidationResult *result = siamban_run_get_validation (run, i);

      g_string_append_printf (text, "%u %u %g, ", (guint) result->iteration, result->epoch,
                              result->measure);
    }
  if (siamban_run_get_best_validation (run))
    g_string_append_printf (text, "best %u", siamban_run_get_best_validation (run)->epoch);

  return g_string_free (text, FALSE);
}

static void
train_evaluated (RunFixture *fixture, const char *name, guint stop_after, guint *n_evaluations)
{
  g_autoptr (SiambanTrainer) trainer = run_make_trainer (fixture->config, fixture->folder, name);

  siamban_trainer_set_evaluation (trainer, 1, evaluate_cb, n_evaluations, NULL);
  if (stop_after > 0)
    g_signal_connect (trainer, "iteration", G_CALLBACK (stop_cb), NULL);
  run_train (trainer);
}

/* Drops a line of events.jsonl and all that follow, as if the process had been killed before. */
static void
cut_events (RunFixture *fixture, const char *name, const char *start)
{
  g_autofree char *events = run_read (fixture->folder, name, "events.jsonl");
  g_autofree char *path = g_build_filename (name, "events.jsonl", NULL);
  char *line = strstr (events, start);

  g_assert_nonnull (line);
  *line = '\0';
  files_write (fixture->folder, path, events);
}

/* What validations came to is in the run's record, once for each epoch, whatever interrupts it. */
static void
test_validations (RunFixture *fixture, gconstpointer data)
{
  static const char expected[] = "3 1 0.25, 6 2 0.75, 9 3 0.5, best 2";
  g_autofree char *whole = NULL;
  g_autofree char *stopped = NULL;
  g_autofree char *caught_up = NULL;
  g_autofree char *record = NULL;
  guint n = 0;

  run_set (fixture->config, "TRAIN.KEEP_BEST=true");
  train_evaluated (fixture, "whole", 0, &n);
  whole = format_validations (fixture, "whole");
  g_assert_cmpstr (whole, ==, expected);

  /* In the epoch after the first. */
  n = 0;
  train_evaluated (fixture, "run", STOP_AFTER, &n);
  g_assert_cmpuint (n, ==, 1);
  resume_from (fixture, "run");
  train_evaluated (fixture, "run", 0, &n);
  g_assert_cmpuint (n, ==, 3);
  stopped = format_validations (fixture, "run");
  g_assert_cmpstr (stopped, ==, expected);

  /* Killed after the last checkpoint, in its validation: that is done, and nothing else. */
  cut_events (fixture, "run", "{\"validation\":{\"iteration\":9,");
  n = 2;
  train_evaluated (fixture, "run", 0, &n);
  g_assert_cmpuint (n, ==, 3);
  caught_up = format_validations (fixture, "run");
  g_assert_cmpstr (caught_up, ==, expected);
  train_evaluated (fixture, "run", 0, &n);
  g_assert_cmpuint (n, ==, 3);
  record = run_read (fixture->folder, "run", "snapshot/best.json");
  assert_contains (record, "\"epoch\" : 2");
}

/* Killed after the checkpoint of an epoch that turns out to be the best, and before that was known. */
static void
test_late_validation (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *third = g_build_filename (fixture->folder, "run", "snapshot",
                                             "checkpoint_e3.pth", NULL);
  g_autofree char *validations = NULL;
  g_autofree char *record = NULL;
  guint n = 0;

  run_set (fixture->config, "TRAIN.KEEP_BEST=true");
  run_set (fixture->config, "TRAIN.EPOCH=3");
  train_evaluated (fixture, "run", 0, &n);
  g_assert_cmpint (g_unlink (third), ==, 0);
  cut_events (fixture, "run", "{\"validation\":{\"iteration\":6,");
  files_write (fixture->folder, "run/snapshot/best.json",
               "{\"epoch\": 1, \"measure\": \"validation\", \"value\": 0.25}");

  n = 1;
  resume_from (fixture, "run");
  train_evaluated (fixture, "run", 0, &n);
  validations = format_validations (fixture, "run");
  g_assert_cmpstr (validations, ==, "3 1 0.25, 6 2 0.75, 9 3 0.5, best 2");
  record = run_read (fixture->folder, "run", "snapshot/best.json");
  assert_contains (record, "\"epoch\" : 2");
}

/* As the original's keys say: checkpoints and logs lie elsewhere, and the run finds them there. */
static void
test_other_places (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *snapshots = g_build_filename (fixture->folder, "far", "snapshots", NULL);
  g_autofree char *logs = g_build_filename (fixture->folder, "far", "logs", NULL);
  g_autofree char *whole = train_whole (fixture, "whole");
  g_autofree char *digest = NULL;
  g_autofree char *message = NULL;
  g_autoptr (GError) error = NULL;

  siamban_config_set_string (fixture->config, "TRAIN.SNAPSHOT_DIR", snapshots, &error);
  g_assert_no_error (error);
  siamban_config_set_string (fixture->config, "TRAIN.LOG_DIR", logs, &error);
  g_assert_no_error (error);
  make_stopped (fixture, "run");
  g_assert_true (files_exist (fixture->folder, "far/snapshots/checkpoint_i4.pth"));
  g_assert_true (files_exist (fixture->folder, "far/logs/logs.txt"));
  g_assert_cmpuint (files_count (logs), ==, 2);

  /* Nobody else's. */
  message = fail_to_resume (fixture, "other", SIAMBAN_ERROR_IO);
  assert_contains (message, "TRAIN.SNAPSHOT_DIR");

  /* What was moved away there is begun anew. */
  files_remove_tree (logs);
  resume_from (fixture, "run");
  digest = train_whole (fixture, "run");
  g_assert_cmpstr (digest, ==, whole);
  g_assert_true (files_exist (fixture->folder, "far/logs/logs.txt"));
  g_assert_true (files_exist (fixture->folder, "far/snapshots/checkpoint_e3.pth"));
}

/* Over to PyTorch and back, the next step is the one that would have come: momentum, statistics, counters
 * and place have survived. */
static void
test_crossed_over (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *whole = train_whole (fixture, "whole");

  for (int zip = 0; zip < 2; zip++)
    {
      g_autofree char *name = g_strdup_printf ("run-%d", zip);
      g_autofree char *checkpoint = g_strconcat (name, "/snapshot/checkpoint_i4.pth", NULL);
      g_autofree char *path = NULL;
      g_autofree char *digest = NULL;

      run_set (fixture->config, "TRAIN.RESUME=''");
      make_stopped (fixture, name);
      path = g_build_filename (fixture->folder, checkpoint, NULL);
      if (!crossing_run (CROSSING_SYSTEM, path, zip, NULL))
        {
          g_test_skip ("There is no Python with PyTorch");
          return;
        }
      resume_from (fixture, name);
      digest = train_whole (fixture, name);
      g_assert_cmpstr (digest, ==, whole);
    }
}

/* A place in an epoch of 96 samples, in batches of other sizes. */
static void
test_locate (void)
{
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();

  /* One of the original: its epoch counts. */
  siamban_checkpoint_set_epoch (checkpoint, 2);
  g_assert_cmpuint (_siamban_snapshot_locate (checkpoint, "checkpoint_e2.pth", 96, 8), ==, 24);
  g_assert_cmpuint (_siamban_snapshot_locate (checkpoint, "checkpoint_i17.pth", 96, 8), ==, 17);

  checkpoint->iteration = 17;
  checkpoint->batch_size = 8;
  g_assert_cmpuint (_siamban_snapshot_locate (checkpoint, "any", 96, 8), ==, 17);
  g_assert_cmpuint (_siamban_snapshot_locate (checkpoint, "any", 96, 4), ==, 34);
  g_assert_cmpuint (_siamban_snapshot_locate (checkpoint, "any", 96, 16), ==, 8);

  /* Of 100 samples an epoch leaves some over: the place within the epoch is what stays. */
  checkpoint->iteration = 12;
  g_assert_cmpuint (_siamban_snapshot_locate (checkpoint, "any", 100, 4), ==, 25);
  checkpoint->iteration = 15;
  g_assert_cmpuint (_siamban_snapshot_locate (checkpoint, "any", 100, 4), ==, 31);
}

/* The same annotations over other images. */
static void
test_swapped_crops (RunFixture *fixture, gconstpointer data)
{
  g_autofree char *crop = run_crop_path (fixture->folder, 1, 0);
  g_autofree char *message = NULL;

  make_stopped (fixture, "run");
  g_assert_true (g_file_set_contents (crop, "another image", -1, NULL));
  resume_from (fixture, "run");
  message = fail_to_resume (fixture, "run", SIAMBAN_ERROR_INVALID_CONFIG);
  assert_contains (message, "DATASET.TINY, crops: ");
  assert_contains (message, "--force");
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*test) (RunFixture *fixture, gconstpointer data);
  } cases[] = {
    { "damaged-newest", test_damaged_newest },
    { "all-damaged", test_all_damaged },
    { "state-kept", test_state_kept },
    { "changed-config", test_changed_config },
    { "free-changes", test_free_changes },
    { "changed-data", test_changed_data },
    { "swapped-crops", test_swapped_crops },
    { "other-batch", test_other_batch },
    { "meters", test_meters },
    { "retention", test_retention },
    { "evaluation", test_evaluation },
    { "validations", test_validations },
    { "late-validation", test_late_validation },
    { "other-places", test_other_places },
    { "crossed-over", test_crossed_over },
  };

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/resume/locate", test_locate);
  g_test_add_func ("/resume/best", test_best);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/resume/", cases[i].name, NULL);

      g_test_add (path, RunFixture, NULL, run_set_up, cases[i].test, run_tear_down);
    }

  return g_test_run ();
}
