/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-histogram.h"

G_BEGIN_DECLS

/* Sorts @values, which are positive and finite; @n may be 0. */
SiambanHistogram *_siamban_histogram_new (double *values, gsize n, guint n_bins);

G_END_DECLS
