/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-checkpoint.h"

G_BEGIN_DECLS

/* What the optimiser keeps for some of the parameters. */
typedef struct
{
  double lr;
  double initial_lr;
  double momentum;
  double weight_decay;
  GPtrArray *buffers; /* one for each parameter: its momentum, or NULL */
  char **names;       /* NULL when it comes from a file, which does not name them */
} SiambanCheckpointGroup;

struct _SiambanCheckpoint
{
  GObject parent_instance;

  char *source; /* the file, or what stands for it in messages */
  int epoch;
  gint64 iteration;    /* how many are done; -1 if the file does not say */
  gint64 batch_size;   /* samples an iteration, of all devices together; -1 likewise */
  GPtrArray *names;    /* ends with NULL */
  GPtrArray *tensors;  /* in the order of the names */
  GHashTable *indices; /* name → position in both */
  GPtrArray *groups;   /* SiambanCheckpointGroup */
};

SiambanCheckpointGroup *_siamban_checkpoint_group_new (void);

/* As the public ones, and given up between two tensors. */
gboolean _siamban_checkpoint_save (SiambanCheckpoint *self,
                                   const char *path,
                                   GCancellable *cancellable,
                                   GError **error);
gboolean _siamban_checkpoint_save_safetensors (SiambanCheckpoint *self,
                                               const char *path,
                                               GCancellable *cancellable,
                                               GError **error);

G_END_DECLS
