/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-image-private.h"

#include <math.h>
#include <string.h>

/* Far enough outside for any window to see the mean only, near enough for whole numbers. */
#define MAX_CORNER 1e8
#define MAX_ORIGINAL_SIZE (1u << 20)
#define MAX_MODEL_SIZE 8192u

/* A square window on an image that may reach over its edges. */
typedef struct
{
  const guint8 *pixels;
  int width;
  int height;
  int left;
  int top;
  int size;
  guint8 mean[3];
} Window;

static void
fill (guint8 *row, int from, int to, const guint8 mean[3])
{
  for (int x = from; x < to; x++)
    memcpy (row + 3 * (gsize) x, mean, 3);
}

static const guint8 *
get_row_cb (gconstpointer source, int y, guint8 *scratch)
{
  const Window *self = source;
  const int image_y = self->top + y;
  int from = CLAMP (-self->left, 0, self->size);
  const int to = CLAMP (self->width - self->left, from, self->size);

  if (image_y < 0 || image_y >= self->height)
    {
      fill (scratch, 0, self->size, self->mean);
      return scratch;
    }

  fill (scratch, 0, from, self->mean);
  if (to > from)
    memcpy (scratch + 3 * (gsize) from,
            self->pixels +
                ((gsize) image_y * (gsize) self->width + (gsize) (self->left + from)) * 3,
            3 * (gsize) (to - from));
  fill (scratch, to, self->size, self->mean);

  return scratch;
}

static int
find_corner (double center, guint size)
{
  const double corner = floor (center - (size + 1) / 2.0 + 0.5);

  return (int) CLAMP (corner, -MAX_CORNER, MAX_CORNER);
}

/* The original assigns a float to 8-bit pixels, which cuts the fraction off. */
static guint8
to_byte (double mean)
{
  return (guint8) CLAMP (mean, 0, 255);
}

/**
 * siamban_image_get_subwindow:
 * @self: an image
 * @cx: x of the window's centre, in pixels of the image; finite
 * @cy: y of the window's centre, in pixels of the image; finite
 * @model_size: side of the result in pixels, 1 to 8192
 * @original_size: side of the window in pixels of the image, 1 to 2²⁰
 * @mean_blue: blue outside the image, 0 to 255
 * @mean_green: green outside the image, 0 to 255
 * @mean_red: red outside the image, 0 to 255
 *
 * Cuts out a square window and brings it to the size that the network takes.
 *
 * The window is laid on whole pixels: its left column is floor(cx − (original_size + 1) / 2 + 0.5).
 * Outside the image it shows the mean colour, its fraction cut off. It is resized
 * bilinearly. The pixels are those of the original's tracker, bit for bit.
 *
 * Source: `get_subwindow()` in `siamban/tracker/base_tracker.py` of SiamBAN.
 *
 * Returns: (transfer full): an image of @model_size × @model_size
 *
 * Since: 0.1
 */
SiambanImage *
siamban_image_get_subwindow (SiambanImage *self,
                             double cx,
                             double cy,
                             guint model_size,
                             guint original_size,
                             double mean_blue,
                             double mean_green,
                             double mean_red)
{
  Window window;
  guint8 *pixels;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (isfinite (cx) && isfinite (cy), NULL);
  g_return_val_if_fail (model_size >= 1 && model_size <= MAX_MODEL_SIZE, NULL);
  g_return_val_if_fail (original_size >= 1 && original_size <= MAX_ORIGINAL_SIZE, NULL);

  window = (Window){
    .pixels = _siamban_image_peek (self),
    .width = (int) siamban_image_get_width (self),
    .height = (int) siamban_image_get_height (self),
    .left = find_corner (cx, original_size),
    .top = find_corner (cy, original_size),
    .size = (int) original_size,
    .mean = { to_byte (mean_blue), to_byte (mean_green), to_byte (mean_red) },
  };
  pixels = g_malloc ((gsize) model_size * model_size * 3);
  _siamban_image_resize_rows (get_row_cb, &window, window.size, window.size, pixels,
                              (int) model_size, (int) model_size);

  return _siamban_image_new_take (model_size, model_size, pixels);
}
