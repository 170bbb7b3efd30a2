/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-error.h"
#include "siamban-program-private.h"
#include "siamban-training-private.h"

/* What images of the dry step show: grey, so that no number of it is an exception. */
#define GREY 127.0f
#define DISTANCE 20.0f

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

/* What the program needs while it trains, in bytes. */
static guint64
measure_memory (SiambanProgram *program)
{
  const SiambanWeightsStore *store = _siamban_weights_get_store (program->weights);

  return siamban_program_get_memory (program) +
         (store->n_values + 2 * store->n_weight_values) * sizeof (float);
}

static gboolean
check_memory (SiambanTraining *self, guint epoch, guint64 needed, GError **error)
{
  const guint64 memory = siamban_device_get_memory (self->device);
  g_autofree char *needed_text = g_format_size_full (needed, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *memory_text = g_format_size_full (memory, G_FORMAT_SIZE_IEC_UNITS);

  if (memory == 0 || needed <= memory)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
               "From epoch %u on (BACKBONE.TRAIN_EPOCH) a step needs %s, and “%s” has %s: reduce "
               "TRAIN.BATCH_SIZE",
               epoch + 1, needed_text, siamban_device_get_id (self->device), memory_text);

  return FALSE;
}

static gboolean
try_phase (SiambanTraining *self, guint epoch, GError **error)
{
  const gint64 start = g_get_monotonic_time ();
  g_autoptr (SiambanGraph) graph = NULL;
  g_autoptr (SiambanProgram) program = NULL;
  g_autofree char *memory = NULL;
  gint64 compiled, stepped;
  Kept kept;
  gboolean done;

  siamban_model_set_epoch (self->model, epoch);
  graph = siamban_model_build_training (self->model, self->batch_size, error);
  program = graph ? siamban_device_compile (self->device, graph, TRUE, error) : NULL;
  if (program == NULL || !check_memory (self, epoch, measure_memory (program), error))
    return FALSE;
  compiled = g_get_monotonic_time ();

  kept = keep (siamban_model_get_weights (self->model));
  done = take_dry_step (program, error);
  put_back (&kept);
  if (!done)
    return FALSE;
  stepped = g_get_monotonic_time ();

  memory = g_format_size_full (measure_memory (program), G_FORMAT_SIZE_IEC_UNITS);
  _siamban_train_log_line (self->log,
                           "pre-flight: from epoch %u on a step fits, with %s; it took %.3f s, and "
                           "%.3f s to prepare",
                           epoch + 1, memory, (double) (stepped - compiled) / G_USEC_PER_SEC,
                           (double) (compiled - start) / G_USEC_PER_SEC);

  return TRUE;
}

/* A phase that begins where the run does shows itself in the first iteration. */
gboolean
_siamban_training_preflight (SiambanTraining *self, GError **error)
{
  for (guint epoch = (guint) (self->iteration / self->n_per_epoch) + 1; epoch < self->n_epochs;
       epoch++)
    if (siamban_model_epoch_changes_phase (self->model, epoch) && !try_phase (self, epoch, error))
      {
        g_prefix_error (error, "Pre-flight, before anything is trained: ");
        return FALSE;
      }

  return TRUE;
}
