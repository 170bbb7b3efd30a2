/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-lr-schedule.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_MULTI_STEP_SCHEDULE (siamban_multi_step_schedule_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanMultiStepSchedule,
                      siamban_multi_step_schedule,
                      SIAMBAN,
                      MULTI_STEP_SCHEDULE,
                      SiambanLrSchedule)

SIAMBAN_API
SiambanLrSchedule *siamban_multi_step_schedule_new (guint n_epochs,
                                                    double start_rate,
                                                    double end_rate,
                                                    const gint64 *steps,
                                                    gsize n_steps,
                                                    double factor,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
