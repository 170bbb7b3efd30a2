/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-device.h"
#include "siamban-engine-private.h"
#include "siamban-error.h"
#include "siamban-process.h"

/* Those of the first engine with graphics cards, if there is one, else those of the best engine. */
static GListModel *
open_all (GError **error)
{
  g_autoptr (SiambanDevice) best = siamban_device_open (NULL, error);
  g_autoptr (GListModel) found = NULL;
  GListModel *engines = siamban_engine_list ();

  for (guint i = 0; best != NULL && i < g_list_model_get_n_items (engines); i++)
    {
      g_autoptr (SiambanEngine) engine = g_list_model_get_item (engines, i);
      g_autoptr (GListModel) devices = siamban_engine_get_devices (engine);
      g_autoptr (SiambanDevice) first = g_list_model_get_item (devices, 0);

      if (first == NULL)
        continue;
      if (!_siamban_device_is_processor (first))
        return g_steal_pointer (&devices);
      if (g_str_equal (siamban_engine_get_name (engine), siamban_device_get_engine_name (best)))
        g_set_object (&found, devices);
    }

  return g_steal_pointer (&found);
}

/* Replicas on one processor share the threads, unless the user said otherwise. */
static void
share_threads (GListModel *devices)
{
  const guint n = g_list_model_get_n_items (devices);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, i);
      guint n_same = 0;

      for (guint j = 0; j < n; j++)
        {
          g_autoptr (SiambanDevice) other = g_list_model_get_item (devices, j);

          n_same += other == device;
        }
      if (n_same > 1 && siamban_device_get_n_threads (device) == 0)
        siamban_device_set_n_threads (device, MAX (1, siamban_process_get_n_threads () / n_same));
    }
}

/**
 * siamban_device_open_all:
 * @ids: (nullable): what users type: ids with commas between them, such as `cuda:0,cuda:1` or
 *   `cpu,cpu`; `all` for all graphics cards, or the processor if there is none; %NULL for the
 *   best device
 * @error: return location for an error
 *
 * Finds the devices for the replicas of a network.
 *
 * One device may be named more than once. A processor that is, and whose number of threads is 0, is
 * given an equal share of the process's threads ([func@process_get_n_threads]) for each.
 *
 * It fails with %SIAMBAN_ERROR_NO_DEVICE as [func@Device.open] does.
 *
 * Returns: (transfer full): a list of at least one [class@Device]
 *
 * Since: 0.1
 */
GListModel *
siamban_device_open_all (const char *ids, GError **error)
{
  g_autoptr (GListStore) devices = NULL;
  g_auto (GStrv) names = NULL;

  if (ids != NULL && g_str_equal (ids, "all"))
    return open_all (error);

  devices = g_list_store_new (SIAMBAN_TYPE_DEVICE);
  names = g_strsplit (ids != NULL ? ids : "", ",", -1);
  for (guint i = 0; i < MAX (1, g_strv_length (names)); i++)
    {
      g_autoptr (SiambanDevice) device = siamban_device_open (ids != NULL ? names[i] : NULL, error);

      if (device == NULL)
        return NULL;
      g_list_store_append (devices, device);
    }
  share_threads (G_LIST_MODEL (devices));

  return G_LIST_MODEL (g_steal_pointer (&devices));
}
