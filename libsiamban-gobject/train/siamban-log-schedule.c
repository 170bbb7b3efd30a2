/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-log-schedule.h"

#include <math.h>

/**
 * SiambanLogSchedule:
 *
 * A learning rate that shrinks by the same factor from each epoch to the next.
 *
 * Source: `siamban/utils/lr_scheduler.py`, class `LogScheduler`.
 *
 * Since: 0.1
 */
struct _SiambanLogSchedule
{
  SiambanLrSchedule parent_instance;

  double start_rate;
  double end_rate;
};

G_DEFINE_FINAL_TYPE (SiambanLogSchedule, siamban_log_schedule, SIAMBAN_TYPE_LR_SCHEDULE)

/* numpy's logspace(): the exponent of ten goes evenly from one end to the other. */
static double
siamban_log_schedule_get_rate (SiambanLrSchedule *schedule, guint epoch)
{
  SiambanLogSchedule *self = SIAMBAN_LOG_SCHEDULE (schedule);
  const guint n_epochs = siamban_lr_schedule_get_n_epochs (schedule);
  const double start = log10 (self->start_rate);
  const double end = log10 (self->end_rate);

  if (epoch > 0 && epoch == n_epochs - 1)
    return pow (10, end);

  return pow (10, n_epochs > 1 ? start + epoch * ((end - start) / (n_epochs - 1)) : start);
}

static double
siamban_log_schedule_get_start_rate (SiambanLrSchedule *schedule)
{
  return SIAMBAN_LOG_SCHEDULE (schedule)->start_rate;
}

static void
siamban_log_schedule_class_init (SiambanLogScheduleClass *klass)
{
  SiambanLrScheduleClass *schedule_class = SIAMBAN_LR_SCHEDULE_CLASS (klass);

  schedule_class->get_rate = siamban_log_schedule_get_rate;
  schedule_class->get_start_rate = siamban_log_schedule_get_start_rate;
}

static void
siamban_log_schedule_init (SiambanLogSchedule *self)
{
}

/**
 * siamban_log_schedule_new:
 * @n_epochs: for how many epochs, at least 1
 * @start_rate: the rate of the first epoch, above 0
 * @end_rate: the rate of the last epoch, above 0
 *
 * Makes a schedule that is geometric from @start_rate to @end_rate.
 *
 * Returns: (transfer full) (type SiambanLogSchedule): a new schedule
 *
 * Since: 0.1
 */
SiambanLrSchedule *
siamban_log_schedule_new (guint n_epochs, double start_rate, double end_rate)
{
  SiambanLogSchedule *self;

  g_return_val_if_fail (n_epochs > 0, NULL);

  self = g_object_new (SIAMBAN_TYPE_LOG_SCHEDULE, "n-epochs", n_epochs, NULL);
  self->start_rate = start_rate;
  self->end_rate = end_rate;

  return SIAMBAN_LR_SCHEDULE (self);
}
