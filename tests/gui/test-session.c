/* SPDX-License-Identifier: Apache-2.0 */

/* The program itself on a session bus: one instance, notifications, and runs that outlive it. */
#include <X11/Xlib.h>
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

#define PATIENCE_SECONDS 120
#define APPLICATION_ID "io.github.siamban.Siamban"
#define APPLICATION_PATH "/io/github/siamban/Siamban"

/* The service that shows the desktop's notifications; here it only remembers them. */
static const char interface[] =
    "<node><interface name='org.gtk.Notifications'>"
    "<method name='AddNotification'><arg type='s' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='a{sv}' direction='in'/></method>"
    "<method name='RemoveNotification'><arg type='s' direction='in'/><arg type='s' direction='in'/>"
    "</method></interface></node>";

static char *display; /* GTestDBus takes the variable away */

typedef struct
{
  RunFixture run;
  GTestDBus *bus;
  GDBusConnection *connection;
  GHashTable *notifications; /* title, by id */
  char *folder;              /* of the run that is watched */
  SiambanRun *watched;
} Fixture;

static void
call_cb (GDBusConnection *connection,
         const char *sender,
         const char *path,
         const char *interface_name,
         const char *method,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  Fixture *fixture = user_data;
  const char *id, *title;
  g_autoptr (GVariant) details = NULL;

  if (g_str_equal (method, "AddNotification"))
    {
      g_variant_get (parameters, "(&s&s@a{sv})", NULL, &id, &details);
      g_assert_true (g_variant_lookup (details, "title", "&s", &title));
      g_hash_table_replace (fixture->notifications, g_strdup (id), g_strdup (title));
    }
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
name_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
offer_notifications (Fixture *fixture)
{
  static const GDBusInterfaceVTable table = { .method_call = call_cb };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (interface, NULL);
  gboolean owned = FALSE;

  g_assert_cmpuint (
      g_dbus_connection_register_object (fixture->connection, "/org/gtk/Notifications",
                                         node->interfaces[0], &table, fixture, NULL, NULL),
      >, 0);
  g_bus_own_name_on_connection (fixture->connection, "org.gtk.Notifications",
                                G_BUS_NAME_OWNER_FLAGS_NONE, name_cb, NULL, &owned, NULL);
  while (!owned)
    g_main_context_iteration (NULL, TRUE);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *config = NULL;
  g_autoptr (GError) error = NULL;

  run_set_up (&fixture->run, NULL);
  config = g_build_filename (fixture->run.folder, "settings", NULL);
  g_setenv ("XDG_CONFIG_HOME", config, TRUE);
  /* What one instance remembers, the next knows. */
  g_setenv ("GSETTINGS_BACKEND", "keyfile", TRUE);
  fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (fixture->bus);
  g_setenv ("DISPLAY", display, TRUE);
  fixture->connection = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (fixture->bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, &error);
  g_assert_no_error (error);
  fixture->notifications = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  offer_notifications (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->watched != NULL)
    (void) siamban_run_stop (fixture->watched, NULL);
  g_clear_object (&fixture->watched);
  g_dbus_connection_close_sync (fixture->connection, NULL, NULL);
  g_clear_object (&fixture->connection);
  g_test_dbus_down (fixture->bus);
  g_clear_object (&fixture->bus);
  g_hash_table_unref (fixture->notifications);
  g_free (fixture->folder);
  run_tear_down (&fixture->run, NULL);
}

typedef gboolean (*Condition) (Fixture *fixture);

static gboolean
wake_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_until (Fixture *fixture, Condition condition, const char *what)
{
  const gint64 end = g_get_monotonic_time () + PATIENCE_SECONDS * G_USEC_PER_SEC;
  const guint waker = g_timeout_add (50, wake_cb, NULL);

  while (!condition (fixture))
    {
      if (g_get_monotonic_time () > end)
        g_error ("Waited too long for: %s", what);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (waker);
}
#define WAIT(fixture, condition) wait_until (fixture, condition, #condition)

/* The unique name of the instance that is there, or NULL. */
static char *
get_owner (Fixture *fixture)
{
  g_autoptr (GVariant) reply = NULL;
  char *owner = NULL;

  reply = g_dbus_connection_call_sync (
      fixture->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetNameOwner", g_variant_new ("(s)", APPLICATION_ID), G_VARIANT_TYPE ("(s)"),
      G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  if (reply != NULL)
    g_variant_get (reply, "(s)", &owner);

  return owner;
}

static gboolean
is_there (Fixture *fixture)
{
  g_autofree char *owner = get_owner (fixture);

  return owner != NULL;
}

static gboolean
is_gone (Fixture *fixture)
{
  return !is_there (fixture);
}

static gboolean
is_remembered (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (g_getenv ("XDG_CONFIG_HOME"), "glib-2.0", "settings",
                                            "keyfile", NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && strstr (text, fixture->folder) != NULL;
}

static gboolean
is_called (Display *x, Window window, const char *name)
{
  unsigned char *title = NULL;
  unsigned long n, n_left;
  gboolean result;
  Atom type;
  int format;

  if (XGetWindowProperty (x, window, XInternAtom (x, "_NET_WM_NAME", False), 0, 256, False,
                          XInternAtom (x, "UTF8_STRING", False), &type, &format, &n, &n_left,
                          &title) != Success ||
      title == NULL)
    return FALSE;
  result = g_str_has_prefix ((const char *) title, name);
  XFree (title);

  return result;
}

/* Whether a window is called after the run. */
static gboolean
is_shown (Fixture *fixture)
{
  g_autofree char *name = g_path_get_basename (fixture->folder);
  Display *x = XOpenDisplay (NULL);
  Window root, parent, *windows = NULL;
  unsigned int n = 0;
  gboolean found = FALSE;

  g_assert_nonnull (x);
  XQueryTree (x, DefaultRootWindow (x), &root, &parent, &windows, &n);
  for (unsigned int i = 0; i < n && !found; i++)
    found = is_called (x, windows[i], name);
  if (windows != NULL)
    XFree (windows);
  XCloseDisplay (x);

  return found;
}

static gboolean
works (Fixture *fixture)
{
  return siamban_run_get_state (fixture->watched) == SIAMBAN_RUN_RUNNING;
}

static gboolean
waits (Fixture *fixture)
{
  return siamban_run_get_state (fixture->watched) == SIAMBAN_RUN_PAUSED;
}

static gboolean
is_notified (Fixture *fixture)
{
  return g_hash_table_contains (fixture->notifications, fixture->folder);
}

/* A training of its own process, that waits. */
static void
begin_run (Fixture *fixture, const char *name, const char *epochs)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fixture->folder, g_free);
  g_clear_object (&fixture->watched);
  fixture->folder = g_build_filename (fixture->run.folder, name, NULL);
  run_set (fixture->run.config, epochs);
  fixture->watched = siamban_run_launch (fixture->folder, fixture->run.config, NULL, NULL, &error);
  g_assert_no_error (error);
  WAIT (fixture, works);
  siamban_run_pause (fixture->watched, &error);
  g_assert_no_error (error);
  WAIT (fixture, waits);
}

static GSubprocess *
start_application (const char *folder)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, g_getenv ("SIAMBAN_APP"), folder,
                              NULL);
  g_assert_no_error (error);

  return process;
}

