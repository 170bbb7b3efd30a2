/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-training-private.h"

#include <glib/gstdio.h>

#include "siamban-communicator-private.h"
#include "siamban-dataset-private.h"
#include "siamban-engine-private.h"
#include "siamban-error.h"
#include "siamban-optimizer-private.h"
#include "siamban-process.h"
#include "siamban-program-private.h"
#include "siamban-snapshot-private.h"
#include "siamban-sub-dataset.h"
#include "siamban-weights-private.h"

void
_siamban_report_free (SiambanReport *self)
{
  g_clear_pointer (&self->samples, g_variant_unref);
  g_free (self->text);
  g_free (self);
}

SiambanTraining *
_siamban_training_new (SiambanConfig *config,
                       SiambanDevice *device,
                       SiambanModel *model,
                       const SiambanTrainingHooks *hooks)
{
  SiambanTraining *self = g_new0 (SiambanTraining, 1);
  g_autoptr (GPtrArray) alone = _siamban_thread_communicators_new (1);
  g_autoptr (GAsyncQueue) warnings = g_async_queue_new_full (g_free);

  _siamban_training_set_communicator (self, alone->pdata[0], warnings);
  self->config = g_object_ref (config);
  self->device = g_object_ref (device);
  self->model = g_object_ref (model);
  self->hooks = *hooks;
  self->batch_size = (guint) siamban_config_get_int (config, "TRAIN.BATCH_SIZE");
  self->n_batches = (guint) siamban_config_get_int (config, "TRAIN.ACCUMULATE");
  self->n_epochs = (guint) siamban_config_get_int (config, "TRAIN.EPOCH");

  return self;
}

guint
_siamban_training_count_samples (const SiambanTraining *self)
{
  return self->batch_size * self->n_batches * self->n_ranks;
}

SiambanProgram *
_siamban_training_compile (SiambanModel *model,
                           SiambanDevice *device,
                           guint batch_size,
                           guint n_batches,
                           GError **error)
{
  g_autoptr (SiambanGraph) graph = siamban_model_build_training (model, batch_size, error);
  g_autoptr (SiambanProgram)
      program = graph != NULL ? siamban_device_compile (device, graph, TRUE, error) : NULL;

  if (program == NULL || (n_batches > 1 && !_siamban_program_allocate_sums (program, error)))
    return NULL;

  return g_steal_pointer (&program);
}

void
_siamban_training_set_options (SiambanTraining *self, const SiambanTrainingOptions *options)
{
  self->options = *options;
}

void
_siamban_training_free (SiambanTraining *self)
{
  g_clear_object (&self->program);
  g_clear_object (&self->connection);
  g_clear_object (&self->communicator);
  g_clear_pointer (&self->warnings, g_async_queue_unref);
  g_clear_pointer (&self->next_batch, siamban_batch_unref);
  g_clear_object (&self->loader);
  g_clear_object (&self->dataset);
  g_clear_object (&self->optimizer);
  g_clear_object (&self->checkpoint);
  g_free (self->statistics);
  g_clear_pointer (&self->log, _siamban_train_log_free);
  g_clear_pointer (&self->record, _siamban_run_record_free);
  g_clear_pointer (&self->folder, _siamban_run_folder_free);
  g_clear_object (&self->model);
  g_clear_object (&self->device);
  g_clear_object (&self->config);
  g_free (self);
}

void
_siamban_training_report_text (SiambanTraining *self, SiambanReportKind kind, const char *text)
{
  SiambanReport *report = g_new0 (SiambanReport, 1);

  report->kind = kind;
  report->text = g_strdup (text);
  self->hooks.report (report, self->hooks.user_data);
}

static void
report_epoch (SiambanTraining *self, SiambanReportKind kind, guint epoch)
{
  SiambanReport *report = g_new0 (SiambanReport, 1);

  report->kind = kind;
  report->epoch = epoch + 1;
  self->hooks.report (report, self->hooks.user_data);
}

static double
clock_cb (gpointer user_data)
{
  return (double) g_get_monotonic_time () / G_USEC_PER_SEC;
}

static void
message_cb (const char *text, const char *file, int line, gpointer user_data)
{
  SiambanTraining *self = user_data;
  g_autofree char *failure = NULL;

  if (self->rank > 0)
    return;

  _siamban_run_folder_log (self->folder, file, line, text);
  _siamban_training_report_text (self, SIAMBAN_REPORT_MESSAGE, text);

  failure = _siamban_run_folder_take_error (self->folder);
  if (failure)
    _siamban_training_report_text (self, SIAMBAN_REPORT_MESSAGE, failure);
}

