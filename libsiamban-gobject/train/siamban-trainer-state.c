/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-trainer-private.h"

/* What a trainer is made of, and how far it is. */

/**
 * siamban_trainer_get_config: (get-property config)
 * @self: a trainer
 *
 * Gets the configuration of the run.
 *
 * Returns: (transfer none): the configuration
 *
 * Since: 0.1
 */
SiambanConfig *
siamban_trainer_get_config (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), NULL);

  return self->config;
}

/**
 * siamban_trainer_get_device: (get-property device)
 * @self: a trainer
 *
 * Gets what computes.
 *
 * Returns: (transfer none): the device
 *
 * Since: 0.1
 */
SiambanDevice *
siamban_trainer_get_device (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), NULL);

  return self->device;
}

/**
 * siamban_trainer_get_devices: (get-property devices)
 * @self: a trainer
 *
 * Gets what computes, one device for each replica.
 *
 * Returns: (transfer none): a list of [class@Device]
 *
 * Since: 0.1
 */
GListModel *
siamban_trainer_get_devices (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), NULL);

  return self->devices;
}

/**
 * siamban_trainer_get_run_directory: (get-property run-directory)
 * @self: a trainer
 *
 * Gets the folder that the run writes to.
 *
 * Returns: (transfer none) (type filename): the path
 *
 * Since: 0.1
 */
const char *
siamban_trainer_get_run_directory (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), NULL);

  return self->run_directory;
}

/**
 * siamban_trainer_get_model: (get-property model)
 * @self: a trainer
 *
 * Gets what is trained. Do not touch it while the trainer runs.
 *
 * Returns: (transfer none): the model
 *
 * Since: 0.1
 */
SiambanModel *
siamban_trainer_get_model (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), NULL);

  return self->model;
}

/**
 * siamban_trainer_get_state: (get-property state)
 * @self: a trainer
 *
 * Gets what the trainer is doing.
 *
 * Returns: the state
 *
 * Since: 0.1
 */
SiambanTrainerState
siamban_trainer_get_state (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), SIAMBAN_TRAINER_IDLE);

  return self->state;
}

/**
 * siamban_trainer_get_progress: (get-property progress)
 * @self: a trainer
 *
 * Gets how much of the training is done.
 *
 * Returns: 0 to 1
 *
 * Since: 0.1
 */
double
siamban_trainer_get_progress (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), 0);

  return self->progress;
}

/**
 * siamban_trainer_get_eta: (get-property eta)
 * @self: a trainer
 *
 * Gets how long the rest of the training will take, at the average speed.
 *
 * Returns: seconds
 *
 * Since: 0.1
 */
double
siamban_trainer_get_eta (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), 0);

  return self->eta;
}

/**
 * siamban_trainer_get_n_skipped_samples: (get-property n-skipped-samples)
 * @self: a trainer
 *
 * Gets how many samples were replaced, because an image could not be read.
 *
 * Returns: the number of samples
 *
 * Since: 0.1
 */
guint64
siamban_trainer_get_n_skipped_samples (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), 0);

  return self->n_skipped_samples;
}

/**
 * siamban_trainer_get_n_skipped_updates: (get-property n-skipped-updates)
 * @self: a trainer
 *
 * Gets how many iterations left the weights alone, because of their loss or gradients.
 *
 * Returns: the number of iterations
 *
 * Since: 0.1
 */
guint64
siamban_trainer_get_n_skipped_updates (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), 0);

  return self->n_skipped_updates;
}

/**
 * siamban_trainer_get_diagnosis: (get-property diagnosis)
 * @self: a trainer
 *
 * Gets why the run paused by itself.
 *
 * Returns: (transfer none) (nullable): the diagnosis, or %NULL if it did not
 *
 * Since: 0.1
 */
const char *
siamban_trainer_get_diagnosis (SiambanTrainer *self)
{
  g_return_val_if_fail (SIAMBAN_IS_TRAINER (self), NULL);

  return self->diagnosis;
}
