/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The shortest text that reads back as the same number, always with a point, an "inf" or a "nan":
 * a reader that knows types (PyYAML) then takes it as a real number.
 * @text has G_ASCII_DTOSTR_BUF_SIZE bytes. */
char *_siamban_config_format_double (double number, char *text);

/* The same for people: without the point of a whole number. */
char *_siamban_config_format_number (double number, char *text);

/* The word that @text is probably a misspelling of, or NULL. */
const char *_siamban_config_nearest_word (const char *text, const char *const *words);

G_END_DECLS
