/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-error.h"
#include "siamban-run-private.h"

/* The numbers of an iteration that make a series. */
static const struct
{
  const char *name;
  gsize offset;
} series[] = {
  { "cls_loss", G_STRUCT_OFFSET (SiambanIteration, cls_loss) },
  { "loc_loss", G_STRUCT_OFFSET (SiambanIteration, loc_loss) },
  { "total_loss", G_STRUCT_OFFSET (SiambanIteration, total_loss) },
  { "grad_norm", G_STRUCT_OFFSET (SiambanIteration, grad_norm) },
  { "backbone_rate", G_STRUCT_OFFSET (SiambanIteration, backbone_rate) },
  { "neck_rate", G_STRUCT_OFFSET (SiambanIteration, neck_rate) },
  { "head_rate", G_STRUCT_OFFSET (SiambanIteration, head_rate) },
  { "data_time", G_STRUCT_OFFSET (SiambanIteration, data_time) },
  { "communication_time", G_STRUCT_OFFSET (SiambanIteration, communication_time) },
  { "batch_time", G_STRUCT_OFFSET (SiambanIteration, batch_time) },
};

static const SiambanIteration *
last_iteration (SiambanRun *self)
{
  const guint n = self->iterations->len;

  return n > 0 ? &g_array_index (self->iterations, SiambanIteration, n - 1) : NULL;
}

/**
 * siamban_run_get_progress: (get-property progress)
 * @self: a run
 *
 * Gets how much of the training is done.
 *
 * Returns: 0 to 1
 *
 * Since: 0.1
 */
double
siamban_run_get_progress (SiambanRun *self)
{
  const SiambanIteration *last;

  g_return_val_if_fail (SIAMBAN_IS_RUN (self), 0);

  last = last_iteration (self);

  return last ? CLAMP ((double) last->number / (double) MAX (last->n_iterations, 1), 0, 1) : 0;
}

/**
 * siamban_run_get_eta: (get-property eta)
 * @self: a run
 *
 * Gets how long the rest of the training will take, as its last iteration estimated.
 *
 * Returns: seconds
 *
 * Since: 0.1
 */
double
siamban_run_get_eta (SiambanRun *self)
{
  const SiambanIteration *last;

  g_return_val_if_fail (SIAMBAN_IS_RUN (self), 0);

  last = last_iteration (self);

  return last && last->eta > 0 ? last->eta : 0;
}

/**
 * siamban_run_get_n_iterations:
 * @self: a run
 *
 * Gets how many iterations the run told of so far.
 *
 * Returns: the number of iterations
 *
 * Since: 0.1
 */
guint
siamban_run_get_n_iterations (SiambanRun *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), 0);

  return self->iterations->len;
}

/**
 * siamban_run_get_iteration:
 * @self: a run
 * @index: less than [method@Run.get_n_iterations]
 *
 * Gets one iteration. Numbers that the run told as not finite are NaN.
 *
 * Returns: (transfer none): the iteration, valid until the run is looked at again
 *
 * Since: 0.1
 */
const SiambanIteration *
siamban_run_get_iteration (SiambanRun *self, guint index)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);
  g_return_val_if_fail (index < self->iterations->len, NULL);

  return &g_array_index (self->iterations, SiambanIteration, index);
}

/**
 * siamban_run_get_series:
 * @self: a run
 * @name: a number of an iteration: `cls_loss`, `loc_loss`, `total_loss`, `grad_norm`,
 *   `backbone_rate`, `neck_rate`, `head_rate`, `data_time`, `communication_time` or `batch_time`;
 *   see [struct@Iteration]
 * @error: return location for an error
 *
 * Gets one number of each iteration, in their order.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_DATA if there is no such series.
 *
 * Returns: (transfer full): float64 values of the machine's byte order, one an iteration
 *
 * Since: 0.1
 */
GBytes *
siamban_run_get_series (SiambanRun *self, const char *name, GError **error)
{
  guint n;

  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  n = self->iterations->len;
  for (gsize i = 0; i < G_N_ELEMENTS (series); i++)
    if (g_str_equal (series[i].name, name))
      {
        double *values = g_new (double, n);

        for (guint j = 0; j < n; j++)
          values[j] = G_STRUCT_MEMBER (
              double, &g_array_index (self->iterations, SiambanIteration, j), series[i].offset);

        return g_bytes_new_take (values, n * sizeof (double));
      }

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               "A run has no series “%s”: expected for example total_loss", name);

  return NULL;
}

/**
 * siamban_run_get_n_validations:
 * @self: a run
 *
 * Gets how many validations are known; see `TRAIN.EVAL_DATA` and [method@Trainer.set_evaluation].
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint
siamban_run_get_n_validations (SiambanRun *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), 0);

  return self->validations->len;
}

/**
 * siamban_run_get_validation:
 * @self: a run
 * @index: less than [method@Run.get_n_validations]
 *
 * Gets what one validation came to. They are in the order of epochs.
 *
 * Returns: (transfer none): the result, valid until the run is looked at again
 *
 * Since: 0.1
 */
const SiambanValidationResult *
siamban_run_get_validation (SiambanRun *self, guint index)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);
  g_return_val_if_fail (index < self->validations->len, NULL);

  return &g_array_index (self->validations, SiambanValidationResult, index);
}

/**
 * siamban_run_get_best_validation:
 * @self: a run
 *
 * Gets the validation with the highest measure, the first of them if there are several.
 *
 * Returns: (transfer none) (nullable): the result, valid until the run is looked at again, or %NULL
 *   if there is none
 *
 * Since: 0.1
 */
const SiambanValidationResult *
siamban_run_get_best_validation (SiambanRun *self)
{
  const SiambanValidationResult *best = NULL;

  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);

  for (guint i = 0; i < self->validations->len; i++)
    {
      const SiambanValidationResult *result = &g_array_index (self->validations,
                                                              SiambanValidationResult, i);

      if (isfinite (result->measure) && (best == NULL || result->measure > best->measure))
        best = result;
    }

  return best;
}

/**
 * siamban_run_get_snapshots:
 * @self: a run
 *
 * Gets the checkpoints of the run, oldest first; the list changes with them.
 *
 * Returns: (transfer none): a list of [iface@Gio.File]
 *
 * Since: 0.1
 */
GListModel *
siamban_run_get_snapshots (SiambanRun *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);

  return G_LIST_MODEL (self->snapshots);
}

/**
 * siamban_run_get_devices:
 * @self: a run
 *
 * Gets what the run trains on, and how much of it is used. The list changes as the run tells, once a
 * second, and is empty while nobody trains. Of a training of several processes it has the devices of
 * the first.
 *
 * Returns: (transfer none): a list of [class@RunDevice]
 *
 * Since: 0.1
 */
GListModel *
siamban_run_get_devices (SiambanRun *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);

  return G_LIST_MODEL (self->devices);
}

/**
 * siamban_run_get_problems:
 * @self: a run
 *
 * Gets what was wrong with the files of the run when it was opened and nobody trained there. What of
 * them could be read is told all the same.
 *
 * Returns: (transfer none) (element-type SiambanRunProblem): the problems; empty if all is well
 *
 * Since: 0.1
 */
GPtrArray *
siamban_run_get_problems (SiambanRun *self)
{
  g_return_val_if_fail (SIAMBAN_IS_RUN (self), NULL);

  return self->problems;
}
