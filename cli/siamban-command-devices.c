/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

static char *
format_memory (SiambanDevice *device)
{
  const guint64 memory = siamban_device_get_memory (device);

  return memory > 0 ? g_format_size_full (memory, G_FORMAT_SIZE_IEC_UNITS)
                    : g_strdup (_ ("unknown"));
}

static void
add_row (CliTable *table, SiambanDevice *device)
{
  char **cells = g_new0 (char *, 5);

  cells[0] = g_strdup (siamban_device_get_id (device));
  cells[1] = g_strdup (siamban_device_get_engine_name (device));
  cells[2] = format_memory (device);
  cells[3] = g_strdup (siamban_device_get_name (device));
  cli_table_add (table, cells);
}

static void
print_text (GListModel *engines)
{
  const char *const titles[] = { _ ("device"), _ ("engine"), _ ("memory"), _ ("name"), NULL };
  g_autoptr (CliTable) table = cli_table_new (titles);
  g_autoptr (GString) missing = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (engines); i++)
    {
      g_autoptr (SiambanEngine) engine = g_list_model_get_item (engines, i);
      g_autoptr (GListModel) devices = siamban_engine_get_devices (engine);
      g_autoptr (GError) reason = NULL;

      for (guint j = 0; j < g_list_model_get_n_items (devices); j++)
        {
          g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, j);

          add_row (table, device);
        }
      if (!siamban_engine_probe (engine, &reason))
        g_string_append_printf (missing, "  %s: %s\n", siamban_engine_get_name (engine),
                                reason->message);
    }

  cli_table_print (table);
  if (missing->len > 0)
    g_print (_ ("\nEngines that cannot be used here:\n%s"), missing->str);
}

static void
add_device (JsonBuilder *builder, SiambanDevice *device)
{
  json_builder_begin_object (builder);
  cli_json_string (builder, "id", siamban_device_get_id (device));
  cli_json_string (builder, "name", siamban_device_get_name (device));
  cli_json_int (builder, "memory", (gint64) siamban_device_get_memory (device));
  json_builder_end_object (builder);
}

static void
add_engine (JsonBuilder *builder, SiambanEngine *engine)
{
  g_autoptr (GListModel) devices = siamban_engine_get_devices (engine);
  g_autoptr (GError) reason = NULL;
  const gboolean usable = siamban_engine_probe (engine, &reason);

  json_builder_begin_object (builder);
  cli_json_string (builder, "engine", siamban_engine_get_name (engine));
  cli_json_string (builder, "description", siamban_engine_get_description (engine));
  cli_json_boolean (builder, "usable", usable);
  cli_json_string (builder, "reason", usable ? NULL : reason->message);
  json_builder_set_member_name (builder, "devices");
  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, i);

      add_device (builder, device);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
print_json (GListModel *engines)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (engines); i++)
    {
      g_autoptr (SiambanEngine) engine = g_list_model_get_item (engines, i);

      add_engine (builder, engine);
    }
  json_builder_end_array (builder);
  cli_print_json (builder);
}

gboolean
cli_devices (int argc, char **argv, GError **error)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print JSON"), NULL },
    { NULL },
  };

  if (!cli_parse (entries, NULL,
                  N_ ("Lists every device that can train and track, the best first."), &argc, &argv,
                  error) ||
      !cli_check_no_arguments (argc, argv, error))
    return FALSE;

  if (json)
    print_json (siamban_engine_list ());
  else
    print_text (siamban_engine_list ());

  return TRUE;
}
