/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the application remembers. NULL where its schema is not installed: nothing is remembered
 * then. */
GSettings *siamban_settings_get (void);

/* The list @key, the last used first, without what is gone. */
char **siamban_settings_list_recent (const char *key);
/* Puts @path at its beginning. */
void siamban_settings_add_recent (const char *key, const char *path);

/* Where new runs go. */
char *siamban_settings_get_runs_folder (void);

gboolean siamban_settings_get_flag (const char *key);
void siamban_settings_set_flag (const char *key);

G_END_DECLS
