/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-train-log-private.h"

#include <math.h>

#include "siamban-error.h"
#include "siamban-meters.h"
#include "siamban-python-text-private.h"

#define SECONDS_PER_DAY 86400.0
#define SECONDS_PER_HOUR 3600.0
#define SECONDS_PER_MINUTE 60.0

enum
{
  METER_BATCH_TIME,
  METER_DATA_TIME,
  METER_CLS_LOSS,
  METER_LOC_LOSS,
  METER_TOTAL_LOSS,
  N_METERS,
  METER_COMMUNICATION_TIME = N_METERS, /* only of several replicas */
  N_ALL_METERS,
};

static const char *const meter_names[N_ALL_METERS] = {
  [METER_BATCH_TIME] = "batch_time", [METER_DATA_TIME] = "data_time",
  [METER_CLS_LOSS] = "cls_loss",     [METER_LOC_LOSS] = "loc_loss",
  [METER_TOTAL_LOSS] = "total_loss", [METER_COMMUNICATION_TIME] = "communication_time",
};

struct _SiambanTrainLog
{
  SiambanTrainLogSettings settings;
  SiambanTrainLogOutlets outlets;
  SiambanMeters *meters;
  double last_end; /* when the iteration before ended */
  double data_time;
};

SiambanTrainLog *
_siamban_train_log_new (const SiambanTrainLogSettings *settings,
                        const SiambanTrainLogOutlets *outlets)
{
  SiambanTrainLog *self = g_new0 (SiambanTrainLog, 1);

  self->settings = *settings;
  self->outlets = *outlets;
  self->meters = siamban_meters_new (SIAMBAN_TRAIN_LOG_WINDOW);

  return self;
}

void
_siamban_train_log_free (SiambanTrainLog *self)
{
  g_clear_object (&self->meters);
  g_free (self);
}

void
_siamban_train_log_write (SiambanTrainLog *self, const char *file, int line, const char *text)
{
  self->outlets.message (text, file, line, self->outlets.user_data);
}

void
_siamban_train_log_printf (SiambanTrainLog *self,
                           const char *file,
                           int line,
                           const char *format,
                           ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  _siamban_train_log_write (self, file, line, text);
}

void
_siamban_train_log_model (SiambanTrainLog *self, const char *description)
{
  _siamban_train_log_line (self, "model\n%s", description);
}

void
_siamban_train_log_backbone_starts (SiambanTrainLog *self)
{
  _siamban_train_log_line (self, "start training backbone.");
}

void
_siamban_train_log_epoch (SiambanTrainLog *self, guint epoch)
{
  _siamban_train_log_line (self, "epoch: %u", epoch + 1);
}

static void
write_scalar (SiambanTrainLog *self, const char *name, double value, guint64 step)
{
  self->outlets.scalar (name, value, step, self->outlets.user_data);
}

void
_siamban_train_log_group_rate (SiambanTrainLog *self,
                               guint epoch,
                               guint group,
                               double rate,
                               guint64 step)
{
  g_autofree char *name = g_strdup_printf ("lr/group%u", group + 1);
  g_autoptr (GString) text = g_string_new (NULL);

  _siamban_append_python_float (text, rate);
  _siamban_train_log_line (self, "epoch %u lr %s", epoch + 1, text->str);
  write_scalar (self, name, rate, step);
}

static double
now (SiambanTrainLog *self)
{
  return self->outlets.clock (self->outlets.user_data);
}

void
_siamban_train_log_begin (SiambanTrainLog *self)
{
  self->last_end = now (self);
}

double
_siamban_train_log_data_ready (SiambanTrainLog *self)
{
  self->data_time = now (self) - self->last_end;

  return self->data_time;
}

double
_siamban_train_log_more_data (SiambanTrainLog *self, double seconds)
{
  self->data_time += seconds;

  return self->data_time;
}

void
_siamban_train_log_communication (SiambanTrainLog *self, double seconds, guint64 step)
{
  const char *name = meter_names[METER_COMMUNICATION_TIME];

  siamban_meters_update (self->meters, name, seconds, 1);
  write_scalar (self, name, seconds, step);
}

double
_siamban_train_log_step_done (SiambanTrainLog *self,
                              double cls_loss,
                              double loc_loss,
                              double total_loss,
                              guint64 step)
{
  const double batch_time = now (self) - self->last_end;
  const double values[N_METERS] = {
    [METER_BATCH_TIME] = batch_time, [METER_DATA_TIME] = self->data_time,
    [METER_CLS_LOSS] = cls_loss,     [METER_LOC_LOSS] = loc_loss,
    [METER_TOTAL_LOSS] = total_loss,
  };

  write_scalar (self, "time/data", self->data_time, step);
  for (guint i = 0; i < N_METERS; i++)
    {
      siamban_meters_update (self->meters, meter_names[i], values[i], 1);
      write_scalar (self, meter_names[i], values[i], step);
    }

  return batch_time;
}