/* Another window has the keyboard: the user looks elsewhere. */
static void
look_away (void)
{
  Display *x = XOpenDisplay (NULL);
  Window other;

  g_assert_nonnull (x);
  other = XCreateSimpleWindow (x, DefaultRootWindow (x), 1500, 900, 10, 10, 0, 0, 0);
  XMapRaised (x, other);
  XSync (x, False);
  g_usleep (G_USEC_PER_SEC / 5);
  XSetInputFocus (x, other, RevertToNone, CurrentTime);
  XSync (x, False);
  /* The window stays for as long as the process, and with it the focus. */
}

static void
activate (Fixture *fixture, const char *action, const char *target)
{
  GVariantBuilder parameters;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  g_variant_builder_init (&parameters, G_VARIANT_TYPE ("av"));
  if (target != NULL)
    g_variant_builder_add (&parameters, "v", g_variant_new_string (target));
  reply = g_dbus_connection_call_sync (
      fixture->connection, APPLICATION_ID, APPLICATION_PATH, "org.freedesktop.Application",
      "ActivateAction",
      g_variant_new ("(sav@a{sv})", action, &parameters,
                     g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0)),
      NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

static void
assert_told (Fixture *fixture, const char *title)
{
  WAIT (fixture, is_notified);
  g_assert_cmpstr (g_hash_table_lookup (fixture->notifications, fixture->folder), ==, title);
}

/* A second start hands its folder to the instance that is there, and ends; what becomes of the run is
 * told while nobody looks; and a notification leads back to it. */
static void
test_one_instance (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocess) first = start_application (fixture->run.folder);
  g_autoptr (GSubprocess) second = NULL;
  g_autofree char *owner = NULL;
  g_autofree char *owner_after = NULL;
  g_autoptr (GError) error = NULL;

  WAIT (fixture, is_there);
  owner = get_owner (fixture);
  begin_run (fixture, "finishing", "TRAIN.EPOCH=4");
  second = start_application (fixture->folder);
  g_assert_true (g_subprocess_wait_check (second, NULL, &error));
  g_assert_no_error (error);
  owner_after = get_owner (fixture);
  g_assert_cmpstr (owner, ==, owner_after);
  WAIT (fixture, is_shown);

  look_away ();
  siamban_run_resume (fixture->watched, &error);
  g_assert_no_error (error);
  assert_told (fixture, "Training Finished");

  activate (fixture, "show-run", fixture->folder);
  activate (fixture, "quit", NULL);
  g_assert_true (g_subprocess_wait_check (first, NULL, &error));
  g_assert_no_error (error);
}

