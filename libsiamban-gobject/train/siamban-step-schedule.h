/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-lr-schedule.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_STEP_SCHEDULE (siamban_step_schedule_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanStepSchedule,
                      siamban_step_schedule,
                      SIAMBAN,
                      STEP_SCHEDULE,
                      SiambanLrSchedule)

SIAMBAN_API
SiambanLrSchedule *siamban_step_schedule_new (guint n_epochs,
                                              double start_rate,
                                              double end_rate,
                                              guint step,
                                              double factor,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
