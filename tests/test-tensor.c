/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban.h"

static SiambanTensor *
new_tensor (SiambanDType dtype, gconstpointer data, gsize n)
{
  const gint64 shape = (gint64) n;
  g_autoptr (GBytes) bytes = g_bytes_new (data, n * siamban_dtype_get_size (dtype));
  g_autoptr (GError) error = NULL;
  SiambanTensor *tensor = siamban_tensor_new (dtype, &shape, 1, bytes, &error);

  g_assert_no_error (error);

  return tensor;
}

static void
test_dtypes (void)
{
  static const struct
  {
    SiambanDType dtype;
    const char *name;
    gsize size;
  } expected[] = {
    { SIAMBAN_DTYPE_FLOAT32, "float32", 4 }, { SIAMBAN_DTYPE_FLOAT64, "float64", 8 },
    { SIAMBAN_DTYPE_FLOAT16, "float16", 2 }, { SIAMBAN_DTYPE_BFLOAT16, "bfloat16", 2 },
    { SIAMBAN_DTYPE_INT8, "int8", 1 },       { SIAMBAN_DTYPE_UINT8, "uint8", 1 },
    { SIAMBAN_DTYPE_INT16, "int16", 2 },     { SIAMBAN_DTYPE_INT32, "int32", 4 },
    { SIAMBAN_DTYPE_INT64, "int64", 8 },     { SIAMBAN_DTYPE_BOOL, "bool", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_assert_cmpstr (siamban_dtype_get_name (expected[i].dtype), ==, expected[i].name);
      g_assert_cmpuint (siamban_dtype_get_size (expected[i].dtype), ==, expected[i].size);
    }
}

/* Compares each element, and its conversion to float32. */
static void
assert_items (SiambanTensor *tensor, const double *expected, gsize n)
{
  g_autoptr (SiambanTensor) converted = siamban_tensor_to_float32 (tensor);

  g_assert_cmpint (siamban_tensor_get_dtype (converted), ==, SIAMBAN_DTYPE_FLOAT32);
  g_assert_cmpuint (siamban_tensor_get_n_elements (tensor), ==, n);
  g_assert_cmpuint (siamban_tensor_get_n_elements (converted), ==, n);
  for (gsize i = 0; i < n; i++)
    {
      const double item = siamban_tensor_get_item (tensor, i);
      const double single = siamban_tensor_get_item (converted, i);

      if (isnan (expected[i]))
        {
          g_assert_true (isnan (item) && isnan (single));
          continue;
        }
      g_assert_cmpfloat (item, ==, expected[i]);
      g_assert_cmpfloat (single, ==, (float) expected[i]);
      g_assert_cmpint (!!signbit (item), ==, !!signbit (expected[i]));
    }
}

#define CHECK_ITEMS(dtype, type, ...)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    const type values[] = { __VA_ARGS__ };                                                         \
    const double expected[] = { __VA_ARGS__ };                                                     \
    g_autoptr (SiambanTensor) tensor = new_tensor (dtype, values, G_N_ELEMENTS (values));          \
                                                                                                   \
    assert_items (tensor, expected, G_N_ELEMENTS (expected));                                      \
  }                                                                                                \
  G_STMT_END

static void
test_items (void)
{
  CHECK_ITEMS (SIAMBAN_DTYPE_FLOAT32, float, 0, -1.5, 3e38f, INFINITY, NAN);
  CHECK_ITEMS (SIAMBAN_DTYPE_FLOAT64, double, 0, -0.1, 1e300, -INFINITY);
  CHECK_ITEMS (SIAMBAN_DTYPE_INT8, gint8, 0, -128, 127);
  CHECK_ITEMS (SIAMBAN_DTYPE_UINT8, guint8, 0, 128, 255);
  CHECK_ITEMS (SIAMBAN_DTYPE_INT16, gint16, 0, -32768, 32767);
  CHECK_ITEMS (SIAMBAN_DTYPE_INT32, gint32, 0, -2147483647, 2147483647);
  CHECK_ITEMS (SIAMBAN_DTYPE_INT64, gint64, 0, -9007199254740992, 9007199254740992);
}

static void
test_bool (void)
{
  const guint8 values[] = { 0, 1, 7 };
  const double expected[] = { 0, 1, 1 };
  g_autoptr (SiambanTensor) tensor = new_tensor (SIAMBAN_DTYPE_BOOL, values, 3);

  assert_items (tensor, expected, 3);
}

static void
test_half (void)
{
  const guint16 values[] = { 0x0000, 0x8000, 0x3c00, 0xc000, 0x3555, 0x0001,
                             0x83ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x7e00 };
  const double expected[] = { 0,
                              -0.0,
                              1,
                              -2,
                              1365.0 / 4096,
                              ldexp (1, -24),
                              -ldexp (1023, -24),
                              ldexp (1, -14),
                              65504,
                              INFINITY,
                              -INFINITY,
                              NAN };
  g_autoptr (SiambanTensor) tensor = new_tensor (SIAMBAN_DTYPE_FLOAT16, values, 12);

  assert_items (tensor, expected, 12);
}

static void
test_bfloat (void)
{
  const guint16 values[] = { 0x0000, 0x3f80, 0xc040, 0x7f80, 0x7fc0, 0x0001 };
  const double expected[] = { 0, 1, -3, INFINITY, NAN, ldexp (1, -133) };
  g_autoptr (SiambanTensor) tensor = new_tensor (SIAMBAN_DTYPE_BFLOAT16, values, 6);

  assert_items (tensor, expected, 6);
}

