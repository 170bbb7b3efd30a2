/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "golden.h"
#include "network.h"
#include "siamban-graph-private.h"
#include "siamban-weights-private.h"

static void
check_golden_names (Golden *golden)
{
  JsonObject *entries = json_object_get_object_member (golden->root, "entries");
  g_autoptr (GList) names = json_object_get_members (entries);
  g_autoptr (SiambanModel) model = network_new ("siamban_r50_l234");
  SiambanWeights *weights = siamban_model_get_weights (model);
  GList *at = names;
  guint n = 0;

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      JsonObject *entry;
      JsonArray *dims;
      const gint64 *shape;
      gsize n_dims;

      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_COUNTER)
        {
          g_assert_true (
              g_str_has_suffix (siamban_parameter_get_name (parameter), ".num_batches_tracked"));
          continue;
        }

      g_assert_nonnull (at);
      g_assert_cmpstr (siamban_parameter_get_name (parameter), ==, at->data);
      entry = json_object_get_object_member (entries, at->data);
      dims = json_object_get_array_member (entry, "shape");
      shape = siamban_parameter_get_shape (parameter, &n_dims);
      g_assert_cmpuint (json_array_get_length (dims), ==, n_dims);
      for (guint j = 0; j < n_dims; j++)
        g_assert_cmpint (json_array_get_int_element (dims, j), ==, shape[j]);
      at = at->next;
      n++;
    }

  g_assert_cmpuint (n, >, 300);
  /* What follows in the file are inputs and images, which have no rule. */
  for (; at != NULL; at = at->next)
    g_assert_false (
        json_object_has_member (json_object_get_object_member (entries, at->data), "offset"));
}

/* Names, shapes and order are those of the original's state_dict. */
static void
test_golden_names (void)
{
  g_autofree char *path = golden_path ("weights.json");

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autoptr (Golden) golden = golden_load ("weights");

      check_golden_names (golden);
    }
  else
    g_test_skip ("these golden numbers have no list of weights");
}

/* The lines that the original's state_dict makes, in its order. */
static char *
list_state (SiambanWeights *weights)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      gsize n_dims;
      const gint64 *shape = siamban_parameter_get_shape (parameter, &n_dims);

      g_string_append_printf (text, "%s [", siamban_parameter_get_name (parameter));
      for (gsize j = 0; j < n_dims; j++)
        g_string_append_printf (text, "%s%d", j > 0 ? ", " : "", (int) shape[j]);
      g_string_append (text, "]\n");
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_other_names (gconstpointer data)
{
  const OtherNetwork *other = data;
  g_autoptr (SiambanModel) model = network_new_other (other);
  SiambanWeights *weights = siamban_model_get_weights (model);
  g_autofree char *text = list_state (weights);
  g_autofree char *checksum = golden_crc32 (text, strlen (text));

  g_assert_cmpuint (_siamban_weights_get_n (weights), ==, other->n_entries);
  g_assert_cmpuint (siamban_weights_get_n_values (weights, FALSE), ==, other->n_weights);
  g_assert_cmpstr (checksum, ==, other->checksum);
}

static gint64
get_dim (SiambanGraph *graph, const char *name, guint dim)
{
  const guint value = siamban_graph_lookup (graph, name);
  gsize n_dims;

  g_assert_cmpuint (value, !=, 0);

  return siamban_graph_get_shape (graph, value, &n_dims)[dim];
}

static void
assert_shape (SiambanGraph *graph, const char *name, gint64 n, gint64 c, gint64 h, gint64 w)
{
  g_assert_cmpint (get_dim (graph, name, 0), ==, n);
  g_assert_cmpint (get_dim (graph, name, 1), ==, c);
  g_assert_cmpint (get_dim (graph, name, 2), ==, h);
  g_assert_cmpint (get_dim (graph, name, 3), ==, w);
}

