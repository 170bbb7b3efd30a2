/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-event-json-private.h"

#include <math.h>

#include "siamban-python-text-private.h"

void
_siamban_event_append_number (GString *text, double value)
{
  if (isfinite (value))
    _siamban_append_python_float (text, value);
  else
    g_string_append (text, "null");
}

void
_siamban_event_append_member (GString *text, const char *name, double value)
{
  g_string_append_printf (text, ",\"%s\":", name);
  _siamban_event_append_number (text, value);
}

gboolean
_siamban_event_read_number (SiambanJsonReader *reader, double *value)
{
  *value = NAN;
  if (_siamban_json_reader_peek (reader) == 'n')
    return _siamban_json_reader_skip_value (reader);

  return _siamban_json_reader_read_number (reader, value);
}

gboolean
_siamban_event_read_count (SiambanJsonReader *reader, double highest, double *value)
{
  if (!_siamban_json_reader_read_number (reader, value))
    return FALSE;
  if (*value >= 0 && *value <= highest)
    return TRUE;

  return _siamban_json_reader_fail (reader, NULL, "expected a count");
}
