/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban.h"

G_BEGIN_DECLS

typedef enum
{
  SIAMBAN_MAP_NONE,
  SIAMBAN_MAP_SCORE,
  SIAMBAN_MAP_PENALISED,
  SIAMBAN_MAP_PENALTY,
  SIAMBAN_MAP_WINDOW,
} SiambanMap;

#define SIAMBAN_TYPE_MAP_VIEW (siamban_map_view_get_type ())

G_DECLARE_FINAL_TYPE (SiambanMapView, siamban_map_view, SIAMBAN, MAP_VIEW, GtkWidget)

/* What the network saw of a frame, a map of its points over it, and which point was chosen. */
void siamban_map_view_set_result (SiambanMapView *self, SiambanTrackResult *result);
void siamban_map_view_set_map (SiambanMapView *self, SiambanMap map);

/* The numbers of a map, float32, borrowed; NULL for SIAMBAN_MAP_NONE. */
const float *siamban_map_view_get_numbers (SiambanTrackResult *result, SiambanMap map);

G_END_DECLS