static void
test_shapes (void)
{
  g_autoptr (SiambanModel) model = network_new ("siamban_r50_l234");
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = siamban_model_build_training (model, 3, &error);

  g_assert_no_error (error);
  g_assert_true (siamban_graph_check (graph, &error));
  assert_shape (graph, "template", 3, 3, 127, 127);
  assert_shape (graph, "search", 3, 3, 255, 255);
  assert_shape (graph, "label_cls", 3, 1, 25, 25);
  assert_shape (graph, "label_loc", 3, 4, 25, 25);
  assert_shape (graph, "z.stem", 3, 64, 61, 61);
  assert_shape (graph, "z.maxpool", 3, 64, 31, 31);
  assert_shape (graph, "z.p1", 3, 256, 31, 31);
  assert_shape (graph, "z.p2", 3, 512, 15, 15);
  assert_shape (graph, "z.p4", 3, 2048, 15, 15);
  assert_shape (graph, "z.neck3", 3, 256, 7, 7);
  assert_shape (graph, "x.stem", 3, 64, 125, 125);
  assert_shape (graph, "x.p1", 3, 256, 63, 63);
  assert_shape (graph, "x.p3", 3, 1024, 31, 31);
  assert_shape (graph, "x.neck4", 3, 256, 31, 31);
  assert_shape (graph, "box2.cls.kernel", 3, 256, 5, 5);
  assert_shape (graph, "box4.loc.search", 3, 256, 29, 29);
  assert_shape (graph, "box3.cls.xcorr", 3, 256, 25, 25);
  assert_shape (graph, "box3.loc.exp", 3, 4, 25, 25);
  assert_shape (graph, "cls", 3, 2, 25, 25);
  assert_shape (graph, "loc", 3, 4, 25, 25);
  assert_shape (graph, "cls_loss", 1, 1, 1, 1);
  assert_shape (graph, "total_loss", 1, 1, 1, 1);
}

/* Every shipped configuration builds all four graphs, and what the template's puts out is what the
 * search's takes. */
static void
test_shipped (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open (g_getenv ("SIAMBAN_CONFIGS"), 0, &error);
  const char *file;
  guint n = 0;

  g_assert_no_error (error);
  while ((file = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *name = g_strndup (file, strcspn (file, "."));
      g_autoptr (SiambanModel) model = NULL;
      g_autoptr (SiambanGraph) training = NULL;
      g_autoptr (SiambanGraph) inference = NULL;
      g_autoptr (SiambanGraph) template = NULL;
      g_autoptr (SiambanGraph) search = NULL;

      if (!g_str_has_suffix (file, ".yaml"))
        continue;

      model = network_new (name);
      training = siamban_model_build_training (model, 2, &error);
      g_assert_no_error (error);
      inference = siamban_model_build_inference (model, 2, &error);
      g_assert_no_error (error);
      template = siamban_model_build_template (model, 2, &error);
      g_assert_no_error (error);
      search = siamban_model_build_search (model, 2, &error);
      g_assert_no_error (error);

      for (guint i = 0; siamban_model_get_template_outputs (model)[i] != NULL; i++)
        {
          const char *output = siamban_model_get_template_outputs (model)[i];

          for (guint dim = 0; dim < 4; dim++)
            g_assert_cmpint (get_dim (template, output, dim), ==, get_dim (search, output, dim));
        }
      g_assert_nonnull (siamban_model_get_template_outputs (model)[0]);
      g_assert_cmpuint (siamban_graph_lookup (template, "search"), ==, 0);
      g_assert_cmpuint (siamban_graph_lookup (search, "template"), ==, 0);
      g_assert_cmpuint (siamban_graph_get_n_values (search), <,
                        siamban_graph_get_n_values (inference));
      n++;
    }
  g_assert_cmpuint (n, >=, 4);
}

static guint
count_trainable (SiambanModel *model, const char *prefix)
{
  SiambanWeights *weights = siamban_model_get_weights (model);
  guint n = 0;

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);

      n += g_str_has_prefix (siamban_parameter_get_name (parameter), prefix) &&
           siamban_parameter_get_trainable (parameter);
    }

  return n;
}

/* How many batch norms measure their batch. */
static guint
count_measuring (SiambanModel *model)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanGraph) graph = siamban_model_build_training (model, 2, &error);
  guint n = 0;

  g_assert_no_error (error);
  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    n += _siamban_graph_peek_node (graph, value)->training;

  return n;
}

static void
count_notify_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  guint *n = user_data;

  (*n)++;
}

