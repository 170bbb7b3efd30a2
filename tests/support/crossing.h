/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which PyTorch reads and writes: that of the system's Python, or the one in the folder that the
 * environment's SIAMBAN_NEW_TORCH names. */
typedef enum
{
  CROSSING_SYSTEM,
  CROSSING_NEW,
} CrossingTorch;

/* PyTorch reads a checkpoint and writes it again in its place. @groups: (nullable): a file with a line
 * of names for each group of the optimizer; with it network and optimizer are restored on the way. FALSE
 * if there is no such PyTorch. */
gboolean
crossing_run (CrossingTorch torch, const char *checkpoint, gboolean zip, const char *groups);

G_END_DECLS
