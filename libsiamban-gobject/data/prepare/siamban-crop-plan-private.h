/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-box.h"
#include "siamban-image.h"
#include "siamban-prepare-report-private.h"

G_BEGIN_DECLS

/* One target in one frame. */
typedef struct
{
  guint video;
  guint frame;
  guint track;
  SiambanBox box;
  gboolean done; /* its crop is there */
} SiambanCropTarget;

/* One frame: read once, one crop for each of its targets. */
typedef struct
{
  guint video;
  guint frame;
  char *path; /* NULL: the plan's load() knows */
  gint64
      newest; /* when the newest of its sources was changed; crops that are older are made again */
  guint first_target;
  guint n_targets;
  /* what became of it, set by a worker */
  guint n_kept;
  guint n_bad_boxes;
  gboolean unwritable; /* error is about a crop, not about the frame */
  GError *error;
} SiambanCropFrame;

/* Everything to be cropped into one folder, in the layout that training reads: crops as
 * FOLDER/VIDEO/FRAME.TRACK.x.jpg, boxes in FOLDER/train.json. */
typedef struct _SiambanCropPlan SiambanCropPlan;

struct _SiambanCropPlan
{
  GPtrArray *videos; /* (element-type utf8) names */
  GArray *frames;    /* SiambanCropFrame */
  GArray *targets;   /* SiambanCropTarget */
  SiambanPrepareReport *report;
  SiambanImage *(*load) (gpointer data, const SiambanCropFrame *frame, GError **error);
  gpointer load_data;
};

typedef void (*SiambanCropProgressFunc) (guint n_done, guint n_frames, gpointer user_data);

SiambanCropPlan *_siamban_crop_plan_new (void);
void _siamban_crop_plan_free (SiambanCropPlan *self);

/* Names that are taken get a number, those that are no file name are made one. */
guint _siamban_crop_plan_add_video (SiambanCropPlan *self, const char *name);
void _siamban_crop_plan_add_frame (SiambanCropPlan *self,
                                   guint video,
                                   guint frame,
                                   const char *path,
                                   gint64 newest);
/* To the frame added last. */
void _siamban_crop_plan_add_target (SiambanCropPlan *self, guint track, const SiambanBox *box);

/* Makes the crops in worker threads, then the train.json. Frames that cannot be read are left out
 * and reported; that nothing can be written, or nothing is left, is an error. */
gboolean _siamban_crop_plan_run (SiambanCropPlan *self,
                                 const char *folder,
                                 guint n_threads,
                                 gboolean force,
                                 SiambanCropProgressFunc progress,
                                 gpointer progress_data,
                                 GCancellable *cancellable,
                                 GError **error);

/* siamban-crop-annotations.c: the train.json of all targets that are done */
gboolean
_siamban_crop_plan_write_annotations (SiambanCropPlan *self, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanCropPlan, _siamban_crop_plan_free)

G_END_DECLS
