/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-training-private.h"

G_BEGIN_DECLS

/* Trains one replica of the network on each of @devices, a thread each: the first one, rank 0, in
 * the calling thread and with @model, which is what the run is about; the others on copies. When one
 * fails all end, and the error is that of rank 0 or names the rank that failed. */
gboolean _siamban_replicas_run (SiambanConfig *config,
                                GListModel *devices,
                                SiambanModel *model,
                                const SiambanTrainingHooks *hooks,
                                const SiambanTrainingOptions *options,
                                const char *run_directory,
                                GCancellable *cancellable,
                                GError **error);

G_END_DECLS
