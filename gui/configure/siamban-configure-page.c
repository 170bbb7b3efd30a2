/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-configure-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "siamban-config-history.h"
#include "siamban-device-view.h"
#include "siamban-key-form.h"
#include "siamban-key-text.h"
#include "siamban-message.h"
#include "siamban-model-view.h"
#include "siamban-schedule-view.h"

/* The experiment as a form, and beside it what it leads to. */
struct _SiambanConfigurePage
{
  SiambanPage parent_instance;

  GtkWidget *content;
  GtkEditable *search;
  GtkToggleButton *changed_only;
  GtkInfoBar *bar;
  GtkLabel *bar_label;
  AdwFlap *flap;
  SiambanKeyForm *form;
  GtkLabel *file_label;
  GtkButton *problems;
  SiambanScheduleView *schedule;
  SiambanDeviceView *devices;
  SiambanModelView *model;

  SiambanSession *session; /* of the page, which keeps it */
  SiambanConfig *config;   /* of the session, as it was last shown */
  SiambanConfigHistory *history;
  GtkFileChooserNative *chooser;
  guint update_id;
};

G_DEFINE_FINAL_TYPE (SiambanConfigurePage, siamban_configure_page, SIAMBAN_TYPE_PAGE)

static void
show_error (SiambanConfigurePage *self, const char *what, const char *reason, const char *advice)
{
  g_autofree char *text = g_strdup_printf ("%s\n%s\n%s", what, reason, advice);

  siamban_message_show (self->bar, self->bar_label, gtk_info_bar_get_message_type (self->bar),
                        text);
}

static void
bar_response_cb (SiambanConfigurePage *self)
{
  gtk_info_bar_set_revealed (self->bar, FALSE);
}

static void
add_lines (GPtrArray *lines, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "\n", -1);

  for (char **part = parts; *part != NULL; part++)
    if (!g_ptr_array_find_with_equal_func (lines, *part, g_str_equal, NULL))
      g_ptr_array_add (lines, g_strdup (*part));
}

static void
show_count (SiambanConfigurePage *self, guint n, const char *tooltip)
{
  g_autofree char *label = n == 0 ? g_strdup (_ ("No problems"))
                                  : g_strdup_printf (
                                        g_dngettext (NULL, "%u problem", "%u problems", n), n);

  gtk_button_set_label (self->problems, label);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "configure.show-problem", n > 0);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->problems), tooltip);
  if (n > 0)
    gtk_widget_add_css_class (GTK_WIDGET (self->problems), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->problems), "error");
}

/* What is wrong goes to the rows of the keys; what belongs to none is told at the bottom. */
static void
show_problems (SiambanConfigurePage *self, const char *schedule_problem)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) rest = NULL;
  g_autofree char *tooltip = NULL;

  if (!siamban_config_check (self->config, &error))
    add_lines (lines, error->message);
  if (schedule_problem != NULL)
    add_lines (lines, schedule_problem);
  if (siamban_model_view_get_problem (self->model) != NULL)
    add_lines (lines, siamban_model_view_get_problem (self->model));
  g_ptr_array_add (lines, NULL);

  siamban_key_form_set_problems (self->form, (const char *const *) lines->pdata, builder);
  rest = g_strv_builder_end (builder);
  tooltip = rest[0] != NULL ? g_strjoinv ("\n", rest)
                            : g_strdup (_ ("Go to the first key that is wrong"));
  show_count (self, siamban_key_form_get_n_problems (self->form) + g_strv_length (rest), tooltip);
}

static void
show_file (SiambanConfigurePage *self)
{
  GFile *file = siamban_session_get_config_file (self->session);
  g_autofree char *name = file != NULL ? g_file_get_basename (file)
                                       : g_strdup (_ ("Not saved yet"));
  g_autofree char *modified = g_strdup_printf (_ ("%s, changed"), name);

  gtk_label_set_text (self->file_label,
                      siamban_config_history_is_modified (self->history) ? modified : name);
}

