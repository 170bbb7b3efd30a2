/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

#include <math.h>
#include <string.h>

#include "compute.h"
#include "golden.h"
#include "siamban-program-private.h"
#include "siamban-weights-private.h"

/* Made by running the original in double precision on these configurations, with the weights of
 * network_fill_other() and images of uniform noise in [0, 1) named "other.template" and
 * "other.search". */
static const OtherNetwork others[] = {
  { "resnet18-three-levels",
    "BACKBONE: {TYPE: resnet18, KWARGS: {used_layers: [2, 3, 4]}}\n"
    "ADJUST: {KWARGS: {in_channels: [128, 256, 512], out_channels: [96, 96, 96]}}\n"
    "BAN: {BAN: true, KWARGS: {in_channels: [96, 96, 96], cls_out_channels: 2, weighted: true}}\n",
    261, 13695195, "04ca6074", 0.650652923088807, 0.06261536991315331, 50.84803748193775,
    -16.576308800878554 },
  { "resnet34-two-levels",
    "BACKBONE: {TYPE: resnet34, KWARGS: {used_layers: [2, 3]}}\n"
    "ADJUST: {KWARGS: {in_channels: [128, 256], out_channels: [64, 48]}}\n"
    "BAN: {BAN: true, KWARGS: {in_channels: [64, 48], cls_out_channels: 2, weighted: false}}\n",
    267, 8763918, "bc20bcfc", 19.990434953339925, 18.45788209575325, 55.11802850868786,
    -27.568998372450665 },
  { "resnet50-depthwise",
    "BACKBONE: {TYPE: resnet50, KWARGS: {used_layers: [3]}}\n"
    "ADJUST: {KWARGS: {in_channels: [1024], out_channels: [128]}}\n"
    "BAN: {BAN: true, TYPE: DepthwiseBAN,\n"
    "      KWARGS: {in_channels: 128, out_channels: 128, cls_out_channels: 2}}\n",
    304, 14542406, "b2defc18", 12.731788369470875, 14.195907113658587, 17.314115433731683,
    -10.89998638166896 },
  { "alexnet-up-channel",
    "BACKBONE: {TYPE: alexnet, KWARGS: {width_mult: 0.5}}\n"
    "ADJUST: {ADJUST: false}\n"
    "BAN: {BAN: true, TYPE: UPChannelBAN, KWARGS: {feature_in: 128, cls_out_channels: 2}}\n",
    45, 2127924, "22f66090", 868.4161595910007, 1069.7339680599036, 257.85249201002324,
    -50.53651107555595 },
  { "alexnetlegacy-sigmoid",
    "BACKBONE: {TYPE: alexnetlegacy}\n"
    "ADJUST: {ADJUST: false}\n"
    "BAN: {BAN: true, TYPE: DepthwiseBAN,\n"
    "      KWARGS: {in_channels: 256, out_channels: 64, cls_out_channels: 1}}\n",
    75, 4349061, "ad25085d", 0.03477279862639294, 0.04589693421730727, 2.3793978607924067,
    -1.6474034209400634 },
  { "mobilenetv2-wide",
    "BACKBONE: {TYPE: mobilenetv2, KWARGS: {width_mult: 1.4, used_layers: [3, 5, 7]}}\n"
    "ADJUST: {KWARGS: {in_channels: [44, 134, 448], out_channels: [64, 64, 64]}}\n"
    "BAN: {BAN: true, KWARGS: {in_channels: [64, 64, 64], cls_out_channels: 2, weighted: true}}\n",
    453, 3996079, "ccdc989b", 0.20200989242470813, 0.18230515046442583, 48.91609767364708,
    -18.5004303210683 },
  { "resnet18-adjust-layer",
    "BACKBONE: {TYPE: resnet18, KWARGS: {used_layers: [2]}}\n"
    "ADJUST: {TYPE: AdjustLayer, KWARGS: {in_channels: 128, out_channels: 64}}\n"
    "BAN: {BAN: true, TYPE: UPChannelBAN, KWARGS: {feature_in: 64, cls_out_channels: 2}}\n",
    76, 1052372, "6cfaeac9", 5842.429247660718, -5282.3827571717775, 7516.662934055933,
    -1570.0075045923186 },
};

