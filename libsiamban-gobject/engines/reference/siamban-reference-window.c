/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-reference-program-private.h"

#include <math.h>

/* The pixel of a plane that wins the window of one output. As in PyTorch the first of equal values
 * wins, and not-a-number wins over everything, so that it does not disappear. */
static gint64
find_winner (const SiambanReferenceCall *call, const float *plane, gint64 row, gint64 column)
{
  const SiambanNode *node = call->node;
  const gint64 height = call->inputs[0]->shape[2], width = call->inputs[0]->shape[3];
  const gint64 top = row * node->stride - node->padding;
  const gint64 left = column * node->stride - node->padding;
  gint64 winner = -1;

  for (gint64 y = MAX (top, 0); y < MIN (top + node->size, height); y++)
    for (gint64 x = MAX (left, 0); x < MIN (left + node->size, width); x++)
      {
        const float value = plane[y * width + x];

        if (winner < 0 || value > plane[winner] || isnan (value))
          winner = y * width + x;
      }

  return winner;
}

static void
max_pool_forward (const SiambanReferenceCall *call)
{
  const gint64 *shape = call->node->shape;
  const gint64 n_pixels = call->inputs[0]->shape[2] * call->inputs[0]->shape[3];
  float *y = call->y;

  for (gint64 plane = 0; plane < shape[0] * shape[1]; plane++)
    {
      const float *x = call->x[0] + plane * n_pixels;

      for (gint64 row = 0; row < shape[2]; row++)
        for (gint64 column = 0; column < shape[3]; column++)
          *y++ = x[find_winner (call, x, row, column)];
    }
}

static void
max_pool_backward (const SiambanReferenceCall *call)
{
  const gint64 *shape = call->node->shape;
  const gint64 n_pixels = call->inputs[0]->shape[2] * call->inputs[0]->shape[3];
  const float *dy = call->dy;

  for (gint64 plane = 0; plane < shape[0] * shape[1]; plane++)
    for (gint64 row = 0; row < shape[2]; row++)
      for (gint64 column = 0; column < shape[3]; column++)
        {
          const gint64 winner = find_winner (call, call->x[0] + plane * n_pixels, row, column);

          call->dx[0][plane * n_pixels + winner] += *dy++;
        }
}

const SiambanReferenceOp _siamban_reference_max_pool = { max_pool_forward, max_pool_backward };

/* The element of the input that becomes the first one of a row of the window. */
static gsize
row_offset (const SiambanReferenceCall *call, gint64 plane, gint64 row)
{
  const SiambanNode *node = call->node;
  const gint64 height = call->inputs[0]->shape[2], width = call->inputs[0]->shape[3];

  return (gsize) ((plane * height + node->top + row) * width + node->left);
}

static void
crop_forward (const SiambanReferenceCall *call)
{
  const gint64 *shape = call->node->shape;
  float *y = call->y;

  for (gint64 plane = 0; plane < shape[0] * shape[1]; plane++)
    for (gint64 row = 0; row < shape[2]; row++)
      for (gint64 column = 0; column < shape[3]; column++)
        *y++ = call->x[0][row_offset (call, plane, row) + column];
}

static void
crop_backward (const SiambanReferenceCall *call)
{
  const gint64 *shape = call->node->shape;
  const float *dy = call->dy;

  for (gint64 plane = 0; plane < shape[0] * shape[1]; plane++)
    for (gint64 row = 0; row < shape[2]; row++)
      for (gint64 column = 0; column < shape[3]; column++)
        call->dx[0][row_offset (call, plane, row) + column] += *dy++;
}

const SiambanReferenceOp _siamban_reference_crop = { crop_forward, crop_backward };
