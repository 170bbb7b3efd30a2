/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-step-schedule.h"

#include <math.h>

#include "siamban-error.h"

/**
 * SiambanStepSchedule:
 *
 * A learning rate that is multiplied by a factor every few epochs.
 *
 * Source: `siamban/utils/lr_scheduler.py`, class `StepScheduler`.
 *
 * Since: 0.1
 */
struct _SiambanStepSchedule
{
  SiambanLrSchedule parent_instance;

  double start_rate;
  double factor;
  guint step;
};

G_DEFINE_FINAL_TYPE (SiambanStepSchedule, siamban_step_schedule, SIAMBAN_TYPE_LR_SCHEDULE)

static double
siamban_step_schedule_get_rate (SiambanLrSchedule *schedule, guint epoch)
{
  SiambanStepSchedule *self = SIAMBAN_STEP_SCHEDULE (schedule);

  return self->start_rate * pow (self->factor, epoch / self->step);
}

static double
siamban_step_schedule_get_start_rate (SiambanLrSchedule *schedule)
{
  return SIAMBAN_STEP_SCHEDULE (schedule)->start_rate;
}

static void
siamban_step_schedule_class_init (SiambanStepScheduleClass *klass)
{
  SiambanLrScheduleClass *schedule_class = SIAMBAN_LR_SCHEDULE_CLASS (klass);

  schedule_class->get_rate = siamban_step_schedule_get_rate;
  schedule_class->get_start_rate = siamban_step_schedule_get_start_rate;
}

static void
siamban_step_schedule_init (SiambanStepSchedule *self)
{
}

/**
 * siamban_step_schedule_new:
 * @n_epochs: for how many epochs, at least 1
 * @start_rate: the rate of the first epochs; NaN: whatever leads to @end_rate by @factor
 * @end_rate: the rate that a further step after the last whole one reaches; NaN: whatever @factor
 *   leads to
 * @step: after how many epochs the rate changes, at least 1
 * @factor: by what; with both rates given it follows from them and is ignored
 * @error: return location for an error
 *
 * Makes a schedule that changes the rate every @step epochs.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if both rates are given and there is no step between
 * them, because @step is longer than @n_epochs, and if neither is.
 *
 * Returns: (transfer full) (type SiambanStepSchedule): a new schedule
 *
 * Since: 0.1
 */
SiambanLrSchedule *
siamban_step_schedule_new (guint n_epochs,
                           double start_rate,
                           double end_rate,
                           guint step,
                           double factor,
                           GError **error)
{
  SiambanStepSchedule *self;
  guint n_steps;

  g_return_val_if_fail (n_epochs > 0, NULL);
  g_return_val_if_fail (step > 0, NULL);

  n_steps = n_epochs / step;
  if (isnan (start_rate) && isnan (end_rate))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "A step schedule needs start_lr or end_lr");
      return NULL;
    }
  if (!isnan (start_rate) && !isnan (end_rate) && n_steps == 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "A step of %u epochs cannot lead from start_lr to end_lr in %u epochs: expected "
                   "at most %u",
                   step, n_epochs, n_epochs);
      return NULL;
    }

  if (isnan (start_rate))
    start_rate = end_rate / pow (factor, n_steps);
  else if (!isnan (end_rate))
    factor = pow (end_rate / start_rate, 1.0 / n_steps);

  self = g_object_new (SIAMBAN_TYPE_STEP_SCHEDULE, "n-epochs", n_epochs, NULL);
  self->start_rate = start_rate;
  self->factor = factor;
  self->step = step;

  return SIAMBAN_LR_SCHEDULE (self);
}
