/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_LABEL_VIEW (siamban_label_view_get_type ())

G_DECLARE_FINAL_TYPE (SiambanLabelView, siamban_label_view, SIAMBAN, LABEL_VIEW, GtkWidget)

/* Shows the search image of @sample with its box and labels; NULL for nothing. */
void siamban_label_view_set_sample (SiambanLabelView *self, SiambanSample *sample);
void siamban_label_view_set_parts (SiambanLabelView *self, SiambanSampleParts parts);

/* A picture of the library as a texture. */
GdkTexture *siamban_texture_new_for_image (SiambanImage *image);

G_END_DECLS
