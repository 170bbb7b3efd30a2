/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-retention-private.h"
#include "siamban-training-private.h"

static gboolean
is_due (SiambanTraining *self, guint epoch)
{
  return self->hooks.evaluate != NULL &&
         (epoch % self->hooks.evaluate_epochs == 0 || epoch == self->n_epochs);
}

static void
record (SiambanTraining *self, const SiambanValidationResult *result)
{
  SiambanReport *report = g_new0 (SiambanReport, 1);

  _siamban_train_log_line (self->log, "validation after epoch %u: %.4f, in %.1f s", result->epoch,
                           result->measure, result->seconds);
  _siamban_run_folder_add_validation (self->folder, result);

  report->kind = SIAMBAN_REPORT_VALIDATION;
  report->validation = *result;
  self->hooks.report (report, self->hooks.user_data);
}

/* NaN if it is not the time, or it failed: that is no reason to end a training. */
static double
evaluate (SiambanTraining *self, guint epoch, GCancellable *cancellable)
{
  const gint64 start = g_get_monotonic_time ();
  SiambanValidationResult result = { .iteration = self->iteration, .epoch = epoch };
  g_autoptr (GError) error = NULL;

  if (!is_due (self, epoch))
    return NAN;
  if (!self->hooks.evaluate (self->model, self->device, cancellable, &result.measure,
                             self->hooks.user_data, &error))
    {
      _siamban_train_log_line (self->log, "validation after epoch %u: %s", epoch, error->message);
      return NAN;
    }
  result.seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  record (self, &result);

  /* The time that it took is not the data's. */
  _siamban_train_log_begin (self->log);

  return result.measure;
}

/* What to keep of the checkpoints of epochs, now that there is one more. */
static gboolean
retain (SiambanTraining *self, guint epoch, const char *path, double measure, GError **error)
{
  const gboolean evaluates = self->hooks.evaluate != NULL;
  const SiambanBest best = {
    .epoch = epoch,
    .measure = evaluates ? "validation" : "total_loss",
    .value = evaluates ? measure : _siamban_train_log_get_loss (self->log),
    .higher = evaluates,
  };
  g_autofree char *folder = g_path_get_dirname (path);
  gboolean is_best = FALSE;

  if (siamban_config_get_boolean (self->config, "TRAIN.KEEP_BEST") &&
      !_siamban_retention_offer (path, &best, &is_best, error))
    return FALSE;
  if (is_best)
    _siamban_train_log_line (self->log, "the best epoch so far is %u, by %s %g", best.epoch,
                             best.measure, best.value);
  _siamban_retention_prune (folder, epoch,
                            (guint) siamban_config_get_int (self->config, "TRAIN.KEEP_EPOCHS"));

  return TRUE;
}

gboolean
_siamban_training_validate (SiambanTraining *self,
                            guint epoch,
                            const char *path,
                            GCancellable *cancellable,
                            GError **error)
{
  return retain (self, epoch, path, evaluate (self, epoch, cancellable), error);
}

gboolean
_siamban_training_catch_up (SiambanTraining *self, GCancellable *cancellable, GError **error)
{
  const guint epoch = (guint) (self->iteration / self->n_per_epoch);
  g_autofree char *name = g_strdup_printf ("checkpoint_e%u.pth", epoch);
  g_autofree char *path = NULL;
  SiambanValidationResult known;

  if (self->folder == NULL || self->iteration % self->n_per_epoch != 0 || !is_due (self, epoch))
    return TRUE;
  /* A run that begins has none, nor one that goes on with a checkpoint of another folder. */
  path = _siamban_run_folder_get_snapshot_path (self->folder, name);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!_siamban_run_folder_find_validation (self->folder, self->iteration, &known))
    return _siamban_training_validate (self, epoch, path, cancellable, error);

  return retain (self, epoch, path, known.measure, error);
}
