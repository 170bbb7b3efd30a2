/* SPDX-License-Identifier: Apache-2.0 */

/* NCCL, which adds what lies on devices of one machine or of many. It never blocks here: each call comes back at
 * once, and what it goes on with is looked at until it is done or a rank is gone. */
#include <string.h>

#include "siamban-cuda-connection-private.h"
#include "siamban-cuda-program-private.h"
#include "siamban-error.h"
#include "siamban-nccl-private.h"

/* Between two looks, in microseconds. */
#define NAP 200
/* NCCL may notice a loss before the ranks have told each other who is lost: so long, they are given. */
#define PATIENCE (5 * G_USEC_PER_SEC)

/* The same on all machines that NCCL may take for one, and on no other. */
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

typedef struct
{
  SiambanCudaConnection parent_instance;

  const SiambanNccl *nccl;
  ncclComm_t communicator; /* NULL after its end */
  SiambanPeers peers;
} SiambanNcclConnection;

typedef SiambanCudaConnectionClass SiambanNcclConnectionClass;

GType _siamban_nccl_connection_get_type (void);

G_DEFINE_TYPE (SiambanNcclConnection,
               _siamban_nccl_connection,
               _siamban_cuda_connection_get_type ())

static void
end (SiambanCudaConnection *connection)
{
  SiambanNcclConnection *self = (SiambanNcclConnection *) connection;
  const ncclComm_t communicator = g_steal_pointer (&self->communicator);

  /* Also when all went well: it waits for no other rank. */
  if (communicator != NULL)
    self->nccl->abort (communicator);
}

/* The rank that is the cause, if one is known in time. */
static gboolean
blame_peer (SiambanNcclConnection *self, GError **error)
{
  const gint64 limit = g_get_monotonic_time () + PATIENCE;

  while (self->peers.check (self->peers.user_data, error))
    {
      if (g_get_monotonic_time () > limit)
        return FALSE;
      g_usleep (NAP);
    }

  return TRUE;
}

static gboolean
fail (SiambanNcclConnection *self, ncclResult_t status, const char *call, GError **error)
{
  const gboolean elsewhere = status == ncclRemoteError || status == ncclSystemError;

  if (!elsewhere || !blame_peer (self, error))
    {
      const char *details = self->nccl->get_last_error (self->communicator);

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED, "%s on cuda:%d: %s%s%s", call,
                   self->parent_instance.device, self->nccl->get_error_string (status),
                   details != NULL && *details != '\0' ? ": " : "", details != NULL ? details : "");
    }
  end (&self->parent_instance);

  return FALSE;
}

static gboolean
fail_for_peer (SiambanNcclConnection *self)
{
  end (&self->parent_instance);

  return FALSE;
}

/* What a call that has come back goes on with. */
static gboolean
finish (SiambanNcclConnection *self, ncclResult_t status, const char *call, GError **error)
{
  while (status == ncclSuccess || status == ncclInProgress)
    {
      ncclResult_t state = ncclSuccess;

      status = self->nccl->get_async_error (self->communicator, &state);
      if (status == ncclSuccess && state == ncclSuccess)
        return TRUE;
      if (status != ncclSuccess)
        break;
      status = state;
      if (status != ncclInProgress)
        break;
      if (!self->peers.check (self->peers.user_data, error))
        return fail_for_peer (self);
      g_usleep (NAP);
    }

  return fail (self, status, call, error);
}

static gboolean
is_open (SiambanNcclConnection *self, GError **error)
{
  if (self->communicator != NULL)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED,
               "The connection of cuda:%d with other devices has ended",
               self->parent_instance.device);

  return FALSE;
}

static gboolean
reduce (SiambanCudaConnection *connection,
        float *values,
        gsize n_values,
        gboolean average,
        cudaStream_t stream,
        GError **error)
{
  SiambanNcclConnection *self = (SiambanNcclConnection *) connection;

  return is_open (self, error) &&
         finish (self,
                 self->nccl->all_reduce (values, values, n_values, ncclFloat32,
                                         average ? ncclAvg : ncclSum, self->communicator, stream),
                 "ncclAllReduce", error);
}

static gboolean
check (SiambanCudaConnection *connection, GError **error)
{
  SiambanNcclConnection *self = (SiambanNcclConnection *) connection;
  ncclResult_t status, state = ncclSuccess;

  if (!self->peers.check (self->peers.user_data, error) || !is_open (self, error))
    return FALSE;

  status = self->nccl->get_async_error (self->communicator, &state);
  if (status == ncclSuccess)
    status = state;

  return status == ncclSuccess || status == ncclInProgress ||
         fail (self, status, "ncclAllReduce", error);
}

static void
siamban_nccl_connection_finalize (GObject *object)
{
  SiambanCudaConnection *self = (SiambanCudaConnection *) object;

  if (cudaSetDevice (self->device) != cudaSuccess)
    cudaGetLastError ();
  end (self);

  G_OBJECT_CLASS (_siamban_nccl_connection_parent_class)->finalize (object);
}

static void
_siamban_nccl_connection_class_init (SiambanNcclConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_nccl_connection_finalize;

  klass->reduce = reduce;
  klass->check = check;
  klass->abort = end;
}

static void
_siamban_nccl_connection_init (SiambanNcclConnection *self)
{
}

char *
_siamban_nccl_get_address (int device, GError **error)
{
  g_autofree char *machine = NULL;
  char bus[32] = "";

  if (_siamban_nccl_open (error) == NULL ||
      !_siamban_cuda_check (cudaDeviceGetPCIBusId (bus, sizeof bus, device),
                            "cudaDeviceGetPCIBusId", error))
    return NULL;
  if (!g_file_get_contents (BOOT_ID, &machine, NULL, NULL))
    machine = g_strdup (g_get_host_name ());

  return g_strconcat (g_strchomp (machine), " ", bus, NULL);
}

static gboolean
start (SiambanNcclConnection *self, GError **error)
{
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  ncclUniqueId id = { "" };
  ncclResult_t status;

  if (self->peers.rank == 0)
    {
      status = self->nccl->get_unique_id (&id);
      if (status != ncclSuccess)
        return fail (self, status, "ncclGetUniqueId", error);
    }
  if (!self->peers.broadcast (&id, sizeof id, self->peers.user_data, error) ||
      !_siamban_cuda_check (cudaSetDevice (self->parent_instance.device), "cudaSetDevice", error))
    return FALSE;

  config.blocking = 0;
  status = self->nccl->init_rank (&self->communicator, (int) self->peers.n_ranks, id,
                                  (int) self->peers.rank, &config);

  return finish (self, status, "ncclCommInitRankConfig", error);
}

GObject *
_siamban_nccl_connect (int device, const SiambanPeers *peers, GError **error)
{
  g_autoptr (GObject) object = g_object_new (_siamban_nccl_connection_get_type (), NULL);
  SiambanNcclConnection *self = (SiambanNcclConnection *) object;

  self->parent_instance.device = device;
  self->parent_instance.rank = peers->rank;
  self->parent_instance.n_ranks = peers->n_ranks;
  self->peers = *peers;
  self->nccl = _siamban_nccl_open (error);

  return self->nccl != NULL && start (self, error) ? g_steal_pointer (&object) : NULL;
}
