/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

/* How the processes of a training learn that one of them is gone: rank 0 holds a socket to every other, and
 * tells them all what happens on one. A socket that closes without a word is a process that died. */
typedef struct _SiambanRankWatch SiambanRankWatch;

/* @sockets: connected, taken over; on rank 0 one for each rank, its own not looked at, elsewhere only
 * that to rank 0. A thread listens to them. */
SIAMBAN_MODULE_API
SiambanRankWatch *
_siamban_rank_watch_new (guint rank, guint n_ranks, const int *sockets, GError **error);

/* Says good-bye, so that nobody takes the end for a failure; waits for nothing. */
SIAMBAN_MODULE_API
void _siamban_rank_watch_free (SiambanRankWatch *self);

/* FALSE with %SIAMBAN_ERROR_RANK_LOST once a rank is gone. Any thread. */
SIAMBAN_MODULE_API
gboolean _siamban_rank_watch_check (SiambanRankWatch *self, GError **error);

/* Tells all others that this rank stops. Does nothing if another did so before. Any thread. */
SIAMBAN_MODULE_API
void _siamban_rank_watch_leave (SiambanRankWatch *self, const char *reason);

/* After a failure: waits until rank 0 is gone too, so that it can save what there is before a launcher ends
 * everything; not longer than so many seconds. */
SIAMBAN_MODULE_API
void _siamban_rank_watch_wait_for_first (SiambanRankWatch *self, double seconds);

G_END_DECLS
