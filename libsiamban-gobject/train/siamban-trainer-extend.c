/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-error.h"
#include "siamban-table-schedule.h"
#include "siamban-trainer-private.h"

/**
 * siamban_trainer_set_schedule:
 * @self: a trainer that has not run yet
 * @schedule: the learning rate as a function of the epoch, for `TRAIN.EPOCH` epochs
 * @error: return location for an error
 *
 * Sets the learning rates, instead of those of `TRAIN.LR` and `TRAIN.LR_WARMUP`.
 *
 * The schedule is asked for every epoch by this call, in the thread of the caller, and never again: a class
 * of a script may be one. A run that goes on needs it again.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if @schedule is for another number of epochs, or a rate is
 * negative or not finite.
 *
 * Returns: %TRUE if the schedule was set
 *
 * Since: 0.1
 */
gboolean
siamban_trainer_set_schedule (SiambanTrainer *self, SiambanLrSchedule *schedule, GError **error)
{
  g_autoptr (SiambanLrSchedule) table = NULL;
  g_autofree double *rates = NULL;
  guint n_epochs;

  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), FALSE);
  g_return_val_if_fail (SIAMBAN_IS_LR_SCHEDULE (schedule), FALSE);
  g_return_val_if_fail (self->state == SIAMBAN_TRAINER_IDLE, FALSE);

  n_epochs = siamban_lr_schedule_get_n_epochs (schedule);
  if (n_epochs != siamban_config_get_int (self->config, "TRAIN.EPOCH"))
    {
      g_set_error (
          error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
          "The schedule is for %u epochs; expected TRAIN.EPOCH, which is %" G_GINT64_FORMAT,
          n_epochs, siamban_config_get_int (self->config, "TRAIN.EPOCH"));
      return FALSE;
    }

  rates = g_new (double, n_epochs);
  for (guint i = 0; i < n_epochs; i++)
    rates[i] = siamban_lr_schedule_get_rate (schedule, i);
  table = siamban_table_schedule_new (rates, n_epochs,
                                      siamban_lr_schedule_get_start_rate (schedule), error);
  if (table == NULL)
    return FALSE;
  g_set_object (&self->schedule, table);

  return TRUE;
}

/**
 * siamban_trainer_insert_stage:
 * @self: a trainer that has not run yet
 * @stage: a stage
 * @after: the stage that it comes after; see [method@Dataset.insert_stage]
 * @error: return location for an error
 *
 * Inserts a stage into the augmentation of what is trained on.
 *
 * In which thread it is called is told by [class@AugmentationStage]. A run that goes on needs it again.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if there is no stage @after.
 *
 * Returns: %TRUE if the stage was inserted
 *
 * Since: 0.1
 */
gboolean
siamban_trainer_insert_stage (SiambanTrainer *self,
                              SiambanAugmentationStage *stage,
                              const char *after,
                              GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), FALSE);
  g_return_val_if_fail (SIAMBAN_IS_AUGMENTATION_STAGE (stage), FALSE);
  g_return_val_if_fail (after != NULL, FALSE);
  g_return_val_if_fail (self->state == SIAMBAN_TRAINER_IDLE, FALSE);

  if (self->stages == NULL)
    self->stages = _siamban_stage_list_new ();

  return _siamban_stage_list_insert (self->stages, stage, after, error);
}

gboolean
_siamban_trainer_check_threads (SiambanTrainer *self, GError **error)
{
  if (self->stages == NULL || !_siamban_stage_list_is_bound (self->stages) ||
      g_list_model_get_n_items (self->devices) == 1)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
               "A stage of the augmentation must be called in this thread, which is busy while it "
               "trains on several devices: use siamban_trainer_run_async()");

  return FALSE;
}
