/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-lr-schedule.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_LOG_SCHEDULE (siamban_log_schedule_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanLogSchedule,
                      siamban_log_schedule,
                      SIAMBAN,
                      LOG_SCHEDULE,
                      SiambanLrSchedule)

SIAMBAN_API
SiambanLrSchedule *siamban_log_schedule_new (guint n_epochs,
                                             double start_rate,
                                             double end_rate) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
