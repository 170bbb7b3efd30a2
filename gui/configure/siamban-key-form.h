/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban-key-row.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_KEY_FORM (siamban_key_form_get_type ())

G_DECLARE_FINAL_TYPE (SiambanKeyForm, siamban_key_form, SIAMBAN, KEY_FORM, GtkWidget)

/* All keys of a configuration, a list of rows for each group. */
void siamban_key_form_set_config (SiambanKeyForm *self, SiambanConfig *config);

/* Which rows are shown: those with all words of the text, and of these perhaps only the changed. */
void siamban_key_form_set_search (SiambanKeyForm *self, const char *text);
void siamban_key_form_set_changed_only (SiambanKeyForm *self, gboolean changed_only);

/* Lines `KEY: what is wrong`; each goes to its row, to @rest those that have none. */
void siamban_key_form_set_problems (SiambanKeyForm *self,
                                    const char *const *problems,
                                    GStrvBuilder *rest);

guint siamban_key_form_get_n_problems (SiambanKeyForm *self);
guint siamban_key_form_get_n_shown (SiambanKeyForm *self);

/* Scrolls to the first row with a problem. */
void siamban_key_form_show_problem (SiambanKeyForm *self);

SiambanKeyRow *siamban_key_form_find_row (SiambanKeyForm *self, const char *key);

G_END_DECLS
