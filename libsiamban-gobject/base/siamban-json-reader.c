/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-json-reader-private.h"

#include <math.h>
#include <string.h>

#include "siamban-error.h"

#define MAX_DEPTH 64

/* Up to these a decimal fraction is one exact integer times or over one exact power. */
#define MAX_EXACT_INTEGER (G_GUINT64_CONSTANT (1) << 53)
#define MAX_EXACT_POWER 22

void
_siamban_json_reader_init (SiambanJsonReader *self, const char *name, const char *data, gsize size)
{
  *self = (SiambanJsonReader){
    .name = name,
    .start = data,
    .at = data,
    .end = data + size,
    .text = g_string_sized_new (64),
  };
}

void
_siamban_json_reader_clear (SiambanJsonReader *self)
{
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  self->text = NULL;
  g_clear_error (&self->error);
}

gboolean
_siamban_json_reader_fail (SiambanJsonReader *self, const char *where, const char *message)
{
  guint line = 1, column = 1;

  if (self->error != NULL)
    return FALSE;
  if (where == NULL)
    where = self->at;

  for (const char *p = self->start; p < where; p++)
    if (*p == '\n')
      line++, column = 1;
    else if ((*p & 0xc0) != 0x80)
      column++;
  g_set_error (&self->error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA, "%s:%u:%u: %s", self->name,
               line, column, message);

  return FALSE;
}

static void
skip_blanks (SiambanJsonReader *self)
{
  while (self->at < self->end &&
         (*self->at == ' ' || *self->at == '\n' || *self->at == '\r' || *self->at == '\t'))
    self->at++;
}

char
_siamban_json_reader_peek (SiambanJsonReader *self)
{
  if (self->error != NULL)
    return '\0';
  skip_blanks (self);

  return self->at < self->end ? *self->at : '\0';
}

static gboolean
enter (SiambanJsonReader *self, char bracket, const char *expected)
{
  if (_siamban_json_reader_peek (self) != bracket)
    return _siamban_json_reader_fail (self, NULL, expected);
  if (self->depth == MAX_DEPTH)
    return _siamban_json_reader_fail (self, NULL, "nested too deeply");
  self->depth++;
  self->at++;

  return TRUE;
}

gboolean
_siamban_json_reader_enter_object (SiambanJsonReader *self)
{
  return enter (self, '{', "expected an object, “{”");
}

gboolean
_siamban_json_reader_enter_array (SiambanJsonReader *self)
{
  return enter (self, '[', "expected an array, “[”");
}

/* Steps over the comma before any but the first item; FALSE at the closing bracket. */
static gboolean
next_item (SiambanJsonReader *self, gboolean *first, char closing, const char *expected)
{
  const char found = _siamban_json_reader_peek (self);

  if (self->error != NULL)
    return FALSE;
  if (found == closing)
    {
      self->depth--;
      self->at++;
      return FALSE;
    }
  if (!*first)
    {
      if (found != ',')
        return _siamban_json_reader_fail (self, NULL, expected);
      self->at++;
    }
  *first = FALSE;

  return TRUE;
}

gboolean
_siamban_json_reader_next_element (SiambanJsonReader *self, gboolean *first)
{
  return next_item (self, first, ']', "expected “,” or “]”");
}

gboolean
_siamban_json_reader_next_key (SiambanJsonReader *self, gboolean *first)
{
  if (!next_item (self, first, '}', "expected “,” or “}”"))
    return FALSE;
  if (_siamban_json_reader_peek (self) != '"')
    return _siamban_json_reader_fail (self, NULL, "expected a key in double quotes");
  if (!_siamban_json_reader_read_string (self))
    return FALSE;
  if (_siamban_json_reader_peek (self) != ':')
    return _siamban_json_reader_fail (self, NULL, "expected “:” after the key");
  self->at++;

  return TRUE;
}

