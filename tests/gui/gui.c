/* SPDX-License-Identifier: Apache-2.0 */
#include "gui.h"

#include <glib/gstdio.h>
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>

#include "files.h"
#include "siamban-application.h"
#include "siamban-run-watch.h"

/* Machines that test are often busy with more than this. */
#define PATIENCE 5

static char *folder;
static SiambanApplication *application; /* one a process, as GTK wants it */

static void
make_home (const char *variable, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_mkdir (path, 0700);
  g_setenv (variable, path, TRUE);
}

void
gui_init (int *argc, char ***argv)
{
  g_autoptr (GError) error = NULL;

  folder = g_dir_make_tmp ("siamban-gui-XXXXXX", &error);
  g_assert_no_error (error);
  make_home ("HOME", "home");
  make_home ("XDG_CONFIG_HOME", "config");
  make_home ("XDG_DATA_HOME", "data");
  make_home ("XDG_CACHE_HOME", "cache");
  make_home ("XDG_STATE_HOME", "state");
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, SIAMBAN_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  g_test_init (argc, argv, NULL);

  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP no display\n");
      exit (0);
    }
}

const char *
gui_get_folder (void)
{
  return folder;
}

static gboolean
is_on_screen (gpointer user_data)
{
  GtkWidget *window = user_data;

  return gtk_widget_get_mapped (window) && gtk_widget_get_width (window) > 1 &&
         gtk_window_is_active (GTK_WINDOW (window));
}

/* As main() does it, but without a place on the bus. */
static void
start_application (void)
{
  g_autoptr (GError) error = NULL;

  application = siamban_application_new ();
  g_application_set_flags (G_APPLICATION (application),
                           G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE);
  g_application_register (G_APPLICATION (application), NULL, &error);
  g_assert_no_error (error);
}

SiambanWindow *
gui_open (int width, int height)
{
  GtkWindow *window;

  if (application == NULL)
    start_application ();
  g_application_activate (G_APPLICATION (application));

  window = gtk_application_get_active_window (GTK_APPLICATION (application));
  g_assert_nonnull (window);
  gtk_window_set_default_size (window, width, height);
  g_object_set (gtk_widget_get_settings (GTK_WIDGET (window)), "gtk-enable-animations", FALSE,
                NULL);
  gui_wait_for (is_on_screen, window, 10);
  gui_settle ();

  return SIAMBAN_WINDOW (window);
}

/* Nothing may keep a window that was closed. */
void
gui_close (void)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));

  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *) &window);
  gtk_window_destroy (window);
  for (guint i = 0; window != NULL && i < 100; i++)
    gui_run_for (0.02);
  g_assert_null (window);
}

static void
note_time (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

void
gui_run_for (double seconds)
{
  gboolean over = FALSE;

  g_timeout_add_once ((guint) (seconds * 1e3), note_time, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static void
drawn_cb (GdkFrameClock *clock, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static gboolean
two_frames (gpointer user_data)
{
  return *(guint *) user_data >= 2;
}

/* Layout may take a frame, and what follows from it another. */
void
gui_settle (void)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));
  GdkFrameClock *clock = window != NULL ? gtk_widget_get_frame_clock (GTK_WIDGET (window)) : NULL;
  guint n_frames = 0;
  gulong handler;

  if (clock == NULL)
    return;

  handler = g_signal_connect (clock, "after-paint", G_CALLBACK (drawn_cb), &n_frames);
  gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_PAINT);
  while (!two_frames (&n_frames))
    {
      gtk_widget_queue_draw (GTK_WIDGET (window));
      gui_run_for (0.02);
    }
  g_signal_handler_disconnect (clock, handler);
}

/* It would go on without this test. */
static void
end_run_of (SiambanWindow *window)
{
  SiambanRun *run = siamban_session_get_run (siamban_window_get_session (window));

  if (run != NULL)
    siamban_run_stop (run, NULL);
}

void
gui_wait_until (GuiCondition condition, gpointer user_data, double seconds, const char *what)
{
  const gint64 end = g_get_monotonic_time () + (gint64) (seconds * PATIENCE * G_USEC_PER_SEC);

  while (!condition (user_data))
    {
      if (g_get_monotonic_time () > end)
        {
          GtkWindow *window = application != NULL ? gtk_application_get_active_window (
                                                        GTK_APPLICATION (application))
                                                  : NULL;

          if (window != NULL)
            gui_save_picture (GTK_WIDGET (window), "failed");
          if (SIAMBAN_IS_WINDOW (window))
            end_run_of (SIAMBAN_WINDOW (window));
          g_error ("Waited %.0f s for: %s", seconds * PATIENCE, what);
        }
      gui_run_for (0.02);
    }
}

static void
end_run (const char *folder)
{
  g_autoptr (SiambanRun) run = siamban_run_new (folder, NULL);

  for (guint i = 0; run != NULL && siamban_run_is_live (run) && i < 600; i++)
    {
      /* Whoever starts does not listen yet. */
      siamban_run_stop (run, NULL);
      gui_run_for (0.2);
    }
}

