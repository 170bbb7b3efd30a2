/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban-page.h"
#include "siamban-track-player.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRACK_PAGE (siamban_track_page_get_type ())

G_DECLARE_FINAL_TYPE (SiambanTrackPage, siamban_track_page, SIAMBAN, TRACK_PAGE, SiambanPage)

/* A folder of frames or a video. */
void siamban_track_page_open (SiambanTrackPage *self, GFile *file);

/* A file of weights for the network of the session. */
void siamban_track_page_load (SiambanTrackPage *self, GFile *file);

/* A file of ground truth for what is open. */
void siamban_track_page_read_truth (SiambanTrackPage *self, GFile *file);

/* Boxes or a video, by the name. */
void siamban_track_page_export (SiambanTrackPage *self, GFile *file);

SiambanTrackPlayer *siamban_track_page_get_player (SiambanTrackPage *self);

G_END_DECLS
