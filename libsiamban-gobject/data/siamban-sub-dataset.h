/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-annotations.h"
#include "siamban-macros.h"
#include "siamban-statistics.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SUB_DATASET (siamban_sub_dataset_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanSubDataset, siamban_sub_dataset, SIAMBAN, SUB_DATASET, GObject)

SIAMBAN_API
SiambanSubDataset *siamban_sub_dataset_new (const char *name,
                                            const char *root,
                                            const char *anno,
                                            guint frame_range,
                                            int num_use,
                                            guint start_index,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
const char *siamban_sub_dataset_get_name (SiambanSubDataset *self);

SIAMBAN_API
guint siamban_sub_dataset_get_n_videos (SiambanSubDataset *self);

SIAMBAN_API
guint siamban_sub_dataset_get_num_use (SiambanSubDataset *self);

SIAMBAN_API
guint siamban_sub_dataset_get_start_index (SiambanSubDataset *self);

SIAMBAN_API
SiambanAnnotations *siamban_sub_dataset_get_annotations (SiambanSubDataset *self);

SIAMBAN_API
GListModel *siamban_sub_dataset_list_videos (SiambanSubDataset *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GListModel *siamban_sub_dataset_list_frames (SiambanSubDataset *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanStatistics *siamban_sub_dataset_measure (SiambanSubDataset *self,
                                                GCancellable *cancellable,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_sub_dataset_measure_async (SiambanSubDataset *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

SIAMBAN_API
SiambanStatistics *siamban_sub_dataset_measure_finish (SiambanSubDataset *self,
                                                       GAsyncResult *result,
                                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
char *siamban_sub_dataset_get_image_path (SiambanSubDataset *self,
                                          guint video,
                                          guint track,
                                          guint position) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
char *siamban_sub_dataset_to_string (SiambanSubDataset *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
