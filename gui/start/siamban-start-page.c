/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-start-page.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "siamban-demo.h"
#include "siamban-devices.h"
#include "siamban-recent-group.h"
#include "siamban-run-launcher.h"
#include "siamban-settings.h"

/* What to begin with: a demonstration, what was there last, and what this computer can do. */
struct _SiambanStartPage
{
  SiambanPage parent_instance;

  GtkWidget *content;
  GtkStack *demo_stack;
  GtkProgressBar *demo_progress;
  GtkLabel *demo_problem;
  AdwPreferencesGroup *devices_group;

  SiambanSession *session;   /* of the page, which keeps it */
  GCancellable *cancellable; /* of the demonstration that is prepared */
};

G_DEFINE_FINAL_TYPE (SiambanStartPage, siamban_start_page, SIAMBAN_TYPE_PAGE)

static GtkWidget *
make_device_row (SiambanDeviceEntry *entry)
{
  const char *reason = siamban_device_entry_get_reason (entry);
  const guint64 memory = siamban_device_entry_get_memory (entry);
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *size = g_format_size_full (memory, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *subtitle = NULL;

  subtitle = reason != NULL ? g_markup_escape_text (reason, -1)
             : memory > 0   ? g_strdup_printf (_ ("%s of memory"), size)
                            : g_strdup (_ ("ready"));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), siamban_device_entry_get_name (entry));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name (reason != NULL
                                                               ? "action-unavailable-symbolic"
                                                               : "emblem-ok-symbolic"));
  if (reason == NULL)
    {
      GtkWidget *id = gtk_label_new (siamban_device_entry_get_id (entry));

      gtk_widget_add_css_class (id, "dim-label");
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), id);
    }

  return row;
}

static void
devices_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanStartPage) self = SIAMBAN_START_PAGE (user_data);
  g_autoptr (GListModel) devices = siamban_devices_list_finish (result);

  if (self->content == NULL)
    return; /* closed meanwhile */

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (SiambanDeviceEntry) entry = g_list_model_get_item (devices, i);

      adw_preferences_group_add (self->devices_group, make_device_row (entry));
    }
}

static void
show_problem (SiambanStartPage *self, const char *text)
{
  gtk_label_set_text (self->demo_problem, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->demo_problem), text != NULL);
}

static void
end_demo (SiambanStartPage *self, const char *problem)
{
  g_clear_object (&self->cancellable);
  gtk_stack_set_visible_child_name (self->demo_stack, "button");
  show_problem (self, problem);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanStartPage) self = SIAMBAN_START_PAGE (user_data);
  g_autoptr (GError) error = NULL;
  const gboolean started = siamban_run_launcher_start_finish (result, &error);

  if (self->content == NULL)
    return; /* closed meanwhile */
  end_demo (self, started ? NULL : error->message);
  if (started)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-page", "s", "train");
}

static void
prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanStartPage) self = SIAMBAN_START_PAGE (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanConfig) config = siamban_demo_prepare_finish (result, &error);
  g_autoptr (GDateTime) now = NULL;
  g_autofree char *runs = NULL;
  g_autofree char *name = NULL;
  g_autofree char *folder = NULL;

  if (self->content == NULL)
    return; /* closed meanwhile */
  if (config == NULL)
    {
      end_demo (self,
                g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? NULL : error->message);
      return;
    }

  now = g_date_time_new_now_local ();
  runs = siamban_settings_get_runs_folder ();
  name = g_date_time_format (now, "demo-%Y%m%d-%H%M%S");
  folder = g_build_filename (runs, name, NULL);
  siamban_session_set_config (self->session, config);
  siamban_session_set_config_file (self->session, NULL);
  siamban_run_launcher_start (self->session, folder, config, NULL, started_cb, g_object_ref (self));
}

static void
progress_cb (double share, gpointer user_data)
{
  SiambanStartPage *self = SIAMBAN_START_PAGE (user_data);

  if (self->content != NULL)
    gtk_progress_bar_set_fraction (self->demo_progress, share);
}

static void
demo_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanStartPage *self = SIAMBAN_START_PAGE (widget);
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "siamban", "demo", NULL);

  if (self->cancellable != NULL)
    return;

  self->cancellable = g_cancellable_new ();
  show_problem (self, NULL);
  gtk_progress_bar_set_fraction (self->demo_progress, 0);
  gtk_stack_set_visible_child_name (self->demo_stack, "progress");
  siamban_demo_prepare_async (folder, self->cancellable, progress_cb, prepared_cb,
                              g_object_ref (self));
}

static void
cancel_demo_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_cancellable_cancel (SIAMBAN_START_PAGE (widget)->cancellable);
}

static void
siamban_start_page_set_session (SiambanPage *page, SiambanSession *session)
{
  SIAMBAN_START_PAGE (page)->session = session;
}

static void
siamban_start_page_dispose (GObject *object)
{
  SiambanStartPage *self = SIAMBAN_START_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->content, gtk_widget_unparent);

  G_OBJECT_CLASS (siamban_start_page_parent_class)->dispose (object);
}

static void
siamban_start_page_class_init (SiambanStartPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = siamban_start_page_dispose;
  SIAMBAN_PAGE_CLASS (klass)->set_session = siamban_start_page_set_session;

  g_type_ensure (SIAMBAN_TYPE_RECENT_GROUP);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/start/siamban-start-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanStartPage, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanStartPage, demo_stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanStartPage, demo_progress);
  gtk_widget_class_bind_template_child (widget_class, SiambanStartPage, demo_problem);
  gtk_widget_class_bind_template_child (widget_class, SiambanStartPage, devices_group);
  gtk_widget_class_install_action (widget_class, "start.demo", NULL, demo_action);
  gtk_widget_class_install_action (widget_class, "start.cancel-demo", NULL, cancel_demo_action);
}

static void
siamban_start_page_init (SiambanStartPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  siamban_devices_list_async (devices_cb, g_object_ref (self));
}
