/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-augmentation-stage.h"
#include "siamban-device.h"
#include "siamban-iteration.h"
#include "siamban-lr-schedule.h"
#include "siamban-model.h"

G_BEGIN_DECLS

/**
 * SiambanTrainerState:
 * @SIAMBAN_TRAINER_IDLE: not run yet
 * @SIAMBAN_TRAINER_RUNNING: at work
 * @SIAMBAN_TRAINER_PAUSED: waits, or will after the current iteration
 * @SIAMBAN_TRAINER_STOPPED: ended before its time, because of [method@Trainer.stop] or a
 *   cancellation
 * @SIAMBAN_TRAINER_FINISHED: ran to its end
 * @SIAMBAN_TRAINER_FAILED: ended with an error
 *
 * What a [class@Trainer] is doing.
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_TRAINER_IDLE,
  SIAMBAN_TRAINER_RUNNING,
  SIAMBAN_TRAINER_PAUSED,
  SIAMBAN_TRAINER_STOPPED,
  SIAMBAN_TRAINER_FINISHED,
  SIAMBAN_TRAINER_FAILED,
} SiambanTrainerState;

/**
 * SiambanEvaluateFunc:
 * @model: the network as it is now; not to be changed
 * @device: what computes
 * @cancellable: (nullable): ends the run
 * @measure: (out): how good the network is; more is better
 * @user_data: data of the caller
 * @error: return location for an error
 *
 * Judges a network in the course of its training, in the thread that trains.
 *
 * Returns: %TRUE if @measure was set
 *
 * Since: 0.1
 */
typedef gboolean (*SiambanEvaluateFunc) (SiambanModel *model,
                                         SiambanDevice *device,
                                         GCancellable *cancellable,
                                         double *measure,
                                         gpointer user_data,
                                         GError **error);

#define SIAMBAN_TYPE_TRAINER (siamban_trainer_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanTrainer, siamban_trainer, SIAMBAN, TRAINER, GObject)

SIAMBAN_API
SiambanTrainer *siamban_trainer_new (SiambanConfig *config,
                                     SiambanDevice *device,
                                     const char *run_directory,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanTrainer *siamban_trainer_new_on_devices (SiambanConfig *config,
                                                GListModel *devices,
                                                const char *run_directory,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanConfig *siamban_trainer_get_config (SiambanTrainer *self);

SIAMBAN_API
SiambanDevice *siamban_trainer_get_device (SiambanTrainer *self);

SIAMBAN_API
GListModel *siamban_trainer_get_devices (SiambanTrainer *self);

SIAMBAN_API
const char *siamban_trainer_get_run_directory (SiambanTrainer *self);

SIAMBAN_API
SiambanModel *siamban_trainer_get_model (SiambanTrainer *self);

SIAMBAN_API
guint siamban_trainer_get_accumulate (SiambanTrainer *self);

SIAMBAN_API
void siamban_trainer_set_accumulate (SiambanTrainer *self, guint accumulate);

SIAMBAN_API
gboolean siamban_trainer_get_scale_lr (SiambanTrainer *self);

SIAMBAN_API
void siamban_trainer_set_scale_lr (SiambanTrainer *self, gboolean scale_lr);

SIAMBAN_API
gboolean siamban_trainer_get_pause_after_skips (SiambanTrainer *self);

SIAMBAN_API
void siamban_trainer_set_pause_after_skips (SiambanTrainer *self, gboolean pause_after_skips);

SIAMBAN_API
const char *siamban_trainer_get_diagnosis (SiambanTrainer *self);

SIAMBAN_API
gboolean siamban_trainer_get_dry_steps (SiambanTrainer *self);

SIAMBAN_API
void siamban_trainer_set_dry_steps (SiambanTrainer *self, gboolean dry_steps);

SIAMBAN_API
gboolean siamban_trainer_get_accept_changes (SiambanTrainer *self);

SIAMBAN_API
void siamban_trainer_set_accept_changes (SiambanTrainer *self, gboolean accept_changes);

SIAMBAN_API
gboolean siamban_trainer_get_preflight (SiambanTrainer *self);

SIAMBAN_API
void siamban_trainer_set_preflight (SiambanTrainer *self, gboolean preflight);

SIAMBAN_API
void siamban_trainer_set_evaluation (SiambanTrainer *self,
                                     guint n_epochs,
                                     SiambanEvaluateFunc evaluate,
                                     gpointer user_data,
                                     GDestroyNotify destroy);

SIAMBAN_API
gboolean
siamban_trainer_set_schedule (SiambanTrainer *self, SiambanLrSchedule *schedule, GError **error);

SIAMBAN_API
gboolean siamban_trainer_insert_stage (SiambanTrainer *self,
                                       SiambanAugmentationStage *stage,
                                       const char *after,
                                       GError **error);

SIAMBAN_API
SiambanTrainerState siamban_trainer_get_state (SiambanTrainer *self);

SIAMBAN_API
double siamban_trainer_get_progress (SiambanTrainer *self);

SIAMBAN_API
double siamban_trainer_get_eta (SiambanTrainer *self);

SIAMBAN_API
guint64 siamban_trainer_get_n_skipped_samples (SiambanTrainer *self);

SIAMBAN_API
guint64 siamban_trainer_get_n_skipped_updates (SiambanTrainer *self);

SIAMBAN_API
gboolean siamban_trainer_run (SiambanTrainer *self, GCancellable *cancellable, GError **error);

SIAMBAN_API
void siamban_trainer_run_async (SiambanTrainer *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

SIAMBAN_API
gboolean siamban_trainer_run_finish (SiambanTrainer *self, GAsyncResult *result, GError **error);

SIAMBAN_API
void siamban_trainer_pause (SiambanTrainer *self);

SIAMBAN_API
void siamban_trainer_resume (SiambanTrainer *self);

SIAMBAN_API
void siamban_trainer_stop (SiambanTrainer *self);

SIAMBAN_API
void siamban_trainer_stop_after_epoch (SiambanTrainer *self);

SIAMBAN_API
void siamban_trainer_save_snapshot (SiambanTrainer *self);

G_END_DECLS
