/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-window.h"

#include <glib/gi18n.h>
#include <string.h>

#include "siamban-configure-page.h"
#include "siamban-data-page.h"
#include "siamban-inspect-page.h"
#include "siamban-run-launcher.h"
#include "siamban-run-watch.h"
#include "siamban-settings.h"
#include "siamban-start-page.h"
#include "siamban-track-page.h"
#include "siamban-track-worker.h"
#include "siamban-train-page.h"

/* A start page, then the pages of the work, which share a session. They speak to the window through
 * its actions only. */
struct _SiambanWindow
{
  AdwApplicationWindow parent_instance;

  AdwViewSwitcherTitle *switcher_title;
  AdwViewSwitcherBar *switcher_bar;
  GtkWidget *start_button;
  AdwToastOverlay *toasts;
  GtkStack *stack;
  SiambanStartPage *start_page;
  AdwViewStack *views;

  SiambanSession *session;
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (SiambanWindow, siamban_window, ADW_TYPE_APPLICATION_WINDOW)

/* In the order of the work. A page has a property `session`. */
static const struct
{
  const char *name;
  const char *title;
  const char *icon_name;
  GType (*get_type) (void);
} pages[] = {
  { "data", N_ ("Data"), "folder-symbolic", siamban_data_page_get_type },
  { "inspect", N_ ("Inspect"), "edit-find-symbolic", siamban_inspect_page_get_type },
  { "configure", N_ ("Configure"), "preferences-other-symbolic", siamban_configure_page_get_type },
  { "train", N_ ("Train"), "siamban-curve-symbolic", siamban_train_page_get_type },
  { "track", N_ ("Track"), "find-location-symbolic", siamban_track_page_get_type },
};

static void
show_message (SiambanWindow *self, const char *text)
{
  AdwToast *toast = adw_toast_new ("");
  /* A toast's title is markup. */
  g_autofree char *title = g_markup_escape_text (text, -1);

  adw_toast_set_title (toast, title);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
show_page (SiambanWindow *self, const char *name)
{
  const gboolean is_start = g_str_equal (name, "start");

  if (!is_start)
    {
      if (siamban_window_get_page (self, name) == NULL)
        return;
      adw_view_stack_set_visible_child_name (self->views, name);
    }
  gtk_stack_set_visible_child_name (self->stack, is_start ? "start" : "views");
  adw_view_switcher_title_set_view_switcher_enabled (self->switcher_title, !is_start);
  gtk_widget_set_visible (GTK_WIDGET (self->switcher_bar), !is_start);
  gtk_widget_set_visible (self->start_button, !is_start);
}

/* Where an experiment is looked at. */
static void
show_first_page (SiambanWindow *self)
{
  show_page (self, siamban_window_get_page (self, "configure") != NULL ? "configure" : "train");
}

static void
toast_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  show_message (SIAMBAN_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
show_page_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  show_page (SIAMBAN_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
new_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanWindow *self = SIAMBAN_WINDOW (widget);
  g_autoptr (SiambanConfig) config = siamban_config_new ();

  siamban_session_set_config (self->session, config);
  siamban_session_set_config_file (self->session, NULL);
  show_first_page (self);
}

static void
response_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  SiambanWindow *self = SIAMBAN_WINDOW (user_data);
  g_autoptr (GtkFileChooserNative) chooser = g_steal_pointer (&self->chooser);
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));

  if (response == GTK_RESPONSE_ACCEPT && file != NULL)
    siamban_window_open (self, file);
}

static GtkFileChooser *
make_chooser (SiambanWindow *self, const char *title, GtkFileChooserAction action)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, _ ("_Open"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect (self->chooser, "response", G_CALLBACK (response_cb), self);

  return GTK_FILE_CHOOSER (self->chooser);
}

static void
open_config_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanWindow *self = SIAMBAN_WINDOW (widget);
  GtkFileChooser *chooser = make_chooser (self, _ ("Open an Experiment"),
                                          GTK_FILE_CHOOSER_ACTION_OPEN);
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("Configurations"));
  gtk_file_filter_add_suffix (filter, "yaml");
  gtk_file_filter_add_suffix (filter, "yml");
  gtk_file_filter_add_suffix (filter, "json");
  gtk_file_chooser_add_filter (chooser, filter);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
open_run_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanWindow *self = SIAMBAN_WINDOW (widget);

  make_chooser (self, _ ("Open a Run"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
open_path_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GFile) file = g_file_new_for_path (g_variant_get_string (parameter, NULL));

  siamban_window_open (SIAMBAN_WINDOW (widget), file);
}

