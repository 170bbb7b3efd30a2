/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-communicator-private.h"
#include "siamban-device-usage.h"
#include "siamban-engine-private.h"
#include "siamban-error.h"
#include "siamban-process-memory-private.h"
#include "siamban-program-private.h"
#include "siamban-training-private.h"

/* What images of the dry step show: grey, so that no number of it is an exception. */
#define GREY 127.0f
#define DISTANCE 20.0f

/* A batch that tells how memory grows with the pairs. */
#define SOME_PAIRS 4

/* Batches below what even growth says that are tried, each smaller by this part. */
#define MAX_TRIES 8
#define SHRINKAGE 16

/* Everything that a forward pass in training changes: statistics and their counters. */
typedef struct
{
  SiambanWeights *weights;
  float *buffers;
  gint64 *counters;
} Kept;

static Kept
keep (SiambanWeights *weights)
{
  const SiambanWeightsStore *store = _siamban_weights_get_store (weights);
  const guint n = _siamban_weights_get_n (weights);
  Kept self = { weights, NULL, g_new0 (gint64, n) };

  self.buffers = g_memdup2 (store->values + store->n_weight_values,
                            (store->n_values - store->n_weight_values) * sizeof (float));
  for (guint i = 0; i < n; i++)
    {
      const gint64 *counter = _siamban_parameter_peek_counter (_siamban_weights_peek (weights, i));

      self.counters[i] = counter ? *counter : 0;
    }

  return self;
}

static void
put_back (Kept *self)
{
  const SiambanWeightsStore *store = _siamban_weights_get_store (self->weights);

  memcpy (store->values + store->n_weight_values, self->buffers,
          (store->n_values - store->n_weight_values) * sizeof (float));
  for (guint i = 0; i < _siamban_weights_get_n (self->weights); i++)
    {
      gint64 *counter = _siamban_parameter_peek_counter (_siamban_weights_peek (self->weights, i));

      if (counter)
        *counter = self->counters[i];
    }
  g_free (self->buffers);
  g_free (self->counters);
}

static gboolean
write_input (SiambanProgram *program, const char *name, GError **error)
{
  SiambanGraph *graph = siamban_program_get_graph (program);
  const SiambanNode *node = _siamban_graph_peek_node (graph, siamban_graph_lookup (graph, name));
  const gsize n = _siamban_node_get_n_elements (node);
  g_autofree float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = g_str_equal (name, "label_cls")   ? (float) (i % 2)
                : g_str_equal (name, "label_loc") ? DISTANCE
                                                  : GREY;

  return _siamban_program_write_input (program, name, SIAMBAN_DTYPE_FLOAT32, values, n, error);
}

static gboolean
take_dry_step (SiambanProgram *program, GError **error)
{
  return write_input (program, "template", error) && write_input (program, "search", error) &&
         write_input (program, "label_cls", error) && write_input (program, "label_loc", error) &&
         siamban_program_forward (program, error) && siamban_program_backward (program, error);
}

/* With the weights, in bytes. */
static guint64
measure_plan (SiambanProgram *program)
{
  return siamban_program_get_memory (program) +
         _siamban_weights_get_store (program->weights)->n_values * sizeof (float);
}

guint64
_siamban_training_plan_step (SiambanModel *model,
                             SiambanDevice *device,
                             guint batch_size,
                             guint n_batches,
                             GError **error)
{
  g_autoptr (SiambanProgram)
      program = _siamban_training_compile (model, device, batch_size, n_batches, error);

  return program != NULL ? measure_plan (program) : 0;
}

/* Of a card others may have taken a part; what it has, if nobody tells. */
static guint64
measure_free (SiambanDevice *device)
{
  g_autoptr (SiambanDeviceUsage) usage = siamban_device_measure_usage (device);

  if (usage->memory > 0)
    return usage->memory - MIN (usage->memory_used, usage->memory);

  return siamban_device_get_memory (device);
}

/* What a step may take, the weights included, which are there already; G_MAXUINT64 if nobody tells.
 * Replicas share a processor. */
