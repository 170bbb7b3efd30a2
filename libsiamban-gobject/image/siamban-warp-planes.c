/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-warp-private.h"

/* The crop of a sample goes to the batch in one pass. Without rotation the four weights of a pixel are
 * products of two for its row and two for its column: a row of the source is mixed with the next one
 * first, which is a plain loop over bytes, and the columns of that are mixed then. All is whole
 * numbers, so the result is the same. */

typedef struct
{
  int left; /* bytes from the start of the mixed row, of the pixel and of its right neighbour */
  int right;
  int share; /* of the right one, in 1/32 */
} Column;

typedef struct
{
  const guint8 *pixels;
  int width;
  int height;
  const guint8 *black; /* a row */

  int begin; /* the part of a row that the columns use, in bytes */
  int end;
  Column *columns;
  guint16 *mixed; /* a row with a black pixel in front and one behind */
} Source;

static int
column_at (const Source *source, gint64 x)
{
  return 3 * ((int) CLAMP (x, -1, source->width) + 1);
}

static void
find_columns (Source *source, const double back[6], int n_columns)
{
  const gint64 origin = _siamban_warp_to_fixed (back[2]) + SUM_ROUND;

  source->begin = 3 * source->width;
  source->end = 0;
  for (int x = 0; x < n_columns; x++)
    {
      const gint64 position = (origin + _siamban_warp_to_fixed (back[0] * x)) >> SUM_TO_POSITION;
      Column *column = &source->columns[x];

      column->left = column_at (source, position >> POSITION_BITS);
      column->right = column_at (source, (position >> POSITION_BITS) + 1);
      column->share = (int) (position & POSITION_MASK);
      source->begin = MIN (source->begin, MIN (column->left, column->right) - 3);
      source->end = MAX (source->end, MAX (column->left, column->right));
    }
  source->begin = MAX (source->begin, 0);
  source->end = MIN (source->end, 3 * source->width);
}

static const guint8 *
row_at (const Source *source, gint64 y)
{
  if (y < 0 || y >= source->height)
    return source->black;

  return source->pixels + (gsize) y * (gsize) source->width * 3;
}

static void
mix_rows (const Source *source, gint64 position)
{
  const guint8 *restrict upper = row_at (source, position >> POSITION_BITS);
  const guint8 *restrict lower = row_at (source, (position >> POSITION_BITS) + 1);
  const guint16 share = (guint16) (position & POSITION_MASK);
  guint16 *restrict mixed = source->mixed + 3;

  for (int i = source->begin; i < source->end; i++)
    mixed[i] = (guint16) (upper[i] * (32 - share) + lower[i] * share);
}

static void
mix_columns (const Source *source, guint8 *row, int n_columns)
{
  for (int x = 0; x < n_columns; x++)
    {
      const Column column = source->columns[x];
      const guint16 *left = source->mixed + column.left, *right = source->mixed + column.right;

      for (int c = 0; c < 3; c++)
        row[3 * x + c] = (guint8) ((left[c] * (32 - column.share) + right[c] * column.share +
                                    512) >>
                                   10);
    }
}

static void
to_planes (const guint8 *row,
           int n_columns,
           const float values[3][256],
           gsize plane_size,
           float *planes)
{
  for (int x = 0; x < n_columns; x++)
    for (int c = 0; c < 3; c++)
      planes[(gsize) c * plane_size + (gsize) x] = values[c][row[3 * x + c]];
}

void
_siamban_image_warp_to_planes (const guint8 *src,
                               int src_width,
                               int src_height,
                               const double m[6],
                               const double offset[3],
                               guint8 *dst,
                               float *planes,
                               int dst_width,
                               int dst_height)
{
  const gsize n_pixels = (gsize) dst_width * (gsize) dst_height;
  g_autofree guint8 *black = g_new0 (guint8, 3 * (gsize) src_width);
  g_autofree Column *columns = g_new (Column, dst_width);
  g_autofree guint16 *mixed = g_new0 (guint16, 3 * ((gsize) src_width + 2));
  g_autofree guint8 *row = g_new (guint8, 3 * (gsize) dst_width);
  Source source = { src, src_width, src_height, black, 0, 0, columns, mixed };
  float values[3][256];
  double back[6];

  g_return_if_fail (m[1] == 0 && m[3] == 0);

  for (guint c = 0; c < 3; c++)
    for (guint i = 0; i < 256; i++)
      values[c][i] = (float) (i - offset[c]);

  _siamban_warp_invert (m, back);
  find_columns (&source, back, dst_width);
  for (int y = 0; y < dst_height; y++)
    {
      const gint64 position = _siamban_warp_to_fixed (back[4] * y + back[5]) + SUM_ROUND;
      guint8 *bytes = dst != NULL ? dst + 3 * (gsize) y * (gsize) dst_width : row;

      mix_rows (&source, position >> SUM_TO_POSITION);
      mix_columns (&source, bytes, dst_width);
      to_planes (bytes, dst_width, values, n_pixels, planes + (gsize) y * (gsize) dst_width);
    }
}
