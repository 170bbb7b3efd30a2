/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config-value-private.h"

#include <string.h>
#include <yaml.h>

#include "siamban-error.h"

/* Far beyond any real configuration; a file of noise, or one made to exhaust memory, stops here. */
#define MAX_DEPTH 16
#define MAX_VALUES 10000

/* YAML itself allows 1024 characters, and an escape takes up to ten. */
#define MAX_NAME 100

/* One document on its way from libyaml's events to values. */
typedef struct
{
  yaml_parser_t parser;
  gboolean json;
  const char *file;
  GHashTable *anchors; /* name → SiambanConfigValue */
  gsize n_values;      /* made so far, where an alias counts as what it stands for */
} Reader;

static SiambanConfigValue *
read_node (Reader *self, yaml_event_t *event, guint depth, GError **error);

static void
set_error (Reader *self, const yaml_mark_t *mark, const char *message, GError **error)
{
  const gulong line = (gulong) mark->line + 1;

  if (self->file)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG, "%s (%s:%lu)", message,
                 self->file, line);
  else
    g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG, message);
}

static gboolean
next_event (Reader *self, yaml_event_t *event, GError **error)
{
  g_autofree char *message = NULL;

  if (yaml_parser_parse (&self->parser, event))
    return TRUE;

  message = g_strdup_printf (
      "syntax error: %s%s%s", self->parser.problem ? self->parser.problem : "out of memory",
      self->parser.context ? ", " : "", self->parser.context ? self->parser.context : "");
  set_error (self, &self->parser.problem_mark, message, error);

  return FALSE;
}

/* Counts what is made, so that aliases of aliases cannot multiply without end. */
static gboolean
count_values (Reader *self, const yaml_mark_t *mark, gsize n, GError **error)
{
  self->n_values += n;
  if (self->n_values <= MAX_VALUES)
    return TRUE;

  set_error (self, mark, "more than " G_STRINGIFY (MAX_VALUES) " values", error);

  return FALSE;
}

static void
remember (Reader *self, const yaml_char_t *anchor, SiambanConfigValue *value)
{
  if (anchor && value)
    g_hash_table_replace (self->anchors, g_strdup ((const char *) anchor),
                          _siamban_config_value_ref (value));
}

/* A tag names the type; without one an unquoted scalar has the type it looks like. */
static SiambanConfigValue *
resolve_scalar (Reader *self, const char *text, const char *tag, gboolean plain)
{
  SiambanConfigValue *literal = NULL;
  SiambanConfigValue *value = NULL;

  if (tag && (strcmp (tag, YAML_STR_TAG) == 0 || strcmp (tag, "!") == 0))
    plain = FALSE;
  else if (tag)
    plain = TRUE;

  /* In JSON 1e3 is a number wherever it stands. */
  if (plain && self->json)
    literal = _siamban_config_value_new_literal (text);
  if (literal)
    return literal;

  value = plain ? _siamban_config_value_new_plain (text) : _siamban_config_value_new_string (text);
  if (g_strcmp0 (tag, YAML_FLOAT_TAG) == 0 && value->kind == SIAMBAN_CONFIG_VALUE_INT)
    value->kind = SIAMBAN_CONFIG_VALUE_DOUBLE;

  return value;
}

static gboolean
is_core_tag (const char *tag)
{
  static const char *const tags[] = { "!",          YAML_NULL_TAG, YAML_BOOL_TAG,
                                      YAML_STR_TAG, YAML_INT_TAG,  YAML_FLOAT_TAG,
                                      YAML_SEQ_TAG, YAML_MAP_TAG,  NULL };

  return !tag || g_strv_contains (tags, tag);
}

static gboolean
check_tag (Reader *self, const yaml_mark_t *mark, const yaml_char_t *tag, GError **error)
{
  g_autofree char *message = NULL;

  if (is_core_tag ((const char *) tag))
    return TRUE;

  message = g_strdup_printf ("the tag %s is not understood", (const char *) tag);
  set_error (self, mark, message, error);

  return FALSE;
}

static SiambanConfigValue *
read_scalar (Reader *self, yaml_event_t *event, GError **error)
{
  const char *text = (const char *) event->data.scalar.value;
  SiambanConfigValue *value = NULL;

  if (!check_tag (self, &event->start_mark, event->data.scalar.tag, error))
    return NULL;
  if (memchr (text, '\0', event->data.scalar.length))
    {
      set_error (self, &event->start_mark, "a text with a zero byte", error);
      return NULL;
    }

  value = resolve_scalar (self, text, (const char *) event->data.scalar.tag,
                          event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE);
  remember (self, event->data.scalar.anchor, value);

  return value;
}