static void
update_problems (SiambanConfigurePage *self)
{
  g_autoptr (GError) error = NULL;

  siamban_schedule_view_show (self->schedule, self->config, &error);
  show_problems (self, error != NULL ? error->message : NULL);
}

/* Once for all keys that one action changes. */
static gboolean
update_cb (gpointer user_data)
{
  SiambanConfigurePage *self = SIAMBAN_CONFIGURE_PAGE (user_data);

  self->update_id = 0;
  if (self->config == NULL)
    return G_SOURCE_REMOVE;

  siamban_device_view_show (self->devices, self->config);
  siamban_model_view_show (self->model, self->config);
  update_problems (self);
  show_file (self);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "configure.undo",
                                 siamban_config_history_can_undo (self->history));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "configure.redo",
                                 siamban_config_history_can_redo (self->history));

  return G_SOURCE_REMOVE;
}

static void
queue_update (SiambanConfigurePage *self)
{
  if (self->update_id == 0)
    self->update_id = g_idle_add_full (G_PRIORITY_HIGH_IDLE, update_cb, self, NULL);
}

static void
form_built_cb (SiambanConfigurePage *self)
{
  queue_update (self);
}

static void
model_built_cb (SiambanConfigurePage *self)
{
  if (self->config != NULL)
    update_problems (self);
}

static void
search_changed_cb (SiambanConfigurePage *self)
{
  siamban_key_form_set_search (self->form, gtk_editable_get_text (self->search));
}

static void
changed_only_cb (SiambanConfigurePage *self)
{
  siamban_key_form_set_changed_only (self->form, gtk_toggle_button_get_active (self->changed_only));
}

static void
config_changed_cb (SiambanConfigurePage *self)
{
  SiambanConfig *config = siamban_session_get_config (self->session);

  if (config == self->config)
    return;

  g_set_object (&self->config, config);
  if (self->history != NULL)
    g_signal_handlers_disconnect_by_data (self->history, self);
  g_clear_object (&self->history);
  self->history = siamban_config_history_new (config);
  g_signal_connect_swapped (self->history, "changed", G_CALLBACK (queue_update), self);
  siamban_key_form_set_config (self->form, config);
  queue_update (self);
}

static void
file_changed_cb (SiambanConfigurePage *self)
{
  if (self->history != NULL)
    show_file (self);
}

static void
config_read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  SiambanConfig *config = siamban_config_new_from_file (g_file_peek_path (data), &error);

  if (config != NULL)
    g_task_return_pointer (task, config, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
config_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SiambanConfigurePage *self = SIAMBAN_CONFIGURE_PAGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanConfig) config = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->session == NULL)
    return;
  if (config == NULL)
    {
      show_error (self, _ ("The configuration was not opened."), error->message,
                  _ ("Correct the file, or open another one. The form still shows the experiment "
                     "from before."));
      return;
    }

  gtk_info_bar_set_revealed (self->bar, FALSE);
  siamban_session_set_config (self->session, config);
  siamban_session_set_config_file (self->session, g_task_get_task_data (G_TASK (result)));
}

void
siamban_configure_page_open (SiambanConfigurePage *self, GFile *file)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, config_read_cb, NULL);

  g_task_set_source_tag (task, siamban_configure_page_open);
  g_task_set_task_data (task, g_object_ref (file), g_object_unref);
  g_task_run_in_thread (task, config_read_in_thread);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanConfigurePage) self = SIAMBAN_CONFIGURE_PAGE (user_data);
  GFile *file = G_FILE (source);
  g_autoptr (GError) error = NULL;
  const gboolean written = g_file_replace_contents_finish (file, result, NULL, &error);

  if (self->session == NULL)
    return;
  if (!written)
    {
      show_error (self, _ ("The configuration was not saved."), error->message,
                  _ ("Save it in another folder with Save As."));
      return;
    }

  gtk_info_bar_set_revealed (self->bar, FALSE);
  siamban_session_set_config_file (self->session, file);
  siamban_config_history_set_saved (self->history);
}

