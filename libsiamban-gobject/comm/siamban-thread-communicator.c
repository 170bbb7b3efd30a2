/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-communicator-private.h"
#include "siamban-error.h"

/* What the threads of one process share. */
typedef struct
{
  gatomicrefcount refs;
  guint n_ranks;
  gpointer *data; /* of each rank, between two barriers */

  GMutex lock;
  GCond changed;

  /* Under the lock. */
  guint n_arrived;
  guint64 n_barriers;
  char *failure; /* why a rank left */
} Group;

typedef struct
{
  SiambanCommunicator parent_instance;

  Group *group;
} SiambanThreadCommunicator;

typedef SiambanCommunicatorClass SiambanThreadCommunicatorClass;

GType _siamban_thread_communicator_get_type (void);

G_DEFINE_TYPE (SiambanThreadCommunicator, _siamban_thread_communicator, SIAMBAN_TYPE_COMMUNICATOR)

static void
group_unref (Group *group)
{
  if (!g_atomic_ref_count_dec (&group->refs))
    return;

  g_mutex_clear (&group->lock);
  g_cond_clear (&group->changed);
  g_free (group->failure);
  g_free (group->data);
  g_free (group);
}

static Group *
group_of (SiambanCommunicator *self)
{
  return ((SiambanThreadCommunicator *) self)->group;
}

/* Waits until all ranks are here, or one has left. */
static gboolean
wait_for_all (Group *group, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&group->lock);
  const guint64 barrier = group->n_barriers;

  if (group->failure == NULL && ++group->n_arrived == group->n_ranks)
    {
      group->n_arrived = 0;
      group->n_barriers++;
      g_cond_broadcast (&group->changed);
    }
  while (group->failure == NULL && group->n_barriers == barrier)
    g_cond_wait (&group->changed, &group->lock);

  /* Who got through the barrier together goes on together, whatever comes next. */
  if (group->n_barriers != barrier)
    return TRUE;

  g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_RANK_LOST, group->failure);

  return FALSE;
}

/* Each rank adds a part of the values over all ranks, in their order, and writes the sum to all: the
 * same bits everywhere, however the threads are scheduled. */
static void
sum_part (Group *group, guint rank, gsize n_values)
{
  float **values = (float **) group->data;
  const gsize from = n_values * rank / group->n_ranks;
  const gsize to = n_values * (rank + 1) / group->n_ranks;

  for (gsize i = from; i < to; i++)
    {
      float sum = values[0][i];

      for (guint r = 1; r < group->n_ranks; r++)
        sum += values[r][i];
      for (guint r = 0; r < group->n_ranks; r++)
        values[r][i] = sum;
    }
}

static gboolean
all_sum (SiambanCommunicator *communicator, float *values, gsize n_values, GError **error)
{
  Group *group = group_of (communicator);

  group->data[communicator->rank] = values;
  if (!wait_for_all (group, error))
    return FALSE;
  sum_part (group, communicator->rank, n_values);

  return wait_for_all (group, error);
}

static gboolean
broadcast (SiambanCommunicator *communicator, gpointer data, gsize size, GError **error)
{
  Group *group = group_of (communicator);

  group->data[communicator->rank] = data;
  if (!wait_for_all (group, error))
    return FALSE;
  if (communicator->rank > 0)
    memcpy (data, group->data[0], size);

  return wait_for_all (group, error);
}

static gboolean
check (SiambanCommunicator *communicator, GError **error)
{
  Group *group = group_of (communicator);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&group->lock);

  if (group->failure == NULL)
    return TRUE;

  g_set_error_literal (error, SIAMBAN_ERROR, SIAMBAN_ERROR_RANK_LOST, group->failure);

  return FALSE;
}

static void
leave (SiambanCommunicator *communicator, const char *reason)
{
  Group *group = group_of (communicator);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&group->lock);

  /* The first to leave is the cause; the others leave because of it. */
  if (group->failure == NULL)
    group->failure = g_strdup_printf ("Rank %u of %u stopped: %s", communicator->rank,
                                      group->n_ranks, reason);
  g_cond_broadcast (&group->changed);
}

static void
siamban_thread_communicator_finalize (GObject *object)
{
  group_unref (((SiambanThreadCommunicator *) object)->group);

  G_OBJECT_CLASS (_siamban_thread_communicator_parent_class)->finalize (object);
}

static void
_siamban_thread_communicator_class_init (SiambanThreadCommunicatorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_thread_communicator_finalize;

  klass->all_sum = all_sum;
  klass->broadcast = broadcast;
  klass->check = check;
  klass->leave = leave;
}

static void
_siamban_thread_communicator_init (SiambanThreadCommunicator *self)
{
}

GPtrArray *
_siamban_thread_communicators_new (guint n_ranks)
{
  GPtrArray *communicators = g_ptr_array_new_with_free_func (g_object_unref);
  Group *group = g_new0 (Group, 1);

  group->n_ranks = n_ranks;
  group->data = g_new0 (gpointer, n_ranks);
  g_mutex_init (&group->lock);
  g_cond_init (&group->changed);
  g_atomic_ref_count_init (&group->refs);

  for (guint rank = 0; rank < n_ranks; rank++)
    {
      SiambanThreadCommunicator *self = g_object_new (_siamban_thread_communicator_get_type (),
                                                      NULL);

      if (rank > 0)
        g_atomic_ref_count_inc (&group->refs);
      self->group = group;
      self->parent_instance.rank = rank;
      self->parent_instance.n_ranks = self->parent_instance.n_local_ranks = n_ranks;
      g_ptr_array_add (communicators, self);
    }

  return communicators;
}
