/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-all-reduce.h"

#include "siamban-communicator-private.h"
#include "siamban-device.h"
#include "siamban-error.h"
#include "siamban-training-private.h"

/* One device, in a thread of its own. */
typedef struct
{
  SiambanDevice *device;
  SiambanCommunicator *communicator;
  gsize n_values;
  guint n_times;

  GThread *thread;
  double seconds;
  GError *error;
} Member;

static gboolean
measure (Member *self, GError **error)
{
  const SiambanPeers peers = _siamban_training_make_peers (self->communicator);
  g_autoptr (GObject) connection = _siamban_device_connect (self->device, &peers, error);
  float end = 0;

  /* Nobody leaves while another one may still be reading what it holds. */
  return connection != NULL &&
         _siamban_device_time_reduction (self->device, connection, self->n_values, self->n_times,
                                         &self->seconds, error) &&
         _siamban_communicator_all_sum (self->communicator, &end, 1, error);
}

static gpointer
member_thread (gpointer data)
{
  Member *self = data;

  if (!measure (self, &self->error))
    _siamban_communicator_leave (self->communicator, self->error->message);

  return NULL;
}

/* The one that is the cause says so itself; the others only say who. */
static gboolean
collect_error (Member *members, guint n, GError **error)
{
  GError *cause = NULL;

  for (guint i = 0; i < n; i++)
    if (members[i].error != NULL &&
        (cause == NULL || g_error_matches (cause, SIAMBAN_ERROR, SIAMBAN_ERROR_RANK_LOST)))
      cause = members[i].error;
  if (cause != NULL)
    g_propagate_error (error, g_error_copy (cause));

  return cause == NULL;
}

static gboolean
run_members (Member *members, guint n, double *seconds, GError **error)
{
  gboolean done;

  for (guint i = 0; i < n; i++)
    {
      members[i].thread = g_thread_try_new ("all-reduce", member_thread, &members[i],
                                            &members[i].error);
      if (members[i].thread == NULL)
        _siamban_communicator_leave (members[i].communicator, members[i].error->message);
    }

  *seconds = 0;
  for (guint i = 0; i < n; i++)
    {
      if (members[i].thread != NULL)
        g_thread_join (members[i].thread);
      *seconds = MAX (*seconds, members[i].seconds);
    }

  done = collect_error (members, n, error);
  for (guint i = 0; i < n; i++)
    {
      g_clear_error (&members[i].error);
      g_object_unref (members[i].device);
    }

  return done;
}

/* NCCL would wait for a device that comes twice. */
static gboolean
check_devices (GListModel *devices, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (SiambanDevice) device = g_list_model_get_item (devices, i);
      g_autoptr (GError) reason = NULL;
      char *address = _siamban_device_get_address (device, &reason);

      if (address == NULL || !g_hash_table_add (seen, address))
        {
          g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                       "%s does not add gradients with other devices: %s",
                       siamban_device_get_id (device),
                       address != NULL  ? "it is named twice"
                       : reason != NULL ? reason->message
                                        : "they pass through the host's memory");
          return FALSE;
        }
    }

  return TRUE;
}

/**
 * siamban_measure_all_reduce:
 * @devices: a list of [class@Device], at least two and none twice
 * @n_bytes: how many bytes each device holds, of float32 numbers; at least 4
 * @n_times: how often it is done, at least 1
 * @seconds: (out): how long one time takes
 * @error: return location for an error
 *
 * Measures how fast devices replace numbers by their average over all devices, as a training on several
 * does with gradients, and checks that the average is right. A run before those that are timed makes the
 * connections.
 *
 * It blocks. It fails with %SIAMBAN_ERROR_UNSUPPORTED if gradients of a device pass through the host's
 * memory, because NCCL is missing or the device is a processor.
 *
 * Returns: %TRUE if all went well
 *
 * Since: 0.1
 */
gboolean
siamban_measure_all_reduce (GListModel *devices,
                            guint64 n_bytes,
                            guint n_times,
                            double *seconds,
                            GError **error)
{
  g_autoptr (GPtrArray) communicators = NULL;
  g_autofree Member *members = NULL;
  guint n;

  g_return_val_if_fail (G_IS_LIST_MODEL (devices), FALSE);
  g_return_val_if_fail (g_list_model_get_n_items (devices) > 1, FALSE);
  g_return_val_if_fail (n_bytes >= sizeof (float) && n_times > 0, FALSE);
  g_return_val_if_fail (seconds != NULL, FALSE);

  if (!check_devices (devices, error))
    return FALSE;

  n = g_list_model_get_n_items (devices);
  communicators = _siamban_thread_communicators_new (n);
  members = g_new0 (Member, n);
  for (guint i = 0; i < n; i++)
    members[i] = (Member){ .device = g_list_model_get_item (devices, i),
                           .communicator = communicators->pdata[i],
                           .n_values = n_bytes / sizeof (float),
                           .n_times = n_times };

  return run_members (members, n, seconds, error);
}
