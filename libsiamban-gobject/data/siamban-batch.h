/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"
#include "siamban-sample.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_BATCH (siamban_batch_get_type ())

typedef struct _SiambanBatch SiambanBatch;

SIAMBAN_API
GType siamban_batch_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanBatch *siamban_batch_ref (SiambanBatch *self);

SIAMBAN_API
void siamban_batch_unref (SiambanBatch *self);

SIAMBAN_API
guint siamban_batch_get_size (SiambanBatch *self);

SIAMBAN_API
guint siamban_batch_get_template_size (SiambanBatch *self);

SIAMBAN_API
guint siamban_batch_get_search_size (SiambanBatch *self);

SIAMBAN_API
guint siamban_batch_get_output_size (SiambanBatch *self);

SIAMBAN_API
GBytes *siamban_batch_get_template (SiambanBatch *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GBytes *siamban_batch_get_search (SiambanBatch *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GBytes *siamban_batch_get_label_cls (SiambanBatch *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GBytes *siamban_batch_get_label_loc (SiambanBatch *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
guint64 siamban_batch_get_sample_index (SiambanBatch *self, guint i);

SIAMBAN_API
SiambanSample *siamban_batch_get_sample (SiambanBatch *self, guint i) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
guint siamban_batch_get_n_skipped (SiambanBatch *self);

SIAMBAN_API
const char *const *siamban_batch_get_skipped (SiambanBatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanBatch, siamban_batch_unref)

G_END_DECLS
