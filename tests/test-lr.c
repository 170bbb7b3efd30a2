/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "golden.h"
#include "siamban.h"

/* Rates that the original keeps in float32 are powers and cosines of float32 numbers. */
#define TOLERANCE_FLOAT64 1e-12
#define TOLERANCE_FLOAT32 1e-6

static void
assert_near (double value, double expected, double tolerance)
{
  g_assert_true (isfinite (value));
  g_assert_cmpfloat (fabs (value - expected), <=, tolerance * fabs (expected));
}

static GVariant *
number_to_variant (JsonNode *node)
{
  if (JSON_NODE_HOLDS_NULL (node))
    return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return g_variant_new_int64 (json_node_get_int (node));

  return g_variant_new_double (json_node_get_double (node));
}

static GVariant *
list_to_variant (JsonArray *array)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ax"));
  for (guint i = 0; i < json_array_get_length (array); i++)
    g_variant_builder_add (&builder, "x", json_array_get_int_element (array, i));

  return g_variant_builder_end (&builder);
}

static GVariant *
kwargs_to_variant (JsonObject *kwargs)
{
  GVariantBuilder builder;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  json_object_iter_init (&iter, kwargs);
  while (json_object_iter_next (&iter, &name, &node))
    g_variant_builder_add (&builder, "{sv}", name,
                           JSON_NODE_HOLDS_ARRAY (node)
                               ? list_to_variant (json_node_get_array (node))
                               : number_to_variant (node));

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static gboolean
set_schedule (SiambanConfig *config, const char *group, JsonObject *setting, GError **error)
{
  g_autofree char *type_key = g_strconcat (group, ".TYPE", NULL);
  g_autofree char *kwargs_key = g_strconcat (group, ".KWARGS", NULL);
  g_autoptr (GVariant)
      kwargs = kwargs_to_variant (json_object_get_object_member (setting, "kwargs"));

  return siamban_config_set_string (config, type_key,
                                    json_object_get_string_member (setting, "type"), error) &&
         siamban_config_set_kwargs (config, kwargs_key, kwargs, error);
}

static gboolean
set_optional_int (SiambanConfig *config,
                  const char *key,
                  JsonObject *setting,
                  const char *member,
                  GError **error)
{
  return !json_object_has_member (setting, member) ||
         siamban_config_set_int (config, key, json_object_get_int_member (setting, member), error);
}

static SiambanConfig *
make_config (JsonObject *setting, GError **error)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  JsonObject *warmup = NULL;

  if (!json_object_get_null_member (setting, "warmup"))
    warmup = json_object_get_object_member (setting, "warmup");

  if (!siamban_config_set_boolean (config, "TRAIN.LR_WARMUP.WARMUP", warmup != NULL, error) ||
      !set_optional_int (config, "TRAIN.EPOCH", setting, "epochs", error) ||
      !set_optional_int (config, "TRAIN.START_EPOCH", setting, "start_epoch", error) ||
      !set_optional_int (config, "BACKBONE.TRAIN_EPOCH", setting, "train_epoch", error) ||
      !siamban_config_set_double (config, "TRAIN.BASE_LR", golden_member (setting, "base_lr"),
                                  error) ||
      !set_schedule (config, "TRAIN.LR", json_object_get_object_member (setting, "lr"), error))
    return NULL;
  if (json_object_has_member (setting, "layers_lr") &&
      !siamban_config_set_double (config, "BACKBONE.LAYERS_LR",
                                  golden_member (setting, "layers_lr"), error))
    return NULL;
  if (json_object_has_member (setting, "adjust") &&
      !siamban_config_set_boolean (config, "ADJUST.ADJUST",
                                   json_object_get_boolean_member (setting, "adjust"), error))
    return NULL;
  if (warmup && (!set_optional_int (config, "TRAIN.LR_WARMUP.EPOCH", warmup, "epochs", error) ||
                 !set_schedule (config, "TRAIN.LR_WARMUP", warmup, error)))
    return NULL;

  return g_steal_pointer (&config);
}

/* The network of the golden set: a convolution and a batch norm in each part. */
static SiambanWeights *
make_weights (void)
{
  static const char *const parts[] = {
    "backbone.conv1",
    "backbone.layer1",
    "backbone.layer2",
    "backbone.layer3",
    "backbone.layer4",
    "neck",
    "head",
  };
  static const char *const leaves[] = { "0.weight", "0.bias", "1.weight", "1.bias" };
  const gint64 shape[] = { 2 };
  SiambanWeights *weights = siamban_weights_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *mean = g_strconcat (parts[i], ".1.running_mean", NULL);

      for (gsize j = 0; j < G_N_ELEMENTS (leaves); j++)
        {
          g_autofree char *name = g_strconcat (parts[i], ".", leaves[j], NULL);

          siamban_weights_add (weights, name, SIAMBAN_PARAMETER_WEIGHT, shape, 1);
        }
      siamban_weights_add (weights, mean, SIAMBAN_PARAMETER_BUFFER, shape, 1);
    }

  return weights;
}

