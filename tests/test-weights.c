/* SPDX-License-Identifier: Apache-2.0 */
#include "compute.h"
#include "siambanenums.h"
#include "siamban-weights-private.h"

static SiambanWeights *
new_weights (void)
{
  SiambanWeights *weights = siamban_weights_new ();

  compute_weight (weights, "conv.weight", (gint64[]){ 2, 3, 1, 1 }, 4);
  compute_batch_norm_weights (weights, "bn", 2);
  compute_weight (weights, "conv.bias", (gint64[]){ 17 }, 1);

  return weights;
}

static SiambanTensor *
new_tensor (const gint64 *shape, gsize n_dims, const float *values, gsize n)
{
  g_autoptr (GBytes) bytes = g_bytes_new (values, n * sizeof (float));
  g_autoptr (GError) error = NULL;
  SiambanTensor *tensor = siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, n_dims, bytes, &error);

  g_assert_no_error (error);

  return tensor;
}

static void
test_list (void)
{
  static const char *const names[] = { "conv.weight",    "bn.weight",
                                       "bn.bias",        "bn.running_mean",
                                       "bn.running_var", "bn.num_batches_tracked",
                                       "conv.bias" };
  g_autoptr (SiambanWeights) weights = new_weights ();
  GListModel *list = G_LIST_MODEL (weights);

  g_assert_true (g_list_model_get_item_type (list) == SIAMBAN_TYPE_PARAMETER);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (SiambanParameter) parameter = g_list_model_get_item (list, i);

      g_assert_cmpstr (siamban_parameter_get_name (parameter), ==, names[i]);
      g_assert_true (siamban_weights_lookup (weights, names[i]) == parameter);
      g_assert_cmpuint (_siamban_parameter_get_index (parameter), ==, i);
    }
  g_assert_null (g_list_model_get_item (list, G_N_ELEMENTS (names)));
  g_assert_null (siamban_weights_lookup (weights, "conv"));
}

static void
test_parameter (void)
{
  g_autoptr (SiambanWeights) weights = new_weights ();
  SiambanParameter *weight = siamban_weights_lookup (weights, "conv.weight");
  SiambanParameter *mean = siamban_weights_lookup (weights, "bn.running_mean");
  SiambanParameter *counter = siamban_weights_lookup (weights, "bn.num_batches_tracked");
  const gint64 expected[] = { 2, 3, 1, 1 };
  const gint64 *shape;
  gsize n_dims;

  shape = siamban_parameter_get_shape (weight, &n_dims);
  g_assert_cmpmem (shape, n_dims * sizeof *shape, expected, sizeof expected);
  g_assert_cmpuint (siamban_parameter_get_n_elements (weight), ==, 6);
  g_assert_cmpint (siamban_parameter_get_kind (weight), ==, SIAMBAN_PARAMETER_WEIGHT);
  g_assert_cmpint (siamban_parameter_get_kind (mean), ==, SIAMBAN_PARAMETER_BUFFER);
  g_assert_cmpint (siamban_parameter_get_kind (counter), ==, SIAMBAN_PARAMETER_COUNTER);
  siamban_parameter_get_shape (counter, &n_dims);
  g_assert_cmpuint (n_dims, ==, 0);
  g_assert_cmpuint (siamban_parameter_get_n_elements (counter), ==, 1);
}

static void
count_cb (GObject *object, GParamSpec *pspec, guint *count)
{
  ++*count;
}

static void
test_trainable (void)
{
  g_autoptr (SiambanWeights) weights = new_weights ();
  SiambanParameter *weight = siamban_weights_lookup (weights, "conv.weight");
  SiambanParameter *mean = siamban_weights_lookup (weights, "bn.running_mean");
  guint count = 0;

  g_signal_connect (weight, "notify::trainable", G_CALLBACK (count_cb), &count);
  g_assert_true (siamban_parameter_get_trainable (weight));
  g_assert_false (siamban_parameter_get_trainable (mean));
  g_assert_cmpuint (siamban_weights_get_n_values (weights, FALSE), ==, 6 + 2 + 2 + 17);
  g_assert_cmpuint (siamban_weights_get_n_values (weights, TRUE), ==, 27);

  siamban_parameter_set_trainable (weight, TRUE);
  g_assert_cmpuint (count, ==, 0);
  siamban_parameter_set_trainable (weight, FALSE);
  g_assert_cmpuint (count, ==, 1);
  g_assert_cmpuint (siamban_weights_get_n_values (weights, FALSE), ==, 27);
  g_assert_cmpuint (siamban_weights_get_n_values (weights, TRUE), ==, 21);
  g_object_set (weight, "trainable", TRUE, NULL);
  g_assert_true (siamban_parameter_get_trainable (weight));

  siamban_parameter_set_trainable (mean, TRUE);
  g_assert_false (siamban_parameter_get_trainable (mean));
}

