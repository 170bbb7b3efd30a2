/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-point-target.h"
#include "siamban-random-private.h"

G_BEGIN_DECLS

guint _siamban_point_target_get_output_size (SiambanPointTarget *self);
guint _siamban_point_target_get_search_size (SiambanPointTarget *self);
guint _siamban_point_target_get_stride (SiambanPointTarget *self);

/* Column or row @i of the score map, in pixels of the search image. */
int _siamban_point_position (guint search_size, guint output_size, guint stride, guint i);

/* Overwrites @classes (S, S) and @offsets (4, S, S); fails only for a box without a finite area. */
gboolean _siamban_point_target_fill (SiambanPointTarget *self,
                                     const SiambanBox *box,
                                     gboolean negative,
                                     SiambanRandom *random,
                                     gint8 *classes,
                                     float *offsets,
                                     GError **error);

G_END_DECLS
