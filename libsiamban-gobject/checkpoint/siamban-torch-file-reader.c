/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-torch-file-reader-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-pickle-numpy-private.h"
#include "siamban-torch-container-private.h"

/* A tensor may repeat the elements of a small storage: how much such copies may grow. */
#define MAX_RATIO 64
#define MAX_FREE (64 << 20)

struct _SiambanTorchFile
{
  char *name;
  SiambanPickle *pickle;
  SiambanTorchContainer *container;
  GHashTable *storages; /* key → GBytes */
  gsize budget;         /* how many bytes may still be copied */
};

void
_siamban_torch_file_free (SiambanTorchFile *self)
{
  if (self->container != NULL)
    self->container->free (self->container);
  _siamban_pickle_free (self->pickle);
  g_hash_table_unref (self->storages);
  g_free (self->name);
  g_free (self);
}

/* What else a file of that name might be, for the message. NULL when it may be a pickle. */
static const char *
guess_other_format (const guint8 *data, gsize size)
{
  static const char lfs[] = "version https://git-lfs";

  if (size == 0)
    return "the file is empty";
  if (size > sizeof lfs && memcmp (data, lfs, sizeof lfs - 1) == 0)
    return "only a pointer of Git LFS; fetch the file itself with “git lfs pull”";
  if (data[0] == '<')
    return "a web page, not a file of weights; perhaps the download asked for a log-in";
  if (size > 262 && memcmp (data + 257, "ustar", 5) == 0)
    return "a tar archive, perhaps of PyTorch before 0.1.10; save it again with a later PyTorch";
  if (size > 9 && data[7] == 0 && data[8] == '{')
    return "a safetensors file";
  if (data[0] == 0x08 && size > 2)
    return "perhaps an ONNX file; a file of torch.save() is needed";
  if (data[0] != 0x80)
    return "neither a zip archive nor a pickle";

  return NULL;
}

static gboolean
open_container (SiambanTorchFile *self, GBytes *bytes, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  const char *other;

  if (size >= 4 && memcmp (data, "PK\003\004", 4) == 0)
    {
      self->container = _siamban_torch_zip_open (self->pickle, bytes, error);
      return self->container != NULL;
    }

  other = guess_other_format (data, size);
  if (other != NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "Not a file of torch.save(): %s", other);
      return FALSE;
    }

  self->container = _siamban_torch_legacy_open (self->pickle, bytes, error);

  return self->container != NULL;
}

SiambanTorchFile *
_siamban_torch_file_open_bytes (GBytes *bytes, const char *name, GError **error)
{
  g_autoptr (SiambanTorchFile) self = g_new0 (SiambanTorchFile, 1);
  const gsize size = g_bytes_get_size (bytes);

  self->name = g_strdup (name);
  self->pickle = _siamban_pickle_new ();
  self->storages = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                          (GDestroyNotify) g_bytes_unref);
  self->budget = size < G_MAXSIZE / (2 * MAX_RATIO) ? size * MAX_RATIO + MAX_FREE : G_MAXSIZE / 2;

  if (!open_container (self, bytes, error))
    {
      g_prefix_error (error, "“%s”: ", name);
      return NULL;
    }

  return g_steal_pointer (&self);
}

SiambanPickleValue *
_siamban_torch_file_get_root (SiambanTorchFile *self)
{
  return self->container->root;
}

gboolean
_siamban_torch_storage_get_size (const SiambanPickleStorage *storage, gsize *size)
{
  gsize n_elements;

  return g_size_checked_add (&n_elements, storage->first, storage->n_elements) &&
         g_size_checked_mul (size, n_elements, siamban_dtype_get_size (storage->dtype));
}

/* Borrowed; a storage that several tensors share is read once. */
static GBytes *
read_storage (SiambanTorchFile *self, const SiambanPickleStorage *storage, GError **error)
{
  GBytes *bytes = g_hash_table_lookup (self->storages, storage->key);
  gsize size;

  if (bytes == NULL)
    {
      bytes = self->container->read (self->container, storage, error);
      if (bytes == NULL)
        return NULL;
      g_hash_table_insert (self->storages, (gpointer) storage->key, bytes);
    }

  if (!_siamban_torch_storage_get_size (storage, &size) || size > g_bytes_get_size (bytes))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "The storage “%s” has %" G_GSIZE_FORMAT " bytes, fewer than it claims",
                   storage->key, g_bytes_get_size (bytes));
      return NULL;
    }

  return bytes;
}

/* The number of elements, and whether they follow one another; FALSE when they would not be
 * inside the storage. */
