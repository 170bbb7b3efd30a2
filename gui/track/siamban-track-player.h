/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-track-worker.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRACK_PLAYER (siamban_track_player_get_type ())

G_DECLARE_FINAL_TYPE (SiambanTrackPlayer, siamban_track_player, SIAMBAN, TRACK_PLAYER, GObject)

/* Plays a sequence, and follows a target in it from the frame on where it was shown. A frame that was
 * tracked is not tracked again: going back shows what was found.
 *
 * Signals: `frame` with each frame that is there to be shown, `changed` when anything else below did,
 * `opened` (also after ground truth came) and `loaded` (with a warning, or NULL) when that is done, and `failed` with what did not
 * succeed, why, and what can be done. */
SiambanTrackPlayer *siamban_track_player_new (void);

void siamban_track_player_open (SiambanTrackPlayer *self, GFile *file);
void siamban_track_player_load (SiambanTrackPlayer *self,
                                SiambanConfig *config,
                                const char *weights,
                                const char *device);

/* Ground truth for the sequence that is open. */
void siamban_track_player_read_truth (SiambanTrackPlayer *self, GFile *file);

/* In the frame that is shown; what was tracked before is forgotten. */
void siamban_track_player_set_target (SiambanTrackPlayer *self, const SiambanBox *box);

void siamban_track_player_seek (SiambanTrackPlayer *self, guint frame);
void siamban_track_player_set_playing (SiambanTrackPlayer *self, gboolean playing);

/* Times the frame rate; 0 for as fast as it goes. */
void siamban_track_player_set_speed (SiambanTrackPlayer *self, double speed);

gboolean siamban_track_player_get_playing (SiambanTrackPlayer *self);
gboolean siamban_track_player_get_opening (SiambanTrackPlayer *self);
gboolean siamban_track_player_get_loading (SiambanTrackPlayer *self);
gboolean siamban_track_player_get_loaded (SiambanTrackPlayer *self);
gboolean siamban_track_player_get_target (SiambanTrackPlayer *self, guint *frame, SiambanBox *box);

/* NULL before one was opened. */
SiambanSequence *siamban_track_player_get_sequence (SiambanTrackPlayer *self);
const SiambanTrackRecord *siamban_track_player_get_record (SiambanTrackPlayer *self);

/* The frame that is shown; NULL before there is one. */
const SiambanTrackStep *siamban_track_player_get_step (SiambanTrackPlayer *self);

/* Why the box of a frame was chosen; of the last few hundred only. */
SiambanTrackResult *siamban_track_player_get_result (SiambanTrackPlayer *self, guint frame);

/* The first frame that is not tracked. */
guint siamban_track_player_get_frontier (SiambanTrackPlayer *self);

/* Frames a second that the tracker alone would reach; 0 where nothing was tracked. */
double siamban_track_player_get_rate (SiambanTrackPlayer *self);

SiambanTrackWorker *siamban_track_player_get_worker (SiambanTrackPlayer *self);

G_END_DECLS
