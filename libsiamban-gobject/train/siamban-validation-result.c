/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-validation-result.h"

#include <string.h>

#include "siamban-event-json-private.h"

G_DEFINE_BOXED_TYPE (SiambanValidationResult,
                     siamban_validation_result,
                     siamban_validation_result_copy,
                     siamban_validation_result_free)

/**
 * siamban_validation_result_copy:
 * @self: a result
 *
 * Copies a result to the heap; C code copies with `=`.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
SiambanValidationResult *
siamban_validation_result_copy (const SiambanValidationResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_memdup2 (self, sizeof *self);
}

/**
 * siamban_validation_result_free:
 * @self: a result on the heap
 *
 * Frees a copy.
 *
 * Since: 0.1
 */
void
siamban_validation_result_free (SiambanValidationResult *self)
{
  g_free (self);
}

/**
 * siamban_validation_result_to_json:
 * @self: a result
 *
 * Writes a result as a JSON object on one line: what the file `events.jsonl` of a run holds after
 * the line of the iteration.
 *
 * The object has one member, `validation`, an object with members named like the fields. A number
 * that is not finite is null.
 *
 * Returns: (transfer full): the text, without a line feed
 *
 * Since: 0.1
 */
char *
siamban_validation_result_to_json (const SiambanValidationResult *self)
{
  GString *text;

  g_return_val_if_fail (self != NULL, NULL);

  text = g_string_new (NULL);
  g_string_printf (text, "{\"validation\":{\"iteration\":%" G_GUINT64_FORMAT ",\"epoch\":%u",
                   self->iteration, self->epoch);
  _siamban_event_append_member (text, "measure", self->measure);
  _siamban_event_append_member (text, "seconds", self->seconds);
  g_string_append (text, "}}");

  return g_string_free (text, FALSE);
}

static gboolean
read_member (SiambanJsonReader *reader, SiambanValidationResult *self)
{
  const char *key = reader->text->str;
  double count;

  if (g_str_equal (key, "measure"))
    return _siamban_event_read_number (reader, &self->measure);
  if (g_str_equal (key, "seconds"))
    return _siamban_event_read_number (reader, &self->seconds);
  if (g_str_equal (key, "iteration"))
    {
      if (!_siamban_event_read_count (reader, SIAMBAN_EVENT_MAX_COUNT, &count))
        return FALSE;
      self->iteration = (guint64) count;
      return TRUE;
    }
  if (g_str_equal (key, "epoch"))
    {
      if (!_siamban_event_read_count (reader, G_MAXUINT, &count))
        return FALSE;
      self->epoch = (guint) count;
      return TRUE;
    }

  return _siamban_json_reader_skip_value (reader);
}

static gboolean
read_object (SiambanJsonReader *reader, SiambanValidationResult *self)
{
  gboolean first = TRUE;

  if (!_siamban_json_reader_enter_object (reader))
    return FALSE;
  while (_siamban_json_reader_next_key (reader, &first))
    if (!read_member (reader, self))
      return FALSE;

  return reader->error == NULL;
}

/* The outer object, of which this is one member. */
static gboolean
read_line (SiambanJsonReader *reader, SiambanValidationResult *self)
{
  gboolean found = FALSE;
  gboolean first = TRUE;

  if (!_siamban_json_reader_enter_object (reader))
    return FALSE;
  while (_siamban_json_reader_next_key (reader, &first))
    {
      const gboolean is_it = g_str_equal (reader->text->str, "validation");

      if (is_it ? !read_object (reader, self) : !_siamban_json_reader_skip_value (reader))
        return FALSE;
      found = found || is_it;
    }
  if (reader->error == NULL && !found)
    return _siamban_json_reader_fail (reader, NULL, "expected a member “validation”");

  return _siamban_json_reader_finish (reader);
}

/**
 * siamban_validation_result_new_from_json:
 * @text: a JSON object
 * @error: return location for an error
 *
 * Reads what [method@ValidationResult.to_json] wrote.
 *
 * Members that are absent are 0, unknown ones are passed over, and null is NaN. It fails with
 * %SIAMBAN_ERROR_INVALID_DATA if @text is no such object, for example the line of an iteration.
 *
 * Returns: (transfer full): the result
 *
 * Since: 0.1
 */
SiambanValidationResult *
siamban_validation_result_new_from_json (const char *text, GError **error)
{
  g_autoptr (SiambanValidationResult) self = g_new0 (SiambanValidationResult, 1);
  g_auto (SiambanJsonReader) reader = { 0 };

  g_return_val_if_fail (text != NULL, NULL);

  _siamban_json_reader_init (&reader, "events.jsonl", text, strlen (text));
  if (read_line (&reader, self))
    return g_steal_pointer (&self);

  g_propagate_error (error, g_steal_pointer (&reader.error));

  return NULL;
}
