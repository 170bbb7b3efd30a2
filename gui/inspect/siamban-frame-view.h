/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_FRAME_VIEW (siamban_frame_view_get_type ())

G_DECLARE_FINAL_TYPE (SiambanFrameView, siamban_frame_view, SIAMBAN, FRAME_VIEW, GtkWidget)

/* Shows the sources of @dataset; NULL for none. */
void siamban_frame_view_set_dataset (SiambanFrameView *self, SiambanDataset *dataset);

/* Reads the images again. */
void siamban_frame_view_reload (SiambanFrameView *self);

/* Bytes of the pictures that are kept. */
gsize siamban_frame_view_get_n_bytes (SiambanFrameView *self);

G_END_DECLS
