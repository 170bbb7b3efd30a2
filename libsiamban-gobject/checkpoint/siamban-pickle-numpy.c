/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-pickle-numpy-private.h"

#include <string.h>

#include "siamban-error.h"

/* NumPy's names of element types, without the byte order in front. */
static const struct
{
  const char *code;
  SiambanDType dtype;
} codes[] = {
  { "f4", SIAMBAN_DTYPE_FLOAT32 }, { "f8", SIAMBAN_DTYPE_FLOAT64 }, { "f2", SIAMBAN_DTYPE_FLOAT16 },
  { "i1", SIAMBAN_DTYPE_INT8 },    { "u1", SIAMBAN_DTYPE_UINT8 },   { "i2", SIAMBAN_DTYPE_INT16 },
  { "i4", SIAMBAN_DTYPE_INT32 },   { "i8", SIAMBAN_DTYPE_INT64 },   { "b1", SIAMBAN_DTYPE_BOOL },
};

static SiambanPickleValue *
fail (GError **error, const char *what)
{
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA, "Malformed NumPy %s", what);

  return NULL;
}

static SiambanPickleValue *
get_item (const SiambanPickleValue *sequence, guint index)
{
  return index < sequence->items->len ? g_ptr_array_index (sequence->items, index) : NULL;
}

static gboolean
is_text (const SiambanPickleValue *value)
{
  return value != NULL &&
         (value->kind == SIAMBAN_PICKLE_STRING || value->kind == SIAMBAN_PICKLE_BYTES);
}

void
_siamban_pickle_copy_elements (gpointer to,
                               gconstpointer from,
                               gsize n_elements,
                               gsize element_size,
                               gboolean swapped)
{
  const guint8 *source = from;
  guint8 *target = to;

  if (!swapped || element_size == 1)
    {
      memcpy (target, source, n_elements * element_size);
      return;
    }

  for (gsize i = 0; i < n_elements; i++, source += element_size, target += element_size)
    for (gsize b = 0; b < element_size; b++)
      target[b] = source[element_size - 1 - b];
}

gboolean
_siamban_pickle_read_shape (const SiambanPickleValue *value, gint64 *shape, gsize *n_dims)
{
  if ((value->kind != SIAMBAN_PICKLE_TUPLE && value->kind != SIAMBAN_PICKLE_LIST) ||
      value->items->len > SIAMBAN_PICKLE_MAX_DIMS)
    return FALSE;

  for (guint i = 0; i < value->items->len; i++)
    if (!_siamban_pickle_value_get_integer (g_ptr_array_index (value->items, i), shape + i) ||
        shape[i] < 0)
      return FALSE;

  *n_dims = value->items->len;

  return TRUE;
}

SiambanPickleValue *
_siamban_pickle_call_dtype (SiambanPickle *pickle,
                            const SiambanPickleGlobal *global,
                            SiambanPickleValue *args,
                            GError **error)
{
  SiambanPickleValue *code = get_item (args, 0);
  SiambanPickleValue *value;

  if (!is_text (code))
    return fail (error, "element type");

  value = _siamban_pickle_add (pickle, SIAMBAN_PICKLE_DTYPE);
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (strcmp (codes[i].code, code->text.data) == 0)
      {
        value->dtype.known = TRUE;
        value->dtype.dtype = codes[i].dtype;
      }

  return value;
}

/* The state is (version, byte order, …). */
gboolean
_siamban_pickle_set_dtype_state (SiambanPickleValue *value,
                                 SiambanPickleValue *state,
                                 GError **error)
{
  SiambanPickleValue *order = state->kind == SIAMBAN_PICKLE_TUPLE ? get_item (state, 1) : NULL;

  if (!is_text (order))
    return fail (error, "element type") != NULL;

  value->dtype.swapped = order->text.data[0] == (G_BYTE_ORDER == G_LITTLE_ENDIAN ? '>' : '<');

  return TRUE;
}

