/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_HISTOGRAM (siamban_histogram_get_type ())

typedef struct _SiambanHistogram SiambanHistogram;

SIAMBAN_API
GType siamban_histogram_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanHistogram *siamban_histogram_ref (SiambanHistogram *self);

SIAMBAN_API
void siamban_histogram_unref (SiambanHistogram *self);

SIAMBAN_API
guint siamban_histogram_get_n_bins (SiambanHistogram *self);

SIAMBAN_API
double siamban_histogram_get_edge (SiambanHistogram *self, guint i);

SIAMBAN_API
guint64 siamban_histogram_get_count (SiambanHistogram *self, guint i);

SIAMBAN_API
guint64 siamban_histogram_get_n_values (SiambanHistogram *self);

SIAMBAN_API
double siamban_histogram_get_minimum (SiambanHistogram *self);

SIAMBAN_API
double siamban_histogram_get_median (SiambanHistogram *self);

SIAMBAN_API
double siamban_histogram_get_maximum (SiambanHistogram *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanHistogram, siamban_histogram_unref)

G_END_DECLS
