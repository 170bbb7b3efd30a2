/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-box.h"

#include <math.h>

G_DEFINE_BOXED_TYPE (SiambanBox, siamban_box, siamban_box_copy, siamban_box_free)

/**
 * siamban_box_new: (constructor)
 * @x1: left edge, in pixels
 * @y1: top edge, in pixels
 * @x2: right edge, in pixels
 * @y2: bottom edge, in pixels
 *
 * Makes a box from its edges.
 *
 * Any four numbers are taken; [method@Box.is_valid] tells whether they enclose an area.
 *
 * Returns: (transfer full): a new box
 *
 * Since: 0.1
 */
SiambanBox *
siamban_box_new (double x1, double y1, double x2, double y2)
{
  const SiambanBox box = { x1, y1, x2, y2 };

  return siamban_box_copy (&box);
}

/**
 * siamban_box_new_from_center: (constructor)
 * @cx: x of the centre, in pixels
 * @cy: y of the centre, in pixels
 * @width: width, in pixels
 * @height: height, in pixels
 *
 * Makes a box from its centre and size.
 *
 * Returns: (transfer full): a new box
 *
 * Since: 0.1
 */
SiambanBox *
siamban_box_new_from_center (double cx, double cy, double width, double height)
{
  return siamban_box_new (cx - width * 0.5, cy - height * 0.5, cx + width * 0.5, cy + height * 0.5);
}

/**
 * siamban_box_copy:
 * @self: a box
 *
 * Copies a box to the heap; C code copies with `=`.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
SiambanBox *
siamban_box_copy (const SiambanBox *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_memdup2 (self, sizeof *self);
}

/**
 * siamban_box_free:
 * @self: (transfer full): a box on the heap
 *
 * Frees a box.
 *
 * Since: 0.1
 */
void
siamban_box_free (SiambanBox *self)
{
  g_free (self);
}

/**
 * siamban_box_get_width:
 * @self: a box
 *
 * Gets the width.
 *
 * Returns: `x2 - x1`, in pixels
 *
 * Since: 0.1
 */
double
siamban_box_get_width (const SiambanBox *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->x2 - self->x1;
}

/**
 * siamban_box_get_height:
 * @self: a box
 *
 * Gets the height.
 *
 * Returns: `y2 - y1`, in pixels
 *
 * Since: 0.1
 */
double
siamban_box_get_height (const SiambanBox *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->y2 - self->y1;
}

/**
 * siamban_box_get_center_x:
 * @self: a box
 *
 * Gets the horizontal position of the centre.
 *
 * Returns: the position, in pixels
 *
 * Since: 0.1
 */
double
siamban_box_get_center_x (const SiambanBox *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (self->x1 + self->x2) * 0.5;
}

/**
 * siamban_box_get_center_y:
 * @self: a box
 *
 * Gets the vertical position of the centre.
 *
 * Returns: the position, in pixels
 *
 * Since: 0.1
 */
double
siamban_box_get_center_y (const SiambanBox *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (self->y1 + self->y2) * 0.5;
}

/**
 * siamban_box_get_area:
 * @self: a box
 *
 * Gets the area, 0 for a box whose edges are the wrong way round.
 *
 * Returns: the area in square pixels, or NaN if an edge is NaN
 *
 * Since: 0.1
 */
double
siamban_box_get_area (const SiambanBox *self)
{
  double width, height;

  g_return_val_if_fail (self != NULL, 0);

  width = self->x2 - self->x1;
  height = self->y2 - self->y1;

  return width <= 0 || height <= 0 ? 0 : width * height;
}

/**
 * siamban_box_is_valid:
 * @self: a box
 *
 * Tells whether all edges are finite and the box has an area.
 *
 * Returns: %TRUE if it can be a target
 *
 * Since: 0.1
 */
gboolean
siamban_box_is_valid (const SiambanBox *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return isfinite (self->x1) && isfinite (self->y1) && isfinite (self->x2) && isfinite (self->y2) &&
         self->x2 > self->x1 && self->y2 > self->y1;
}

/**
 * siamban_box_equal:
 * @self: a box
 * @other: another box
 *
 * Compares edge by edge, exactly.
 *
 * Returns: %TRUE if all four edges are equal
 *
 * Since: 0.1
 */
gboolean
siamban_box_equal (const SiambanBox *self, const SiambanBox *other)
{
  g_return_val_if_fail (self != NULL && other != NULL, FALSE);

  return self->x1 == other->x1 && self->y1 == other->y1 && self->x2 == other->x2 &&
         self->y2 == other->y2;
}

/**
 * siamban_box_get_iou:
 * @self: a box
 * @other: another box
 *
 * Gets the intersection over union of two boxes.
 *
 * Returns: 0 (apart, or an empty box) to 1 (equal)
 *
 * Since: 0.1
 */
double
siamban_box_get_iou (const SiambanBox *self, const SiambanBox *other)
{
  SiambanBox shared;
  double intersection, covered;

  g_return_val_if_fail (self != NULL && other != NULL, 0);

  shared = (SiambanBox){ MAX (self->x1, other->x1), MAX (self->y1, other->y1),
                         MIN (self->x2, other->x2), MIN (self->y2, other->y2) };
  intersection = siamban_box_get_area (&shared);
  covered = siamban_box_get_area (self) + siamban_box_get_area (other) - intersection;

  return covered > 0 ? intersection / covered : 0;
}

/**
 * siamban_box_to_string:
 * @self: a box
 *
 * Writes the box for people, as `(x1, y1, x2, y2)`.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
siamban_box_to_string (const SiambanBox *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_strdup_printf ("(%g, %g, %g, %g)", self->x1, self->y1, self->x2, self->y2);
}
