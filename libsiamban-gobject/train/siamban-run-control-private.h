/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A socket `control` in the folder of a run, by which other processes of the same user speak to the
 * one that trains: one word a connection, which is answered by `ok`, or by what is wrong with it. */
typedef struct _SiambanRunControl SiambanRunControl;

#define SIAMBAN_CONTROL_PAUSE "pause"
#define SIAMBAN_CONTROL_RESUME "resume"
#define SIAMBAN_CONTROL_STOP "stop"
#define SIAMBAN_CONTROL_STOP_AFTER_EPOCH "stop-after-epoch"
#define SIAMBAN_CONTROL_SNAPSHOT "snapshot"

/* Called in a thread of the socket's own: FALSE if there is no such command. */
typedef gboolean (*SiambanRunControlFunc) (const char *command, gpointer user_data);

SiambanRunControl *_siamban_run_control_new (const char *directory,
                                             SiambanRunControlFunc func,
                                             gpointer user_data,
                                             GError **error);
void _siamban_run_control_free (SiambanRunControl *self);

/* The other side. Waits for the answer, a few seconds at most. */
gboolean _siamban_run_control_send (const char *directory, const char *command, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanRunControl, _siamban_run_control_free)

G_END_DECLS
