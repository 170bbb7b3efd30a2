/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

typedef struct
{
  char **settings;
  char *config;
  gboolean backbone;
  gboolean json;
} WeightsOptions;

static char *
format_shape (SiambanTensor *tensor)
{
  gsize n_dims;
  const gint64 *shape = siamban_tensor_get_shape (tensor, &n_dims);
  GString *text = g_string_new ("(");

  for (gsize i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", shape[i]);
  g_string_append_c (text, ')');

  return g_string_free (text, FALSE);
}

static void
print_text (SiambanCheckpoint *checkpoint)
{
  const char *const titles[] = { _ ("tensor"), _ ("type"), _ ("shape"), _ ("norm"), NULL };
  g_autoptr (CliTable) table = cli_table_new (titles);
  guint64 n_numbers = 0;

  for (const char *const *name = siamban_checkpoint_get_names (checkpoint); *name != NULL; name++)
    {
      SiambanTensor *tensor = siamban_checkpoint_lookup (checkpoint, *name);
      char **cells = g_new0 (char *, 5);

      cells[0] = g_strdup (*name);
      cells[1] = g_strdup (siamban_dtype_get_name (siamban_tensor_get_dtype (tensor)));
      cells[2] = format_shape (tensor);
      cells[3] = g_strdup_printf ("%.6g", siamban_tensor_get_norm (tensor));
      cli_table_add (table, cells);
      n_numbers += siamban_tensor_get_n_elements (tensor);
    }

  cli_table_print (table);
  g_print (_ ("\n%u tensors, %.0f numbers\n"),
           g_strv_length ((char **) siamban_checkpoint_get_names (checkpoint)), (double) n_numbers);
  if (siamban_checkpoint_get_epoch (checkpoint) >= 0)
    g_print (_ ("epoch %d\n"), siamban_checkpoint_get_epoch (checkpoint));
  for (guint i = 0; i < siamban_checkpoint_get_n_groups (checkpoint); i++)
    g_print (_ ("optimizer group %u: %u parameters, learning rate %g\n"), i,
             siamban_checkpoint_get_group_size (checkpoint, i),
             siamban_checkpoint_get_group_lr (checkpoint, i));
}

static void
add_tensor (JsonBuilder *builder, const char *name, SiambanTensor *tensor)
{
  gsize n_dims;
  const gint64 *shape = siamban_tensor_get_shape (tensor, &n_dims);

  json_builder_begin_object (builder);
  cli_json_string (builder, "name", name);
  cli_json_string (builder, "dtype", siamban_dtype_get_name (siamban_tensor_get_dtype (tensor)));
  cli_json_shape (builder, shape, n_dims);
  cli_json_double (builder, "norm", siamban_tensor_get_norm (tensor));
  json_builder_end_object (builder);
}

static void
add_names (JsonBuilder *builder, const char *member, const char *const *names)
{
  json_builder_set_member_name (builder, member);
  json_builder_begin_array (builder);
  for (; *names != NULL; names++)
    cli_json_string (builder, NULL, *names);
  json_builder_end_array (builder);
}

static void
print_json (SiambanCheckpoint *checkpoint, SiambanLoadReport *report)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  cli_json_int (builder, "epoch", siamban_checkpoint_get_epoch (checkpoint));
  json_builder_set_member_name (builder, "tensors");
  json_builder_begin_array (builder);
  for (const char *const *name = siamban_checkpoint_get_names (checkpoint); *name != NULL; name++)
    add_tensor (builder, *name, siamban_checkpoint_lookup (checkpoint, *name));
  json_builder_end_array (builder);
  if (report != NULL)
    {
      add_names (builder, "used", siamban_load_report_get_used (report));
      add_names (builder, "missing", siamban_load_report_get_missing (report));
      add_names (builder, "unused", siamban_load_report_get_unused (report));
    }
  json_builder_end_object (builder);
  cli_print_json (builder);
}

static void
print_report (SiambanLoadReport *report)
{
  g_autofree char *text = siamban_load_report_to_string (report);

  g_print ("\n%s\n", g_strchomp (text));
  for (const char *const *name = siamban_load_report_get_missing (report); *name != NULL; name++)
    {
      const char *suggestion = siamban_load_report_get_suggestion (report, *name);

      if (suggestion != NULL)
        g_print (_ ("  is %s the file's %s?\n"), *name, suggestion);
    }
}

static gboolean
run (WeightsOptions *options, const char *path, GError **error)
{
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new_from_file (path, error);
  g_autoptr (SiambanConfig) config = NULL;
  g_autoptr (SiambanModel) model = NULL;
  g_autoptr (SiambanLoadReport) report = NULL;

  if (checkpoint == NULL)
    return FALSE;

  if (options->config != NULL)
    {
      config = cli_load_config (options->config, options->settings, error);
      model = config != NULL ? siamban_model_new (config, error) : NULL;
      if (model == NULL)
        return FALSE;
      report = siamban_checkpoint_apply (checkpoint, siamban_model_get_weights (model),
                                         options->backbone ? "backbone." : "", error);
      if (report == NULL)
        return FALSE;
    }

  if (options->json)
    {
      print_json (checkpoint, report);
      return TRUE;
    }

  print_text (checkpoint);
  if (report != NULL)
    print_report (report);

  return TRUE;
}

static gboolean
parse (WeightsOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config,
      N_ ("Tell also how the file fits this network"), N_ ("CONFIG") },
    CLI_SET_OPTION (&options->settings),
    { "backbone", 0, 0, G_OPTION_ARG_NONE, &options->backbone,
      N_ ("The file is of a backbone, as BACKBONE.PRETRAINED wants it"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print JSON"), NULL },
    { NULL },
  };

  if (!cli_parse (entries, N_ ("FILE"),
                  N_ ("Lists the tensors of a file of PyTorch or safetensors; nothing of the "
                      "file is ever run."),
                  argc, argv, error))
    return FALSE;

  if (*argc < 2)
    cli_set_usage_error (error, _ ("A file of weights is missing"));

  return *argc >= 2 && cli_check_no_arguments (*argc - 1, *argv + 1, error);
}

gboolean
cli_inspect_weights (int argc, char **argv, GError **error)
{
  WeightsOptions options = { 0 };
  const gboolean done = parse (&options, &argc, &argv, error) && run (&options, argv[1], error);

  g_strfreev (options.settings);
  g_free (options.config);

  return done;
}
