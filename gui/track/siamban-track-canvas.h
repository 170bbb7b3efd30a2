/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_TRACK_CANVAS (siamban_track_canvas_get_type ())

G_DECLARE_FINAL_TYPE (SiambanTrackCanvas, siamban_track_canvas, SIAMBAN, TRACK_CANVAS, GtkWidget)

/* A frame with boxes. While `drawing`, a drag of the pointer draws a box, and with the focus the arrow
 * keys move it (Control: by ten pixels) or with Shift change its size. `box-drawn` comes with every
 * change, and siamban_track_canvas_get_drawn() tells the box. */
void siamban_track_canvas_set_frame (SiambanTrackCanvas *self, GdkTexture *frame);

/* NULL for none. */
void siamban_track_canvas_set_boxes (SiambanTrackCanvas *self,
                                     const SiambanBox *tracked,
                                     const SiambanBox *truth);

void siamban_track_canvas_set_drawing (SiambanTrackCanvas *self, gboolean drawing);

/* The box being drawn, in pixels of the frame. */
gboolean siamban_track_canvas_get_drawn (SiambanTrackCanvas *self, SiambanBox *box);
void siamban_track_canvas_set_drawn (SiambanTrackCanvas *self, const SiambanBox *box);

/* Where a pixel of the frame is in the widget. */
void siamban_track_canvas_to_widget (SiambanTrackCanvas *self, double *x, double *y);

G_END_DECLS
