/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-buckets-private.h"

#include "siamban-cuda-connection-private.h"

/* Large enough that a transfer is not all latency, small enough that the first one leaves early. */
#define DEFAULT_SIZE ((gsize) 25 << 20)

#define CHECK(call) _siamban_cuda_check ((call), #call, error)

/* A part of the flat gradients, in numbers. */
typedef struct
{
  gsize begin;
  gsize end;
  guint last_value; /* the last one to be differentiated that adds to it */
} Bucket;

struct _SiambanCudaBuckets
{
  SiambanCudaConnection *connection;
  gboolean average;
  cudaStream_t stream;
  cudaEvent_t event;    /* of the moment; a wait keeps what it was recorded for */
  cudaEvent_t computed; /* backward is done, but for the sums */
  GArray *buckets;      /* of Bucket */
  gboolean outstanding; /* sums are queued that nobody waited for */
  gboolean broken;      /* sums were given up: the gradients never are complete any more */
};

/* SIAMBAN_BUCKET_KIB, for those who measure. */
static gsize
get_size (void)
{
  const char *text = g_getenv ("SIAMBAN_BUCKET_KIB");
  const guint64 kib = text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;

  return (kib > 0 ? kib << 10 : DEFAULT_SIZE) / sizeof (float);
}

/* The lowest value whose operation uses each parameter: values are differentiated from the highest on. */
static guint *
find_last_values (SiambanProgram *program)
{
  const guint n_values = siamban_graph_get_n_values (program->graph);
  guint *last = g_new0 (guint, _siamban_weights_get_n (program->weights));

  for (guint value = n_values; value > 0; value--)
    {
      const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

      if (!program->needs_gradient[value])
        continue;
      if (node->weight != NULL)
        last[_siamban_parameter_get_index (node->weight)] = value;
      if (node->bias != NULL)
        last[_siamban_parameter_get_index (node->bias)] = value;
    }

  return last;
}

/* In the order of the buffer, which is about that of backward. What is frozen between is 0, and goes along. */
static GArray *
plan (SiambanProgram *program)
{
  const gsize size = get_size ();
  g_autofree guint *last = find_last_values (program);
  GArray *buckets = g_array_new (FALSE, FALSE, sizeof (Bucket));
  Bucket *current = NULL;

  for (guint i = _siamban_weights_get_n (program->weights); i-- > 0;)
    {
      SiambanParameter *parameter = _siamban_weights_peek (program->weights, i);
      const gsize begin = _siamban_parameter_get_offset (parameter);
      const gsize end = begin + siamban_parameter_get_n_elements (parameter);

      if (!program->trains[i])
        continue;
      if (current == NULL || end - current->begin > size)
        {
          const Bucket next = { begin, end, last[i] };

          g_array_append_val (buckets, next);
          current = &g_array_index (buckets, Bucket, buckets->len - 1);
        }
      current->end = end;
      current->last_value = MIN (current->last_value, last[i]);
    }

  return buckets;
}

gboolean
_siamban_cuda_buckets_join (SiambanProgram *program,
                            GObject *connection,
                            gboolean average,
                            GError **error)
{
  SiambanCudaProgram *self = (SiambanCudaProgram *) program;
  SiambanCudaBuckets *buckets = g_new0 (SiambanCudaBuckets, 1);

  self->buckets = buckets;
  buckets->connection = (SiambanCudaConnection *) g_object_ref (connection);
  buckets->average = average;
  buckets->buckets = plan (program);

  return CHECK (cudaSetDevice (self->device)) &&
         CHECK (cudaStreamCreateWithFlags (&buckets->stream, cudaStreamNonBlocking)) &&
         CHECK (cudaEventCreateWithFlags (&buckets->event, cudaEventDisableTiming)) &&
         CHECK (cudaEventCreateWithFlags (&buckets->computed, cudaEventDisableTiming));
}

/* Other ranks need not come any more, and what is on the streams ends. */
static gboolean
give_up (SiambanCudaBuckets *buckets)
{
  _siamban_cuda_connection_abort (buckets->connection);
  buckets->outstanding = FALSE;
  buckets->broken = TRUE;

  return FALSE;
}

