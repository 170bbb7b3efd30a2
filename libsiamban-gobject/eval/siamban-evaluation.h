/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-trajectory.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_EVALUATION (siamban_evaluation_get_type ())

typedef struct _SiambanEvaluation SiambanEvaluation;

SIAMBAN_API
GType siamban_evaluation_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanEvaluation *siamban_evaluation_new (SiambanTrajectory *predicted,
                                           SiambanTrajectory *truth,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanEvaluation *siamban_evaluation_new_mean (SiambanEvaluation *const *evaluations,
                                                gsize n_evaluations) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanEvaluation *siamban_evaluation_ref (SiambanEvaluation *self);

SIAMBAN_API
void siamban_evaluation_unref (SiambanEvaluation *self);

SIAMBAN_API
guint siamban_evaluation_get_n_frames (SiambanEvaluation *self);

SIAMBAN_API
double siamban_evaluation_get_auc (SiambanEvaluation *self);

SIAMBAN_API
double siamban_evaluation_get_mean_iou (SiambanEvaluation *self);

SIAMBAN_API
double siamban_evaluation_get_precision (SiambanEvaluation *self);

SIAMBAN_API
double siamban_evaluation_get_normalized_precision (SiambanEvaluation *self);

SIAMBAN_API
const double *siamban_evaluation_get_success_curve (SiambanEvaluation *self, gsize *n_thresholds);

SIAMBAN_API
const double *siamban_evaluation_get_precision_curve (SiambanEvaluation *self, gsize *n_thresholds);

SIAMBAN_API
const double *siamban_evaluation_get_normalized_precision_curve (SiambanEvaluation *self,
                                                                 gsize *n_thresholds);

SIAMBAN_API
char *siamban_evaluation_to_string (SiambanEvaluation *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanEvaluation, siamban_evaluation_unref)

G_END_DECLS