static void
scalar_cb (const char *name, double value, guint64 step, gpointer user_data)
{
  SiambanTraining *self = user_data;

  if (self->rank > 0)
    return;

  _siamban_run_folder_add_scalar (self->folder, name, value, step);
}

static gboolean
save (SiambanTraining *self, guint epoch, const char *path, GError **error)
{
  const SiambanPosition position = { epoch, self->iteration,
                                     _siamban_training_count_samples (self) };
  g_autofree char *folder = g_path_get_dirname (path);

  _siamban_run_folder_flush (self->folder);
  if (!_siamban_weights_sync (siamban_model_get_weights (self->model), error) ||
      !_siamban_snapshot_check_space (self->model, self->optimizer, folder, error) ||
      !_siamban_snapshot_save (self->model, self->optimizer, self->config, self->program, &position,
                               path, error))
    {
      g_prefix_error (error, "The checkpoint after iteration %" G_GUINT64_FORMAT ": ",
                      self->iteration);
      return FALSE;
    }

  _siamban_training_report_text (self, SIAMBAN_REPORT_CHECKPOINT, path);

  return TRUE;
}

/* @epoch is how many are done. */
static gboolean
save_epoch (SiambanTraining *self, guint epoch, GCancellable *cancellable, GError **error)
{
  g_autofree char *name = g_strdup_printf ("checkpoint_e%u.pth", epoch);
  g_autofree char *path = _siamban_run_folder_get_snapshot_path (self->folder, name);

  return save (self, epoch, path, error) &&
         _siamban_training_validate (self, epoch, path, cancellable, error);
}

/* Where a run that ends before its time can go on. */
static gboolean
save_stop (SiambanTraining *self, GError **error)
{
  g_autofree char *name = _siamban_position_name (self->iteration);
  g_autofree char *path = _siamban_run_folder_get_snapshot_path (self->folder, name);

  if (!save (self, (guint) (self->iteration / self->n_per_epoch), path, error))
    return FALSE;
  _siamban_position_forget_others (path);

  return TRUE;
}

static void
log_config (SiambanTraining *self)
{
  g_autofree char *json = siamban_config_to_json (self->config);

  _siamban_train_log_line (self->log, "config \n%s", json);
}

static void
log_model (SiambanTraining *self)
{
  g_autofree char *description = siamban_model_to_string (self->model);

  _siamban_train_log_model (self->log, description);
}

static gboolean
load_data (SiambanTraining *self, GError **error)
{
  GListModel *sources;

  _siamban_train_log_line (self->log, "build train dataset");
  self->dataset = siamban_dataset_new_from_config (self->config, error);
  if (self->dataset == NULL)
    return FALSE;
  if (self->options.stages)
    {
      _siamban_dataset_set_stages (self->dataset, self->options.stages);
      _siamban_train_log_line (self->log, "%u more stages of augmentation",
                               _siamban_stage_list_get_n (self->options.stages));
    }

  sources = siamban_dataset_get_sub_datasets (self->dataset);
  for (guint i = 0; i < g_list_model_get_n_items (sources); i++)
    {
      g_autoptr (SiambanSubDataset) source = g_list_model_get_item (sources, i);
      g_autofree char *text = siamban_sub_dataset_to_string (source);

      _siamban_train_log_write (self->log, __FILE__, __LINE__, text);
    }
  _siamban_train_log_line (self->log, "build dataset done");
  if (self->record)
    _siamban_run_record_add_crops (self->record, self->dataset);

  return TRUE;
}

static gboolean
is_resumed (SiambanTraining *self)
{
  const char *resume_from = siamban_config_get_string (self->config, "TRAIN.RESUME");

  return resume_from && *resume_from;
}

static gboolean
write_config (SiambanTraining *self, GError **error)
{
  return _siamban_run_folder_write_config (self->folder, self->config, self->record, error);
}

/* What was resumed goes on from here; by now the record tells of the crops, too. */
static gboolean
finish_config (SiambanTraining *self, GError **error)
{
  return write_config (self, error);
}

