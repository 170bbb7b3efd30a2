/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config-text-private.h"

#include <math.h>
#include <string.h>

/* Longer words are not misspelt keys, and the distance below costs their product. */
#define MAX_WORD 64

/* A third of the letters may be wrong, at least one, at most these. */
#define MAX_EDITS 3

char *
_siamban_config_format_number (double number, char *text)
{
  if (isnan (number))
    return strcpy (text, ".nan");
  if (isinf (number))
    return strcpy (text, number < 0 ? "-.inf" : ".inf");

  for (int digits = 1; digits <= 17; digits++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, G_ASCII_DTOSTR_BUF_SIZE, format, number);
      if (g_ascii_strtod (text, NULL) == number)
        break;
    }

  /* 20 is shortest as 2e+01, which nobody writes. */
  if (number == floor (number) && fabs (number) < 1e15)
    g_ascii_formatd (text, G_ASCII_DTOSTR_BUF_SIZE, "%.0f", number);

  return text;
}

char *
_siamban_config_format_double (double number, char *text)
{
  char *exponent = NULL;

  _siamban_config_format_number (number, text);
  if (!isfinite (number) || strchr (text, '.'))
    return text;

  exponent = strchr (text, 'e');
  if (!exponent)
    return strcat (text, ".0");

  memmove (exponent + 2, exponent, strlen (exponent) + 1);
  memcpy (exponent, ".0", 2);

  return text;
}

static guint
min3 (guint a, guint b, guint c)
{
  return MIN (a, MIN (b, c));
}

/* Optimal string alignment: insertions, deletions, changes and swaps of neighbours, whatever the
 * case of the letters. */
static guint
distance (const char *a, const char *b)
{
  guint rows[3][MAX_WORD + 1];
  const gsize n_a = strlen (a);
  const gsize n_b = strlen (b);

  if (n_a > MAX_WORD || n_b > MAX_WORD)
    return G_MAXUINT;

  for (gsize j = 0; j <= n_b; j++)
    rows[0][j] = (guint) j;

  for (gsize i = 1; i <= n_a; i++)
    {
      guint *before = rows[(i + 1) % 3];
      const guint *above = rows[(i - 1) % 3];
      guint *row = rows[i % 3];

      row[0] = (guint) i;
      for (gsize j = 1; j <= n_b; j++)
        {
          const char x = g_ascii_toupper (a[i - 1]);
          const char y = g_ascii_toupper (b[j - 1]);

          row[j] = min3 (above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
          if (i > 1 && j > 1 && x == g_ascii_toupper (b[j - 2]) && y == g_ascii_toupper (a[i - 2]))
            row[j] = MIN (row[j], before[j - 2] + 1);
        }
    }

  return rows[n_a % 3][n_b];
}

const char *
_siamban_config_nearest_word (const char *text, const char *const *words)
{
  const char *nearest = NULL;
  guint least = G_MAXUINT;

  for (gsize i = 0; words && words[i]; i++)
    {
      const guint edits = distance (text, words[i]);

      if (edits < least && edits <= CLAMP (strlen (words[i]) / 3, 1, MAX_EDITS))
        {
          least = edits;
          nearest = words[i];
        }
    }

  return nearest;
}
