/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* What was tracked in each frame of a sequence so far. Changed by one thread; a reference for another
 * must not be while that goes on. */
typedef struct
{
  guint n_frames;
  SiambanBox *boxes;        /* not finite where nothing was tracked */
  double *scores;           /* NaN where the tracker gave none */
  SiambanTrajectory *truth; /* where the target really is, or NULL */
} SiambanTrackRecord;

SiambanTrackRecord *siamban_track_record_new (guint n_frames);
SiambanTrackRecord *siamban_track_record_copy (const SiambanTrackRecord *self);
void siamban_track_record_free (SiambanTrackRecord *self);

void siamban_track_record_clear (SiambanTrackRecord *self);
void siamban_track_record_set (SiambanTrackRecord *self,
                               guint frame,
                               const SiambanBox *box,
                               double score);
gboolean siamban_track_record_get (const SiambanTrackRecord *self, guint frame, SiambanBox *box);

/* Boxes of before go, those of a frame that is not there count for nothing. @truth: (nullable). */
void siamban_track_record_set_truth (SiambanTrackRecord *self, SiambanTrajectory *truth);
gboolean
siamban_track_record_get_truth (const SiambanTrackRecord *self, guint frame, SiambanBox *box);

/* The boxes into a file, by its name: `.csv` and `.json` with frame numbers and scores, others as
 * the library's result files. */
gboolean
siamban_track_record_save (const SiambanTrackRecord *self, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanTrackRecord, siamban_track_record_free)

G_END_DECLS