static guint64
measure_room (SiambanTraining *self)
{
  const SiambanWeightsStore *store = _siamban_weights_get_layout (
      siamban_model_get_weights (self->model));
  const guint64 memory = siamban_device_get_memory (self->device);
  guint64 available;

  if (!_siamban_device_is_processor (self->device))
    {
      const guint64 n_free = measure_free (self->device);

      return n_free > 0 ? n_free : G_MAXUINT64;
    }

  available = _siamban_process_get_available_memory ();
  if (available == 0)
    return memory > 0 ? memory : G_MAXUINT64;

  return available / MAX (self->communicator->n_local_ranks, 1) + store->n_values * sizeof (float);
}

/* The memory of a step of other batches than those of the run; 0 if there is no plan. */
static guint64
plan (SiambanTraining *self, guint batch_size, guint n_batches)
{
  return _siamban_training_plan_step (self->model, self->device, batch_size, n_batches, NULL);
}

static gboolean
fits (SiambanTraining *self, guint batch_size, guint n_batches, guint64 room)
{
  const guint64 needed = plan (self, batch_size, n_batches);

  return needed > 0 && needed <= room;
}

/* A batch of the model's phase that fits, the largest one or little less; 0 if none does. Memory grows
 * evenly with it, but for what an engine rounds. Several batches make up for it then, whose gradients take
 * memory, too. */
static guint
find_batch (SiambanTraining *self, guint64 room)
{
  const guint n_batches = MAX (self->n_batches, 2);
  const guint64 one = plan (self, 1, n_batches);
  const guint64 some = plan (self, SOME_PAIRS, n_batches);
  const guint64 each = (MAX (some, one + 1) - one) / (SOME_PAIRS - 1);
  guint batch_size;

  if (one == 0 || one > room || self->batch_size == 1)
    return 0;

  batch_size = (guint) MIN (1 + (room - one) / MAX (each, 1), self->batch_size - 1);
  for (guint i = 0; i < MAX_TRIES && batch_size > 1; i++)
    {
      if (fits (self, batch_size, n_batches, room))
        return batch_size;
      batch_size -= MAX (batch_size / SHRINKAGE, 1);
    }

  return 1;
}

/* The largest batch that fits, and how the run could stay what it was meant to be. */
static char *
advise (SiambanTraining *self, guint batch_size)
{
  const guint n_wanted = self->batch_size * self->n_batches;
  guint n_batches;

  if (batch_size == 0)
    return g_strdup ("not even one pair fits, of which several could make an update");

  n_batches = (n_wanted + batch_size - 1) / batch_size;

  return g_strdup_printf (
      "TRAIN.BATCH_SIZE: %u fits. With %u and --accumulate %u (TRAIN.ACCUMULATE) an "
      "update still has %u pairs; or --scale-lr (TRAIN.SCALE_LR) fits the learning "
      "rates to fewer",
      batch_size, n_wanted / n_batches, n_batches, n_wanted / n_batches * n_batches);
}

static void
set_no_room (SiambanTraining *self, guint epoch, guint64 needed, guint64 room, GError **error)
{
  const guint batch_size = find_batch (self, room);
  g_autofree char *needed_text = g_format_size_full (needed, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *room_text = g_format_size_full (room, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *advice = advise (self, batch_size);

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
               "From epoch %u on a step of %u pairs needs %s, and “%s” has %s for it: %s",
               epoch + 1, self->batch_size, needed_text, siamban_device_get_id (self->device),
               room_text, advice);
}

/* The engine could not make the plan, and tells why. */
static void
set_no_plan (SiambanTraining *self,
             guint epoch,
             guint64 room,
             const GError *failure,
             GError **error)
{
  g_autofree char *advice = NULL;

  if (!g_error_matches (failure, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY))
    {
      g_propagate_error (error, g_error_copy (failure));
      return;
    }

  advice = advise (self, find_batch (self, room));
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY, "From epoch %u on: %s. %s",
               epoch + 1, failure->message, advice);
}

