/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gtk/gtk.h>

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_HISTOGRAM_VIEW (siamban_histogram_view_get_type ())

G_DECLARE_FINAL_TYPE (SiambanHistogramView,
                      siamban_histogram_view,
                      SIAMBAN,
                      HISTOGRAM_VIEW,
                      GtkWidget)

/* @title says what is counted; @unit, such as “px”, may be empty. */
GtkWidget *
siamban_histogram_view_new (SiambanHistogram *histogram, const char *title, const char *unit);

G_END_DECLS
