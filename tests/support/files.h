/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A new folder for one test; fails the test when it cannot be made. */
char *files_make_folder (void);

/* Removes a folder with all it holds; links are removed, not followed. */
void files_remove_tree (const char *path);

void files_write (const char *folder, const char *name, const char *text);

gboolean files_exist (const char *folder, const char *name);

/* How many files and folders are directly in it. */
guint files_count (const char *folder);

G_END_DECLS
