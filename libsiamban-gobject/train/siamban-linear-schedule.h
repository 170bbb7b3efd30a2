/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-lr-schedule.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_LINEAR_SCHEDULE (siamban_linear_schedule_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanLinearSchedule,
                      siamban_linear_schedule,
                      SIAMBAN,
                      LINEAR_SCHEDULE,
                      SiambanLrSchedule)

SIAMBAN_API
SiambanLrSchedule *siamban_linear_schedule_new (guint n_epochs,
                                                double start_rate,
                                                double end_rate) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
