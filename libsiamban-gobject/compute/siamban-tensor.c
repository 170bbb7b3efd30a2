/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-tensor-private.h"

#include <math.h>
#include <string.h>

#include "siamban-error.h"

#define MAX_DIMS 8

/**
 * SiambanTensor:
 *
 * Numbers in a rectangular array of up to eight dimensions, row major.
 *
 * The bulk crosses the interface as [struct@GLib.Bytes], so that Python and JavaScript read it
 * without copying:
 * `numpy.frombuffer (tensor.get_bytes ().get_data (), tensor_dtype).reshape (tensor.get_shape ())`.
 *
 * Immutable and reference counted: any thread may read it.
 *
 * Since: 0.1
 */
struct _SiambanTensor
{
  SiambanDType dtype;
  gsize n_dims;
  gint64 shape[MAX_DIMS];
  gsize n_elements;
  GBytes *bytes;
};

G_DEFINE_BOXED_TYPE (SiambanTensor, siamban_tensor, siamban_tensor_ref, siamban_tensor_unref)

static float
half_to_float (guint16 half)
{
  const float magnitude = (half & 0x7c00) == 0x7c00 ? ((half & 0x3ff) != 0 ? NAN : INFINITY)
                          : (half & 0x7c00) == 0
                              ? ldexpf ((float) (half & 0x3ff), -24)
                              : ldexpf ((float) ((half & 0x3ff) | 0x400), (half >> 10 & 0x1f) - 25);

  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

static float
bfloat_to_float (guint16 bfloat)
{
  const guint32 bits = (guint32) bfloat << 16;
  float value;

  memcpy (&value, &bits, sizeof value);

  return value;
}

#define DEFINE_READER(name, type, convert)                                                         \
  static double read_##name (gconstpointer p, gsize i)                                             \
  {                                                                                                \
    type value;                                                                                    \
                                                                                                   \
    memcpy (&value, (const type *) p + i, sizeof value);                                           \
                                                                                                   \
    return (double) convert (value);                                                               \
  }

#define SAME(x) (x)

DEFINE_READER (float32, float, SAME)
DEFINE_READER (float64, double, SAME)
DEFINE_READER (float16, guint16, half_to_float)
DEFINE_READER (bfloat16, guint16, bfloat_to_float)
DEFINE_READER (int8, gint8, SAME)
DEFINE_READER (uint8, guint8, SAME)
DEFINE_READER (int16, gint16, SAME)
DEFINE_READER (int32, gint32, SAME)
DEFINE_READER (int64, gint64, SAME)
DEFINE_READER (bool, guint8, !!)

static const struct
{
  const char *name;
  gsize size;
  double (*read) (gconstpointer data, gsize index);
} dtypes[] = {
  [SIAMBAN_DTYPE_FLOAT32] = { "float32", 4, read_float32 },
  [SIAMBAN_DTYPE_FLOAT64] = { "float64", 8, read_float64 },
  [SIAMBAN_DTYPE_FLOAT16] = { "float16", 2, read_float16 },
  [SIAMBAN_DTYPE_BFLOAT16] = { "bfloat16", 2, read_bfloat16 },
  [SIAMBAN_DTYPE_INT8] = { "int8", 1, read_int8 },
  [SIAMBAN_DTYPE_UINT8] = { "uint8", 1, read_uint8 },
  [SIAMBAN_DTYPE_INT16] = { "int16", 2, read_int16 },
  [SIAMBAN_DTYPE_INT32] = { "int32", 4, read_int32 },
  [SIAMBAN_DTYPE_INT64] = { "int64", 8, read_int64 },
  [SIAMBAN_DTYPE_BOOL] = { "bool", 1, read_bool },
};

/**
 * siamban_dtype_get_size:
 * @dtype: an element type
 *
 * Gets the size of one element.
 *
 * Returns: the size, in bytes
 *
 * Since: 0.1
 */
gsize
siamban_dtype_get_size (SiambanDType dtype)
{
  g_return_val_if_fail ((guint) dtype < G_N_ELEMENTS (dtypes), 0);

  return dtypes[dtype].size;
}

/**
 * siamban_dtype_get_name:
 * @dtype: an element type
 *
 * Gets the name that NumPy and PyTorch use for the type.
 *
 * Returns: the name, such as `float32`
 *
 * Since: 0.1
 */
const char *
siamban_dtype_get_name (SiambanDType dtype)
{
  g_return_val_if_fail ((guint) dtype < G_N_ELEMENTS (dtypes), NULL);

  return dtypes[dtype].name;
}

/* FALSE when a dimension is negative or the product overflows. */
static gboolean
count_elements (const gint64 *shape, gsize n_dims, gsize *n_elements)
{
  gsize n = 1;

  for (gsize i = 0; i < n_dims; i++)
    if (shape[i] < 0 || !g_size_checked_mul (&n, n, (gsize) shape[i]))
      return FALSE;

  *n_elements = n;

  return n <= G_MAXSSIZE / 16;
}

static SiambanTensor *
tensor_new_take (SiambanDType dtype,
                 const gint64 *shape,
                 gsize n_dims,
                 gsize n_elements,
                 GBytes *bytes)
{
  SiambanTensor *self = g_atomic_rc_box_new0 (SiambanTensor);

  self->dtype = dtype;
  self->n_dims = n_dims;
  for (gsize i = 0; i < n_dims; i++)
    self->shape[i] = shape[i];
  self->n_elements = n_elements;
  self->bytes = bytes;

  return self;
}

char *
_siamban_shape_to_string (const gint64 *shape, gsize n_dims)
{
  g_autoptr (GString) text = g_string_new ("(");

  for (gsize i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", shape[i]);
  g_string_append_c (text, ')');

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * siamban_tensor_new: (constructor)
 * @dtype: what an element is
 * @shape: (array length=n_dims): the size of each dimension, outermost first
 * @n_dims: how many dimensions, at most 8
 * @bytes: the elements, row major, in the machine's byte order
 * @error: return location for an error
 *
 * Makes a tensor around bytes that already exist; nothing is copied.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_DATA if @bytes has another length than @shape and @dtype
 * ask for.
 *
 * Returns: (transfer full): a new tensor
 *
 * Since: 0.1
 */
SiambanTensor *
siamban_tensor_new (SiambanDType dtype,
                    const gint64 *shape,
                    gsize n_dims,
                    GBytes *bytes,
                    GError **error)
{
  gsize n_elements = 0;

  g_return_val_if_fail ((guint) dtype < G_N_ELEMENTS (dtypes), NULL);
  g_return_val_if_fail (bytes != NULL, NULL);

  if (n_dims > MAX_DIMS || !count_elements (shape, n_dims, &n_elements) ||
      n_elements * dtypes[dtype].size != g_bytes_get_size (bytes))
    {
      g_autofree char *text = _siamban_shape_to_string (shape, MIN (n_dims, MAX_DIMS));

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                   "%" G_GSIZE_FORMAT " bytes do not make a %s tensor of shape %s",
                   g_bytes_get_size (bytes), dtypes[dtype].name, text);
      return NULL;
    }

  return tensor_new_take (dtype, shape, n_dims, n_elements, g_bytes_ref (bytes));
}

/**
 * siamban_tensor_new_zeros: (constructor)
 * @dtype: what an element is
 * @shape: (array length=n_dims): the size of each dimension, outermost first
 * @n_dims: how many dimensions, at most 8
 *
 * Makes a tensor of zeros.
 *
 * Returns: (transfer full): a new tensor
 *
 * Since: 0.1
 */
SiambanTensor *
siamban_tensor_new_zeros (SiambanDType dtype, const gint64 *shape, gsize n_dims)
{
  gsize n_elements = 0, n_bytes;

  g_return_val_if_fail ((guint) dtype < G_N_ELEMENTS (dtypes), NULL);
  g_return_val_if_fail (n_dims <= MAX_DIMS, NULL);
  g_return_val_if_fail (count_elements (shape, n_dims, &n_elements), NULL);

  n_bytes = n_elements * dtypes[dtype].size;

  return tensor_new_take (dtype, shape, n_dims, n_elements,
                          g_bytes_new_take (g_malloc0 (MAX (n_bytes, 1)), n_bytes));
}

SiambanTensor *
_siamban_tensor_new_float32 (const gint64 *shape, gsize n_dims, float **values)
{
  gsize n_elements = 0;

  if (!count_elements (shape, n_dims, &n_elements))
    g_assert_not_reached ();

  *values = g_malloc (MAX (n_elements, 1) * sizeof (float));

  return tensor_new_take (SIAMBAN_DTYPE_FLOAT32, shape, n_dims, n_elements,
                          g_bytes_new_take (*values, n_elements * sizeof (float)));
}

SiambanTensor *
_siamban_tensor_new_4d (const gint64 shape[4], float **values)
{
  return _siamban_tensor_new_float32 (shape, 4, values);
}

/**
 * siamban_tensor_ref:
 * @self: a tensor
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanTensor *
siamban_tensor_ref (SiambanTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
tensor_clear (gpointer data)
{
  SiambanTensor *self = data;

  g_bytes_unref (self->bytes);
}

/**
 * siamban_tensor_unref:
 * @self: (transfer full): a tensor
 *
 * Drops a reference.
 *
 * Since: 0.1
 */
void
siamban_tensor_unref (SiambanTensor *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, tensor_clear);
}

/**
 * siamban_tensor_get_dtype:
 * @self: a tensor
 *
 * Gets what an element is.
 *
 * Returns: the element type
 *
 * Since: 0.1
 */
SiambanDType
siamban_tensor_get_dtype (SiambanTensor *self)
{
  g_return_val_if_fail (self != NULL, SIAMBAN_DTYPE_FLOAT32);

  return self->dtype;
}

/**
 * siamban_tensor_get_shape:
 * @self: a tensor
 * @n_dims: (out): how many dimensions there are
 *
 * Gets the size of each dimension, outermost first.
 *
 * Returns: (transfer none) (array length=n_dims): the shape, empty for a single number
 *
 * Since: 0.1
 */
const gint64 *
siamban_tensor_get_shape (SiambanTensor *self, gsize *n_dims)
{
  g_return_val_if_fail (self != NULL, NULL);

  *n_dims = self->n_dims;

  return self->shape;
}

/**
 * siamban_tensor_get_n_elements:
 * @self: a tensor
 *
 * Gets how many numbers the tensor holds.
 *
 * Returns: the product of the shape
 *
 * Since: 0.1
 */
gsize
siamban_tensor_get_n_elements (SiambanTensor *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_elements;
}

/**
 * siamban_tensor_get_bytes:
 * @self: a tensor
 *
 * Gets the elements, row major, in the machine's byte order.
 *
 * Returns: (transfer none): the bytes, shared with the tensor
 *
 * Since: 0.1
 */
GBytes *
siamban_tensor_get_bytes (SiambanTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->bytes;
}

gconstpointer
_siamban_tensor_peek (SiambanTensor *self)
{
  return g_bytes_get_data (self->bytes, NULL);
}

/**
 * siamban_tensor_get_item:
 * @self: a tensor
 * @index: the position in row-major order
 *
 * Gets one element as a number; meant for scalars and for looking, not for loops.
 *
 * Returns: the element, NaN if @index is past the end
 *
 * Since: 0.1
 */
double
siamban_tensor_get_item (SiambanTensor *self, gsize index)
{
  g_return_val_if_fail (self != NULL, NAN);
  g_return_val_if_fail (index < self->n_elements, NAN);

  return dtypes[self->dtype].read (_siamban_tensor_peek (self), index);
}

/**
 * siamban_tensor_get_norm:
 * @self: a tensor
 *
 * Gets the Euclidean norm of all elements, summed in double precision.
 *
 * Returns: the norm
 *
 * Since: 0.1
 */
double
siamban_tensor_get_norm (SiambanTensor *self)
{
  double sum = 0;

  g_return_val_if_fail (self != NULL, NAN);

  for (gsize i = 0; i < self->n_elements; i++)
    {
      const double item = dtypes[self->dtype].read (_siamban_tensor_peek (self), i);

      sum += item * item;
    }

  return sqrt (sum);
}

void
_siamban_convert_to_float32 (SiambanDType dtype, gconstpointer from, gsize n_elements, float *to)
{
  if (dtype == SIAMBAN_DTYPE_FLOAT32)
    memcpy (to, from, n_elements * sizeof (float));
  else
    for (gsize i = 0; i < n_elements; i++)
      to[i] = (float) dtypes[dtype].read (from, i);
}

/**
 * siamban_tensor_to_float32:
 * @self: a tensor
 *
 * Converts every element to 32-bit floating point.
 *
 * Returns: (transfer full): the converted tensor, @self itself if it already is float32
 *
 * Since: 0.1
 */
SiambanTensor *
siamban_tensor_to_float32 (SiambanTensor *self)
{
  SiambanTensor *converted;
  float *values;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->dtype == SIAMBAN_DTYPE_FLOAT32)
    return siamban_tensor_ref (self);

  converted = _siamban_tensor_new_float32 (self->shape, self->n_dims, &values);
  _siamban_convert_to_float32 (self->dtype, _siamban_tensor_peek (self), self->n_elements, values);

  return converted;
}

/**
 * siamban_tensor_to_string:
 * @self: a tensor
 *
 * Describes the tensor by type and shape, such as `float32 (2, 3, 127, 127)`.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
siamban_tensor_to_string (SiambanTensor *self)
{
  g_autofree char *shape = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  shape = _siamban_shape_to_string (self->shape, self->n_dims);

  return g_strdup_printf ("%s %s", dtypes[self->dtype].name, shape);
}
