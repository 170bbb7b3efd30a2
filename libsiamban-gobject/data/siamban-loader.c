/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-loader-private.h"

#include <errno.h>
#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "siamban-batch-private.h"
#include "siamban-dataset-private.h"

/* Workers give way to the threads that compute. */
#define WORKER_NICENESS 10

/* Batches made ahead of the one that is asked for. */
#define N_AHEAD 2

/**
 * SiambanLoader:
 *
 * Makes batches ahead of time in threads of its own.
 *
 * Batch k of rank r holds the samples `first + (k · N + j) · R + r` of the run, for j from 0 to
 * N − 1; so the ranks share the samples, and a run goes on where another stopped. The batches do not
 * depend on the number of workers. The last samples that do not fill a batch on every rank are left
 * out.
 *
 * The workers fill the samples of a batch together and stay at most two batches ahead, in memory
 * that goes around. They stop when the loader is freed, wherever they are. One thread calls
 * [method@Loader.next].
 *
 * Since: 0.1
 */
struct _SiambanLoader
{
  GObject parent_instance;

  SiambanDataset *dataset;
  guint batch_size;
  guint n_workers;
  guint64 first_sample;
  guint rank;
  guint n_ranks;
  guint64 n_batches;
  guint n_slots;
  SiambanBatchPool *pool;
  GPtrArray *threads;

  GMutex lock;
  GCond work;  /* there is something to fill, or it is time to stop */
  GCond ready; /* a batch is full, or the caller has been cancelled */

  /* Under the lock. Batch k waits in slot k modulo n_slots. */
  struct Slot
  {
    SiambanBatch *batch;
    guint n_filled;
    GError *error;
  } * slots;
  guint64 next_out;   /* the batch that the caller gets next */
  guint64 next_batch; /* the batch and the sample in it that a worker takes next */
  guint next_sample;
  gboolean stopping;
};

G_DEFINE_FINAL_TYPE (SiambanLoader, siamban_loader, G_TYPE_OBJECT)

enum
{
  PROP_DATASET = 1,
  PROP_BATCH_SIZE,
  PROP_N_WORKERS,
  PROP_FIRST_SAMPLE,
  PROP_RANK,
  PROP_N_RANKS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static guint64
sample_index (SiambanLoader *self, guint64 batch, guint i)
{
  return self->first_sample + (batch * self->batch_size + i) * self->n_ranks + self->rank;
}

static gboolean
fill_sample (SiambanLoader *self, SiambanBatch *batch, guint64 k, guint i, GError **error)
{
  const SiambanSampleBuffers buffers = _siamban_batch_peek_sample (batch, i);

  return _siamban_dataset_fill (self->dataset, sample_index (self, k, i), &buffers,
                                _siamban_batch_peek_record (batch, i), error);
}

/* Under the lock: whether a sample may be filled now. */
static gboolean
has_work (SiambanLoader *self)
{
  return self->next_batch < self->n_batches && self->next_batch < self->next_out + self->n_slots;
}

/* Under the lock, which is released while the sample is filled. */
static void
do_work (SiambanLoader *self)
{
  const guint64 k = self->next_batch;
  const guint i = self->next_sample;
  struct Slot *slot = &self->slots[k % self->n_slots];
  g_autoptr (GError) error = NULL;
  SiambanBatch *batch;

  if (i == 0)
    slot->batch = _siamban_batch_pool_take (self->pool);
  batch = slot->batch;
  self->next_sample = (i + 1) % self->batch_size;
  if (self->next_sample == 0)
    self->next_batch++;

  /* The slot stays this batch's until all its samples are counted. */
  g_mutex_unlock (&self->lock);
  fill_sample (self, batch, k, i, &error);
  g_mutex_lock (&self->lock);

  if (error != NULL && slot->error == NULL)
    slot->error = g_steal_pointer (&error);
  slot->n_filled++;
  if (slot->n_filled == self->batch_size)
    g_cond_signal (&self->ready);
}

static void
lower_priority (void)
{
#ifdef __linux__
  const int saved_errno = errno;

  /* On Linux niceness is a thread's own. Without permission all stays as it is. */
  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), WORKER_NICENESS);
  errno = saved_errno;
#endif
}

static gpointer
worker_thread (gpointer data)
{
  SiambanLoader *self = data;

  lower_priority ();
  g_mutex_lock (&self->lock);
  while (!self->stopping)
    if (has_work (self))
      do_work (self);
    else
      g_cond_wait (&self->work, &self->lock);
  g_mutex_unlock (&self->lock);

  return NULL;
}

static void
start_workers (SiambanLoader *self)
{
  for (guint i = 0; i < self->n_workers; i++)
    {
      g_autoptr (GError) error = NULL;
      GThread *thread = g_thread_try_new ("siamban-loader", worker_thread, self, &error);

      if (thread == NULL)
        {
          g_info ("The loader has %u workers instead of %u: %s", i, self->n_workers,
                  error->message);
          return;
        }
      g_ptr_array_add (self->threads, thread);
    }
}

