/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-batch.h"
#include "siamban-dataset.h"
#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_LOADER (siamban_loader_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanLoader, siamban_loader, SIAMBAN, LOADER, GObject)

SIAMBAN_API
SiambanLoader *siamban_loader_new (SiambanDataset *dataset,
                                   guint batch_size,
                                   guint n_workers,
                                   guint64 first_sample,
                                   guint rank,
                                   guint n_ranks) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
guint64 siamban_loader_get_n_batches (SiambanLoader *self);

SIAMBAN_API
SiambanBatch *siamban_loader_next (SiambanLoader *self,
                                   GCancellable *cancellable,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
