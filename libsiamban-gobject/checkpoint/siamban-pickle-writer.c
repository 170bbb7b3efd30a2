/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-pickle-writer-private.h"

#include <string.h>

static void
append (GByteArray *out, gconstpointer data, gsize size)
{
  g_byte_array_append (out, data, (guint) size);
}

void
_siamban_pickle_write_start (GByteArray *out)
{
  append (out, "\x80\x02", 2);
}

void
_siamban_pickle_write_operation (GByteArray *out, char operation)
{
  append (out, &operation, 1);
}

void
_siamban_pickle_write_global (GByteArray *out, const char *module, const char *name)
{
  append (out, "c", 1);
  append (out, module, strlen (module));
  append (out, "\n", 1);
  append (out, name, strlen (name));
  append (out, "\n", 1);
}

void
_siamban_pickle_write_string (GByteArray *out, const char *text)
{
  const guint32 size = GUINT32_TO_LE ((guint32) strlen (text));

  append (out, "X", 1);
  append (out, &size, sizeof size);
  append (out, text, strlen (text));
}

/* In the shortest form, as Python does. */
void
_siamban_pickle_write_integer (GByteArray *out, gint64 integer)
{
  const guint64 bits = GUINT64_TO_LE ((guint64) integer);

  if (integer >= 0 && integer <= G_MAXUINT8)
    {
      append (out, "K", 1);
      append (out, &bits, 1);
    }
  else if (integer >= G_MININT32 && integer <= G_MAXINT32)
    {
      append (out, "J", 1);
      append (out, &bits, 4);
    }
  else
    {
      append (out, "\x8a\x08", 2);
      append (out, &bits, 8);
    }
}

void
_siamban_pickle_write_number (GByteArray *out, double number)
{
  guint64 bits;

  memcpy (&bits, &number, sizeof bits);
  bits = GUINT64_TO_BE (bits);
  append (out, "G", 1);
  append (out, &bits, sizeof bits);
}

void
_siamban_pickle_write_boolean (GByteArray *out, gboolean value)
{
  append (out, value ? "\x88" : "\x89", 1);
}
