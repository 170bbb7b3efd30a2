/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-key-text.h"

#include <math.h>
#include <string.h>

SiambanConfigGroup *
siamban_key_find_group (SiambanConfig *config, const char *key, const char **name)
{
  GListModel *groups = siamban_config_get_groups (config);
  const char *dot = strrchr (key, '.');
  g_autofree char *group_name = g_strndup (key, dot != NULL ? (gsize) (dot - key) : 0);

  if (name != NULL)
    *name = dot != NULL ? dot + 1 : key;
  for (guint i = 0; i < g_list_model_get_n_items (groups); i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);

      if (g_str_equal (siamban_config_group_get_name (group), group_name))
        return group;
    }

  return NULL;
}

GParamSpec *
siamban_key_find_property (SiambanConfig *config, const char *key)
{
  const char *name;
  SiambanConfigGroup *group = siamban_key_find_group (config, key, &name);

  return group != NULL ? siamban_config_group_find_key (group, name) : NULL;
}

static void
append_number (GString *text, double number)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  for (int precision = 1; precision <= 17; precision++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%dg", precision);
      g_ascii_formatd (digits, sizeof digits, format, number);
      if (g_ascii_strtod (digits, NULL) == number)
        break;
    }
  if (number == floor (number) && fabs (number) < 1e15)
    g_ascii_formatd (digits, sizeof digits, "%.0f", number);
  g_string_append (text, digits);
}

static void append_variant (GString *text, GVariant *value);

static void
append_items (GString *text, GVariant *list)
{
  GVariantIter iter;
  GVariant *item;
  const char *separator = "";

  g_string_append_c (text, '[');
  g_variant_iter_init (&iter, list);
  while ((item = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_string_append (text, separator);
      append_variant (text, item);
      separator = ", ";
      g_variant_unref (item);
    }
  g_string_append_c (text, ']');
}

static void
append_mapping (GString *text, GVariant *mapping)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;
  const char *separator = "";

  g_string_append_c (text, '{');
  g_variant_iter_init (&iter, mapping);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_string_append_printf (text, "%s%s: ", separator, name);
      append_variant (text, value);
      separator = ", ";
    }
  g_string_append_c (text, '}');
}

static void
append_string (GString *text, const char *string)
{
  g_autofree char *escaped = g_strescape (string, "");

  g_string_append_printf (text, "\"%s\"", escaped);
}

/* The types are those that siamban_config_get_kwargs() promises. A double stays one when it is read
 * again. */