void
_siamban_cuda_buckets_free (SiambanCudaProgram *self)
{
  SiambanCudaBuckets *buckets = g_steal_pointer (&self->buckets);

  if (buckets == NULL)
    return;

  if (buckets->outstanding)
    give_up (buckets);
  if (buckets->event != NULL)
    cudaEventDestroy (buckets->event);
  if (buckets->computed != NULL)
    cudaEventDestroy (buckets->computed);
  if (buckets->stream != NULL)
    {
      cudaStreamSynchronize (buckets->stream);
      cudaStreamDestroy (buckets->stream);
    }
  g_object_unref (buckets->connection);
  g_array_unref (buckets->buckets);
  g_free (buckets);
}

/* What comes next on one stream waits for what is on another now. */
static gboolean
order (SiambanCudaBuckets *buckets, cudaStream_t first, cudaStream_t then, GError **error)
{
  return CHECK (cudaEventRecord (buckets->event, first)) &&
         CHECK (cudaStreamWaitEvent (then, buckets->event, 0));
}

static gboolean
send_bucket (SiambanCudaProgram *self, const Bucket *bucket, GError **error)
{
  SiambanCudaBuckets *buckets = self->buckets;

  buckets->outstanding = TRUE;

  return (order (buckets, self->stream, buckets->stream, error) &&
          _siamban_cuda_connection_reduce (buckets->connection, self->gradients + bucket->begin,
                                           bucket->end - bucket->begin, buckets->average,
                                           buckets->stream, error)) ||
         give_up (buckets);
}

gboolean
_siamban_cuda_buckets_send (SiambanCudaProgram *self, guint value, GError **error)
{
  SiambanCudaBuckets *buckets = self->buckets;

  /* Those of one pass of several are no gradients yet. */
  if (buckets == NULL || self->parent_instance.accumulates)
    return TRUE;

  for (guint i = 0; i < buckets->buckets->len; i++)
    {
      const Bucket *bucket = &g_array_index (buckets->buckets, Bucket, i);

      if (bucket->last_value == value && !send_bucket (self, bucket, error))
        return FALSE;
    }

  return TRUE;
}

gboolean
_siamban_cuda_buckets_send_all (SiambanCudaProgram *self, GError **error)
{
  SiambanCudaBuckets *buckets = self->buckets;

  for (guint i = 0; buckets != NULL && i < buckets->buckets->len; i++)
    if (!send_bucket (self, &g_array_index (buckets->buckets, Bucket, i), error))
      return FALSE;

  return _siamban_cuda_buckets_collect (self, error);
}

gboolean
_siamban_cuda_buckets_collect (SiambanCudaProgram *self, GError **error)
{
  SiambanCudaBuckets *buckets = self->buckets;

  return buckets == NULL ||
         (CHECK (cudaEventRecord (buckets->computed, self->stream)) &&
          order (buckets, buckets->stream, self->stream, error)) ||
         give_up (buckets);
}

gboolean
_siamban_cuda_buckets_settle (SiambanCudaProgram *self, GError **error)
{
  return self->buckets == NULL || !self->buckets->outstanding || _siamban_cuda_wait (self, error);
}

gboolean
_siamban_cuda_buckets_wait (SiambanCudaProgram *self, GError **error)
{
  /* Whoever noticed that they were given up may have had no use for the error. */
  return _siamban_cuda_buckets_settle (self, error) &&
         (self->buckets == NULL || !self->buckets->broken ||
          _siamban_cuda_connection_check (self->buckets->connection, error));
}

gboolean
_siamban_cuda_wait (SiambanCudaProgram *self, GError **error)
{
  SiambanCudaBuckets *buckets = self->buckets;
  gint64 began;

  if (buckets == NULL || !buckets->outstanding)
    return CHECK (cudaStreamSynchronize (self->stream));

  /* That needs no other rank; what is left then is the wait for them. */
  if (!CHECK (cudaEventSynchronize (buckets->computed)))
    return give_up (buckets);
  began = g_get_monotonic_time ();
  if (!_siamban_cuda_connection_wait (buckets->connection, self->stream, error))
    return give_up (buckets);
  self->parent_instance.waited += (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC;
  buckets->outstanding = FALSE;

  return TRUE;
}
