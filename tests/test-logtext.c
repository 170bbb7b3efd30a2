/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "golden.h"
#include "siamban-error.h"
#include "siamban-meters.h"
#include "siamban-optimizer.h"
#include "siamban-python-text-private.h"
#include "siamban-train-log-private.h"

/* Sums of a hundred numbers, in the original's order. */
#define TOLERANCE 1e-12

static void
assert_near (double value, double expected)
{
  if (isnan (expected))
    g_assert_true (isnan (value));
  else
    g_assert_cmpfloat (fabs (value - expected), <=, TOLERANCE * MAX (1, fabs (expected)));
}

static void
check_row (SiambanMeters *meters, JsonObject *row)
{
  g_autofree char *text_a = NULL;
  g_autofree char *text_b = NULL;
  g_autofree char *all = NULL;

  siamban_meters_update (meters, "a", golden_member (row, "a"), 1);
  siamban_meters_update (meters, "b", golden_member (row, "b"), 1);

  text_a = siamban_meters_format (meters, "a");
  text_b = siamban_meters_format (meters, "b");
  all = siamban_meters_to_string (meters);
  g_assert_cmpstr (text_a, ==, json_object_get_string_member (row, "text_a"));
  g_assert_cmpstr (text_b, ==, json_object_get_string_member (row, "text_b"));
  g_assert_cmpstr (all, ==, json_object_get_string_member (row, "repr"));
  assert_near (siamban_meters_get_value (meters, "a"), golden_member (row, "a"));
  assert_near (siamban_meters_get_average (meters, "a"), golden_member (row, "avg_a"));
}

static void
check_batched_row (SiambanMeters *meters, JsonObject *row)
{
  g_autofree char *text = NULL;

  siamban_meters_update (meters, "x", golden_member (row, "x"),
                         (guint) json_object_get_int_member (row, "batch"));
  text = siamban_meters_format (meters, "x");
  g_assert_cmpstr (text, ==, json_object_get_string_member (row, "text"));
  assert_near (siamban_meters_get_average (meters, "x"),
               golden_member (row, "sum") / golden_member (row, "count"));
}

static void
test_meters (void)
{
  g_autoptr (Golden) golden = golden_load ("logtext");
  JsonArray *cases = json_object_get_array_member (golden->root, "average_meter");

  g_assert_cmpuint (json_array_get_length (cases), >, 0);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *item = json_array_get_object_element (cases, i);
      const int window = (int) json_object_get_int_member (item, "num");
      g_autoptr (SiambanMeters) meters = siamban_meters_new (window);
      const gboolean batched = json_object_has_member (item, "batched_rows");
      JsonArray *rows = json_object_get_array_member (item, batched ? "batched_rows" : "rows");

      g_assert_cmpint (siamban_meters_get_window (meters), ==, window);
      for (guint j = 0; j < json_array_get_length (rows); j++)
        (batched ? check_batched_row : check_row) (meters, json_array_get_object_element (rows, j));
    }
}

static void
test_missing_meter (void)
{
  g_autoptr (Golden) golden = golden_load ("logtext");
  JsonObject *missing = json_object_get_object_member (golden->root, "missing_key");
  g_autoptr (SiambanMeters) meters = siamban_meters_new (100);
  g_autofree char *text = siamban_meters_format (meters, "nothing");
  g_autofree char *line = g_strconcat ("\n", text, "\n", NULL);

  g_assert_true (g_str_has_suffix (json_object_get_string_member (missing, "stdout"), line));
  g_assert_false (siamban_meters_has (meters, "nothing"));
  siamban_meters_update (meters, "nothing", 1, 1);
  g_assert_true (siamban_meters_has (meters, "nothing"));
}

/* Unlike the original's, an average recovers. */
static void
test_meter_recovers (void)
{
  g_autoptr (SiambanMeters) meters = siamban_meters_new (2);

  siamban_meters_update (meters, "loss", NAN, 1);
  siamban_meters_update (meters, "loss", 1, 1);
  g_assert_true (isnan (siamban_meters_get_average (meters, "loss")));
  siamban_meters_update (meters, "loss", 3, 1);
  assert_near (siamban_meters_get_average (meters, "loss"), 2);
}

