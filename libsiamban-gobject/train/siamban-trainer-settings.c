/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-trainer-private.h"

/* What a trainer is told before it runs. */

#define ACCUMULATE "TRAIN.ACCUMULATE"
#define SCALE_LR "TRAIN.SCALE_LR"

static void
set_flag (SiambanTrainer *self, gboolean *flag, gboolean value, const char *property)
{
  if (*flag == !!value)
    return;

  *flag = !!value;
  g_object_notify (G_OBJECT (self), property);
}

/**
 * siamban_trainer_set_evaluation:
 * @self: a trainer that has not run yet
 * @n_epochs: after how many epochs to evaluate again, at least 1
 * @evaluate: (nullable) (scope notified) (closure user_data) (destroy destroy): judges the network, or
 *   %NULL for nothing
 * @user_data: data for @evaluate
 * @destroy: (nullable): frees @user_data
 *
 * Sets what judges the network in the course of the training, and after the last epoch; for instance by
 * [method@Validation.run].
 *
 * The measure is logged, as the scalar `val/measure` too, and with `TRAIN.KEEP_BEST` the best epoch is
 * the one of the highest measure. An evaluation that fails is logged, and the run goes on.
 *
 * Since: 0.1
 */
void
siamban_trainer_set_evaluation (SiambanTrainer *self,
                                guint n_epochs,
                                SiambanEvaluateFunc evaluate,
                                gpointer user_data,
                                GDestroyNotify destroy)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));
  g_return_if_fail (self->state == SIAMBAN_TRAINER_IDLE);
  g_return_if_fail (n_epochs > 0);

  if (self->evaluate_destroy)
    self->evaluate_destroy (self->evaluate_data);
  self->evaluate = evaluate;
  self->evaluate_data = user_data;
  self->evaluate_destroy = destroy;
  self->evaluate_epochs = n_epochs;
}

/**
 * siamban_trainer_get_accumulate: (get-property accumulate)
 * @self: a trainer
 *
 * Gets how many batches each device takes for one update.
 *
 * Returns: the number of batches, at least 1
 *
 * Since: 0.1
 */
guint
siamban_trainer_get_accumulate (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), 1);

  return (guint) siamban_config_get_int (self->config, ACCUMULATE);
}

/**
 * siamban_trainer_set_accumulate: (set-property accumulate)
 * @self: a trainer that has not run yet
 * @accumulate: the number of batches, from 1 to 4096
 *
 * Sets how many batches each device takes for one update, with the mean of their gradients.
 *
 * An iteration then takes that many times as many samples, and there are as many fewer of them. The
 * samples keep their order.
 *
 * Since: 0.1
 */
void
siamban_trainer_set_accumulate (SiambanTrainer *self, guint accumulate)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));
  g_return_if_fail (self->state == SIAMBAN_TRAINER_IDLE);
  g_return_if_fail (accumulate >= 1 && accumulate <= MAX_ACCUMULATE);

  if (siamban_trainer_get_accumulate (self) == accumulate)
    return;

  siamban_config_set_int (self->config, ACCUMULATE, accumulate, NULL);
  g_object_notify (G_OBJECT (self), "accumulate");
}

/**
 * siamban_trainer_get_scale_lr: (get-property scale-lr)
 * @self: a trainer
 *
 * Gets whether the learning rates are scaled with the samples of an iteration.
 *
 * Returns: %TRUE if they are
 *
 * Since: 0.1
 */
gboolean
siamban_trainer_get_scale_lr (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), FALSE);

  return siamban_config_get_boolean (self->config, SCALE_LR);
}

/**
 * siamban_trainer_set_scale_lr: (set-property scale-lr)
 * @self: a trainer that has not run yet
 * @scale_lr: whether to multiply all learning rates by the samples of an iteration over
 *   `TRAIN.LR_BATCH`
 *
 * Sets whether the learning rates are scaled with the samples of an iteration, on all devices together.
 *
 * With `TRAIN.GRAD_REDUCE: sum` those of one device count: the sum scales the step already.
 *
 * Since: 0.1
 */