void
_siamban_train_log_recall (SiambanTrainLog *self, const SiambanIteration *iteration)
{
  siamban_meters_update (self->meters, meter_names[METER_BATCH_TIME], iteration->batch_time, 1);
  siamban_meters_update (self->meters, meter_names[METER_DATA_TIME], iteration->data_time, 1);
  siamban_meters_update (self->meters, meter_names[METER_CLS_LOSS], iteration->cls_loss, 1);
  siamban_meters_update (self->meters, meter_names[METER_LOC_LOSS], iteration->loc_loss, 1);
  siamban_meters_update (self->meters, meter_names[METER_TOTAL_LOSS], iteration->total_loss, 1);
  if (self->settings.n_ranks > 1)
    siamban_meters_update (self->meters, meter_names[METER_COMMUNICATION_TIME],
                           iteration->communication_time, 1);
}

static void
append_meters (SiambanTrainLog *self, GString *text)
{
  const guint n = self->settings.n_ranks > 1 ? N_ALL_METERS : N_METERS;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *meter = siamban_meters_format (self->meters, meter_names[i]);

      g_string_append_printf (text, i % 2 == 0 ? "\t%s\t" : "%s\n", meter);
    }
}

/* @index_in_run counts from the first iteration of the first epoch of this run. */
void
_siamban_train_log_report (SiambanTrainLog *self,
                           guint epoch,
                           guint64 index_in_run,
                           guint64 step,
                           double rate)
{
  const guint n_per_epoch = self->settings.n_per_epoch;
  g_autoptr (GString) text = NULL;
  g_autofree char *progress = NULL;

  if ((index_in_run + 1) % self->settings.print_freq != 0)
    return;

  text = g_string_new (NULL);
  g_string_printf (text, "Epoch: [%u][%u/%u] lr: ", epoch + 1,
                   (guint) ((index_in_run + 1) % n_per_epoch), n_per_epoch);
  _siamban_append_python_fixed (text, rate, 6);
  g_string_append_c (text, '\n');
  append_meters (self, text);
  _siamban_train_log_write (self, __FILE__, __LINE__, text->str);

  progress = _siamban_format_progress ((gint64) step + 1, _siamban_train_log_get_speed (self),
                                       (gint64) self->settings.n_epochs * n_per_epoch);
  _siamban_train_log_write (self, __FILE__, __LINE__, progress);
}

void
_siamban_train_log_end (SiambanTrainLog *self)
{
  self->last_end = now (self);
}

double
_siamban_train_log_get_speed (SiambanTrainLog *self)
{
  return siamban_meters_get_average (self->meters, meter_names[METER_BATCH_TIME]);
}

double
_siamban_train_log_get_loss (SiambanTrainLog *self)
{
  return siamban_meters_get_average (self->meters, meter_names[METER_TOTAL_LOSS]);
}

char *
_siamban_format_progress (gint64 index, double seconds, gint64 n)
{
  const double remaining = (double) (n - index) * seconds;
  const double days = floor (remaining / SECONDS_PER_DAY);
  const double hours = floor (remaining / SECONDS_PER_HOUR - days * 24);
  const double minutes = floor (remaining / SECONDS_PER_MINUTE - days * 1440 - hours * 60);
  const double percent = n != 0 ? (double) index / (double) n * 100 : 100;
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text,
                   "Progress: %" G_GINT64_FORMAT " / %" G_GINT64_FORMAT " [%d%%], Speed: ", index,
                   n, (int) percent);
  _siamban_append_python_fixed (text, seconds, 3);
  if (isfinite (remaining))
    g_string_append_printf (text, " s/iter, ETA %.0f:%02d:%02d (D:H:M)\n", days, (int) hours,
                            (int) minutes);
  else
    g_string_append (text, " s/iter, ETA unknown\n");

  return g_string_free (g_steal_pointer (&text), FALSE);
}

guint
_siamban_count_iterations (guint64 n_samples, guint n_epochs, guint n_per_iteration, GError **error)
{
  const guint64 n = n_samples / n_epochs / n_per_iteration;

  if (n > 0 && n <= G_MAXUINT)
    return (guint) n;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
               "DATASET.VIDEOS_PER_EPOCH gives an epoch %" G_GUINT64_FORMAT
               " samples: expected at least %u for a batch of TRAIN.BATCH_SIZE",
               n_samples / n_epochs, n_per_iteration);

  return 0;
}
