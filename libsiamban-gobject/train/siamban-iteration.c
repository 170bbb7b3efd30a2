/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-iteration.h"

#include <math.h>

#include "siamban-python-text-private.h"

G_DEFINE_BOXED_TYPE (SiambanIteration,
                     siamban_iteration,
                     siamban_iteration_copy,
                     siamban_iteration_free)

/**
 * siamban_iteration_copy:
 * @self: an iteration
 *
 * Copies an iteration to the heap; C code copies with `=`.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 1.0
 */
SiambanIteration *
siamban_iteration_copy (const SiambanIteration *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_memdup2 (self, sizeof *self);
}

/**
 * siamban_iteration_free:
 * @self: an iteration on the heap
 *
 * Frees a copy.
 *
 * Since: 1.0
 */
void
siamban_iteration_free (SiambanIteration *self)
{
  g_free (self);
}

/* JSON knows no NaN and no infinity. */
static void
append_number (GString *text, double value)
{
  if (isfinite (value))
    _siamban_append_python_float (text, value);
  else
    g_string_append (text, "null");
}

static void
append_member (GString *text, const char *name, double value)
{
  g_string_append_printf (text, ",\"%s\":", name);
  append_number (text, value);
}

/**
 * siamban_iteration_to_json:
 * @self: an iteration
 *
 * Writes an iteration as a JSON object on one line: what the file `events.jsonl` of a run holds
 * for each.
 *
 * Members are named like the fields of [struct@Iteration], but `number` is `iteration` and the
 * learning rates are the list `lr`, of backbone, neck and head. A number that is not finite is
 * null.
 *
 * Returns: (transfer full): the text, without a line feed
 *
 * Since: 1.0
 */
char *
siamban_iteration_to_json (const SiambanIteration *self)
{
  GString *text;

  g_return_val_if_fail (self != NULL, NULL);

  text = g_string_new (NULL);
  g_string_printf (text,
                   "{\"iteration\":%" G_GUINT64_FORMAT ",\"n_iterations\":%" G_GUINT64_FORMAT
                   ",\"epoch\":%u,\"index\":%u,\"n_per_epoch\":%u,\"lr\":[",
                   self->number, self->n_iterations, self->epoch, self->index, self->n_per_epoch);
  append_number (text, self->backbone_rate);
  g_string_append_c (text, ',');
  append_number (text, self->neck_rate);
  g_string_append_c (text, ',');
  append_number (text, self->head_rate);
  g_string_append_c (text, ']');

  append_member (text, "cls_loss", self->cls_loss);
  append_member (text, "loc_loss", self->loc_loss);
  append_member (text, "total_loss", self->total_loss);
  append_member (text, "grad_norm", self->grad_norm);
  g_string_append_printf (text, ",\"updated\":%s", self->updated ? "true" : "false");
  append_member (text, "data_time", self->data_time);
  append_member (text, "batch_time", self->batch_time);
  append_member (text, "eta", self->eta);
  g_string_append_c (text, '}');

  return g_string_free (text, FALSE);
}
