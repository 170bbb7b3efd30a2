/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-devices-private.h"

#include <json-glib/json-glib.h>

static gboolean
has_device (GListModel *devices, guint n, const char *id)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, i);

      if (g_str_equal (siamban_device_get_id (device), id))
        return TRUE;
    }

  return FALSE;
}

static JsonObject *
measure_device (SiambanDevice *device)
{
  g_autoptr (SiambanDeviceUsage) usage = siamban_device_measure_usage (device);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", siamban_device_get_id (device));
  json_object_set_string_member (object, "name", siamban_device_get_name (device));
  if (usage->utilisation >= 0)
    json_object_set_double_member (object, "utilisation", usage->utilisation);
  json_object_set_int_member (object, "memory_used", (gint64) usage->memory_used);
  json_object_set_int_member (object, "memory", (gint64) usage->memory);

  return object;
}

char *
_siamban_run_devices_measure (GListModel *devices)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, i);

      /* Several replicas may share one. */
      if (!has_device (devices, i, siamban_device_get_id (device)))
        json_array_add_object_element (array, measure_device (device));
    }
  json_node_take_array (root, array);

  return json_to_string (root, FALSE);
}

static SiambanRunDevice *
find_device (GListStore *devices, guint index, const char *id)
{
  g_autoptr (SiambanRunDevice) device = g_list_model_get_item (G_LIST_MODEL (devices), index);

  return device != NULL && g_str_equal (siamban_run_device_get_id (device), id)
             ? g_steal_pointer (&device)
             : NULL;
}

static gboolean
update_device (GListStore *devices, guint index, JsonNode *node)
{
  SiambanDeviceUsage usage = { .utilisation = -1 };
  g_autoptr (SiambanRunDevice) device = NULL;
  JsonObject *object;
  const char *id;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  object = json_node_get_object (node);
  id = json_object_get_string_member_with_default (object, "id", NULL);
  if (id == NULL)
    return FALSE;

  device = find_device (devices, index, id);
  if (device == NULL)
    {
      const guint n = g_list_model_get_n_items (G_LIST_MODEL (devices));

      device = _siamban_run_device_new (
          id, json_object_get_string_member_with_default (object, "name", id));
      g_list_store_splice (devices, index, index < n ? 1 : 0, (gpointer *) &device, 1);
    }
  usage.utilisation = json_object_get_double_member_with_default (object, "utilisation", -1);
  usage.memory_used = (guint64) MAX (
      json_object_get_int_member_with_default (object, "memory_used", 0), 0);
  usage.memory = (guint64) MAX (json_object_get_int_member_with_default (object, "memory", 0), 0);
  _siamban_run_device_set_usage (device, &usage);

  return TRUE;
}

void
_siamban_run_devices_update (GListStore *devices, const char *json)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  JsonArray *array = root != NULL && JSON_NODE_HOLDS_ARRAY (root) ? json_node_get_array (root)
                                                                  : NULL;
  const guint n = array != NULL ? json_array_get_length (array) : 0;
  guint n_known = 0;

  while (n_known < n && update_device (devices, n_known, json_array_get_element (array, n_known)))
    n_known++;
  g_list_store_splice (devices, n_known,
                       g_list_model_get_n_items (G_LIST_MODEL (devices)) - n_known, NULL, 0);
}
