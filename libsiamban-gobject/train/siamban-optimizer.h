/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-lr-schedule.h"
#include "siamban-program.h"
#include "siamban-weights.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_OPTIMIZER (siamban_optimizer_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanOptimizer, siamban_optimizer, SIAMBAN, OPTIMIZER, GObject)

SIAMBAN_API
SiambanOptimizer *siamban_optimizer_new (SiambanConfig *config,
                                         SiambanWeights *weights,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanOptimizer *
siamban_optimizer_new_with_schedule (SiambanConfig *config,
                                     SiambanWeights *weights,
                                     SiambanLrSchedule *schedule) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanLrSchedule *siamban_optimizer_get_schedule (SiambanOptimizer *self);

SIAMBAN_API
guint siamban_optimizer_get_n_groups (SiambanOptimizer *self);

SIAMBAN_API
const char *siamban_optimizer_get_group_name (SiambanOptimizer *self, guint group);

SIAMBAN_API
double siamban_optimizer_get_group_base_rate (SiambanOptimizer *self, guint group);

SIAMBAN_API
double siamban_optimizer_get_group_rate (SiambanOptimizer *self, guint group);

SIAMBAN_API
const char *const *siamban_optimizer_get_group_parameters (SiambanOptimizer *self, guint group);

SIAMBAN_API
void siamban_optimizer_set_epoch (SiambanOptimizer *self, guint epoch);

SIAMBAN_API
gboolean siamban_optimizer_step (SiambanOptimizer *self,
                                 SiambanProgram *program,
                                 double *grad_norm,
                                 GError **error);

G_END_DECLS