void
siamban_trainer_set_scale_lr (SiambanTrainer *self, gboolean scale_lr)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));
  g_return_if_fail (self->state == SIAMBAN_TRAINER_IDLE);

  if (siamban_trainer_get_scale_lr (self) == !!scale_lr)
    return;

  siamban_config_set_boolean (self->config, SCALE_LR, scale_lr, NULL);
  g_object_notify (G_OBJECT (self), "scale-lr");
}

/**
 * siamban_trainer_get_pause_after_skips: (get-property pause-after-skips)
 * @self: a trainer
 *
 * Gets whether the run pauses after skipped updates, instead of ending.
 *
 * Returns: %TRUE if it does
 *
 * Since: 0.1
 */
gboolean
siamban_trainer_get_pause_after_skips (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), FALSE);

  return self->pause_after_skips;
}

/**
 * siamban_trainer_set_pause_after_skips: (set-property pause-after-skips)
 * @self: a trainer that has not run yet
 * @pause_after_skips: whether to pause after `TRAIN.MAX_SKIPPED_UPDATES` skipped updates in a row
 *
 * Sets whether the run pauses after skipped updates, instead of ending.
 *
 * Since: 0.1
 */
void
siamban_trainer_set_pause_after_skips (SiambanTrainer *self, gboolean pause_after_skips)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));
  g_return_if_fail (self->state == SIAMBAN_TRAINER_IDLE);

  set_flag (self, &self->pause_after_skips, pause_after_skips, "pause-after-skips");
}

/**
 * siamban_trainer_get_preflight: (get-property preflight)
 * @self: a trainer
 *
 * Gets whether there is a pre-flight check.
 *
 * Returns: %TRUE if they are
 *
 * Since: 0.1
 */
gboolean
siamban_trainer_get_preflight (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), FALSE);

  return self->preflight;
}

/**
 * siamban_trainer_set_preflight: (set-property preflight)
 * @self: a trainer that has not run yet
 * @preflight: whether to plan all phases before anything is trained
 *
 * Sets whether there is a pre-flight check.
 *
 * Since: 0.1
 */
void
siamban_trainer_set_preflight (SiambanTrainer *self, gboolean preflight)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));
  g_return_if_fail (self->state == SIAMBAN_TRAINER_IDLE);

  set_flag (self, &self->preflight, preflight, "preflight");
}

/**
 * siamban_trainer_get_dry_steps: (get-property dry-steps)
 * @self: a trainer
 *
 * Gets whether the pre-flight check takes a dry step of each phase on the processor, too.
 *
 * Returns: %TRUE if it does
 *
 * Since: 0.1
 */
gboolean
siamban_trainer_get_dry_steps (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), FALSE);

  return self->dry_steps;
}

/**
 * siamban_trainer_set_dry_steps: (set-property dry-steps)
 * @self: a trainer that has not run yet
 * @dry_steps: whether to take a dry step of each phase, whatever the device
 *
 * Sets whether the pre-flight check takes a dry step of each phase on the processor, too.
 *
 * Since: 0.1
 */
void
siamban_trainer_set_dry_steps (SiambanTrainer *self, gboolean dry_steps)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));
  g_return_if_fail (self->state == SIAMBAN_TRAINER_IDLE);

  set_flag (self, &self->dry_steps, dry_steps, "dry-steps");
}

/**
 * siamban_trainer_get_accept_changes: (get-property accept-changes)
 * @self: a trainer
 *
 * Gets whether a run that is resumed may go on with another configuration or other data.
 *
 * Returns: %TRUE if it may
 *
 * Since: 0.1
 */
gboolean
siamban_trainer_get_accept_changes (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), FALSE);

  return self->accept_changes;
}

/**
 * siamban_trainer_set_accept_changes: (set-property accept-changes)
 * @self: a trainer that has not run yet
 * @accept_changes: whether to go on with what changed
 *
 * Sets whether a run that is resumed may go on with another configuration or other data.
 *
 * The number of workers, the devices, and where data and logs lie may change at any time. With other
 * batches, of another number of devices say, the samples keep their order.
 *
 * Since: 0.1
 */
void
siamban_trainer_set_accept_changes (SiambanTrainer *self, gboolean accept_changes)
{
  g_return_if_fail (SIAMBAN_IS_TRAINER (self));
  g_return_if_fail (self->state == SIAMBAN_TRAINER_IDLE);

  set_flag (self, &self->accept_changes, accept_changes, "accept-changes");
}
