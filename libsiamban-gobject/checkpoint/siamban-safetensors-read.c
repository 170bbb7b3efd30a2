/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-safetensors-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-json-reader-private.h"
#include "siamban-pickle-numpy-private.h"
#include "siamban-safetensors-dtype-private.h"

#define LENGTH_SIZE 8
#define MAX_HEADER (100 << 20) /* the limit of the format's own library */

/* What the header says of one tensor. */
typedef struct
{
  char *name;
  SiambanDType dtype;
  gint64 shape[SIAMBAN_PICKLE_MAX_DIMS];
  gsize n_dims;
  gint64 offsets[2]; /* from the end of the header: first byte, one behind the last */
  gboolean has_dtype;
  gboolean has_shape;
  gboolean has_offsets;
} Entry;

static void
entry_free (gpointer data)
{
  Entry *self = data;

  g_free (self->name);
  g_free (self);
}

static guint64
read_length (const guint8 *data)
{
  guint64 length;

  memcpy (&length, data, sizeof length);

  return GUINT64_FROM_LE (length);
}

gboolean
_siamban_safetensors_detect (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  /* Up to 2^48, so that a file that was cut short is still known for what it is. */
  return size > LENGTH_SIZE && data[LENGTH_SIZE] == '{' && data[6] == 0 && data[7] == 0 &&
         memcmp (data, "PK\003\004", 4) != 0;
}

/* Whole numbers that are not negative, at most @limit of them. */
static gboolean
read_integers (SiambanJsonReader *reader, gint64 *integers, gsize limit, gsize *n)
{
  gboolean first = TRUE;
  double number;

  *n = 0;
  if (!_siamban_json_reader_enter_array (reader))
    return FALSE;
  while (_siamban_json_reader_next_element (reader, &first))
    {
      if (!_siamban_json_reader_read_number (reader, &number))
        return FALSE;
      /* Beyond 2^53 a number of JSON is not exact; the comparison refuses NaN, too. */
      if (!(number >= 0 && number <= 9007199254740992.0) || number != (double) (gint64) number)
        return _siamban_json_reader_fail (reader, NULL, "expected a whole number, not negative");
      if (*n == limit)
        return _siamban_json_reader_fail (reader, NULL, "more numbers than expected");
      integers[(*n)++] = (gint64) number;
    }

  return reader->error == NULL;
}

static gboolean
read_field (SiambanJsonReader *reader, Entry *entry)
{
  gsize n;

  if (strcmp (reader->text->str, "dtype") == 0)
    {
      if (!_siamban_json_reader_read_string (reader))
        return FALSE;
      entry->has_dtype = _siamban_safetensors_find_dtype (reader->text->str, &entry->dtype);
      return entry->has_dtype ||
             _siamban_json_reader_fail (reader, NULL,
                                        "an element type that is not supported, expected F32, "
                                        "F64, F16, BF16, I8, U8, I16, I32, I64 or BOOL");
    }
  if (strcmp (reader->text->str, "shape") == 0)
    {
      entry->has_shape = TRUE;
      return read_integers (reader, entry->shape, G_N_ELEMENTS (entry->shape), &entry->n_dims);
    }
  if (strcmp (reader->text->str, "data_offsets") == 0)
    {
      entry->has_offsets = TRUE;
      return read_integers (reader, entry->offsets, 2, &n) &&
             (n == 2 || _siamban_json_reader_fail (reader, NULL, "expected two offsets"));
    }

  return _siamban_json_reader_fail (reader, NULL,
                                    "an unknown key, expected dtype, shape or data_offsets");
}

static gboolean
read_entry (SiambanJsonReader *reader, Entry *entry)
{
  gboolean first = TRUE;

  if (!_siamban_json_reader_enter_object (reader))
    return FALSE;
  while (_siamban_json_reader_next_key (reader, &first))
    if (!read_field (reader, entry))
      return FALSE;
  if (reader->error == NULL && !(entry->has_dtype && entry->has_shape && entry->has_offsets))
    return _siamban_json_reader_fail (reader, NULL,
                                      "a tensor without its dtype, shape or data_offsets");

  return reader->error == NULL;
}

/* Free text about the file; only the epoch means something here. */
static gboolean
read_metadata (SiambanJsonReader *reader, SiambanCheckpoint *checkpoint)
{
  gboolean first = TRUE;
  guint64 epoch;

  if (!_siamban_json_reader_enter_object (reader))
    return FALSE;
  while (_siamban_json_reader_next_key (reader, &first))
    {
      const gboolean is_epoch = strcmp (reader->text->str, "epoch") == 0;

      if (!_siamban_json_reader_read_string (reader))
        return FALSE;
      if (is_epoch && g_ascii_string_to_unsigned (reader->text->str, 10, 0, G_MAXINT, &epoch, NULL))
        siamban_checkpoint_set_epoch (checkpoint, (int) epoch);
    }

  return reader->error == NULL;
}