static void
run_changed_cb (SiambanSession *session, GParamSpec *pspec, gpointer user_data)
{
  SiambanWindow *self = SIAMBAN_WINDOW (user_data);
  SiambanRun *run = siamban_session_get_run (session);
  g_autofree char *name = NULL;
  g_autofree char *title = NULL;

  if (run != NULL)
    {
      name = g_path_get_basename (siamban_run_get_directory (run));
      title = g_strdup_printf ("%s — SiamBAN", name);
    }
  adw_view_switcher_title_set_subtitle (self->switcher_title, name);
  /* Which of them it is, in a list of windows. */
  gtk_window_set_title (GTK_WINDOW (self), title != NULL ? title : "SiamBAN");
}

static void
fullscreen_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GtkWindow *window = GTK_WINDOW (widget);

  if (gtk_window_is_fullscreen (window))
    gtk_window_unfullscreen (window);
  else
    gtk_window_fullscreen (window);
}

/* A run that was left at work is shown again. */
static void
last_run_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanWindow) self = SIAMBAN_WINDOW (user_data);
  /* One that is gone is no news. */
  g_autoptr (SiambanRun) run = siamban_run_open_finish (result, NULL);

  if (self->session == NULL || run == NULL || !siamban_run_is_live (run) ||
      siamban_session_get_run (self->session) != NULL)
    return;

  siamban_session_set_run (self->session, run);
  show_page (self, "train");
}

static void
attach_again (SiambanWindow *self)
{
  g_auto (GStrv) runs = siamban_settings_list_recent ("recent-runs");

  if (runs[0] != NULL)
    siamban_run_open_async (runs[0], NULL, last_run_cb, g_object_ref (self));
}

static void
destroy_cb (gpointer user_data)
{
  g_autoptr (GtkWindow) window = user_data;

  gtk_window_destroy (window);
}

static void
close_response_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  if (g_str_equal (response, "close"))
    {
      siamban_settings_set_flag ("told-runs-go-on");
      /* After the dialog, which still needs its parent. */
      g_idle_add_once (destroy_cb, g_object_ref (user_data));
    }
}

static void
tell_run_goes_on (SiambanWindow *self)
{
  GtkWidget *dialog = adw_message_dialog_new (
      GTK_WINDOW (self), _ ("The Training Goes On"),
      _ ("It does not need this window. Open SiamBAN again to watch it, to pause or to stop it."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "close",
                                    _ ("C_lose Window"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "close");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (close_response_cb), self);
  gtk_window_present (GTK_WINDOW (dialog));
}

static gboolean
siamban_window_close_request (GtkWindow *window)
{
  SiambanWindow *self = SIAMBAN_WINDOW (window);
  SiambanRun *run = siamban_session_get_run (self->session);
  GSettings *settings = siamban_settings_get ();

  if (settings != NULL)
    {
      int width, height;

      gtk_window_get_default_size (window, &width, &height);
      g_settings_set_int (settings, "window-width", width);
      g_settings_set_int (settings, "window-height", height);
      g_settings_set_boolean (settings, "window-maximized", gtk_window_is_maximized (window));
    }
  if (run != NULL && siamban_run_is_live (run) && !siamban_settings_get_flag ("told-runs-go-on"))
    {
      tell_run_goes_on (self);
      return TRUE;
    }

  return GTK_WINDOW_CLASS (siamban_window_parent_class)->close_request (window);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, gpointer user_data)
{
  const GSList *files = g_value_get_boxed (value);

  if (files == NULL)
    return FALSE;
  siamban_window_open (SIAMBAN_WINDOW (user_data), files->data);

  return TRUE;
}

static void
accept_files (SiambanWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

static void
restore_size (SiambanWindow *self)
{
  GSettings *settings = siamban_settings_get ();

  if (settings == NULL)
    return;

  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
}

static void
add_pages (SiambanWindow *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    adw_view_stack_add_titled_with_icon (
        self->views, g_object_new (pages[i].get_type (), "session", self->session, NULL),
        pages[i].name, _ (pages[i].title), pages[i].icon_name);
}

static void
siamban_window_dispose (GObject *object)
{
  SiambanWindow *self = SIAMBAN_WINDOW (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  g_clear_object (&self->chooser);

  G_OBJECT_CLASS (siamban_window_parent_class)->dispose (object);
}

static void
siamban_window_class_init (SiambanWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = siamban_window_close_request;

  g_type_ensure (SIAMBAN_TYPE_START_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/siamban/Siamban/siamban-window.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, switcher_title);
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, switcher_bar);
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, start_button);
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, start_page);
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, views);
  gtk_widget_class_install_action (widget_class, "win.toast", "s", toast_action);
  gtk_widget_class_install_action (widget_class, "win.show-page", "s", show_page_action);
  gtk_widget_class_install_action (widget_class, "win.new", NULL, new_action);
  gtk_widget_class_install_action (widget_class, "win.open-config", NULL, open_config_action);
  gtk_widget_class_install_action (widget_class, "win.open-run", NULL, open_run_action);
  gtk_widget_class_install_action (widget_class, "win.open-path", "s", open_path_action);
  gtk_widget_class_install_action (widget_class, "win.fullscreen", NULL, fullscreen_action);
}

