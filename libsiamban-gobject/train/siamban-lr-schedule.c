/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-lr-schedule.h"

#include "siamban-python-text-private.h"

/**
 * SiambanLrSchedule:
 *
 * The learning rate as a function of the epoch.
 *
 * A schedule has one rate an epoch. A group of parameters has a rate of its own, its base rate;
 * in epoch e it learns at `rate(e) * base_rate / start_rate`, so that all groups follow the same
 * curve.
 *
 * A schedule never changes after construction: any thread may ask it, but one of a script. A subclass
 * takes part in a training by [method@Trainer.set_schedule].
 *
 * Source: `siamban/utils/lr_scheduler.py`, class `LRScheduler`.
 *
 * Since: 0.1
 */
typedef struct
{
  guint n_epochs;
} SiambanLrSchedulePrivate;

enum
{
  PROP_N_EPOCHS = 1,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (SiambanLrSchedule, siamban_lr_schedule, G_TYPE_OBJECT)

static SiambanLrSchedulePrivate *
private_of (SiambanLrSchedule *self)
{
  return siamban_lr_schedule_get_instance_private (self);
}

static double
siamban_lr_schedule_real_get_start_rate (SiambanLrSchedule *self)
{
  return siamban_lr_schedule_get_rate (self, 0);
}

static void
siamban_lr_schedule_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_N_EPOCHS:
      g_value_set_uint (value, private_of (SIAMBAN_LR_SCHEDULE (object))->n_epochs);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_lr_schedule_set_property (GObject *object,
                                  guint prop_id,
                                  const GValue *value,
                                  GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_N_EPOCHS:
      private_of (SIAMBAN_LR_SCHEDULE (object))->n_epochs = g_value_get_uint (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_lr_schedule_class_init (SiambanLrScheduleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = siamban_lr_schedule_get_property;
  object_class->set_property = siamban_lr_schedule_set_property;
  klass->get_start_rate = siamban_lr_schedule_real_get_start_rate;

  /**
   * SiambanLrSchedule:n-epochs: (getter get_n_epochs)
   *
   * For how many epochs there is a rate.
   *
   * Since: 0.1
   */
  props[PROP_N_EPOCHS] = g_param_spec_uint ("n-epochs", NULL, NULL, 1, G_MAXUINT, 1,
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                                G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_lr_schedule_init (SiambanLrSchedule *self)
{
}

/**
 * siamban_lr_schedule_get_n_epochs: (get-property n-epochs)
 * @self: a schedule
 *
 * Gets for how many epochs there is a rate.
 *
 * Returns: the number of epochs, at least 1
 *
 * Since: 0.1
 */
guint
siamban_lr_schedule_get_n_epochs (SiambanLrSchedule *self)
{
  g_return_val_if_fail (SIAMBAN_IS_LR_SCHEDULE (self), 0);

  return private_of (self)->n_epochs;
}

/**
 * siamban_lr_schedule_get_rate: (virtual get_rate)
 * @self: a schedule
 * @epoch: an epoch, from 0, below the number of epochs
 *
 * Gets the learning rate of an epoch, one of what the original calls `lr_spaces`.
 *
 * Returns: the learning rate
 *
 * Since: 0.1
 */
double
siamban_lr_schedule_get_rate (SiambanLrSchedule *self, guint epoch)
{
  g_return_val_if_fail (SIAMBAN_IS_LR_SCHEDULE (self), 0);
  g_return_val_if_fail (epoch < private_of (self)->n_epochs, 0);

  g_return_val_if_fail (SIAMBAN_LR_SCHEDULE_GET_CLASS (self)->get_rate != NULL, 0);

  return SIAMBAN_LR_SCHEDULE_GET_CLASS (self)->get_rate (self, epoch);
}

/**
 * siamban_lr_schedule_get_start_rate: (virtual get_start_rate)
 * @self: a schedule
 *
 * Gets what the rates of groups are relative to: where the schedule starts, the warm-up not
 * counted.
 *
 * Returns: the learning rate
 *
 * Since: 0.1
 */
double
siamban_lr_schedule_get_start_rate (SiambanLrSchedule *self)
{
  g_return_val_if_fail (SIAMBAN_IS_LR_SCHEDULE (self), 0);

  return SIAMBAN_LR_SCHEDULE_GET_CLASS (self)->get_start_rate (self);
}

/**
 * siamban_lr_schedule_get_group_rate:
 * @self: a schedule
 * @epoch: an epoch, from 0, below the number of epochs
 * @base_rate: the base rate of a group of parameters, for example `TRAIN.BASE_LR`
 *
 * Gets the learning rate of a group in an epoch.
 *
 * Returns: the rate of the epoch, times @base_rate, over the start rate
 *
 * Since: 0.1
 */
double
siamban_lr_schedule_get_group_rate (SiambanLrSchedule *self, guint epoch, double base_rate)
{
  g_return_val_if_fail (SIAMBAN_IS_LR_SCHEDULE (self), 0);
  g_return_val_if_fail (epoch < private_of (self)->n_epochs, 0);

  return siamban_lr_schedule_get_rate (self, epoch) * base_rate /
         siamban_lr_schedule_get_start_rate (self);
}

/**
 * siamban_lr_schedule_to_string:
 * @self: a schedule
 *
 * Writes the schedule for people: its type, and the rate of each epoch.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
siamban_lr_schedule_to_string (SiambanLrSchedule *self)
{
  GString *text;

  g_return_val_if_fail (SIAMBAN_IS_LR_SCHEDULE (self), NULL);

  text = g_string_new (NULL);
  g_string_printf (text, "(%s) lr spaces: \n[", G_OBJECT_TYPE_NAME (self));
  for (guint epoch = 0; epoch < private_of (self)->n_epochs; epoch++)
    {
      if (epoch > 0)
        g_string_append_c (text, ' ');
      _siamban_append_python_float (text, siamban_lr_schedule_get_rate (self, epoch));
    }
  g_string_append_c (text, ']');

  return g_string_free (text, FALSE);
}
