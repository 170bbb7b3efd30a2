/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-device-view.h"

#include <glib/gi18n.h>

#include "siamban-device-row.h"

/* While somebody types, nothing is planned. */
#define DELAY_MS 400

struct _SiambanDeviceView
{
  GtkWidget parent_instance;

  GtkStack *stack;
  AdwPreferencesGroup *group;

  GPtrArray *rows; /* of SiambanDeviceRow that can be chosen, borrowed */
  char *devices;
  gboolean choosing; /* the check marks follow `devices`, not the other way round */

  SiambanConfig *config;
  GCancellable *cancellable; /* of the estimates going on */
  guint delay_id;
  guint next; /* row to estimate */
};

enum
{
  PROP_DEVICES = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (SiambanDeviceView, siamban_device_view, GTK_TYPE_WIDGET)

static void estimate_next (SiambanDeviceView *self);

static void
follow_devices (SiambanDeviceView *self)
{
  g_auto (GStrv) ids = g_strsplit (self->devices != NULL ? self->devices : "", ",", -1);

  self->choosing = TRUE;
  for (guint i = 0; i < self->rows->len; i++)
    {
      SiambanDevice *device = siamban_device_row_get_device (self->rows->pdata[i]);

      g_object_set (self->rows->pdata[i], "active",
                    g_strv_contains ((const char *const *) ids, siamban_device_get_id (device)),
                    NULL);
    }
  self->choosing = FALSE;
}

static void
set_devices (SiambanDeviceView *self, const char *devices)
{
  if (g_strcmp0 (devices, self->devices) == 0)
    return;

  g_free (self->devices);
  self->devices = g_strdup (devices);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DEVICES]);
}

static void
chosen_cb (SiambanDeviceView *self)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  if (self->choosing)
    return;

  for (guint i = 0; i < self->rows->len; i++)
    {
      gboolean active;

      g_object_get (self->rows->pdata[i], "active", &active, NULL);
      if (active)
        g_string_append_printf (
            ids, "%s%s", ids->len > 0 ? "," : "",
            siamban_device_get_id (siamban_device_row_get_device (self->rows->pdata[i])));
    }
  set_devices (self, ids->len > 0 ? ids->str : NULL);
}

/* The engine of plain loops is there to check the others: nobody trains with it. */
static gboolean
is_estimated (SiambanDevice *device)
{
  return !g_str_equal (siamban_device_get_engine_name (device), "reference");
}

static void
estimated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanDeviceView) self = SIAMBAN_DEVICE_VIEW (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) phases = siamban_training_phase_list_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->next >= self->rows->len)
    return;

  if (phases != NULL)
    siamban_device_row_set_phases (self->rows->pdata[self->next], phases);
  else
    siamban_device_row_set_text (self->rows->pdata[self->next], error->message);
  self->next++;
  estimate_next (self);
}

/* One device after the other: a plan occupies memory of it. */
static void
estimate_next (SiambanDeviceView *self)
{
  while (self->next < self->rows->len &&
         !is_estimated (siamban_device_row_get_device (self->rows->pdata[self->next])))
    self->next++;
  if (self->next < self->rows->len)
    siamban_training_phase_list_async (
        self->config, siamban_device_row_get_device (self->rows->pdata[self->next]),
        self->cancellable, estimated_cb, g_object_ref (self));
}

