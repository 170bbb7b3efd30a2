/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config-coerce-private.h"

#include <math.h>
#include <string.h>

/* Where a problem would be. */
typedef struct
{
  SiambanConfigProblems *problems;
  const char *name;
  guint line;
} Place;

static const char *const expectations[] = {
  [SIAMBAN_CONFIG_INT] = "a whole number",     [SIAMBAN_CONFIG_DOUBLE] = "a number",
  [SIAMBAN_CONFIG_BOOLEAN] = "true or false",  [SIAMBAN_CONFIG_STRING] = "a string",
  [SIAMBAN_CONFIG_STRV] = "a list of strings", [SIAMBAN_CONFIG_KWARGS] = "a mapping of parameters",
};

static gboolean
refuse (const Place *place, SiambanConfigKind kind, SiambanConfigValue *from)
{
  g_autofree char *found = _siamban_config_value_describe (from);

  _siamban_config_problems_add (place->problems, place->name, place->line, "%s, expected %s", found,
                                expectations[kind]);

  return FALSE;
}

static gboolean
take_number (const Place *place, SiambanConfigKind kind, SiambanConfigValue *from, GValue *target)
{
  if (kind == SIAMBAN_CONFIG_INT && from->kind == SIAMBAN_CONFIG_VALUE_INT)
    g_value_set_int64 (target, from->integer);
  else if (kind == SIAMBAN_CONFIG_DOUBLE &&
           (from->kind == SIAMBAN_CONFIG_VALUE_INT || from->kind == SIAMBAN_CONFIG_VALUE_DOUBLE))
    g_value_set_double (target, from->number);
  else
    return refuse (place, kind, from);

  return TRUE;
}

static gboolean
take_strv (const Place *place, SiambanConfigValue *from, GValue *target)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  if (from->kind != SIAMBAN_CONFIG_VALUE_LIST)
    return refuse (place, SIAMBAN_CONFIG_STRV, from);

  for (guint i = 0; i < from->items->len; i++)
    {
      SiambanConfigValue *item = from->items->pdata[i];

      if (item->kind != SIAMBAN_CONFIG_VALUE_STRING)
        return refuse (place, SIAMBAN_CONFIG_STRV, item);

      g_strv_builder_add (words, item->text);
    }
  g_value_take_boxed (target, g_strv_builder_end (words));

  return TRUE;
}

static GVariant *make_variant (const Place *place, SiambanConfigValue *from);

/* The type of which all items are; numbers are real if one of them is. NULL if they differ. */
static const GVariantType *
find_item_type (GPtrArray *items)
{
  gboolean all_strings = items->len > 0;
  gboolean all_ints = items->len > 0;
  gboolean all_numbers = items->len > 0;

  for (guint i = 0; i < items->len; i++)
    {
      const SiambanConfigValue *item = items->pdata[i];
      const gboolean whole = item->kind == SIAMBAN_CONFIG_VALUE_INT;

      all_strings = all_strings && item->kind == SIAMBAN_CONFIG_VALUE_STRING;
      all_ints = all_ints && whole;
      all_numbers = all_numbers && (whole || item->kind == SIAMBAN_CONFIG_VALUE_DOUBLE);
    }

  if (all_strings)
    return G_VARIANT_TYPE_STRING;
  if (all_ints)
    return G_VARIANT_TYPE_INT64;

  return all_numbers ? G_VARIANT_TYPE_DOUBLE : NULL;
}

