/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-linear-schedule.h"

#include <math.h>

/**
 * SiambanLinearSchedule:
 *
 * A learning rate that falls by the same amount from each epoch to the next.
 *
 * Source: `siamban/utils/lr_scheduler.py`, class `LinearStepScheduler`.
 *
 * Since: 0.1
 */
struct _SiambanLinearSchedule
{
  SiambanLrSchedule parent_instance;

  double start_rate;
  double end_rate;
};

G_DEFINE_FINAL_TYPE (SiambanLinearSchedule, siamban_linear_schedule, SIAMBAN_TYPE_LR_SCHEDULE)

static double
siamban_linear_schedule_get_rate (SiambanLrSchedule *schedule, guint epoch)
{
  SiambanLinearSchedule *self = SIAMBAN_LINEAR_SCHEDULE (schedule);
  const guint n_epochs = siamban_lr_schedule_get_n_epochs (schedule);

  if (epoch == 0)
    return self->start_rate;
  if (epoch == n_epochs - 1)
    return self->end_rate;

  return self->start_rate + epoch * ((self->end_rate - self->start_rate) / (n_epochs - 1));
}

static double
siamban_linear_schedule_get_start_rate (SiambanLrSchedule *schedule)
{
  return SIAMBAN_LINEAR_SCHEDULE (schedule)->start_rate;
}

static void
siamban_linear_schedule_class_init (SiambanLinearScheduleClass *klass)
{
  SiambanLrScheduleClass *schedule_class = SIAMBAN_LR_SCHEDULE_CLASS (klass);

  schedule_class->get_rate = siamban_linear_schedule_get_rate;
  schedule_class->get_start_rate = siamban_linear_schedule_get_start_rate;
}

static void
siamban_linear_schedule_init (SiambanLinearSchedule *self)
{
}

/**
 * siamban_linear_schedule_new:
 * @n_epochs: for how many epochs, at least 1
 * @start_rate: the rate of the first epoch
 * @end_rate: the rate of the last epoch
 *
 * Makes a schedule that is a straight line from @start_rate to @end_rate.
 *
 * Returns: (transfer full) (type SiambanLinearSchedule): a new schedule
 *
 * Since: 0.1
 */
SiambanLrSchedule *
siamban_linear_schedule_new (guint n_epochs, double start_rate, double end_rate)
{
  SiambanLinearSchedule *self;

  g_return_val_if_fail (n_epochs > 0, NULL);

  self = g_object_new (SIAMBAN_TYPE_LINEAR_SCHEDULE, "n-epochs", n_epochs, NULL);
  self->start_rate = start_rate;
  self->end_rate = end_rate;

  return SIAMBAN_LR_SCHEDULE (self);
}
