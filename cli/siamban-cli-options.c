/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

void
cli_set_usage_error (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_propagate_error (error,
                     g_error_new_valist (G_OPTION_ERROR, G_OPTION_ERROR_FAILED, format, arguments));
  va_end (arguments);
}

gboolean
cli_parse (const GOptionEntry *entries,
           const char *arguments,
           const char *summary,
           int *argc,
           char ***argv,
           GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autoptr (GError) own_error = NULL;

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);

  if (g_option_context_parse (context, argc, argv, &own_error))
    return TRUE;

  cli_set_usage_error (error, "%s", own_error->message);

  return FALSE;
}

gboolean
cli_check_range (const char *option, gint64 value, gint64 lowest, gint64 highest, GError **error)
{
  g_autofree char *given = NULL;
  g_autofree char *least = NULL;
  g_autofree char *most = NULL;

  if (value >= lowest && value <= highest)
    return TRUE;

  given = g_strdup_printf ("%" G_GINT64_FORMAT, value);
  least = g_strdup_printf ("%" G_GINT64_FORMAT, lowest);
  most = g_strdup_printf ("%" G_GINT64_FORMAT, highest);
  cli_set_usage_error (error, _ ("%s is %s, but goes from %s to %s"), option, given, least, most);

  return FALSE;
}

gboolean
cli_check_given (const char *option, gboolean given, GError **error)
{
  if (!given)
    cli_set_usage_error (error, _ ("%s is missing"), option);

  return given;
}

gboolean
cli_check_config_argument (int argc, char **argv, GError **error)
{
  if (argc < 2)
    cli_set_usage_error (error, _ ("A configuration is missing"));
  else if (argc > 2)
    cli_set_usage_error (error, _ ("“%s” is one argument too many"), argv[2]);

  return argc == 2;
}

/* What is left after the options; argv[0] is the command. */
gboolean
cli_check_no_arguments (int argc, char **argv, GError **error)
{
  if (argc > 1)
    cli_set_usage_error (error, _ ("“%s” is one argument too many"), argv[1]);

  return argc <= 1;
}

SiambanConfig *
cli_load_config (const char *path, char **settings, GError **error)
{
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, error);

  if (config == NULL)
    return NULL;

  for (char **setting = settings; setting != NULL && *setting != NULL; setting++)
    if (!siamban_config_set_from_string (config, *setting, error))
      {
        g_prefix_error (error, "--set %s: ", *setting);
        return NULL;
      }

  if (!siamban_config_check (config, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }

  return g_steal_pointer (&config);
}

static gboolean
set_threads (const CliDeviceOptions *options, GError **error)
{
  if (!cli_check_range ("--threads", options->n_threads, 0, 1024, error))
    return FALSE;

  siamban_process_set_n_threads ((guint) options->n_threads);

  return TRUE;
}

void
cli_clear_device_options (CliDeviceOptions *options)
{
  g_clear_pointer (&options->id, g_free);
  g_clear_pointer (&options->precision, g_free);
  g_clear_pointer (&options->convolutions, g_free);
}

static gboolean
set_precision (const char *name, SiambanDevice *device, GError **error)
{
  g_autoptr (GEnumClass) precisions = g_type_class_ref (SIAMBAN_TYPE_PRECISION);
  const GEnumValue *value = g_enum_get_value_by_nick (precisions, name);

  if (value == NULL)
    {
      cli_set_usage_error (error, _ ("--precision is “%s”, expected float32 or bf16"), name);
      return FALSE;
    }
  siamban_device_set_precision (device, (SiambanPrecision) value->value);

  return TRUE;
}

static gboolean
set_up_device (const CliDeviceOptions *options, SiambanDevice *device, GError **error)
{
  if (options->exact)
    siamban_device_set_exact (device, TRUE);
  if (options->precision != NULL && !set_precision (options->precision, device, error))
    return FALSE;

  return options->convolutions == NULL ||
         siamban_device_set_convolutions (device, options->convolutions, error);
}

SiambanDevice *
cli_open_device (const CliDeviceOptions *options, GError **error)
{
  g_autoptr (SiambanDevice)
      device = set_threads (options, error) ? siamban_device_open (options->id, error) : NULL;

  if (device == NULL || !set_up_device (options, device, error))
    return NULL;

  return g_steal_pointer (&device);
}

GListModel *
cli_open_devices (const CliDeviceOptions *options, const char *ids, GError **error)
{
  g_autoptr (GListModel)
      devices = set_threads (options, error)
                    ? siamban_device_open_all (ids != NULL ? ids : options->id, error)
                    : NULL;

  for (guint i = 0; devices != NULL && i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, i);

      if (!set_up_device (options, device, error))
        return NULL;
    }

  return g_steal_pointer (&devices);
}
