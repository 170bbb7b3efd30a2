/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-pickle-value-private.h"

G_BEGIN_DECLS

/* Reads one pickle, protocols 0 to 5, from the start of @data. Nothing of it is executed: names
 * outside the list of siamban-pickle-globals.c, and operations that a file of weights has no use
 * for, are errors. On success *@n_used, if not NULL, is the number of bytes up to its end.
 *
 * The value belongs to @pickle. */
SiambanPickleValue *_siamban_pickle_read (SiambanPickle *pickle,
                                          gconstpointer data,
                                          gsize size,
                                          gsize *n_used,
                                          GError **error);

/* The text between the quotes of a Python 2 string as `repr()` writes it; NULL when malformed. */
SiambanPickleValue *_siamban_pickle_unquote (SiambanPickle *pickle, const char *line, gsize size);

/* A string in Python's raw-unicode-escape; NULL when malformed. */
SiambanPickleValue *_siamban_pickle_unescape (SiambanPickle *pickle, const char *line, gsize size);

/* Digits, with or without a trailing L; NULL when malformed or beyond 64 bits. */
SiambanPickleValue *
_siamban_pickle_parse_integer (SiambanPickle *pickle, const char *line, gsize size);

G_END_DECLS
