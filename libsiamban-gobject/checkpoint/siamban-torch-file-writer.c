/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-torch-file-writer-private.h"

#include <string.h>

#include "siamban-pickle-globals-private.h"
#include "siamban-pickle-writer-private.h"
#include "siamban-zip-writer-private.h"

struct _SiambanTorchFileWriter
{
  GByteArray *pickle;
  GPtrArray *tensors; /* the position is the key of the storage */
};

SiambanTorchFileWriter *
_siamban_torch_file_writer_new (void)
{
  SiambanTorchFileWriter *self = g_new0 (SiambanTorchFileWriter, 1);

  self->pickle = g_byte_array_new ();
  self->tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) siamban_tensor_unref);
  _siamban_pickle_write_start (self->pickle);

  return self;
}

void
_siamban_torch_file_writer_free (SiambanTorchFileWriter *self)
{
  g_byte_array_unref (self->pickle);
  g_ptr_array_unref (self->tensors);
  g_free (self);
}

GByteArray *
_siamban_torch_file_writer_get_pickle (SiambanTorchFileWriter *self)
{
  return self->pickle;
}

static void
write_storage (SiambanTorchFileWriter *self, SiambanTensor *tensor)
{
  const SiambanPickleGlobal *type = _siamban_pickle_find_storage (
      siamban_tensor_get_dtype (tensor));
  g_autofree char *key = g_strdup_printf ("%u", self->tensors->len);

  _siamban_pickle_write_operation (self->pickle, SIAMBAN_PICKLE_MARK);
  _siamban_pickle_write_string (self->pickle, "storage");
  _siamban_pickle_write_global (self->pickle, type->module, type->name);
  _siamban_pickle_write_string (self->pickle, key);
  _siamban_pickle_write_string (self->pickle, "cpu");
  _siamban_pickle_write_integer (self->pickle, (gint64) siamban_tensor_get_n_elements (tensor));
  _siamban_pickle_write_operation (self->pickle, SIAMBAN_PICKLE_MAKE_TUPLE);
  _siamban_pickle_write_operation (self->pickle, SIAMBAN_PICKLE_PERSISTENT_ID);
}

static void
write_shape (GByteArray *pickle, const gint64 *shape, gsize n_dims)
{
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_MARK);
  for (gsize i = 0; i < n_dims; i++)
    _siamban_pickle_write_integer (pickle, shape[i]);
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_MAKE_TUPLE);
}

static void
write_strides (GByteArray *pickle, const gint64 *shape, gsize n_dims)
{
  gint64 strides[SIAMBAN_PICKLE_MAX_DIMS];
  gint64 stride = 1;

  for (gsize i = n_dims; i > 0; i--)
    {
      strides[i - 1] = stride;
      stride *= shape[i - 1];
    }

  write_shape (pickle, strides, n_dims);
}

/* _rebuild_tensor_v2 (storage, offset, shape, strides, requires_grad, hooks) */
void
_siamban_torch_file_writer_add_tensor (SiambanTorchFileWriter *self, SiambanTensor *tensor)
{
  gsize n_dims;
  const gint64 *shape = siamban_tensor_get_shape (tensor, &n_dims);

  _siamban_pickle_write_global (self->pickle, "torch._utils", "_rebuild_tensor_v2");
  _siamban_pickle_write_operation (self->pickle, SIAMBAN_PICKLE_MARK);
  write_storage (self, tensor);
  _siamban_pickle_write_integer (self->pickle, 0);
  write_shape (self->pickle, shape, n_dims);
  write_strides (self->pickle, shape, n_dims);
  _siamban_pickle_write_boolean (self->pickle, FALSE);
  _siamban_pickle_write_global (self->pickle, "collections", "OrderedDict");
  _siamban_pickle_write_operation (self->pickle, SIAMBAN_PICKLE_EMPTY_TUPLE);
  _siamban_pickle_write_operation (self->pickle, SIAMBAN_PICKLE_CALL);
  _siamban_pickle_write_operation (self->pickle, SIAMBAN_PICKLE_MAKE_TUPLE);
  _siamban_pickle_write_operation (self->pickle, SIAMBAN_PICKLE_CALL);

  g_ptr_array_add (self->tensors, siamban_tensor_ref (tensor));
}

static gboolean
add_members (SiambanTorchFileWriter *self,
             SiambanZipWriter *zip,
             GCancellable *cancellable,
             GError **error)
{
  const char *order = G_BYTE_ORDER == G_LITTLE_ENDIAN ? "little" : "big";

  if (!_siamban_zip_writer_add (zip, "archive/data.pkl", self->pickle->data, self->pickle->len,
                                error) ||
      !_siamban_zip_writer_add (zip, "archive/byteorder", order, strlen (order), error))
    return FALSE;

  for (guint i = 0; i < self->tensors->len; i++)
    {
      GBytes *bytes = siamban_tensor_get_bytes (g_ptr_array_index (self->tensors, i));
      g_autofree char *name = g_strdup_printf ("archive/data/%u", i);
      gsize size;
      gconstpointer data = g_bytes_get_data (bytes, &size);

      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !_siamban_zip_writer_add (zip, name, data, size, error))
        return FALSE;
    }

  return _siamban_zip_writer_add (zip, "archive/version", "3\n", 2, error) &&
         _siamban_zip_writer_finish (zip, error);
}

gboolean
_siamban_torch_file_writer_save (SiambanTorchFileWriter *self,
                                 const char *path,
                                 GCancellable *cancellable,
                                 GError **error)
{
  g_autoptr (SiambanAtomicFile) file = _siamban_atomic_file_open (path, error);
  g_autoptr (SiambanZipWriter) zip = NULL;

  if (file == NULL)
    return FALSE;

  _siamban_pickle_write_operation (self->pickle, SIAMBAN_PICKLE_STOP);
  zip = _siamban_zip_writer_new (file);

  return add_members (self, zip, cancellable, error) && _siamban_atomic_file_commit (file, error);
}
