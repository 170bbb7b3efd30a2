/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-evaluation.h"
#include "siamban-tracker.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_VALIDATION (siamban_validation_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanValidation, siamban_validation, SIAMBAN, VALIDATION, GObject)

SIAMBAN_API
SiambanValidation *siamban_validation_new (const char *folder,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
guint siamban_validation_get_n_sequences (SiambanValidation *self);

SIAMBAN_API
SiambanEvaluation *siamban_validation_run (SiambanValidation *self,
                                           SiambanTracker *tracker,
                                           GCancellable *cancellable,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_validation_run_async (SiambanValidation *self,
                                   SiambanTracker *tracker,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);

SIAMBAN_API
SiambanEvaluation *siamban_validation_run_finish (SiambanValidation *self,
                                                  GAsyncResult *result,
                                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
