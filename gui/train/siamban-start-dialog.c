/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-start-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "siamban-devices.h"
#include "siamban-run-launcher.h"
#include "siamban-settings.h"

struct _SiambanStartDialog
{
  AdwWindow parent_instance;

  AdwEntryRow *name_row;
  AdwActionRow *folder_row;
  AdwPreferencesGroup *devices_group;
  GtkSpinner *spinner;
  GtkLabel *problem;
  GtkWidget *start_button;

  SiambanSession *session;
  char *folder;      /* where the folder of the run goes */
  GPtrArray *checks; /* of GtkCheckButton, one a device; the id is their name */
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (SiambanStartDialog, siamban_start_dialog, ADW_TYPE_WINDOW)

static void
show_problem (SiambanStartDialog *self, const char *text)
{
  gtk_label_set_text (self->problem, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), text != NULL);
}

static void
set_folder (SiambanStartDialog *self, const char *folder)
{
  g_autofree char *text = g_filename_display_name (folder);
  g_autofree char *subtitle = g_markup_escape_text (text, -1);

  g_free (self->folder);
  self->folder = g_strdup (folder);
  adw_action_row_set_subtitle (self->folder_row, subtitle);
}

/* The name of the experiment and the time, as `siamban train` makes it. */
static char *
make_name (SiambanConfig *config)
{
  const char *experiment = siamban_config_get_string (config, "META_ARC");
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y%m%d-%H%M%S");
  char *name = g_strdup_printf (
      "%s-%s", experiment != NULL && *experiment != '\0' ? experiment : "run", date);

  return g_strdelimit (name, "/", '-');
}

static GtkWidget *
make_device_row (SiambanStartDialog *self, SiambanDeviceEntry *entry, gboolean active)
{
  const char *reason = siamban_device_entry_get_reason (entry);
  const guint64 memory = siamban_device_entry_get_memory (entry);
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *size = g_format_size_full (memory, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *plain = NULL;
  g_autofree char *subtitle = NULL;

  plain = reason != NULL ? g_strdup (reason)
          : memory > 0   ? g_strdup_printf (_ ("%s of memory, “%s”"), size,
                                            siamban_device_entry_get_id (entry))
                         : g_strdup_printf ("“%s”", siamban_device_entry_get_id (entry));
  subtitle = g_markup_escape_text (plain, -1);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), siamban_device_entry_get_name (entry));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  if (reason != NULL)
    {
      adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                                 gtk_image_new_from_icon_name ("action-unavailable-symbolic"));
    }
  else
    {
      GtkWidget *check = gtk_check_button_new ();

      gtk_widget_set_name (check, siamban_device_entry_get_id (entry));
      gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
      gtk_check_button_set_active (GTK_CHECK_BUTTON (check), active);
      adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
      adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
      g_ptr_array_add (self->checks, check);
    }

  return row;
}

static void
devices_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanStartDialog) self = SIAMBAN_START_DIALOG (user_data);
  g_autoptr (GListModel) devices = siamban_devices_list_finish (result);

  if (self->session == NULL)
    return; /* closed meanwhile */

  gtk_spinner_stop (self->spinner);
  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (SiambanDeviceEntry) entry = g_list_model_get_item (devices, i);

      adw_preferences_group_add (self->devices_group, make_device_row (self, entry, i == 0));
    }
  if (self->checks->len == 0)
    show_problem (self, _ ("No device of this computer can train. The rows above say why."));
  gtk_widget_set_sensitive (self->start_button, self->checks->len > 0);
}

static char **
list_chosen (SiambanStartDialog *self)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (guint i = 0; i < self->checks->len; i++)
    if (gtk_check_button_get_active (g_ptr_array_index (self->checks, i)))
      g_strv_builder_add (ids, gtk_widget_get_name (g_ptr_array_index (self->checks, i)));

  return g_strv_builder_end (ids);
}

