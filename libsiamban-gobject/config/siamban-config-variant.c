/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-config-coerce-private.h"

/* Free parameters from a program may have any of GVariant's types. They become values, as if they
 * came from a file, and thereby the few types that files and readers know. */

/* Deeper ones could be written, but not read again. */
#define MAX_DEPTH 12

/* Of a name, in bytes; see the reader. */
#define MAX_NAME 100

static SiambanConfigValue *make_value (GVariant *variant, guint depth);

static SiambanConfigValue *
make_number (GVariant *variant)
{
  SiambanConfigValue *value = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_INT);

  switch (g_variant_classify (variant))
    {
    case G_VARIANT_CLASS_BYTE:
      value->integer = g_variant_get_byte (variant);
      break;
    case G_VARIANT_CLASS_INT16:
      value->integer = g_variant_get_int16 (variant);
      break;
    case G_VARIANT_CLASS_UINT16:
      value->integer = g_variant_get_uint16 (variant);
      break;
    case G_VARIANT_CLASS_INT32:
      value->integer = g_variant_get_int32 (variant);
      break;
    case G_VARIANT_CLASS_UINT32:
      value->integer = g_variant_get_uint32 (variant);
      break;
    case G_VARIANT_CLASS_UINT64:
      value->integer = (gint64) MIN (g_variant_get_uint64 (variant), G_MAXINT64);
      break;
    case G_VARIANT_CLASS_INT64:
    default:
      value->integer = g_variant_get_int64 (variant);
    }
  value->number = (double) value->integer;
  value->text = g_strdup_printf ("%" G_GINT64_FORMAT, value->integer);

  return value;
}

static SiambanConfigValue *
make_double (GVariant *variant)
{
  SiambanConfigValue *value = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_DOUBLE);

  value->number = g_variant_get_double (variant);
  value->text = g_strdup_printf ("%g", value->number);

  return value;
}

static SiambanConfigValue *
make_boolean (GVariant *variant)
{
  SiambanConfigValue *value = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_BOOLEAN);

  value->truth = g_variant_get_boolean (variant);

  return value;
}

static SiambanConfigValue *
make_list (GVariant *variant, guint depth)
{
  g_autoptr (SiambanConfigValue) list = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_LIST);

  for (gsize i = 0; i < g_variant_n_children (variant); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (variant, i);
      g_autoptr (SiambanConfigValue) item = make_value (child, depth + 1);

      if (!item)
        return NULL;

      _siamban_config_value_append (list, item);
    }

  return g_steal_pointer (&list);
}

static SiambanConfigValue *
make_mapping (GVariant *variant, guint depth)
{
  g_autoptr (SiambanConfigValue) mapping = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_MAPPING);

  for (gsize i = 0; i < g_variant_n_children (variant); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (variant, i);
      g_autoptr (GVariant) name = g_variant_get_child_value (child, 0);
      g_autoptr (GVariant) content = g_variant_get_child_value (child, 1);
      g_autoptr (SiambanConfigValue) value = make_value (content, depth + 1);

      if (!value || !g_variant_is_of_type (name, G_VARIANT_TYPE_STRING) ||
          strlen (g_variant_get_string (name, NULL)) > MAX_NAME)
        return NULL;

      _siamban_config_value_insert (mapping, g_variant_get_string (name, NULL), 0, value);
    }

  return g_steal_pointer (&mapping);
}

static SiambanConfigValue *
make_inner (GVariant *variant, guint depth)
{
  g_autoptr (GVariant)
      inner = g_variant_n_children (variant) > 0 ? g_variant_get_child_value (variant, 0) : NULL;

  return inner ? make_value (inner, depth + 1)
               : _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_NULL);
}

/* NULL if there is a type that no file can hold. */
static SiambanConfigValue *
make_value (GVariant *variant, guint depth)
{
  if (depth > MAX_DEPTH)
    return NULL;

  switch (g_variant_classify (variant))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return make_boolean (variant);
    case G_VARIANT_CLASS_BYTE:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_UINT16:
    case G_VARIANT_CLASS_INT32:
    case G_VARIANT_CLASS_UINT32:
    case G_VARIANT_CLASS_INT64:
    case G_VARIANT_CLASS_UINT64:
      return make_number (variant);
    case G_VARIANT_CLASS_DOUBLE:
      return make_double (variant);
    case G_VARIANT_CLASS_STRING:
      return _siamban_config_value_new_string (g_variant_get_string (variant, NULL));
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
      return make_inner (variant, depth);
    case G_VARIANT_CLASS_TUPLE:
      return make_list (variant, depth);
    case G_VARIANT_CLASS_ARRAY:
      return g_variant_is_of_type (variant, G_VARIANT_TYPE_DICTIONARY)
                 ? make_mapping (variant, depth)
                 : make_list (variant, depth);
    default:
      return NULL;
    }
}

GVariant *
_siamban_config_normalise_kwargs (SiambanConfigProblems *problems,
                                  const char *name,
                                  GVariant *kwargs)
{
  const gboolean is_mapping = g_variant_is_of_type (kwargs, G_VARIANT_TYPE_VARDICT);
  g_autoptr (SiambanConfigValue) value = is_mapping ? make_value (kwargs, 0) : NULL;

  if (value)
    return _siamban_config_make_kwargs (problems, name, value);

  if (is_mapping)
    _siamban_config_problems_add (problems, name, 0, "parameters that no file can hold");
  else
    _siamban_config_problems_add (problems, name, 0,
                                  "found the type %s, expected a mapping of parameters, a{sv}",
                                  g_variant_get_type_string (kwargs));

  return NULL;
}
