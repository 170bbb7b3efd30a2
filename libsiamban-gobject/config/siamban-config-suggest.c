/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-config-private.h"
#include "siamban-config-text-private.h"

static const char *
last_part (const char *name)
{
  const char *dot = strrchr (name, '.');

  return dot ? dot + 1 : name;
}

char *
_siamban_config_join_names (const char *group, const char *key)
{
  return *group ? g_strconcat (group, ".", key, NULL) : g_strdup (key);
}

/* The full names of all groups and keys. */
static char **
list_names (SiambanConfig *self)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  GListModel *groups = siamban_config_get_groups (self);
  const guint n_groups = g_list_model_get_n_items (groups);

  for (guint i = 0; i < n_groups; i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);
      const char *name = siamban_config_group_get_name (group);
      g_auto (GStrv) keys = siamban_config_group_list_keys (group);

      if (*name)
        g_strv_builder_add (names, name);
      for (guint j = 0; keys[j]; j++)
        {
          g_autofree char *full = _siamban_config_join_names (name, keys[j]);

          g_strv_builder_add (names, full);
        }
    }

  return g_strv_builder_end (names);
}

/* In the right group, only the last part can be misspelt. */
static char *
suggest_sibling (const char *group_name, const char *key, char **names)
{
  const gsize length = strlen (group_name);
  g_autoptr (GPtrArray) siblings = g_ptr_array_new ();
  const char *near = NULL;

  for (guint i = 0; names[i]; i++)
    {
      const char *last = last_part (names[i]);
      const gsize n_prefix = last == names[i] ? 0 : (gsize) (last - names[i]) - 1;

      if (n_prefix == length && strncmp (names[i], group_name, length) == 0)
        g_ptr_array_add (siblings, (gpointer) last);
    }
  g_ptr_array_add (siblings, NULL);
  near = _siamban_config_nearest_word (last_part (key), (const char *const *) siblings->pdata);

  return near ? _siamban_config_join_names (group_name, near) : NULL;
}

/* The one name that ends like @key, if there is one and only one. */
static const char *
find_elsewhere (const char *key, char **names)
{
  const char *found = NULL;

  for (guint i = 0; names[i]; i++)
    if (strcmp (last_part (names[i]), last_part (key)) == 0)
      {
        if (found)
          return NULL;
        found = names[i];
      }

  return found;
}

char *
_siamban_config_suggest (SiambanConfig *self, const char *key)
{
  const char *dot = strrchr (key, '.');
  g_autofree char *group_name = g_strndup (key, dot ? (gsize) (dot - key) : 0);
  g_auto (GStrv) names = list_names (self);
  char *near = NULL;

  if (_siamban_config_find_group (self, group_name))
    near = suggest_sibling (group_name, key, names);
  else
    near = g_strdup (_siamban_config_nearest_word (key, (const char *const *) names));

  return near ? near : g_strdup (find_elsewhere (key, names));
}
