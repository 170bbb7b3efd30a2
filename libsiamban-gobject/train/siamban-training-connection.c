/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-communicator-private.h"
#include "siamban-training-private.h"

/* Replicas whose devices can add gradients among themselves do so; all of them, or none. */

/* What a rank tells of its device in numbers that a sum over the ranks leaves exact: whether it has an address,
 * and a digest of it. */
#define N_DIGITS 4
#define N_TOLD (1 + N_DIGITS)

static gboolean
broadcast_cb (gpointer data, gsize size, gpointer user_data, GError **error)
{
  return _siamban_communicator_broadcast (user_data, data, size, error);
}

static gboolean
check_cb (gpointer user_data, GError **error)
{
  return _siamban_communicator_check (user_data, error);
}

SiambanPeers
_siamban_training_make_peers (SiambanCommunicator *communicator)
{
  return (SiambanPeers){ communicator->rank, communicator->n_ranks, broadcast_cb, check_cb,
                         communicator };
}

static void
tell_address (const char *address, float *told)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize size = sizeof digest;

  g_checksum_update (checksum, (const guchar *) address, -1);
  g_checksum_get_digest (checksum, digest, &size);
  told[0] = 1;
  for (guint i = 0; i < N_DIGITS; i++)
    told[1 + i] = (float) (digest[2 * i] << 8 | digest[2 * i + 1]);
}

/* Why not all devices can be connected, or NULL; by what all told, so it is the same on all ranks. */
static char *
find_obstacle (SiambanTraining *self, const float *told)
{
  for (guint rank = 0; rank < self->n_ranks; rank++)
    if (told[rank * N_TOLD] == 0)
      return g_strdup_printf ("rank %u has no device for it", rank);

  for (guint rank = 0; rank < self->n_ranks; rank++)
    for (guint other = rank + 1; other < self->n_ranks; other++)
      if (memcmp (told + rank * N_TOLD, told + other * N_TOLD, N_TOLD * sizeof (float)) == 0)
        return g_strdup_printf ("ranks %u and %u share a device", rank, other);

  return NULL;
}

gboolean
_siamban_training_connect (SiambanTraining *self, GError **error)
{
  const SiambanPeers peers = _siamban_training_make_peers (self->communicator);
  g_autofree float *told = g_new0 (float, self->n_ranks *N_TOLD);
  g_autofree char *address = NULL;
  g_autofree char *obstacle = NULL;
  g_autoptr (GError) reason = NULL;

  if (self->n_ranks == 1)
    return TRUE;

  address = _siamban_device_get_address (self->device, &reason);
  if (address != NULL)
    tell_address (address, told + self->rank * N_TOLD);
  if (!_siamban_communicator_all_sum (self->communicator, told, self->n_ranks * N_TOLD, error))
    return FALSE;

  obstacle = find_obstacle (self, told);
  if (obstacle == NULL)
    {
      self->connection = _siamban_device_connect (self->device, &peers, error);
      return self->connection != NULL;
    }

  /* Those of a processor never are anywhere else. */
  if (address != NULL || reason != NULL)
    _siamban_train_log_line (self->log,
                             "gradients are added in the host's memory, which is slower than "
                             "from device to device: %s",
                             reason != NULL ? reason->message : obstacle);

  return TRUE;
}

gboolean
_siamban_training_join (SiambanTraining *self, GError **error)
{
  const char *reduction = siamban_config_get_string (self->config, "TRAIN.GRAD_REDUCE");

  return self->connection == NULL ||
         _siamban_program_join (self->program, self->connection, g_str_equal (reduction, "average"),
                                error);
}