void
gui_end_runs (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (siamban_run_is_run (path))
        end_run (path);
      else if (g_file_test (path, G_FILE_TEST_IS_DIR) &&
               !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        gui_end_runs (path);
    }
}

static gboolean
says (GtkWidget *widget, const char *property, const char *text)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (widget), property);
  g_autofree char *value = NULL;

  if (pspec == NULL || !G_IS_PARAM_SPEC_STRING (pspec) || !(pspec->flags & G_PARAM_READABLE))
    return FALSE;
  g_object_get (widget, property, &value, NULL);

  return g_strcmp0 (value, text) == 0;
}

static gboolean
is_called (GtkWidget *widget, const char *name)
{
  const char *const places[] = { "label", "title", "tooltip-text", "icon-name", "name" };

  if (name == NULL ||
      g_strcmp0 (gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)), name) == 0)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    if (says (widget, places[i], name))
      return TRUE;

  return FALSE;
}

GtkWidget *
gui_look_for (GtkWidget *root, GType type, const char *name)
{
  if (!gtk_widget_get_mapped (root))
    return NULL;
  if (G_TYPE_CHECK_INSTANCE_TYPE (root, type) && is_called (root, name))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = gui_look_for (child, type, name);

      if (found != NULL)
        return found;
    }

  return NULL;
}

GtkWidget *
gui_find (GtkWidget *root, GType type, const char *name)
{
  GtkWidget *widget = gui_look_for (root, type, name);

  if (widget == NULL)
    {
      gui_save_picture (GTK_WIDGET (gtk_widget_get_root (root)), "failed");
      g_error ("There is no %s “%s” on screen", g_type_name (type), name ? name : "");
    }

  return widget;
}

static GtkWidget *
look_for_window (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (window, type) && gtk_widget_get_mapped (window))
        return window;
    }

  return NULL;
}

static gboolean
has_window (gpointer user_data)
{
  return look_for_window (*(GType *) user_data) != NULL;
}

static gboolean
has_no_window (gpointer user_data)
{
  return !has_window (user_data);
}

GtkWidget *
gui_find_window (GType type)
{
  GtkWidget *window;

  gui_wait_until (has_window, &type, 10, g_type_name (type));
  window = look_for_window (type);
  gui_wait_for (is_on_screen, window, 10);
  gui_run_for (0.3);

  return window;
}

void
gui_choose_file (const char *path)
{
  GType type = GTK_TYPE_FILE_CHOOSER;

  gui_find_window (type);
  gui_type (path);
  gui_run_for (0.3);
  gui_press ("Return");
  gui_wait_for (has_no_window, &type, 10);
  gui_settle ();
}

static GdkTexture *
render (GtkWidget *widget)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  const int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autoptr (GskRenderNode) node = NULL;
  GskRenderer *renderer = gtk_native_get_renderer (gtk_widget_get_native (widget));

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (g_steal_pointer (&snapshot));
  if (node == NULL)
    return NULL;

  return gsk_renderer_render_texture (renderer, node,
                                      &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
}

void
gui_save_picture (GtkWidget *widget, const char *name)
{
  const char *pictures = g_getenv ("SIAMBAN_PICTURES");
  g_autofree char *file = g_strconcat (name, ".png", NULL);
  g_autofree char *path = g_build_filename (pictures, file, NULL);
  g_autoptr (GdkTexture) texture = NULL;

  if (pictures == NULL)
    return;

  g_mkdir_with_parents (pictures, 0777);
  /* What changed since it was last drawn has no picture yet. */
  for (guint i = 0; texture == NULL && i < 50; i++)
    {
      gui_settle ();
      texture = render (widget);
    }
  g_assert_nonnull (texture);
  g_assert_true (gdk_texture_save_to_png (texture, path));
  g_test_message ("%s", path);
}

const char *
gui_get_toast (SiambanWindow *window)
{
  GtkWidget *overlay = gui_find (GTK_WIDGET (window), ADW_TYPE_TOAST_OVERLAY, NULL);
  GtkWidget *toast = gtk_widget_get_last_child (overlay);
  GtkWidget *label = toast != NULL && gtk_widget_get_mapped (toast)
                         ? gui_look_for (toast, GTK_TYPE_LABEL, NULL)
                         : NULL;

  return label != NULL && !g_str_equal (G_OBJECT_TYPE_NAME (toast), "GtkStack")
             ? gtk_label_get_text (GTK_LABEL (label))
             : NULL;
}

static gboolean
is_at (gpointer user_data)
{
  GtkFileChooser *chooser = GTK_FILE_CHOOSER (look_for_window (GTK_TYPE_FILE_CHOOSER));
  g_autoptr (GFile) at = gtk_file_chooser_get_file (chooser);

  return at != NULL && g_file_equal (at, user_data);
}

void
gui_save_as (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GType type = GTK_TYPE_FILE_CHOOSER;
  GtkWidget *chooser = gui_find_window (type);

  /* As if it was typed: a whole path is taken as it is. */
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), path);
  gui_wait_for (is_at, file, 5);
  gui_run_for (0.3);
  gui_press ("Return");
  gui_wait_for (has_no_window, &type, 10);
}
