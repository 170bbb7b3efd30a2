/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_KEY_ROW (siamban_key_row_get_type ())

G_DECLARE_FINAL_TYPE (SiambanKeyRow, siamban_key_row, SIAMBAN, KEY_ROW, AdwPreferencesRow)

/* A form's row for one key. What is typed goes into the configuration as soon as it fits; what does
 * not stays in the row, with the reason, and `fault-changed` tells so. */
SiambanKeyRow *siamban_key_row_new (SiambanConfig *config, const char *key);

const char *siamban_key_row_get_key (SiambanKeyRow *self);
gboolean siamban_key_row_get_changed (SiambanKeyRow *self);

/* Whether key, label or description have all of the words. */
gboolean siamban_key_row_matches (SiambanKeyRow *self, const char *const *words);

/* Something that only other keys show to be wrong; NULL for nothing. */
void siamban_key_row_set_problem (SiambanKeyRow *self, const char *problem);

/* What is wrong, by itself or by others; NULL for nothing. */
const char *siamban_key_row_get_problem (SiambanKeyRow *self);

G_END_DECLS