/* That a plan of it cannot be made may have the same reason: then the small ones tell what it needs. */
static SiambanProgram *
plan_phase (SiambanTraining *self, guint epoch, GError **error)
{
  const guint64 room = measure_room (self);
  g_autoptr (GError) failure = NULL;
  g_autoptr (SiambanProgram) program = _siamban_training_compile (
      self->model, self->device, self->batch_size, self->n_batches, &failure);
  guint64 one, some, needed;

  if (program != NULL)
    needed = measure_plan (program);
  else
    {
      one = plan (self, 1, self->n_batches);
      some = plan (self, SOME_PAIRS, self->n_batches);
      needed = one + (MAX (some, one) - one) * (self->batch_size - 1) / (SOME_PAIRS - 1);
    }

  if (needed > room)
    {
      g_clear_object (&program);
      set_no_room (self, epoch, needed, room, error);
      return NULL;
    }
  if (program == NULL)
    set_no_plan (self, epoch, room, failure, error);

  return g_steal_pointer (&program);
}

static gboolean
is_stepped (SiambanTraining *self)
{
  return self->options.dry_steps || !_siamban_device_is_processor (self->device);
}

static gboolean
try_step (SiambanTraining *self, SiambanProgram *program, GString *text, GError **error)
{
  const gint64 start = g_get_monotonic_time ();
  Kept kept = keep (siamban_model_get_weights (self->model));
  const gboolean done = take_dry_step (program, error);

  put_back (&kept);
  if (done)
    g_string_append_printf (text, "; a dry step took %.3f s",
                            (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);

  return done;
}

/* What came into memory by planning and stepping, if it was only that. */
static void
tell_peak (SiambanTraining *self, guint64 before, GString *text)
{
  const guint64 peak = _siamban_process_get_peak_memory ();
  const guint64 weights = _siamban_weights_get_layout (siamban_model_get_weights (self->model))
                              ->n_values *
                          sizeof (float);
  g_autofree char *size = g_format_size_full (weights + peak - MIN (before, peak),
                                              G_FORMAT_SIZE_IEC_UNITS);

  g_string_append_printf (text, ", with %s in memory", size);
}

static gboolean
try_phase (SiambanTraining *self, guint epoch, GError **error)
{
  const gint64 start = g_get_monotonic_time ();
  const gboolean is_measured = self->options.dry_steps && self->n_ranks == 1 &&
                               _siamban_device_is_processor (self->device) &&
                               _siamban_process_reset_peak_memory ();
  const guint64 before = _siamban_process_get_resident_memory ();
  g_autoptr (SiambanProgram) program = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *memory = NULL;

  siamban_model_set_epoch (self->model, epoch);
  program = plan_phase (self, epoch, error);
  if (program == NULL)
    return FALSE;

  memory = g_format_size_full (measure_plan (program), G_FORMAT_SIZE_IEC_UNITS);
  g_string_append_printf (text,
                          "pre-flight: from epoch %u on a step of %u pairs needs %s; planned in "
                          "%.3f s",
                          epoch + 1, self->batch_size, memory,
                          (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  if (is_stepped (self) && !try_step (self, program, text, error))
    return FALSE;
  if (is_measured)
    tell_peak (self, before, text);
  _siamban_train_log_line (self->log, "%s", text->str);

  return TRUE;
}

static void
tell_room (SiambanTraining *self)
{
  const guint64 room = measure_room (self);
  g_autofree char *text = g_format_size_full (room, G_FORMAT_SIZE_IEC_UNITS);

  if (room != G_MAXUINT64)
    _siamban_train_log_line (self->log, "pre-flight: “%s” has %s for a step",
                             siamban_device_get_id (self->device), text);
}

gboolean
_siamban_training_preflight (SiambanTraining *self, GError **error)
{
  const guint first = (guint) (self->iteration / self->n_per_epoch);

  tell_room (self);
  for (guint epoch = first; epoch < self->n_epochs; epoch++)
    if ((epoch == first || siamban_model_epoch_changes_phase (self->model, epoch)) &&
        !try_phase (self, epoch, error))
      {
        g_prefix_error (error, "Pre-flight, before anything is trained: ");
        return FALSE;
      }

  return TRUE;
}

void
_siamban_training_tell_first_step (SiambanTraining *self, double seconds)
{
  const guint64 peak = _siamban_process_get_peak_memory ();
  g_autofree char *planned = g_format_size_full (measure_plan (self->program),
                                                 G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *process = g_format_size_full (peak, G_FORMAT_SIZE_IEC_UNITS);

  _siamban_train_log_line (self->log,
                           "the first iteration took %.3f s; its plan has %s, and the process had "
                           "at most %s in memory",
                           seconds, planned, process);
}