static gboolean
measure (const SiambanPickleTensor *tensor, gsize *n_elements, gboolean *contiguous)
{
  const gsize limit = tensor->storage->storage.n_elements;
  gsize last = (gsize) tensor->offset;

  *n_elements = 1;
  *contiguous = TRUE;
  for (gsize i = tensor->n_dims; i > 0; i--)
    {
      const gsize length = (gsize) tensor->shape[i - 1];
      const gsize stride = (gsize) tensor->stride[i - 1];
      gsize reach;

      if (length != 1 && stride != *n_elements)
        *contiguous = FALSE;
      if (!g_size_checked_mul (n_elements, *n_elements, length))
        return FALSE;
      if (length > 0 && (!g_size_checked_mul (&reach, length - 1, stride) ||
                         !g_size_checked_add (&last, last, reach)))
        return FALSE;
    }

  return *n_elements == 0 || last < limit;
}

/* Copies element by element, the last dimension fastest. */
static void
gather (const SiambanPickleTensor *tensor,
        const guint8 *from,
        gsize n_elements,
        gsize element_size,
        guint8 *to)
{
  gint64 index[SIAMBAN_PICKLE_MAX_DIMS] = { 0 };
  gint64 position = 0;

  for (gsize n = 0; n < n_elements; n++)
    {
      memcpy (to + n * element_size, from + (gsize) position * element_size, element_size);

      for (gsize i = tensor->n_dims; i > 0; i--)
        {
          position += tensor->stride[i - 1];
          if (++index[i - 1] < tensor->shape[i - 1])
            break;
          position -= index[i - 1] * tensor->stride[i - 1];
          index[i - 1] = 0;
        }
    }
}

/* Copies the elements into their order, and into this machine's byte order. */
static GBytes *
copy_elements (SiambanTorchFile *self,
               const SiambanPickleTensor *tensor,
               const guint8 *from,
               gsize n_elements,
               gboolean swapped,
               GError **error)
{
  const gsize element_size = siamban_dtype_get_size (tensor->storage->storage.dtype);
  g_autofree guint8 *gathered = NULL;
  g_autofree guint8 *copy = NULL;

  if (n_elements > self->budget / element_size)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "A tensor unfolds to far more data than the file holds");
      return NULL;
    }

  self->budget -= n_elements * element_size;
  gathered = g_try_malloc (n_elements * element_size);
  copy = swapped ? g_try_malloc (n_elements * element_size) : NULL;
  if (gathered == NULL || (swapped && copy == NULL))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                   "No memory for a tensor of %" G_GSIZE_FORMAT " elements", n_elements);
      return NULL;
    }

  gather (tensor, from, n_elements, element_size, gathered);
  if (!swapped)
    return g_bytes_new_take (g_steal_pointer (&gathered), n_elements * element_size);

  _siamban_pickle_copy_elements (copy, gathered, n_elements, element_size, TRUE);

  return g_bytes_new_take (g_steal_pointer (&copy), n_elements * element_size);
}

static GBytes *
read_elements (SiambanTorchFile *self, const SiambanPickleTensor *tensor, GError **error)
{
  const SiambanPickleStorage *storage = &tensor->storage->storage;
  const gsize element_size = siamban_dtype_get_size (storage->dtype);
  const gboolean swapped = storage->data != NULL ? storage->swapped : self->container->swapped;
  GBytes *bytes = NULL; /* borrowed */
  const guint8 *data = storage->data;
  gboolean contiguous;
  gsize n_elements, start;

  if (!measure (tensor, &n_elements, &contiguous))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "A tensor reaches beyond its storage of %" G_GSIZE_FORMAT " elements",
                   storage->n_elements);
      return NULL;
    }
  if (n_elements == 0)
    return g_bytes_new (NULL, 0);

  if (data == NULL)
    {
      bytes = read_storage (self, storage, error);
      if (bytes == NULL)
        return NULL;
      data = g_bytes_get_data (bytes, NULL);
    }

  start = (storage->first + (gsize) tensor->offset) * element_size;
  if (bytes != NULL && contiguous && !swapped)
    return g_bytes_new_from_bytes (bytes, start, n_elements * element_size);

  return copy_elements (self, tensor, data + start, n_elements, swapped, error);
}

SiambanTensor *
_siamban_torch_file_read_tensor (SiambanTorchFile *self,
                                 const SiambanPickleValue *value,
                                 GError **error)
{
  const SiambanPickleTensor *tensor = &value->tensor;
  g_autoptr (GBytes) bytes = NULL;

  g_return_val_if_fail (value->kind == SIAMBAN_PICKLE_TENSOR, NULL);

  if (tensor->storage == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "“%s”: An array without content", self->name);
      return NULL;
    }

  bytes = read_elements (self, tensor, error);
  if (bytes == NULL)
    {
      g_prefix_error (error, "“%s”: ", self->name);
      return NULL;
    }

  return siamban_tensor_new (tensor->storage->storage.dtype, tensor->shape, tensor->n_dims, bytes,
                             error);
}
