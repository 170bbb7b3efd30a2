/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config-value-private.h"

#include <string.h>

/* The original reads every string of a configuration once more as Python, so that `1e-3`, which
 * is a string in YAML, becomes a number, and `(a, b)` a list. */

#define MAX_DEPTH 8

static SiambanConfigValue *read_value (const char **text, guint depth);

static void
skip_space (const char **text)
{
  *text += strspn (*text, " \t");
}

static SiambanConfigValue *
read_word (const char **text)
{
  static const struct
  {
    const char *word;
    SiambanConfigValueKind kind;
    gboolean truth;
  } words[] = {
    { "True", SIAMBAN_CONFIG_VALUE_BOOLEAN, TRUE },
    { "False", SIAMBAN_CONFIG_VALUE_BOOLEAN, FALSE },
    { "None", SIAMBAN_CONFIG_VALUE_NULL, FALSE },
  };
  const gsize length = strspn (*text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_");

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (length == strlen (words[i].word) && strncmp (*text, words[i].word, length) == 0)
      {
        SiambanConfigValue *value = _siamban_config_value_new (words[i].kind);

        value->truth = words[i].truth;
        value->text = g_strndup (*text, length);
        *text += length;
        return value;
      }

  return NULL;
}

/* 0x1f, 0o17 and 0b11. */
static SiambanConfigValue *
read_based_number (const char **text)
{
  static const char letters[] = "xob";
  static const guint bases[] = { 16, 8, 2 };
  const char *start = *text;
  const gboolean negative = *start == '-';
  const char *digits = start + (*start == '-' || *start == '+') + 2;
  const char *letter = strchr (letters, g_ascii_tolower (digits[-1]));
  SiambanConfigValue *value = NULL;
  char *end = NULL;
  guint64 number = 0;

  if (!letter || !g_ascii_isxdigit (*digits))
    return NULL;

  number = g_ascii_strtoull (digits, &end, bases[letter - letters]);
  if (end == digits || number > G_MAXINT64)
    return NULL;

  value = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_INT);
  value->integer = negative ? -(gint64) number : (gint64) number;
  value->number = (double) value->integer;
  value->text = g_strndup (start, (gsize) (end - start));
  *text = end;

  return value;
}

/* A number without inf, nan and hexadecimal fractions, which g_ascii_strtod() also takes. */
static SiambanConfigValue *
read_number (const char **text)
{
  const char *start = *text;
  const char *digits = start + (*start == '-' || *start == '+');
  const gsize n_digits = strspn (digits, "0123456789");
  SiambanConfigValue *value = NULL;
  char *end = NULL;
  gboolean whole = FALSE;

  if (n_digits == 0 && !(digits[0] == '.' && g_ascii_isdigit (digits[1])))
    return NULL;
  if (digits[0] == '0' && g_ascii_isalnum (digits[1]) && g_ascii_tolower (digits[1]) != 'e')
    return read_based_number (text);

  whole = strchr (".eE", digits[n_digits]) == NULL || digits[n_digits] == '\0';
  value = _siamban_config_value_new (whole ? SIAMBAN_CONFIG_VALUE_INT
                                           : SIAMBAN_CONFIG_VALUE_DOUBLE);
  value->number = g_ascii_strtod (start, &end);
  value->integer = g_ascii_strtoll (start, NULL, 10);
  value->text = g_strndup (start, (gsize) (end - start));
  *text = end;

  return value;
}

/* A character by its number: x41, u0041 or U00000041 behind the backslash. */
static gboolean
read_code_escape (const char **text, GString *to)
{
  const guint n_digits = **text == 'x' ? 2 : **text == 'u' ? 4 : **text == 'U' ? 8 : 0;
  gunichar code = 0;

  for (guint i = 1; i <= n_digits; i++)
    {
      if (!g_ascii_isxdigit ((*text)[i]))
        return FALSE;
      code = code * 16 + (gunichar) g_ascii_xdigit_value ((*text)[i]);
    }
  if (code == 0 || !g_unichar_validate (code))
    return FALSE;

  g_string_append_unichar (to, code);
  *text += n_digits + 1;

  return TRUE;
}

static gboolean
read_escape (const char **text, GString *to)
{
  static const char letters[] = "\\'\"ntr";
  static const char meanings[] = "\\'\"\n\t\r";
  const char *letter = **text ? strchr (letters, **text) : NULL;

  if (!letter)
    return read_code_escape (text, to);

  g_string_append_c (to, meanings[letter - letters]);
  (*text)++;

  return TRUE;
}

static SiambanConfigValue *
read_string (const char **text)
{
  const char quote = **text;
  g_autoptr (GString) content = g_string_new (NULL);

  for (const char *p = *text + 1; *p;)
    {
      if (*p == quote)
        {
          *text = p + 1;
          return _siamban_config_value_new_string (content->str);
        }

      if (*p != '\\')
        {
          g_string_append_c (content, *p++);
          continue;
        }

      p++;
      if (!read_escape (&p, content))
        return NULL;
    }

  return NULL;
}

/* `(a, b)` and `[a, b]`; `(a)` is no tuple but a. */
static SiambanConfigValue *
read_list (const char **text, guint depth)
{
  const char close = **text == '(' ? ')' : ']';
  g_autoptr (SiambanConfigValue) list = _siamban_config_value_new (SIAMBAN_CONFIG_VALUE_LIST);
  gboolean comma = TRUE;

  (*text)++;
  while (TRUE)
    {
      g_autoptr (SiambanConfigValue) item = NULL;

      skip_space (text);
      if (**text == close)
        break;
      if (!comma)
        return NULL;

      item = read_value (text, depth + 1);
      if (!item)
        return NULL;

      _siamban_config_value_append (list, item);
      skip_space (text);
      comma = **text == ',';
      *text += comma;
    }
  (*text)++;

  if (close == ')' && list->items->len == 1 && !comma)
    return _siamban_config_value_ref (list->items->pdata[0]);

  return g_steal_pointer (&list);
}

static SiambanConfigValue *
read_value (const char **text, guint depth)
{
  if (depth > MAX_DEPTH)
    return NULL;

  skip_space (text);
  switch (**text)
    {
    case '(':
    case '[':
      return read_list (text, depth);
    case '\'':
    case '"':
      return read_string (text);
    case 'T':
    case 'F':
    case 'N':
      return read_word (text);
    default:
      return read_number (text);
    }
}

SiambanConfigValue *
_siamban_config_value_new_literal (const char *text)
{
  g_autoptr (SiambanConfigValue) value = read_value (&text, 0);

  skip_space (&text);

  return value && *text == '\0' ? g_steal_pointer (&value) : NULL;
}