static gboolean
read_hex (SiambanJsonReader *self, guint *code)
{
  *code = 0;
  if (self->end - self->at < 4)
    return FALSE;
  for (guint i = 0; i < 4; i++, self->at++)
    {
      if (!g_ascii_isxdigit (*self->at))
        return FALSE;
      *code = *code << 4 | (guint) g_ascii_xdigit_value (*self->at);
    }

  return TRUE;
}

/* Behind “\u”: one code, or two that make a pair beyond the first 65536. */
static gboolean
read_unicode (SiambanJsonReader *self, const char *where)
{
  guint code, low;

  if (!read_hex (self, &code))
    return _siamban_json_reader_fail (self, where, "expected four hexadecimal digits after “\\u”");
  if (code >= 0xd800 && code < 0xdc00)
    {
      if (self->end - self->at < 2 || self->at[0] != '\\' || self->at[1] != 'u')
        return _siamban_json_reader_fail (self, where, "half of a surrogate pair");
      self->at += 2;
      if (!read_hex (self, &low) || low < 0xdc00 || low > 0xdfff)
        return _siamban_json_reader_fail (self, where, "half of a surrogate pair");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
  else if (code >= 0xdc00 && code < 0xe000)
    return _siamban_json_reader_fail (self, where, "half of a surrogate pair");
  else if (code == 0)
    return _siamban_json_reader_fail (self, where, "a NUL character in a string");
  g_string_append_unichar (self->text, code);

  return TRUE;
}

static gboolean
read_escape (SiambanJsonReader *self)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  const char *where = self->at++;
  const char *found;
  char letter;

  if (self->at == self->end)
    return _siamban_json_reader_fail (self, NULL, "a string without an end");
  letter = *self->at++;
  if (letter == 'u')
    return read_unicode (self, where);
  found = letter != '\0' ? strchr (from, letter) : NULL;
  if (found == NULL)
    return _siamban_json_reader_fail (self, where, "an unknown escape in a string");
  g_string_append_c (self->text, to[found - from]);

  return TRUE;
}

gboolean
_siamban_json_reader_read_string (SiambanJsonReader *self)
{
  const char *opening;

  if (_siamban_json_reader_peek (self) != '"')
    return _siamban_json_reader_fail (self, NULL, "expected a string in double quotes");

  opening = self->at++;
  g_string_truncate (self->text, 0);
  while (self->at < self->end && *self->at != '"')
    {
      const char *run = self->at;
      const char *valid_end;

      if (*run == '\\')
        {
          if (!read_escape (self))
            return FALSE;
          continue;
        }
      while (self->at < self->end && *self->at != '"' && *self->at != '\\' &&
             (guint8) *self->at >= 0x20)
        self->at++;
      if (!g_utf8_validate_len (run, (gsize) (self->at - run), &valid_end))
        return _siamban_json_reader_fail (self, valid_end, "bytes that are not UTF-8");
      if (self->at < self->end && (guint8) *self->at < 0x20)
        return _siamban_json_reader_fail (self, NULL, "a control character in a string");
      g_string_append_len (self->text, run, self->at - run);
    }
  if (self->at == self->end)
    return _siamban_json_reader_fail (self, opening, "a string without an end");
  self->at++;

  return TRUE;
}

static gboolean
take_word (SiambanJsonReader *self, const char *word)
{
  const gsize length = strlen (word);

  if ((gsize) (self->end - self->at) < length || memcmp (self->at, word, length) != 0)
    return FALSE;
  self->at += length;

  return TRUE;
}

/* A run of digits; their value in @mantissa while it is exact, else more than MAX_EXACT_INTEGER. */
static guint
take_digits (SiambanJsonReader *self, guint64 *mantissa)
{
  const char *from = self->at;

  for (; self->at < self->end && g_ascii_isdigit (*self->at); self->at++)
    if (*mantissa <= MAX_EXACT_INTEGER)
      *mantissa = *mantissa * 10 + (guint64) (*self->at - '0');

  return (guint) MIN (self->at - from, 1000000);
}

static double
slow_number (const char *from, const char *to)
{
  g_autofree char *text = g_strndup (from, (gsize) (to - from));

  return g_ascii_strtod (text, NULL);
}