static SiambanConfigValue *
read_alias (Reader *self, yaml_event_t *event, GError **error)
{
  const char *name = (const char *) event->data.alias.anchor;
  SiambanConfigValue *value = g_hash_table_lookup (self->anchors, name);
  g_autofree char *message = NULL;

  if (value)
    return count_values (self, &event->start_mark, value->size, error)
               ? _siamban_config_value_ref (value)
               : NULL;

  message = g_strdup_printf ("no anchor is named %s", name);
  set_error (self, &event->start_mark, message, error);

  return NULL;
}

static SiambanConfigValue *
read_list (Reader *self, yaml_event_t *start, guint depth, GError **error)
{
  g_autoptr (SiambanConfigValue) list = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_LIST);

  while (TRUE)
    {
      yaml_event_t event;
      g_autoptr (SiambanConfigValue) item = NULL;
      gboolean at_end = FALSE;

      if (!next_event (self, &event, error))
        return NULL;

      at_end = event.type == YAML_SEQUENCE_END_EVENT;
      if (!at_end)
        item = read_node (self, &event, depth + 1, error);
      yaml_event_delete (&event);
      if (at_end)
        break;
      if (!item)
        return NULL;

      _siamban_config_value_append (list, item);
    }
  remember (self, start->data.sequence_start.anchor, list);

  return g_steal_pointer (&list);
}

/* `<<: *base` gives a mapping what it does not have itself. */
static gboolean
merge (Reader *self,
       const yaml_mark_t *mark,
       SiambanConfigValue *mapping,
       SiambanConfigValue *base,
       GError **error)
{
  gboolean good = TRUE;

  if (base->kind == SIAMBAN_CONFIG_VALUE_LIST)
    {
      for (guint i = 0; i < base->items->len && good; i++)
        good = merge (self, mark, mapping, base->items->pdata[i], error);
      return good;
    }

  if (base->kind != SIAMBAN_CONFIG_VALUE_MAPPING)
    {
      set_error (self, mark, "only a mapping can be merged", error);
      return FALSE;
    }

  for (guint i = 0; i < base->entries->len && good; i++)
    {
      const SiambanConfigEntry *entry = base->entries->pdata[i];

      if (_siamban_config_value_has (mapping, entry->name))
        continue;

      good = count_values (self, mark, entry->value->size, error);
      _siamban_config_value_insert (mapping, entry->name, entry->line, entry->value);
    }

  return good;
}

static gboolean
read_entry (Reader *self,
            yaml_event_t *name,
            SiambanConfigValue *mapping,
            SiambanConfigValue *bases,
            guint depth,
            GError **error)
{
  const char *text = (const char *) name->data.scalar.value;
  yaml_event_t event;
  g_autoptr (SiambanConfigValue) value = NULL;

  if (name->type != YAML_SCALAR_EVENT || memchr (text, '\0', name->data.scalar.length) ||
      name->data.scalar.length > MAX_NAME)
    {
      set_error (self, &name->start_mark, "a key must be a word", error);
      return FALSE;
    }
  if (!next_event (self, &event, error))
    return FALSE;

  value = read_node (self, &event, depth + 1, error);
  yaml_event_delete (&event);
  if (!value)
    return FALSE;

  if (strcmp (text, "<<") == 0 && name->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
    _siamban_config_value_append (bases, value);
  else
    _siamban_config_value_insert (mapping, text, (guint) name->start_mark.line + 1, value);

  return TRUE;
}

static SiambanConfigValue *
read_mapping (Reader *self, yaml_event_t *start, guint depth, GError **error)
{
  g_autoptr (SiambanConfigValue) mapping = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_MAPPING);
  g_autoptr (SiambanConfigValue) bases = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_LIST);

  while (TRUE)
    {
      yaml_event_t event;
      gboolean at_end = FALSE;
      gboolean good = TRUE;

      if (!next_event (self, &event, error))
        return NULL;

      at_end = event.type == YAML_MAPPING_END_EVENT;
      if (!at_end)
        good = read_entry (self, &event, mapping, bases, depth, error);
      yaml_event_delete (&event);
      if (!good)
        return NULL;
      if (at_end)
        break;
    }

  if (!merge (self, &start->start_mark, mapping, bases, error))
    return NULL;
  remember (self, start->data.mapping_start.anchor, mapping);

  return g_steal_pointer (&mapping);
}