/* JSON where the name says so, else YAML. */
void
siamban_configure_page_save (SiambanConfigurePage *self, GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  char *text = g_str_has_suffix (name, ".json") ? siamban_config_to_json (self->config)
                                                : siamban_config_to_yaml (self->config);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                       written_cb, g_object_ref (self));
}

static void
open_response_cb (GtkNativeDialog *dialog, int response, SiambanConfigurePage *self)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

  if (response == GTK_RESPONSE_ACCEPT && file != NULL)
    siamban_configure_page_open (self, file);
}

static void
save_response_cb (GtkNativeDialog *dialog, int response, SiambanConfigurePage *self)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

  if (response == GTK_RESPONSE_ACCEPT && file != NULL)
    siamban_configure_page_save (self, file);
}

static void
add_filter (GtkFileChooser *chooser, const char *name, const char *const *suffixes)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  for (guint i = 0; suffixes[i] != NULL; i++)
    gtk_file_filter_add_suffix (filter, suffixes[i]);
  gtk_file_chooser_add_filter (chooser, filter);
}

static void
choose (SiambanConfigurePage *self, GtkFileChooserAction action)
{
  const gboolean saves = action == GTK_FILE_CHOOSER_ACTION_SAVE;

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (saves ? _ ("Save the Configuration")
                                                     : _ ("Open a Configuration"),
                                               GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                               action, saves ? _ ("_Save") : _ ("_Open"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  add_filter (GTK_FILE_CHOOSER (self->chooser), _ ("Configurations (YAML or JSON)"),
              (const char *const[]){ "yaml", "yml", "json", NULL });
  if (saves)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), "experiment.yaml");
  g_signal_connect_object (self->chooser, "response",
                           saves ? G_CALLBACK (save_response_cb) : G_CALLBACK (open_response_cb),
                           self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
open_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  choose (SIAMBAN_CONFIGURE_PAGE (widget), GTK_FILE_CHOOSER_ACTION_OPEN);
}

static void
save_as_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  choose (SIAMBAN_CONFIGURE_PAGE (widget), GTK_FILE_CHOOSER_ACTION_SAVE);
}

static void
save_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanConfigurePage *self = SIAMBAN_CONFIGURE_PAGE (widget);
  GFile *file = siamban_session_get_config_file (self->session);

  if (file != NULL)
    siamban_configure_page_save (self, file);
  else
    save_as_action (widget, name, parameter);
}

static void
undo_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  siamban_config_history_undo (SIAMBAN_CONFIGURE_PAGE (widget)->history);
}

static void
redo_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  siamban_config_history_redo (SIAMBAN_CONFIGURE_PAGE (widget)->history);
}

static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_grab_focus (GTK_WIDGET (SIAMBAN_CONFIGURE_PAGE (widget)->search));
}

/* Undo can take each key back. */
static void
reset_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanConfigurePage *self = SIAMBAN_CONFIGURE_PAGE (widget);
  GListModel *groups = siamban_config_get_groups (self->config);

  for (guint i = 0; i < g_list_model_get_n_items (groups); i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);
      const char *group_name = siamban_config_group_get_name (group);
      g_auto (GStrv) keys = siamban_config_group_list_keys (group);

      for (guint j = 0; keys[j] != NULL; j++)
        {
          g_autofree char *key = *group_name != '\0' ? g_strconcat (group_name, ".", keys[j], NULL)
                                                     : g_strdup (keys[j]);

          siamban_key_reset (self->config, key);
        }
    }
}

static void
show_problem_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanConfigurePage *self = SIAMBAN_CONFIGURE_PAGE (widget);

  gtk_editable_set_text (self->search, "");
  gtk_toggle_button_set_active (self->changed_only, FALSE);
  siamban_key_form_set_search (self->form, "");
  siamban_key_form_show_problem (self->form);
}

