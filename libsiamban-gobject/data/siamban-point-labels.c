/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-point-labels-private.h"

/**
 * SiambanPointLabels:
 *
 * What the network should say at each point of the score map of one search image.
 *
 * Immutable and reference counted: any thread may read it.
 *
 * | part      | shape       | type    | meaning                                     |
 * | --------- | ----------- | ------- | ------------------------------------------- |
 * | `classes` | `(S, S)`    | int8    | −1 ignored, 0 background, 1 target          |
 * | `offsets` | `(4, S, S)` | float32 | pixels to the left, top, right, bottom edge |
 *
 * Since: 0.1
 */
struct _SiambanPointLabels
{
  guint size;
  GBytes *classes; /* (S, S)     int8 */
  GBytes *offsets; /* (4, S, S)  float32 */
};

G_DEFINE_BOXED_TYPE (SiambanPointLabels,
                     siamban_point_labels,
                     siamban_point_labels_ref,
                     siamban_point_labels_unref)

SiambanPointLabels *
_siamban_point_labels_new_take (guint size, gint8 *classes, float *offsets)
{
  SiambanPointLabels *self = g_atomic_rc_box_new0 (SiambanPointLabels);
  const gsize n_points = (gsize) size * size;

  self->size = size;
  self->classes = g_bytes_new_take (classes, n_points * sizeof *classes);
  self->offsets = g_bytes_new_take (offsets, 4 * n_points * sizeof *offsets);

  return self;
}

/**
 * siamban_point_labels_ref:
 * @self: labels
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanPointLabels *
siamban_point_labels_ref (SiambanPointLabels *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
point_labels_clear (gpointer data)
{
  SiambanPointLabels *self = data;

  g_bytes_unref (self->classes);
  g_bytes_unref (self->offsets);
}

/**
 * siamban_point_labels_unref:
 * @self: (transfer full): labels
 *
 * Drops a reference; the last one frees the labels.
 *
 * Since: 0.1
 */
void
siamban_point_labels_unref (SiambanPointLabels *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, point_labels_clear);
}

/**
 * siamban_point_labels_get_size:
 * @self: labels
 *
 * Gets how many points a side of the score map has.
 *
 * Returns: the side, S
 *
 * Since: 0.1
 */
guint
siamban_point_labels_get_size (SiambanPointLabels *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->size;
}

/**
 * siamban_point_labels_get_classes:
 * @self: labels
 *
 * Gets what each point is.
 *
 * Returns: (transfer full): int8 of shape `(S, S)`: −1 ignored, 0 background, 1 target
 *
 * Since: 0.1
 */
GBytes *
siamban_point_labels_get_classes (SiambanPointLabels *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_bytes_ref (self->classes);
}

/**
 * siamban_point_labels_get_offsets:
 * @self: labels
 *
 * Gets the distance from each point to the edges of the box.
 *
 * Returns: (transfer full): float32 of shape `(4, S, S)`: left, top, right and bottom, in pixels of
 *   the search image, negative where the point is outside; zero for a negative pair
 *
 * Since: 0.1
 */
GBytes *
siamban_point_labels_get_offsets (SiambanPointLabels *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_bytes_ref (self->offsets);
}
