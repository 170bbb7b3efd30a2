/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "network.h"
#include "siamban-weights-private.h"

typedef struct
{
  double mean;
  double deviation;
  double least;
  double most;
} Spread;

static Spread
measure (SiambanParameter *parameter)
{
  const gsize n = siamban_parameter_get_n_elements (parameter);
  const float *values = _siamban_parameter_peek_values (parameter);
  Spread spread = { 0, 0, values[0], values[0] };

  for (gsize i = 0; i < n; i++)
    {
      spread.mean += values[i];
      spread.least = MIN (spread.least, values[i]);
      spread.most = MAX (spread.most, values[i]);
    }
  spread.mean /= (double) n;
  for (gsize i = 0; i < n; i++)
    spread.deviation += (values[i] - spread.mean) * (values[i] - spread.mean);
  spread.deviation = sqrt (spread.deviation / (double) n);

  return spread;
}

/* Six standard errors: of the mean, and of the deviation, whose error is less than 1 / √n of it
 * for a normal or uniform distribution. */
static void
assert_spread (SiambanParameter *parameter, const Spread *spread, double deviation)
{
  const double error = 6 * deviation / sqrt ((double) siamban_parameter_get_n_elements (parameter));

  g_assert_cmpfloat (fabs (spread->mean), <, error);
  g_assert_cmpfloat (fabs (spread->deviation - deviation), <, error);
}

static void
assert_normal (SiambanParameter *parameter)
{
  gsize n_dims;
  const gint64 *shape = siamban_parameter_get_shape (parameter, &n_dims);
  const double deviation = sqrt (2.0 / (double) (shape[0] * shape[2] * shape[3]));
  const Spread spread = measure (parameter);

  assert_spread (parameter, &spread, deviation);
  /* Less than one draw of a thousand such tests is so small. */
  g_assert_cmpfloat (spread.most, >, 2.5 * deviation);
  g_assert_cmpfloat (spread.least, <, -2.5 * deviation);
}

/* @weight tells the bound of its bias, too. */
static void
assert_uniform (SiambanParameter *parameter, SiambanParameter *weight)
{
  gsize n_dims;
  const gint64 *shape = siamban_parameter_get_shape (weight, &n_dims);
  const double bound = 1 / sqrt ((double) (shape[1] * shape[2] * shape[3]));
  const Spread spread = measure (parameter);

  g_assert_cmpfloat (spread.most, <=, bound * (1 + 1e-6));
  g_assert_cmpfloat (spread.least, >=, -bound * (1 + 1e-6));
  assert_spread (parameter, &spread, bound / sqrt (3));
}

static void
assert_constant (SiambanParameter *parameter, double value)
{
  const Spread spread = measure (parameter);

  g_assert_cmpfloat (spread.least, ==, value);
  g_assert_cmpfloat (spread.most, ==, value);
}

static SiambanParameter *
sibling (SiambanWeights *weights, const char *name, const char *suffix)
{
  g_autofree char *full = g_strdup_printf ("%.*s%s", (int) (strrchr (name, '.') - name), name,
                                           suffix);

  return siamban_weights_lookup (weights, full);
}

static void
check_parameter (SiambanWeights *weights, SiambanParameter *parameter, gboolean is_resnet)
{
  const char *name = siamban_parameter_get_name (parameter);
  gsize n_dims;

  siamban_parameter_get_shape (parameter, &n_dims);
  if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_COUNTER)
    g_assert_cmpint (*_siamban_parameter_peek_counter (parameter), ==, 0);
  else if (n_dims == 4 && is_resnet && g_str_has_prefix (name, "backbone."))
    assert_normal (parameter);
  else if (n_dims == 4)
    assert_uniform (parameter, parameter);
  else if (g_str_has_suffix (name, ".running_mean"))
    assert_constant (parameter, 0);
  else if (!g_str_has_suffix (name, ".bias"))
    assert_constant (parameter, 1);
  else if (sibling (weights, name, ".running_mean") != NULL)
    assert_constant (parameter, 0);
  else
    assert_uniform (parameter, sibling (weights, name, ".weight"));
}

static void
check_all (SiambanModel *model, gboolean is_resnet)
{
  SiambanWeights *weights = siamban_model_get_weights (model);

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    check_parameter (weights, _siamban_weights_peek (weights, i), is_resnet);
}

static void
test_spread (void)
{
  guint n_others;
  const OtherNetwork *others = network_list_others (&n_others);
  g_autoptr (SiambanModel) model = network_new ("siamban_r50_l234");

  check_all (model, TRUE);
  for (guint i = 0; i < n_others; i++)
    {
      g_autoptr (SiambanModel) other = network_new_other (&others[i]);

      check_all (other, g_str_has_prefix (others[i].name, "resnet"));
    }
}

static guint
count_equal (SiambanWeights *a, SiambanWeights *b)
{
  const SiambanWeightsStore *store_a = _siamban_weights_get_store (a);
  const SiambanWeightsStore *store_b = _siamban_weights_get_store (b);
  guint n = 0;

  g_assert_cmpuint (store_a->n_values, ==, store_b->n_values);
  for (gsize i = 0; i < store_a->n_values; i++)
    n += store_a->values[i] == store_b->values[i];

  return n;
}

/* The seed decides, and nothing that was there before. */
static void
test_seed (void)
{
  g_autoptr (SiambanModel) model = network_new ("siamban_r18_small");
  SiambanWeights *weights = siamban_model_get_weights (model);
  const guint n = (guint) _siamban_weights_get_store (weights)->n_values;
  g_autoptr (SiambanWeights) first = siamban_weights_copy (weights);

  siamban_model_initialize (model, 1);
  g_assert_cmpuint (count_equal (first, weights), <, n / 20);
  siamban_model_initialize (model, 0);
  g_assert_cmpuint (count_equal (first, weights), ==, n);
}

/* A part more changes no value of the parts before it. */
static void
test_independent (void)
{
  g_autoptr (SiambanModel) r50 = network_new ("siamban_r50_l234");
  g_autoptr (SiambanModel) otb = network_new ("siamban_r50_l234_otb");
  guint n_others;
  const OtherNetwork *others = network_list_others (&n_others);
  g_autoptr (SiambanModel) shorter = NULL;
  SiambanParameter *a, *b;

  g_assert_cmpuint (count_equal (siamban_model_get_weights (r50), siamban_model_get_weights (otb)),
                    ==, _siamban_weights_get_store (siamban_model_get_weights (r50))->n_values);

  for (guint i = 0; i < n_others; i++)
    if (g_str_equal (others[i].name, "resnet50-depthwise"))
      shorter = network_new_other (&others[i]);
  a = siamban_weights_lookup (siamban_model_get_weights (r50), "backbone.layer3.5.conv3.weight");
  b = siamban_weights_lookup (siamban_model_get_weights (shorter),
                              "backbone.layer3.5.conv3.weight");
  g_assert_cmpmem (
      _siamban_parameter_peek_values (a), siamban_parameter_get_n_elements (a) * sizeof (float),
      _siamban_parameter_peek_values (b), siamban_parameter_get_n_elements (b) * sizeof (float));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/init/spread", test_spread);
  g_test_add_func ("/init/seed", test_seed);
  g_test_add_func ("/init/independent", test_independent);

  return g_test_run ();
}
