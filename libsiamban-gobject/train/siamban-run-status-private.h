/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-run.h"

G_BEGIN_DECLS

/* What the process that trains says of itself in the folder of its run: a lock on `run.lock`, which
 * the system takes away however the process ends, and `status.json`, the last thing it said.
 *
 * Owned by the process that trains; any other only reads. */
typedef struct _SiambanRunStatus SiambanRunStatus;

/* Makes the folder and takes the lock. Fails while another process trains there. */
SiambanRunStatus *_siamban_run_status_open (const char *directory, GError **error);
void _siamban_run_status_free (SiambanRunStatus *self);

/* @reason: (nullable): why a run failed. What cannot be written is left out: it only informs. */
void _siamban_run_status_set (SiambanRunStatus *self, SiambanRunState state, const char *reason);

/* What an earlier run had said there is said again: the run that was to go on with it never began.
 * FALSE if there was none. */
gboolean _siamban_run_status_revert (SiambanRunStatus *self);

/* Whether a process trains there now. */
gboolean _siamban_run_is_alive (const char *directory);

/* The state as it is, whatever the process could still say; @reason may come out as NULL. */
SiambanRunState _siamban_run_status_read (const char *directory, char **reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanRunStatus, _siamban_run_status_free)

G_END_DECLS
