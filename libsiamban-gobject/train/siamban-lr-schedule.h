/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_LR_SCHEDULE (siamban_lr_schedule_get_type ())

SIAMBAN_API
G_DECLARE_DERIVABLE_TYPE (SiambanLrSchedule, siamban_lr_schedule, SIAMBAN, LR_SCHEDULE, GObject)

/**
 * SiambanLrScheduleClass:
 *
 * The class of [class@LrSchedule]; the library alone derives from it.
 *
 * Since: 1.0
 */
struct _SiambanLrScheduleClass
{
  /*< private >*/
  GObjectClass parent_class;

#ifndef __GI_SCANNER__
  /* The learning rate of an epoch below the number of epochs. */
  double (*get_rate) (SiambanLrSchedule *self, guint epoch);

  /* What the rates of parameter groups are relative to. Default: the rate of epoch 0. */
  double (*get_start_rate) (SiambanLrSchedule *self);
#endif
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
