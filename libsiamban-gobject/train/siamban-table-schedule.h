/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-lr-schedule.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TABLE_SCHEDULE (siamban_table_schedule_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanTableSchedule,
                      siamban_table_schedule,
                      SIAMBAN,
                      TABLE_SCHEDULE,
                      SiambanLrSchedule)

SIAMBAN_API
SiambanLrSchedule *siamban_table_schedule_new (const double *rates,
                                               gsize n_rates,
                                               double start_rate,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
