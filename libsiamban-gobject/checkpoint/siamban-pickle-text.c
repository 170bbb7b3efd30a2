/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-pickle-reader-private.h"

#include <string.h>

/* How protocol 0 spells values: one line of text each. */

static gboolean
read_hex (const char *text, gsize n_digits, gunichar *value)
{
  *value = 0;
  for (gsize i = 0; i < n_digits; i++)
    {
      const int digit = g_ascii_xdigit_value (text[i]);

      if (digit < 0)
        return FALSE;
      *value = *value << 4 | (gunichar) digit;
    }

  return TRUE;
}

/* Appends what the escape after a backslash means; returns how many characters it takes, 0 when
 * it is malformed. */
static gsize
append_escape (GString *text, const char *escape, gsize size)
{
  static const char letters[] = "nrtabfv\\'\"";
  static const char meanings[] = "\n\r\t\a\b\f\v\\'\"";
  const char *letter = size > 0 && escape[0] != '\0' ? strchr (letters, escape[0]) : NULL;
  gunichar value;

  if (letter != NULL)
    {
      g_string_append_c (text, meanings[letter - letters]);
      return 1;
    }
  if (size >= 3 && escape[0] == 'x' && read_hex (escape + 1, 2, &value))
    {
      g_string_append_c (text, (char) value);
      return 3;
    }

  return 0;
}

SiambanPickleValue *
_siamban_pickle_unquote (SiambanPickle *pickle, const char *line, gsize size)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (size < 2 || line[0] != line[size - 1] || (line[0] != '\'' && line[0] != '"'))
    return NULL;

  for (gsize i = 1; i < size - 1; i++)
    {
      gsize n;

      if (line[i] != '\\')
        {
          g_string_append_c (text, line[i]);
          continue;
        }
      n = append_escape (text, line + i + 1, size - 2 - i);
      if (n == 0)
        return NULL;
      i += n;
    }

  return _siamban_pickle_add_text (pickle, text->str, text->len);
}

SiambanPickleValue *
_siamban_pickle_unescape (SiambanPickle *pickle, const char *line, gsize size)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < size; i++)
    {
      const gsize n_digits = line[i] != '\\' || i + 1 >= size ? 0
                             : line[i + 1] == 'u'             ? 4
                             : line[i + 1] == 'U'             ? 8
                                                              : 0;
      gunichar value;

      /* The other characters are those of ISO 8859-1. */
      if (n_digits == 0)
        {
          g_string_append_unichar (text, (guchar) line[i]);
          continue;
        }
      if (i + 2 + n_digits > size || !read_hex (line + i + 2, n_digits, &value) ||
          !g_unichar_validate (value))
        return NULL;
      g_string_append_unichar (text, value);
      i += 1 + n_digits;
    }

  return _siamban_pickle_add_text (pickle, text->str, text->len);
}

SiambanPickleValue *
_siamban_pickle_parse_integer (SiambanPickle *pickle, const char *line, gsize size)
{
  g_autofree char *text = g_strndup (line, size > 0 && line[size - 1] == 'L' ? size - 1 : size);
  gint64 integer;

  if (!g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &integer, NULL))
    return NULL;

  return _siamban_pickle_add_integer (pickle, integer);
}
