/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-checkpoint-private.h"
#include "siamban-error.h"
#include "siamban-load-report.h"
#include "siamban-snapshot-private.h"
#include "siamban-training-private.h"

static gboolean
load_into (SiambanTraining *self, SiambanCheckpoint *checkpoint, const char *prefix, GError **error)
{
  g_autoptr (SiambanLoadReport) report = NULL;
  g_autofree char *text = NULL;

  report = siamban_checkpoint_apply (checkpoint, siamban_model_get_weights (self->model), prefix,
                                     error);
  if (report == NULL)
    return FALSE;

  text = siamban_load_report_to_string (report);
  _siamban_train_log_write (self->log, __FILE__, __LINE__, text);

  return TRUE;
}

static gboolean
load_pretrained (SiambanTraining *self, const char *key, const char *prefix, GError **error)
{
  const char *path = siamban_config_get_string (self->config, key);
  g_autoptr (SiambanCheckpoint) checkpoint = NULL;

  if (path == NULL || *path == '\0')
    return TRUE;

  _siamban_train_log_line (self->log, "load pretrained model from %s", path);
  checkpoint = siamban_checkpoint_new_from_file (path, error);
  if (checkpoint != NULL && load_into (self, checkpoint, prefix, error))
    return TRUE;

  g_prefix_error (error, "%s: ", key);

  return FALSE;
}

/* The folder of the run that wrote a checkpoint. */
static char *
find_run_of (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (folder);

  return g_str_equal (name, "snapshot") ? g_path_get_dirname (folder) : g_strdup (folder);
}

/* FALSE with an error that lists what is different from the run that is to go on. */
static gboolean
check_changes (SiambanTraining *self, const char *path, GError **error)
{
  g_autofree char *directory = find_run_of (path);
  g_auto (GStrv) changes = NULL;
  g_autofree char *text = NULL;

  if (self->rank > 0)
    return TRUE;

  changes = _siamban_run_record_list_changes (self->record, directory);
  if (*changes == NULL)
    return TRUE;

  text = g_strjoinv ("\n  ", changes);
  if (self->options.accept_changes)
    {
      _siamban_train_log_line (self->log, "changed since “%s”:\n  %s", directory, text);
      return TRUE;
    }
  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
               "This is not what was trained in “%s”; to go on all the same, say --force "
               "(accept-changes). What changed:\n  %s",
               directory, text);

  return FALSE;
}

/* What becomes of the learning rates, and what would. Where gradients are summed, it depends on how many ranks there
 * were, which no checkpoint tells. */
