/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_LR_SCHEDULE (siamban_lr_schedule_get_type ())

SIAMBAN_API
G_DECLARE_DERIVABLE_TYPE (SiambanLrSchedule, siamban_lr_schedule, SIAMBAN, LR_SCHEDULE, GObject)

/**
 * SiambanLrScheduleGetRateFunc:
 * @self: a schedule
 * @epoch: an epoch, from 0, below the number of epochs
 *
 * How a subclass of [class@LrSchedule] gives the learning rate of an epoch.
 *
 * Returns: the learning rate, finite and not negative
 *
 * Since: 0.1
 */
typedef double (*SiambanLrScheduleGetRateFunc) (SiambanLrSchedule *self, guint epoch);

/**
 * SiambanLrScheduleGetStartRateFunc:
 * @self: a schedule
 *
 * How a subclass of [class@LrSchedule] gives what the rates of parameter groups are relative to.
 *
 * Returns: the learning rate, finite and above 0
 *
 * Since: 0.1
 */
typedef double (*SiambanLrScheduleGetStartRateFunc) (SiambanLrSchedule *self);

/**
 * SiambanLrScheduleClass:
 * @get_rate: the learning rate of an epoch
 * @get_start_rate: what the rates of parameter groups are relative to; by itself, the rate of epoch 0
 *
 * The class of [class@LrSchedule].
 *
 * Since: 0.1
 */
struct _SiambanLrScheduleClass
{
  /*< private >*/
  GObjectClass parent_class;

  /*< public >*/
  SiambanLrScheduleGetRateFunc get_rate;
  SiambanLrScheduleGetStartRateFunc get_start_rate;

  /*< private >*/
  gpointer padding[4];
};

SIAMBAN_API
SiambanLrSchedule *siamban_lr_schedule_new_from_config (SiambanConfig *config,
                                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
guint siamban_lr_schedule_get_n_epochs (SiambanLrSchedule *self);

SIAMBAN_API
double siamban_lr_schedule_get_rate (SiambanLrSchedule *self, guint epoch);

SIAMBAN_API
double siamban_lr_schedule_get_start_rate (SiambanLrSchedule *self);

SIAMBAN_API
double siamban_lr_schedule_get_group_rate (SiambanLrSchedule *self, guint epoch, double base_rate);

SIAMBAN_API
char *siamban_lr_schedule_to_string (SiambanLrSchedule *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
