/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_IMAGE (siamban_image_get_type ())

typedef struct _SiambanImage SiambanImage;

SIAMBAN_API
GType siamban_image_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanImage *siamban_image_new_from_file (const char *path,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanImage *siamban_image_new_from_data (guint width, guint height, GBytes *bgr, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanImage *siamban_image_ref (SiambanImage *self);

SIAMBAN_API
void siamban_image_unref (SiambanImage *self);

SIAMBAN_API
guint siamban_image_get_width (SiambanImage *self);

SIAMBAN_API
guint siamban_image_get_height (SiambanImage *self);

SIAMBAN_API
GBytes *siamban_image_get_bytes (SiambanImage *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean siamban_image_save (SiambanImage *self, const char *path, int quality, GError **error);

SIAMBAN_API
GBytes *siamban_image_to_png (SiambanImage *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanImage *siamban_image_get_subwindow (SiambanImage *self,
                                           double cx,
                                           double cy,
                                           guint model_size,
                                           guint original_size,
                                           double mean_blue,
                                           double mean_green,
                                           double mean_red) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanImage, siamban_image_unref)

G_END_DECLS
