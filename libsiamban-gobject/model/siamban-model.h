/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config.h"
#include "siamban-graph.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_MODEL (siamban_model_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanModel, siamban_model, SIAMBAN, MODEL, GObject)

SIAMBAN_API
SiambanModel *siamban_model_new (SiambanConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanConfig *siamban_model_get_config (SiambanModel *self);

SIAMBAN_API
SiambanWeights *siamban_model_get_weights (SiambanModel *self);

SIAMBAN_API
void siamban_model_initialize (SiambanModel *self, guint64 seed);

SIAMBAN_API
guint siamban_model_get_epoch (SiambanModel *self);

SIAMBAN_API
void siamban_model_set_epoch (SiambanModel *self, guint epoch);

SIAMBAN_API
gboolean siamban_model_epoch_changes_phase (SiambanModel *self, guint epoch);

SIAMBAN_API
SiambanGraph *siamban_model_build_training (SiambanModel *self,
                                            guint batch_size,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanGraph *siamban_model_build_inference (SiambanModel *self,
                                             guint batch_size,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanGraph *siamban_model_build_template (SiambanModel *self,
                                            guint batch_size,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanGraph *siamban_model_build_search (SiambanModel *self,
                                          guint batch_size,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
const char *const *siamban_model_get_template_outputs (SiambanModel *self);

SIAMBAN_API
char *siamban_model_to_string (SiambanModel *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
