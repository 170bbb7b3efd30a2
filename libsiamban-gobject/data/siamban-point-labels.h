/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_POINT_LABELS (siamban_point_labels_get_type ())

typedef struct _SiambanPointLabels SiambanPointLabels;

SIAMBAN_API
GType siamban_point_labels_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanPointLabels *siamban_point_labels_ref (SiambanPointLabels *self);

SIAMBAN_API
void siamban_point_labels_unref (SiambanPointLabels *self);

SIAMBAN_API
guint siamban_point_labels_get_size (SiambanPointLabels *self);

SIAMBAN_API
GBytes *siamban_point_labels_get_classes (SiambanPointLabels *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GBytes *siamban_point_labels_get_offsets (SiambanPointLabels *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanPointLabels, siamban_point_labels_unref)

G_END_DECLS
