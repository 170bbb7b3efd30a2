/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-load-report.h"
#include "siamban-weights.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_CHECKPOINT (siamban_checkpoint_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanCheckpoint, siamban_checkpoint, SIAMBAN, CHECKPOINT, GObject)

SIAMBAN_API
SiambanCheckpoint *siamban_checkpoint_new (void) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanCheckpoint *siamban_checkpoint_new_from_file (const char *path,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_checkpoint_new_from_file_async (const char *path,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback,
                                             gpointer user_data);

SIAMBAN_API
SiambanCheckpoint *siamban_checkpoint_new_from_file_finish (GAsyncResult *result, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_checkpoint_save (SiambanCheckpoint *self, const char *path, GError **error);

SIAMBAN_API
gboolean
siamban_checkpoint_save_safetensors (SiambanCheckpoint *self, const char *path, GError **error);

SIAMBAN_API
void siamban_checkpoint_save_async (SiambanCheckpoint *self,
                                    const char *path,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

SIAMBAN_API
gboolean
siamban_checkpoint_save_finish (SiambanCheckpoint *self, GAsyncResult *result, GError **error);

SIAMBAN_API
void siamban_checkpoint_save_safetensors_async (SiambanCheckpoint *self,
                                                const char *path,
                                                GCancellable *cancellable,
                                                GAsyncReadyCallback callback,
                                                gpointer user_data);

SIAMBAN_API
gboolean siamban_checkpoint_save_safetensors_finish (SiambanCheckpoint *self,
                                                     GAsyncResult *result,
                                                     GError **error);

SIAMBAN_API
int siamban_checkpoint_get_epoch (SiambanCheckpoint *self);

SIAMBAN_API
void siamban_checkpoint_set_epoch (SiambanCheckpoint *self, int epoch);

SIAMBAN_API
const char *const *siamban_checkpoint_get_names (SiambanCheckpoint *self);

SIAMBAN_API
SiambanTensor *siamban_checkpoint_lookup (SiambanCheckpoint *self, const char *name);

SIAMBAN_API
void
siamban_checkpoint_set_tensor (SiambanCheckpoint *self, const char *name, SiambanTensor *tensor);

SIAMBAN_API
SiambanLoadReport *siamban_checkpoint_apply (SiambanCheckpoint *self,
                                             SiambanWeights *weights,
                                             const char *prefix,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_checkpoint_collect (SiambanCheckpoint *self, SiambanWeights *weights);

SIAMBAN_API
void siamban_checkpoint_add_group (SiambanCheckpoint *self,
                                   double lr,
                                   double initial_lr,
                                   double momentum,
                                   double weight_decay,
                                   const char *const *parameter_names);

SIAMBAN_API
void siamban_checkpoint_set_momentum (SiambanCheckpoint *self,
                                      const char *parameter,
                                      SiambanTensor *tensor);

SIAMBAN_API
guint siamban_checkpoint_get_n_groups (SiambanCheckpoint *self);

SIAMBAN_API
guint siamban_checkpoint_get_group_size (SiambanCheckpoint *self, guint group);

SIAMBAN_API
double siamban_checkpoint_get_group_lr (SiambanCheckpoint *self, guint group);

SIAMBAN_API
SiambanTensor *
siamban_checkpoint_get_momentum_at (SiambanCheckpoint *self, guint group, guint index);

G_END_DECLS