static void
stop_estimates (SiambanDeviceView *self)
{
  g_clear_handle_id (&self->delay_id, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static gboolean
begin_cb (gpointer user_data)
{
  SiambanDeviceView *self = SIAMBAN_DEVICE_VIEW (user_data);

  self->delay_id = 0;
  self->cancellable = g_cancellable_new ();
  self->next = 0;
  estimate_next (self);

  return G_SOURCE_REMOVE;
}

typedef struct
{
  SiambanEngine *engine;
  GListModel *devices; /* of SiambanDevice; NULL if it cannot be used */
  char *reason;
} Found;

static void
found_free (gpointer data)
{
  Found *self = data;

  g_object_unref (self->engine);
  g_clear_object (&self->devices);
  g_free (self->reason);
  g_free (self);
}

/* Looking for graphics cards loads their driver. */
static void
find_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GListModel *engines = siamban_engine_list ();
  GPtrArray *all = g_ptr_array_new_with_free_func (found_free);

  for (guint i = 0; i < g_list_model_get_n_items (engines); i++)
    {
      Found *found = g_new0 (Found, 1);
      g_autoptr (GError) reason = NULL;

      found->engine = g_list_model_get_item (engines, i);
      if (siamban_engine_probe (found->engine, &reason))
        found->devices = siamban_engine_get_devices (found->engine);
      else
        found->reason = g_strdup (reason->message);
      g_ptr_array_add (all, found);
    }

  g_task_return_pointer (task, all, (GDestroyNotify) g_ptr_array_unref);
}

static void
add_rows (SiambanDeviceView *self, const Found *found)
{
  if (found->devices == NULL)
    {
      adw_preferences_group_add (
          self->group, GTK_WIDGET (siamban_device_row_new_unusable (found->engine, found->reason)));
      return;
    }

  for (guint i = 0; i < g_list_model_get_n_items (found->devices); i++)
    {
      g_autoptr (SiambanDevice) device = g_list_model_get_item (found->devices, i);
      SiambanDeviceRow *row = siamban_device_row_new (device);

      g_signal_connect_object (row, "notify::active", G_CALLBACK (chosen_cb), self,
                               G_CONNECT_SWAPPED);
      adw_preferences_group_add (self->group, GTK_WIDGET (row));
      g_ptr_array_add (self->rows, row);
    }
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SiambanDeviceView *self = SIAMBAN_DEVICE_VIEW (source);
  g_autoptr (GPtrArray) all = g_task_propagate_pointer (G_TASK (result), NULL);

  if (self->group == NULL)
    return;

  for (guint i = 0; i < all->len; i++)
    add_rows (self, all->pdata[i]);
  follow_devices (self);
  gtk_stack_set_visible_child_name (self->stack, "devices");
  if (self->config != NULL)
    siamban_device_view_show (self, self->config);
}

static void
siamban_device_view_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanDeviceView *self = SIAMBAN_DEVICE_VIEW (object);

  switch (prop_id)
    {
    case PROP_DEVICES:
      g_value_set_string (value, self->devices);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_device_view_set_property (GObject *object,
                                  guint prop_id,
                                  const GValue *value,
                                  GParamSpec *pspec)
{
  SiambanDeviceView *self = SIAMBAN_DEVICE_VIEW (object);

  switch (prop_id)
    {
    case PROP_DEVICES:
      set_devices (self, g_value_get_string (value));
      follow_devices (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_device_view_dispose (GObject *object)
{
  SiambanDeviceView *self = SIAMBAN_DEVICE_VIEW (object);

  stop_estimates (self);
  g_ptr_array_set_size (self->rows, 0);
  g_clear_object (&self->config);
  gtk_widget_dispose_template (GTK_WIDGET (self), SIAMBAN_TYPE_DEVICE_VIEW);

  G_OBJECT_CLASS (siamban_device_view_parent_class)->dispose (object);
}

static void
siamban_device_view_finalize (GObject *object)
{
  SiambanDeviceView *self = SIAMBAN_DEVICE_VIEW (object);

  g_ptr_array_unref (self->rows);
  g_free (self->devices);

  G_OBJECT_CLASS (siamban_device_view_parent_class)->finalize (object);
}

static void
siamban_device_view_class_init (SiambanDeviceViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = siamban_device_view_get_property;
  object_class->set_property = siamban_device_view_set_property;
  object_class->dispose = siamban_device_view_dispose;
  object_class->finalize = siamban_device_view_finalize;

  props[PROP_DEVICES] = g_param_spec_string ("devices", NULL, NULL, NULL,
                                             G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                                 G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/configure/siamban-device-view.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanDeviceView, stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanDeviceView, group);
}

static void
siamban_device_view_init (SiambanDeviceView *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, found_cb, NULL);

  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_task_set_source_tag (task, siamban_device_view_init);
  g_task_run_in_thread (task, find_in_thread);
}

void
siamban_device_view_show (SiambanDeviceView *self, SiambanConfig *config)
{
  g_set_object (&self->config, config);
  stop_estimates (self);
  if (self->rows->len > 0)
    self->delay_id = g_timeout_add (DELAY_MS, begin_cb, self);
}