static void
test_properties (void)
{
  g_autoptr (SiambanWeights) weights = new_weights ();
  g_autofree char *name = NULL;
  SiambanParameterKind kind;
  gboolean trainable;

  g_object_get (siamban_weights_lookup (weights, "bn.running_var"), "name", &name, "kind", &kind,
                "trainable", &trainable, NULL);
  g_assert_cmpstr (name, ==, "bn.running_var");
  g_assert_cmpint (kind, ==, SIAMBAN_PARAMETER_BUFFER);
  g_assert_false (trainable);
}

static void
test_values (void)
{
  g_autoptr (SiambanWeights) weights = new_weights ();
  SiambanParameter *mean = siamban_weights_lookup (weights, "bn.running_mean");
  const gint64 shape = 2;
  const float values[] = { 1.5f, -2 };
  g_autoptr (SiambanTensor) tensor = new_tensor (&shape, 1, values, 2);
  g_autoptr (SiambanTensor) before = siamban_parameter_get_tensor (mean);
  g_autoptr (SiambanTensor) after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpfloat (siamban_tensor_get_norm (before), ==, 0);
  _siamban_weights_get_store (weights);
  siamban_parameter_set_tensor (mean, tensor, &error);
  g_assert_no_error (error);

  after = siamban_parameter_get_tensor (mean);
  g_assert_cmpfloat (siamban_tensor_get_item (after, 0), ==, 1.5);
  g_assert_cmpfloat (siamban_tensor_get_item (after, 1), ==, -2);
  g_assert_cmpfloat (siamban_tensor_get_norm (before), ==, 0);
}

