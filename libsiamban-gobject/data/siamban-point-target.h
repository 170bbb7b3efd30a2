/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-box.h"
#include "siamban-macros.h"
#include "siamban-point-labels.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_POINT_TARGET (siamban_point_target_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanPointTarget, siamban_point_target, SIAMBAN, POINT_TARGET, GObject)

SIAMBAN_API
SiambanPointTarget *siamban_point_target_new (guint stride,
                                              guint output_size,
                                              guint search_size,
                                              guint pos_num,
                                              guint neg_num,
                                              guint total_num) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanPointLabels *siamban_point_target_assign (SiambanPointTarget *self,
                                                 const SiambanBox *box,
                                                 gboolean negative,
                                                 guint64 seed,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
GBytes *siamban_point_target_get_points (SiambanPointTarget *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
