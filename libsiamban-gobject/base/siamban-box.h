/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_BOX (siamban_box_get_type ())

typedef struct _SiambanBox SiambanBox;

/**
 * SiambanBox:
 * @x1: left edge
 * @y1: top edge
 * @x2: right edge
 * @y2: bottom edge
 *
 * An axis-aligned rectangle in pixels of some image.
 *
 * Edges are coordinates, not pixel indices: the width is `x2 - x1`. A plain value: copy it
 * with `=`, keep it on the stack.
 *
 * Since: 0.1
 */
struct _SiambanBox
{
  double x1;
  double y1;
  double x2;
  double y2;
};

SIAMBAN_API
GType siamban_box_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanBox *siamban_box_new (double x1, double y1, double x2, double y2) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanBox *siamban_box_new_from_center (double cx, double cy, double width, double height)
    G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanBox *siamban_box_copy (const SiambanBox *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
void siamban_box_free (SiambanBox *self);

SIAMBAN_API
double siamban_box_get_width (const SiambanBox *self);

SIAMBAN_API
double siamban_box_get_height (const SiambanBox *self);

SIAMBAN_API
double siamban_box_get_center_x (const SiambanBox *self);

SIAMBAN_API
double siamban_box_get_center_y (const SiambanBox *self);

SIAMBAN_API
double siamban_box_get_area (const SiambanBox *self);

SIAMBAN_API
gboolean siamban_box_is_valid (const SiambanBox *self);

SIAMBAN_API
gboolean siamban_box_equal (const SiambanBox *self, const SiambanBox *other);

SIAMBAN_API
double siamban_box_get_iou (const SiambanBox *self, const SiambanBox *other);

SIAMBAN_API
char *siamban_box_to_string (const SiambanBox *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanBox, siamban_box_free)

G_END_DECLS
