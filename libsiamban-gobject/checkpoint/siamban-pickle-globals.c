/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-pickle-globals-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-pickle-numpy-private.h"

static SiambanPickleValue *
fail (GError **error, const SiambanPickleGlobal *global)
{
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               "Arguments that “%s.%s” does not take", global->module, global->name);

  return NULL;
}

static SiambanPickleValue *
get_item (const SiambanPickleValue *sequence, guint index)
{
  return index < sequence->items->len ? g_ptr_array_index (sequence->items, index) : NULL;
}

/* Python 2 hands over a list of pairs, Counter a dictionary, Python 3 nothing. */
static SiambanPickleValue *
call_dict (SiambanPickle *pickle,
           const SiambanPickleGlobal *global,
           SiambanPickleValue *args,
           GError **error)
{
  SiambanPickleValue *dict = _siamban_pickle_add (pickle, SIAMBAN_PICKLE_DICT);
  SiambanPickleValue *items = get_item (args, 0);

  if (items == NULL || items->kind == SIAMBAN_PICKLE_GLOBAL)
    return dict;
  if (items->kind == SIAMBAN_PICKLE_DICT)
    return items;
  if (items->kind != SIAMBAN_PICKLE_LIST)
    return fail (error, global);
  if (!_siamban_pickle_spend (pickle, 2 * items->items->len * sizeof (gpointer), error))
    return NULL;

  for (guint i = 0; i < items->items->len; i++)
    {
      SiambanPickleValue *pair = g_ptr_array_index (items->items, i);

      if ((pair->kind != SIAMBAN_PICKLE_LIST && pair->kind != SIAMBAN_PICKLE_TUPLE) ||
          pair->items->len != 2 || !_siamban_pickle_value_append (dict, get_item (pair, 0)) ||
          !_siamban_pickle_value_append (dict, get_item (pair, 1)))
        return fail (error, global);
    }

  return dict;
}

/* torch.Size and set: the sequence itself. */
static SiambanPickleValue *
call_sequence (SiambanPickle *pickle,
               const SiambanPickleGlobal *global,
               SiambanPickleValue *args,
               GError **error)
{
  SiambanPickleValue *items = get_item (args, 0);

  if (items == NULL)
    return _siamban_pickle_add (pickle, SIAMBAN_PICKLE_TUPLE);
  if (items->kind != SIAMBAN_PICKLE_LIST && items->kind != SIAMBAN_PICKLE_TUPLE)
    return fail (error, global);

  return items;
}

/* A device's name says where a tensor was, which does not matter here. */
static SiambanPickleValue *
call_device (SiambanPickle *pickle,
             const SiambanPickleGlobal *global,
             SiambanPickleValue *args,
             GError **error)
{
  return _siamban_pickle_add (pickle, SIAMBAN_PICKLE_NONE);
}

/* How protocol 2 spells bytes: a string of characters below 256, encoded as ISO 8859-1. */
static SiambanPickleValue *
call_encode (SiambanPickle *pickle,
             const SiambanPickleGlobal *global,
             SiambanPickleValue *args,
             GError **error)
{
  SiambanPickleValue *text = get_item (args, 0);
  SiambanPickleValue *encoding = get_item (args, 1);
  const char *name = encoding != NULL ? _siamban_pickle_value_get_string (encoding) : NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  if (text == NULL || (text->kind != SIAMBAN_PICKLE_STRING && text->kind != SIAMBAN_PICKLE_BYTES) ||
      g_strcmp0 (name, "latin1") != 0)
    return fail (error, global);
  if (!_siamban_pickle_spend (pickle, text->text.size, error))
    return NULL;

  /* A NUL inside makes the text BYTES; it is UTF-8 all the same. */
  for (const char *p = text->text.data; p < text->text.data + text->text.size;)
    {
      const gunichar c = g_utf8_get_char_validated (p, text->text.data + text->text.size - p);
      const guint8 byte = (guint8) c;

      if (*p != '\0' && c > 0xff)
        return fail (error, global);
      g_byte_array_append (bytes, *p == '\0' ? (const guint8 *) p : &byte, 1);
      p = *p == '\0' ? p + 1 : g_utf8_next_char (p);
    }

  return _siamban_pickle_add_bytes (pickle, bytes->data, bytes->len);
}