static SiambanPickleValue *
make_scalar (SiambanPickle *pickle, SiambanDType dtype, GBytes *bytes)
{
  g_autoptr (SiambanTensor) tensor = siamban_tensor_new (dtype, NULL, 0, bytes, NULL);
  SiambanPickleValue *value;
  gint64 integer;

  switch (dtype)
    {
    case SIAMBAN_DTYPE_FLOAT32:
    case SIAMBAN_DTYPE_FLOAT64:
    case SIAMBAN_DTYPE_FLOAT16:
    case SIAMBAN_DTYPE_BFLOAT16:
      return _siamban_pickle_add_number (pickle, siamban_tensor_get_item (tensor, 0));

    case SIAMBAN_DTYPE_INT64:
      memcpy (&integer, g_bytes_get_data (bytes, NULL), sizeof integer);
      return _siamban_pickle_add_integer (pickle, integer);

    case SIAMBAN_DTYPE_INT8:
    case SIAMBAN_DTYPE_UINT8:
    case SIAMBAN_DTYPE_INT16:
    case SIAMBAN_DTYPE_INT32:
      return _siamban_pickle_add_integer (pickle, (gint64) siamban_tensor_get_item (tensor, 0));

    case SIAMBAN_DTYPE_BOOL:
    default:
      value = _siamban_pickle_add (pickle, SIAMBAN_PICKLE_BOOLEAN);
      value->integer = siamban_tensor_get_item (tensor, 0) != 0;
      return value;
    }
}

SiambanPickleValue *
_siamban_pickle_call_scalar (SiambanPickle *pickle,
                             const SiambanPickleGlobal *global,
                             SiambanPickleValue *args,
                             GError **error)
{
  SiambanPickleValue *type = get_item (args, 0);
  SiambanPickleValue *data = get_item (args, 1);
  g_autoptr (GBytes) bytes = NULL;
  gpointer element;
  gsize size;

  if (type == NULL || type->kind != SIAMBAN_PICKLE_DTYPE || !is_text (data))
    return fail (error, "scalar");
  if (!type->dtype.known)
    return _siamban_pickle_add (pickle, SIAMBAN_PICKLE_NONE);

  size = siamban_dtype_get_size (type->dtype.dtype);
  if (data->text.size != size)
    return fail (error, "scalar");

  element = g_malloc (size);
  bytes = g_bytes_new_take (element, size);
  _siamban_pickle_copy_elements (element, data->text.data, 1, size, type->dtype.swapped);

  return make_scalar (pickle, type->dtype.dtype, bytes);
}

/* An array is empty until its state is set. */
SiambanPickleValue *
_siamban_pickle_call_array (SiambanPickle *pickle,
                            const SiambanPickleGlobal *global,
                            SiambanPickleValue *args,
                            GError **error)
{
  return _siamban_pickle_add (pickle, SIAMBAN_PICKLE_TENSOR);
}

/* Fails when the product is not the number of elements that @size bytes hold. */
static gboolean
fits (const SiambanPickleTensor *tensor, gsize element_size, gsize size)
{
  gsize n = element_size;

  for (gsize i = 0; i < tensor->n_dims; i++)
    if (!g_size_checked_mul (&n, n, (gsize) tensor->shape[i]))
      return FALSE;

  return n == size;
}

static void
set_strides (SiambanPickleTensor *tensor, gboolean column_major)
{
  gint64 stride = 1;

  for (gsize i = 0; i < tensor->n_dims; i++)
    {
      const gsize dim = column_major ? i : tensor->n_dims - 1 - i;

      tensor->stride[dim] = stride;
      stride *= tensor->shape[dim];
    }
}

/* The state is (version, shape, element type, column major, bytes). */
gboolean
_siamban_pickle_set_array_state (SiambanPickle *pickle,
                                 SiambanPickleValue *value,
                                 SiambanPickleValue *state,
                                 GError **error)
{
  SiambanPickleTensor *tensor = &value->tensor;
  SiambanPickleValue *type, *data, *storage;
  gint64 column_major;
  gsize size;

  if (state->kind != SIAMBAN_PICKLE_TUPLE || state->items->len != 5 || tensor->storage != NULL)
    return fail (error, "array") != NULL;

  type = get_item (state, 2);
  data = get_item (state, 4);
  if (type->kind != SIAMBAN_PICKLE_DTYPE || !type->dtype.known || !is_text (data) ||
      !_siamban_pickle_read_shape (get_item (state, 1), tensor->shape, &tensor->n_dims) ||
      !_siamban_pickle_value_get_integer (get_item (state, 3), &column_major))
    return fail (error, "array: only numbers are read") != NULL;

  size = siamban_dtype_get_size (type->dtype.dtype);
  if (!fits (tensor, size, data->text.size))
    return fail (error, "array: its shape does not fit its bytes") != NULL;

  set_strides (tensor, column_major != 0);
  storage = _siamban_pickle_add (pickle, SIAMBAN_PICKLE_STORAGE);
  storage->storage.dtype = type->dtype.dtype;
  storage->storage.n_elements = data->text.size / size;
  storage->storage.swapped = type->dtype.swapped;
  storage->storage.data = data->text.data;
  tensor->storage = storage;

  return TRUE;
}
