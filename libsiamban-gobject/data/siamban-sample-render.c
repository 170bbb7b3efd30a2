/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-sample-private.h"

#include <math.h>
#include <string.h>

#include "siamban-image-private.h"
#include "siamban-point-target-private.h"

/* Pixels of the picture, whatever the zoom. */
#define GAP 8
#define MAX_ZOOM 16u

#define BACKGROUND 0xff

typedef struct
{
  guint8 *pixels; /* (height, width, 3), blue, green, red */
  int width;
  int height;
} Canvas;

/* Blue, green, red: told apart by those who do not see all colours, too. */
static const guint8 box_color[3] = { 0x00, 0xd7, 0xff };
static const guint8 dark[3] = { 0x00, 0x00, 0x00 };
static const guint8 light[3] = { 0xff, 0xff, 0xff };

/* What a point looks like: targets are large discs, background are rings, and what is ignored is a
 * dot. */
static const struct
{
  guint8 fill[3];
  double radius; /* in strides */
  gboolean ring;
} marks[] = {
  { { 0xb0, 0xb0, 0xb0 }, 0.1, FALSE },  /* −1, ignored */
  { { 0x00, 0x5e, 0xd5 }, 0.28, TRUE },  /* 0, background */
  { { 0x73, 0x9e, 0x00 }, 0.34, FALSE }, /* 1, target */
};

static void
put (Canvas *self, int x, int y, const guint8 color[3])
{
  if (x < 0 || y < 0 || x >= self->width || y >= self->height)
    return;
  memcpy (self->pixels + ((gsize) y * (gsize) self->width + (gsize) x) * 3, color, 3);
}

static guint8
to_byte (float value)
{
  return (guint8) CLAMP (lrintf (value), 0, 255);
}

/* @planes (3, size, size), each pixel as a square of @zoom. */
static void
draw_planes (Canvas *self, const float *planes, guint size, int left, guint zoom)
{
  const gsize n = (gsize) size * size;

  for (guint y = 0; y < size * zoom; y++)
    for (guint x = 0; x < size * zoom; x++)
      {
        const gsize i = (gsize) (y / zoom) * size + x / zoom;
        const guint8 color[3] = { to_byte (planes[i]), to_byte (planes[n + i]),
                                  to_byte (planes[2 * n + i]) };

        put (self, left + (int) x, (int) y, color);
      }
}

static void
draw_frame (Canvas *self,
            int x1,
            int y1,
            int x2,
            int y2,
            int right,
            int left,
            const guint8 color[3])
{
  for (int x = MAX (x1, left); x <= MIN (x2, right); x++)
    {
      put (self, x, y1, color);
      put (self, x, y2, color);
    }
  for (int y = MAX (y1, 0); y <= MIN (y2, self->height - 1); y++)
    {
      if (x1 >= left)
        put (self, x1, y, color);
      if (x2 <= right)
        put (self, x2, y, color);
    }
}

/* Two lines, one dark, so that it is seen on any image. */
static void
draw_box (Canvas *self, const SiambanBox *box, guint size, int left, guint zoom)
{
  const double limit = 2.0 * size;
  const int right = left + (int) (size * zoom) - 1;
  const int x1 = left + (int) lrint (CLAMP (box->x1, -limit, limit) * zoom);
  const int y1 = (int) lrint (CLAMP (box->y1, -limit, limit) * zoom);
  const int x2 = left + (int) lrint (CLAMP (box->x2, -limit, limit) * zoom);
  const int y2 = (int) lrint (CLAMP (box->y2, -limit, limit) * zoom);

  draw_frame (self, x1 - 1, y1 - 1, x2 + 1, y2 + 1, right, left, dark);
  draw_frame (self, x1, y1, x2, y2, right, left, box_color);
}