static void
set_trainable (SiambanWeights *weights, gboolean backbone_trains)
{
  static const char *const layers[] = { "conv1", "layer1", "layer2", "layer3", "layer4" };
  static const char *const leaves[] = { "0.weight", "0.bias", "1.weight", "1.bias" };

  for (gsize i = 0; i < G_N_ELEMENTS (layers); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (leaves); j++)
      {
        g_autofree char *name = g_strconcat ("backbone.", layers[i], ".", leaves[j], NULL);

        siamban_parameter_set_trainable (siamban_weights_lookup (weights, name),
                                         backbone_trains && i >= 2);
      }
}

static void
check_groups (SiambanOptimizer *optimizer, JsonObject *row, JsonArray *order, double tolerance)
{
  JsonArray *rates = json_object_get_array_member (row, "group_lr");
  JsonArray *sizes = json_object_get_array_member (row, "group_n_params");

  g_assert_cmpuint (siamban_optimizer_get_n_groups (optimizer), ==, json_array_get_length (rates));
  for (guint i = 0; i < json_array_get_length (rates); i++)
    {
      const char *const *parameters = siamban_optimizer_get_group_parameters (optimizer, i);

      g_assert_cmpstr (siamban_optimizer_get_group_name (optimizer, i), ==,
                       json_array_get_string_element (order, i));
      assert_near (siamban_optimizer_get_group_rate (optimizer, i),
                   golden_number (json_array_get_element (rates, i)), tolerance);
      g_assert_cmpint (g_strv_length ((char **) parameters), ==,
                       json_array_get_int_element (sizes, i));
    }
}

static void
check_epochs (SiambanConfig *config, JsonObject *item, double tolerance)
{
  g_autoptr (SiambanWeights) weights = make_weights ();
  g_autoptr (SiambanOptimizer) optimizer = NULL;
  g_autoptr (GError) error = NULL;
  JsonArray *rows = json_object_get_array_member (item, "epochs");
  JsonArray *order = json_object_get_array_member (item, "group_order");
  const gint64 train_epoch = siamban_config_get_int (config, "BACKBONE.TRAIN_EPOCH");

  g_assert_cmpuint (json_array_get_length (rows), >, 0);
  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      JsonObject *row = json_array_get_object_element (rows, i);
      const gint64 epoch = json_object_get_int_member (row, "epoch");

      if (json_object_get_boolean_member (row, "rebuilt"))
        {
          g_clear_object (&optimizer);
          set_trainable (weights, epoch >= train_epoch);
          optimizer = siamban_optimizer_new (config, weights, &error);
          g_assert_no_error (error);
        }
      siamban_optimizer_set_epoch (optimizer, (guint) epoch);
      assert_near (
          siamban_lr_schedule_get_rate (siamban_optimizer_get_schedule (optimizer), (guint) epoch),
          golden_member (row, "cur_lr"), tolerance);
      check_groups (optimizer, row, order, tolerance);
    }
}

static void
check_setting (JsonObject *item)
{
  JsonObject *setting = json_object_get_object_member (item, "setting");
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanConfig) config = make_config (setting, &error);
  g_autoptr (SiambanLrSchedule) schedule = NULL;
  JsonArray *spaces;
  double tolerance = TOLERANCE_FLOAT64;

  g_test_message ("%s", json_object_get_string_member (setting, "name"));
  if (config)
    schedule = siamban_lr_schedule_new_from_config (config, &error);

  if (json_object_has_member (item, "error"))
    {
      g_assert_null (schedule);
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
      return;
    }

  g_assert_no_error (error);
  if (g_str_equal (json_object_get_string_member (item, "lr_spaces_dtype"), "float32") ||
      g_str_equal (siamban_config_get_string (config, "TRAIN.LR.TYPE"), "cos"))
    tolerance = TOLERANCE_FLOAT32;

  spaces = json_object_get_array_member (item, "lr_spaces");
  g_assert_cmpuint (siamban_lr_schedule_get_n_epochs (schedule), ==,
                    json_array_get_length (spaces));
  for (guint i = 0; i < json_array_get_length (spaces); i++)
    assert_near (siamban_lr_schedule_get_rate (schedule, i),
                 golden_number (json_array_get_element (spaces, i)), tolerance);
  assert_near (siamban_lr_schedule_get_start_rate (schedule),
               golden_member (item, "start_lr_of_scheduler"), tolerance);

  check_epochs (config, item, tolerance);
}

