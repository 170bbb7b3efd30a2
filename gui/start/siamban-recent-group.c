/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-recent-group.h"

#include "siamban-settings.h"

#define MAX_SHOWN 5

struct _SiambanRecentGroup
{
  AdwPreferencesGroup parent_instance;

  char *key;
  GPtrArray *rows; /* owned by the group */
};

G_DEFINE_FINAL_TYPE (SiambanRecentGroup, siamban_recent_group, ADW_TYPE_PREFERENCES_GROUP)

enum
{
  PROP_KEY = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
activated_cb (AdwActionRow *row, gpointer user_data)
{
  gtk_widget_activate_action (GTK_WIDGET (row), "win.open-path", "s",
                              gtk_widget_get_name (GTK_WIDGET (row)));
}

static GtkWidget *
make_row (const char *path)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *folder = g_filename_display_name (parent);
  g_autofree char *subtitle = g_markup_escape_text (folder, -1);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_widget_set_name (row, path);
  g_signal_connect (row, "activated", G_CALLBACK (activated_cb), NULL);

  return row;
}

static void
update (SiambanRecentGroup *self)
{
  g_auto (GStrv) paths = siamban_settings_list_recent (self->key);

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; paths[i] != NULL && i < MAX_SHOWN; i++)
    {
      GtkWidget *row = make_row (paths[i]);

      adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
      g_ptr_array_add (self->rows, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self), self->rows->len > 0);
}

static void
siamban_recent_group_set_property (GObject *object,
                                   guint prop_id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  SiambanRecentGroup *self = SIAMBAN_RECENT_GROUP (object);

  if (prop_id == PROP_KEY)
    self->key = g_value_dup_string (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_recent_group_constructed (GObject *object)
{
  SiambanRecentGroup *self = SIAMBAN_RECENT_GROUP (object);
  GSettings *settings = siamban_settings_get ();

  G_OBJECT_CLASS (siamban_recent_group_parent_class)->constructed (object);

  if (settings != NULL)
    {
      g_autofree char *signal = g_strconcat ("changed::", self->key, NULL);

      g_signal_connect_object (settings, signal, G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    }
  update (self);
}

static void
siamban_recent_group_finalize (GObject *object)
{
  SiambanRecentGroup *self = SIAMBAN_RECENT_GROUP (object);

  g_ptr_array_unref (self->rows);
  g_free (self->key);

  G_OBJECT_CLASS (siamban_recent_group_parent_class)->finalize (object);
}

static void
siamban_recent_group_class_init (SiambanRecentGroupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = siamban_recent_group_set_property;
  object_class->constructed = siamban_recent_group_constructed;
  object_class->finalize = siamban_recent_group_finalize;

  properties[PROP_KEY] = g_param_spec_string (
      "key", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_recent_group_init (SiambanRecentGroup *self)
{
  self->rows = g_ptr_array_new ();
}
