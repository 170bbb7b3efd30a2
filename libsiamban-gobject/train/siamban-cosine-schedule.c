/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cosine-schedule.h"

#include <math.h>

/**
 * SiambanCosineSchedule:
 *
 * A learning rate that falls along half a cosine: slowly, then fast, then slowly.
 *
 * The end is approached, not reached: it would be the rate of the epoch after the last.
 *
 * Source: `siamban/utils/lr_scheduler.py`, class `CosStepScheduler`.
 *
 * Since: 0.1
 */
struct _SiambanCosineSchedule
{
  SiambanLrSchedule parent_instance;

  double start_rate;
  double end_rate;
};

G_DEFINE_FINAL_TYPE (SiambanCosineSchedule, siamban_cosine_schedule, SIAMBAN_TYPE_LR_SCHEDULE)

/* In single precision, as the original computes it: its rates are float32. */
static double
siamban_cosine_schedule_get_rate (SiambanLrSchedule *schedule, guint epoch)
{
  SiambanCosineSchedule *self = SIAMBAN_COSINE_SCHEDULE (schedule);
  const float n_epochs = (float) siamban_lr_schedule_get_n_epochs (schedule);
  const float angle = (float) epoch * (float) G_PI / n_epochs;
  const float range = (float) (self->start_rate - self->end_rate);

  return (float) self->end_rate + range * (1.0f + cosf (angle)) * 0.5f;
}

static double
siamban_cosine_schedule_get_start_rate (SiambanLrSchedule *schedule)
{
  return SIAMBAN_COSINE_SCHEDULE (schedule)->start_rate;
}

static void
siamban_cosine_schedule_class_init (SiambanCosineScheduleClass *klass)
{
  SiambanLrScheduleClass *schedule_class = SIAMBAN_LR_SCHEDULE_CLASS (klass);

  schedule_class->get_rate = siamban_cosine_schedule_get_rate;
  schedule_class->get_start_rate = siamban_cosine_schedule_get_start_rate;
}

static void
siamban_cosine_schedule_init (SiambanCosineSchedule *self)
{
}

/**
 * siamban_cosine_schedule_new:
 * @n_epochs: for how many epochs, at least 1
 * @start_rate: the rate of the first epoch
 * @end_rate: the rate that the last epochs approach
 *
 * Makes a schedule that falls from @start_rate towards @end_rate.
 *
 * Returns: (transfer full) (type SiambanCosineSchedule): a new schedule
 *
 * Since: 0.1
 */
SiambanLrSchedule *
siamban_cosine_schedule_new (guint n_epochs, double start_rate, double end_rate)
{
  SiambanCosineSchedule *self;

  g_return_val_if_fail (n_epochs > 0, NULL);

  self = g_object_new (SIAMBAN_TYPE_COSINE_SCHEDULE, "n-epochs", n_epochs, NULL);
  self->start_rate = start_rate;
  self->end_rate = end_rate;

  return SIAMBAN_LR_SCHEDULE (self);
}
