/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-preparation.h"

#include <string.h>

char *
siamban_preparation_find_annotations (const char *folder)
{
  g_autofree char *usual = g_build_filename (folder, "train.json", NULL);
  g_autoptr (GDir) dir = NULL;
  g_autofree char *only = NULL;
  const char *name;

  if (g_file_test (usual, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&usual);
  dir = g_dir_open (folder, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (!g_str_has_suffix (name, ".json"))
        continue;
      if (only != NULL)
        return NULL;
      only = g_build_filename (folder, name, NULL);
    }

  return g_steal_pointer (&only);
}

char *
siamban_preparation_suggest_folder (const char *folder)
{
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *base = g_path_get_basename (folder);
  g_autofree char *name = g_strdup_printf ("%s-crops", base);

  return g_build_filename (parent, name, NULL);
}

char *
siamban_preparation_suggest_name (SiambanConfig *config, const char *folder)
{
  g_autofree char *base = g_path_get_basename (folder);
  g_autoptr (GString) name = g_string_new (NULL);
  g_autofree char *stem = NULL;

  for (const char *c = base; *c != '\0'; c++)
    g_string_append_c (name, g_ascii_isalnum (*c) ? g_ascii_toupper (*c) : '_');
  if (name->len == 0 || !g_ascii_isalpha (name->str[0]))
    g_string_prepend (name, "DATA_");
  stem = g_strdup (name->str);
  for (guint i = 2;; i++)
    {
      g_autofree char *key = g_strdup_printf ("DATASET.%s.ROOT", name->str);

      if (!siamban_config_has_key (config, key))
        return g_strdup (name->str);
      g_string_printf (name, "%s_%u", stem, i);
    }
}

SiambanImporter *
siamban_preparation_make_importer (const char *folder, const char *output)
{
  const char *const sources[] = { folder, NULL };

  return SIAMBAN_IMPORTER (siamban_frames_importer_new (sources, output));
}
