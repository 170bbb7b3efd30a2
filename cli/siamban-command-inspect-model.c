/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

static const char *const kinds[] = {
  [SIAMBAN_PARAMETER_WEIGHT] = "weight",
  [SIAMBAN_PARAMETER_BUFFER] = "buffer",
  [SIAMBAN_PARAMETER_COUNTER] = "counter",
};

static void
add_parameter (JsonBuilder *builder, SiambanParameter *parameter)
{
  gsize n_dims;
  const gint64 *shape = siamban_parameter_get_shape (parameter, &n_dims);

  json_builder_begin_object (builder);
  cli_json_string (builder, "name", siamban_parameter_get_name (parameter));
  cli_json_string (builder, "kind", kinds[siamban_parameter_get_kind (parameter)]);
  cli_json_boolean (builder, "trainable", siamban_parameter_get_trainable (parameter));
  cli_json_shape (builder, shape, n_dims);
  json_builder_end_object (builder);
}

static void
print_json (SiambanModel *model)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GListModel *weights = G_LIST_MODEL (siamban_model_get_weights (model));

  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (weights); i++)
    {
      g_autoptr (SiambanParameter) parameter = g_list_model_get_item (weights, i);

      add_parameter (builder, parameter);
    }
  json_builder_end_array (builder);
  cli_print_json (builder);
}

gboolean
cli_inspect_model (int argc, char **argv, GError **error)
{
  g_auto (GStrv) settings = NULL;
  gboolean json = FALSE;
  int epoch = 1;
  const GOptionEntry entries[] = {
    CLI_SET_OPTION (&settings),
    { "epoch", 'e', 0, G_OPTION_ARG_INT, &epoch, N_ ("Show what trains in this epoch (1)"),
      N_ ("N") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json,
      N_ ("Print the names and shapes of the state_dict as JSON"), NULL },
    { NULL },
  };
  g_autoptr (SiambanConfig) config = NULL;
  g_autoptr (SiambanModel) model = NULL;
  g_autofree char *text = NULL;

  if (!cli_parse (entries, N_ ("CONFIG"), N_ ("Prints the network that a configuration describes."),
                  &argc, &argv, error) ||
      !cli_check_config_argument (argc, argv, error) ||
      !cli_check_range ("--epoch", epoch, 1, 1000000, error))
    return FALSE;

  config = cli_load_config (argv[1], settings, error);
  model = config != NULL ? siamban_model_new (config, error) : NULL;
  if (model == NULL)
    return FALSE;

  siamban_model_set_epoch (model, (guint) epoch - 1);
  text = siamban_model_to_string (model);
  if (json)
    print_json (model);
  else
    g_print ("%s\n", g_strchomp (text));

  return TRUE;
}
