/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-lr-schedule.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_WARMUP_SCHEDULE (siamban_warmup_schedule_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanWarmupSchedule,
                      siamban_warmup_schedule,
                      SIAMBAN,
                      WARMUP_SCHEDULE,
                      SiambanLrSchedule)

SIAMBAN_API
SiambanLrSchedule *
siamban_warmup_schedule_new (SiambanLrSchedule *warmup,
                             SiambanLrSchedule *normal) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
