/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-image-private.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "siamban-error.h"

#define EXIF_MARKER (JPEG_APP0 + 1)
#define EXIF_ORIENTATION 0x0112
#define EXIF_SHORT 3

/* No further than this do blocks reach into the pixels beside them. */
#define JPEG_MARGIN 16

typedef struct
{
  struct jpeg_error_mgr base;
  jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
} JpegErrors;

/* Everything that must survive the jump out of libjpeg. */
typedef struct
{
  struct jpeg_decompress_struct info;
  JpegErrors errors;
  const guint8 *data;
  gsize size;
  guint8 *pixels;
  guint8 *cmyk_row;
  guint orientation;
  SiambanWindowFunc find_window; /* NULL for all pixels */
  gconstpointer window_data;
} JpegDecoder;

static void
jpeg_fail_cb (j_common_ptr info)
{
  JpegErrors *errors = (JpegErrors *) info->err;

  info->err->format_message (info, errors->message);
  longjmp (errors->escape, 1);
}

/* A file that ends too early or whose code words make no sense decodes to grey or to rubbish;
 * what else libjpeg warns of (bytes too many, odd version numbers) leaves the picture whole. */
static void
jpeg_message_cb (j_common_ptr info, int level)
{
  const int code = info->err->msg_code;

  if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE))
    jpeg_fail_cb (info);
}

static guint
read_number (const guint8 *bytes, guint n_bytes, gboolean big_endian)
{
  guint number = 0;

  for (guint i = 0; i < n_bytes; i++)
    number = number << 8 | bytes[big_endian ? i : n_bytes - 1 - i];

  return number;
}

/* How a camera was held (TIFF 6.0 tag 274): 1 … 8, and 1 where the block does not say. */
static guint
parse_orientation (const guint8 *block, gsize size)
{
  const guint8 *tiff = block + 6;
  gboolean big_endian;
  guint offset, n_entries;

  if (size < 6 + 8 || memcmp (block, "Exif\0\0", 6) != 0)
    return 1;
  size -= 6;
  if (memcmp (tiff, "MM\0*", 4) != 0 && memcmp (tiff, "II*\0", 4) != 0)
    return 1;

  big_endian = tiff[0] == 'M';
  offset = read_number (tiff + 4, 4, big_endian);
  if (offset > size - 2)
    return 1;
  n_entries = read_number (tiff + offset, 2, big_endian);
  for (gsize at = (gsize) offset + 2; n_entries > 0 && at + 12 <= size; at += 12, n_entries--)
    if (read_number (tiff + at, 2, big_endian) == EXIF_ORIENTATION &&
        read_number (tiff + at + 2, 2, big_endian) == EXIF_SHORT)
      {
        const guint orientation = read_number (tiff + at + 8, 2, big_endian);

        return orientation >= 1 && orientation <= 8 ? orientation : 1;
      }

  return 1;
}

/* Adobe's CMYK in JPEG is stored inverted; the same formula as OpenCV's. */
static void
cmyk_to_bgr (const guint8 *cmyk, guint8 *bgr, guint n_pixels)
{
  for (guint i = 0; i < n_pixels; i++, cmyk += 4, bgr += 3)
    {
      const int k = cmyk[3];

      for (guint c = 0; c < 3; c++)
        bgr[c] = (guint8) (k - ((255 - cmyk[2 - c]) * k >> 8));
    }
}

static void
jpeg_read_rows (JpegDecoder *self)
{
  struct jpeg_decompress_struct *info = &self->info;
  const gsize stride = (gsize) info->output_width * 3;

  while (info->output_scanline < info->output_height)
    {
      guint8 *row = self->pixels + stride * info->output_scanline;
      JSAMPROW target = self->cmyk_row != NULL ? self->cmyk_row : row;

      jpeg_read_scanlines (info, &target, 1);
      if (self->cmyk_row != NULL)
        cmyk_to_bgr (self->cmyk_row, row, info->output_width);
    }
}

