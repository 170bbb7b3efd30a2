/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "siamban-batch-private.h"
#include "siamban-engine-private.h"
#include "siamban-error.h"
#include "siamban-loader-private.h"
#include "siamban-program-private.h"
#include "siamban-training-private.h"

/* A larger loss is a mistake that would spoil the weights. */
#define MAX_LOSS 1e4

gboolean
_siamban_training_write_inputs (SiambanProgram *program, SiambanBatch *batch, GError **error)
{
  const gsize n = siamban_batch_get_size (batch);
  const gsize template_size = siamban_batch_get_template_size (batch);
  const gsize search_size = siamban_batch_get_search_size (batch);
  const gsize n_points = n * siamban_batch_get_output_size (batch) *
                         siamban_batch_get_output_size (batch);

  return _siamban_program_write_input (program, "template", SIAMBAN_DTYPE_FLOAT32,
                                       _siamban_batch_peek_template (batch),
                                       n * 3 * template_size * template_size, error) &&
         _siamban_program_write_input (program, "search", SIAMBAN_DTYPE_FLOAT32,
                                       _siamban_batch_peek_search (batch),
                                       n * 3 * search_size * search_size, error) &&
         _siamban_program_write_input (program, "label_cls", SIAMBAN_DTYPE_INT8,
                                       _siamban_batch_peek_label_cls (batch), n_points, error) &&
         _siamban_program_write_input (program, "label_loc", SIAMBAN_DTYPE_FLOAT32,
                                       _siamban_batch_peek_label_loc (batch), 4 * n_points, error);
}

static gboolean
read_loss (SiambanTraining *self, const char *name, double *loss, GError **error)
{
  g_autoptr (SiambanTensor) tensor = siamban_program_get_output (self->program, name, error);

  if (tensor == NULL)
    return FALSE;
  *loss = siamban_tensor_get_item (tensor, 0);

  return TRUE;
}

static float *
peek_statistics (SiambanTraining *self, gsize *n)
{
  const SiambanWeightsStore *store = _siamban_weights_get_layout (self->program->weights);

  *n = store->n_values - store->n_weight_values;

  return store->values + store->n_weight_values;
}

static void
keep_statistics (SiambanTraining *self)
{
  gsize n;
  const float *statistics = peek_statistics (self, &n);

  if (self->statistics == NULL)
    self->statistics = g_new (float, n);
  memcpy (self->statistics, statistics, n * sizeof (float));
}

/* A forward pass in training has moved the statistics of batch norms already: those of one bad batch
 * would make all later ones bad, or all tracks, and not always show in the loss. FALSE if they had to
 * be put back. */
static gboolean
protect_statistics (SiambanTraining *self)
{
  gsize n;
  float *statistics = peek_statistics (self, &n);

  for (gsize i = 0; i < n; i++)
    if (!isfinite (statistics[i]))
      {
        if (self->bad_statistics == NULL)
          self->bad_statistics = _siamban_training_find_bad_weight (self->model);
        memcpy (statistics, self->statistics, n * sizeof (float));
        siamban_program_weights_changed (self->program);
        return FALSE;
      }

  return TRUE;
}

/* The loss of a batch that leads to no sound statistics is no number. */
static gboolean
forward (SiambanTraining *self, SiambanBatch *batch, SiambanIteration *iteration, GError **error)
{
  const gboolean is_written = self->next_batch == batch;

  keep_statistics (self);
  g_clear_pointer (&self->next_batch, siamban_batch_unref);
  if ((!is_written && !_siamban_training_write_inputs (self->program, batch, error)) ||
      !siamban_program_forward (self->program, error) ||
      !read_loss (self, "cls_loss", &iteration->cls_loss, error) ||
      !read_loss (self, "loc_loss", &iteration->loc_loss, error) ||
      !read_loss (self, "total_loss", &iteration->total_loss, error))
    return FALSE;
  if (!protect_statistics (self))
    iteration->total_loss = NAN;

  return TRUE;
}

/* While a device computes batch @index of an iteration, its next one goes there, if it is ready and sound. Not the
 * first of an epoch, which may be another program's. */
