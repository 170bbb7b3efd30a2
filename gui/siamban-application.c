/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-application.h"

#include <glib/gi18n.h>

#include "siamban-resources.h"
#include "siamban-window.h"
#include "siamban.h"

struct _SiambanApplication
{
  AdwApplication parent_instance;
};

G_DEFINE_FINAL_TYPE (SiambanApplication, siamban_application, ADW_TYPE_APPLICATION)

static SiambanWindow *
window_of (GApplication *application)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));

  return window != NULL ? SIAMBAN_WINDOW (window)
                        : siamban_window_new (GTK_APPLICATION (application));
}

static void
siamban_application_activate (GApplication *application)
{
  gtk_window_present (GTK_WINDOW (window_of (application)));
}

/* Each argument is a run or an experiment; one window shows the last. */
static void
siamban_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  SiambanWindow *window = window_of (application);

  gtk_window_present (GTK_WINDOW (window));
  siamban_window_open (window, files[n_files - 1]);
}

static void
about_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkApplication *application = GTK_APPLICATION (user_data);

  adw_show_about_window (
      gtk_application_get_active_window (application), "application-name", "SiamBAN",
      "application-icon", SIAMBAN_APPLICATION_ID, "version", SIAMBAN_VERSION, "developer-name",
      _ ("The SiamBAN for GObject developers"), "license-type", GTK_LICENSE_APACHE_2_0, "website",
      "https://github.com/siamban/Siamban", "translator-credits", _ ("translator-credits"),
      "comments", _ ("Train and watch visual trackers"), NULL);
}

/* From a notification. */
static void
show_run_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autoptr (GFile) folder = g_file_new_for_path (g_variant_get_string (parameter, NULL));
  SiambanWindow *window = window_of (G_APPLICATION (user_data));

  gtk_window_present (GTK_WINDOW (window));
  siamban_window_open (window, folder);
}

static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (user_data));

  /* A window may have something to say first; the application ends with the last one. */
  if (window != NULL)
    gtk_window_close (window);
  else
    g_application_quit (G_APPLICATION (user_data));
}

/* Pages have further ones of their own. */
static const struct
{
  const char *action;
  const char *keys[3];
} shortcuts[] = {
  { "app.quit", { "<Control>q" } },
  { "window.close", { "<Control>w" } },
  { "win.new", { "<Control>n" } },
  { "win.open-run", { "<Control>o" } },
  { "win.open-config", { "<Control><Shift>o" } },
  { "win.show-help-overlay", { "<Control>question", "<Control>slash" } },
  { "win.show-page('data')", { "<Alt>1" } },
  { "win.show-page('inspect')", { "<Alt>2" } },
  { "win.show-page('configure')", { "<Alt>3" } },
  { "win.show-page('train')", { "<Alt>4" } },
  { "win.show-page('track')", { "<Alt>5" } },
  { "train.go", { "<Control>r" } },
  { "train.toggle-pause", { "<Control>p" } },
  { "train.stop", { "<Control>period" } },
  { "win.fullscreen", { "F11" } },
  { "win.show-page('start')", { "<Alt>Home" } },
};

static void
siamban_application_startup (GApplication *application)
{
  static const GActionEntry actions[] = {
    { "about", about_cb },
    { "quit", quit_cb },
    { "show-run", show_run_cb, "s" },
  };

  G_APPLICATION_CLASS (siamban_application_parent_class)->startup (application);

  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   application);
  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (application), shortcuts[i].action,
                                           shortcuts[i].keys);
}

static void
siamban_application_class_init (SiambanApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->activate = siamban_application_activate;
  application_class->open = siamban_application_open;
  application_class->startup = siamban_application_startup;
}

static void
siamban_application_init (SiambanApplication *self)
{
}

SiambanApplication *
siamban_application_new (void)
{
  g_resources_register (siamban_app_get_resource ());

  return g_object_new (SIAMBAN_TYPE_APPLICATION, "application-id", SIAMBAN_APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, NULL);
}
