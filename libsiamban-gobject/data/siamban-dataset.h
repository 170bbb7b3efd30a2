/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-augmentation-stage.h"
#include "siamban-config.h"
#include "siamban-macros.h"
#include "siamban-sample.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_DATASET (siamban_dataset_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanDataset, siamban_dataset, SIAMBAN, DATASET, GObject)

SIAMBAN_API
SiambanDataset *siamban_dataset_new_from_config (SiambanConfig *config,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_dataset_new_from_config_async (SiambanConfig *config,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer user_data);

SIAMBAN_API
SiambanDataset *siamban_dataset_new_from_config_finish (GAsyncResult *result,
                                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_dataset_insert_stage (SiambanDataset *self,
                                       SiambanAugmentationStage *stage,
                                       const char *after,
                                       GError **error);

SIAMBAN_API
guint64 siamban_dataset_get_n_samples (SiambanDataset *self);

SIAMBAN_API
guint siamban_dataset_get_pass_length (SiambanDataset *self);

SIAMBAN_API
GBytes *siamban_dataset_get_picks (SiambanDataset *self, guint64 pass) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GListModel *siamban_dataset_get_sub_datasets (SiambanDataset *self);

SIAMBAN_API
SiambanSample *siamban_dataset_get_sample (SiambanDataset *self,
                                           guint64 index,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanSample *siamban_dataset_get_sample_with_stages (SiambanDataset *self,
                                                       guint64 index,
                                                       SiambanAugmentationStages stages,
                                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_dataset_get_sample_async (SiambanDataset *self,
                                       guint64 index,
                                       SiambanAugmentationStages stages,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

SIAMBAN_API
SiambanSample *siamban_dataset_get_sample_finish (SiambanDataset *self,
                                                  GAsyncResult *result,
                                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanDataset *siamban_dataset_reseed (SiambanDataset *self,
                                        guint64 seed) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