SiambanConfig *
network_config (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".yaml", NULL);
  g_autofree char *path = g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), file, NULL);
  g_autoptr (GError) error = NULL;
  SiambanConfig *config = siamban_config_new_from_file (path, &error);

  g_assert_no_error (error);

  return config;
}

static SiambanModel *
build (SiambanConfig *config)
{
  g_autoptr (GError) error = NULL;
  SiambanModel *model = siamban_model_new (config, &error);

  g_assert_no_error (error);

  return model;
}

SiambanModel *
network_new (const char *name)
{
  g_autoptr (SiambanConfig) config = network_config (name);

  return build (config);
}

const OtherNetwork *
network_list_others (guint *n)
{
  *n = G_N_ELEMENTS (others);

  return others;
}

SiambanModel *
network_new_other (const OtherNetwork *other)
{
  g_autoptr (SiambanConfig) config = siamban_config_new ();
  g_autoptr (GBytes) yaml = g_bytes_new_static (other->yaml, strlen (other->yaml));
  g_autoptr (GError) error = NULL;

  siamban_config_load_bytes (config, yaml, other->name, &error);
  g_assert_no_error (error);

  return build (config);
}

/* Keeps activations near 1 through the whole network. */
static void
other_rule (const char *name, const gint64 *shape, gsize n_dims, double *offset, double *amplitude)
{
  *offset = 0;
  *amplitude = 0.1;
  if (g_str_has_suffix (name, ".running_mean") || g_str_has_suffix (name, "bias"))
    return;

  *offset = 1;
  if (g_str_has_suffix (name, ".head.1.running_var"))
    *offset = 4096, *amplitude = 2048;
  else if (g_str_has_suffix (name, ".running_var"))
    *amplitude = 0.5;
  else if (n_dims == 4)
    *offset = 0, *amplitude = sqrt (3.0 / (double) (shape[1] * shape[2] * shape[3]));
}

void
network_fill_other (SiambanWeights *weights)
{
  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      const char *name = siamban_parameter_get_name (parameter);
      g_autofree char *key = g_strconcat ("other.", name, NULL);
      float *values = _siamban_parameter_peek_values (parameter);
      double offset, amplitude;
      const gint64 *shape;
      gsize n_dims;

      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_COUNTER)
        continue;

      shape = siamban_parameter_get_shape (parameter, &n_dims);
      other_rule (name, shape, n_dims, &offset, &amplitude);
      compute_fill (key, offset - amplitude, offset + amplitude, values,
                    siamban_parameter_get_n_elements (parameter));
    }
}

void
network_fill_golden (SiambanWeights *weights, const char *prefix)
{
  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);
      gint64 *counter = _siamban_parameter_peek_counter (parameter);
      const gint64 *shape;
      gsize n_dims;

      if (counter != NULL)
        {
          *counter = 0;
          continue;
        }

      shape = siamban_parameter_get_shape (parameter, &n_dims);
      golden_fill_weight (prefix, siamban_parameter_get_name (parameter), shape, n_dims,
                          _siamban_parameter_peek_values (parameter));
    }
}

void
network_fill_inputs (SiambanProgram *program)
{
  SiambanGraph *graph = siamban_program_get_graph (program);

  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      g_autofree float *values = NULL;

      if (node->op != SIAMBAN_OP_INPUT)
        continue;
      values = g_new (float, _siamban_node_get_n_elements (node));
      compute_fill (node->name, 0, g_str_equal (node->name, "label_cls") ? 2 : 20, values,
                    _siamban_node_get_n_elements (node));
      for (gsize i = 0; i < _siamban_node_get_n_elements (node); i++)
        values[i] = floorf (values[i]);
      compute_set_input (program, node->name, values);
    }
}

void
network_take_step (SiambanProgram *program, double rate)
{
  const guint n = _siamban_weights_get_n (program->weights);
  g_autofree double *rates = g_new (double, n);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++)
    rates[i] = rate;
  network_fill_inputs (program);
  compute_forward (program);
  compute_backward (program);
  siamban_program_update (program, rates, n, 0.9, 0, 1, NULL, &error);
  g_assert_no_error (error);
}
