/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <cuda_runtime_api.h>

#include "siamban-link-private.h"

G_BEGIN_DECLS

/* A device's end of what connects it with the devices of the other replicas. */
typedef struct
{
  GObject parent_instance;

  int device;
  guint rank;
  guint n_ranks;
} SiambanCudaConnection;

typedef struct
{
  GObjectClass parent_class;

  /* Queues on the stream: replaces the values of every rank by their sum or average. */
  gboolean (*reduce) (SiambanCudaConnection *self,
                      float *values,
                      gsize n_values,
                      gboolean average,
                      cudaStream_t stream,
                      GError **error);

  /* FALSE once a rank is gone or the connection failed: what is queued would never end. */
  gboolean (*check) (SiambanCudaConnection *self, GError **error);

  /* Ends what is queued, whatever is in its buffers then. The connection is of no use any more. */
  void (*abort) (SiambanCudaConnection *self);
} SiambanCudaConnectionClass;

GType _siamban_cuda_connection_get_type (void);

gboolean _siamban_cuda_connection_reduce (SiambanCudaConnection *self,
                                          float *values,
                                          gsize n_values,
                                          gboolean average,
                                          cudaStream_t stream,
                                          GError **error);
void _siamban_cuda_connection_abort (SiambanCudaConnection *self);

/* FALSE once a rank is gone, or the connection is at its end. */
gboolean _siamban_cuda_connection_check (SiambanCudaConnection *self, GError **error);

/* Waits for a stream on which sums may be queued. CUDA itself would wait for a rank that is gone for ever: then
 * this fails, and the connection is at its end. */
gboolean
_siamban_cuda_connection_wait (SiambanCudaConnection *self, cudaStream_t stream, GError **error);

/* See _siamban_device_time_reduction(). */
gboolean _siamban_cuda_connection_time (SiambanCudaConnection *self,
                                        gsize n_values,
                                        guint n_times,
                                        double *seconds,
                                        GError **error);

/* Through NCCL: where a device is, and its connection. Only where NCCL's header was found. */
char *_siamban_nccl_get_address (int device, GError **error);
GObject *_siamban_nccl_connect (int device, const SiambanPeers *peers, GError **error);

G_END_DECLS
