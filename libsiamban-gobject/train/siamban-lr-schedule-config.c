/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-cosine-schedule.h"
#include "siamban-error.h"
#include "siamban-kwargs.h"
#include "siamban-linear-schedule.h"
#include "siamban-log-schedule.h"
#include "siamban-multi-step-schedule.h"
#include "siamban-step-schedule.h"
#include "siamban-warmup-schedule.h"

/* A number that may be left out (its default counts) or null (NaN: it follows from the others). */
static double
get_rate (GVariant *kwargs, const char *name, double fallback)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (kwargs, name, NULL);

  return value && g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE)
             ? NAN
             : siamban_kwargs_get_double (kwargs, name, fallback);
}

static SiambanLrSchedule *
make_log (GVariant *kwargs, guint n_epochs, GError **error)
{
  const double start = get_rate (kwargs, "start_lr", 0.03);
  const double end = get_rate (kwargs, "end_lr", 5e-4);

  if (!(start > 0 && end > 0))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "A log schedule needs start_lr and end_lr above 0");
      return NULL;
    }

  return siamban_log_schedule_new (n_epochs, start, end);
}

static gboolean
check_two_rates (double start, double end, GError **error)
{
  if (isfinite (start) && isfinite (end))
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
               "The schedule needs start_lr and end_lr, both finite numbers");

  return FALSE;
}

static SiambanLrSchedule *
make_linear (GVariant *kwargs, guint n_epochs, GError **error)
{
  const double start = get_rate (kwargs, "start_lr", 0.01);
  const double end = get_rate (kwargs, "end_lr", 0.005);

  return check_two_rates (start, end, error) ? siamban_linear_schedule_new (n_epochs, start, end)
                                             : NULL;
}

static SiambanLrSchedule *
make_cosine (GVariant *kwargs, guint n_epochs, GError **error)
{
  const double start = get_rate (kwargs, "start_lr", 0.01);
  const double end = get_rate (kwargs, "end_lr", 0.005);

  return check_two_rates (start, end, error) ? siamban_cosine_schedule_new (n_epochs, start, end)
                                             : NULL;
}

static SiambanLrSchedule *
make_step (GVariant *kwargs, guint n_epochs, GError **error)
{
  const gint64 step = siamban_kwargs_get_int (kwargs, "step", 10);

  if (step < 1 || step > G_MAXUINT)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "step is %" G_GINT64_FORMAT ": expected a number of epochs, at least 1", step);
      return NULL;
    }

  return siamban_step_schedule_new (n_epochs, get_rate (kwargs, "start_lr", 0.01),
                                    get_rate (kwargs, "end_lr", NAN), (guint) step,
                                    siamban_kwargs_get_double (kwargs, "mult", 0.1), error);
}

static SiambanLrSchedule *
make_multi_step (GVariant *kwargs, guint n_epochs, GError **error)
{
  static const gint64 default_steps[] = { 10, 20, 30, 40 };
  g_autofree gint64 *given = NULL;
  gsize n_steps = G_N_ELEMENTS (default_steps);

  if (siamban_kwargs_has (kwargs, "steps"))
    given = siamban_kwargs_get_ints (kwargs, "steps", &n_steps);

  return siamban_multi_step_schedule_new (n_epochs, get_rate (kwargs, "start_lr", 0.01),
                                          get_rate (kwargs, "end_lr", NAN),
                                          given || n_steps == 0 ? given : default_steps, n_steps,
                                          siamban_kwargs_get_double (kwargs, "mult", 0.5), error);
}

static const struct
{
  const char *type;
  SiambanLrSchedule *(*make) (GVariant *kwargs, guint n_epochs, GError **error);
} makers[] = {
  { "log", make_log },       { "step", make_step },  { "multi-step", make_multi_step },
  { "linear", make_linear }, { "cos", make_cosine },
};

/* The schedule that the group `TRAIN.LR` or `TRAIN.LR_WARMUP` describes. */
static SiambanLrSchedule *
make (SiambanConfig *config, const char *group, guint n_epochs, GError **error)
{
  g_autofree char *type_key = g_strconcat (group, ".TYPE", NULL);
  g_autofree char *kwargs_key = g_strconcat (group, ".KWARGS", NULL);
  const char *type = siamban_config_get_string (config, type_key);

  for (gsize i = 0; i < G_N_ELEMENTS (makers); i++)
    if (g_strcmp0 (makers[i].type, type) == 0)
      {
        GVariant *kwargs = siamban_config_get_kwargs (config, kwargs_key);
        SiambanLrSchedule *schedule = makers[i].make (kwargs, n_epochs, error);

        if (schedule == NULL)
          g_prefix_error (error, "%s: ", kwargs_key);
        return schedule;
      }

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
               "%s is “%s”: expected log, step, multi-step, linear or cos", type_key, type);

  return NULL;
}

/**
 * siamban_lr_schedule_new_from_config: (constructor)
 * @config: a configuration
 * @error: return location for an error
 *
 * Makes the schedule of `TRAIN.LR`, behind the warm-up of `TRAIN.LR_WARMUP` if that is wanted.
 *
 * The warm-up is part of the `TRAIN.EPOCH` epochs.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_CONFIG if the type is unknown, the parameters do not fit the
 * type, the warm-up leaves no epoch, or `TRAIN.START_EPOCH` is not an epoch of the run.
 *
 * Returns: (transfer full): a new schedule
 *
 * Since: 0.1
 */
SiambanLrSchedule *
siamban_lr_schedule_new_from_config (SiambanConfig *config, GError **error)
{
  g_autoptr (SiambanLrSchedule) warmup = NULL;
  g_autoptr (SiambanLrSchedule) normal = NULL;
  gint64 n_epochs, n_warmup, start_epoch;

  g_return_val_if_fail (SIAMBAN_IS_CONFIG (config), NULL);

  n_epochs = siamban_config_get_int (config, "TRAIN.EPOCH");
  n_warmup = siamban_config_get_boolean (config, "TRAIN.LR_WARMUP.WARMUP")
                 ? siamban_config_get_int (config, "TRAIN.LR_WARMUP.EPOCH")
                 : 0;
  start_epoch = siamban_config_get_int (config, "TRAIN.START_EPOCH");

  if (n_warmup >= n_epochs)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "TRAIN.LR_WARMUP.EPOCH is %" G_GINT64_FORMAT
                   ": expected less than TRAIN.EPOCH, which is %" G_GINT64_FORMAT,
                   n_warmup, n_epochs);
      return NULL;
    }
  if (start_epoch >= n_epochs)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                   "TRAIN.START_EPOCH is %" G_GINT64_FORMAT
                   ": expected less than TRAIN.EPOCH, which is %" G_GINT64_FORMAT,
                   start_epoch, n_epochs);
      return NULL;
    }

  normal = make (config, "TRAIN.LR", (guint) (n_epochs - n_warmup), error);
  if (normal == NULL || n_warmup <= 0)
    return g_steal_pointer (&normal);

  warmup = make (config, "TRAIN.LR_WARMUP", (guint) n_warmup, error);
  if (warmup == NULL)
    return NULL;

  return siamban_warmup_schedule_new (warmup, normal);
}
