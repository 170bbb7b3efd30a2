/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_VALIDATION_RESULT (siamban_validation_result_get_type ())

typedef struct _SiambanValidationResult SiambanValidationResult;

/**
 * SiambanValidationResult:
 * @iteration: how many iterations of the training were done
 * @epoch: how many epochs were done
 * @measure: how good the network was, higher is better; with `TRAIN.EVAL_DATA` the mean IoU, 0 to 1
 * @seconds: how long the validation took
 *
 * What a validation in the course of a training came to.
 *
 * A plain value: copy it with `=`.
 *
 * Since: 0.1
 */
struct _SiambanValidationResult
{
  guint64 iteration;
  guint epoch;
  double measure;
  double seconds;
};

SIAMBAN_API
GType siamban_validation_result_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanValidationResult *
siamban_validation_result_copy (const SiambanValidationResult *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_validation_result_free (SiambanValidationResult *self);

SIAMBAN_API
char *
siamban_validation_result_to_json (const SiambanValidationResult *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanValidationResult *siamban_validation_result_new_from_json (const char *text, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanValidationResult, siamban_validation_result_free)

G_END_DECLS
