/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "siamban-training-private.h"

/* Keeps a ratio finite where a gradient is zero. */
#define TINY_NORM 1e-20

static void
add_scalar (SiambanTraining *self, const char *group, const char *name, double value, guint64 step)
{
  g_autofree char *full = g_strdup_printf ("%s/%s", group, name);

  g_strdelimit (full, ".", '/');
  _siamban_run_folder_add_scalar (self->folder, full, value, step);
}

/* Adds the square of the gradient's norm to the sum; a gradient that cannot be read counts as 0. */
static void
log_parameter (SiambanTraining *self, const char *name, guint64 step, double *squares)
{
  SiambanWeights *weights = siamban_model_get_weights (self->model);
  g_autoptr (SiambanTensor)
      weight = siamban_parameter_get_tensor (siamban_weights_lookup (weights, name));
  g_autoptr (SiambanTensor) gradient = siamban_program_get_gradient (self->program, name, NULL);
  const double gradient_norm = gradient ? siamban_tensor_get_norm (gradient) : 0;
  const double weight_norm = siamban_tensor_get_norm (weight);

  add_scalar (self, "grad_all", name, gradient_norm, step);
  add_scalar (self, "weight_all", name, weight_norm, step);
  add_scalar (self, "w-g", name, weight_norm / (TINY_NORM + gradient_norm), step);
  *squares += gradient_norm * gradient_norm;
}

/* The scalars of TRAIN.LOG_GRADS, before clipping.
 *
 * Source: tools/train.py, function log_grads. */
void
_siamban_training_log_gradients (SiambanTraining *self, guint64 step)
{
  double feature_squares = 0, head_squares = 0;

  for (guint i = 0; i < siamban_optimizer_get_n_groups (self->optimizer); i++)
    {
      const char *const *names = siamban_optimizer_get_group_parameters (self->optimizer, i);

      for (gsize j = 0; names[j]; j++)
        log_parameter (self, names[j], step,
                       strstr (names[j], "feature") ? &feature_squares : &head_squares);
    }

  add_scalar (self, "grad", "tot", sqrt (feature_squares + head_squares), step);
  add_scalar (self, "grad", "feature", sqrt (feature_squares), step);
  add_scalar (self, "grad", "head", sqrt (head_squares), step);
}
