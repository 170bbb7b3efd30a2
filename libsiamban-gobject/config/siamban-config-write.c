/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config.h"

#include <string.h>

#include "siamban-config-private.h"
#include "siamban-config-text-private.h"
#include "siamban-config-value-private.h"

/* Both formats have the same tree; they differ in punctuation. */
typedef struct
{
  gboolean json;
  GString *text;
} Writer;

#define YAML_INDENT 2
#define JSON_INDENT 4

static void write_variant (Writer *self, GVariant *value, guint depth, gboolean decoded);

static void
start_line (Writer *self, guint depth)
{
  g_string_append_printf (self->text, "%*s",
                          (int) (depth * (self->json ? JSON_INDENT : YAML_INDENT)), "");
}

/* Also not: the separators of lines and paragraphs, which break lines in YAML. */
static gboolean
is_printable (gunichar c)
{
  return g_unichar_isprint (c) && c != 0x2028 && c != 0x2029;
}

/* Double quotes and escapes that JSON and YAML share, and those of YAML for what it does not
 * print. */
static void
write_quoted (Writer *self, const char *text)
{
  g_string_append_c (self->text, '"');
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      const gunichar c = g_utf8_get_char (p);

      if (c == '"' || c == '\\')
        g_string_append_printf (self->text, "\\%c", (char) c);
      else if (c == '\n')
        g_string_append (self->text, "\\n");
      else if (c == '\t')
        g_string_append (self->text, "\\t");
      else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c < 0x10000 && !is_printable (c)))
        g_string_append_printf (self->text, "\\u%04x", c);
      else
        g_string_append_unichar (self->text, c);
    }
  g_string_append_c (self->text, '"');
}

static gboolean
is_plain_text (const char *text)
{
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    if (!is_printable (g_utf8_get_char (p)))
      return FALSE;

  return TRUE;
}

static void
write_yaml_string (Writer *self, const char *text)
{
  if (!is_plain_text (text))
    {
      write_quoted (self, text);
      return;
    }

  g_string_append_c (self->text, '\'');
  for (const char *p = text; *p; p++)
    {
      g_string_append_c (self->text, *p);
      if (*p == '\'')
        g_string_append_c (self->text, '\'');
    }
  g_string_append_c (self->text, '\'');
}

/* Whether the original, which reads strings once more as Python, would find something else than
 * the string. Rather too often than too seldom: quotes do no harm. */
static gboolean
is_pythonic (const char *text)
{
  g_autofree char *bare = g_strstrip (g_strdup (text));
  g_autoptr (SiambanConfigValue) literal = _siamban_config_value_new_literal (text);
  const gsize length = strlen (bare);

  return literal || (length > 0 && (strchr ("([{+-", bare[0]) || strchr ("'\"", bare[length - 1]) ||
                                    g_ascii_isdigit (bare[0]) || strcmp (bare, "...") == 0 ||
                                    strcmp (bare, "set()") == 0));
}

/* A Python string within the string. */
static char *
quote_for_python (const char *text)
{
  GString *quoted = g_string_new ("'");

  for (const char *p = text; *p; p++)
    switch (*p)
      {
      case '\n':
        g_string_append (quoted, "\\n");
        break;
      case '\r':
        g_string_append (quoted, "\\r");
        break;
      case '\t':
        g_string_append (quoted, "\\t");
        break;
      case '\\':
      case '\'':
        g_string_append_c (quoted, '\\');
        g_string_append_c (quoted, *p);
        break;
      default:
        g_string_append_c (quoted, *p);
      }
  g_string_append_c (quoted, '\'');

  return g_string_free (quoted, FALSE);
}

/* @decoded: whether its reader reads it once more as Python */
static void
write_string (Writer *self, const char *text, gboolean decoded)
{
  g_autofree char *quoted = decoded && is_pythonic (text) ? quote_for_python (text) : NULL;

  if (self->json)
    write_quoted (self, quoted ? quoted : text);
  else
    write_yaml_string (self, quoted ? quoted : text);
}

