/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-point-labels.h"

G_BEGIN_DECLS

/* Takes both arrays: @classes (size, size) and @offsets (4, size, size). */
SiambanPointLabels *_siamban_point_labels_new_take (guint size, gint8 *classes, float *offsets);

G_END_DECLS
