/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-settings.h"

#define MAX_RECENT 10

GSettings *
siamban_settings_get (void)
{
  static GSettings *settings;
  static gsize once;

  if (g_once_init_enter (&once))
    {
      GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
      g_autoptr (GSettingsSchema) schema = NULL;

      if (source != NULL)
        schema = g_settings_schema_source_lookup (source, SIAMBAN_APPLICATION_ID, TRUE);
      if (schema != NULL)
        settings = g_settings_new_full (schema, NULL, NULL);
      g_once_init_leave (&once, 1);
    }

  return settings;
}

char **
siamban_settings_list_recent (const char *key)
{
  GSettings *settings = siamban_settings_get ();
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  g_auto (GStrv) known = NULL;

  if (settings != NULL)
    known = g_settings_get_strv (settings, key);
  for (guint i = 0; known != NULL && known[i] != NULL; i++)
    if (g_file_test (known[i], G_FILE_TEST_EXISTS))
      g_strv_builder_add (paths, known[i]);

  return g_strv_builder_end (paths);
}

void
siamban_settings_add_recent (const char *key, const char *path)
{
  GSettings *settings = siamban_settings_get ();
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  g_auto (GStrv) known = siamban_settings_list_recent (key);
  g_auto (GStrv) list = NULL;
  guint n = 1;

  if (settings == NULL)
    return;

  g_strv_builder_add (paths, path);
  for (guint i = 0; known[i] != NULL && n < MAX_RECENT; i++)
    if (!g_str_equal (known[i], path))
      {
        g_strv_builder_add (paths, known[i]);
        n++;
      }
  list = g_strv_builder_end (paths);
  g_settings_set_strv (settings, key, (const char *const *) list);
}

char *
siamban_settings_get_runs_folder (void)
{
  GSettings *settings = siamban_settings_get ();
  g_autofree char *folder = NULL;

  if (settings != NULL)
    folder = g_settings_get_string (settings, "runs-folder");

  return folder != NULL && *folder != '\0'
             ? g_steal_pointer (&folder)
             : g_build_filename (g_get_user_data_dir (), "siamban", "runs", NULL);
}

gboolean
siamban_settings_get_flag (const char *key)
{
  GSettings *settings = siamban_settings_get ();

  return settings != NULL && g_settings_get_boolean (settings, key);
}

void
siamban_settings_set_flag (const char *key)
{
  GSettings *settings = siamban_settings_get ();

  if (settings != NULL)
    g_settings_set_boolean (settings, key, TRUE);
}