/* What a training would stumble over at once, for whoever can still change it. */
static char *
find_problem (SiambanStartDialog *self, const char *const *devices)
{
  SiambanConfig *config = siamban_session_get_config (self->session);
  const char *const *names = siamban_config_get_strv (config, "DATASET.NAMES");
  const char *name = gtk_editable_get_text (GTK_EDITABLE (self->name_row));
  g_autoptr (GError) error = NULL;

  if (*name == '\0' || strchr (name, '/') != NULL)
    return g_strdup (_ ("The name of the run is the name of a folder: it cannot be empty or hold a "
                        "slash."));
  if (devices[0] == NULL)
    return g_strdup (_ ("Choose a device to train on."));
  if (!siamban_config_check (config, &error))
    return g_strdup (error->message);
  if (names == NULL || names[0] == NULL)
    return g_strdup (_ ("The experiment names no dataset: add one on the Data page."));

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *key = g_strdup_printf ("DATASET.%s.ANNO", names[i]);
      const char *path = siamban_config_has_key (config, key)
                             ? siamban_config_get_string (config, key)
                             : NULL;

      if (path == NULL || !g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_strdup_printf (_ ("The annotations of the dataset %s are not there (“%s”): choose "
                                   "its folder on the Data page."),
                                names[i], path != NULL ? path : "");
    }

  return NULL;
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanStartDialog) self = SIAMBAN_START_DIALOG (user_data);
  g_autoptr (GError) error = NULL;

  if (siamban_run_launcher_start_finish (result, &error))
    {
      gtk_window_destroy (GTK_WINDOW (self));
      return;
    }

  if (self->session == NULL)
    return; /* closed meanwhile */
  show_problem (self, error->message);
  gtk_widget_set_sensitive (self->start_button, TRUE);
}

static void
start_cb (SiambanStartDialog *self)
{
  g_auto (GStrv) devices = list_chosen (self);
  g_autofree char *problem = find_problem (self, (const char *const *) devices);
  g_autofree char *folder = NULL;

  show_problem (self, problem);
  if (problem != NULL)
    return;

  folder = g_build_filename (self->folder, gtk_editable_get_text (GTK_EDITABLE (self->name_row)),
                             NULL);
  gtk_widget_set_sensitive (self->start_button, FALSE);
  siamban_run_launcher_start (self->session, folder, siamban_session_get_config (self->session),
                              (const char *const *) devices, started_cb, g_object_ref (self));
}

static void
response_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  SiambanStartDialog *self = SIAMBAN_START_DIALOG (user_data);
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

  if (response == GTK_RESPONSE_ACCEPT && file != NULL && g_file_peek_path (file) != NULL)
    {
      set_folder (self, g_file_peek_path (file));
      if (siamban_settings_get () != NULL)
        g_settings_set_string (siamban_settings_get (), "runs-folder", self->folder);
    }
  g_clear_object (&self->chooser);
}

static void
choose_folder_cb (SiambanStartDialog *self)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Folder for Runs"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"),
                                               NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_create_folders (GTK_FILE_CHOOSER (self->chooser), TRUE);
  g_signal_connect (self->chooser, "response", G_CALLBACK (response_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
siamban_start_dialog_dispose (GObject *object)
{
  SiambanStartDialog *self = SIAMBAN_START_DIALOG (object);

  g_clear_object (&self->session);
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->checks, g_ptr_array_unref);
  g_clear_pointer (&self->folder, g_free);

  G_OBJECT_CLASS (siamban_start_dialog_parent_class)->dispose (object);
}

static void
siamban_start_dialog_class_init (SiambanStartDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_start_dialog_dispose;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/train/siamban-start-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanStartDialog, name_row);
  gtk_widget_class_bind_template_child (widget_class, SiambanStartDialog, folder_row);
  gtk_widget_class_bind_template_child (widget_class, SiambanStartDialog, devices_group);
  gtk_widget_class_bind_template_child (widget_class, SiambanStartDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, SiambanStartDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, SiambanStartDialog, start_button);
  gtk_widget_class_bind_template_callback (widget_class, start_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_folder_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
siamban_start_dialog_init (SiambanStartDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->checks = g_ptr_array_new ();
}

SiambanStartDialog *
siamban_start_dialog_new (GtkWindow *parent, SiambanSession *session)
{
  SiambanStartDialog *self = g_object_new (SIAMBAN_TYPE_START_DIALOG, "transient-for", parent,
                                           NULL);
  g_autofree char *name = make_name (siamban_session_get_config (session));
  g_autofree char *folder = siamban_settings_get_runs_folder ();

  self->session = g_object_ref (session);
  gtk_editable_set_text (GTK_EDITABLE (self->name_row), name);
  set_folder (self, folder);
  siamban_devices_list_async (devices_cb, g_object_ref (self));

  return self;
}
