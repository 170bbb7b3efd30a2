/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-checkpoint.h"
#include "siamban-model.h"
#include "siamban-optimizer.h"

G_BEGIN_DECLS

/* Where a training stands. */
typedef struct
{
  guint epoch;       /* how many are done */
  guint64 iteration; /* likewise */
  guint batch_size;  /* samples an iteration, of all devices together */
} SiambanPosition;

/* What a checkpoint keeps of a training: weights, buffers and counters, the groups of the optimizer
 * and the momentum, so that the original reads it too, and the position. */
gboolean _siamban_snapshot_save (SiambanModel *model,
                                 SiambanOptimizer *optimizer,
                                 SiambanConfig *config,
                                 SiambanProgram *program,
                                 const SiambanPosition *position,
                                 const char *path,
                                 GError **error);

/* Whether the file system of @folder has room for one, so that no time is spent on a part of it. */
gboolean _siamban_snapshot_check_space (SiambanModel *model,
                                        SiambanOptimizer *optimizer,
                                        const char *folder,
                                        GError **error);

/* TRUE without momentum if the groups of the checkpoint are others; @restored tells. */
gboolean _siamban_snapshot_restore_momentum (SiambanCheckpoint *checkpoint,
                                             SiambanOptimizer *optimizer,
                                             SiambanProgram *program,
                                             gboolean *restored,
                                             GError **error);

/* A checkpoint within an epoch says in its name where it stands, `checkpoint_iN.pth` after iteration
 * N, so that no crash can part the one from the other. Any other one stands at the end of the epoch
 * that it tells of. */
char *_siamban_position_name (guint64 iteration);
gboolean _siamban_position_parse (const char *path, guint64 *iteration);

/* N of the name `checkpoint_eN.pth`; FALSE for other names. */
gboolean _siamban_snapshot_parse_epoch (const char *name, guint64 *epoch);

/* Once a checkpoint is complete, the earlier ones within an epoch have had their time. */
void _siamban_position_forget_others (const char *path);

/* The newest checkpoint of a run: @path itself, or if it is a folder, the furthest in it or in its
 * folder `snapshot` that is not among the paths @passed_over. */
char *_siamban_find_checkpoint (const char *path, GPtrArray *passed_over, GError **error);

/* The iterations that are done of a training of @n_samples an epoch in batches of @batch_size, when
 * @checkpoint was written, perhaps with other batches: rounded down, so that none of the samples of
 * the epoch is left out. */
guint64 _siamban_snapshot_locate (SiambanCheckpoint *checkpoint,
                                  const char *path,
                                  guint64 n_samples,
                                  guint batch_size);

G_END_DECLS
