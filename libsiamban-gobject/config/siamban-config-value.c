/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config-value-private.h"

#include <math.h>
#include <string.h>

/* Characters of a value that a message shows. */
#define MAX_SHOWN 40

static void
free_entry (gpointer data)
{
  SiambanConfigEntry *entry = data;

  g_free (entry->name);
  _siamban_config_value_unref (entry->value);
  g_free (entry);
}

static void
unref_value (gpointer data)
{
  _siamban_config_value_unref (data);
}

SiambanConfigValue *
_siamban_config_value_new (SiambanConfigValueKind kind)
{
  SiambanConfigValue *self = g_new0 (SiambanConfigValue, 1);

  self->ref_count = 1;
  self->kind = kind;
  self->size = 1;
  if (kind == SIAMBAN_CONFIG_VALUE_LIST)
    self->items = g_ptr_array_new_with_free_func (unref_value);
  if (kind == SIAMBAN_CONFIG_VALUE_MAPPING)
    self->entries = g_ptr_array_new_with_free_func (free_entry);

  return self;
}

SiambanConfigValue *
_siamban_config_value_new_string (const char *text)
{
  SiambanConfigValue *self = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_STRING);

  self->text = g_strdup (text);

  return self;
}

SiambanConfigValue *
_siamban_config_value_ref (SiambanConfigValue *self)
{
  self->ref_count++;

  return self;
}

void
_siamban_config_value_unref (SiambanConfigValue *self)
{
  if (--self->ref_count > 0)
    return;

  g_free (self->text);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_free (self);
}

void
_siamban_config_value_append (SiambanConfigValue *self, SiambanConfigValue *item)
{
  g_ptr_array_add (self->items, _siamban_config_value_ref (item));
  self->size += item->size;
}

void
_siamban_config_value_insert (SiambanConfigValue *self,
                              const char *name,
                              guint line,
                              SiambanConfigValue *value)
{
  SiambanConfigEntry *entry = g_new0 (SiambanConfigEntry, 1);

  entry->name = g_strdup (name);
  entry->line = line;
  entry->value = _siamban_config_value_ref (value);
  g_ptr_array_add (self->entries, entry);
  self->size += value->size;
}

gboolean
_siamban_config_value_has (SiambanConfigValue *self, const char *name)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      const SiambanConfigEntry *entry = self->entries->pdata[i];

      if (strcmp (entry->name, name) == 0)
        return TRUE;
    }

  return FALSE;
}

static int
digit_value (char c)
{
  return g_ascii_isxdigit (c) ? g_ascii_xdigit_value (c) : -1;
}

/* Digits of a base, with underscores between them, up to the end; FALSE if there is anything else.
 * The clamped integer goes to @self, and so does the number, which has no such limit. */
static gboolean
take_digits (SiambanConfigValue *self, const char *text, int base, gboolean negative)
{
  guint64 integer = 0;
  double number = 0;
  gboolean clamped = FALSE;
  guint n_digits = 0;

  for (const char *p = text; *p; p++)
    {
      const int digit = digit_value (*p);

      if (*p == '_')
        continue;
      if (digit < 0 || digit >= base)
        return FALSE;

      n_digits++;
      number = number * base + digit;
      clamped = clamped || integer > (G_MAXINT64 - (guint64) digit) / (guint64) base;
      integer = integer * (guint64) base + (guint64) digit;
    }

  self->integer = clamped ? (negative ? G_MININT64 : G_MAXINT64)
                          : (negative ? -(gint64) integer : (gint64) integer);
  self->number = negative ? -number : number;

  return n_digits > 0;
}

/* 1:30 is 90 in YAML 1.1. */
static gboolean
take_sexagesimal (SiambanConfigValue *self, const char *text, gboolean negative)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", -1);
  double number = 0;

  if (g_strv_length (parts) < 2 || g_strv_length (parts) > 8)
    return FALSE;

  for (guint i = 0; parts[i]; i++)
    {
      const gsize length = strlen (parts[i]);

      if (length == 0 || length > (i == 0 ? 9 : 2) || (i == 0 && parts[0][0] == '0') ||
          strspn (parts[i], "0123456789") != length)
        return FALSE;
      if (i > 0 && g_ascii_strtoull (parts[i], NULL, 10) > 59)
        return FALSE;

      number = number * 60 + (double) g_ascii_strtoull (parts[i], NULL, 10);
    }

  self->number = negative ? -number : number;
  self->integer = number < 9e15 ? (gint64) self->number : (negative ? G_MININT64 : G_MAXINT64);

  return TRUE;
}

static gboolean
take_int (SiambanConfigValue *self, const char *text)
{
  const gboolean negative = text[0] == '-';
  const char *digits = text + (text[0] == '-' || text[0] == '+');

  if (g_str_has_prefix (digits, "0b"))
    return take_digits (self, digits + 2, 2, negative);
  if (g_str_has_prefix (digits, "0x"))
    return take_digits (self, digits + 2, 16, negative);
  if (!g_ascii_isdigit (digits[0]))
    return FALSE;
  if (digits[0] == '0' && digits[1])
    return take_digits (self, digits + 1, 8, negative);

  return take_digits (self, digits, 10, negative) || take_sexagesimal (self, digits, negative);
}

