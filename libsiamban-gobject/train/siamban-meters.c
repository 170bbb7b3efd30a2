/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-meters.h"

#include <math.h>

#include "siamban-python-text-private.h"

#define N_DECIMALS 6

typedef struct
{
  char *name;
  double value; /* the last one */
  double sum;   /* over the window */
  guint64 count;
  GQueue window; /* of double*, oldest first; empty unless the average is over a window */
} Meter;

/**
 * SiambanMeters:
 *
 * Named numbers that change all the time, each with its last value and its average over the last
 * ones: what a training log shows of losses and times.
 *
 * Meters are kept in the order of their first update.
 *
 * Source: `siamban/utils/average_meter.py`, class `AverageMeter`. There an average stays NaN for
 * ever after one value was NaN; here it recovers when that value leaves the window.
 *
 * Since: 0.1
 */
struct _SiambanMeters
{
  GObject parent_instance;

  int window_size;
  GPtrArray *meters; /* (element-type Meter) */
};

enum
{
  PROP_WINDOW = 1,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (SiambanMeters, siamban_meters, G_TYPE_OBJECT)

static void
meter_free (gpointer data)
{
  Meter *meter = data;

  g_queue_clear_full (&meter->window, g_free);
  g_free (meter->name);
  g_free (meter);
}

static Meter *
find (SiambanMeters *self, const char *name)
{
  for (guint i = 0; i < self->meters->len; i++)
    {
      Meter *meter = g_ptr_array_index (self->meters, i);

      if (g_str_equal (meter->name, name))
        return meter;
    }

  return NULL;
}

static Meter *
ensure (SiambanMeters *self, const char *name)
{
  Meter *meter = find (self, name);

  if (meter == NULL)
    {
      meter = g_new0 (Meter, 1);
      meter->name = g_strdup (name);
      g_queue_init (&meter->window);
      g_ptr_array_add (self->meters, meter);
    }

  return meter;
}

static void
push (Meter *meter, double value)
{
  g_queue_push_tail (&meter->window, g_memdup2 (&value, sizeof value));
}

/* Subtracting a number that is not finite leaves none: then the sum is taken anew. */
static void
pop (Meter *meter)
{
  g_autofree double *oldest = g_queue_pop_head (&meter->window);

  meter->count--;
  meter->sum -= *oldest;
  if (isfinite (*oldest))
    return;

  meter->sum = 0;
  for (GList *link = meter->window.head; link; link = link->next)
    meter->sum += *(double *) link->data;
}

static double
average_of (const Meter *meter)
{
  return meter && meter->count > 0 ? meter->sum / (double) meter->count : 0;
}

static void
append_meter (GString *text, const char *name, const Meter *meter)
{
  g_string_append_printf (text, "%s: ", name);
  _siamban_append_python_fixed (text, meter ? meter->value : 0, N_DECIMALS);
  g_string_append (text, " (");
  _siamban_append_python_fixed (text, average_of (meter), N_DECIMALS);
  g_string_append_c (text, ')');
}

static void
siamban_meters_finalize (GObject *object)
{
  g_ptr_array_unref (SIAMBAN_METERS (object)->meters);

  G_OBJECT_CLASS (siamban_meters_parent_class)->finalize (object);
}

static void
siamban_meters_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_WINDOW:
      g_value_set_int (value, SIAMBAN_METERS (object)->window_size);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_meters_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_WINDOW:
      SIAMBAN_METERS (object)->window_size = g_value_get_int (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_meters_class_init (SiambanMetersClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = siamban_meters_finalize;
  object_class->get_property = siamban_meters_get_property;
  object_class->set_property = siamban_meters_set_property;

  /**
   * SiambanMeters:window: (getter get_window)
   *
   * Over how many of the last values a meter is averaged; 0: only the last, below 0: all.
   *
   * Since: 0.1
   */
  props[PROP_WINDOW] = g_param_spec_int ("window", NULL, NULL, G_MININT, G_MAXINT, 100,
                                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                             G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
siamban_meters_init (SiambanMeters *self)
{
  self->meters = g_ptr_array_new_with_free_func (meter_free);
}

/**
 * siamban_meters_new:
 * @window: over how many of the last values to average; 0: only the last, below 0: all
 *
 * Makes a set of meters without any.
 *
 * Returns: (transfer full): new meters
 *
 * Since: 0.1
 */
SiambanMeters *
siamban_meters_new (int window)
{
  return g_object_new (SIAMBAN_TYPE_METERS, "window", window, NULL);
}

/**
 * siamban_meters_get_window: (get-property window)
 * @self: meters
 *
 * Gets over how many of the last values a meter is averaged; 0: only the last, below 0: all.
 *
 * Returns: the number of values
 *
 * Since: 0.1
 */
int
siamban_meters_get_window (SiambanMeters *self)
{
  g_return_val_if_fail (SIAMBAN_IS_METERS (self), 0);

  return self->window_size;
}

/**
 * siamban_meters_update:
 * @self: meters
 * @name: name of a meter; one that is not there yet is added
 * @sum: the sum of the new values
 * @count: how many they are, at least 1
 *
 * Adds the last values to a meter: @count times their mean.
 *
 * Since: 0.1
 */
void
siamban_meters_update (SiambanMeters *self, const char *name, double sum, guint count)
{
  Meter *meter;

  g_return_if_fail (SIAMBAN_IS_METERS (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (count > 0);

  meter = ensure (self, name);
  meter->value = sum / count;
  if (self->window_size == 0)
    {
      meter->sum = meter->value;
      meter->count = 1;
      return;
    }

  meter->sum += sum;
  meter->count += count;
  if (self->window_size < 0)
    return;

  for (guint i = 0; i < count; i++)
    push (meter, meter->value);
  while (meter->window.length > (guint) self->window_size)
    pop (meter);
}

/**
 * siamban_meters_has:
 * @self: meters
 * @name: name of a meter
 *
 * Tells whether a meter was ever updated.
 *
 * Returns: %TRUE if it was
 *
 * Since: 0.1
 */
gboolean
siamban_meters_has (SiambanMeters *self, const char *name)
{
  g_return_val_if_fail (SIAMBAN_IS_METERS (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  return find (self, name) != NULL;
}

/**
 * siamban_meters_get_value:
 * @self: meters
 * @name: name of a meter
 *
 * Gets the last value of a meter.
 *
 * Returns: the value; 0 if there is no such meter
 *
 * Since: 0.1
 */
double
siamban_meters_get_value (SiambanMeters *self, const char *name)
{
  const Meter *meter;

  g_return_val_if_fail (SIAMBAN_IS_METERS (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  meter = find (self, name);

  return meter ? meter->value : 0;
}

/**
 * siamban_meters_get_average:
 * @self: meters
 * @name: name of a meter
 *
 * Gets the average of a meter over the window.
 *
 * Returns: the average; 0 if there is no such meter
 *
 * Since: 0.1
 */
double
siamban_meters_get_average (SiambanMeters *self, const char *name)
{
  g_return_val_if_fail (SIAMBAN_IS_METERS (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  return average_of (find (self, name));
}

/**
 * siamban_meters_format:
 * @self: meters
 * @name: name of a meter
 *
 * Writes a meter as the original does: `name: value (average)`, with six decimals.
 *
 * Returns: (transfer full): the text, of zeros if there is no such meter
 *
 * Since: 0.1
 */
char *
siamban_meters_format (SiambanMeters *self, const char *name)
{
  GString *text;

  g_return_val_if_fail (SIAMBAN_IS_METERS (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  text = g_string_new (NULL);
  append_meter (text, name, find (self, name));

  return g_string_free (text, FALSE);
}

/**
 * siamban_meters_to_string:
 * @self: meters
 *
 * Writes all meters on one line, each followed by a space.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
siamban_meters_to_string (SiambanMeters *self)
{
  GString *text;

  g_return_val_if_fail (SIAMBAN_IS_METERS (self), NULL);

  text = g_string_new (NULL);
  for (guint i = 0; i < self->meters->len; i++)
    {
      const Meter *meter = g_ptr_array_index (self->meters, i);

      append_meter (text, meter->name, meter);
      g_string_append_c (text, ' ');
    }

  return g_string_free (text, FALSE);
}