static void
test_shape (void)
{
  const gint64 shape[] = { 2, 1, 3 };
  const float values[] = { 1, 2, 2, 4, 4, -8 };
  g_autoptr (GBytes) bytes = g_bytes_new (values, sizeof values);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTensor)
      tensor = siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, 3, bytes, &error);
  g_autoptr (SiambanTensor) same = NULL;
  g_autofree char *text = NULL;
  const gint64 *found;
  gsize n_dims;

  g_assert_no_error (error);
  found = siamban_tensor_get_shape (tensor, &n_dims);
  g_assert_cmpmem (found, n_dims * sizeof *found, shape, sizeof shape);
  g_assert_true (siamban_tensor_get_bytes (tensor) == bytes);
  g_assert_cmpfloat (siamban_tensor_get_norm (tensor), ==, sqrt (105));
  text = siamban_tensor_to_string (tensor);
  g_assert_cmpstr (text, ==, "float32 (2, 1, 3)");

  same = siamban_tensor_to_float32 (tensor);
  g_assert_true (same == tensor);
}

static void
test_zeros (void)
{
  const gint64 shape[] = { 3, 5 };
  g_autoptr (SiambanTensor) tensor = siamban_tensor_new_zeros (SIAMBAN_DTYPE_INT16, shape, 2);

  g_assert_cmpint (siamban_tensor_get_dtype (tensor), ==, SIAMBAN_DTYPE_INT16);
  g_assert_cmpuint (siamban_tensor_get_n_elements (tensor), ==, 15);
  g_assert_cmpuint (g_bytes_get_size (siamban_tensor_get_bytes (tensor)), ==, 30);
  g_assert_cmpfloat (siamban_tensor_get_norm (tensor), ==, 0);
}

static void
test_scalar_and_empty (void)
{
  const gint64 value = 42, nothing[] = { 3, 0 };
  g_autoptr (GBytes) bytes = g_bytes_new (&value, sizeof value);
  g_autoptr (SiambanTensor) scalar = siamban_tensor_new (SIAMBAN_DTYPE_INT64, NULL, 0, bytes, NULL);
  g_autoptr (SiambanTensor) empty = siamban_tensor_new_zeros (SIAMBAN_DTYPE_INT8, nothing, 2);
  g_autoptr (SiambanTensor) converted = siamban_tensor_to_float32 (empty);
  g_autofree char *text = siamban_tensor_to_string (scalar);
  gsize n_dims = 9;

  g_assert_nonnull (siamban_tensor_get_shape (scalar, &n_dims));
  g_assert_cmpuint (n_dims, ==, 0);
  g_assert_cmpuint (siamban_tensor_get_n_elements (scalar), ==, 1);
  g_assert_cmpfloat (siamban_tensor_get_item (scalar, 0), ==, 42);
  g_assert_cmpstr (text, ==, "int64 ()");
  g_assert_cmpuint (siamban_tensor_get_n_elements (converted), ==, 0);
  g_assert_cmpfloat (siamban_tensor_get_norm (empty), ==, 0);
}

static void
assert_refused (const gint64 *shape, gsize n_dims, gsize n_bytes, const char *message)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (n_bytes), n_bytes);
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, n_dims, bytes, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_refused (void)
{
  const gint64 good[] = { 2, 3 }, negative[] = { 2, -3 };
  const gint64 huge[] = { G_GINT64_CONSTANT (1) << 33, G_GINT64_CONSTANT (1) << 33 };
  const gint64 many[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };

  assert_refused (good, 2, 23, "23 bytes do not make a float32 tensor of shape (2, 3)");
  assert_refused (negative, 2, 24, "24 bytes do not make a float32 tensor of shape (2, -3)");
  assert_refused (huge, 2, 16,
                  "16 bytes do not make a float32 tensor of shape (8589934592, 8589934592)");
  assert_refused (many, 9, 4,
                  "4 bytes do not make a float32 tensor of shape (1, 1, 1, 1, 1, 1, 1, 1)");
}

/* The bytes live as long as the last reference. */
static void
test_references (void)
{
  const guint8 values[] = { 1, 2 };
  SiambanTensor *tensor = new_tensor (SIAMBAN_DTYPE_UINT8, values, 2);
  SiambanTensor *same = siamban_tensor_ref (tensor);
  GBytes *bytes = g_bytes_ref (siamban_tensor_get_bytes (tensor));

  g_assert_true (same == tensor);
  siamban_tensor_unref (tensor);
  g_assert_cmpfloat (siamban_tensor_get_item (same, 1), ==, 2);
  siamban_tensor_unref (same);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 2);
  g_bytes_unref (bytes);
}

static void
test_boxed (void)
{
  GValue value = G_VALUE_INIT;
  const guint8 values[] = { 5 };
  g_autoptr (SiambanTensor) tensor = new_tensor (SIAMBAN_DTYPE_UINT8, values, 1);

  g_value_init (&value, SIAMBAN_TYPE_TENSOR);
  g_value_set_boxed (&value, tensor);
  g_assert_true (g_value_get_boxed (&value) == tensor);
  g_value_unset (&value);
  g_assert_cmpfloat (siamban_tensor_get_item (tensor, 0), ==, 5);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/tensor/dtypes", test_dtypes);
  g_test_add_func ("/tensor/items", test_items);
  g_test_add_func ("/tensor/bool", test_bool);
  g_test_add_func ("/tensor/half", test_half);
  g_test_add_func ("/tensor/bfloat", test_bfloat);
  g_test_add_func ("/tensor/shape", test_shape);
  g_test_add_func ("/tensor/zeros", test_zeros);
  g_test_add_func ("/tensor/scalar-and-empty", test_scalar_and_empty);
  g_test_add_func ("/tensor/refused", test_refused);
  g_test_add_func ("/tensor/references", test_references);
  g_test_add_func ("/tensor/boxed", test_boxed);

  return g_test_run ();
}
