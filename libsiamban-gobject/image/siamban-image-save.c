/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-image-private.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "siamban-atomic-file-private.h"
#include "siamban-error.h"

typedef struct
{
  struct jpeg_error_mgr base;
  jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
} JpegErrors;

typedef struct
{
  struct jpeg_compress_struct info;
  JpegErrors errors;
  guint8 *data;
  gulong size;
} JpegEncoder;

static void
jpeg_fail_cb (j_common_ptr info)
{
  JpegErrors *errors = (JpegErrors *) info->err;

  info->err->format_message (info, errors->message);
  longjmp (errors->escape, 1);
}

static gboolean
jpeg_encode (JpegEncoder *self, SiambanImage *image, int quality)
{
  struct jpeg_compress_struct *info = &self->info;
  const guint8 *pixels = _siamban_image_peek (image);
  const gsize stride = (gsize) siamban_image_get_width (image) * 3;

  if (setjmp (self->errors.escape) != 0)
    return FALSE;

  jpeg_create_compress (info);
  jpeg_mem_dest (info, &self->data, &self->size);
  info->image_width = siamban_image_get_width (image);
  info->image_height = siamban_image_get_height (image);
  info->input_components = 3;
  info->in_color_space = JCS_EXT_BGR;
  jpeg_set_defaults (info);
  jpeg_set_quality (info, quality, TRUE);
  jpeg_start_compress (info, TRUE);
  while (info->next_scanline < info->image_height)
    {
      JSAMPROW row = (JSAMPROW) (pixels + stride * info->next_scanline);

      jpeg_write_scanlines (info, &row, 1);
    }
  jpeg_finish_compress (info);

  return TRUE;
}

static gboolean
save_jpeg (SiambanImage *image, const char *path, int quality, GError **error)
{
  JpegEncoder self = { 0 };
  gboolean ok;

  self.info.err = jpeg_std_error (&self.errors.base);
  self.errors.base.error_exit = jpeg_fail_cb;
  ok = jpeg_encode (&self, image, quality);
  jpeg_destroy_compress (&self.info);
  if (!ok)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_FAILED, "%s: cannot be written as JPEG: %s",
                 path, self.errors.message);
  else
    ok = _siamban_write_atomically (path, self.data, self.size, error);
  free (self.data);

  return ok;
}

static gboolean
save_png (SiambanImage *image, const char *path, GError **error)
{
  g_autoptr (GBytes) png = siamban_image_to_png (image, error);
  const char *data;
  gsize size;

  if (png == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  data = g_bytes_get_data (png, &size);

  return _siamban_write_atomically (path, data, size, error);
}

/**
 * siamban_image_save:
 * @self: an image
 * @path: (type filename): where to; the name ends in `.jpg`, `.jpeg` or `.png`
 * @quality: quality of a JPEG, 1 to 100; 95 is what OpenCV takes when not told
 * @error: return location for an error
 *
 * Writes the image; the file appears whole or not at all.
 *
 * JPEG has its colours at half the resolution (4:2:0), PNG loses nothing. It fails with
 * %SIAMBAN_ERROR_UNSUPPORTED for another ending and with %SIAMBAN_ERROR_IO if the file cannot be
 * written.
 *
 * Returns: %TRUE if the file was written
 *
 * Since: 0.1
 */
gboolean
siamban_image_save (SiambanImage *self, const char *path, int quality, GError **error)
{
  g_autofree char *lower = NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (quality >= 1 && quality <= 100, FALSE);

  lower = g_ascii_strdown (path, -1);
  if (g_str_has_suffix (lower, ".jpg") || g_str_has_suffix (lower, ".jpeg"))
    return save_jpeg (self, path, quality, error);
  if (g_str_has_suffix (lower, ".png"))
    return save_png (self, path, error);

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
               "%s: images are written as .jpg, .jpeg or .png", path);

  return FALSE;
}
