/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-session.h"

G_BEGIN_DECLS

/* Starts `siamban train` in @folder, in a process of its own that leaves the window its share of the
 * processor, and shows that run in @session. @config is NULL to go on with the run that is there.
 * @devices: ids, ending with NULL; NULL for the best one. */
void siamban_run_launcher_start (SiambanSession *session,
                                 const char *folder,
                                 SiambanConfig *config,
                                 const char *const *devices,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean siamban_run_launcher_start_finish (GAsyncResult *result, GError **error);

/* Opens the run in @folder, and shows it in @session. */
void siamban_run_launcher_open (SiambanSession *session,
                                const char *folder,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean siamban_run_launcher_open_finish (GAsyncResult *result, GError **error);

G_END_DECLS
