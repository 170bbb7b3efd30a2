/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-warmup-schedule.h"

/**
 * SiambanWarmupSchedule:
 *
 * One schedule after another: a few epochs to warm up, then the normal ones.
 *
 * The rates of groups are relative to the first rate after the warm-up.
 *
 * Source: `siamban/utils/lr_scheduler.py`, class `WarmUPScheduler`.
 *
 * Since: 0.1
 */
struct _SiambanWarmupSchedule
{
  SiambanLrSchedule parent_instance;

  SiambanLrSchedule *warmup;
  SiambanLrSchedule *normal;
};

G_DEFINE_FINAL_TYPE (SiambanWarmupSchedule, siamban_warmup_schedule, SIAMBAN_TYPE_LR_SCHEDULE)

static double
siamban_warmup_schedule_get_rate (SiambanLrSchedule *schedule, guint epoch)
{
  SiambanWarmupSchedule *self = SIAMBAN_WARMUP_SCHEDULE (schedule);
  const guint n_warmup = siamban_lr_schedule_get_n_epochs (self->warmup);

  return epoch < n_warmup ? siamban_lr_schedule_get_rate (self->warmup, epoch)
                          : siamban_lr_schedule_get_rate (self->normal, epoch - n_warmup);
}

static double
siamban_warmup_schedule_get_start_rate (SiambanLrSchedule *schedule)
{
  return siamban_lr_schedule_get_rate (SIAMBAN_WARMUP_SCHEDULE (schedule)->normal, 0);
}

static void
siamban_warmup_schedule_finalize (GObject *object)
{
  SiambanWarmupSchedule *self = SIAMBAN_WARMUP_SCHEDULE (object);

  g_clear_object (&self->warmup);
  g_clear_object (&self->normal);

  G_OBJECT_CLASS (siamban_warmup_schedule_parent_class)->finalize (object);
}

static void
siamban_warmup_schedule_class_init (SiambanWarmupScheduleClass *klass)
{
  SiambanLrScheduleClass *schedule_class = SIAMBAN_LR_SCHEDULE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = siamban_warmup_schedule_finalize;
  schedule_class->get_rate = siamban_warmup_schedule_get_rate;
  schedule_class->get_start_rate = siamban_warmup_schedule_get_start_rate;
}

static void
siamban_warmup_schedule_init (SiambanWarmupSchedule *self)
{
}

/**
 * siamban_warmup_schedule_new:
 * @warmup: the rates of the first epochs
 * @normal: the rates after them
 *
 * Joins two schedules. Its number of epochs is the sum of theirs.
 *
 * Returns: (transfer full) (type SiambanWarmupSchedule): a new schedule
 *
 * Since: 0.1
 */
SiambanLrSchedule *
siamban_warmup_schedule_new (SiambanLrSchedule *warmup, SiambanLrSchedule *normal)
{
  SiambanWarmupSchedule *self;
  guint n_epochs;

  g_return_val_if_fail (SIAMBAN_IS_LR_SCHEDULE (warmup), NULL);
  g_return_val_if_fail (SIAMBAN_IS_LR_SCHEDULE (normal), NULL);

  n_epochs = siamban_lr_schedule_get_n_epochs (warmup) + siamban_lr_schedule_get_n_epochs (normal);
  self = g_object_new (SIAMBAN_TYPE_WARMUP_SCHEDULE, "n-epochs", n_epochs, NULL);
  self->warmup = g_object_ref (warmup);
  self->normal = g_object_ref (normal);

  return SIAMBAN_LR_SCHEDULE (self);
}
