/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* The value of a key as a person types it: numbers as short as they can be, lists with commas, free
 * parameters as a mapping of YAML on one line. */
char *siamban_key_text_get (SiambanConfig *config, const char *key);

/* Changes nothing if the text does not fit. The message does not repeat the key. */
gboolean
siamban_key_text_set (SiambanConfig *config, const char *key, const char *text, GError **error);

/* The group that has a key, borrowed; NULL for none. @name is set to the key's own part. */
SiambanConfigGroup *
siamban_key_find_group (SiambanConfig *config, const char *key, const char **name);

/* The property of a key in its group. */
GParamSpec *siamban_key_find_property (SiambanConfig *config, const char *key);

/* Whether a key has the value that a new configuration has, and giving it that. */
gboolean siamban_key_is_default (SiambanConfig *config, const char *key);
void siamban_key_reset (SiambanConfig *config, const char *key);

G_END_DECLS
