/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-communicator-private.h"

/**
 * SiambanCommunicator:
 *
 * What one of several replicas of a network knows the others by.
 *
 * A training on several devices has one replica a device, all of one process or each of a process of its own.
 * Each is a rank, from 0; all make the same steps, and the communicator adds their gradients. Rank 0 writes
 * the files of the run.
 *
 * A communicator belongs to the thread of its rank.
 *
 * Source: `siamban/utils/distributed.py`.
 *
 * Since: 0.1
 */
G_DEFINE_ABSTRACT_TYPE (SiambanCommunicator, siamban_communicator, G_TYPE_OBJECT)

static void
siamban_communicator_class_init (SiambanCommunicatorClass *klass)
{
}

static void
siamban_communicator_init (SiambanCommunicator *self)
{
  self->n_ranks = 1;
  self->n_local_ranks = 1;
}

static SiambanCommunicatorClass *
class_of (SiambanCommunicator *self)
{
  return (SiambanCommunicatorClass *) G_OBJECT_GET_CLASS (self);
}

/**
 * siamban_communicator_get_rank:
 * @self: a communicator
 *
 * Gets which of the replicas this is.
 *
 * Returns: the rank, from 0
 *
 * Since: 0.1
 */
guint
siamban_communicator_get_rank (SiambanCommunicator *self)
{
  g_return_val_if_fail (SIAMBAN_IS_COMMUNICATOR (self), 0);

  return self->rank;
}

/**
 * siamban_communicator_get_n_ranks:
 * @self: a communicator
 *
 * Gets how many replicas there are, over all processes.
 *
 * Returns: the number of ranks, at least 1
 *
 * Since: 0.1
 */
guint
siamban_communicator_get_n_ranks (SiambanCommunicator *self)
{
  g_return_val_if_fail (SIAMBAN_IS_COMMUNICATOR (self), 1);

  return self->n_ranks;
}

gboolean
_siamban_communicator_all_sum (SiambanCommunicator *self,
                               float *values,
                               gsize n_values,
                               GError **error)
{
  const gint64 began = g_get_monotonic_time ();
  gboolean done;

  if (self->n_ranks == 1 || n_values == 0)
    return TRUE;

  done = class_of (self)->all_sum (self, values, n_values, error);
  self->waited += g_get_monotonic_time () - began;

  return done;
}

gboolean
_siamban_communicator_broadcast (SiambanCommunicator *self,
                                 gpointer data,
                                 gsize size,
                                 GError **error)
{
  const gint64 began = g_get_monotonic_time ();
  gboolean done;

  if (self->n_ranks == 1 || size == 0)
    return TRUE;

  done = class_of (self)->broadcast (self, data, size, error);
  self->waited += g_get_monotonic_time () - began;

  return done;
}

gboolean
_siamban_communicator_check (SiambanCommunicator *self, GError **error)
{
  return self->n_ranks == 1 || class_of (self)->check (self, error);
}

void
_siamban_communicator_leave (SiambanCommunicator *self, const char *reason)
{
  if (self->n_ranks > 1)
    class_of (self)->leave (self, reason);
}