/* (storage, offset, shape, stride, …); the rest is about autograd. */
static SiambanPickleValue *
call_tensor (SiambanPickle *pickle,
             const SiambanPickleGlobal *global,
             SiambanPickleValue *args,
             GError **error)
{
  SiambanPickleValue *value = _siamban_pickle_add (pickle, SIAMBAN_PICKLE_TENSOR);
  SiambanPickleTensor *tensor = &value->tensor;
  gsize n_strides = 0;

  if (args->items->len < 4 || get_item (args, 0)->kind != SIAMBAN_PICKLE_STORAGE ||
      !_siamban_pickle_value_get_integer (get_item (args, 1), &tensor->offset) ||
      tensor->offset < 0 ||
      !_siamban_pickle_read_shape (get_item (args, 2), tensor->shape, &tensor->n_dims) ||
      !_siamban_pickle_read_shape (get_item (args, 3), tensor->stride, &n_strides) ||
      n_strides != tensor->n_dims)
    return fail (error, global);

  tensor->storage = get_item (args, 0);

  return value;
}

/* A parameter is its tensor. */
static SiambanPickleValue *
call_parameter (SiambanPickle *pickle,
                const SiambanPickleGlobal *global,
                SiambanPickleValue *args,
                GError **error)
{
  SiambanPickleValue *tensor = get_item (args, 0);

  if (tensor == NULL || tensor->kind != SIAMBAN_PICKLE_TENSOR)
    return fail (error, global);

  return tensor;
}

/* (function, type, arguments, state): a tensor that carries Python attributes. */
static SiambanPickleValue *
call_from_type (SiambanPickle *pickle,
                const SiambanPickleGlobal *global,
                SiambanPickleValue *args,
                GError **error)
{
  SiambanPickleValue *function = get_item (args, 0);
  SiambanPickleValue *arguments = get_item (args, 2);

  if (arguments == NULL || function->kind != SIAMBAN_PICKLE_GLOBAL ||
      function->global->call != call_tensor || arguments->kind != SIAMBAN_PICKLE_TUPLE)
    return fail (error, global);

  return call_tensor (pickle, function->global, arguments, error);
}

#define STORAGE(name, dtype)                                                                       \
  {                                                                                                \
    "torch", name, NULL, dtype, TRUE                                                               \
  }

static const SiambanPickleGlobal globals[] = {
  { "collections", "OrderedDict", call_dict },
  { "collections", "Counter", call_dict },
  { "collections", "defaultdict", call_dict },
  { "__builtin__", "dict", call_dict },
  { "builtins", "dict", call_dict },
  { "__builtin__", "list", call_sequence },
  { "builtins", "list", call_sequence },
  { "__builtin__", "int" },
  { "builtins", "int" },
  { "__builtin__", "set", call_sequence },
  { "builtins", "set", call_sequence },
  { "_codecs", "encode", call_encode },
  { "numpy", "dtype", _siamban_pickle_call_dtype },
  { "numpy", "ndarray" },
  { "numpy.core.multiarray", "scalar", _siamban_pickle_call_scalar },
  { "numpy._core.multiarray", "scalar", _siamban_pickle_call_scalar },
  { "numpy.core.multiarray", "_reconstruct", _siamban_pickle_call_array },
  { "numpy._core.multiarray", "_reconstruct", _siamban_pickle_call_array },
  { "torch", "Size", call_sequence },
  { "torch", "device", call_device },
  { "torch", "Tensor" },
  { "torch.nn.parameter", "Parameter", call_parameter },
  { "torch._utils", "_rebuild_tensor", call_tensor },
  { "torch._utils", "_rebuild_tensor_v2", call_tensor },
  { "torch._utils", "_rebuild_parameter", call_parameter },
  { "torch._utils", "_rebuild_parameter_with_state", call_parameter },
  { "torch._tensor", "_rebuild_from_type_v2", call_from_type },
  { "torch", "float32" },
  { "torch", "float64" },
  { "torch", "float16" },
  { "torch", "bfloat16" },
  { "torch", "int64" },
  STORAGE ("FloatStorage", SIAMBAN_DTYPE_FLOAT32),
  STORAGE ("DoubleStorage", SIAMBAN_DTYPE_FLOAT64),
  STORAGE ("HalfStorage", SIAMBAN_DTYPE_FLOAT16),
  STORAGE ("BFloat16Storage", SIAMBAN_DTYPE_BFLOAT16),
  STORAGE ("CharStorage", SIAMBAN_DTYPE_INT8),
  STORAGE ("ByteStorage", SIAMBAN_DTYPE_UINT8),
  STORAGE ("ShortStorage", SIAMBAN_DTYPE_INT16),
  STORAGE ("IntStorage", SIAMBAN_DTYPE_INT32),
  STORAGE ("LongStorage", SIAMBAN_DTYPE_INT64),
  STORAGE ("BoolStorage", SIAMBAN_DTYPE_BOOL),
};

