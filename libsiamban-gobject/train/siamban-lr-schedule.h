/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_LR_SCHEDULE (siamban_lr_schedule_get_type ())

SIAMBAN_API
G_DECLARE_DERIVABLE_TYPE (SiambanLrSchedule, siamban_lr_schedule, SIAMBAN, LR_SCHEDULE, GObject)

/**
 * SiambanLrScheduleClass:
 * @get_rate: the learning rate of an epoch
 * @get_start_rate: what the rates of parameter groups are relative to
 *
 * The class of [class@LrSchedule].
 *
 * Since: 1.0
 */
struct _SiambanLrScheduleClass
{
  /*< private >*/
  GObjectClass parent_class;

  /**
   * SiambanLrScheduleClass::get_rate:
   * @self: a schedule
   * @epoch: an epoch, from 0, below the number of epochs
   *
   * Gets the learning rate of an epoch.
   *
   * Returns: the learning rate
   *
   * Since: 1.0
   */
  double (*get_rate) (SiambanLrSchedule *self, guint epoch);

  /**
   * SiambanLrScheduleClass::get_start_rate:
   * @self: a schedule
   *
   * Gets what the rates of parameter groups are relative to; by itself, the rate of epoch 0.
   *
   * Returns: the learning rate
   *
   * Since: 1.0
   */
  double (*get_start_rate) (SiambanLrSchedule *self);

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
