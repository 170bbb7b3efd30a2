/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-multi-step-schedule.h"

#include <math.h>

#include "siamban-error.h"

/**
 * SiambanMultiStepSchedule:
 *
 * A learning rate that is multiplied by a factor at given epochs.
 *
 * Source: `siamban/utils/lr_scheduler.py`, class `MultiStepScheduler`.
 *
 * Since: 0.1
 */
struct _SiambanMultiStepSchedule
{
  SiambanLrSchedule parent_instance;

  double start_rate;
  double factor;
  gint64 *steps;
  gsize n_steps;
};

G_DEFINE_FINAL_TYPE (SiambanMultiStepSchedule,
                     siamban_multi_step_schedule,
                     SIAMBAN_TYPE_LR_SCHEDULE)

static gboolean
is_step (SiambanMultiStepSchedule *self, guint epoch)
{
  for (gsize i = 0; i < self->n_steps; i++)
    if (self->steps[i] == epoch)
      return TRUE;

  return FALSE;
}

/* The original keeps these rates in single precision. */
static double
siamban_multi_step_schedule_get_rate (SiambanLrSchedule *schedule, guint epoch)
{
  SiambanMultiStepSchedule *self = SIAMBAN_MULTI_STEP_SCHEDULE (schedule);
  double rate = self->start_rate;

  for (guint i = 1; i <= epoch; i++)
    if (is_step (self, i))
      rate *= self->factor;

  return (float) rate;
}

static double
siamban_multi_step_schedule_get_start_rate (SiambanLrSchedule *schedule)
{
  return SIAMBAN_MULTI_STEP_SCHEDULE (schedule)->start_rate;
}

static void
siamban_multi_step_schedule_finalize (GObject *object)
{
  g_free (SIAMBAN_MULTI_STEP_SCHEDULE (object)->steps);

  G_OBJECT_CLASS (siamban_multi_step_schedule_parent_class)->finalize (object);
}

static void
siamban_multi_step_schedule_class_init (SiambanMultiStepScheduleClass *klass)
{
  SiambanLrScheduleClass *schedule_class = SIAMBAN_LR_SCHEDULE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = siamban_multi_step_schedule_finalize;
  schedule_class->get_rate = siamban_multi_step_schedule_get_rate;
  schedule_class->get_start_rate = siamban_multi_step_schedule_get_start_rate;
}

static void
siamban_multi_step_schedule_init (SiambanMultiStepSchedule *self)
{
}

/**
 * siamban_multi_step_schedule_new:
 * @n_epochs: for how many epochs, at least 1
 * @start_rate: the rate of the first epoch; NaN: whatever leads to @end_rate by @factor
 * @end_rate: the rate after the last step; NaN: whatever @factor leads to
 * @steps: (array length=n_steps) (nullable): the epochs at which the rate changes, from 1
 * @n_steps: how many
 * @factor: by what; with both rates given it follows from them and is ignored
 * @error: return location for an error
 *
 * Makes a schedule that changes the rate at some epochs.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if both rates are given and @steps is empty, and if
 * neither rate is given.
 *
 * Returns: (transfer full) (type SiambanMultiStepSchedule): a new schedule
 *
 * Since: 0.1
 */
SiambanLrSchedule *
siamban_multi_step_schedule_new (guint n_epochs,
                                 double start_rate,
                                 double end_rate,
                                 const gint64 *steps,
                                 gsize n_steps,
                                 double factor,
                                 GError **error)
{
  SiambanMultiStepSchedule *self;

  g_return_val_if_fail (n_epochs > 0, NULL);
  g_return_val_if_fail (n_steps == 0 || steps != NULL, NULL);

  if (isnan (start_rate) && isnan (end_rate))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "A multi-step schedule needs start_lr or end_lr");
      return NULL;
    }
  if (!isnan (start_rate) && !isnan (end_rate) && n_steps == 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "A multi-step schedule without steps cannot lead from start_lr to end_lr: "
                   "expected steps, a list of epochs");
      return NULL;
    }

  if (isnan (start_rate))
    start_rate = end_rate / pow (factor, n_steps);
  else if (!isnan (end_rate))
    factor = pow (end_rate / start_rate, 1.0 / n_steps);

  self = g_object_new (SIAMBAN_TYPE_MULTI_STEP_SCHEDULE, "n-epochs", n_epochs, NULL);
  self->start_rate = start_rate;
  self->factor = factor;
  self->steps = g_memdup2 (steps, n_steps * sizeof *steps);
  self->n_steps = n_steps;

  return SIAMBAN_LR_SCHEDULE (self);
}
