/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-image-private.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "siamban-error.h"

static void
swap_channels (SiambanImage *image, guint8 *rgb, gsize stride)
{
  const gsize width = siamban_image_get_width (image);
  const guint8 *bgr = _siamban_image_peek (image);

  for (gsize y = 0; y < siamban_image_get_height (image); y++)
    for (gsize x = 0; x < width; x++)
      for (gsize c = 0; c < 3; c++)
        rgb[y * stride + x * 3 + c] = bgr[(y * width + x) * 3 + 2 - c];
}

/**
 * siamban_image_to_png:
 * @self: an image
 * @error: return location for an error
 *
 * Encodes the image as PNG, which loses nothing. Any thread may call this.
 *
 * It fails with %SIAMBAN_ERROR_OUT_OF_MEMORY if there is no memory for a copy.
 *
 * Returns: (transfer full): the contents of a PNG file
 *
 * Since: 0.1
 */
GBytes *
siamban_image_to_png (SiambanImage *self, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GError) local_error = NULL;
  guint width, height;
  char *data;
  gsize size;

  g_return_val_if_fail (self != NULL, NULL);

  width = siamban_image_get_width (self);
  height = siamban_image_get_height (self);
  pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, (int) width, (int) height);
  if (pixbuf == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                   "No memory for an image of %u × %u pixels", width, height);
      return NULL;
    }

  swap_channels (self, gdk_pixbuf_get_pixels (pixbuf), (gsize) gdk_pixbuf_get_rowstride (pixbuf));
  if (!gdk_pixbuf_save_to_buffer (pixbuf, &data, &size, "png", &local_error, NULL))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED, "Cannot be written as PNG: %s",
                   local_error->message);
      return NULL;
    }

  return g_bytes_new_take (data, size);
}