/* What lies beside, above and below the window is not transformed, what lies below not even read. */
static void
jpeg_read_window (JpegDecoder *self, const SiambanImageWindow *window)
{
  struct jpeg_decompress_struct *info = &self->info;
  const gsize stride = (gsize) info->output_width * 3;
  const JDIMENSION end = (JDIMENSION) (window->top + window->height);
  const int right = MIN (window->left + window->width + JPEG_MARGIN, (int) info->output_width);
  JDIMENSION left = (JDIMENSION) MAX (window->left - JPEG_MARGIN, 0);
  JDIMENSION width = (JDIMENSION) right - left;

  jpeg_crop_scanline (info, &left, &width);
  if (window->top > JPEG_MARGIN)
    jpeg_skip_scanlines (info, (JDIMENSION) (window->top - JPEG_MARGIN));
  while (info->output_scanline < end)
    {
      JSAMPROW row = self->pixels + stride * info->output_scanline + 3 * (gsize) left;

      jpeg_read_scanlines (info, &row, 1);
    }
}

/* A window can only be cut out of pixels that come upright and row by row. The marker of the end
 * tells that the file is whole; it cannot be part of the picture's code. */
static gboolean
jpeg_find_window (JpegDecoder *self, SiambanImageWindow *window)
{
  struct jpeg_decompress_struct *info = &self->info;
  gsize end = self->size;

  if (self->find_window == NULL || self->orientation != 1 || self->cmyk_row != NULL ||
      info->progressive_mode)
    return FALSE;
  while (end >= 2 && !(self->data[end - 2] == 0xff && self->data[end - 1] == JPEG_EOI))
    end--;
  if (end < 2)
    return FALSE;
  self->find_window (self->window_data, (int) info->output_width, (int) info->output_height,
                     window);

  return window->width > 0 && window->height > 0;
}

static gboolean
jpeg_decode (JpegDecoder *self, const char *path, GError **error)
{
  struct jpeg_decompress_struct *info = &self->info;
  SiambanImageWindow window;

  if (setjmp (self->errors.escape) != 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE, "%s: damaged JPEG image: %s",
                   path, self->errors.message);
      return FALSE;
    }

  jpeg_create_decompress (info);
  jpeg_save_markers (info, EXIF_MARKER, 0xffff);
  jpeg_mem_src (info, self->data, self->size);
  jpeg_read_header (info, TRUE);
  if (!_siamban_image_check_size (path, info->image_width, info->image_height, error))
    return FALSE;

  for (jpeg_saved_marker_ptr marker = info->marker_list; marker != NULL; marker = marker->next)
    if (marker->marker == EXIF_MARKER && self->orientation == 1)
      self->orientation = parse_orientation (marker->data, marker->data_length);

  info->out_color_space = info->num_components == 4 ? JCS_CMYK : JCS_EXT_BGR;
  jpeg_start_decompress (info);
  self->pixels = g_try_malloc ((gsize) info->output_width * info->output_height * 3);
  if (info->num_components == 4)
    self->cmyk_row = g_malloc ((gsize) info->output_width * 4);
  if (self->pixels == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                   "%s: no memory for an image of %u × %u pixels", path, info->output_width,
                   info->output_height);
      return FALSE;
    }
  if (jpeg_find_window (self, &window))
    jpeg_read_window (self, &window);
  else
    {
      jpeg_read_rows (self);
      jpeg_finish_decompress (info);
    }

  return TRUE;
}

/* Turns the picture upright, as OpenCV does when it reads a file. */
static SiambanImage *
orient (guint width, guint height, guint8 *pixels, guint orientation)
{
  const gboolean transposed = orientation >= 5;
  const gboolean mirrored_x = orientation == 2 || orientation == 3 || orientation == 7 ||
                              orientation == 8;
  const gboolean mirrored_y = orientation == 3 || orientation == 4 || orientation == 6 ||
                              orientation == 7;
  const guint out_width = transposed ? height : width, out_height = transposed ? width : height;
  guint8 *out;

  if (orientation == 1)
    return _siamban_image_new_take (width, height, pixels);

  out = g_malloc ((gsize) width * height * 3);
  for (guint y = 0; y < out_height; y++)
    for (guint x = 0; x < out_width; x++)
      {
        const guint along_x = transposed ? y : x, along_y = transposed ? x : y;
        const guint from_x = mirrored_x ? width - 1 - along_x : along_x;
        const guint from_y = mirrored_y ? height - 1 - along_y : along_y;

        memcpy (out + ((gsize) y * out_width + x) * 3,
                pixels + ((gsize) from_y * width + from_x) * 3, 3);
      }
  g_free (pixels);

  return _siamban_image_new_take (out_width, out_height, out);
}