static gboolean
read_header (SiambanJsonReader *reader, SiambanCheckpoint *checkpoint, GPtrArray *entries)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean first = TRUE;

  if (!_siamban_json_reader_enter_object (reader))
    return FALSE;
  while (_siamban_json_reader_next_key (reader, &first))
    {
      Entry *entry;

      if (strcmp (reader->text->str, "__metadata__") == 0)
        {
          if (!read_metadata (reader, checkpoint))
            return FALSE;
          continue;
        }
      entry = g_new0 (Entry, 1);
      entry->name = g_strdup (reader->text->str);
      g_ptr_array_add (entries, entry);
      if (!g_hash_table_add (names, entry->name))
        return _siamban_json_reader_fail (reader, NULL, "two tensors of the same name");
      if (!read_entry (reader, entry))
        return FALSE;
    }

  return reader->error == NULL && _siamban_json_reader_finish (reader);
}

static int
compare_places_cb (gconstpointer a, gconstpointer b)
{
  const Entry *left = *(const Entry *const *) a, *right = *(const Entry *const *) b;

  if (left->offsets[0] != right->offsets[0])
    return left->offsets[0] < right->offsets[0] ? -1 : 1;

  return left->offsets[1] < right->offsets[1] ? -1 : left->offsets[1] > right->offsets[1];
}

/* Tensors neither overlap nor leave bytes out: nothing can be counted twice or hidden. */
static gboolean
check_places (GPtrArray *entries, gsize size, const char *name, GError **error)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_copy (entries, NULL, NULL);
  gint64 end = 0;

  g_ptr_array_set_free_func (sorted, NULL);
  g_ptr_array_sort (sorted, compare_places_cb);
  for (guint i = 0; i < sorted->len; i++)
    {
      const Entry *entry = g_ptr_array_index (sorted, i);

      if (entry->offsets[0] != end || entry->offsets[1] < entry->offsets[0] ||
          (guint64) entry->offsets[1] > size)
        {
          g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                       "“%s”: “%s” lies at bytes %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                       ", expected a place that begins at %" G_GINT64_FORMAT
                       " and ends within %" G_GSIZE_FORMAT,
                       name, entry->name, entry->offsets[0], entry->offsets[1], end, size);
          return FALSE;
        }
      end = entry->offsets[1];
    }

  if ((guint64) end == size)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               "“%s”: the tensors take %" G_GINT64_FORMAT " bytes, the file has %" G_GSIZE_FORMAT
               " for them",
               name, end, size);

  return FALSE;
}

/* Copied, so that the file need not stay as it is. */
static gboolean
add_tensor (SiambanCheckpoint *checkpoint,
            const Entry *entry,
            const guint8 *data,
            const char *name,
            GError **error)
{
  const gsize size = (gsize) (entry->offsets[1] - entry->offsets[0]);
  const gsize element_size = siamban_dtype_get_size (entry->dtype);
  guint8 *copy = g_try_malloc (MAX (size, 1));
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (SiambanTensor) tensor = NULL;

  if (copy == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                   "“%s”: no memory for the %" G_GSIZE_FORMAT " bytes of “%s”", name, size,
                   entry->name);
      return FALSE;
    }

  _siamban_pickle_copy_elements (copy, data + entry->offsets[0], size / element_size, element_size,
                                 G_BYTE_ORDER != G_LITTLE_ENDIAN);
  bytes = g_bytes_new_take (copy, size);
  tensor = siamban_tensor_new (entry->dtype, entry->shape, entry->n_dims, bytes, error);
  if (tensor == NULL)
    {
      g_prefix_error (error, "“%s”: “%s”: ", name, entry->name);
      return FALSE;
    }
  siamban_checkpoint_set_tensor (checkpoint, entry->name, tensor);

  return TRUE;
}

gboolean
_siamban_safetensors_read (SiambanCheckpoint *checkpoint,
                           GBytes *bytes,
                           const char *name,
                           GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  const guint64 length = size >= LENGTH_SIZE ? read_length (data) : G_MAXUINT64;
  g_autofree char *title = g_strdup_printf ("“%s”: header", name);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  g_auto (SiambanJsonReader) reader = { 0 };

  if (size < LENGTH_SIZE || length > size - LENGTH_SIZE || length > MAX_HEADER)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "“%s”: the header of a safetensors file is longer than the file or 100 MiB; "
                   "perhaps not downloaded to its end",
                   name);
      return FALSE;
    }

  _siamban_json_reader_init (&reader, title, (const char *) data + LENGTH_SIZE, (gsize) length);
  if (!read_header (&reader, checkpoint, entries))
    {
      g_propagate_error (error, g_steal_pointer (&reader.error));
      return FALSE;
    }

  data += LENGTH_SIZE + length;
  size -= LENGTH_SIZE + (gsize) length;
  if (!check_places (entries, size, name, error))
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    if (!add_tensor (checkpoint, g_ptr_array_index (entries, i), data, name, error))
      return FALSE;

  return TRUE;
}