static void
append_variant (GString *text, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);

      append_variant (text, inner);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    append_mapping (text, value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY))
    append_items (text, value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    g_string_append_printf (text, "%" G_GINT64_FORMAT, g_variant_get_int64 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    g_string_append (text, g_variant_get_boolean (value) ? "true" : "false");
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    append_string (text, g_variant_get_string (value, NULL));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    {
      const gsize begin = text->len;

      append_number (text, g_variant_get_double (value));
      if (strpbrk (text->str + begin, ".e") == NULL)
        g_string_append (text, ".0");
    }
  else
    g_string_append (text, "null");
}

char *
siamban_key_text_get (SiambanConfig *config, const char *key)
{
  GParamSpec *property = siamban_key_find_property (config, key);
  g_autoptr (GString) text = g_string_new (NULL);

  if (property == NULL)
    return g_strdup ("");

  switch (property->value_type)
    {
    case G_TYPE_INT64:
      g_string_printf (text, "%" G_GINT64_FORMAT, siamban_config_get_int (config, key));
      break;
    case G_TYPE_DOUBLE:
      append_number (text, siamban_config_get_double (config, key));
      break;
    case G_TYPE_BOOLEAN:
      g_string_assign (text, siamban_config_get_boolean (config, key) ? "true" : "false");
      break;
    case G_TYPE_STRING:
      g_string_assign (text, siamban_config_get_string (config, key));
      break;
    case G_TYPE_VARIANT:
      append_mapping (text, siamban_config_get_kwargs (config, key));
      break;
    default:
      return g_strjoinv (", ", (char **) siamban_config_get_strv (config, key));
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
set_words (SiambanConfig *config, const char *key, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;

  for (char **part = parts; *part != NULL; part++)
    if (*g_strstrip (*part) != '\0')
      g_strv_builder_add (builder, *part);
  words = g_strv_builder_end (builder);

  return siamban_config_set_strv (config, key, (const char *const *) words, error);
}

static gboolean
set_from_text (SiambanConfig *config, const char *key, const char *text, GError **error)
{
  g_autofree char *assignment = g_strconcat (key, "=", text, NULL);

  return siamban_config_set_from_string (config, assignment, error);
}

/* Read into an empty mapping, or parameters that were taken out of the text would stay. */
static gboolean
set_parameters (SiambanConfig *config, const char *key, const char *text, GError **error)
{
  g_autoptr (SiambanConfig) scratch = siamban_config_new ();
  GVariant *empty = g_variant_new ("a{sv}", NULL);

  if (!siamban_config_set_kwargs (scratch, key, empty, error) ||
      !set_from_text (scratch, key, *text != '\0' ? text : "{}", error))
    return FALSE;

  return siamban_config_set_kwargs (config, key, siamban_config_get_kwargs (scratch, key), error);
}

static gboolean
set_by_type (SiambanConfig *config, const char *key, const char *text, GError **error)
{
  GParamSpec *property = siamban_key_find_property (config, key);
  const GType type = property != NULL ? property->value_type : G_TYPE_INVALID;

  if (type == G_TYPE_STRING)
    return siamban_config_set_string (config, key, text, error);
  if (type == G_TYPE_STRV)
    return set_words (config, key, text, error);
  if (type == G_TYPE_VARIANT)
    return set_parameters (config, key, text, error);

  return set_from_text (config, key, text, error);
}

gboolean
siamban_key_text_set (SiambanConfig *config, const char *key, const char *text, GError **error)
{
  g_autofree char *prefix = g_strconcat (key, ": ", NULL);
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  GError *problem = NULL;

  if (set_by_type (config, key, trimmed, &problem))
    return TRUE;

  if (g_str_has_prefix (problem->message, prefix))
    {
      char *message = g_strdup (problem->message + strlen (prefix));

      g_free (problem->message);
      problem->message = message;
    }
  g_propagate_error (error, problem);

  return FALSE;
}

/* The value of a key in a new configuration; a data set that the user added has none there. */
static void
read_default (SiambanConfig *config, const char *key, GValue *value)
{
  g_autoptr (SiambanConfig) fresh = siamban_config_new ();
  GParamSpec *property = siamban_key_find_property (config, key);
  SiambanConfigGroup *group = siamban_key_find_group (fresh, key, NULL);

  g_value_init (value, property->value_type);
  if (group != NULL)
    g_object_get_property (G_OBJECT (group), property->name, value);
  else
    g_param_value_set_default (property, value);
}

/* g_param_values_cmp() compares boxed values by their address. */
static gboolean
values_equal (GParamSpec *property, const GValue *a, const GValue *b)
{
  if (property->value_type == G_TYPE_STRV)
    return g_strv_equal (g_value_get_boxed (a), g_value_get_boxed (b));
  if (property->value_type == G_TYPE_VARIANT)
    return g_variant_equal (g_value_get_variant (a), g_value_get_variant (b));

  return g_param_values_cmp (property, a, b) == 0;
}

gboolean
siamban_key_is_default (SiambanConfig *config, const char *key)
{
  GParamSpec *property = siamban_key_find_property (config, key);
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) fallback = G_VALUE_INIT;

  g_value_init (&value, property->value_type);
  g_object_get_property (G_OBJECT (siamban_key_find_group (config, key, NULL)), property->name,
                         &value);
  read_default (config, key, &fallback);

  return values_equal (property, &value, &fallback);
}

void
siamban_key_reset (SiambanConfig *config, const char *key)
{
  GParamSpec *property = siamban_key_find_property (config, key);
  g_auto (GValue) fallback = G_VALUE_INIT;

  read_default (config, key, &fallback);
  g_object_set_property (G_OBJECT (siamban_key_find_group (config, key, NULL)), property->name,
                         &fallback);
}