/* A key needs quotes in YAML only if it would not be a string without. */
static void
write_key (Writer *self, const char *key)
{
  g_autoptr (SiambanConfigValue) plain = _siamban_config_value_new_plain (key);
  const gsize length = strspn (key, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_");

  if (!self->json && !key[length] && plain->kind == SIAMBAN_CONFIG_VALUE_STRING)
    g_string_append (self->text, key);
  else
    write_string (self, key, FALSE);
  g_string_append_c (self->text, ':');
}

static void
write_double (Writer *self, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (self->text, _siamban_config_format_double (number, text));
}

static void
write_list (Writer *self, GVariant *list, guint depth)
{
  const gsize n_items = g_variant_n_children (list);

  g_string_append_c (self->text, '[');
  for (gsize i = 0; i < n_items; i++)
    {
      g_autoptr (GVariant) item = g_variant_get_child_value (list, i);

      if (i > 0)
        g_string_append (self->text, self->json ? "," : ", ");
      if (self->json)
        {
          g_string_append_c (self->text, '\n');
          start_line (self, depth + 1);
        }
      write_variant (self, item, depth + 1, FALSE);
    }
  if (self->json && n_items > 0)
    {
      g_string_append_c (self->text, '\n');
      start_line (self, depth);
    }
  g_string_append_c (self->text, ']');
}

/* In YAML, the mapping of a KWARGS key takes a line for each entry; one within it takes none. */
static void
write_mapping (Writer *self, GVariant *mapping, guint depth, gboolean decoded)
{
  const gsize n_items = g_variant_n_children (mapping);
  const gboolean block = self->json || decoded;
  const gboolean braces = !block || self->json || n_items == 0;

  if (braces)
    g_string_append_c (self->text, '{');
  for (gsize i = 0; i < n_items; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (mapping, i);
      g_autoptr (GVariant) name = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) value = g_variant_get_child_value (entry, 1);

      if (braces && i > 0)
        g_string_append (self->text, block ? "," : ", ");
      if (block)
        {
          g_string_append_c (self->text, '\n');
          start_line (self, depth + 1);
        }
      write_key (self, g_variant_get_string (name, NULL));
      g_string_append_c (self->text, ' ');
      write_variant (self, value, depth + 1, decoded);
    }
  if (self->json && n_items > 0)
    {
      g_string_append_c (self->text, '\n');
      start_line (self, depth);
    }
  if (braces)
    g_string_append_c (self->text, '}');
}

