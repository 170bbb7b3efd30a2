/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-config.h"
#include "siamban-device.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRAINING_PHASE (siamban_training_phase_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanTrainingPhase,
                      siamban_training_phase,
                      SIAMBAN,
                      TRAINING_PHASE,
                      GObject)

SIAMBAN_API
GListModel *siamban_training_phase_list (SiambanConfig *config,
                                         SiambanDevice *device,
                                         GCancellable *cancellable,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_training_phase_list_async (SiambanConfig *config,
                                        SiambanDevice *device,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

SIAMBAN_API
GListModel *siamban_training_phase_list_finish (GAsyncResult *result,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
guint siamban_training_phase_get_first_epoch (SiambanTrainingPhase *self);

SIAMBAN_API
guint siamban_training_phase_get_n_epochs (SiambanTrainingPhase *self);

SIAMBAN_API
guint64 siamban_training_phase_get_n_weights (SiambanTrainingPhase *self);

SIAMBAN_API
guint64 siamban_training_phase_get_memory (SiambanTrainingPhase *self);

G_END_DECLS
