/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-training-private.h"

/* Linear scaling: k times as many samples an update, k times the learning rate. */

double
_siamban_training_find_scale (const SiambanTraining *self, guint64 n_samples, gboolean wanted)
{
  const gint64 reference = siamban_config_get_int (self->config, "TRAIN.LR_BATCH");
  const gboolean summed = g_str_equal (
      siamban_config_get_string (self->config, "TRAIN.GRAD_REDUCE"), "sum");

  if (!wanted)
    return 1;

  return (double) n_samples / (summed ? self->n_ranks : 1) / (double) reference;
}

void
_siamban_training_tell_rates (SiambanTraining *self)
{
  const guint n_samples = _siamban_training_count_samples (self);
  const gint64 reference = siamban_config_get_int (self->config, "TRAIN.LR_BATCH");
  const double base = siamban_config_get_double (self->config, "TRAIN.BASE_LR");
  const double scale = _siamban_training_find_scale (self, n_samples, TRUE);

  if (siamban_config_get_boolean (self->config, "TRAIN.SCALE_LR"))
    _siamban_train_log_line (
        self->log,
        "TRAIN.SCALE_LR: an iteration takes %u samples, and the learning rates are "
        "meant for %" G_GINT64_FORMAT
        " (TRAIN.LR_BATCH): they are multiplied by %g, those of the warm-up too; "
        "TRAIN.BASE_LR %g counts as %g",
        n_samples, reference, scale, base, scale * base);
  else if (scale != 1)
    _siamban_train_log_line (self->log,
                             "an iteration takes %u samples, and learning rates stay; --scale-lr "
                             "(TRAIN.SCALE_LR) would multiply them by %g, as they are meant for "
                             "%" G_GINT64_FORMAT " samples (TRAIN.LR_BATCH)",
                             n_samples, scale, reference);
}