static void
draw_mark (Canvas *self, int cx, int cy, int label, double stride)
{
  const double radius = MAX (marks[label + 1].radius * stride, 0.7);
  const int reach = (int) ceil (radius) + 1;

  for (int y = -reach; y <= reach; y++)
    for (int x = -reach; x <= reach; x++)
      {
        const double distance = sqrt (x * x + y * y);

        if (distance <= radius && (!marks[label + 1].ring || distance > radius * 0.5))
          put (self, cx + x, cy + y, marks[label + 1].fill);
        else if (label >= 0 && distance > radius && distance <= radius + 1)
          put (self, cx + x, cy + y, label > 0 ? light : dark);
      }
}

static void
draw_points (Canvas *self, SiambanSample *sample, int left, guint zoom)
{
  const SiambanSampleShape *shape = _siamban_sample_peek_shape (sample);
  g_autoptr (GBytes) bytes = siamban_sample_get_label_cls (sample);
  const gint8 *labels = g_bytes_get_data (bytes, NULL);
  const guint n = shape->output_size;
  const int z = (int) zoom;

  for (guint i = 0; i < n * n; i++)
    {
      const int x = _siamban_point_position (shape->search_size, n, shape->stride, i % n);
      const int y = _siamban_point_position (shape->search_size, n, shape->stride, i / n);

      draw_mark (self, left + x * z + z / 2, y * z + z / 2, CLAMP (labels[i], -1, 1),
                 (double) shape->stride * zoom);
    }
}

/**
 * siamban_sample_render:
 * @self: a sample
 * @parts: what to show; at least one of the two images
 * @zoom: pixels of the picture for one of the sample, 1 to 16
 *
 * Draws the sample: the images as the network gets them, the boxes, and the label of each point of the
 * score map. Targets are green discs with a light edge, background points are orange rings, and what is
 * ignored is a grey dot. Any thread may call this.
 *
 * Returns: (transfer full): the picture
 *
 * Since: 0.1
 */
SiambanImage *
siamban_sample_render (SiambanSample *self, SiambanSampleParts parts, guint zoom)
{
  const SiambanSampleShape *shape;
  guint template_side, search_side, gap;
  Canvas canvas;
  gsize size;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (parts & (SIAMBAN_SAMPLE_TEMPLATE | SIAMBAN_SAMPLE_SEARCH), NULL);
  g_return_val_if_fail (zoom >= 1 && zoom <= MAX_ZOOM, NULL);

  shape = _siamban_sample_peek_shape (self);
  template_side = parts & SIAMBAN_SAMPLE_TEMPLATE ? shape->template_size * zoom : 0;
  search_side = parts & SIAMBAN_SAMPLE_SEARCH ? shape->search_size * zoom : 0;
  gap = template_side > 0 && search_side > 0 ? GAP : 0;
  canvas.width = (int) (template_side + gap + search_side);
  canvas.height = (int) MAX (template_side, search_side);
  size = (gsize) canvas.width * (gsize) canvas.height * 3;
  canvas.pixels = g_malloc (size);
  memset (canvas.pixels, BACKGROUND, size);

  if (template_side > 0)
    {
      g_autoptr (GBytes) template = siamban_sample_get_template (self);

      draw_planes (&canvas, g_bytes_get_data (template, NULL), shape->template_size, 0, zoom);
      if (parts & SIAMBAN_SAMPLE_BOXES)
        draw_box (&canvas, siamban_sample_get_template_box (self), shape->template_size, 0, zoom);
    }
  if (search_side > 0)
    {
      g_autoptr (GBytes) search = siamban_sample_get_search (self);
      const int left = (int) (template_side + gap);

      draw_planes (&canvas, g_bytes_get_data (search, NULL), shape->search_size, left, zoom);
      if (parts & SIAMBAN_SAMPLE_POINTS)
        draw_points (&canvas, self, left, zoom);
      if (parts & SIAMBAN_SAMPLE_BOXES)
        draw_box (&canvas, siamban_sample_get_box (self), shape->search_size, left, zoom);
    }

  return _siamban_image_new_take ((guint) canvas.width, (guint) canvas.height, canvas.pixels);
}
