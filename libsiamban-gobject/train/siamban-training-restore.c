/* SPDX-License-Identifier: Apache-2.0 */
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

static gboolean
resume (SiambanTraining *self, const char *path, GError **error)
{
  int epoch;

  _siamban_train_log_line (self->log, "resume from %s", path);
  self->checkpoint = siamban_checkpoint_new_from_file (path, error);
  if (self->checkpoint == NULL || !load_into (self, self->checkpoint, "", error))
    return FALSE;

  epoch = siamban_checkpoint_get_epoch (self->checkpoint);
  if (!_siamban_position_parse (path, &self->iteration))
    self->iteration = (guint64) MAX (epoch, 0) * self->n_per_epoch;
  _siamban_train_log_line (self->log, "go on after iteration %" G_GUINT64_FORMAT, self->iteration);

  return TRUE;
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

  path = _siamban_find_checkpoint (resume_from, error);
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
