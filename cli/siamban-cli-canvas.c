/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli-canvas.h"

#include <math.h>
#include <string.h>

#define QUALITY 92

CliCanvas *
cli_canvas_new (guint width, guint height)
{
  CliCanvas *self = g_new0 (CliCanvas, 1);

  self->width = MAX (width, 1);
  self->height = MAX (height, 1);
  self->pixels = g_malloc0 ((gsize) self->width * self->height * 3);

  return self;
}

CliCanvas *
cli_canvas_new_from_image (SiambanImage *image)
{
  CliCanvas *self = cli_canvas_new (siamban_image_get_width (image),
                                    siamban_image_get_height (image));
  g_autoptr (GBytes) bytes = siamban_image_get_bytes (image);
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  memcpy (self->pixels, data, size);

  return self;
}

CliCanvas *
cli_canvas_new_from_planes (const float *planes, guint width, guint height)
{
  CliCanvas *self = cli_canvas_new (width, height);
  const gsize n_pixels = (gsize) width * height;

  for (gsize i = 0; i < n_pixels; i++)
    for (gsize channel = 0; channel < 3; channel++)
      self->pixels[i * 3 + channel] = (guint8) CLAMP (planes[channel * n_pixels + i] + 0.5f, 0,
                                                      255);

  return self;
}

void
cli_canvas_free (CliCanvas *self)
{
  g_free (self->pixels);
  g_free (self);
}

/* Pixels from (left, top) up to, but not including, (right, bottom). */
static void
fill (CliCanvas *self, double left, double top, double right, double bottom, CliColor color)
{
  const int x1 = (int) CLAMP (left, 0, self->width);
  const int y1 = (int) CLAMP (top, 0, self->height);
  const int x2 = (int) CLAMP (right, 0, self->width);
  const int y2 = (int) CLAMP (bottom, 0, self->height);

  for (int y = y1; y < y2; y++)
    for (int x = x1; x < x2; x++)
      {
        guint8 *pixel = self->pixels + ((gsize) y * self->width + (gsize) x) * 3;

        pixel[0] = color.blue;
        pixel[1] = color.green;
        pixel[2] = color.red;
      }
}

void
cli_canvas_draw_box (CliCanvas *self, const SiambanBox *box, CliColor color)
{
  const double line = MAX (1, round (MIN (self->width, self->height) / 180.0));
  const double left = round (box->x1), top = round (box->y1);
  const double right = round (box->x2), bottom = round (box->y2);

  if (!siamban_box_is_valid (box))
    return;

  fill (self, left, top, right, top + line, color);
  fill (self, left, bottom - line, right, bottom, color);
  fill (self, left, top, left + line, bottom, color);
  fill (self, right - line, top, right, bottom, color);
}

void
cli_canvas_draw_dot (CliCanvas *self, double x, double y, double radius, CliColor color)
{
  fill (self, x - radius, y - radius, x + radius, y + radius, color);
}

void
cli_canvas_paste (CliCanvas *self, const CliCanvas *other, guint left, guint top)
{
  const guint width = left < self->width ? MIN (other->width, self->width - left) : 0;
  const guint height = top < self->height ? MIN (other->height, self->height - top) : 0;

  for (guint y = 0; y < height; y++)
    memcpy (self->pixels + ((gsize) (top + y) * self->width + left) * 3,
            other->pixels + (gsize) y * other->width * 3, (gsize) width * 3);
}

/* The mean of the pixels that lie under pixel (x, y) of the new size. */
static void
average (const CliCanvas *self, const CliCanvas *scaled, guint x, guint y, guint8 *pixel)
{
  const guint left = (guint) ((guint64) x * self->width / scaled->width);
  const guint top = (guint) ((guint64) y * self->height / scaled->height);
  const guint right = MAX (left + 1, (guint) ((guint64) (x + 1) * self->width / scaled->width));
  const guint bottom = MAX (top + 1, (guint) ((guint64) (y + 1) * self->height / scaled->height));
  const guint n_pixels = (right - left) * (bottom - top);
  guint64 sums[3] = { 0 };

  for (guint v = top; v < bottom; v++)
    for (guint u = left; u < right; u++)
      for (guint channel = 0; channel < 3; channel++)
        sums[channel] += self->pixels[((gsize) v * self->width + u) * 3 + channel];
  for (guint channel = 0; channel < 3; channel++)
    pixel[channel] = (guint8) ((sums[channel] + n_pixels / 2) / n_pixels);
}

CliCanvas *
cli_canvas_scale (const CliCanvas *self, guint width, guint height)
{
  CliCanvas *scaled = cli_canvas_new (width, height);

  for (guint y = 0; y < scaled->height; y++)
    for (guint x = 0; x < scaled->width; x++)
      average (self, scaled, x, y, scaled->pixels + ((gsize) y * scaled->width + x) * 3);

  return scaled;
}

gboolean
cli_canvas_save (const CliCanvas *self, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (self->pixels, (gsize) self->width * self->height * 3);
  g_autoptr (SiambanImage)
      image = siamban_image_new_from_data (self->width, self->height, bytes, error);

  return image != NULL && siamban_image_save (image, path, QUALITY, error);
}
