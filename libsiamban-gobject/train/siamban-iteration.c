/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-iteration.h"

#include <string.h>

#include "siamban-event-json-private.h"

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
 * Since: 0.1
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
 * Since: 0.1
 */
void
siamban_iteration_free (SiambanIteration *self)
{
  g_free (self);
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
 * Since: 0.1
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
  _siamban_event_append_number (text, self->backbone_rate);
  g_string_append_c (text, ',');
  _siamban_event_append_number (text, self->neck_rate);
  g_string_append_c (text, ',');
  _siamban_event_append_number (text, self->head_rate);
  g_string_append_c (text, ']');

  _siamban_event_append_member (text, "cls_loss", self->cls_loss);
  _siamban_event_append_member (text, "loc_loss", self->loc_loss);
  _siamban_event_append_member (text, "total_loss", self->total_loss);
  _siamban_event_append_member (text, "grad_norm", self->grad_norm);
  g_string_append_printf (text, ",\"updated\":%s", self->updated ? "true" : "false");
  _siamban_event_append_member (text, "data_time", self->data_time);
  _siamban_event_append_member (text, "communication_time", self->communication_time);
  _siamban_event_append_member (text, "batch_time", self->batch_time);
  _siamban_event_append_member (text, "eta", self->eta);
  g_string_append_c (text, '}');

  return g_string_free (text, FALSE);
}

static gboolean
read_rates (SiambanJsonReader *reader, SiambanIteration *self)
{
  double *const rates[] = { &self->backbone_rate, &self->neck_rate, &self->head_rate };
  gboolean first = TRUE;
  gsize n = 0;

  if (!_siamban_json_reader_enter_array (reader))
    return FALSE;
  while (_siamban_json_reader_next_element (reader, &first))
    {
      double value;

      if (!_siamban_event_read_number (reader, &value))
        return FALSE;
      if (n < G_N_ELEMENTS (rates))
        *rates[n++] = value;
    }

  return reader->error == NULL;
}

static gboolean
read_boolean (SiambanJsonReader *reader, gboolean *value)
{
  *value = _siamban_json_reader_peek (reader) == 't';

  return _siamban_json_reader_skip_value (reader);
}

static gboolean
read_member (SiambanJsonReader *reader, SiambanIteration *self)
{
  const struct
  {
    const char *name;
    double *value;
  } numbers[] = {
    { "cls_loss", &self->cls_loss },     { "loc_loss", &self->loc_loss },
    { "total_loss", &self->total_loss }, { "grad_norm", &self->grad_norm },
    { "data_time", &self->data_time },   { "communication_time", &self->communication_time },
    { "batch_time", &self->batch_time }, { "eta", &self->eta },
  };
  const struct
  {
    const char *name;
    guint *small;
    guint64 *large;
  } counts[] = {
    { "iteration", NULL, &self->number },
    { "n_iterations", NULL, &self->n_iterations },
    { "epoch", &self->epoch, NULL },
    { "index", &self->index, NULL },
    { "n_per_epoch", &self->n_per_epoch, NULL },
  };
  const char *key = reader->text->str;

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_str_equal (key, numbers[i].name))
      return _siamban_event_read_number (reader, numbers[i].value);

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    if (g_str_equal (key, counts[i].name))
      {
        double value;

        if (!_siamban_event_read_count (
                reader, counts[i].small ? G_MAXUINT : SIAMBAN_EVENT_MAX_COUNT, &value))
          return FALSE;
        if (counts[i].small)
          *counts[i].small = (guint) value;
        else
          *counts[i].large = (guint64) value;
        return TRUE;
      }

  if (g_str_equal (key, "lr"))
    return read_rates (reader, self);
  if (g_str_equal (key, "updated"))
    return read_boolean (reader, &self->updated);

  return _siamban_json_reader_skip_value (reader);
}

/**
 * siamban_iteration_new_from_json:
 * @text: a JSON object
 * @error: return location for an error
 *
 * Reads what [method@Iteration.to_json] wrote.
 *
 * Members that are absent are 0, unknown ones are passed over, and null is NaN. It fails with
 * %SIAMBAN_ERROR_INVALID_DATA if @text is no such object.
 *
 * Returns: (transfer full): the iteration
 *
 * Since: 0.1
 */
SiambanIteration *
siamban_iteration_new_from_json (const char *text, GError **error)
{
  g_autoptr (SiambanIteration) self = g_new0 (SiambanIteration, 1);
  g_auto (SiambanJsonReader) reader = { 0 };
  gboolean first = TRUE;

  g_return_val_if_fail (text != NULL, NULL);

  _siamban_json_reader_init (&reader, "events.jsonl", text, strlen (text));
  if (_siamban_json_reader_enter_object (&reader))
    while (_siamban_json_reader_next_key (&reader, &first) && read_member (&reader, self))
      ;
  if (reader.error == NULL && _siamban_json_reader_finish (&reader))
    return g_steal_pointer (&self);

  g_propagate_error (error, g_steal_pointer (&reader.error));

  return NULL;
}
