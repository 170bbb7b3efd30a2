/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-table-schedule.h"

#include <math.h>

#include "siamban-error.h"

/**
 * SiambanTableSchedule:
 *
 * A learning rate that is written down for each epoch.
 *
 * Since: 0.1
 */
struct _SiambanTableSchedule
{
  SiambanLrSchedule parent_instance;

  double *rates; /* one an epoch */
  double start_rate;
};

G_DEFINE_FINAL_TYPE (SiambanTableSchedule, siamban_table_schedule, SIAMBAN_TYPE_LR_SCHEDULE)

static double
siamban_table_schedule_get_rate (SiambanLrSchedule *schedule, guint epoch)
{
  return SIAMBAN_TABLE_SCHEDULE (schedule)->rates[epoch];
}

static double
siamban_table_schedule_get_start_rate (SiambanLrSchedule *schedule)
{
  return SIAMBAN_TABLE_SCHEDULE (schedule)->start_rate;
}

static void
siamban_table_schedule_finalize (GObject *object)
{
  g_free (SIAMBAN_TABLE_SCHEDULE (object)->rates);

  G_OBJECT_CLASS (siamban_table_schedule_parent_class)->finalize (object);
}

static void
siamban_table_schedule_class_init (SiambanTableScheduleClass *klass)
{
  SiambanLrScheduleClass *schedule_class = SIAMBAN_LR_SCHEDULE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = siamban_table_schedule_finalize;
  schedule_class->get_rate = siamban_table_schedule_get_rate;
  schedule_class->get_start_rate = siamban_table_schedule_get_start_rate;
}

static void
siamban_table_schedule_init (SiambanTableSchedule *self)
{
}

/**
 * siamban_table_schedule_new:
 * @rates: (array length=n_rates): the rate of each epoch, not negative
 * @n_rates: how many there are, at least 1
 * @start_rate: what the rates of parameter groups are relative to, above 0
 * @error: return location for an error
 *
 * Makes a schedule out of its rates.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if a rate is negative or not finite.
 *
 * Returns: (transfer full) (type SiambanTableSchedule): a new schedule
 *
 * Since: 0.1
 */
SiambanLrSchedule *
siamban_table_schedule_new (const double *rates, gsize n_rates, double start_rate, GError **error)
{
  SiambanTableSchedule *self;

  g_return_val_if_fail (n_rates > 0 && n_rates <= G_MAXUINT, NULL);

  for (gsize i = 0; i < n_rates; i++)
    if (!isfinite (rates[i]) || rates[i] < 0)
      {
        g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                     "The learning rate of epoch %" G_GSIZE_FORMAT
                     " is %g; expected a number that is not negative",
                     i, rates[i]);
        return NULL;
      }
  if (!isfinite (start_rate) || start_rate <= 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "The start rate of a schedule is %g; expected a number above 0", start_rate);
      return NULL;
    }

  self = g_object_new (SIAMBAN_TYPE_TABLE_SCHEDULE, "n-epochs", (guint) n_rates, NULL);
  self->rates = g_memdup2 (rates, n_rates * sizeof *rates);
  self->start_rate = start_rate;

  return SIAMBAN_LR_SCHEDULE (self);
}
