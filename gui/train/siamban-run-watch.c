/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-watch.h"

#include <glib/gi18n.h>

#include "siamban-settings.h"

#define CHECK_SECONDS 5
/* A run tells of iterations once a second; the first one, and those after a checkpoint or a
 * validation, take longer than others. Where no settings are installed: */
#define PATIENCE_SECONDS 120
#define PATIENCE_ITERATIONS 20

struct _SiambanRunWatch
{
  GObject parent_instance;

  GtkApplication *application;
  SiambanRun *run;
  gint64 heard; /* when the run told something, monotonic time */
  gboolean stalled;
  guint check_id;
  guint inhibition;
};

G_DEFINE_FINAL_TYPE (SiambanRunWatch, siamban_run_watch, G_TYPE_OBJECT)

enum
{
  PROP_STALLED = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

gboolean
siamban_run_is_live (SiambanRun *run)
{
  const SiambanRunState state = siamban_run_get_state (run);

  return state == SIAMBAN_RUN_STARTING || state == SIAMBAN_RUN_RUNNING ||
         state == SIAMBAN_RUN_PAUSED;
}

static void
set_stalled (SiambanRunWatch *self, gboolean stalled)
{
  if (self->stalled == stalled)
    return;

  self->stalled = stalled;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STALLED]);
}

static gboolean
is_looked_at (SiambanRunWatch *self)
{
  GtkWindow *window = gtk_application_get_active_window (self->application);

  return window != NULL && gtk_window_is_active (window);
}

static void
tell (SiambanRunWatch *self, const char *title, const char *body, GNotificationPriority priority)
{
  const char *directory = siamban_run_get_directory (self->run);
  g_autoptr (GNotification) notification = g_notification_new (title);
  g_autofree char *name = g_path_get_basename (directory);
  g_autofree char *text = g_strdup_printf ("%s: %s", name, body);

  /* Without a session bus there is no desktop to notify. */
  if (self->application == NULL || is_looked_at (self) ||
      g_application_get_dbus_connection (G_APPLICATION (self->application)) == NULL)
    return;

  g_notification_set_body (notification, text);
  g_notification_set_priority (notification, priority);
  g_notification_set_default_action_and_target (notification, "app.show-run", "s", directory);
  g_application_send_notification (G_APPLICATION (self->application), directory, notification);
}

static void
tell_end (SiambanRunWatch *self)
{
  const char *reason = siamban_run_get_reason (self->run);

  switch (siamban_run_get_state (self->run))
    {
    case SIAMBAN_RUN_FINISHED:
      tell (self, _ ("Training Finished"), _ ("trained to its end"),
            G_NOTIFICATION_PRIORITY_NORMAL);
      break;
    case SIAMBAN_RUN_FAILED:
      tell (self, _ ("Training Failed"), reason != NULL ? reason : _ ("the log tells why"),
            G_NOTIFICATION_PRIORITY_HIGH);
      break;
    case SIAMBAN_RUN_INTERRUPTED:
      tell (self, _ ("Training Interrupted"), _ ("its process is gone; it can go on"),
            G_NOTIFICATION_PRIORITY_HIGH);
      break;
    default:
      break;
    }
}

static void
update_inhibition (SiambanRunWatch *self)
{
  const gboolean works = siamban_run_get_state (self->run) == SIAMBAN_RUN_RUNNING;

  if (self->application == NULL)
    return;

  if (works && self->inhibition == 0)
    self->inhibition = gtk_application_inhibit (
        self->application, NULL, GTK_APPLICATION_INHIBIT_SUSPEND, _ ("A training is at work"));
  if (!works && self->inhibition != 0)
    {
      gtk_application_uninhibit (self->application, self->inhibition);
      self->inhibition = 0;
    }
}

static void
state_changed_cb (SiambanRunWatch *self)
{
  self->heard = g_get_monotonic_time ();
  set_stalled (self, FALSE);
  update_inhibition (self);
  tell_end (self);
}

static void
iteration_cb (SiambanRunWatch *self)
{
  self->heard = g_get_monotonic_time ();
  set_stalled (self, FALSE);
}

static double
get_patience (SiambanRunWatch *self)
{
  const guint n = siamban_run_get_n_iterations (self->run);
  GSettings *settings = siamban_settings_get ();
  const double patience = settings != NULL ? g_settings_get_uint (settings, "stall-seconds")
                                           : PATIENCE_SECONDS;
  const double batch_time = n > 0 ? siamban_run_get_iteration (self->run, n - 1)->batch_time : 0;

  return MAX (patience, PATIENCE_ITERATIONS * batch_time);
}

static gboolean
check_cb (gpointer user_data)
{
  SiambanRunWatch *self = SIAMBAN_RUN_WATCH (user_data);
  const double silent = (double) (g_get_monotonic_time () - self->heard) / G_USEC_PER_SEC;

  if (siamban_run_get_state (self->run) == SIAMBAN_RUN_RUNNING && !self->stalled &&
      silent > get_patience (self))
    {
      set_stalled (self, TRUE);
      tell (self, _ ("Training Stalled"), _ ("it is at work, but tells nothing new"),
            G_NOTIFICATION_PRIORITY_HIGH);
    }

  return G_SOURCE_CONTINUE;
}

static void
siamban_run_watch_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_STALLED)
    g_value_set_boolean (value, SIAMBAN_RUN_WATCH (object)->stalled);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_run_watch_dispose (GObject *object)
{
  SiambanRunWatch *self = SIAMBAN_RUN_WATCH (object);

  g_clear_handle_id (&self->check_id, g_source_remove);
  if (self->inhibition != 0)
    gtk_application_uninhibit (self->application, self->inhibition);
  self->inhibition = 0;
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_object (&self->run);
  g_clear_weak_pointer (&self->application);

  G_OBJECT_CLASS (siamban_run_watch_parent_class)->dispose (object);
}

static void
siamban_run_watch_class_init (SiambanRunWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = siamban_run_watch_get_property;
  object_class->dispose = siamban_run_watch_dispose;

  properties[PROP_STALLED] = g_param_spec_boolean ("stalled", NULL, NULL, FALSE,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS |
                                                       G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_run_watch_init (SiambanRunWatch *self)
{
  self->heard = g_get_monotonic_time ();
}

SiambanRunWatch *
siamban_run_watch_new (GtkApplication *application, SiambanRun *run)
{
  SiambanRunWatch *self = g_object_new (SIAMBAN_TYPE_RUN_WATCH, NULL);

  g_set_weak_pointer (&self->application, application);
  self->run = g_object_ref (run);
  g_signal_connect_swapped (run, "notify::state", G_CALLBACK (state_changed_cb), self);
  g_signal_connect_swapped (run, "iteration", G_CALLBACK (iteration_cb), self);
  self->check_id = g_timeout_add_seconds (CHECK_SECONDS, check_cb, self);
  update_inhibition (self);

  return self;
}

gboolean
siamban_run_watch_get_stalled (SiambanRunWatch *self)
{
  return self->stalled;
}
