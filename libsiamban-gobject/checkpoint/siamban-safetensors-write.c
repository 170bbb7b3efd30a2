/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-atomic-file-private.h"
#include "siamban-checkpoint-private.h"
#include "siamban-error.h"
#include "siamban-pickle-numpy-private.h"
#include "siamban-safetensors-dtype-private.h"

#define ALIGNMENT 8

static void
append_string (GString *json, const char *text)
{
  g_string_append_c (json, '"');
  for (; *text != '\0'; text++)
    if (*text == '"' || *text == '\\')
      g_string_append_printf (json, "\\%c", *text);
    else if ((guchar) *text < 0x20)
      g_string_append_printf (json, "\\u%04x", (guint) *text);
    else
      g_string_append_c (json, *text);
  g_string_append_c (json, '"');
}

static int
compare_sizes_cb (gconstpointer a, gconstpointer b, gpointer user_data)
{
  GPtrArray *tensors = user_data;
  const guint left = *(const guint *) a, right = *(const guint *) b;
  const gsize left_size = siamban_dtype_get_size (
      siamban_tensor_get_dtype (g_ptr_array_index (tensors, left)));
  const gsize right_size = siamban_dtype_get_size (
      siamban_tensor_get_dtype (g_ptr_array_index (tensors, right)));

  if (left_size != right_size)
    return left_size > right_size ? -1 : 1;

  return left < right ? -1 : left > right;
}

/* The positions in the order in which the numbers lie: the widest first, so that each tensor is
 * aligned to its elements. */
static GArray *
order_tensors (SiambanCheckpoint *self)
{
  GArray *order = g_array_sized_new (FALSE, FALSE, sizeof (guint), self->tensors->len);

  for (guint i = 0; i < self->tensors->len; i++)
    g_array_append_val (order, i);
  g_array_sort_with_data (order, compare_sizes_cb, self->tensors);

  return order;
}

static void
append_entry (GString *json, const char *name, SiambanTensor *tensor, guint64 start)
{
  gsize n_dims;
  const gint64 *shape = siamban_tensor_get_shape (tensor, &n_dims);

  append_string (json, name);
  g_string_append_printf (json, ":{\"dtype\":\"%s\",\"shape\":[",
                          _siamban_safetensors_get_dtype_name (siamban_tensor_get_dtype (tensor)));
  for (gsize i = 0; i < n_dims; i++)
    g_string_append_printf (json, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", shape[i]);
  g_string_append_printf (json, "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}",
                          start, start + g_bytes_get_size (siamban_tensor_get_bytes (tensor)));
}

/* In the order of the state_dict, padded with blanks. */
static GString *
make_header (SiambanCheckpoint *self, GArray *order)
{
  g_autofree guint64 *starts = g_new0 (guint64, self->tensors->len + 1);
  GString *json = g_string_new ("{\"__metadata__\":{\"format\":\"pt\"");
  guint64 start = 0;

  for (guint i = 0; i < order->len; i++)
    {
      const guint position = g_array_index (order, guint, i);
      SiambanTensor *tensor = g_ptr_array_index (self->tensors, position);

      starts[position] = start;
      start += g_bytes_get_size (siamban_tensor_get_bytes (tensor));
    }

  if (self->epoch >= 0)
    g_string_append_printf (json, ",\"epoch\":\"%d\"", self->epoch);
  g_string_append_c (json, '}');
  for (guint i = 0; i < self->tensors->len; i++)
    {
      g_string_append_c (json, ',');
      append_entry (json, g_ptr_array_index (self->names, i), g_ptr_array_index (self->tensors, i),
                    starts[i]);
    }
  g_string_append_c (json, '}');
  while (json->len % ALIGNMENT != 0)
    g_string_append_c (json, ' ');

  return json;
}

static gboolean
write_tensor (SiambanAtomicFile *file, SiambanTensor *tensor, GError **error)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (siamban_tensor_get_bytes (tensor), &size);
  const gsize element_size = siamban_dtype_get_size (siamban_tensor_get_dtype (tensor));
  g_autofree guint8 *swapped = NULL;

  if (G_BYTE_ORDER != G_LITTLE_ENDIAN)
    {
      swapped = g_malloc (size);
      _siamban_pickle_copy_elements (swapped, data, size / element_size, element_size, TRUE);
      data = swapped;
    }

  return size == 0 || _siamban_atomic_file_write (file, data, size, error);
}

gboolean
_siamban_checkpoint_save_safetensors (SiambanCheckpoint *self,
                                      const char *path,
                                      GCancellable *cancellable,
                                      GError **error)
{
  g_autoptr (SiambanAtomicFile) file = NULL;
  g_autoptr (GArray) order = NULL;
  g_autoptr (GString) header = NULL;
  guint64 length;

  if (g_hash_table_contains (self->indices, "__metadata__"))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS,
                   "“%s”: a safetensors file cannot hold a tensor of the name “__metadata__”",
                   path);
      return FALSE;
    }

  order = order_tensors (self);
  header = make_header (self, order);
  length = GUINT64_TO_LE ((guint64) header->len);
  file = _siamban_atomic_file_open (path, error);
  if (file == NULL || !_siamban_atomic_file_write (file, &length, sizeof length, error) ||
      !_siamban_atomic_file_write (file, header->str, header->len, error))
    return FALSE;
  for (guint i = 0; i < order->len; i++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
        !write_tensor (file, g_ptr_array_index (self->tensors, g_array_index (order, guint, i)),
                       error))
      return FALSE;

  return _siamban_atomic_file_commit (file, error);
}

/**
 * siamban_checkpoint_save_safetensors:
 * @self: a checkpoint
 * @path: where to write
 * @error: return location for an error
 *
 * Writes the `state_dict` as a safetensors file, with the epoch, if known, as metadata. The format
 * holds named tensors only: the state of the optimiser is left out.
 *
 * The file appears whole or not at all, as that of [method@Checkpoint.save].
 *
 * It fails with %SIAMBAN_ERROR_IO if the file cannot be written, and with
 * %SIAMBAN_ERROR_INVALID_WEIGHTS if a tensor has the name `__metadata__`, which the format keeps
 * for itself.
 *
 * Returns: %TRUE if the file was written
 *
 * Since: 0.1
 */
gboolean
siamban_checkpoint_save_safetensors (SiambanCheckpoint *self, const char *path, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_CHECKPOINT (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  return _siamban_checkpoint_save_safetensors (self, path, NULL, error);
}