static void
siamban_configure_page_set_session (SiambanPage *page, SiambanSession *session)
{
  SiambanConfigurePage *self = SIAMBAN_CONFIGURE_PAGE (page);

  self->session = session;
  if (session == NULL)
    return;

  g_signal_connect_swapped (session, "notify::config", G_CALLBACK (config_changed_cb), self);
  g_signal_connect_swapped (session, "notify::config-file", G_CALLBACK (file_changed_cb), self);
  g_object_bind_property (session, "devices", self->devices, "devices",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  config_changed_cb (self);
}

static void
siamban_configure_page_dispose (GObject *object)
{
  SiambanConfigurePage *self = SIAMBAN_CONFIGURE_PAGE (object);

  g_clear_handle_id (&self->update_id, g_source_remove);
  if (self->history != NULL)
    g_signal_handlers_disconnect_by_data (self->history, self);
  g_clear_object (&self->history);
  g_clear_object (&self->config);
  g_clear_object (&self->chooser);
  gtk_widget_dispose_template (GTK_WIDGET (self), SIAMBAN_TYPE_CONFIGURE_PAGE);

  G_OBJECT_CLASS (siamban_configure_page_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "configure.open", NULL, open_action);
  gtk_widget_class_install_action (widget_class, "configure.save", NULL, save_action);
  gtk_widget_class_install_action (widget_class, "configure.save-as", NULL, save_as_action);
  gtk_widget_class_install_action (widget_class, "configure.undo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "configure.redo", NULL, redo_action);
  gtk_widget_class_install_action (widget_class, "configure.search", NULL, search_action);
  gtk_widget_class_install_action (widget_class, "configure.reset", NULL, reset_action);
  gtk_widget_class_install_action (widget_class, "configure.show-problem", NULL,
                                   show_problem_action);
}

/* Wherever the focus is in the window, but only while the page is shown. */
static gboolean
shortcut_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  return gtk_widget_get_mapped (widget) && gtk_widget_activate_action (widget, user_data, NULL);
}

static void
add_shortcuts (SiambanConfigurePage *self)
{
  static const struct
  {
    const char *trigger;
    const char *action;
  } shortcuts[] = {
    { "<Control>s", "configure.save" },   { "<Control><Shift>s", "configure.save-as" },
    { "<Control>z", "configure.undo" },   { "<Control><Shift>z", "configure.redo" },
    { "<Control>f", "configure.search" },
  };
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (controller),
                                     GTK_SHORTCUT_SCOPE_GLOBAL);
  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_shortcut_controller_add_shortcut (
        GTK_SHORTCUT_CONTROLLER (controller),
        gtk_shortcut_new (
            gtk_shortcut_trigger_parse_string (shortcuts[i].trigger),
            gtk_callback_action_new (shortcut_cb, (gpointer) shortcuts[i].action, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

static void
siamban_configure_page_class_init (SiambanConfigurePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = siamban_configure_page_dispose;
  SIAMBAN_PAGE_CLASS (klass)->set_session = siamban_configure_page_set_session;

  g_type_ensure (SIAMBAN_TYPE_KEY_FORM);
  g_type_ensure (SIAMBAN_TYPE_SCHEDULE_VIEW);
  g_type_ensure (SIAMBAN_TYPE_DEVICE_VIEW);
  g_type_ensure (SIAMBAN_TYPE_MODEL_VIEW);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/configure/siamban-configure-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, search);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, changed_only);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, bar);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, bar_label);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, flap);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, form);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, file_label);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, problems);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, schedule);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, devices);
  gtk_widget_class_bind_template_child (widget_class, SiambanConfigurePage, model);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_only_cb);
  gtk_widget_class_bind_template_callback (widget_class, bar_response_cb);
  install_actions (widget_class);
}

static void
siamban_configure_page_init (SiambanConfigurePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  add_shortcuts (self);
  g_signal_connect_swapped (self->form, "built", G_CALLBACK (form_built_cb), self);
  g_signal_connect_swapped (self->form, "fault-changed", G_CALLBACK (queue_update), self);
  g_signal_connect_swapped (self->model, "notify::problem", G_CALLBACK (model_built_cb), self);
}
