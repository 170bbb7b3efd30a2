/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Reads JSON value by value, the caller asking for what it expects: nothing is kept but the text
 * of the last string, so that files of any size cost no memory. Strict (RFC 8259, UTF-8), but for
 * NaN, Infinity and -Infinity as numbers, which Python's json module writes.
 *
 * The first error is kept and makes every later call fail; it names file, line and column. */
typedef struct
{
  const char *name;
  const char *start;
  const char *at;
  const char *end;
  guint depth;
  GString *text; /* of the last key or string, decoded */
  GError *error;
} SiambanJsonReader;

/* @name (the file's, for errors) and @data must outlive the reader. */
void
_siamban_json_reader_init (SiambanJsonReader *self, const char *name, const char *data, gsize size);
void _siamban_json_reader_clear (SiambanJsonReader *self);

/* The first byte of the next value, 0 at the end: '{', '[', '"', a digit … */
char _siamban_json_reader_peek (SiambanJsonReader *self);

/* An object: enter, then a key and its value until there is no next key. */
gboolean _siamban_json_reader_enter_object (SiambanJsonReader *self);
gboolean _siamban_json_reader_next_key (SiambanJsonReader *self, gboolean *first);

/* An array: enter, then a value until there is no next element. */
gboolean _siamban_json_reader_enter_array (SiambanJsonReader *self);
gboolean _siamban_json_reader_next_element (SiambanJsonReader *self, gboolean *first);

gboolean _siamban_json_reader_read_number (SiambanJsonReader *self, double *number);
gboolean _siamban_json_reader_read_string (SiambanJsonReader *self);
gboolean _siamban_json_reader_skip_value (SiambanJsonReader *self);

/* Nothing may follow the outermost value. */
gboolean _siamban_json_reader_finish (SiambanJsonReader *self);

/* Sets the error, at @where or, if NULL, where the reader stands; answers FALSE. */
gboolean
_siamban_json_reader_fail (SiambanJsonReader *self, const char *where, const char *message);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SiambanJsonReader, _siamban_json_reader_clear)

G_END_DECLS
