/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-cuda-program-private.h"

G_BEGIN_DECLS

/* Gradients of several replicas are added on the device, a bucket at a time, on a stream of their own: while the
 * gradients of the first layers are worked out, those of the last ones are on their way. All of it does nothing
 * in a program that was not joined with others. */

/* See _siamban_program_join(). */
gboolean _siamban_cuda_buckets_join (SiambanProgram *program,
                                     GObject *connection,
                                     gboolean average,
                                     GError **error);
void _siamban_cuda_buckets_free (SiambanCudaProgram *self);

/* After value @value was differentiated: sends off what is complete by that. */
gboolean _siamban_cuda_buckets_send (SiambanCudaProgram *self, guint value, GError **error);

/* After the last of several passes, whose mean is sent at once. */
gboolean _siamban_cuda_buckets_send_all (SiambanCudaProgram *self, GError **error);

/* After all: what comes next on the program's stream finds the sums. */
gboolean _siamban_cuda_buckets_collect (SiambanCudaProgram *self, GError **error);

/* Waits for sums that are on their way: nothing may be put behind them on the program's stream for which the host
 * waits, since they may never end when another rank is gone. */
gboolean _siamban_cuda_buckets_settle (SiambanCudaProgram *self, GError **error);

/* The same; fails, before a weight is moved, if they were given up at any time. */
gboolean _siamban_cuda_buckets_wait (SiambanCudaProgram *self, GError **error);

/* Waits for the program's stream, joined or not. */
gboolean _siamban_cuda_wait (SiambanCudaProgram *self, GError **error);

G_END_DECLS