static GVariant *
make_list (const Place *place, GPtrArray *items)
{
  const GVariantType *type = find_item_type (items);
  g_autoptr (GVariantType)
      list_type = g_variant_type_new_array (type ? type : G_VARIANT_TYPE_VARIANT);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (list_type);

  for (guint i = 0; i < items->len; i++)
    {
      const SiambanConfigValue *from = items->pdata[i];
      g_autoptr (GVariant) item = make_variant (place, items->pdata[i]);

      if (!item)
        return NULL;

      if (!type)
        g_variant_builder_add (&builder, "v", item);
      else if (g_variant_type_equal (type, G_VARIANT_TYPE_DOUBLE))
        g_variant_builder_add (&builder, "d", from->number);
      else
        g_variant_builder_add_value (&builder, item);
    }

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* @decode: whether strings are read once more as Python, which the original does in the mapping
 * itself, not deeper. */
static GVariant *
make_mapping (const Place *place, GVariant *base, GPtrArray *entries, gboolean decode)
{
  g_autoptr (GHashTable) lines = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariantIter iter;
  const char *old_name = NULL;
  GVariant *old_value = NULL;
  gboolean good = TRUE;

  for (guint i = 0; i < entries->len; i++)
    {
      const SiambanConfigEntry *entry = entries->pdata[i];
      const guint first = GPOINTER_TO_UINT (g_hash_table_lookup (lines, entry->name));
      g_autofree char *name = g_strconcat (place->name, ".", entry->name, NULL);
      const Place at = { place->problems, name, entry->line };
      g_autoptr (SiambanConfigValue)
          literal = decode && entry->value->kind == SIAMBAN_CONFIG_VALUE_STRING
                        ? _siamban_config_value_new_literal (entry->value->text)
                        : NULL;
      g_autoptr (GVariant) value = make_variant (&at, literal ? literal : entry->value);

      if (first)
        _siamban_config_problems_add (at.problems, at.name, at.line,
                                      "given twice, first on line %u", first);
      good = good && value && !first;
      g_hash_table_insert (lines, entry->name, GUINT_TO_POINTER (MAX (entry->line, 1)));
      if (good)
        g_variant_builder_add (&builder, "{sv}", entry->name, value);
    }
  if (!good)
    return NULL;

  if (base)
    {
      g_variant_iter_init (&iter, base);
      while (g_variant_iter_loop (&iter, "{&sv}", &old_name, &old_value))
        if (!g_hash_table_contains (lines, old_name))
          g_variant_builder_add (&builder, "{sv}", old_name, old_value);
    }

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* A number that is no number, or does not fit. */
static gboolean
is_odd_number (const Place *place, SiambanConfigValue *from)
{
  if (from->kind == SIAMBAN_CONFIG_VALUE_DOUBLE && !isfinite (from->number))
    _siamban_config_problems_add (place->problems, place->name, place->line,
                                  "%.40s is not a finite number", from->text);
  else if (from->kind == SIAMBAN_CONFIG_VALUE_INT &&
           (from->integer == G_MAXINT64 || from->integer == G_MININT64))
    _siamban_config_problems_add (place->problems, place->name, place->line, "%.40s is too large",
                                  from->text);
  else
    return FALSE;

  return TRUE;
}

/* A sunk reference; NULL if there is a problem, which has been added then. */
static GVariant *
make_variant (const Place *place, SiambanConfigValue *from)
{
  if (is_odd_number (place, from))
    return NULL;

  switch (from->kind)
    {
    case SIAMBAN_CONFIG_VALUE_BOOLEAN:
      return g_variant_ref_sink (g_variant_new_boolean (from->truth));
    case SIAMBAN_CONFIG_VALUE_INT:
      return g_variant_ref_sink (g_variant_new_int64 (from->integer));
    case SIAMBAN_CONFIG_VALUE_DOUBLE:
      return g_variant_ref_sink (g_variant_new_double (from->number));
    case SIAMBAN_CONFIG_VALUE_STRING:
      return g_variant_ref_sink (g_variant_new_string (from->text));
    case SIAMBAN_CONFIG_VALUE_LIST:
      return make_list (place, from->items);
    case SIAMBAN_CONFIG_VALUE_MAPPING:
      return make_mapping (place, NULL, from->entries, FALSE);
    case SIAMBAN_CONFIG_VALUE_NULL:
    default:
      return g_variant_ref_sink (g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL));
    }
}

GVariant *
_siamban_config_make_kwargs (SiambanConfigProblems *problems,
                             const char *name,
                             SiambanConfigValue *mapping)
{
  const Place place = { problems, name, 0 };

  return make_mapping (&place, NULL, mapping->entries, FALSE);
}

static gboolean
take_kwargs (const Place *place, SiambanConfigValue *from, GValue *target)
{
  GVariant *merged = NULL;

  if (from->kind == SIAMBAN_CONFIG_VALUE_NULL)
    return TRUE;
  if (from->kind != SIAMBAN_CONFIG_VALUE_MAPPING)
    return refuse (place, SIAMBAN_CONFIG_KWARGS, from);

  merged = make_mapping (place, g_value_get_variant (target), from->entries, TRUE);
  if (merged)
    g_value_take_variant (target, merged);

  return merged != NULL;
}

static gboolean
take_string (const Place *place, SiambanConfigValue *from, GValue *target)
{
  if (from->kind == SIAMBAN_CONFIG_VALUE_NULL)
    g_value_set_static_string (target, "");
  else if (from->kind == SIAMBAN_CONFIG_VALUE_STRING)
    g_value_set_string (target, from->text);
  else
    return refuse (place, SIAMBAN_CONFIG_STRING, from);

  return TRUE;
}

static gboolean
take_boolean (const Place *place, SiambanConfigValue *from, GValue *target)
{
  if (from->kind != SIAMBAN_CONFIG_VALUE_BOOLEAN)
    return refuse (place, SIAMBAN_CONFIG_BOOLEAN, from);

  g_value_set_boolean (target, from->truth);

  return TRUE;
}

static gboolean
take (const Place *place, SiambanConfigKind kind, SiambanConfigValue *from, GValue *target)
{
  switch (kind)
    {
    case SIAMBAN_CONFIG_INT:
    case SIAMBAN_CONFIG_DOUBLE:
      return take_number (place, kind, from, target);
    case SIAMBAN_CONFIG_BOOLEAN:
      return take_boolean (place, from, target);
    case SIAMBAN_CONFIG_STRING:
      return take_string (place, from, target);
    case SIAMBAN_CONFIG_STRV:
      return take_strv (place, from, target);
    case SIAMBAN_CONFIG_KWARGS:
      return take_kwargs (place, from, target);
    default:
      g_return_val_if_reached (FALSE);
    }
}

/* A string once more as Python, if that can help. One that stands for a string is that string; a
 * string such as '1' is a number to the original but may stay one here. */
static SiambanConfigValue *
decode (SiambanConfigKind kind, SiambanConfigValue *from)
{
  g_autoptr (SiambanConfigValue) literal = NULL;
  gboolean is_string = FALSE;

  if (from->kind == SIAMBAN_CONFIG_VALUE_STRING)
    literal = _siamban_config_value_new_literal (from->text);
  is_string = literal && literal->kind == SIAMBAN_CONFIG_VALUE_STRING;
  if (!literal || (kind == SIAMBAN_CONFIG_STRING && !is_string))
    return _siamban_config_value_ref (from);

  return g_steal_pointer (&literal);
}

gboolean
_siamban_config_coerce (SiambanConfigProblems *problems,
                        const SiambanConfigKey *key,
                        const char *name,
                        guint line,
                        SiambanConfigValue *from,
                        GValue *target)
{
  const Place place = { problems, name, line };
  g_autoptr (SiambanConfigValue) value = decode (key->kind, from);
  g_autofree char *fault = NULL;

  if (!take (&place, key->kind, value, target))
    return FALSE;

  fault = _siamban_config_key_find_fault (key, target);
  if (fault)
    _siamban_config_problems_add (problems, name, line, "%s", fault);

  return fault == NULL;
}