#undef STORAGE

const SiambanPickleGlobal *
_siamban_pickle_find_global (const char *module, const char *name, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (globals); i++)
    if (strcmp (globals[i].module, module) == 0 && strcmp (globals[i].name, name) == 0)
      return globals + i;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               "It asks for the Python object “%s.%s”, which a file of weights has no use for; "
               "only tensors, numbers, strings and containers of them are read. If it is a "
               "whole pickled model, save its state_dict() instead",
               module, name);

  return NULL;
}

const SiambanPickleGlobal *
_siamban_pickle_find_storage (SiambanDType dtype)
{
  for (gsize i = 0; i < G_N_ELEMENTS (globals); i++)
    if (globals[i].is_storage && globals[i].dtype == dtype)
      return globals + i;

  g_return_val_if_reached (NULL);
}

gboolean
_siamban_pickle_set_state (SiambanPickle *pickle,
                           SiambanPickleValue *value,
                           SiambanPickleValue *state,
                           GError **error)
{
  switch (value->kind)
    {
    case SIAMBAN_PICKLE_DTYPE:
      return _siamban_pickle_set_dtype_state (value, state, error);

    case SIAMBAN_PICKLE_TENSOR:
      /* What has a storage already is a tensor of PyTorch, whose state is Python attributes. */
      return value->tensor.storage != NULL ||
             _siamban_pickle_set_array_state (pickle, value, state, error);

    case SIAMBAN_PICKLE_DICT:
      /* The `_metadata` of a state_dict: versions of layers. */
      return TRUE;

    default:
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "It gives attributes to %s, expected a dictionary or a tensor",
                   _siamban_pickle_value_get_name (value));
      return FALSE;
    }
}

/* A legacy file may name a part of a storage: (key, first element, number of elements). */
static gboolean
read_view (SiambanPickleStorage *storage, const SiambanPickleValue *view)
{
  gint64 first, n_elements;

  if (view->kind == SIAMBAN_PICKLE_NONE)
    return TRUE;
  if (view->kind != SIAMBAN_PICKLE_TUPLE || view->items->len != 3 ||
      !_siamban_pickle_value_get_integer (get_item (view, 1), &first) ||
      !_siamban_pickle_value_get_integer (get_item (view, 2), &n_elements) || first < 0 ||
      n_elements < 0 || (guint64) first > storage->n_elements ||
      (guint64) n_elements > storage->n_elements - (guint64) first)
    return FALSE;

  storage->first = (gsize) first;
  storage->n_elements = (gsize) n_elements;

  return TRUE;
}

/* ("storage", class, key, location, number of elements), in legacy files also a view. */
SiambanPickleValue *
_siamban_pickle_make_storage (SiambanPickle *pickle, SiambanPickleValue *id, GError **error)
{
  SiambanPickleValue *value = _siamban_pickle_add (pickle, SIAMBAN_PICKLE_STORAGE);
  const char *type = NULL;
  gint64 n_elements = -1;

  if (id->kind == SIAMBAN_PICKLE_TUPLE && (id->items->len == 5 || id->items->len == 6))
    {
      type = _siamban_pickle_value_get_string (get_item (id, 0));
      value->storage.key = _siamban_pickle_value_get_string (get_item (id, 2));
      _siamban_pickle_value_get_integer (get_item (id, 4), &n_elements);
    }

  if (g_strcmp0 (type, "storage") != 0 || get_item (id, 1)->kind != SIAMBAN_PICKLE_GLOBAL ||
      !get_item (id, 1)->global->is_storage || value->storage.key == NULL || n_elements < 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "A persistent id that does not name a storage of PyTorch");
      return NULL;
    }

  value->storage.dtype = get_item (id, 1)->global->dtype;
  value->storage.n_elements = (gsize) n_elements;
  if (id->items->len == 6 && !read_view (&value->storage, get_item (id, 5)))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "A view that does not fit the storage “%s”", value->storage.key);
      return NULL;
    }

  return value;
}
