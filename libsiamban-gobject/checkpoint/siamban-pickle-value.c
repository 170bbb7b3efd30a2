/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-pickle-value-private.h"

#include <string.h>

#include "siamban-error.h"

struct _SiambanPickle
{
  GPtrArray *values;
  gsize budget;
};

static void
value_free (gpointer data)
{
  SiambanPickleValue *value = data;

  switch (value->kind)
    {
    case SIAMBAN_PICKLE_STRING:
    case SIAMBAN_PICKLE_BYTES:
    case SIAMBAN_PICKLE_BIG_INTEGER:
      g_free (value->text.data);
      break;

    case SIAMBAN_PICKLE_LIST:
    case SIAMBAN_PICKLE_TUPLE:
    case SIAMBAN_PICKLE_SET:
    case SIAMBAN_PICKLE_DICT:
      g_ptr_array_unref (value->items);
      break;

    case SIAMBAN_PICKLE_NONE:
    case SIAMBAN_PICKLE_BOOLEAN:
    case SIAMBAN_PICKLE_INTEGER:
    case SIAMBAN_PICKLE_NUMBER:
    case SIAMBAN_PICKLE_GLOBAL:
    case SIAMBAN_PICKLE_DTYPE:
    case SIAMBAN_PICKLE_STORAGE:
    case SIAMBAN_PICKLE_TENSOR:
      break;
    }

  g_free (value);
}

SiambanPickle *
_siamban_pickle_new (void)
{
  SiambanPickle *self = g_new0 (SiambanPickle, 1);

  self->values = g_ptr_array_new_with_free_func (value_free);

  return self;
}

void
_siamban_pickle_free (SiambanPickle *self)
{
  g_ptr_array_unref (self->values);
  g_free (self);
}

guint
_siamban_pickle_get_n_values (SiambanPickle *self)
{
  return self->values->len;
}

void
_siamban_pickle_foreach (SiambanPickle *self,
                         void (*callback) (SiambanPickleValue *value, gpointer user_data),
                         gpointer user_data)
{
  for (guint i = 0; i < self->values->len; i++)
    callback (g_ptr_array_index (self->values, i), user_data);
}

void
_siamban_pickle_grant (SiambanPickle *self, gsize n_bytes)
{
  self->budget += MIN (n_bytes, G_MAXSIZE - self->budget);
}

gboolean
_siamban_pickle_spend (SiambanPickle *self, gsize n_bytes, GError **error)
{
  if (n_bytes > self->budget)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "It unfolds to far more data than the file holds");
      return FALSE;
    }

  self->budget -= n_bytes;

  return TRUE;
}

SiambanPickleValue *
_siamban_pickle_add (SiambanPickle *self, SiambanPickleKind kind)
{
  SiambanPickleValue *value = g_new0 (SiambanPickleValue, 1);

  value->kind = kind;
  if (kind >= SIAMBAN_PICKLE_LIST && kind <= SIAMBAN_PICKLE_DICT)
    value->items = g_ptr_array_new ();
  g_ptr_array_add (self->values, value);

  return value;
}

SiambanPickleValue *
_siamban_pickle_add_integer (SiambanPickle *self, gint64 integer)
{
  SiambanPickleValue *value = _siamban_pickle_add (self, SIAMBAN_PICKLE_INTEGER);

  value->integer = integer;

  return value;
}

SiambanPickleValue *
_siamban_pickle_add_number (SiambanPickle *self, double number)
{
  SiambanPickleValue *value = _siamban_pickle_add (self, SIAMBAN_PICKLE_NUMBER);

  value->number = number;

  return value;
}

static SiambanPickleValue *
add_text (SiambanPickle *self, SiambanPickleKind kind, gconstpointer data, gsize size)
{
  SiambanPickleValue *value = _siamban_pickle_add (self, kind);

  value->text.data = g_malloc (size + 1);
  if (size > 0)
    memcpy (value->text.data, data, size);
  value->text.data[size] = '\0';
  value->text.size = size;

  return value;
}