static void
test_phases (void)
{
  g_autoptr (SiambanModel) model = network_new ("siamban_r50_l234");
  SiambanConfig *config = siamban_model_get_config (model);
  const guint train_epoch = (guint) siamban_config_get_int (config, "BACKBONE.TRAIN_EPOCH");
  guint n_notified = 0;

  g_signal_connect (model, "notify::epoch", G_CALLBACK (count_notify_cb), &n_notified);

  g_assert_cmpuint (siamban_model_get_epoch (model), ==, 0);
  g_assert_cmpuint (count_trainable (model, "backbone."), ==, 0);
  g_assert_cmpuint (count_trainable (model, "neck."), ==, 9);
  g_assert_cmpuint (count_trainable (model, "head."), ==, 69);
  /* Those of the neck twice, for both images; 6 branches of 3 in the head. */
  g_assert_cmpuint (count_measuring (model), ==, 2 * 3 + 18);

  siamban_model_set_epoch (model, train_epoch - 1);
  g_assert_cmpuint (count_trainable (model, "backbone."), ==, 0);
  g_assert_cmpuint (n_notified, ==, 1);

  siamban_model_set_epoch (model, train_epoch);
  g_assert_cmpuint (siamban_model_get_epoch (model), ==, train_epoch);
  g_assert_cmpuint (n_notified, ==, 2);
  g_assert_cmpuint (count_trainable (model, "backbone."), ==, 126);
  g_assert_cmpuint (count_trainable (model, "backbone.conv1."), ==, 0);
  g_assert_cmpuint (count_trainable (model, "backbone.bn1."), ==, 0);
  g_assert_cmpuint (count_trainable (model, "backbone.layer1."), ==, 0);
  g_assert_cmpuint (count_measuring (model), ==, 2 * 3 + 18 + 2 * 42);

  g_assert_false (siamban_model_epoch_changes_phase (model, 0));
  g_assert_false (siamban_model_epoch_changes_phase (model, train_epoch - 1));
  g_assert_true (siamban_model_epoch_changes_phase (model, train_epoch));
  g_assert_false (siamban_model_epoch_changes_phase (model, train_epoch + 1));

  g_object_set (model, "epoch", 0, NULL);
  g_assert_cmpuint (count_trainable (model, "backbone."), ==, 0);
  g_assert_cmpuint (count_trainable (model, ""), ==, 78);
  siamban_model_set_epoch (model, 0);
  g_assert_cmpuint (n_notified, ==, 3);
}

static void
test_text (void)
{
  g_autoptr (SiambanModel) model = network_new ("siamban_r50_l234");
  g_autofree char *text = siamban_model_to_string (model);

  g_assert_nonnull (strstr (text, "\nepochs 1 to 10 train neck, head: "));
  g_assert_nonnull (strstr (text, "\nepochs 11 to 20 train backbone.layer2, backbone.layer3, "
                                  "backbone.layer4, neck, head: "));
  g_assert_nonnull (strstr (text, "\nbackbone (resnet50): "));
  g_assert_nonnull (strstr (text, "\n  conv1: 9408\n    weight (64, 3, 7, 7), frozen\n"));
  g_assert_nonnull (strstr (text, "\nhead (MultiBAN): "));
  g_assert_nonnull (strstr (text, "\n  loc_scale (3), trains\n"));
  g_assert_nonnull (strstr (text, "\n  box2: "));
}

/* What is wrong, and how the message begins. */
static const struct
{
  const char *yaml;
  const char *message;
} mistakes[] = {
  { "BACKBONE: {TYPE: res50}", "BACKBONE.TYPE: “res50” is unknown, expected one of: alexnet" },
  { "BAN: {BAN: false}", "BAN.BAN: " },
  { "BACKBONE: {KWARGS: {used_layers: [2, 3, 5]}}", "BACKBONE.KWARGS.used_layers: there is no" },
  { "BACKBONE: {KWARGS: {used_layers: [-1]}}", "BACKBONE.KWARGS.used_layers: there is no" },
  { "BACKBONE: {KWARGS: {used_layers: []}}", "BACKBONE.KWARGS.used_layers: expected a list" },
  { "BACKBONE: {KWARGS: {used_layers: [2,2,2,2,2,2,2,2,2]}}", "BACKBONE.KWARGS.used_layers: " },
  { "BACKBONE: {KWARGS: {used_layers: true}}", "BACKBONE.KWARGS.used_layers: expected a list" },
  { "BACKBONE: {KWARGS: {used_layer: [2]}}",
    "BACKBONE.KWARGS: unknown parameter “used_layer”, did you mean “used_layers”?" },
  { "BACKBONE: {KWARGS: {width: 2}}", "BACKBONE.KWARGS: unknown parameter “width”, expected" },
  { "BACKBONE: {TYPE: alexnet, KWARGS: {width_mult: 0.0001}}", "BACKBONE.KWARGS.width_mult: " },
  { "BACKBONE: {TYPE: alexnet, KWARGS: {width_mult: 1e9}}", "BACKBONE.KWARGS.width_mult: " },
  { "ADJUST: {KWARGS: {in_channels: [512, 1024, 1024]}}",
    "ADJUST.KWARGS.in_channels: [512, 1024, 1024] does not fit the features before it, expected "
    "[512, 1024, 2048]" },
  { "ADJUST: {KWARGS: {out_channels: [256, 256]}}", "ADJUST.KWARGS.out_channels: " },
  { "ADJUST: {KWARGS: {out_channels: [256, 256, -1]}}", "ADJUST.KWARGS.out_channels: " },
  { "ADJUST: {TYPE: AdjustLayer}", "ADJUST.TYPE: AdjustLayer takes one level" },
  { "BAN: {KWARGS: {in_channels: [256, 256]}}", "BAN.KWARGS.in_channels: " },
  { "BAN: {KWARGS: {in_channels: [256, 256, 128]}}", "BAN.KWARGS.in_channels: " },
  { "BAN: {KWARGS: {cls_out_channels: 3}}", "BAN.KWARGS.cls_out_channels: " },
  { "BAN: {KWARGS: {weighted: 1}}", "BAN.KWARGS.weighted: expected true or false" },
  { "BAN: {TYPE: DepthwiseBAN, KWARGS: {in_channels: 256}}", "BAN.TYPE: DepthwiseBAN takes one" },
  { "BAN: {TYPE: UPChannelBAN, KWARGS: {feature_in: 256}}", "BAN.TYPE: UPChannelBAN takes one" },
  { "TRACK: {EXEMPLAR_SIZE: 16}", "BACKBONE.TYPE “resnet50” with a template of 16" },
};