static SiambanConfigValue *
read_node (Reader *self, yaml_event_t *event, guint depth, GError **error)
{
  if (depth > MAX_DEPTH)
    {
      set_error (self, &event->start_mark, "nested more than " G_STRINGIFY (MAX_DEPTH) " deep",
                 error);
      return NULL;
    }
  if (!count_values (self, &event->start_mark, 1, error))
    return NULL;

  switch (event->type)
    {
    case YAML_SCALAR_EVENT:
      return read_scalar (self, event, error);
    case YAML_ALIAS_EVENT:
      return read_alias (self, event, error);
    case YAML_SEQUENCE_START_EVENT:
      return check_tag (self, &event->start_mark, event->data.sequence_start.tag, error)
                 ? read_list (self, event, depth, error)
                 : NULL;
    case YAML_MAPPING_START_EVENT:
      return check_tag (self, &event->start_mark, event->data.mapping_start.tag, error)
                 ? read_mapping (self, event, depth, error)
                 : NULL;
    default:
      set_error (self, &event->start_mark, "there is nothing in it", error);
      return NULL;
    }
}

/* Skips to an event that is neither the start of the stream nor of a document. */
static gboolean
next_content (Reader *self, yaml_event_t *event, GError **error)
{
  while (next_event (self, event, error))
    {
      if (event->type != YAML_STREAM_START_EVENT && event->type != YAML_DOCUMENT_START_EVENT &&
          event->type != YAML_DOCUMENT_END_EVENT)
        return TRUE;
      yaml_event_delete (event);
    }

  return FALSE;
}

static SiambanConfigValue *
read_document (Reader *self, GError **error)
{
  g_autoptr (SiambanConfigValue) value = NULL;
  yaml_event_t event;
  gboolean at_end = FALSE;

  if (!next_content (self, &event, error))
    return NULL;
  value = read_node (self, &event, 0, error);
  yaml_event_delete (&event);
  if (!value || !next_content (self, &event, error))
    return NULL;

  at_end = event.type == YAML_STREAM_END_EVENT;
  if (!at_end)
    set_error (self, &event.start_mark, "a second document in one file", error);
  yaml_event_delete (&event);

  return at_end ? g_steal_pointer (&value) : NULL;
}

static gboolean
is_surrogate (const char *text, char second_digit_from, char second_digit_to)
{
  return text[0] == '\\' && text[1] == 'u' && g_ascii_tolower (text[2]) == 'd' &&
         g_ascii_tolower (text[3]) >= second_digit_from &&
         g_ascii_tolower (text[3]) <= second_digit_to && g_ascii_isxdigit (text[4]) &&
         g_ascii_isxdigit (text[5]);
}

/* JSON writes a character beyond 16 bits as two escapes, YAML as one. */
static GString *
join_surrogates (const char *text, gsize length)
{
  GString *joined = g_string_sized_new (length);

  for (gsize i = 0; i < length; i++)
    {
      if (length - i >= 12 && is_surrogate (text + i, '8', 'b') &&
          is_surrogate (text + i + 6, 'c', 'f'))
        {
          const guint high = (guint) g_ascii_strtoull (
              (char[]){ text[i + 2], text[i + 3], text[i + 4], text[i + 5], 0 }, NULL, 16);
          const guint low = (guint) g_ascii_strtoull (
              (char[]){ text[i + 8], text[i + 9], text[i + 10], text[i + 11], 0 }, NULL, 16);

          g_string_append_printf (joined, "\\U%08X",
                                  0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
          i += 11;
          continue;
        }

      g_string_append_c (joined, text[i]);
      /* What a backslash escapes is no start of an escape. */
      if (text[i] == '\\' && i + 1 < length)
        g_string_append_c (joined, text[++i]);
    }

  return joined;
}

SiambanConfigValue *
_siamban_config_value_parse (const char *text,
                             gsize length,
                             gboolean json,
                             const char *file,
                             GError **error)
{
  Reader self = { .json = json, .file = file };
  g_autoptr (GString) joined = json ? join_surrogates (text, length) : NULL;
  SiambanConfigValue *value = NULL;

  if (!yaml_parser_initialize (&self.parser))
    {
      g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                           "no memory to read a configuration");
      return NULL;
    }

  self.anchors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify) _siamban_config_value_unref);
  yaml_parser_set_input_string (&self.parser, (const unsigned char *) (joined ? joined->str : text),
                                joined ? joined->len : length);
  value = read_document (&self, error);

  g_hash_table_unref (self.anchors);
  yaml_parser_delete (&self.parser);

  return value;
}