SiambanPickleValue *
_siamban_pickle_add_big (SiambanPickle *self, const guint8 *data, gsize size)
{
  guint64 bits = 0;

  if (size > 8)
    return add_text (self, SIAMBAN_PICKLE_BIG_INTEGER, data, size);

  for (gsize i = size; i > 0; i--)
    bits = bits << 8 | data[i - 1];
  if (size > 0 && size < 8 && (data[size - 1] & 0x80) != 0)
    bits |= G_MAXUINT64 << (8 * size);

  return _siamban_pickle_add_integer (self, (gint64) bits);
}

SiambanPickleValue *
_siamban_pickle_add_bytes (SiambanPickle *self, gconstpointer data, gsize size)
{
  return add_text (self, SIAMBAN_PICKLE_BYTES, data, size);
}

SiambanPickleValue *
_siamban_pickle_add_text (SiambanPickle *self, gconstpointer data, gsize size)
{
  const gboolean is_text = size == 0 || g_utf8_validate_len (data, size, NULL);

  return add_text (self, is_text ? SIAMBAN_PICKLE_STRING : SIAMBAN_PICKLE_BYTES, data, size);
}

gboolean
_siamban_pickle_value_append (SiambanPickleValue *container, SiambanPickleValue *item)
{
  if (item->depth >= SIAMBAN_PICKLE_MAX_DEPTH)
    return FALSE;

  container->depth = MAX (container->depth, item->depth + 1);
  g_ptr_array_add (container->items, item);

  return TRUE;
}

const char *
_siamban_pickle_value_get_string (const SiambanPickleValue *value)
{
  return value->kind == SIAMBAN_PICKLE_STRING ? value->text.data : NULL;
}

gboolean
_siamban_pickle_value_get_integer (const SiambanPickleValue *value, gint64 *integer)
{
  if (value->kind != SIAMBAN_PICKLE_INTEGER && value->kind != SIAMBAN_PICKLE_BOOLEAN)
    return FALSE;

  *integer = value->integer;

  return TRUE;
}

gboolean
_siamban_pickle_value_get_number (const SiambanPickleValue *value, double *number)
{
  if (value->kind == SIAMBAN_PICKLE_NUMBER)
    *number = value->number;
  else if (value->kind == SIAMBAN_PICKLE_INTEGER)
    *number = (double) value->integer;
  else
    return FALSE;

  return TRUE;
}

SiambanPickleValue *
_siamban_pickle_value_lookup (const SiambanPickleValue *dict, const char *key)
{
  if (dict->kind != SIAMBAN_PICKLE_DICT)
    return NULL;

  for (guint i = dict->items->len; i > 1; i -= 2)
    {
      const char *name = _siamban_pickle_value_get_string (g_ptr_array_index (dict->items, i - 2));

      if (name != NULL && strcmp (name, key) == 0)
        return g_ptr_array_index (dict->items, i - 1);
    }

  return NULL;
}

const char *
_siamban_pickle_value_get_name (const SiambanPickleValue *value)
{
  static const char *const names[] = {
    [SIAMBAN_PICKLE_NONE] = "None",
    [SIAMBAN_PICKLE_BOOLEAN] = "a boolean",
    [SIAMBAN_PICKLE_INTEGER] = "a whole number",
    [SIAMBAN_PICKLE_BIG_INTEGER] = "a whole number beyond 64 bits",
    [SIAMBAN_PICKLE_NUMBER] = "a number",
    [SIAMBAN_PICKLE_STRING] = "a string",
    [SIAMBAN_PICKLE_BYTES] = "bytes",
    [SIAMBAN_PICKLE_LIST] = "a list",
    [SIAMBAN_PICKLE_TUPLE] = "a tuple",
    [SIAMBAN_PICKLE_SET] = "a set",
    [SIAMBAN_PICKLE_DICT] = "a dictionary",
    [SIAMBAN_PICKLE_GLOBAL] = "a class or function",
    [SIAMBAN_PICKLE_DTYPE] = "a NumPy element type",
    [SIAMBAN_PICKLE_STORAGE] = "a storage",
    [SIAMBAN_PICKLE_TENSOR] = "a tensor",
  };

  return names[value->kind];
}
