/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-torch-container-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-pickle-reader-private.h"

#define LEGACY_PROTOCOL 1001

/* 0x1950a86a20f9469cfc6c, which begins a file, as a pickle spells it. */
static const guint8 magic[] = { 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19 };

typedef struct
{
  SiambanTorchContainer container;
  GBytes *bytes;
  gsize position;       /* where the next part starts */
  GHashTable *storages; /* key → Place */
} Legacy;

typedef struct
{
  gsize start; /* of the elements, in the file; 0 while it is not known */
  gsize size;
  const SiambanPickleStorage *storage;
} Place;

static void
legacy_free (SiambanTorchContainer *container)
{
  Legacy *self = (Legacy *) container;

  g_hash_table_unref (self->storages);
  g_bytes_unref (self->bytes);
  g_free (self);
}

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA, "Damaged file of torch.save(): %s",
               what);

  return FALSE;
}

/* Copied, so that the file need not stay as it is. */
static GBytes *
legacy_read (SiambanTorchContainer *container, const SiambanPickleStorage *storage, GError **error)
{
  Legacy *self = (Legacy *) container;
  const Place *place = g_hash_table_lookup (self->storages, storage->key);
  const guint8 *data = g_bytes_get_data (self->bytes, NULL);

  if (place == NULL || place->start == 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "Damaged file of torch.save(): the storage “%s” is missing", storage->key);
      return NULL;
    }

  return g_bytes_new (data + place->start, place->size);
}

static SiambanPickleValue *
read_next (Legacy *self, SiambanPickle *pickle, GError **error)
{
  gsize size, n_used = 0;
  const guint8 *data = g_bytes_get_data (self->bytes, &size);
  SiambanPickleValue *value = _siamban_pickle_read (pickle, data + self->position,
                                                    size - self->position, &n_used, error);

  self->position += n_used;

  return value;
}

static gboolean
read_header (Legacy *self, SiambanPickle *pickle, GError **error)
{
  SiambanPickleValue *value = read_next (self, pickle, error);
  gint64 number;

  if (value == NULL)
    return FALSE;
  if (value->kind != SIAMBAN_PICKLE_BIG_INTEGER || value->text.size != sizeof magic ||
      memcmp (value->text.data, magic, sizeof magic) != 0)
    return fail (error, "a pickle, but not one of PyTorch");

  value = read_next (self, pickle, error);
  if (value == NULL)
    return FALSE;
  if (!_siamban_pickle_value_get_integer (value, &number) || number != LEGACY_PROTOCOL)
    return fail (error, "of another version than 1001");

  /* About the machine that wrote it; storages are little endian all the same. */
  if (read_next (self, pickle, error) == NULL)
    return FALSE;

  self->container.root = read_next (self, pickle, error);

  return self->container.root != NULL;
}

static guint64
read_count (const guint8 *bytes)
{
  guint64 count;

  memcpy (&count, bytes, sizeof count);

  return GUINT64_FROM_LE (count);
}

/* Where the elements of one storage are: their number, then they. */
static gboolean
find_storage (Legacy *self, Place *place, GError **error)
{
  gsize size, n_bytes;
  const guint8 *data = g_bytes_get_data (self->bytes, &size);
  const gsize element_size = siamban_dtype_get_size (place->storage->dtype);
  guint64 n_elements;

  if (size - self->position < sizeof n_elements)
    return fail (error, "it ends early, perhaps not downloaded to its end");

  n_elements = read_count (data + self->position);
  self->position += sizeof n_elements;
  if (n_elements > (size - self->position) / element_size)
    return fail (error, "it ends early, perhaps not downloaded to its end");

  n_bytes = (gsize) n_elements * element_size;
  place->start = self->position;
  place->size = n_bytes;
  self->position += n_bytes;

  return TRUE;
}

static gboolean
find_storages (Legacy *self, SiambanPickle *pickle, GError **error)
{
  SiambanPickleValue *keys = read_next (self, pickle, error);

  if (keys == NULL)
    return FALSE;
  if (keys->kind != SIAMBAN_PICKLE_LIST)
    return fail (error, "no list of storages");

  for (guint i = 0; i < keys->items->len; i++)
    {
      const char *key = _siamban_pickle_value_get_string (g_ptr_array_index (keys->items, i));
      Place *place = key != NULL ? g_hash_table_lookup (self->storages, key) : NULL;

      if (place == NULL || place->start != 0)
        return fail (error, "a storage that no tensor uses, or twice the same");
      if (!find_storage (self, place, error))
        return FALSE;
    }

  return TRUE;
}

static void
add_storage_cb (SiambanPickleValue *value, gpointer user_data)
{
  GHashTable *storages = user_data;
  Place *place;

  if (value->kind != SIAMBAN_PICKLE_STORAGE || value->storage.key == NULL ||
      g_hash_table_contains (storages, value->storage.key))
    return;

  place = g_new0 (Place, 1);
  place->storage = &value->storage;
  g_hash_table_insert (storages, (gpointer) value->storage.key, place);
}

SiambanTorchContainer *
_siamban_torch_legacy_open (SiambanPickle *pickle, GBytes *bytes, GError **error)
{
  Legacy *self = g_new0 (Legacy, 1);

  self->container.read = legacy_read;
  self->container.free = legacy_free;
  self->container.swapped = G_BYTE_ORDER != G_LITTLE_ENDIAN;
  self->bytes = g_bytes_ref (bytes);
  self->storages = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);

  if (read_header (self, pickle, error))
    {
      _siamban_pickle_foreach (pickle, add_storage_cb, self->storages);
      if (find_storages (self, pickle, error))
        return &self->container;
    }

  legacy_free (&self->container);

  return NULL;
}
