/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-channels-private.h"

#include <string.h>

#include "siamban-kwargs.h"

#define MAX_CHANNELS 65536

gboolean
_siamban_channels_in_range (SiambanBuilder *builder, const char *key, gint64 n_channels)
{
  if (n_channels >= 1 && n_channels <= MAX_CHANNELS)
    return TRUE;

  _siamban_builder_fail (builder, key, "%" G_GINT64_FORMAT " is not 1 to %d channels", n_channels,
                         MAX_CHANNELS);

  return FALSE;
}

static char *
list_features (const SiambanFeatures *features)
{
  g_autoptr (GString) text = g_string_new ("[");

  for (guint i = 0; i < features->n_levels; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? ", " : "", features->levels[i].n_channels);
  g_string_append_c (text, ']');

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
list_numbers (const gint64 *numbers, gsize n)
{
  g_autoptr (GString) text = g_string_new ("[");

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", numbers[i]);
  g_string_append_c (text, ']');

  return g_string_free (g_steal_pointer (&text), FALSE);
}

gboolean
_siamban_channels_check (SiambanBuilder *builder,
                         const char *key,
                         GVariant *kwargs,
                         const SiambanFeatures *features)
{
  const char *name = strrchr (key, '.') + 1;
  g_autofree char *expected = list_features (features);
  g_autofree char *found = NULL;
  g_autofree gint64 *numbers = NULL;
  gsize n;
  gboolean fits;

  numbers = siamban_kwargs_get_ints (kwargs, name, &n);
  fits = n == features->n_levels;
  for (gsize i = 0; fits && i < n; i++)
    fits = numbers[i] == features->levels[i].n_channels;
  if (fits)
    return TRUE;

  found = list_numbers (numbers, n);
  if (n == 0)
    _siamban_builder_fail (builder, key, "missing, expected %s", expected);
  else
    _siamban_builder_fail (builder, key, "%s does not fit the features before it, expected %s",
                           found, expected);

  return FALSE;
}