/* The shipped configuration of ResNet-50 with one group of keys replaced. */
static SiambanConfig *
spoil (const char *yaml)
{
  g_autoptr (SiambanConfig) config = network_config ("siamban_r50_l234");
  g_autoptr (GBytes) bytes = g_bytes_new_static (yaml, strlen (yaml));
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  g_autoptr (GError) error = NULL;

  if (strstr (yaml, "TYPE: alexnet") != NULL)
    siamban_config_set_kwargs (config, "BACKBONE.KWARGS", none, &error);
  else if (strstr (yaml, "TYPE: DepthwiseBAN") != NULL ||
           strstr (yaml, "TYPE: UPChannelBAN") != NULL)
    siamban_config_set_kwargs (config, "BAN.KWARGS", none, &error);
  g_assert_no_error (error);
  siamban_config_load_bytes (config, bytes, "spoilt", &error);
  g_assert_no_error (error);

  return g_steal_pointer (&config);
}

static void
test_mistakes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (SiambanConfig) config = spoil (mistakes[i].yaml);
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanModel) model = siamban_model_new (config, &error);

      g_test_message ("%s -> %s", mistakes[i].yaml, error != NULL ? error->message : "none");
      g_assert_null (model);
      g_assert_nonnull (error);
      g_assert_true (error->domain == SIAMBAN_ERROR);
      g_assert_true (g_str_has_prefix (error->message, mistakes[i].message));
    }
}

/* Networks that track but cannot be trained. */
static void
test_training_mistakes (void)
{
  static const struct
  {
    const char *yaml;
    const char *message;
  } cases[] = {
    { "BAN: {KWARGS: {cls_out_channels: 1}}", "BAN.KWARGS.cls_out_channels: training needs 2" },
    { "TRAIN: {OUTPUT_SIZE: 17}", "TRAIN.OUTPUT_SIZE: found 17, expected 25" },
    { "BACKBONE: {TRAIN_LAYERS: [layer3, layer5]}",
      "BACKBONE.TRAIN_LAYERS: the backbone resnet50 has no layer “layer5”" },
    { "BACKBONE: {TRAIN_LAYERS: [layer]}", "BACKBONE.TRAIN_LAYERS: " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SiambanConfig) config = spoil (cases[i].yaml);
      g_autoptr (GError) error = NULL;
      g_autoptr (SiambanModel) model = siamban_model_new (config, &error);
      g_autoptr (SiambanGraph) graph = NULL;

      g_assert_no_error (error);
      graph = siamban_model_build_training (model, 1, &error);
      g_assert_null (graph);
      g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
      g_assert_true (g_str_has_prefix (error->message, cases[i].message));
    }
}

/* The model keeps what it was built of. */
static void
test_config_is_copied (void)
{
  g_autoptr (SiambanConfig) config = network_config ("siamban_r18_small");
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModel) model = siamban_model_new (config, &error);
  g_autoptr (SiambanGraph) graph = NULL;

  g_assert_no_error (error);
  siamban_config_set_int (config, "TRACK.INSTANCE_SIZE", 511, &error);
  g_assert_no_error (error);
  graph = siamban_model_build_inference (model, 1, &error);
  g_assert_no_error (error);
  assert_shape (graph, "search", 1, 3, 255, 255);
}

int
main (int argc, char **argv)
{
  guint n_others;
  const OtherNetwork *others = network_list_others (&n_others);

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/golden-names", test_golden_names);
  for (guint i = 0; i < n_others; i++)
    {
      g_autofree char *path = g_strconcat ("/model/names/", others[i].name, NULL);

      g_test_add_data_func (path, &others[i], test_other_names);
    }
  g_test_add_func ("/model/shapes", test_shapes);
  g_test_add_func ("/model/shipped", test_shipped);
  g_test_add_func ("/model/phases", test_phases);
  g_test_add_func ("/model/text", test_text);
  g_test_add_func ("/model/mistakes", test_mistakes);
  g_test_add_func ("/model/training-mistakes", test_training_mistakes);
  g_test_add_func ("/model/config-is-copied", test_config_is_copied);

  return g_test_run ();
}
