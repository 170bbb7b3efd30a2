/* SPDX-License-Identifier: Apache-2.0 */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <math.h>

#include "siamban-training-private.h"

#define N_CHANNELS 3

/* What a sample shows, template to the left, search crop to the right. */
typedef struct
{
  GdkPixbuf *pixbuf;
  guint8 *pixels;
  int stride;
} Picture;

/* @values: blue, green and red planes of @size × @size. */
static void
paste (Picture *self, int left, GBytes *values, int size)
{
  const float *planes = g_bytes_get_data (values, NULL);

  for (int y = 0; y < size; y++)
    for (int x = 0; x < size; x++)
      for (int c = 0; c < N_CHANNELS; c++)
        {
          const float value = planes[((N_CHANNELS - 1 - c) * size + y) * size + x];

          self->pixels[y * self->stride + (left + x) * N_CHANNELS + c] = (guint8) CLAMP (value, 0,
                                                                                         255);
        }
}

static void
set_pixel (Picture *self, int left, int size, int x, int y)
{
  guint8 *pixel;

  if (x < 0 || x >= size || y < 0 || y >= size)
    return;

  pixel = self->pixels + y * self->stride + (left + x) * N_CHANNELS;
  pixel[0] = 0;
  pixel[1] = 255;
  pixel[2] = 0;
}

static void
draw_box (Picture *self, int left, int size, const SiambanBox *box)
{
  const int x1 = (int) round (CLAMP (box->x1, -1, size)),
            x2 = (int) round (CLAMP (box->x2, -1, size));
  const int y1 = (int) round (CLAMP (box->y1, -1, size)),
            y2 = (int) round (CLAMP (box->y2, -1, size));

  for (int x = x1; x <= x2; x++)
    {
      set_pixel (self, left, size, x, y1);
      set_pixel (self, left, size, x, y2);
    }
  for (int y = y1; y <= y2; y++)
    {
      set_pixel (self, left, size, x1, y);
      set_pixel (self, left, size, x2, y);
    }
}

static GdkPixbuf *
draw_sample (SiambanSample *sample)
{
  const int template_size = (int) siamban_sample_get_template_size (sample);
  const int search_size = (int) siamban_sample_get_search_size (sample);
  g_autoptr (GBytes) template = siamban_sample_get_template (sample);
  g_autoptr (GBytes) search = siamban_sample_get_search (sample);
  Picture self;

  self.pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, template_size + search_size,
                                MAX (template_size, search_size));
  if (self.pixbuf == NULL)
    return NULL;
  gdk_pixbuf_fill (self.pixbuf, 0);
  self.pixels = gdk_pixbuf_get_pixels (self.pixbuf);
  self.stride = gdk_pixbuf_get_rowstride (self.pixbuf);

  paste (&self, 0, template, template_size);
  draw_box (&self, 0, template_size, siamban_sample_get_template_box (sample));
  paste (&self, template_size, search, search_size);
  /* Of a negative pair the box is that of another target. */
  if (!siamban_sample_is_negative (sample))
    draw_box (&self, template_size, search_size, siamban_sample_get_box (sample));

  return self.pixbuf;
}

static void
log_sample (SiambanTraining *self, SiambanSample *sample, guint number)
{
  g_autoptr (GdkPixbuf) pixbuf = draw_sample (sample);
  g_autofree char *name = g_strdup_printf ("samples/%u", number);
  g_autoptr (GBytes) png = NULL;
  char *data;
  gsize size;

  /* A picture that cannot be made is left out. */
  if (pixbuf == NULL || !gdk_pixbuf_save_to_buffer (pixbuf, &data, &size, "png", NULL, NULL))
    return;

  png = g_bytes_new_take (data, size);
  _siamban_run_folder_add_image (self->folder, name, png, (guint) gdk_pixbuf_get_width (pixbuf),
                                 (guint) gdk_pixbuf_get_height (pixbuf), self->iteration);
}

void
_siamban_training_log_samples (SiambanTraining *self, SiambanBatch *batch)
{
  const guint n = (guint) siamban_config_get_int (self->config, "TRAIN.LOG_IMAGES");

  for (guint i = 0; i < MIN (n, siamban_batch_get_size (batch)); i++)
    {
      g_autoptr (SiambanSample) sample = siamban_batch_get_sample (batch, i);

      log_sample (self, sample, i);
    }
}
