/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-point-target.h"
#include "siamban-random-private.h"

G_BEGIN_DECLS

guint _siamban_point_target_get_output_size (SiambanPointTarget *self);
guint _siamban_point_target_get_search_size (SiambanPointTarget *self);

/* Overwrites @classes (S, S) and @offsets (4, S, S); fails only for a box without a finite area. */
gboolean _siamban_point_target_fill (SiambanPointTarget *self,
                                     const SiambanBox *box,
                                     gboolean negative,
                                     SiambanRandom *random,
                                     gint8 *classes,
                                     float *offsets,
                                     GError **error);

G_END_DECLS