static void
test_golden (void)
{
  g_autoptr (Golden) golden = golden_load ("lr");
  JsonArray *settings = json_object_get_array_member (golden->root, "settings");

  g_assert_cmpuint (json_array_get_length (settings), >, 0);
  for (guint i = 0; i < json_array_get_length (settings); i++)
    check_setting (json_array_get_object_element (settings, i));
}

/* Made by hand, without a configuration. */
static void
test_constructors (void)
{
  const gint64 steps[] = { 2, 3 };
  g_autoptr (SiambanLrSchedule) log = siamban_log_schedule_new (3, 1, 0.01);
  g_autoptr (SiambanLrSchedule) linear = siamban_linear_schedule_new (3, 3, 1);
  g_autoptr (SiambanLrSchedule) cosine = siamban_cosine_schedule_new (4, 2, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanLrSchedule) step = siamban_step_schedule_new (4, 1, NAN, 2, 0.5, &error);
  g_autoptr (SiambanLrSchedule)
      multi_step = siamban_multi_step_schedule_new (4, 1, NAN, steps, 2, 0.5, &error);
  g_autoptr (SiambanLrSchedule) warmup = siamban_warmup_schedule_new (linear, step);
  g_autofree char *text = siamban_lr_schedule_to_string (warmup);
  guint n_epochs = 0;

  g_assert_no_error (error);
  assert_near (siamban_lr_schedule_get_rate (log, 1), 0.1, TOLERANCE_FLOAT64);
  assert_near (siamban_lr_schedule_get_rate (linear, 1), 2, TOLERANCE_FLOAT64);
  assert_near (siamban_lr_schedule_get_rate (cosine, 2), 1, TOLERANCE_FLOAT32);
  assert_near (siamban_lr_schedule_get_rate (step, 3), 0.5, TOLERANCE_FLOAT64);
  assert_near (siamban_lr_schedule_get_rate (multi_step, 3), 0.25, TOLERANCE_FLOAT64);

  g_assert_cmpuint (siamban_lr_schedule_get_n_epochs (warmup), ==, 7);
  g_object_get (warmup, "n-epochs", &n_epochs, NULL);
  g_assert_cmpuint (n_epochs, ==, 7);
  assert_near (siamban_lr_schedule_get_start_rate (warmup), 1, TOLERANCE_FLOAT64);
  assert_near (siamban_lr_schedule_get_group_rate (warmup, 1, 0.5), 1, TOLERANCE_FLOAT64);
  g_assert_cmpstr (text, ==, "(SiambanWarmupSchedule) lr spaces: \n[3.0 2.0 1.0 1.0 1.0 0.5 0.5]");
}

static void
test_impossible (void)
{
  const gint64 steps[] = { 2 };
  g_autoptr (GError) error = NULL;

  g_assert_null (siamban_step_schedule_new (4, NAN, NAN, 2, 0.5, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_null (siamban_step_schedule_new (4, 1, 0.1, 5, 0.5, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_null (siamban_multi_step_schedule_new (4, NAN, NAN, steps, 1, 0.5, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_null (siamban_multi_step_schedule_new (4, 1, 0.1, NULL, 0, 0.5, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
}

/* What a step is, and where it moves, is tested with the trainer; here only who moves how far. */
static void
test_groups (void)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (SiambanWeights) weights = make_weights ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanOptimizer) optimizer = NULL;
  const char *const *parameters;

  set_trainable (weights, TRUE);
  optimizer = siamban_optimizer_new (config, weights, &error);
  g_assert_no_error (error);

  assert_near (siamban_optimizer_get_group_base_rate (optimizer, 0), 0.0005, TOLERANCE_FLOAT64);
  assert_near (siamban_optimizer_get_group_base_rate (optimizer, 2), 0.005, TOLERANCE_FLOAT64);
  parameters = siamban_optimizer_get_group_parameters (optimizer, 1);
  g_assert_cmpstr (parameters[0], ==, "neck.0.weight");
  g_assert_cmpstr (parameters[3], ==, "neck.1.bias");
  g_assert_null (parameters[4]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/lr/golden", test_golden);
  g_test_add_func ("/lr/constructors", test_constructors);
  g_test_add_func ("/lr/impossible", test_impossible);
  g_test_add_func ("/lr/groups", test_groups);

  return g_test_run ();
}
