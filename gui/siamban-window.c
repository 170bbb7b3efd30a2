/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-window.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <stdlib.h>

#include "siamban-train-page.h"

/* One window: a start page, then the run that is shown. A run that it starts is a child process,
 * `siamban train`, which goes on when the window closes. */
struct _SiambanWindow
{
  AdwApplicationWindow parent_instance;

  AdwWindowTitle *title;
  AdwToastOverlay *toasts;
  GtkStack *stack;
  SiambanTrainPage *train_page;

  GSubprocess *child; /* the run that this window started, while it lives */
  GFile *configuration;
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (SiambanWindow, siamban_window, ADW_TYPE_APPLICATION_WINDOW)

static void
show_message (SiambanWindow *self, const char *text)
{
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (text));
}

/* Shows a chooser and hands its file to @chosen. */
static void
choose (SiambanWindow *self,
        const char *title,
        const char *accept,
        GtkFileChooserAction action,
        void (*chosen) (SiambanWindow *self, GFile *file))
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, accept, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_object_set_data (G_OBJECT (self->chooser), "chosen", (gpointer) chosen);
}

static void
response_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  SiambanWindow *self = SIAMBAN_WINDOW (user_data);
  g_autoptr (GtkFileChooserNative) chooser = g_steal_pointer (&self->chooser);
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  void (*chosen) (SiambanWindow *, GFile *) = g_object_get_data (G_OBJECT (chooser), "chosen");

  if (response == GTK_RESPONSE_ACCEPT && file != NULL)
    chosen (self, file);
}

static void
show_chooser (SiambanWindow *self)
{
  g_signal_connect (self->chooser, "response", G_CALLBACK (response_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
child_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanWindow) self = SIAMBAN_WINDOW (user_data);
  g_autoptr (GError) error = NULL;
  g_autofree char *messages = NULL;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, NULL, &messages, &error);
  g_clear_object (&self->child);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.stop", FALSE);
  if (g_subprocess_get_if_exited (G_SUBPROCESS (source)) &&
      g_subprocess_get_exit_status (G_SUBPROCESS (source)) == 0)
    show_message (self, _ ("The run has ended"));
  else
    show_message (self, messages != NULL && *messages != '\0' ? g_strchomp (messages)
                                                              : _ ("The run has failed"));
}

static void
start_run (SiambanWindow *self, GFile *folder)
{
  g_autofree char *configuration = g_file_get_path (self->configuration);
  g_autofree char *output = g_file_get_path (folder);
  g_autoptr (GError) error = NULL;

  self->child = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error, "siamban",
      "train", configuration, "--output", output, NULL);
  if (self->child == NULL)
    {
      show_message (self, error->message);
      return;
    }

  g_subprocess_communicate_utf8_async (self->child, NULL, NULL, child_ended_cb,
                                       g_object_ref (self));
  siamban_window_open_run (self, folder);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.stop", TRUE);
}

static void
configuration_chosen (SiambanWindow *self, GFile *file)
{
  g_set_object (&self->configuration, file);
  choose (self, _ ("Folder for the Run"), _ ("_Train"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
          start_run);
  gtk_file_chooser_set_create_folders (GTK_FILE_CHOOSER (self->chooser), TRUE);
  show_chooser (self);
}

static void
new_run_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanWindow *self = SIAMBAN_WINDOW (widget);
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  if (self->child != NULL)
    {
      show_message (self, _ ("A run is going on; stop it first"));
      return;
    }

  gtk_file_filter_set_name (filter, _ ("Configurations"));
  gtk_file_filter_add_suffix (filter, "yaml");
  gtk_file_filter_add_suffix (filter, "json");
  choose (self, _ ("Configuration"), _ ("_Choose"), GTK_FILE_CHOOSER_ACTION_OPEN,
          configuration_chosen);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), filter);
  show_chooser (self);
}

static void
open_run_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanWindow *self = SIAMBAN_WINDOW (widget);

  choose (self, _ ("Open a Run"), _ ("_Open"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
          siamban_window_open_run);
  show_chooser (self);
}

/* SIGINT: the run finishes its iteration and leaves a checkpoint. */
static void
stop_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanWindow *self = SIAMBAN_WINDOW (widget);

  if (self->child != NULL)
    g_subprocess_send_signal (self->child, SIGINT);
}

static void
siamban_window_dispose (GObject *object)
{
  SiambanWindow *self = SIAMBAN_WINDOW (object);

  g_clear_object (&self->chooser);
  g_clear_object (&self->configuration);
  g_clear_object (&self->child);

  G_OBJECT_CLASS (siamban_window_parent_class)->dispose (object);
}

static void
siamban_window_class_init (SiambanWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_window_dispose;

  g_type_ensure (SIAMBAN_TYPE_TRAIN_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/siamban/Siamban/siamban-window.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, title);
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanWindow, train_page);
  gtk_widget_class_install_action (widget_class, "win.new-run", NULL, new_run_action);
  gtk_widget_class_install_action (widget_class, "win.open-run", NULL, open_run_action);
  gtk_widget_class_install_action (widget_class, "win.stop", NULL, stop_action);
}

static void
siamban_window_init (SiambanWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.stop", FALSE);
}

SiambanWindow *
siamban_window_new (GtkApplication *application)
{
  return g_object_new (SIAMBAN_TYPE_WINDOW, "application", application, NULL);
}

void
siamban_window_open_run (SiambanWindow *self, GFile *folder)
{
  g_autofree char *name = g_file_get_basename (folder);

  adw_window_title_set_subtitle (self->title, name);
  siamban_train_page_follow (self->train_page, folder);
  gtk_stack_set_visible_child_name (self->stack, "train");
}
