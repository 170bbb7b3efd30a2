/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_CONFIG_HISTORY (siamban_config_history_get_type ())

G_DECLARE_FINAL_TYPE (SiambanConfigHistory,
                      siamban_config_history,
                      SIAMBAN,
                      CONFIG_HISTORY,
                      GObject)

/* Watches a configuration, whoever changes it, and can take changes back. Changes of one key in a row
 * are one. `changed` comes with every change; can-undo and can-redo are up to date then. */
SiambanConfigHistory *siamban_config_history_new (SiambanConfig *config);

gboolean siamban_config_history_can_undo (SiambanConfigHistory *self);
gboolean siamban_config_history_can_redo (SiambanConfigHistory *self);
void siamban_config_history_undo (SiambanConfigHistory *self);
void siamban_config_history_redo (SiambanConfigHistory *self);

/* What follows is not part of the last change any more. */
void siamban_config_history_close (SiambanConfigHistory *self);

/* Whether there were changes since it was made or told so. */
gboolean siamban_config_history_is_modified (SiambanConfigHistory *self);
void siamban_config_history_set_saved (SiambanConfigHistory *self);

G_END_DECLS