/* Before hours are spent on what cannot be kept. */
static gboolean
check_space (SiambanTraining *self, GError **error)
{
  g_autofree char *folder = _siamban_run_folder_get_snapshot_path (self->folder, NULL);

  return _siamban_snapshot_check_space (self->model, self->optimizer, folder, error);
}

/* The folder, and a log in it. Before anything slow, so that a bad path is told at once. */
static gboolean
open_folder (SiambanTraining *self, const char *run_directory, GError **error)
{
  const SiambanTrainLogOutlets outlets = { clock_cb, message_cb, scalar_cb, self };
  SiambanTrainLogSettings settings = {
    .n_epochs = self->n_epochs,
    .print_freq = (guint) siamban_config_get_int (self->config, "TRAIN.PRINT_FREQ"),
  };
  const gint64 videos = siamban_config_get_int (self->config, "DATASET.VIDEOS_PER_EPOCH");
  const guint n_samples = _siamban_training_count_samples (self);

  self->n_per_epoch = _siamban_count_iterations ((guint64) MAX (videos, 0) * self->n_epochs,
                                                 self->n_epochs, n_samples, error);
  if (self->n_per_epoch == 0)
    return FALSE;
  self->n_iterations = (guint64) self->n_per_epoch * self->n_epochs;
  self->lr_scale = _siamban_training_find_scale (
      self, n_samples, siamban_config_get_boolean (self->config, "TRAIN.SCALE_LR"));

  settings.n_per_epoch = self->n_per_epoch;
  settings.n_ranks = self->n_ranks;
  self->log = _siamban_train_log_new (&settings, &outlets);
  if (self->rank > 0)
    return TRUE;

  self->record = _siamban_run_record_new (self->config, (const char *const *) self->options.devices,
                                          self->n_ranks, n_samples, self->lr_scale);
  self->folder = _siamban_run_folder_open (run_directory, self->config, error);

  /* What is resumed is described by what it began with until it goes on. */
  return self->folder != NULL && (is_resumed (self) || write_config (self, error));
}

static SiambanOptimizer *
make_optimizer (SiambanTraining *self, GError **error)
{
  SiambanWeights *weights = siamban_model_get_weights (self->model);

  SiambanOptimizer *optimizer = self->options.schedule != NULL
                                    ? siamban_optimizer_new_with_schedule (self->config, weights,
                                                                           self->options.schedule)
                                    : siamban_optimizer_new (self->config, weights, error);

  if (optimizer != NULL)
    _siamban_optimizer_scale (optimizer, self->lr_scale);

  return optimizer;
}

/* A program and an optimizer for what is trainable from this epoch on; the momentum is 0. */
static gboolean
begin_phase (SiambanTraining *self, guint epoch, GError **error)
{
  /* What the program before has learnt must not go with it. */
  if (!_siamban_weights_sync (siamban_model_get_weights (self->model), error))
    return FALSE;
  g_clear_object (&self->program);
  g_clear_object (&self->optimizer);

  siamban_model_set_epoch (self->model, epoch);
  self->optimizer = make_optimizer (self, error);
  if (self->optimizer == NULL)
    return FALSE;

  self->program = _siamban_training_compile (self->model, self->device, self->batch_size,
                                             self->n_batches, error);

  return self->program != NULL && _siamban_training_join (self, error);
}

static void
begin_epoch (SiambanTraining *self, guint epoch)
{
  siamban_optimizer_set_epoch (self->optimizer, epoch);
  _siamban_train_log_epoch (self->log, epoch);
  for (guint i = 0; i < siamban_optimizer_get_n_groups (self->optimizer); i++)
    _siamban_train_log_group_rate (self->log, epoch, i,
                                   siamban_optimizer_get_group_rate (self->optimizer, i),
                                   self->iteration);
  report_epoch (self, SIAMBAN_REPORT_EPOCH_STARTED, epoch);
}

static gboolean
enter_epoch (SiambanTraining *self, GError **error)
{
  const guint epoch = (guint) (self->iteration / self->n_per_epoch);

  if (self->iteration % self->n_per_epoch != 0)
    return TRUE;

  if (siamban_model_epoch_changes_phase (self->model, epoch))
    {
      _siamban_train_log_backbone_starts (self->log);
      if (!begin_phase (self, epoch, error))
        return FALSE;
      log_model (self);
    }
  begin_epoch (self, epoch);

  return TRUE;
}