static gboolean
take_exponent (SiambanJsonReader *self, int *exponent)
{
  guint64 value = 0;
  gboolean negative;

  *exponent = 0;
  if (self->at == self->end || (*self->at != 'e' && *self->at != 'E'))
    return TRUE;
  self->at++;
  negative = self->at < self->end && *self->at == '-';
  if (self->at < self->end && (*self->at == '-' || *self->at == '+'))
    self->at++;
  if (take_digits (self, &value) == 0)
    return FALSE;
  *exponent = (int) MIN (value, 100000) * (negative ? -1 : 1);

  return TRUE;
}

static double
assemble_number (const char *from,
                 const char *to,
                 guint64 mantissa,
                 int exponent,
                 gboolean negative)
{
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
  double number = (double) mantissa;

  if (mantissa > MAX_EXACT_INTEGER || ABS (exponent) > MAX_EXACT_POWER)
    return slow_number (from, to);
  if (exponent >= 0)
    number *= powers[exponent];
  else
    number /= powers[-exponent];

  return negative ? -number : number;
}

gboolean
_siamban_json_reader_read_number (SiambanJsonReader *self, double *number)
{
  const char first = _siamban_json_reader_peek (self);
  const char *from = self->at;
  const gboolean negative = first == '-';
  guint64 mantissa = 0;
  guint n_digits, n_decimals = 0;
  int exponent;

  *number = 0;
  if (self->error != NULL)
    return FALSE;
  if (take_word (self, "NaN"))
    {
      *number = NAN;
      return TRUE;
    }
  if (take_word (self, "Infinity") || take_word (self, "-Infinity"))
    {
      *number = negative ? -INFINITY : INFINITY;
      return TRUE;
    }

  if (negative)
    self->at++;
  n_digits = take_digits (self, &mantissa);
  if (n_digits == 0)
    return _siamban_json_reader_fail (self, from, "expected a number");
  if (n_digits > 1 && from[negative] == '0')
    return _siamban_json_reader_fail (self, from, "a number that starts with 0");
  if (self->at < self->end && *self->at == '.')
    {
      self->at++;
      n_decimals = take_digits (self, &mantissa);
      if (n_decimals == 0)
        return _siamban_json_reader_fail (self, NULL, "expected a digit after the point");
    }
  if (!take_exponent (self, &exponent))
    return _siamban_json_reader_fail (self, NULL, "expected a digit in the exponent");

  *number = assemble_number (from, self->at, mantissa, exponent - (int) n_decimals, negative);

  return TRUE;
}

gboolean
_siamban_json_reader_skip_value (SiambanJsonReader *self)
{
  gboolean first = TRUE;
  double number;

  switch (_siamban_json_reader_peek (self))
    {
    case '{':
      if (!_siamban_json_reader_enter_object (self))
        return FALSE;
      while (_siamban_json_reader_next_key (self, &first))
        if (!_siamban_json_reader_skip_value (self))
          return FALSE;
      return self->error == NULL;
    case '[':
      if (!_siamban_json_reader_enter_array (self))
        return FALSE;
      while (_siamban_json_reader_next_element (self, &first))
        if (!_siamban_json_reader_skip_value (self))
          return FALSE;
      return self->error == NULL;
    case '"':
      return _siamban_json_reader_read_string (self);
    default:
      if (self->error != NULL)
        return FALSE;
      if (take_word (self, "true") || take_word (self, "false") || take_word (self, "null"))
        return TRUE;
      if (self->at == self->end)
        return _siamban_json_reader_fail (self, NULL, "the file ends where a value is expected");
      return _siamban_json_reader_read_number (self, &number);
    }
}

gboolean
_siamban_json_reader_finish (SiambanJsonReader *self)
{
  if (_siamban_json_reader_peek (self) != '\0' || (self->error == NULL && self->at < self->end))
    return _siamban_json_reader_fail (self, NULL, "more text after the end of the data");

  return self->error == NULL;
}