static void
siamban_window_init (SiambanWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->session = siamban_session_new ();
  g_signal_connect (self->session, "notify::run", G_CALLBACK (run_changed_cb), self);
  g_object_set (self->start_page, "session", self->session, NULL);
  add_pages (self);
  show_page (self, "start");
  restore_size (self);
  accept_files (self);
  attach_again (self);
}

SiambanWindow *
siamban_window_new (GtkApplication *application)
{
  return g_object_new (SIAMBAN_TYPE_WINDOW, "application", application, NULL);
}

SiambanSession *
siamban_window_get_session (SiambanWindow *self)
{
  return self->session;
}

GtkWidget *
siamban_window_get_page (SiambanWindow *self, const char *name)
{
  if (g_str_equal (name, "start"))
    return GTK_WIDGET (self->start_page);

  return adw_view_stack_get_child_by_name (self->views, name);
}

static void
run_opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanWindow) self = SIAMBAN_WINDOW (user_data);
  g_autoptr (GError) error = NULL;
  const gboolean opened = siamban_run_launcher_open_finish (result, &error);

  if (self->session == NULL)
    return; /* closed meanwhile */
  if (opened)
    show_page (self, "train");
  else
    show_message (self, error->message);
}

static void
open_config (SiambanWindow *self, GFile *file)
{
  g_autoptr (GError) error = NULL;

  if (!siamban_session_load_config (self->session, file, &error))
    {
      show_message (self, error->message);
      return;
    }

  siamban_settings_add_recent ("recent-experiments", g_file_peek_path (file));
  show_first_page (self);
}

/* Crops with their annotations become the data of the experiment. */
static void
open_data (SiambanWindow *self, const char *folder, const char *annotations)
{
  g_autoptr (SiambanConfig)
      config = siamban_config_copy (siamban_session_get_config (self->session));
  g_autoptr (GString) root = g_string_new (folder);
  g_autoptr (GString) anno = g_string_new (annotations);
  g_autofree char *yaml = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_string_replace (root, "'", "''", 0);
  g_string_replace (anno, "'", "''", 0);
  yaml = g_strdup_printf ("DATASET: {NAMES: [OWN], OWN: {ROOT: '%s', ANNO: '%s'}}\n", root->str,
                          anno->str);
  bytes = g_bytes_new (yaml, strlen (yaml));
  if (!siamban_config_load_bytes (config, bytes, folder, &error))
    {
      show_message (self, error->message);
      return;
    }

  siamban_session_set_config (self->session, config);
  siamban_settings_add_recent ("recent-datasets", folder);
  show_page (self, "inspect");
}

static void
open_folder (SiambanWindow *self, const char *path)
{
  g_autofree char *inside = g_build_filename (path, "train.json", NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *beside = g_build_filename (parent, "train.json", NULL);
  g_autofree char *text = NULL;

  if (siamban_run_is_run (path))
    siamban_run_launcher_open (self->session, path, run_opened_cb, g_object_ref (self));
  else if (g_file_test (inside, G_FILE_TEST_IS_REGULAR))
    open_data (self, path, inside);
  else if (g_file_test (beside, G_FILE_TEST_IS_REGULAR))
    open_data (self, path, beside);
  else
    {
      text = g_strdup_printf (_ ("“%s” is neither a run nor prepared data: it has no events.jsonl "
                                 "and no train.json"),
                              path);
      show_message (self, text);
    }
}

static gboolean
ends_with (const char *path, const char *const *suffixes)
{
  for (; *suffixes != NULL; suffixes++)
    if (g_str_has_suffix (path, *suffixes))
      return TRUE;

  return FALSE;
}

/* A video and weights are for the page that tracks. */
static void
open_file (SiambanWindow *self, GFile *file, const char *path)
{
  static const char *const experiments[] = { ".yaml", ".yml", ".json", NULL };
  static const char *const weights[] = { ".pth", ".pth.tar", ".model", ".safetensors", NULL };
  SiambanTrackPage *track = SIAMBAN_TRACK_PAGE (siamban_window_get_page (self, "track"));
  g_autofree char *text = NULL;

  if (ends_with (path, experiments))
    open_config (self, file);
  else if (ends_with (path, weights))
    {
      show_page (self, "track");
      siamban_track_page_load (track, file);
    }
  else if (siamban_track_worker_is_video (path))
    {
      show_page (self, "track");
      siamban_track_page_open (track, file);
    }
  else
    {
      text = g_strdup_printf (_ ("“%s” is no experiment (.yaml, .json), no checkpoint (.pth, "
                                 ".safetensors) and no video"),
                              path);
      show_message (self, text);
    }
}

void
siamban_window_open (SiambanWindow *self, GFile *file)
{
  const char *path = g_file_peek_path (file);

  if (path == NULL)
    show_message (self, _ ("Only files of this computer can be opened"));
  else if (g_file_test (path, G_FILE_TEST_IS_DIR))
    open_folder (self, path);
  else
    open_file (self, file, path);
}
