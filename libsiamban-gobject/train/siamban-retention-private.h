/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which checkpoints of epochs stay. */

/* Removes `checkpoint_eN.pth` of all but the last @n_kept epochs up to @epoch; 0 keeps all. */
void _siamban_retention_prune (const char *folder, guint epoch, guint n_kept);

/* What made an epoch the best one, in `snapshot/best.json`. */
typedef struct
{
  guint epoch;         /* how many were done */
  const char *measure; /* what @value is */
  double value;
  gboolean higher; /* whether a higher one is better */
} SiambanBest;

/* Makes the checkpoint @path of an epoch `checkpoint_best.pth`, unless the one that is there was
 * better by the same measure. @is_best tells. Without a copy where the file system allows it. */
gboolean _siamban_retention_offer (const char *path,
                                   const SiambanBest *best,
                                   gboolean *is_best,
                                   GError **error);

G_END_DECLS
