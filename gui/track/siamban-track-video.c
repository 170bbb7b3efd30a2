/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-track-video.h"

/* Of a folder of frames, which has no rate of its own. */
#define DEFAULT_RATE 25

GdkTexture *
siamban_track_video_make_texture (SiambanImage *image)
{
  g_autoptr (GBytes) bytes = siamban_image_get_bytes (image);
  const guint width = siamban_image_get_width (image);

  return gdk_memory_texture_new ((int) width, (int) siamban_image_get_height (image),
                                 GDK_MEMORY_B8G8R8, bytes, (gsize) width * 3);
}

static void
draw_box (cairo_t *cr, const SiambanBox *box, double red, double green, double blue)
{
  cairo_rectangle (cr, box->x1, box->y1, siamban_box_get_width (box), siamban_box_get_height (box));
  cairo_set_source_rgba (cr, 0, 0, 0, 0.6);
  cairo_set_line_width (cr, 4);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, red, green, blue);
  cairo_set_line_width (cr, 2);
  cairo_stroke (cr);
}

static cairo_surface_t *
to_surface (SiambanImage *image)
{
  const int width = (int) siamban_image_get_width (image);
  const int height = (int) siamban_image_get_height (image);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  const int stride = cairo_image_surface_get_stride (surface);
  guint8 *to = cairo_image_surface_get_data (surface);
  g_autoptr (GBytes) bytes = siamban_image_get_bytes (image);
  const guint8 *from = g_bytes_get_data (bytes, NULL);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        const guint8 *pixel = from + ((gsize) y * (gsize) width + (gsize) x) * 3;

        ((guint32 *) (gpointer) (to + (gsize) y * (gsize) stride))[x] = (guint32) pixel[2] << 16 |
                                                                        (guint32) pixel[1] << 8 |
                                                                        pixel[0];
      }
  cairo_surface_mark_dirty (surface);

  return surface;
}

static SiambanImage *
from_surface (cairo_surface_t *surface, GError **error)
{
  const int width = cairo_image_surface_get_width (surface);
  const int height = cairo_image_surface_get_height (surface);
  const int stride = cairo_image_surface_get_stride (surface);
  const gsize n_bytes = (gsize) width * (gsize) height * 3;
  guint8 *pixels = g_malloc (n_bytes);
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, n_bytes);
  const guint8 *from;

  cairo_surface_flush (surface);
  from = cairo_image_surface_get_data (surface);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        const guint32 value = ((const guint32 *) (gconstpointer) (from +
                                                                  (gsize) y * (gsize) stride))[x];
        guint8 *pixel = pixels + ((gsize) y * (gsize) width + (gsize) x) * 3;

        pixel[0] = value & 0xff;
        pixel[1] = value >> 8 & 0xff;
        pixel[2] = value >> 16 & 0xff;
      }

  return siamban_image_new_from_data ((guint) width, (guint) height, bytes, error);
}

/* The tracked box is green and the ground truth white, as in the drawings of the command. */
static SiambanImage *
draw_boxes (const SiambanTrackRecord *record, guint index, SiambanImage *frame, GError **error)
{
  cairo_surface_t *surface = to_surface (frame);
  cairo_t *cr = cairo_create (surface);
  SiambanImage *image;
  SiambanBox box;

  if (siamban_track_record_get_truth (record, index, &box))
    draw_box (cr, &box, 1, 1, 1);
  if (siamban_track_record_get (record, index, &box))
    draw_box (cr, &box, 0.2, 0.85, 0.3);
  cairo_destroy (cr);
  image = from_surface (surface, error);
  cairo_surface_destroy (surface);

  return image;
}

static gboolean
add_frame (SiambanVideoWriter **writer,
           SiambanSequence *sequence,
           const char *path,
           SiambanImage *image,
           GError **error)
{
  const double rate = siamban_sequence_get_frame_rate (sequence);

  if (*writer == NULL)
    *writer = siamban_video_writer_new (path, siamban_image_get_width (image),
                                        siamban_image_get_height (image),
                                        rate > 0 ? rate : DEFAULT_RATE, error);

  return *writer != NULL && siamban_video_writer_add (*writer, image, error);
}

gboolean
siamban_track_video_write (SiambanSequence *sequence,
                           const SiambanTrackRecord *record,
                           const char *path,
                           void (*written) (guint done, gpointer user_data),
                           gpointer user_data,
                           GCancellable *cancellable,
                           GError **error)
{
  g_autoptr (SiambanVideoWriter) writer = NULL;

  for (guint i = 0; i < record->n_frames; i++)
    {
      g_autoptr (SiambanImage) frame = siamban_sequence_get_frame (sequence, i, error);
      g_autoptr (SiambanImage) drawn = frame != NULL ? draw_boxes (record, i, frame, error) : NULL;

      if (drawn == NULL || !add_frame (&writer, sequence, path, drawn, error) ||
          g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      written (i + 1, user_data);
    }

  return writer != NULL && siamban_video_writer_finish (writer, error);
}