static void
test_progress (void)
{
  g_autoptr (Golden) golden = golden_load ("logtext");
  JsonArray *cases = json_object_get_array_member (golden->root, "print_speed");

  g_assert_cmpuint (json_array_get_length (cases), >, 0);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *item = json_array_get_object_element (cases, i);
      g_autofree char *text = _siamban_format_progress (json_object_get_int_member (item, "i"),
                                                        golden_member (item, "i_time"),
                                                        json_object_get_int_member (item, "n"));

      if (json_object_get_null_member (item, "error"))
        g_assert_cmpstr (text, ==, json_object_get_string_member (item, "text"));
      else /* the original dies */
        g_assert_true (g_str_has_suffix (text, " s/iter, ETA unknown\n"));
    }
}

static void
assert_python (double value, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  _siamban_append_python_float (text, value);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_python_floats (void)
{
  assert_python (0, "0.0");
  assert_python (-1.5, "-1.5");
  assert_python (0.1, "0.1");
  assert_python (0.0001, "0.0001");
  assert_python (0.00012345, "0.00012345");
  assert_python (0.00001, "1e-05");
  assert_python (4.9999999999999996e-05, "4.9999999999999996e-05");
  assert_python (123456789012345680.0, "1.2345678901234568e+17");
  assert_python (1e15, "1000000000000000.0");
  assert_python (1e16, "1e+16");
  assert_python (1e-300, "1e-300");
  assert_python (100, "100.0");
  assert_python (-NAN, "nan");
  assert_python (-INFINITY, "-inf");
}

/* One run of the original's train(), with the clock and the losses that it was given. */
typedef struct
{
  JsonObject *script;
  JsonArray *clock;
  const char *clock_name;
  double now;
  guint n_clock_reads;
  JsonArray *log;
  guint n_lines;
  JsonArray *first_scalars;
  guint n_scalars;
  GHashTable *scalar_names;
} Replay;

/* The golden clock is given rounded, and by the rule that made it: steps of whole 0.1 ms, added up.
 * Averages of its differences are told to the last digit, so the sum is formed again. */
static double
clock_cb (gpointer user_data)
{
  Replay *replay = user_data;
  const double unit = golden_unit (replay->clock_name, replay->n_clock_reads);

  g_assert_cmpuint (replay->n_clock_reads, <, json_array_get_length (replay->clock));
  replay->now += rint ((0.01 + 0.5 * unit) * 1e4) / 1e4;
  g_assert_cmpfloat_with_epsilon (
      replay->now, golden_number (json_array_get_element (replay->clock, replay->n_clock_reads)),
      1e-9);
  replay->n_clock_reads++;

  return replay->now;
}

/* The line about the sum of gradients is of the distribution over devices, not of the loop. */
static void
skip_other_loggers (Replay *replay)
{
  while (replay->n_lines < json_array_get_length (replay->log) &&
         !g_str_equal (json_array_get_string_element (
                           json_array_get_array_element (replay->log, replay->n_lines), 0),
                       "global"))
    replay->n_lines++;
}

static void
message_cb (const char *text, const char *file, int line, gpointer user_data)
{
  Replay *replay = user_data;

  skip_other_loggers (replay);
  g_assert_cmpuint (replay->n_lines, <, json_array_get_length (replay->log));
  g_assert_cmpstr (text, ==,
                   json_array_get_string_element (
                       json_array_get_array_element (replay->log, replay->n_lines), 2));
  replay->n_lines++;
}

static void
scalar_cb (const char *name, double value, guint64 step, gpointer user_data)
{
  Replay *replay = user_data;

  g_hash_table_add (replay->scalar_names, g_strdup (name));
  if (replay->n_scalars < json_array_get_length (replay->first_scalars))
    {
      JsonArray *row = json_array_get_array_element (replay->first_scalars, replay->n_scalars);

      g_assert_cmpstr (name, ==, json_array_get_string_element (row, 0));
      assert_near (value, golden_number (json_array_get_element (row, 1)));
      g_assert_cmpuint (step, ==, (guint64) json_array_get_int_element (row, 2));
    }
  replay->n_scalars++;
}

/* The golden runs learn as the shipped experiment does. */
static SiambanConfig *
make_config (JsonObject *script)
{
  SiambanConfig *config = siamban_config_new ();
  g_autoptr (GVariant) normal = g_variant_ref_sink (
      g_variant_new_parsed ("{'start_lr': <0.005>, 'end_lr': <0.00005>}"));
  g_autoptr (GVariant) warmup = g_variant_ref_sink (
      g_variant_new_parsed ("{'start_lr': <0.001>, 'end_lr': <0.005>, 'step': <int64 1>}"));
  g_autoptr (GError) error = NULL;

  siamban_config_set_int (config, "TRAIN.EPOCH", json_object_get_int_member (script, "epochs"),
                          &error);
  g_assert_no_error (error);
  siamban_config_set_int (config, "TRAIN.START_EPOCH",
                          json_object_get_int_member (script, "start_epoch"), &error);
  g_assert_no_error (error);
  siamban_config_set_int (config, "TRAIN.LR_WARMUP.EPOCH",
                          json_object_get_int_member (script, "warmup_epochs"), &error);
  g_assert_no_error (error);
  siamban_config_set_kwargs (config, "TRAIN.LR.KWARGS", normal, &error);
  g_assert_no_error (error);
  siamban_config_set_kwargs (config, "TRAIN.LR_WARMUP.KWARGS", warmup, &error);
  g_assert_no_error (error);

  return config;
}

static SiambanOptimizer *
make_optimizer (JsonObject *script)
{
  g_autoptr (SiambanConfig) config = make_config (script);
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  g_autoptr (GError) error = NULL;
  SiambanOptimizer *optimizer;

  optimizer = siamban_optimizer_new (config, weights, &error);
  g_assert_no_error (error);

  return optimizer;
}

/* The tree that the original printed when the backbone was frozen, or when it was not. */
static const char *
find_model (Replay *replay, guint skip)
{
  for (guint i = 0; i < json_array_get_length (replay->log); i++)
    {
      const char *text = json_array_get_string_element (
          json_array_get_array_element (replay->log, i), 2);

      if (g_str_has_prefix (text, "model\n") && skip-- == 0)
        return text + strlen ("model\n");
    }

  g_assert_not_reached ();
}

static void
begin_epoch (SiambanTrainLog *log,
             SiambanOptimizer *optimizer,
             Replay *replay,
             guint epoch,
             guint64 step)
{
  if (json_object_get_int_member (replay->script, "train_epoch") == epoch)
    {
      _siamban_train_log_backbone_starts (log);
      _siamban_train_log_model (log, find_model (replay, 1));
    }
  siamban_optimizer_set_epoch (optimizer, epoch);
  _siamban_train_log_epoch (log, epoch);
  for (guint i = 0; i < siamban_optimizer_get_n_groups (optimizer); i++)
    _siamban_train_log_group_rate (log, epoch, i, siamban_optimizer_get_group_rate (optimizer, i),
                                   step);
}

static void
replay_iteration (SiambanTrainLog *log, Replay *replay, guint index, guint64 step)
{
  JsonArray *losses = json_array_get_array_element (
      json_object_get_array_member (replay->script, "losses"), index);
  const float cls_loss = (float) golden_number (json_array_get_element (losses, 0));
  const float loc_loss = (float) golden_number (json_array_get_element (losses, 1));

  _siamban_train_log_data_ready (log);
  _siamban_train_log_step_done (log, cls_loss, loc_loss, cls_loss + loc_loss, step);
}

/* In the first iteration of an epoch the original reuses the variable that counts iterations for
 * counting groups, so it reports the last group's index there. */
static guint64
reported_index (SiambanOptimizer *optimizer, guint index, gboolean epoch_began)
{
  return epoch_began ? siamban_optimizer_get_n_groups (optimizer) - 1 : index;
}

static void
replay_loop (Replay *replay, SiambanTrainLog *log, SiambanOptimizer *optimizer, guint n_per_epoch)
{
  const guint n_epochs = (guint) json_object_get_int_member (replay->script, "epochs");
  const guint start_epoch = (guint) json_object_get_int_member (replay->script, "start_epoch");
  const guint n_batches = (guint) json_object_get_int_member (replay->script, "batches_available");
  SiambanLrSchedule *schedule = siamban_optimizer_get_schedule (optimizer);
  guint n_consumed = 0;

  _siamban_train_log_begin (log);
  for (guint index = 0; index < n_batches; index++)
    {
      const guint epoch = index / n_per_epoch + start_epoch;
      const guint64 step = index + (guint64) start_epoch * n_per_epoch;
      const gboolean epoch_begins = index > 0 && index % n_per_epoch == 0;
      guint64 reported;

      if (epoch == n_epochs)
        break;
      if (epoch_begins)
        begin_epoch (log, optimizer, replay, epoch, step);

      replay_iteration (log, replay, index, step);
      reported = reported_index (optimizer, index, epoch_begins);
      _siamban_train_log_report (log, epoch, reported,
                                 reported + (guint64) start_epoch * n_per_epoch,
                                 siamban_lr_schedule_get_rate (schedule, epoch));
      _siamban_train_log_end (log);
      n_consumed++;
    }

  g_assert_cmpuint (n_consumed, ==,
                    (guint) json_object_get_int_member (replay->script, "batches_consumed"));
}

static void
check_scalars (Replay *replay)
{
  JsonArray *names = json_object_get_array_member (replay->script, "scalar_names");

  g_assert_cmpuint (replay->n_scalars, ==,
                    (guint) json_object_get_int_member (replay->script, "n_scalars"));
  g_assert_cmpuint (g_hash_table_size (replay->scalar_names), ==, json_array_get_length (names));
  for (guint i = 0; i < json_array_get_length (names); i++)
    g_assert_true (
        g_hash_table_contains (replay->scalar_names, json_array_get_string_element (names, i)));
}

static void
check_loop (JsonObject *script)
{
  Replay replay = {
    .script = script,
    .clock = json_object_get_array_member (script, "clock"),
    .now = 1000,
    .log = json_object_get_array_member (script, "log"),
    .first_scalars = json_object_get_array_member (script, "first_scalars"),
  };
  const guint n_epochs = (guint) json_object_get_int_member (script, "epochs");
  const SiambanTrainLogOutlets outlets = { clock_cb, message_cb, scalar_cb, &replay };
  g_autoptr (GHashTable)
      scalar_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv)
      clock_words = g_strsplit (json_object_get_string_member (script, "clock_times"), "\"", 3);
  g_autoptr (SiambanOptimizer) optimizer = make_optimizer (script);
  g_autoptr (SiambanTrainLog) log = NULL;
  g_autoptr (GError) error = NULL;
  SiambanTrainLogSettings settings = {
    .n_epochs = n_epochs,
    .print_freq = (guint) json_object_get_int_member (script, "print_freq"),
  };

  g_test_message ("%s", json_object_get_string_member (script, "name"));
  replay.clock_name = clock_words[1];
  replay.scalar_names = scalar_names;
  settings.n_per_epoch = _siamban_count_iterations (
      (guint64) json_object_get_int_member (script, "dataset_len"), n_epochs,
      (guint) json_object_get_int_member (script, "batch"), &error);
  log = _siamban_train_log_new (&settings, &outlets);
  _siamban_train_log_model (log, find_model (&replay, 0));

  if (!json_object_get_null_member (script, "error"))
    {
      g_assert_cmpuint (settings.n_per_epoch, ==, 0);
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
      return;
    }
  g_assert_no_error (error);

  replay_loop (&replay, log, optimizer, settings.n_per_epoch);
  skip_other_loggers (&replay);
  g_assert_cmpuint (replay.n_lines, ==, json_array_get_length (replay.log));
  check_scalars (&replay);
}

static void
test_loops (void)
{
  g_autoptr (Golden) golden = golden_load ("logtext");
  JsonArray *loops = json_object_get_array_member (golden->root, "train_loops");

  g_assert_cmpuint (json_array_get_length (loops), >, 0);
  for (guint i = 0; i < json_array_get_length (loops); i++)
    check_loop (json_array_get_object_element (loops, i));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/logtext/meters", test_meters);
  g_test_add_func ("/logtext/missing-meter", test_missing_meter);
  g_test_add_func ("/logtext/meter-recovers", test_meter_recovers);
  g_test_add_func ("/logtext/progress", test_progress);
  g_test_add_func ("/logtext/python-floats", test_python_floats);
  g_test_add_func ("/logtext/loops", test_loops);

  return g_test_run ();
}