static char *
describe_rates (SiambanTraining *self, guint n_samples, guint64 before)
{
  const gboolean summed = g_str_equal (
      siamban_config_get_string (self->config, "TRAIN.GRAD_REDUCE"), "sum");
  const double rate = siamban_config_get_double (self->config, "TRAIN.BASE_LR");
  const guint64 n_batches = before / (self->batch_size * self->n_ranks);
  g_autoptr (GString) text = g_string_new (NULL);

  if (siamban_config_get_boolean (self->config, "TRAIN.SCALE_LR"))
    g_string_printf (text, "Learning rates are scaled with them: TRAIN.BASE_LR counts as %g",
                     rate * self->lr_scale);
  else
    g_string_assign (text, "Learning rates stay");
  if (summed)
    return g_string_free (g_steal_pointer (&text), FALSE);

  if (siamban_config_get_boolean (self->config, "TRAIN.SCALE_LR"))
    g_string_append_printf (text, ", and did as %g",
                            rate * _siamban_training_find_scale (self, before, TRUE));
  else
    g_string_append_printf (text,
                            "; scaled with the batch, TRAIN.BASE_LR would be %g, see --scale-lr "
                            "(TRAIN.SCALE_LR)",
                            rate * n_samples / (double) before);
  if (n_batches > 0 && n_batches * self->batch_size * self->n_ranks == before)
    g_string_append_printf (text,
                            "; --accumulate %" G_GUINT64_FORMAT
                            " (TRAIN.ACCUMULATE) would keep the iterations as they were",
                            n_batches);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
tell_batches (SiambanTraining *self, guint batch_size, guint64 n_samples)
{
  const guint64 before = (guint64) self->checkpoint->batch_size;
  g_autofree char *rates = NULL;

  if (self->checkpoint->batch_size <= 0 || before == batch_size)
    return;

  rates = describe_rates (self, batch_size, before);
  _siamban_train_log_line (self->log,
                           "an iteration takes %u samples, %" G_GUINT64_FORMAT
                           " before: an epoch has %u iterations instead of %" G_GUINT64_FORMAT
                           ". %s",
                           batch_size, before, self->n_per_epoch, n_samples / before, rates);
}

static gboolean
resume (SiambanTraining *self, const char *path, GError **error)
{
  const guint batch_size = _siamban_training_count_samples (self);
  const guint64 n_samples = (guint64) MAX (
      siamban_config_get_int (self->config, "DATASET.VIDEOS_PER_EPOCH"), 0);

  if (!check_changes (self, path, error) || !load_into (self, self->checkpoint, "", error))
    return FALSE;

  tell_batches (self, batch_size, n_samples);
  self->iteration = _siamban_snapshot_locate (self->checkpoint, path, n_samples, batch_size);
  _siamban_train_log_line (self->log, "go on after iteration %" G_GUINT64_FORMAT, self->iteration);

  return TRUE;
}

/* Of a folder the furthest checkpoint that can be read: it may be younger than the disk's last good
 * day. NULL if there is none. */
static char *
open_checkpoint (SiambanTraining *self, const char *resume_from, GError **error)
{
  const gboolean is_folder = g_file_test (resume_from, G_FILE_TEST_IS_DIR);
  g_autoptr (GPtrArray) unreadable = g_ptr_array_new_with_free_func (g_free);

  for (;;)
    {
      g_autoptr (GError) failure = NULL;
      g_autofree char *path = _siamban_find_checkpoint (resume_from, unreadable, error);

      if (path == NULL)
        return NULL;
      _siamban_train_log_line (self->log, "resume from %s", path);
      self->checkpoint = siamban_checkpoint_new_from_file (path, &failure);
      if (self->checkpoint)
        return g_steal_pointer (&path);
      if (!is_folder)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return NULL;
        }

      _siamban_train_log_line (self->log, "%s; trying the checkpoint before it", failure->message);
      g_ptr_array_add (unreadable, g_steal_pointer (&path));
    }
}

gboolean
_siamban_training_restore_weights (SiambanTraining *self, GError **error)
{
  const char *resume_from = siamban_config_get_string (self->config, "TRAIN.RESUME");
  g_autofree char *path = NULL;

  self->iteration = (guint64) siamban_config_get_int (self->config, "TRAIN.START_EPOCH") *
                    self->n_per_epoch;
  if (resume_from == NULL || *resume_from == '\0')
    return load_pretrained (self, "BACKBONE.PRETRAINED", "backbone.", error) &&
           load_pretrained (self, "TRAIN.PRETRAINED", "", error);

  path = open_checkpoint (self, resume_from, error);
  if (path != NULL && resume (self, path, error))
    return TRUE;

  g_prefix_error (error, "TRAIN.RESUME: ");

  return FALSE;
}

gboolean
_siamban_training_restore_momentum (SiambanTraining *self, GError **error)
{
  const guint epoch = (guint) (self->iteration / self->n_per_epoch);
  const gboolean epoch_begins = self->iteration % self->n_per_epoch == 0;
  gboolean restored = FALSE;

  /* In the epoch that releases the backbone the momentum starts anew, resumed or not. */
  if (self->checkpoint == NULL ||
      (epoch_begins && siamban_model_epoch_changes_phase (self->model, epoch)))
    return TRUE;

  if (!_siamban_snapshot_restore_momentum (self->checkpoint, self->optimizer, self->program,
                                           &restored, error))
    {
      g_prefix_error (error, "TRAIN.RESUME: ");
      return FALSE;
    }
  if (!restored)
    _siamban_train_log_line (self->log, "The checkpoint's groups of parameters are others: "
                                        "the momentum starts at 0");

  return TRUE;
}