static void
test_wrong_shape (void)
{
  g_autoptr (SiambanWeights) weights = new_weights ();
  const gint64 shape[] = { 3, 2, 1, 1 };
  const float values[6] = { 0 };
  g_autoptr (SiambanTensor) turned = new_tensor (shape, 4, values, 6);
  g_autoptr (SiambanTensor) flat = new_tensor ((gint64[]){ 6 }, 1, values, 6);
  g_autoptr (GError) error = NULL;

  _siamban_weights_get_store (weights);
  g_assert_false (siamban_parameter_set_tensor (siamban_weights_lookup (weights, "conv.weight"),
                                                turned, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS);
  g_assert_cmpstr (error->message, ==,
                   "“conv.weight” has shape (3, 2, 1, 1), expected (2, 3, 1, 1)");
  g_clear_error (&error);

  g_assert_false (siamban_parameter_set_tensor (
      siamban_weights_lookup (weights, "bn.num_batches_tracked"), flat, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS);
  g_assert_cmpstr (error->message, ==, "“bn.num_batches_tracked” has shape (6), expected ()");
}

/* Counters of checkpoints have no dimensions, or one of one element, and may be large. */
static void
test_counter (void)
{
  g_autoptr (SiambanWeights) weights = new_weights ();
  SiambanParameter *counter = siamban_weights_lookup (weights, "bn.num_batches_tracked");
  const gint64 value = G_GINT64_CONSTANT (9007199254740993), one = 1;
  g_autoptr (GBytes) bytes = g_bytes_new (&value, sizeof value);
  g_autoptr (SiambanTensor) scalar = siamban_tensor_new (SIAMBAN_DTYPE_INT64, NULL, 0, bytes, NULL);
  const float twelve = 12, less = -1;
  g_autoptr (SiambanTensor) list = new_tensor (&one, 1, &twelve, 1);
  g_autoptr (SiambanTensor) negative = new_tensor (&one, 1, &less, 1);
  g_autoptr (SiambanTensor) found = NULL;
  g_autoptr (GError) error = NULL;

  siamban_parameter_set_tensor (counter, list, &error);
  g_assert_no_error (error);
  g_assert_cmpint (*_siamban_parameter_peek_counter (counter), ==, 12);
  siamban_parameter_set_tensor (counter, scalar, &error);
  g_assert_no_error (error);
  g_assert_cmpint (*_siamban_parameter_peek_counter (counter), ==, value);

  found = siamban_parameter_get_tensor (counter);
  g_assert_cmpint (siamban_tensor_get_dtype (found), ==, SIAMBAN_DTYPE_INT64);
  g_assert_true (g_bytes_equal (siamban_tensor_get_bytes (found), bytes));

  g_assert_false (siamban_parameter_set_tensor (counter, negative, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS);
  g_assert_cmpstr (error->message, ==, "“bn.num_batches_tracked” is -1, expected a count");
}

/* Weights first, backwards, then buffers; each on a cache line of its own. */
static void
test_store (void)
{
  static const char *const order[] = { "conv.bias",   "bn.bias",         "bn.weight",
                                       "conv.weight", "bn.running_mean", "bn.running_var" };
  g_autoptr (SiambanWeights) weights = new_weights ();
  const SiambanWeightsStore *store = _siamban_weights_get_store (weights);
  gsize offset = 0;

  g_assert_cmpuint ((gsize) store->values % 64, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      SiambanParameter *parameter = siamban_weights_lookup (weights, order[i]);

      if (i == 4)
        g_assert_cmpuint (store->n_weight_values, ==, offset);
      g_assert_cmpuint (_siamban_parameter_get_offset (parameter), ==, offset);
      g_assert_true (_siamban_parameter_peek_values (parameter) == store->values + offset);
      offset += (siamban_parameter_get_n_elements (parameter) + 15) / 16 * 16;
    }
  g_assert_cmpuint (store->n_values, ==, offset);
  for (gsize i = 0; i < offset; i++)
    g_assert_cmpfloat (store->values[i], ==, 0);
}

static void
test_copy (void)
{
  g_autoptr (SiambanWeights) weights = new_weights ();
  g_autoptr (SiambanWeights) copy = NULL;
  SiambanParameter *bias = siamban_weights_lookup (weights, "conv.bias");
  SiambanParameter *counter = siamban_weights_lookup (weights, "bn.num_batches_tracked");
  SiambanParameter *twin;

  _siamban_weights_get_store (weights);
  compute_fill ("bias", -1, 1, _siamban_parameter_peek_values (bias), 17);
  *_siamban_parameter_peek_counter (counter) = 3;
  siamban_parameter_set_trainable (bias, FALSE);
  copy = siamban_weights_copy (weights);

  g_assert_cmpuint (_siamban_weights_get_n (copy), ==, _siamban_weights_get_n (weights));
  twin = siamban_weights_lookup (copy, "conv.bias");
  g_assert_true (twin != bias);
  g_assert_false (siamban_parameter_get_trainable (twin));
  g_assert_cmpmem (_siamban_parameter_peek_values (twin), 17 * sizeof (float),
                   _siamban_parameter_peek_values (bias), 17 * sizeof (float));
  g_assert_cmpint (
      *_siamban_parameter_peek_counter (siamban_weights_lookup (copy, "bn.num_batches_tracked")),
      ==, 3);

  _siamban_parameter_peek_values (bias)[0] = 9;
  g_assert_cmpfloat (_siamban_parameter_peek_values (twin)[0], !=, 9);
}

static void
test_outlives (void)
{
  SiambanWeights *weights = new_weights ();
  g_autoptr (SiambanParameter) bias = g_object_ref (siamban_weights_lookup (weights, "conv.bias"));
  g_autoptr (SiambanTensor) tensor = NULL;

  _siamban_weights_get_store (weights);
  _siamban_parameter_peek_values (bias)[16] = 4;
  g_object_unref (weights);

  tensor = siamban_parameter_get_tensor (bias);
  g_assert_cmpfloat (siamban_tensor_get_item (tensor, 16), ==, 4);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/weights/list", test_list);
  g_test_add_func ("/weights/parameter", test_parameter);
  g_test_add_func ("/weights/trainable", test_trainable);
  g_test_add_func ("/weights/properties", test_properties);
  g_test_add_func ("/weights/values", test_values);
  g_test_add_func ("/weights/wrong-shape", test_wrong_shape);
  g_test_add_func ("/weights/counter", test_counter);
  g_test_add_func ("/weights/store", test_store);
  g_test_add_func ("/weights/copy", test_copy);
  g_test_add_func ("/weights/outlives", test_outlives);

  return g_test_run ();
}