static gboolean
prefetch (SiambanTraining *self, guint index, GError **error)
{
  const gboolean is_last = index + 1 == self->n_batches &&
                           (self->iteration + 1) % self->n_per_epoch == 0;

  if (_siamban_device_is_processor (self->device) || is_last ||
      !_siamban_loader_has_batch (self->loader))
    return TRUE;

  self->next_batch = siamban_loader_next (self->loader, NULL, error);

  return self->next_batch != NULL &&
         _siamban_training_write_inputs (self->program, self->next_batch, error);
}

/* Of batch @index of an iteration; behind the last one, the gradients are those of the iteration. */
static gboolean
backward (SiambanTraining *self, guint index, GError **error)
{
  return siamban_program_backward (self->program, error) && prefetch (self, index, error) &&
         (self->n_batches == 1 ||
          _siamban_program_add_gradients (self->program, index, self->n_batches, error));
}

static gboolean
update (SiambanTraining *self, SiambanIteration *iteration, GError **error)
{
  if (!backward (self, self->n_batches - 1, error) ||
      !_siamban_training_reduce_gradients (self, error))
    return FALSE;
  if (self->rank == 0 && siamban_config_get_boolean (self->config, "TRAIN.LOG_GRADS"))
    _siamban_training_log_gradients (self, self->iteration);
  if (!siamban_optimizer_step (self->optimizer, self->program, &iteration->grad_norm, error))
    return FALSE;

  /* If it is not finite, nothing was moved. */
  iteration->updated = isfinite (iteration->grad_norm);

  return TRUE;
}

static void
report_skipped_sample (SiambanTraining *self, const char *text)
{
  _siamban_train_log_line (self->log, "skipped %s", text);
  _siamban_training_report_text (self, SIAMBAN_REPORT_SAMPLE_SKIPPED, text);
}

/* Those of this batch and, on rank 0, those that other ranks told of until now. */
static void
report_skipped_samples (SiambanTraining *self, SiambanBatch *batch)
{
  const char *const *skipped = siamban_batch_get_skipped (batch);
  char *next;

  for (gsize i = 0; skipped && skipped[i]; i++)
    report_skipped_sample (self, skipped[i]);

  while (self->rank == 0 && (next = g_async_queue_try_pop (self->warnings)) != NULL)
    {
      g_autofree char *text = next;

      report_skipped_sample (self, text);
    }
}

/* Those of all ranks. */
static GVariant *
list_samples (SiambanTraining *self, guint64 iteration)
{
  const guint64 n_samples = _siamban_training_count_samples (self);
  GVariantBuilder samples;

  g_variant_builder_init (&samples, G_VARIANT_TYPE ("at"));
  for (guint64 i = 0; i < n_samples; i++)
    g_variant_builder_add (&samples, "t", iteration * n_samples + i);

  return g_variant_ref_sink (g_variant_builder_end (&samples));
}

static void
report_skipped_update (SiambanTraining *self, const SiambanIteration *iteration)
{
  SiambanReport *report = g_new0 (SiambanReport, 1);
  g_autofree char *text = NULL;

  report->kind = SIAMBAN_REPORT_UPDATE_SKIPPED;
  report->iteration = *iteration;
  report->samples = list_samples (self, self->iteration);

  text = g_variant_print (report->samples, FALSE);
  _siamban_train_log_line (self->log,
                           "update skipped: total loss %g, gradient norm %g in iteration "
                           "%" G_GUINT64_FORMAT ", samples %s",
                           iteration->total_loss, iteration->grad_norm, iteration->number, text);
  self->hooks.report (report, self->hooks.user_data);
}

static double
rate_of (SiambanOptimizer *optimizer, const char *name)
{
  for (guint i = 0; i < siamban_optimizer_get_n_groups (optimizer); i++)
    if (g_str_equal (siamban_optimizer_get_group_name (optimizer, i), name))
      return siamban_optimizer_get_group_rate (optimizer, i);

  return 0;
}

static SiambanIteration
make_iteration (SiambanTraining *self)
{
  return (SiambanIteration){
    .number = self->iteration + 1,
    .n_iterations = self->n_iterations,
    .epoch = (guint) (self->iteration / self->n_per_epoch) + 1,
    .index = (guint) (self->iteration % self->n_per_epoch) + 1,
    .n_per_epoch = self->n_per_epoch,
    .backbone_rate = rate_of (self->optimizer, "backbone"),
    .neck_rate = rate_of (self->optimizer, "neck"),
    .head_rate = rate_of (self->optimizer, "head"),
  };
}

