/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban-thumbnail-loader.h"
#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_FRAME_TILE (siamban_frame_tile_get_type ())

G_DECLARE_FINAL_TYPE (SiambanFrameTile, siamban_frame_tile, SIAMBAN, FRAME_TILE, GtkWidget)

#define SIAMBAN_FRAME_TILE_SIZE 112

GtkWidget *siamban_frame_tile_new (SiambanThumbnailLoader *loader);

/* Shows @frame; NULL for nothing. */
void
siamban_frame_tile_set_frame (SiambanFrameTile *self, SiambanFrame *frame, guint template_size);

G_END_DECLS