static SiambanImage *
new_from_jpeg (const char *path,
               const guint8 *data,
               gsize size,
               SiambanWindowFunc find_window,
               gconstpointer window_data,
               GError **error)
{
  JpegDecoder self = { .data = data,
                       .size = size,
                       .orientation = 1,
                       .find_window = find_window,
                       .window_data = window_data };
  gboolean ok;
  guint width, height;

  self.info.err = jpeg_std_error (&self.errors.base);
  self.errors.base.error_exit = jpeg_fail_cb;
  self.errors.base.emit_message = jpeg_message_cb;
  ok = jpeg_decode (&self, path, error);
  width = self.info.image_width;
  height = self.info.image_height;
  jpeg_destroy_decompress (&self.info);
  g_free (self.cmyk_row);
  if (!ok)
    {
      g_free (self.pixels);
      return NULL;
    }

  return orient (width, height, self.pixels, self.orientation);
}

static SiambanImage *
new_from_pixbuf (const char *path, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GdkPixbuf) loaded = NULL;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  int width = 0, height = 0, n_channels, stride;
  const guint8 *from;
  guint8 *pixels;

  if (gdk_pixbuf_get_file_info (path, &width, &height) == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE,
                   "%s: not an image of a known format", path);
      return NULL;
    }
  if (!_siamban_image_check_size (path, (guint64) MAX (width, 0), (guint64) MAX (height, 0), error))
    return NULL;

  loaded = gdk_pixbuf_new_from_file (path, &local_error);
  if (loaded == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE, "%s: damaged image: %s", path,
                   local_error->message);
      return NULL;
    }

  pixbuf = gdk_pixbuf_apply_embedded_orientation (loaded);
  width = gdk_pixbuf_get_width (pixbuf);
  height = gdk_pixbuf_get_height (pixbuf);
  n_channels = gdk_pixbuf_get_n_channels (pixbuf);
  stride = gdk_pixbuf_get_rowstride (pixbuf);
  from = gdk_pixbuf_read_pixels (pixbuf);
  pixels = g_malloc ((gsize) width * (gsize) height * 3);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        const guint8 *rgb = from + (gsize) y * (gsize) stride + (gsize) x * (gsize) n_channels;
        guint8 *bgr = pixels + ((gsize) y * (gsize) width + (gsize) x) * 3;

        bgr[0] = rgb[2];
        bgr[1] = rgb[1];
        bgr[2] = rgb[0];
      }

  return _siamban_image_new_take ((guint) width, (guint) height, pixels);
}

SiambanImage *
_siamban_image_new_from_file_part (const char *path,
                                   SiambanWindowFunc find,
                                   gconstpointer find_data,
                                   GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *data = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &local_error))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "%s: cannot be read: %s", path,
                   local_error->message);
      return NULL;
    }
  if (size == 0)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_IMAGE,
                   "%s: an empty file; expected an image", path);
      return NULL;
    }
  if (size >= 3 && memcmp (data, "\xff\xd8\xff", 3) == 0)
    return new_from_jpeg (path, (const guint8 *) data, size, find, find_data, error);

  return new_from_pixbuf (path, error);
}

/**
 * siamban_image_new_from_file: (constructor)
 * @path: (type filename): a file
 * @error: return location for an error
 *
 * Reads an image: JPEG with libjpeg-turbo, to the same pixels as OpenCV's `imread()`, and any
 * other format that gdk-pixbuf knows.
 *
 * The picture is turned upright if the file says how the camera was held. Transparency is
 * dropped, grey becomes three equal channels.
 *
 * It fails with %SIAMBAN_ERROR_IO if the file cannot be read and with
 * %SIAMBAN_ERROR_INVALID_IMAGE if it is damaged, ends too early or is no image; the message names
 * the file.
 *
 * Returns: (transfer full): a new image
 *
 * Since: 0.1
 */
SiambanImage *
siamban_image_new_from_file (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  return _siamban_image_new_from_file_part (path, NULL, NULL, error);
}