static void
write_variant (Writer *self, GVariant *value, guint depth, gboolean decoded)
{
  g_autoptr (GVariant) inner = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      inner = g_variant_get_variant (value);
      write_variant (self, inner, depth, decoded);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    g_string_append_printf (self->text, "%" G_GINT64_FORMAT, g_variant_get_int64 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    write_double (self, g_variant_get_double (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    g_string_append (self->text, g_variant_get_boolean (value) ? "true" : "false");
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    write_string (self, g_variant_get_string (value, NULL), decoded);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    write_mapping (self, value, depth, FALSE);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY))
    write_list (self, value, depth);
  else
    g_string_append (self->text, "null");
}

static void
write_value (Writer *self, const GValue *value, guint depth)
{
  g_autoptr (GVariant) list = NULL;

  if (G_VALUE_HOLDS_INT64 (value))
    g_string_append_printf (self->text, "%" G_GINT64_FORMAT, g_value_get_int64 (value));
  else if (G_VALUE_HOLDS_DOUBLE (value))
    write_double (self, g_value_get_double (value));
  else if (G_VALUE_HOLDS_BOOLEAN (value))
    g_string_append (self->text, g_value_get_boolean (value) ? "true" : "false");
  else if (G_VALUE_HOLDS_STRING (value))
    write_string (self, g_value_get_string (value), TRUE);
  else if (G_VALUE_HOLDS_VARIANT (value))
    write_mapping (self, g_value_get_variant (value), depth, TRUE);
  else
    {
      list = g_variant_ref_sink (g_variant_new_strv (g_value_get_boxed (value), -1));
      write_list (self, list, depth);
    }
}

char *
_siamban_config_format_value (const GValue *value)
{
  Writer writer = { FALSE, g_string_new (NULL) };

  if (G_VALUE_HOLDS_VARIANT (value))
    write_mapping (&writer, g_value_get_variant (value), 0, FALSE);
  else
    write_value (&writer, value, 0);

  return g_string_free (writer.text, FALSE);
}

/* The part of a group's name that stands in the group around it. */
static const char *
last_part (const char *name)
{
  const char *dot = strrchr (name, '.');

  return dot ? dot + 1 : name;
}

static gboolean
is_child (const char *name, const char *parent)
{
  const char *last = last_part (name);
  const gsize n_parent = last == name ? 0 : (gsize) (last - name) - 1;

  return *name && strlen (parent) == n_parent && strncmp (name, parent, n_parent) == 0;
}

/* Ends a key, if there was one, and starts the next. */
static void
write_name (Writer *self, const char *name, guint depth, gboolean *first)
{
  if (self->json)
    g_string_append (self->text, *first ? "{\n" : ",\n");
  else if (!*first || depth > 0)
    g_string_append_c (self->text, '\n');
  *first = FALSE;

  start_line (self, depth + self->json);
  write_key (self, name);
}

static void
write_keys (Writer *self, SiambanConfigGroup *group, guint depth, gboolean *first)
{
  guint n_keys = 0;
  const SiambanConfigKey *keys = _siamban_config_group_get_keys (group, &n_keys);

  for (guint i = 0; i < n_keys; i++)
    {
      const GValue *value = _siamban_config_group_peek (group, i);
      const gboolean broken = !self->json && G_VALUE_HOLDS_VARIANT (value) &&
                              g_variant_n_children (g_value_get_variant (value)) > 0;

      if (keys[i].ours && _siamban_config_group_is_default (group, i))
        continue;

      write_name (self, keys[i].key, depth, first);
      if (!broken)
        g_string_append_c (self->text, ' ');
      write_value (self, value, depth + self->json);
    }
}

static void
write_group (Writer *self, SiambanConfig *config, const char *name, guint depth)
{
  GListModel *groups = siamban_config_get_groups (config);
  gboolean first = TRUE;

  write_keys (self, _siamban_config_find_group (config, name), depth, &first);
  for (guint i = 0; i < g_list_model_get_n_items (groups); i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);
      const char *child = siamban_config_group_get_name (group);

      if (!is_child (child, name))
        continue;

      write_name (self, last_part (child), depth, &first);
      if (self->json)
        g_string_append_c (self->text, ' ');
      write_group (self, config, child, depth + 1);
    }

  if (self->json)
    {
      g_string_append_c (self->text, '\n');
      start_line (self, depth);
      g_string_append_c (self->text, '}');
    }
}

static char *
write_config (SiambanConfig *config, gboolean json)
{
  Writer writer = { .json = json, .text = g_string_new (NULL) };

  write_group (&writer, config, "", 0);
  g_string_append_c (writer.text, '\n');

  return g_string_free (writer.text, FALSE);
}

/**
 * siamban_config_to_yaml:
 * @self: a configuration
 *
 * Writes all keys as YAML that the original reads too. Keys that the original does not know are
 * left out while they are at their defaults.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
siamban_config_to_yaml (SiambanConfig *self)
{
  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), NULL);

  return write_config (self, FALSE);
}

/**
 * siamban_config_to_json:
 * @self: a configuration
 *
 * Writes all keys as JSON, indented by four spaces like the original's log. Keys that the original
 * does not know are left out while they are at their defaults.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
siamban_config_to_json (SiambanConfig *self)
{
  g_return_val_if_fail (SIAMBAN_IS_CONFIG (self), NULL);

  return write_config (self, TRUE);
}
