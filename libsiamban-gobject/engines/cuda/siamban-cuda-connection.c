/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-connection-private.h"

#include <math.h>

#include "siamban-cuda-program-private.h"
#include "siamban-error.h"

/* Between two looks at a stream, in microseconds: short against a step, and the processor stays free. */
#define SHORTEST_NAP 10
#define LONGEST_NAP 100

#define CHECK(call) _siamban_cuda_check ((call), #call, error)

G_DEFINE_ABSTRACT_TYPE (SiambanCudaConnection, _siamban_cuda_connection, G_TYPE_OBJECT)

static SiambanCudaConnectionClass *
class_of (SiambanCudaConnection *self)
{
  return (SiambanCudaConnectionClass *) G_OBJECT_GET_CLASS (self);
}

static void
_siamban_cuda_connection_class_init (SiambanCudaConnectionClass *klass)
{
}

static void
_siamban_cuda_connection_init (SiambanCudaConnection *self)
{
}

gboolean
_siamban_cuda_connection_reduce (SiambanCudaConnection *self,
                                 float *values,
                                 gsize n_values,
                                 gboolean average,
                                 cudaStream_t stream,
                                 GError **error)
{
  return class_of (self)->reduce (self, values, n_values, average, stream, error);
}

void
_siamban_cuda_connection_abort (SiambanCudaConnection *self)
{
  class_of (self)->abort (self);
}

gboolean
_siamban_cuda_connection_check (SiambanCudaConnection *self, GError **error)
{
  return class_of (self)->check (self, error);
}

gboolean
_siamban_cuda_connection_wait (SiambanCudaConnection *self, cudaStream_t stream, GError **error)
{
  guint nap = SHORTEST_NAP;
  cudaError_t status;

  while ((status = cudaStreamQuery (stream)) == cudaErrorNotReady)
    {
      /* That is no failure, which a later call should report. */
      cudaGetLastError ();
      if (!_siamban_cuda_connection_check (self, error))
        {
          class_of (self)->abort (self);
          return FALSE;
        }
      g_usleep (nap);
      nap = MIN (nap * 2, LONGEST_NAP);
    }
  if (status != cudaSuccess)
    class_of (self)->abort (self);

  return _siamban_cuda_check (status, "cudaStreamQuery", error);
}

static gboolean
reduce_often (SiambanCudaConnection *self,
              cudaStream_t stream,
              float *values,
              gsize n_values,
              guint n_times,
              GError **error)
{
  for (guint i = 0; i < n_times; i++)
    if (!class_of (self)->reduce (self, values, n_values, TRUE, stream, error))
      return FALSE;

  return _siamban_cuda_connection_wait (self, stream, error);
}

/* Every rank holds its number, from 1; the average of those is exact but for NCCL's own division. */
static gboolean
check_average (SiambanCudaConnection *self,
               cudaStream_t stream,
               float *values,
               gsize n_values,
               GError **error)
{
  const float expected = (float) (self->n_ranks + 1) / 2;
  g_autofree float *found = g_new (float, n_values);

  if (!CHECK (siamban_cuda_fill (stream, (float) self->rank + 1, _siamban_cuda_map (values, FALSE),
                                 n_values)) ||
      !reduce_often (self, stream, values, n_values, 1, error) ||
      !CHECK (
          cudaMemcpyAsync (found, values, n_values * sizeof (float), cudaMemcpyDefault, stream)) ||
      !CHECK (cudaStreamSynchronize (stream)))
    return FALSE;

  for (gsize i = 0; i < n_values; i++)
    if (!(fabsf (found[i] - expected) <= 1e-5f * expected))
      {
        g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED,
                     "cuda:%d: the average over %u devices is %g, where %g was expected",
                     self->device, self->n_ranks, found[i], expected);
        return FALSE;
      }

  return TRUE;
}

/* The first one makes connections and is not counted. */
static gboolean
time_buffer (SiambanCudaConnection *self,
             cudaStream_t stream,
             float *values,
             gsize n_values,
             guint n_times,
             double *seconds,
             GError **error)
{
  gint64 began;

  if (!check_average (self, stream, values, n_values, error))
    return FALSE;

  began = g_get_monotonic_time ();
  if (!reduce_often (self, stream, values, n_values, n_times, error))
    return FALSE;
  *seconds = (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC / MAX (n_times, 1);

  return TRUE;
}

gboolean
_siamban_cuda_connection_time (SiambanCudaConnection *self,
                               gsize n_values,
                               guint n_times,
                               double *seconds,
                               GError **error)
{
  cudaStream_t stream = NULL;
  float *values = NULL;
  const gboolean done = CHECK (cudaSetDevice (self->device)) &&
                        CHECK (cudaStreamCreateWithFlags (&stream, cudaStreamNonBlocking)) &&
                        CHECK (cudaMalloc ((void **) &values, n_values * sizeof (float))) &&
                        time_buffer (self, stream, values, n_values, n_times, seconds, error);

  if (!done)
    class_of (self)->abort (self);
  if (stream != NULL)
    {
      cudaStreamSynchronize (stream);
      cudaStreamDestroy (stream);
    }
  cudaFree (values);

  return done;
}
