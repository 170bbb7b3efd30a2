/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-training-private.h"

G_BEGIN_DECLS

/* Trains one replica of the network on each of @devices, a thread each: the first one, rank 0, in
 * the calling thread and with @model, which is what the run is about; the others on copies. When one
 * fails all end, and the error is that of rank 0 or names the rank that failed.
 *
 * @processes: NULL, or what a launcher made this process rank 0 of; then there is one device. */
gboolean _siamban_replicas_run (SiambanConfig *config,
                                GListModel *devices,
                                SiambanCommunicator *processes,
                                SiambanModel *model,
                                const SiambanTrainingHooks *hooks,
                                const SiambanTrainingOptions *options,
                                const char *run_directory,
                                GCancellable *cancellable,
                                GError **error);

/* The same in a process that is another rank than 0: it writes nothing. */
gboolean _siamban_replicas_follow (SiambanConfig *config,
                                   GListModel *devices,
                                   SiambanCommunicator *processes,
                                   SiambanModel *model,
                                   const SiambanTrainingOptions *options,
                                   GError **error);

/* Those of @devices that this process trains on: of one of several processes the only one, or that of its place
 * among the processes of its machine, if there are enough. */
GListModel *_siamban_replicas_list_devices (GListModel *devices, SiambanCommunicator *processes);

G_END_DECLS
