/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config-private.h"

static void
list_changes_of_group (SiambanConfig *from,
                       SiambanConfigGroup *group,
                       SiambanConfigKeyFilter counts,
                       GPtrArray *changes)
{
  const char *name = siamban_config_group_get_name (group);
  SiambanConfigGroup *old = _siamban_config_find_group (from, name);
  guint n_keys = 0;
  const SiambanConfigKey *keys = _siamban_config_group_get_keys (group, &n_keys);

  /* A data set that only one of them knows matters through the list of data sets. */
  if (old == NULL)
    return;

  for (guint i = 0; i < n_keys; i++)
    {
      g_autofree char *key = _siamban_config_join_names (name, keys[i].key);
      g_autofree char *before = _siamban_config_format_value (_siamban_config_group_peek (old, i));
      g_autofree char *after = _siamban_config_format_value (_siamban_config_group_peek (group, i));

      if (!g_str_equal (before, after) && counts (key))
        g_ptr_array_add (changes, g_strdup_printf ("%s: %s -> %s", key, before, after));
    }
}

char **
_siamban_config_list_changes (SiambanConfig *from, SiambanConfig *to, SiambanConfigKeyFilter counts)
{
  GListModel *groups = siamban_config_get_groups (to);
  g_autoptr (GPtrArray) changes = g_ptr_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (groups); i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);

      list_changes_of_group (from, group, counts, changes);
    }
  g_ptr_array_add (changes, NULL);

  return (char **) g_ptr_array_free (g_steal_pointer (&changes), FALSE);
}
