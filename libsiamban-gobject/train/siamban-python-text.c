/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-python-text-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIGITS 17

/* Where repr() changes to the notation with an exponent. */
#define MIN_FIXED_EXPONENT (-4)
#define MAX_FIXED_EXPONENT 15

/* TRUE if the value is not finite, and then written. */
static gboolean
append_special (GString *text, double value)
{
  if (isnan (value))
    g_string_append (text, "nan");
  else if (isinf (value))
    g_string_append (text, value < 0 ? "-inf" : "inf");

  return !isfinite (value);
}

/* d.ddde±xx with as few digits as the value needs. */
static void
format_shortest (char buffer[G_ASCII_DTOSTR_BUF_SIZE], double value)
{
  for (int n_decimals = 0; n_decimals < MAX_DIGITS; n_decimals++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%de", n_decimals);
      g_ascii_formatd (buffer, G_ASCII_DTOSTR_BUF_SIZE, format, value);
      if (g_ascii_strtod (buffer, NULL) == value)
        return;
    }
}

void
_siamban_append_python_float (GString *text, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  const char *exponent_text;
  int exponent;

  if (append_special (text, value))
    return;

  format_shortest (buffer, value);
  exponent_text = strchr (buffer, 'e');
  exponent = atoi (exponent_text + 1);

  if (exponent >= MIN_FIXED_EXPONENT && exponent <= MAX_FIXED_EXPONENT)
    {
      const char *point = strchr (buffer, '.');
      const int n_decimals = (point ? (int) (exponent_text - point) - 1 : 0) - exponent;

      _siamban_append_python_fixed (text, value, (guint) MAX (1, n_decimals));
      return;
    }

  g_string_append_len (text, buffer, exponent_text - buffer);
  g_string_append_printf (text, "e%c%02d", exponent < 0 ? '-' : '+', abs (exponent));
}

void
_siamban_append_python_fixed (GString *text, double value, guint n_decimals)
{
  g_autofree char *buffer = NULL;
  const gsize size = 330 + n_decimals; /* DBL_MAX has 309 digits before the point */
  char format[16];

  if (append_special (text, value))
    return;

  buffer = g_malloc (size);
  g_snprintf (format, sizeof format, "%%.%uf", n_decimals);
  g_string_append (text, g_ascii_formatd (buffer, (int) size, format, value));
}
