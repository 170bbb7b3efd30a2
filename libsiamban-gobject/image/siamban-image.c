/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-image-private.h"

#include "siamban-error.h"

/**
 * SiambanImage:
 *
 * Pixels of an image: height × width × (blue, green, red), 8 bit each, rows without gaps.
 *
 * The order of the channels is that of OpenCV, and so of the networks that were trained with it.
 * Immutable and reference counted: any thread may read it.
 *
 * Since: 0.1
 */
struct _SiambanImage
{
  guint width;
  guint height;
  GBytes *pixels; /* (height, width, 3) */
};

G_DEFINE_BOXED_TYPE (SiambanImage, siamban_image, siamban_image_ref, siamban_image_unref)

static SiambanImage *
image_new (guint width, guint height, GBytes *pixels)
{
  SiambanImage *self = g_atomic_rc_box_new0 (SiambanImage);

  self->width = width;
  self->height = height;
  self->pixels = pixels;

  return self;
}

/* Takes @pixels, which g_free() frees. */
SiambanImage *
_siamban_image_new_take (guint width, guint height, guint8 *pixels)
{
  return image_new (width, height, g_bytes_new_take (pixels, (gsize) width * height * 3));
}

const guint8 *
_siamban_image_peek (SiambanImage *self)
{
  return g_bytes_get_data (self->pixels, NULL);
}

gboolean
_siamban_image_check_size (const char *path, guint64 width, guint64 height, GError **error)
{
  if (width >= 1 && width <= SIAMBAN_IMAGE_MAX_SIDE && height >= 1 &&
      height <= SIAMBAN_IMAGE_MAX_SIDE && width * height <= SIAMBAN_IMAGE_MAX_PIXELS)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE,
               "%s: an image of %" G_GUINT64_FORMAT " × %" G_GUINT64_FORMAT
               " pixels; expected sides of 1 to %u and at most %u pixels in all",
               path, width, height, SIAMBAN_IMAGE_MAX_SIDE, SIAMBAN_IMAGE_MAX_PIXELS);

  return FALSE;
}

/**
 * siamban_image_new_from_data: (constructor)
 * @width: width, in pixels
 * @height: height, in pixels
 * @bgr: height × width × (blue, green, red), 8 bit, without gaps
 * @error: return location for an error
 *
 * Makes an image of pixels in memory, which are not copied.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_IMAGE if a side is 0, the image is larger than 2²⁸ pixels
 * or @bgr has another length.
 *
 * Returns: (transfer full): a new image
 *
 * Since: 0.1
 */
SiambanImage *
siamban_image_new_from_data (guint width, guint height, GBytes *bgr, GError **error)
{
  gsize n_expected;

  g_return_val_if_fail (bgr != NULL, NULL);

  if (!_siamban_image_check_size ("Pixels in memory", width, height, error))
    return NULL;

  n_expected = (gsize) width * height * 3;
  if (g_bytes_get_size (bgr) != n_expected)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE,
                   "Pixels in memory: %" G_GSIZE_FORMAT
                   " bytes for an image of %u × %u; expected %" G_GSIZE_FORMAT,
                   g_bytes_get_size (bgr), width, height, n_expected);
      return NULL;
    }

  return image_new (width, height, g_bytes_ref (bgr));
}

/**
 * siamban_image_ref:
 * @self: an image
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SiambanImage *
siamban_image_ref (SiambanImage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
image_clear (gpointer data)
{
  SiambanImage *self = data;

  g_bytes_unref (self->pixels);
}

/**
 * siamban_image_unref:
 * @self: (transfer full): an image
 *
 * Drops a reference; the last one frees the pixels.
 *
 * Since: 0.1
 */
void
siamban_image_unref (SiambanImage *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, image_clear);
}

/**
 * siamban_image_get_width:
 * @self: an image
 *
 * Gets the width.
 *
 * Returns: the width in pixels, at least 1
 *
 * Since: 0.1
 */
guint
siamban_image_get_width (SiambanImage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->width;
}

/**
 * siamban_image_get_height:
 * @self: an image
 *
 * Gets the height.
 *
 * Returns: the height in pixels, at least 1
 *
 * Since: 0.1
 */
guint
siamban_image_get_height (SiambanImage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->height;
}

/**
 * siamban_image_get_bytes:
 * @self: an image
 *
 * Gets the pixels, without a copy.
 *
 * Returns: (transfer full): height × width × (blue, green, red), 8 bit
 *
 * Since: 0.1
 */
GBytes *
siamban_image_get_bytes (SiambanImage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_bytes_ref (self->pixels);
}
