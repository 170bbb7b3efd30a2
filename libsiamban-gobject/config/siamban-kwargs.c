/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-kwargs.h"

#include <string.h>

/* Of an entry `name` of the mapping; NULL if there is none or it holds no value. */
static GVariant *
look_up (GVariant *kwargs, const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (kwargs, name, NULL);

  if (value && g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE))
    return g_variant_get_maybe (value);

  return g_steal_pointer (&value);
}

static gboolean
is_kwargs (GVariant *kwargs)
{
  return kwargs && g_variant_is_of_type (kwargs, G_VARIANT_TYPE_VARDICT);
}

/**
 * siamban_kwargs_has:
 * @kwargs: a dictionary of parameters, `a{sv}`
 * @name: the name of a parameter
 *
 * Tells whether a parameter is given. One that is given as null counts as absent.
 *
 * Parameters are what the configuration has under a `KWARGS` key; see
 * [method@Config.get_kwargs]. Any thread may read them.
 *
 * Returns: %TRUE if it has a value
 *
 * Since: 0.1
 */
gboolean
siamban_kwargs_has (GVariant *kwargs, const char *name)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (is_kwargs (kwargs), FALSE);
  g_return_val_if_fail (name, FALSE);

  value = look_up (kwargs, name);

  return value != NULL;
}

/**
 * siamban_kwargs_get_int:
 * @kwargs: a dictionary of parameters, `a{sv}`
 * @name: the name of a parameter
 * @fallback: what to return if the parameter is absent or not a whole number
 *
 * Gets a whole number.
 *
 * Returns: the number, or @fallback
 *
 * Since: 0.1
 */
gint64
siamban_kwargs_get_int (GVariant *kwargs, const char *name, gint64 fallback)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (is_kwargs (kwargs), fallback);
  g_return_val_if_fail (name, fallback);

  value = look_up (kwargs, name);

  return value && g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ? g_variant_get_int64 (value)
                                                                     : fallback;
}

/**
 * siamban_kwargs_get_double:
 * @kwargs: a dictionary of parameters, `a{sv}`
 * @name: the name of a parameter
 * @fallback: what to return if the parameter is absent or not a number
 *
 * Gets a number, whole or not.
 *
 * Returns: the number, or @fallback
 *
 * Since: 0.1
 */
double
siamban_kwargs_get_double (GVariant *kwargs, const char *name, double fallback)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (is_kwargs (kwargs), fallback);
  g_return_val_if_fail (name, fallback);

  value = look_up (kwargs, name);
  if (value && g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return g_variant_get_double (value);
  if (value && g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return (double) g_variant_get_int64 (value);

  return fallback;
}

/**
 * siamban_kwargs_get_boolean:
 * @kwargs: a dictionary of parameters, `a{sv}`
 * @name: the name of a parameter
 * @fallback: what to return if the parameter is absent or not a boolean
 *
 * Gets a boolean.
 *
 * Returns: the boolean, or @fallback
 *
 * Since: 0.1
 */
gboolean
siamban_kwargs_get_boolean (GVariant *kwargs, const char *name, gboolean fallback)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (is_kwargs (kwargs), fallback);
  g_return_val_if_fail (name, fallback);

  value = look_up (kwargs, name);

  return value && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN)
             ? g_variant_get_boolean (value)
             : fallback;
}

/**
 * siamban_kwargs_get_string:
 * @kwargs: a dictionary of parameters, `a{sv}`
 * @name: the name of a parameter
 * @fallback: (nullable): what to return if the parameter is absent or not a string
 *
 * Gets a string.
 *
 * Returns: (transfer full) (nullable): the string, or a copy of @fallback
 *
 * Since: 0.1
 */
char *
siamban_kwargs_get_string (GVariant *kwargs, const char *name, const char *fallback)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (is_kwargs (kwargs), NULL);
  g_return_val_if_fail (name, NULL);

  value = look_up (kwargs, name);

  return value && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
             ? g_variant_dup_string (value, NULL)
             : g_strdup (fallback);
}

/**
 * siamban_kwargs_get_ints:
 * @kwargs: a dictionary of parameters, `a{sv}`
 * @name: the name of a parameter
 * @n: (out): how many numbers there are
 *
 * Gets a list of whole numbers. One number alone is a list of one.
 *
 * Returns: (transfer full) (nullable) (array length=n): the numbers, or %NULL if the parameter is
 *   absent, empty, or holds anything else
 *
 * Since: 0.1
 */
gint64 *
siamban_kwargs_get_ints (GVariant *kwargs, const char *name, gsize *n)
{
  g_autoptr (GVariant) value = NULL;
  const gint64 *numbers = NULL;
  gint64 number = 0;

  g_return_val_if_fail (n, NULL);
  *n = 0;
  g_return_val_if_fail (is_kwargs (kwargs), NULL);
  g_return_val_if_fail (name, NULL);

  value = look_up (kwargs, name);
  if (value && g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    {
      number = g_variant_get_int64 (value);
      numbers = &number;
      *n = 1;
    }
  else if (value && g_variant_is_of_type (value, G_VARIANT_TYPE ("ax")))
    numbers = g_variant_get_fixed_array (value, n, sizeof (gint64));

  return *n == 0 ? NULL : g_memdup2 (numbers, *n * sizeof (gint64));
}
