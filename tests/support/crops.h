/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* A small data set on the disk: ROOT/video/FRAME6.00.x.jpg and ROOT/train.json. */
typedef struct
{
  char *folder;
  char *anno;
  guint n_videos;
  guint n_frames;
} Crops;

/* @name tells sets apart; frames have the numbers 0, 2, 4 …; crops are @side pixels wide. */
Crops *crops_new (const char *name, guint n_videos, guint n_frames, guint side);
char *crops_path (Crops *self, guint video, guint frame);

/* Deletes everything. */
void crops_free (Crops *self);

/* A mixture of sets, with small images so that tests are quick. */
SiambanDataset *
crops_mix (Crops *const *sets, const int *num_use, guint n_sets, gint64 n_samples, guint64 seed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Crops, crops_free)

G_END_DECLS