/* From where every update is skipped a run could not go on either: the checkpoint before stays the last. */
static gboolean
is_worth_saving (SiambanTraining *self)
{
  if (self->is_stuck)
    _siamban_train_log_line (self->log,
                             "no checkpoint: since the updates were skipped there was none");

  return !self->is_stuck;
}

static gboolean
leave_epoch (SiambanTraining *self, GCancellable *cancellable, GError **error)
{
  const guint epoch = (guint) (self->iteration / self->n_per_epoch);

  if (self->iteration % self->n_per_epoch != 0)
    return TRUE;

  if (self->rank == 0 && is_worth_saving (self) && !save_epoch (self, epoch, cancellable, error))
    return FALSE;
  report_epoch (self, SIAMBAN_REPORT_EPOCH_FINISHED, epoch - 1);

  return TRUE;
}

/* Workers share the threads of the process with what computes. When there is but one, the samples are
 * made between the steps. */
static guint
count_workers (SiambanTraining *self)
{
  const guint n_wanted = (guint) siamban_config_get_int (self->config, "TRAIN.NUM_WORKERS");
  const guint share = MAX (siamban_process_get_n_threads () / self->n_ranks, 1);

  if (share == 1 && _siamban_device_is_processor (self->device))
    return 0;

  return MIN (n_wanted, share);
}

static gboolean
prepare (SiambanTraining *self,
         const char *run_directory,
         GCancellable *cancellable,
         GError **error)
{
  if (!siamban_config_check (self->config, error) || !open_folder (self, run_directory, error))
    return FALSE;
  log_config (self);

  if (!load_data (self, error) || !_siamban_training_restore_weights (self, error) ||
      (self->folder && !_siamban_run_folder_rewind (self->folder, self->iteration, error)))
    return FALSE;

  if (self->folder)
    _siamban_run_folder_recall (self->folder, self->log);

  self->first_iteration = self->iteration;
  if (self->iteration >= self->n_iterations)
    {
      _siamban_train_log_line (self->log, "all %u epochs are done", self->n_epochs);
      return _siamban_training_catch_up (self, cancellable, error);
    }

  /* Before a ring of batches is made that are too large. */
  if (self->options.preflight && !_siamban_training_preflight (self, error))
    return FALSE;

  self->loader = siamban_loader_new (self->dataset, self->batch_size, count_workers (self),
                                     self->iteration * _siamban_training_count_samples (self),
                                     self->rank, self->n_ranks);

  return TRUE;
}

static void
log_ranks (SiambanTraining *self)
{
  if (self->n_ranks > 1)
    _siamban_train_log_line (
        self->log,
        "%u devices with batches of %u: an iteration takes %u samples, an epoch "
        "has %u iterations; gradients are combined by "
        "TRAIN.GRAD_REDUCE: %s%s",
        self->n_ranks, self->batch_size, _siamban_training_count_samples (self), self->n_per_epoch,
        siamban_config_get_string (self->config, "TRAIN.GRAD_REDUCE"),
        self->connection != NULL ? ", from device to device" : "");
}

static void
log_accumulation (SiambanTraining *self)
{
  if (self->n_batches > 1)
    _siamban_train_log_line (self->log,
                             "the gradients of %u batches of %u are averaged for one update: an "
                             "iteration takes %u samples, an epoch has %u iterations",
                             self->n_batches, self->batch_size,
                             _siamban_training_count_samples (self), self->n_per_epoch);
}

static gboolean
begin (SiambanTraining *self, GCancellable *cancellable, GError **error)
{
  const guint epoch = (guint) (self->iteration / self->n_per_epoch);
  g_autofree char *schedule = NULL;

  if (!_siamban_training_connect (self, error) || !begin_phase (self, epoch, error) ||
      !_siamban_training_restore_momentum (self, error) ||
      !_siamban_training_share_start (self, error))
    return FALSE;
  g_clear_object (&self->checkpoint);
  if (self->folder && (!check_space (self, error) || !finish_config (self, error)))
    return FALSE;

  schedule = siamban_lr_schedule_to_string (siamban_optimizer_get_schedule (self->optimizer));
  _siamban_train_log_write (self->log, __FILE__, __LINE__, schedule);
  log_ranks (self);
  log_accumulation (self);
  _siamban_training_tell_rates (self);
  _siamban_train_log_line (self->log, "model prepare done");
  log_model (self);
  if (!_siamban_training_catch_up (self, cancellable, error))
    return FALSE;
  begin_epoch (self, epoch);
  _siamban_train_log_begin (self->log);

  return TRUE;
}

