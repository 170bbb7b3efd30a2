/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-devices.h"

#include "siamban.h"

struct _SiambanDeviceEntry
{
  GObject parent_instance;

  char *id;
  char *name;
  char *reason;
  guint64 memory;
};

G_DEFINE_FINAL_TYPE (SiambanDeviceEntry, siamban_device_entry, G_TYPE_OBJECT)

static void
siamban_device_entry_finalize (GObject *object)
{
  SiambanDeviceEntry *self = SIAMBAN_DEVICE_ENTRY (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->reason);

  G_OBJECT_CLASS (siamban_device_entry_parent_class)->finalize (object);
}

static void
siamban_device_entry_class_init (SiambanDeviceEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_device_entry_finalize;
}

static void
siamban_device_entry_init (SiambanDeviceEntry *self)
{
}

const char *
siamban_device_entry_get_id (SiambanDeviceEntry *self)
{
  return self->id;
}

const char *
siamban_device_entry_get_name (SiambanDeviceEntry *self)
{
  return self->name;
}

guint64
siamban_device_entry_get_memory (SiambanDeviceEntry *self)
{
  return self->memory;
}

const char *
siamban_device_entry_get_reason (SiambanDeviceEntry *self)
{
  return self->reason;
}

static void
add_devices (GListStore *store, SiambanEngine *engine)
{
  g_autoptr (GListModel) devices = siamban_engine_get_devices (engine);

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, i);
      g_autoptr (SiambanDeviceEntry) entry = g_object_new (SIAMBAN_TYPE_DEVICE_ENTRY, NULL);

      entry->id = g_strdup (siamban_device_get_id (device));
      entry->name = g_strdup (siamban_device_get_name (device));
      entry->memory = siamban_device_get_memory (device);
      g_list_store_append (store, entry);
    }
}

static void
add_reason (GListStore *store, SiambanEngine *engine)
{
  g_autoptr (SiambanDeviceEntry) entry = NULL;
  g_autoptr (GError) error = NULL;

  if (siamban_engine_probe (engine, &error))
    return;

  entry = g_object_new (SIAMBAN_TYPE_DEVICE_ENTRY, NULL);
  entry->name = g_strdup (siamban_engine_get_name (engine));
  entry->reason = g_strdup (error->message);
  g_list_store_append (store, entry);
}

static void
list_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GListModel *engines = siamban_engine_list ();
  GListStore *store = g_list_store_new (SIAMBAN_TYPE_DEVICE_ENTRY);

  for (guint i = 0; i < g_list_model_get_n_items (engines); i++)
    {
      g_autoptr (SiambanEngine) engine = g_list_model_get_item (engines, i);

      add_devices (store, engine);
    }
  for (guint i = 0; i < g_list_model_get_n_items (engines); i++)
    {
      g_autoptr (SiambanEngine) engine = g_list_model_get_item (engines, i);

      add_reason (store, engine);
    }

  g_task_return_pointer (task, store, g_object_unref);
}

void
siamban_devices_list_async (GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, siamban_devices_list_async);
  g_task_run_in_thread (task, list_thread);
}

GListModel *
siamban_devices_list_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