/* The number that a text of digits, underscores, a point and an exponent spells. */
static double
spell_out (const char *text)
{
  g_autofree char *plain = g_strdup (text);
  char *to = plain;

  for (const char *from = text; *from; from++)
    if (*from != '_')
      *to++ = *from;
  *to = '\0';

  return g_ascii_strtod (plain, NULL);
}

static gboolean
take_named_double (SiambanConfigValue *self, const char *text)
{
  static const char *const infinities[] = { ".inf", ".Inf", ".INF", NULL };
  static const char *const not_numbers[] = { ".nan", ".NaN", ".NAN", NULL };
  const char *word = text + (text[0] == '-' || text[0] == '+');

  if (g_strv_contains (not_numbers, text))
    self->number = NAN;
  else if (g_strv_contains (infinities, word))
    self->number = text[0] == '-' ? -INFINITY : INFINITY;
  else
    return FALSE;

  return TRUE;
}

/* PyYAML wants a point, and a sign in the exponent: 1e3 and 1.0e3 are strings to it. */
static gboolean
take_double (SiambanConfigValue *self, const char *text)
{
  const char *p = text + (text[0] == '-' || text[0] == '+');
  const gsize whole = g_ascii_isdigit (*p) ? strspn (p, "0123456789_") : 0;

  if (take_named_double (self, text))
    return TRUE;

  p += whole;
  if (*p++ != '.' || (whole == 0 && (p - text != 1 || !g_ascii_isdigit (*p))))
    return FALSE;

  p += strspn (p, "0123456789_");
  if (*p == 'e' || *p == 'E')
    {
      p++;
      if ((*p != '-' && *p != '+') || !g_ascii_isdigit (p[1]))
        return FALSE;
      p++;
      p += strspn (p, "0123456789");
    }
  if (*p)
    return FALSE;

  self->number = spell_out (text);

  return TRUE;
}

/* The three spellings YAML 1.1 allows of a word: lower case, capitalised, upper case. */
static gboolean
is_word (const char *text, const char *word)
{
  g_autofree char *upper = g_ascii_strup (word, -1);
  g_autofree char *title = g_strdup (word);

  title[0] = g_ascii_toupper (title[0]);

  return strcmp (text, word) == 0 || strcmp (text, title) == 0 || strcmp (text, upper) == 0;
}

SiambanConfigValue *
_siamban_config_value_new_plain (const char *text)
{
  SiambanConfigValue *self = _siamban_config_value_new_string (text);

  if (!*text || strcmp (text, "~") == 0 || is_word (text, "null"))
    {
      self->kind = SIAMBAN_CONFIG_VALUE_NULL;
    }
  else if (is_word (text, "true") || is_word (text, "yes") || is_word (text, "on"))
    {
      self->kind = SIAMBAN_CONFIG_VALUE_BOOLEAN;
      self->truth = TRUE;
    }
  else if (is_word (text, "false") || is_word (text, "no") || is_word (text, "off"))
    {
      self->kind = SIAMBAN_CONFIG_VALUE_BOOLEAN;
    }
  else if (take_int (self, text))
    {
      self->kind = SIAMBAN_CONFIG_VALUE_INT;
    }
  else if (take_double (self, text))
    {
      self->kind = SIAMBAN_CONFIG_VALUE_DOUBLE;
    }

  return self;
}

/* The beginning of a text, for a message. */
static char *
shorten (const char *text)
{
  g_autofree char *start = NULL;

  if (g_utf8_strlen (text, -1) <= MAX_SHOWN)
    return g_strdup (text);

  start = g_utf8_substring (text, 0, MAX_SHOWN);

  return g_strconcat (start, "…", NULL);
}

char *
_siamban_config_value_describe (SiambanConfigValue *self)
{
  g_autofree char *text = self->text ? shorten (self->text) : NULL;

  switch (self->kind)
    {
    case SIAMBAN_CONFIG_VALUE_BOOLEAN:
      return g_strdup_printf ("%s is a boolean", text);
    case SIAMBAN_CONFIG_VALUE_INT:
      return g_strdup_printf ("%s is a whole number", text);
    case SIAMBAN_CONFIG_VALUE_DOUBLE:
      return g_strdup_printf ("%s is a real number", text);
    case SIAMBAN_CONFIG_VALUE_STRING:
      return g_strdup_printf ("\"%s\" is a string", text);
    case SIAMBAN_CONFIG_VALUE_LIST:
      return g_strdup ("found a list");
    case SIAMBAN_CONFIG_VALUE_MAPPING:
      return g_strdup ("found a mapping");
    case SIAMBAN_CONFIG_VALUE_NULL:
    default:
      return g_strdup ("found nothing");
    }
}