/* The training does not notice that the application is killed; the next one shows it again without
 * being asked, and tells when the training is killed, too. */
static void
test_killed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocess) first = NULL;
  g_autoptr (GSubprocess) second = NULL;
  g_autoptr (GError) error = NULL;

  begin_run (fixture, "long", "TRAIN.EPOCH=4000");
  first = start_application (fixture->folder);
  WAIT (fixture, is_remembered);
  g_subprocess_force_exit (first);
  g_subprocess_wait (first, NULL, NULL);
  WAIT (fixture, is_gone);

  siamban_run_resume (fixture->watched, &error);
  g_assert_no_error (error);
  WAIT (fixture, works);

  second = start_application (NULL);
  WAIT (fixture, is_shown);
  look_away ();
  kill (run_read_pid (fixture->folder), SIGKILL);
  assert_told (fixture, "Training Interrupted");

  activate (fixture, "quit", NULL);
  g_assert_true (g_subprocess_wait_check (second, NULL, &error));
  g_assert_no_error (error);
}

static gboolean
is_interrupted (Fixture *fixture)
{
  return g_strcmp0 (g_hash_table_lookup (fixture->notifications, fixture->folder),
                    "Training Interrupted") == 0;
}

/* Settings that an instance finds. */
static void
set_patience (const char *seconds)
{
  g_autofree char *folder = g_build_filename (g_getenv ("XDG_CONFIG_HOME"), "glib-2.0", "settings",
                                              NULL);
  g_autofree char *path = g_build_filename (folder, "keyfile", NULL);
  g_autofree char *text = g_strdup_printf ("[io/github/siamban/Siamban]\nstall-seconds=uint32 %s\n",
                                           seconds);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

/* A training that is there, but tells nothing any more, is told of, too. */
static void
test_stalled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocess) application = NULL;
  g_autoptr (GError) error = NULL;

  set_patience ("1");
  begin_run (fixture, "hanging", "TRAIN.EPOCH=4000");
  application = start_application (fixture->folder);
  WAIT (fixture, is_shown);
  look_away ();
  siamban_run_resume (fixture->watched, &error);
  g_assert_no_error (error);
  WAIT (fixture, works);
  kill (run_read_pid (fixture->folder), SIGSTOP);
  assert_told (fixture, "Training Stalled");

  /* An instance that ends beside a training that goes on asks first. */
  kill (run_read_pid (fixture->folder), SIGKILL);
  WAIT (fixture, is_interrupted);
  activate (fixture, "quit", NULL);
  g_assert_true (g_subprocess_wait_check (application, NULL, &error));
  g_assert_no_error (error);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  display = g_strdup (g_getenv ("DISPLAY"));
  if (display == NULL || g_find_program_in_path ("dbus-daemon") == NULL)
    {
      g_print ("1..0 # SKIP no display or no dbus-daemon\n");
      return 0;
    }

  g_test_add ("/session/one-instance", Fixture, NULL, set_up, test_one_instance, tear_down);
  g_test_add ("/session/killed", Fixture, NULL, set_up, test_killed, tear_down);
  g_test_add ("/session/stalled", Fixture, NULL, set_up, test_stalled, tear_down);

  return g_test_run ();
}
