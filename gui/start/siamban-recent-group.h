/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SIAMBAN_TYPE_RECENT_GROUP (siamban_recent_group_get_type ())

G_DECLARE_FINAL_TYPE (SiambanRecentGroup,
                      siamban_recent_group,
                      SIAMBAN,
                      RECENT_GROUP,
                      AdwPreferencesGroup)

/* Shows the files and folders that its property `key` of the settings names, and follows it. A row
 * opens what it names. It hides itself while there is nothing. */

G_END_DECLS
