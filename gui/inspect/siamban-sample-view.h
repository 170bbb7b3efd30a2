/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_SAMPLE_VIEW (siamban_sample_view_get_type ())

G_DECLARE_FINAL_TYPE (SiambanSampleView, siamban_sample_view, SIAMBAN, SAMPLE_VIEW, GtkWidget)

/* The mixture to draw samples from; NULL for none. */
void siamban_sample_view_set_dataset (SiambanSampleView *self, SiambanDataset *dataset);

/* Shows the samples of @range only, such as those of an iteration; NULL for all. */
void siamban_sample_view_set_range (SiambanSampleView *self, const SiambanSampleRange *range);

/* What is shown, or NULL. */
SiambanSample *siamban_sample_view_get_sample (SiambanSampleView *self);

G_END_DECLS
