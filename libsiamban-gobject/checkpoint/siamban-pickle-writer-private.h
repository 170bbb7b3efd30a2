/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Operations of a pickle that take nothing but what is on the stack. */
#define SIAMBAN_PICKLE_MARK '('
#define SIAMBAN_PICKLE_MAKE_TUPLE 't'
#define SIAMBAN_PICKLE_EMPTY_TUPLE ')'
#define SIAMBAN_PICKLE_EMPTY_LIST ']'
#define SIAMBAN_PICKLE_EMPTY_DICT '}'
#define SIAMBAN_PICKLE_APPENDS 'e'
#define SIAMBAN_PICKLE_SET_ITEMS 'u'
#define SIAMBAN_PICKLE_CALL 'R'
#define SIAMBAN_PICKLE_PERSISTENT_ID 'Q'
#define SIAMBAN_PICKLE_STOP '.'

/* Writes pickles of protocol 2, which every PyTorch reads, its restricted loader included. */
void _siamban_pickle_write_start (GByteArray *out);
void _siamban_pickle_write_operation (GByteArray *out, char operation);
void _siamban_pickle_write_global (GByteArray *out, const char *module, const char *name);
void _siamban_pickle_write_string (GByteArray *out, const char *text);
void _siamban_pickle_write_integer (GByteArray *out, gint64 integer);
void _siamban_pickle_write_number (GByteArray *out, double number);
void _siamban_pickle_write_boolean (GByteArray *out, gboolean value);

G_END_DECLS
