/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-batch-private.h"
#include "siamban-error.h"
#include "siamban-program-private.h"
#include "siamban-training-private.h"

/* A larger loss is a mistake that would spoil the weights. */
#define MAX_LOSS 1e4

static gboolean
write_inputs (SiambanTraining *self, SiambanBatch *batch, GError **error)
{
  const gsize n = siamban_batch_get_size (batch);
  const gsize template_size = siamban_batch_get_template_size (batch);
  const gsize search_size = siamban_batch_get_search_size (batch);
  const gsize n_points = n * siamban_batch_get_output_size (batch) *
                         siamban_batch_get_output_size (batch);

  return _siamban_program_write_input (self->program, "template", SIAMBAN_DTYPE_FLOAT32,
                                       _siamban_batch_peek_template (batch),
                                       n * 3 * template_size * template_size, error) &&
         _siamban_program_write_input (self->program, "search", SIAMBAN_DTYPE_FLOAT32,
                                       _siamban_batch_peek_search (batch),
                                       n * 3 * search_size * search_size, error) &&
         _siamban_program_write_input (self->program, "label_cls", SIAMBAN_DTYPE_INT8,
                                       _siamban_batch_peek_label_cls (batch), n_points, error) &&
         _siamban_program_write_input (self->program, "label_loc", SIAMBAN_DTYPE_FLOAT32,
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

static gboolean
forward (SiambanTraining *self, SiambanBatch *batch, SiambanIteration *iteration, GError **error)
{
  return write_inputs (self, batch, error) && siamban_program_forward (self->program, error) &&
         read_loss (self, "cls_loss", &iteration->cls_loss, error) &&
         read_loss (self, "loc_loss", &iteration->loc_loss, error) &&
         read_loss (self, "total_loss", &iteration->total_loss, error);
}

static gboolean
backward (SiambanTraining *self, SiambanIteration *iteration, GError **error)
{
  if (!siamban_program_backward (self->program, error) ||
      !_siamban_training_reduce_gradients (self, error))
    return FALSE;
  if (self->rank == 0 && siamban_config_get_boolean (self->config, "TRAIN.LOG_GRADS"))
    _siamban_training_log_gradients (self, self->iteration);
  if (!siamban_optimizer_step (self->optimizer, self->program, &iteration->grad_norm, error))
    return FALSE;

  if (!isfinite (iteration->grad_norm))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_NOT_FINITE,
                   "Iteration %" G_GUINT64_FORMAT ": the gradients are not finite, and now neither "
                   "are the weights. Resume from the last checkpoint with a smaller learning rate",
                   self->iteration + 1);
      return FALSE;
    }
  iteration->updated = TRUE;

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

/* The samples are those of all ranks. */
static void
report_skipped_update (SiambanTraining *self, const SiambanIteration *iteration)
{
  const guint64 n_samples = (guint64) self->batch_size * self->n_ranks;
  SiambanReport *report = g_new0 (SiambanReport, 1);
  GVariantBuilder samples;
  g_autofree char *text = NULL;

  g_variant_builder_init (&samples, G_VARIANT_TYPE ("at"));
  for (guint64 i = 0; i < n_samples; i++)
    g_variant_builder_add (&samples, "t", self->iteration * n_samples + i);

  report->kind = SIAMBAN_REPORT_UPDATE_SKIPPED;
  report->iteration = *iteration;
  report->samples = g_variant_ref_sink (g_variant_builder_end (&samples));

  text = g_variant_print (report->samples, FALSE);
  _siamban_train_log_line (
      self->log, "update skipped: total loss %g in iteration %" G_GUINT64_FORMAT ", samples %s",
      iteration->total_loss, iteration->number, text);
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
    _siamban_run_folder_add_iteration (self->folder, iteration);
  self->hooks.report (report, self->hooks.user_data);

  _siamban_train_log_report (self->log, epoch, self->iteration - first_of_run, self->iteration,
                             siamban_lr_schedule_get_rate (schedule, epoch));
}

static SiambanBatch *
next_batch (SiambanTraining *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  SiambanBatch *batch = siamban_loader_next (self->loader, cancellable, &local_error);

  if (local_error)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else if (batch == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
                 "The data ended after iteration %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                 self->iteration, self->n_iterations);

  return batch;
}

gboolean
_siamban_training_iterate (SiambanTraining *self, GCancellable *cancellable, GError **error)
{
  SiambanIteration iteration = make_iteration (self);
  g_autoptr (SiambanBatch) batch = next_batch (self, cancellable, error);

  if (batch == NULL)
    return FALSE;
  iteration.data_time = _siamban_train_log_data_ready (self->log, self->iteration);
  report_skipped_samples (self, batch);

  if (!forward (self, batch, &iteration, error) ||
      !_siamban_training_reduce_losses (self, &iteration, error) ||
      !_siamban_training_share_buffers (self, error))
    return FALSE;
  if (isfinite (iteration.total_loss) && iteration.total_loss <= MAX_LOSS)
    {
      if (!backward (self, &iteration, error))
        return FALSE;
    }
  else
    report_skipped_update (self, &iteration);

  iteration.batch_time = _siamban_train_log_step_done (
      self->log, iteration.cls_loss, iteration.loc_loss, iteration.total_loss, self->iteration);
  iteration.eta = _siamban_train_log_get_speed (self->log) *
                  (double) (self->n_iterations - iteration.number);
  report_iteration (self, &iteration);
  _siamban_train_log_end (self->log);
  self->iteration++;

  return TRUE;
}
