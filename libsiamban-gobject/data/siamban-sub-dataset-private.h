/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-random-private.h"
#include "siamban-sub-dataset.h"

G_BEGIN_DECLS

/* A box of one video: track and position of the frame. */
typedef struct
{
  guint track;
  guint position;
} SiambanTarget;

/* The positions [@first, @end) from which the search frame of @position may come. */
void _siamban_sub_dataset_search_range (SiambanSubDataset *self,
                                        guint n_frames,
                                        guint position,
                                        guint *first,
                                        guint *end);

/* Writes num-use indices, counted from the start index: whole shuffles one after the other. */
void _siamban_sub_dataset_pick (SiambanSubDataset *self, SiambanRandom *random, guint32 *picks);

void _siamban_sub_dataset_draw_pair (SiambanSubDataset *self,
                                     SiambanRandom *random,
                                     guint video,
                                     SiambanTarget *template,
                                     SiambanTarget *search);
SiambanTarget
_siamban_sub_dataset_draw_target (SiambanSubDataset *self, SiambanRandom *random, guint video);

G_END_DECLS
