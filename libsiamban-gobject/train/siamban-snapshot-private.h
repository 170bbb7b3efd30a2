/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-checkpoint.h"
#include "siamban-model.h"
#include "siamban-optimizer.h"

G_BEGIN_DECLS

/* The checkpoint of a run that ended before its time. */
#define SIAMBAN_STOP_CHECKPOINT "checkpoint_stop.pth"

/* What a checkpoint keeps of a training: weights, buffers and counters, the groups of the optimizer
 * and the momentum, so that the original reads it too. */
gboolean _siamban_snapshot_save (SiambanModel *model,
                                 SiambanOptimizer *optimizer,
                                 SiambanConfig *config,
                                 SiambanProgram *program,
                                 guint epoch,
                                 const char *path,
                                 GError **error);

/* TRUE without momentum if the groups of the checkpoint are others; @restored tells. */
gboolean _siamban_snapshot_restore_momentum (SiambanCheckpoint *checkpoint,
                                             SiambanOptimizer *optimizer,
                                             SiambanProgram *program,
                                             gboolean *restored,
                                             GError **error);

/* Where within an epoch a checkpoint stands: a small file beside it. Without that file a checkpoint
 * stands at the beginning of its epoch. */
gboolean _siamban_position_save (const char *checkpoint_path, guint64 iteration, GError **error);
void _siamban_position_forget (const char *checkpoint_path);
gboolean _siamban_position_load (const char *checkpoint_path, guint64 *iteration);

/* The newest checkpoint of a run: @path itself, or if it is a folder, the furthest in it or in its
 * folder `snapshot`. */
char *_siamban_find_checkpoint (const char *path, GError **error);

G_END_DECLS