static void
siamban_loader_constructed (GObject *object)
{
  SiambanLoader *self = SIAMBAN_LOADER (object);
  SiambanSampleShape shape;
  guint64 n_samples;

  G_OBJECT_CLASS (siamban_loader_parent_class)->constructed (object);

  g_return_if_fail (self->dataset != NULL && self->rank < self->n_ranks);

  /* A stage that must be called in one thread waits for it: which is the caller's, or looks after its
   * main context while the caller waits. */
  if (_siamban_stage_list_is_bound (_siamban_dataset_get_stages (self->dataset)))
    self->n_workers = 0;

  n_samples = siamban_dataset_get_n_samples (self->dataset);
  n_samples -= MIN (n_samples, self->first_sample);
  self->n_batches = n_samples / ((guint64) self->batch_size * self->n_ranks);
  /* With tiny batches, as many as keep all workers busy. */
  self->n_slots = MAX (N_AHEAD, self->n_workers / self->batch_size + 1);
  self->slots = g_new0 (struct Slot, self->n_slots);
  shape = _siamban_dataset_get_shape (self->dataset);
  self->pool = _siamban_batch_pool_new (self->batch_size, &shape, self->n_slots + 1);
  if (self->n_batches > 0)
    start_workers (self);
}

static void
siamban_loader_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanLoader *self = SIAMBAN_LOADER (object);

  switch (prop_id)
    {
    case PROP_DATASET:
      g_value_set_object (value, self->dataset);
      break;
    case PROP_BATCH_SIZE:
      g_value_set_uint (value, self->batch_size);
      break;
    case PROP_N_WORKERS:
      g_value_set_uint (value, self->n_workers);
      break;
    case PROP_FIRST_SAMPLE:
      g_value_set_uint64 (value, self->first_sample);
      break;
    case PROP_RANK:
      g_value_set_uint (value, self->rank);
      break;
    case PROP_N_RANKS:
      g_value_set_uint (value, self->n_ranks);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_loader_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  SiambanLoader *self = SIAMBAN_LOADER (object);

  switch (prop_id)
    {
    case PROP_DATASET:
      self->dataset = g_value_dup_object (value);
      break;
    case PROP_BATCH_SIZE:
      self->batch_size = g_value_get_uint (value);
      break;
    case PROP_N_WORKERS:
      self->n_workers = g_value_get_uint (value);
      break;
    case PROP_FIRST_SAMPLE:
      self->first_sample = g_value_get_uint64 (value);
      break;
    case PROP_RANK:
      self->rank = g_value_get_uint (value);
      break;
    case PROP_N_RANKS:
      self->n_ranks = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_loader_finalize (GObject *object)
{
  SiambanLoader *self = SIAMBAN_LOADER (object);

  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cond_broadcast (&self->work);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
  g_ptr_array_unref (self->threads);

  for (guint i = 0; i < self->n_slots; i++)
    {
      g_clear_pointer (&self->slots[i].batch, siamban_batch_unref);
      g_clear_error (&self->slots[i].error);
    }
  g_free (self->slots);
  g_clear_pointer (&self->pool, _siamban_batch_pool_unref);
  g_clear_object (&self->dataset);
  g_cond_clear (&self->work);
  g_cond_clear (&self->ready);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (siamban_loader_parent_class)->finalize (object);
}

static void
siamban_loader_class_init (SiambanLoaderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->constructed = siamban_loader_constructed;
  object_class->get_property = siamban_loader_get_property;
  object_class->set_property = siamban_loader_set_property;
  object_class->finalize = siamban_loader_finalize;

  /**
   * SiambanLoader:dataset:
   *
   * What makes the samples.
   *
   * Since: 0.1
   */
  properties[PROP_DATASET] = g_param_spec_object ("dataset", NULL, NULL, SIAMBAN_TYPE_DATASET,
                                                  flags);

  /**
   * SiambanLoader:batch-size:
   *
   * Samples in a batch, N.
   *
   * Since: 0.1
   */
  properties[PROP_BATCH_SIZE] = g_param_spec_uint ("batch-size", NULL, NULL, 1, 1u << 16, 1, flags);

  /**
   * SiambanLoader:n-workers:
   *
   * Threads that make samples; with 0 the caller's thread makes them.
   *
   * Since: 0.1
   */
  properties[PROP_N_WORKERS] = g_param_spec_uint ("n-workers", NULL, NULL, 0, 1024, 1, flags);

  /**
   * SiambanLoader:first-sample:
   *
   * The sample of the run to start with, over all ranks.
   *
   * Since: 0.1
   */
  properties[PROP_FIRST_SAMPLE] = g_param_spec_uint64 ("first-sample", NULL, NULL, 0, G_MAXUINT64,
                                                       0, flags);

  /**
   * SiambanLoader:rank:
   *
   * Which of the processes or devices this is, from 0.
   *
   * Since: 0.1
   */
  properties[PROP_RANK] = g_param_spec_uint ("rank", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * SiambanLoader:n-ranks:
   *
   * How many processes or devices share the samples, R.
   *
   * Since: 0.1
   */
  properties[PROP_N_RANKS] = g_param_spec_uint ("n-ranks", NULL, NULL, 1, G_MAXUINT, 1, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
siamban_loader_init (SiambanLoader *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->work);
  g_cond_init (&self->ready);
  self->threads = g_ptr_array_new ();
}

/**
 * siamban_loader_new:
 * @dataset: what makes the samples
 * @batch_size: samples in a batch, at least 1
 * @n_workers: threads that make samples, or 0 to make them in the caller's
 * @first_sample: the sample of the run to start with, over all ranks
 * @rank: which of the processes or devices this is, from 0
 * @n_ranks: how many share the samples, at least 1
 *
 * Makes a loader, which starts to work at once.
 *
 * Returns: (transfer full): a new loader
 *
 * Since: 0.1
 */
SiambanLoader *
siamban_loader_new (SiambanDataset *dataset,
                    guint batch_size,
                    guint n_workers,
                    guint64 first_sample,
                    guint rank,
                    guint n_ranks)
{
  g_return_val_if_fail (SIAMBAN_IS_DATASET (dataset), NULL);
  g_return_val_if_fail (batch_size >= 1, NULL);
  g_return_val_if_fail (rank < n_ranks, NULL);

  return g_object_new (SIAMBAN_TYPE_LOADER, "dataset", dataset, "batch-size", batch_size,
                       "n-workers", n_workers, "first-sample", first_sample, "rank", rank,
                       "n-ranks", n_ranks, NULL);
}

/**
 * siamban_loader_get_n_batches:
 * @self: a loader
 *
 * Gets how many batches there are from the first sample to the end of the run.
 *
 * Returns: the number of batches, the same for all ranks
 *
 * Since: 0.1
 */
guint64
siamban_loader_get_n_batches (SiambanLoader *self)
{
  g_return_val_if_fail (SIAMBAN_IS_LOADER (self), 0);

  return self->n_batches;
}

static void
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  SiambanLoader *self = data;

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->ready);
  g_mutex_unlock (&self->lock);
}

/* Under the lock: waits for the next batch, or fills it if nobody else does. */
static gboolean
wait_for_batch (SiambanLoader *self, GCancellable *cancellable, GError **error)
{
  struct Slot *slot = &self->slots[self->next_out % self->n_slots];

  while (slot->n_filled < self->batch_size)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (self->threads->len == 0)
        do_work (self);
      else
        g_cond_wait (&self->ready, &self->lock);
    }

  return TRUE;
}

gboolean
_siamban_loader_has_batch (SiambanLoader *self)
{
  const struct Slot *slot = &self->slots[self->next_out % self->n_slots];
  gboolean has_batch;

  g_mutex_lock (&self->lock);
  has_batch = self->next_out < self->n_batches && slot->n_filled == self->batch_size &&
              slot->error == NULL;
  g_mutex_unlock (&self->lock);

  return has_batch;
}

/* Under the lock: takes the finished batch out of its slot. */
static SiambanBatch *
take_batch (SiambanLoader *self, GError **error)
{
  struct Slot *slot = &self->slots[self->next_out % self->n_slots];
  g_autoptr (SiambanBatch) batch = g_steal_pointer (&slot->batch);

  slot->n_filled = 0;
  self->next_out++;
  g_cond_broadcast (&self->work);
  if (slot->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&slot->error));
      return NULL;
    }

  return g_steal_pointer (&batch);
}

/**
 * siamban_loader_next:
 * @self: a loader
 * @cancellable: (nullable): stops the wait
 * @error: return location for an error
 *
 * Gets the next batch, waiting until it is full.
 *
 * It fails with %G_IO_ERROR_CANCELLED, after which it can be called again for the same batch; and,
 * as [method@Dataset.get_sample] does, with %SIAMBAN_ERROR_INVALID_DATA, after which the batch is
 * lost and the next call gets the one behind it.
 *
 * Returns: (transfer full) (nullable): the batch, or %NULL without an error at the end of the run
 *
 * Since: 0.1
 */
SiambanBatch *
siamban_loader_next (SiambanLoader *self, GCancellable *cancellable, GError **error)
{
  SiambanBatch *batch = NULL;
  gulong handler = 0;

  g_return_val_if_fail (SIAMBAN_IS_LOADER (self), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  if (self->next_out == self->n_batches)
    return NULL;

  /* Outside the lock, which the callback takes. */
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
  g_mutex_lock (&self->lock);
  if (wait_for_batch (self, cancellable, error))
    batch = take_batch (self, error);
  g_mutex_unlock (&self->lock);
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, handler);

  if (batch != NULL)
    _siamban_batch_finish (batch);

  return batch;
}