/* One that was asked for: that it cannot be written is no reason to end the run. */
static void
save_wish (SiambanTraining *self)
{
  g_autoptr (GError) error = NULL;

  if (is_worth_saving (self) && !save_stop (self, &error))
    _siamban_train_log_line (self->log, "%s", error->message);
}

/* FALSE to stop. */
static gboolean
may_go_on (SiambanTraining *self, GCancellable *cancellable)
{
  const gboolean epoch_ended = self->iteration > self->first_iteration &&
                               self->iteration % self->n_per_epoch == 0;

  for (;;)
    switch (self->hooks.ask (epoch_ended, cancellable, self->hooks.user_data))
      {
      case SIAMBAN_WISH_GO_ON:
        return TRUE;

      case SIAMBAN_WISH_STOP:
        return FALSE;

      case SIAMBAN_WISH_SNAPSHOT:
        save_wish (self);
        break;

      case SIAMBAN_WISH_WAIT:
        _siamban_run_folder_flush (self->folder);
        self->hooks.wait (self->hooks.user_data);
        break;
      }
}

/* After the last iteration: a device's end of a connection must not go while another one may still be reading its
 * sums. Before the files of the end are written, for which others need not wait. Who is lost now has nothing left
 * to do. */
static void
part (SiambanTraining *self)
{
  g_autoptr (GError) error = NULL;
  gboolean go_on = TRUE;

  if (self->connection != NULL && self->iteration == self->n_iterations &&
      !_siamban_training_agree (self, &go_on, &error))
    _siamban_train_log_line (self->log, "after the last iteration: %s", error->message);
}

/* What is lost after a failure is at most the part of an epoch; what was saved stays as it is. */
static gboolean
iterate_all (SiambanTraining *self, GCancellable *cancellable, GError **error)
{
  while (self->iteration < self->n_iterations)
    {
      gboolean go_on = may_go_on (self, cancellable);

      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !_siamban_training_agree (self, &go_on, error))
        return FALSE;
      if (!go_on)
        {
          self->stopped = TRUE;
          return TRUE;
        }

      if (self->iteration > self->first_iteration && !enter_epoch (self, error))
        return FALSE;
      if (!_siamban_training_iterate (self, cancellable, error))
        return FALSE;
      part (self);
      if (!leave_epoch (self, cancellable, error))
        return FALSE;
    }

  return TRUE;
}

/* The weights are sound after a stop, a cancellation, bad data and the loss of another rank, which is
 * noticed before an update; not after whatever else. */
static gboolean
finish (SiambanTraining *self, const GError *failure, GError **error)
{
  const gboolean sound = g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
                         g_error_matches (failure, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA) ||
                         g_error_matches (failure, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE) ||
                         g_error_matches (failure, SIAMBAN_ERROR, SIAMBAN_ERROR_RANK_LOST);

  /* First of all, so that the others need not wait for the file. */
  if (failure)
    _siamban_communicator_leave (self->communicator, failure->message);
  if (self->rank > 0)
    return TRUE;

  if (failure)
    _siamban_train_log_line (self->log, "stopped: %s", failure->message);
  else if (self->stopped)
    _siamban_train_log_line (self->log, "stopped after iteration %" G_GUINT64_FORMAT,
                             self->iteration);

  return (!sound && !self->stopped) || !is_worth_saving (self) || save_stop (self, error);
}

static gboolean
iterate_and_finish (SiambanTraining *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GError) second = NULL;

  (void) iterate_all (self, cancellable, &failure);
  (void) finish (self, failure, &second);
  if (self->folder)
    _siamban_run_folder_flush (self->folder);

  if (failure == NULL && second == NULL)
    return TRUE;

  if (failure && second)
    g_prefix_error (&failure, "%s. Before that: ", second->message);
  g_propagate_error (error, failure ? g_steal_pointer (&failure) : g_steal_pointer (&second));

  return FALSE;
}

gboolean
_siamban_training_run (SiambanTraining *self,
                       const char *run_directory,
                       GCancellable *cancellable,
                       GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (prepare (self, run_directory, cancellable, &failure) &&
      (self->loader == NULL || begin (self, cancellable, &failure)))
    return self->loader == NULL || iterate_and_finish (self, cancellable, error);

  _siamban_communicator_leave (self->communicator, failure->message);
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}