static void
report_iteration (SiambanTraining *self, const SiambanIteration *iteration)
{
  SiambanLrSchedule *schedule = siamban_optimizer_get_schedule (self->optimizer);
  const guint epoch = iteration->epoch - 1;
  const guint64 first_of_run = self->first_iteration / self->n_per_epoch * self->n_per_epoch;
  SiambanReport *report = g_new0 (SiambanReport, 1);

  report->kind = SIAMBAN_REPORT_ITERATION;
  report->iteration = *iteration;
  if (self->folder)
    {
      _siamban_run_folder_add_iteration (self->folder, iteration);
      if (iteration->updated)
        _siamban_run_folder_add_scalar (self->folder, "grad_norm", iteration->grad_norm,
                                        self->iteration);
    }
  self->hooks.report (report, self->hooks.user_data);

  _siamban_train_log_report (self->log, epoch, self->iteration - first_of_run, self->iteration,
                             self->lr_scale * siamban_lr_schedule_get_rate (schedule, epoch));
}

static SiambanBatch *
next_batch (SiambanTraining *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  SiambanBatch *batch;

  if (self->next_batch)
    return siamban_batch_ref (self->next_batch);

  batch = siamban_loader_next (self->loader, cancellable, &local_error);

  if (local_error)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else if (batch == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                 "The data ended after iteration %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                 self->iteration, self->n_iterations);

  return batch;
}

/* Tells how long it took, and what is wrong with its images. */
static SiambanBatch *
receive_batch (SiambanTraining *self,
               guint index,
               SiambanIteration *iteration,
               GCancellable *cancellable,
               GError **error)
{
  const gint64 start = g_get_monotonic_time ();
  SiambanBatch *batch = next_batch (self, cancellable, error);

  if (batch == NULL)
    return NULL;

  if (index == 0)
    iteration->data_time = _siamban_train_log_data_ready (self->log);
  else
    iteration->data_time = _siamban_train_log_more_data (
        self->log, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  report_skipped_samples (self, batch);
  if (self->folder && index == 0 && self->iteration % self->n_per_epoch == 0)
    _siamban_training_log_samples (self, batch);

  return batch;
}

/* All batches of an iteration forward, and all but the last one backward, so that the last loss can still
 * be judged before. The losses are means. After one that is no number, which makes their mean none, there
 * are no gradients. Returns the first bad batch, or the last one. */
static SiambanBatch *
take_batches (SiambanTraining *self,
              SiambanIteration *iteration,
              GCancellable *cancellable,
              GError **error)
{
  g_autoptr (SiambanBatch) result = NULL;
  const double n = self->n_batches;

  self->bad_statistics = NULL;
  for (guint i = 0; i < self->n_batches; i++)
    {
      const gboolean was_finite = isfinite (iteration->total_loss);
      g_autoptr (SiambanBatch) batch = receive_batch (self, i, iteration, cancellable, error);
      SiambanIteration losses = { 0 };

      if (batch == NULL || !forward (self, batch, &losses, error))
        return NULL;
      iteration->cls_loss += losses.cls_loss / n;
      iteration->loc_loss += losses.loc_loss / n;
      iteration->total_loss += losses.total_loss / n;
      if (was_finite)
        {
          g_clear_pointer (&result, siamban_batch_unref);
          result = siamban_batch_ref (batch);
        }
      if (i + 1 < self->n_batches && isfinite (iteration->total_loss) && !backward (self, i, error))
        return NULL;
    }

  return g_steal_pointer (&result);
}

static gboolean
is_sound (const SiambanIteration *iteration)
{
  return isfinite (iteration->total_loss) && iteration->total_loss <= MAX_LOSS;
}

typedef struct
{
  SiambanBatch *batch;
  gboolean has_gradients;
} Suspect;

static char *
diagnose_cb (SiambanTraining *self, gpointer user_data)
{
  const Suspect *suspect = user_data;

  return _siamban_training_diagnose (self, suspect->batch, suspect->has_gradients);
}

/* The iteration is the one before the current. NULL if a rank is lost. */
static char *
describe_skips (SiambanTraining *self,
                SiambanBatch *batch,
                const SiambanIteration *iteration,
                GError **error)
{
  Suspect suspect = { batch, is_sound (iteration) };
  g_autofree char *diagnosis = _siamban_training_ask_rank (self, self->was_bad, diagnose_cb,
                                                           &suspect, error);
  g_autoptr (GVariant) samples = list_samples (self, self->iteration - 1);
  g_autofree char *text = g_variant_print (samples, FALSE);

  if (diagnosis == NULL)
    return NULL;

  return g_strdup_printf ("%u updates in a row were skipped (TRAIN.MAX_SKIPPED_UPDATES), the last "
                          "one, of samples %s, with a "
                          "total loss of %g and a gradient norm of %g: %s",
                          self->n_skipped_in_a_row, text, iteration->total_loss,
                          iteration->grad_norm, diagnosis);
}

/* Whoever watches the run decides: it waits until then, and if it goes on, it tries as many again. */
static void
get_stuck (SiambanTraining *self, const char *text)
{
  self->is_stuck = TRUE;
  if (self->rank > 0)
    return;

  _siamban_train_log_line (self->log, "paused: %s", text);
  _siamban_training_report_text (self, SIAMBAN_REPORT_STUCK, text);
}

/* A run that skips one update after the other learns nothing, and would do so for days. One that went on from there
 * in vain must not end as if it had. */
static gboolean
is_hopeless (SiambanTraining *self)
{
  const guint limit = (guint) siamban_config_get_int (self->config, "TRAIN.MAX_SKIPPED_UPDATES");
  const guint n = self->n_skipped_in_a_row;

  return limit > 0 && n > 0 &&
         (n % limit == 0 || (self->is_stuck && self->iteration == self->n_iterations));
}

/* All ranks count the same: they decide by the same numbers. */
static gboolean
check_skips (SiambanTraining *self,
             SiambanBatch *batch,
             const SiambanIteration *iteration,
             GError **error)
{
  g_autofree char *text = NULL;

  self->is_stuck = self->is_stuck && !iteration->updated;
  self->n_skipped_in_a_row = iteration->updated ? 0 : self->n_skipped_in_a_row + 1;
  if (!is_hopeless (self))
    return TRUE;

  text = describe_skips (self, batch, iteration, error);
  if (text == NULL)
    return FALSE;
  /* Who has no iteration left cannot go on. */
  if (self->options.pause_after_skips && self->iteration < self->n_iterations)
    {
      get_stuck (self, text);
      return TRUE;
    }
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NOT_FINITE,
               "%s. Resume from a checkpoint before that, perhaps with a smaller learning rate",
               text);

  return FALSE;
}

gboolean
_siamban_training_iterate (SiambanTraining *self, GCancellable *cancellable, GError **error)
{
  SiambanIteration iteration = make_iteration (self);
  g_autoptr (SiambanBatch) batch = take_batches (self, &iteration, cancellable, error);

  if (batch == NULL)
    return FALSE;

  /* What was waited for between two iterations is in none. */
  (void) _siamban_training_take_communication_time (self);
  self->was_bad = !is_sound (&iteration);
  if (!_siamban_training_reduce_losses (self, &iteration, error) ||
      !_siamban_training_share_buffers (self, error))
    return FALSE;
  if (is_sound (&iteration) && !update (self, &iteration, error))
    return FALSE;
  if (!iteration.updated)
    report_skipped_update (self, &iteration);

  if (self->n_ranks > 1)
    {
      iteration.communication_time = _siamban_training_take_communication_time (self);
      _siamban_train_log_communication (self->log, iteration.communication_time, self->iteration);
    }
  iteration.batch_time = _siamban_train_log_step_done (
      self->log, iteration.cls_loss, iteration.loc_loss, iteration.total_loss, self->iteration);
  iteration.eta = _siamban_train_log_get_speed (self->log) *
                  (double) (self->n_iterations - iteration.number);
  report_iteration (self, &iteration);
  if (self->options.preflight && self->iteration == self->first_iteration)
    _siamban_training_tell_first_step (self, iteration.batch_time);
  _siamban_train_log_end (self->log);
  self->iteration++;

  return check_skips (self, batch, &iteration, error);
}
