/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is wrong with a configuration, one line for each thing, so that a user mends all at once. */
typedef struct _SiambanConfigProblems SiambanConfigProblems;

/* @file: where the lines are counted; NULL if there is no file */
SiambanConfigProblems *_siamban_config_problems_new (const char *file);
void _siamban_config_problems_free (SiambanConfigProblems *self);

/* @line: counted from 1; 0 if unknown. @key: NULL if no key is to blame. */
void _siamban_config_problems_add (SiambanConfigProblems *self,
                                   const char *key,
                                   guint line,
                                   const char *format,
                                   ...) G_GNUC_PRINTF (4, 5);

/* Whether so many are known that it is no use to describe more with care. */
gboolean _siamban_config_problems_is_full (SiambanConfigProblems *self);

/* FALSE, with all of them in the error, if there is any. */
gboolean _siamban_config_problems_check (SiambanConfigProblems *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanConfigProblems, _siamban_config_problems_free)

G_END_DECLS
