/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-augmentation-stage.h"
#include "siamban-box.h"

G_BEGIN_DECLS

/* After which built-in stage. The crop is scaled and shifted in one. */
typedef enum
{
  SIAMBAN_PLACE_CROP,
  SIAMBAN_PLACE_COLOR,
  SIAMBAN_PLACE_BLUR,
  SIAMBAN_PLACE_FLIP,
} SiambanStagePlace;

/* Stages that are inserted between the built-in ones. Filled by one thread, then read by many. */
typedef struct _SiambanStageList SiambanStageList;

/* Some stages, for one image. */
typedef struct
{
  SiambanStageList *list;
  gboolean is_search;
  guint64 seed;
} SiambanStageRun;

SiambanStageList *_siamban_stage_list_new (void);
SiambanStageList *_siamban_stage_list_ref (SiambanStageList *self);
void _siamban_stage_list_unref (SiambanStageList *self);

gboolean _siamban_stage_list_insert (SiambanStageList *self,
                                     SiambanAugmentationStage *stage,
                                     const char *after,
                                     GError **error);

guint _siamban_stage_list_get_n (SiambanStageList *self);

/* Whether a stage must be called in one thread. */
gboolean _siamban_stage_list_is_bound (SiambanStageList *self);

gboolean _siamban_stage_list_has (SiambanStageList *self, SiambanStagePlace place);

/* Applies those of @place to @pixels (3, size, size) and @box. @run: NULL for none. */
gboolean _siamban_stage_run_apply (const SiambanStageRun *run,
                                   SiambanStagePlace place,
                                   guint size,
                                   float *pixels,
                                   SiambanBox *box,
                                   const SiambanBox *crop,
                                   GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanStageList, _siamban_stage_list_unref)

G_END_DECLS
