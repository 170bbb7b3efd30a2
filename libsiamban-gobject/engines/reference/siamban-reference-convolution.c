/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-reference-program-private.h"

#include <string.h>

/* A convolution is a matrix product: rows of weights times columns of the pixels that a window
 * covers. The pixels of TILE windows are gathered for TILE kernel elements at a time, and RUN
 * products are summed in single precision before they are added up in double: nearly as exact as a
 * sum in double, and several times as fast. */
#define TILE 64
#define RUN 8

typedef float Panel[TILE][TILE];

/* A window that slides over a map. The gradient slides the other way: there a position is one of
 * the input, and the pixels are those outputs that have seen it. */
typedef struct
{
  gint64 n_channels; /* of the map, in one group */
  gint64 height;     /* of the map */
  gint64 width;
  gint64 n_positions;
  gint64 positions_width;
  gint64 size;
  gint64 stride;
  gint64 padding;
  gint64 dilation;
  gboolean reverse;
} Window;

static Window
window_new (const SiambanNode *node, const gint64 *input_shape, gboolean reverse)
{
  const gint64 *map = reverse ? node->shape : input_shape;
  const gint64 *positions = reverse ? input_shape : node->shape;

  return (Window){
    .n_channels = map[1] / node->n_groups,
    .height = map[2],
    .width = map[3],
    .n_positions = positions[2] * positions[3],
    .positions_width = positions[3],
    .size = node->size,
    .stride = node->stride,
    .padding = node->padding,
    .dilation = node->dilation,
    .reverse = reverse,
  };
}

static gint64
window_get_n_taps (const Window *window)
{
  return window->n_channels * window->size * window->size;
}

/* Where along one axis a kernel element meets the map; -1: nowhere. */
static gint64
locate (const Window *window, gint64 position, gint64 element, gint64 limit)
{
  gint64 at = position * window->stride - window->padding + element * window->dilation;

  if (window->reverse)
    {
      at = position + window->padding - element * window->dilation;
      if (at % window->stride != 0)
        return -1;
      at /= window->stride;
    }

  return at >= 0 && at < limit ? at : -1;
}

/* For each kernel element and each of TILE positions from @begin: the pixel within a channel, or
 * -1. Positions past the end have no pixels. */
static void
find_pixels (const Window *window, gint64 begin, gint32 *pixels)
{
  for (gint64 row = 0; row < window->size; row++)
    for (gint64 column = 0; column < window->size; column++)
      for (guint i = 0; i < TILE; i++)
        {
          const gint64 position = begin + i;
          const gint64 y = locate (window, position / window->positions_width, row, window->height);
          const gint64 x = locate (window, position % window->positions_width, column,
                                   window->width);
          const gboolean inside = y >= 0 && x >= 0 && position < window->n_positions;

          pixels[(row * window->size + column) * TILE + i] = inside
                                                                 ? (gint32) (y * window->width + x)
                                                                 : -1;
        }
}

/* One row of @panel a tap, from @first_tap on; the rows past @n_taps become zeros. */
static void
gather (const Window *window,
        const float *map,
        const gint32 *pixels,
        gint64 first_tap,
        guint n_taps,
        Panel panel)
{
  const gint64 n_elements = window->size * window->size;

  for (guint tap = 0; tap < n_taps; tap++)
    {
      const gint64 channel = (first_tap + tap) / n_elements;
      const gint32 *at = pixels + (first_tap + tap) % n_elements * TILE;
      const float *plane = map + channel * window->height * window->width;

      for (guint i = 0; i < TILE; i++)
        panel[tap][i] = at[i] >= 0 ? plane[at[i]] : 0;
    }
  memset (panel[n_taps], 0, (TILE - n_taps) * sizeof panel[0]);
}

static void
transpose (Panel panel)
{
  for (guint i = 0; i < TILE; i++)
    for (guint j = 0; j < i; j++)
      {
        const float value = panel[i][j];

        panel[i][j] = panel[j][i];
        panel[j][i] = value;
      }
}

/* sums += rows × panel. The terms past the last one are zeros, in the rows and in the panel. */
static void
multiply (const float *rows,
          gint64 row_stride,
          gint64 n_rows,
          guint n_terms,
          Panel panel,
          double (*sums)[TILE])
{
  for (gint64 row = 0; row < n_rows; row++)
    {
      float a[TILE] = { 0 };

      memcpy (a, rows + row * row_stride, n_terms * sizeof (float));
      for (guint k = 0; k < n_terms; k += RUN)
        {
          float part[TILE];

          for (guint i = 0; i < TILE; i++)
            part[i] = ((a[k] * panel[k][i] + a[k + 1] * panel[k + 1][i]) +
                       (a[k + 2] * panel[k + 2][i] + a[k + 3] * panel[k + 3][i])) +
                      ((a[k + 4] * panel[k + 4][i] + a[k + 5] * panel[k + 5][i]) +
                       (a[k + 6] * panel[k + 6][i] + a[k + 7] * panel[k + 7][i]));
          for (guint i = 0; i < TILE; i++)
            sums[row][i] += part[i];
        }
    }
}

/* Adds to @to, a map of the window's positions with @n_rows channels a group. @rows holds for each
 * of those channels the factors of all taps. */
static void
convolve (const Window *window,
          const float *rows,
          gint64 n_rows,
          gint64 n_groups,
          const float *map,
          float *to)
{
  const gint64 n_taps = window_get_n_taps (window);
  g_autofree gint32 *pixels = g_new (gint32, window->size * window->size * TILE);
  g_autofree double (*sums)[TILE] = g_malloc_n (n_rows, sizeof *sums);
  Panel panel;

  for (gint64 begin = 0; begin < window->n_positions; begin += TILE)
    {
      const gint64 n_columns = MIN (TILE, window->n_positions - begin);

      find_pixels (window, begin, pixels);
      for (gint64 group = 0; group < n_groups; group++)
        {
          const gint64 n_group_values = window->n_channels * window->height * window->width;

          memset (sums, 0, n_rows * sizeof *sums);
          for (gint64 tap = 0; tap < n_taps; tap += TILE)
            {
              const guint n_terms = (guint) MIN (TILE, n_taps - tap);

              gather (window, map + group * n_group_values, pixels, tap, n_terms, panel);
              multiply (rows + group * n_rows * n_taps + tap, n_taps, n_rows, n_terms, panel, sums);
            }

          for (gint64 row = 0; row < n_rows; row++)
            {
              float *line = to + (group * n_rows + row) * window->n_positions + begin;

              for (gint64 i = 0; i < n_columns; i++)
                line[i] = (float) (line[i] + sums[row][i]);
            }
        }
    }
}

static gsize
image_size (const SiambanNode *node)
{
  return (gsize) (node->shape[1] * node->shape[2] * node->shape[3]);
}

static void
convolution_forward (const SiambanReferenceCall *call)
{
  const SiambanNode *node = call->node;
  const Window window = window_new (node, call->inputs[0]->shape, FALSE);
  const gint64 n_channels = node->shape[1];

  for (gint64 plane = 0; plane < node->shape[0] * n_channels; plane++)
    for (gint64 i = 0; i < window.n_positions; i++)
      call->y[plane * window.n_positions + i] = call->bias != NULL ? call->bias[plane % n_channels]
                                                                   : 0;

  for (gint64 image = 0; image < node->shape[0]; image++)
    convolve (&window, call->weight, n_channels / node->n_groups, node->n_groups,
              call->x[0] + image * image_size (call->inputs[0]),
              call->y + image * image_size (node));
}

/* (O, I / groups, k, k) as (I, O / groups, k, k): what each input channel is multiplied with. */
static float *
swap_channels (const SiambanNode *node, const float *weight, gint64 n_inputs)
{
  const gint64 n_elements = (gint64) node->size * node->size;
  const gint64 n_outputs = node->shape[1] / node->n_groups;
  float *swapped = g_new (float, node->n_groups *n_inputs *n_outputs *n_elements);

  for (gint64 group = 0; group < node->n_groups; group++)
    for (gint64 output = 0; output < n_outputs; output++)
      for (gint64 input = 0; input < n_inputs; input++)
        memcpy (swapped + ((group * n_inputs + input) * n_outputs + output) * n_elements,
                weight + ((group * n_outputs + output) * n_inputs + input) * n_elements,
                n_elements * sizeof (float));

  return swapped;
}

static void
differentiate_input (const SiambanReferenceCall *call)
{
  const SiambanNode *node = call->node;
  const Window window = window_new (node, call->inputs[0]->shape, TRUE);
  const gint64 n_inputs = call->inputs[0]->shape[1] / node->n_groups;
  g_autofree float *rows = swap_channels (node, call->weight, n_inputs);

  for (gint64 image = 0; image < node->shape[0]; image++)
    convolve (&window, rows, n_inputs, node->n_groups, call->dy + image * image_size (node),
              call->dx[0] + image * image_size (call->inputs[0]));
}

/* Adds what all images of the batch say about TILE taps of one group's kernels. */
static void
differentiate_taps (const SiambanReferenceCall *call,
                    const Window *window,
                    gint64 group,
                    gint64 tap,
                    double (*sums)[TILE])
{
  const SiambanNode *node = call->node;
  const gint64 n_rows = node->shape[1] / node->n_groups;
  const guint n_columns = (guint) MIN (TILE, window_get_n_taps (window) - tap);
  const gint64 n_group_values = window->n_channels * window->height * window->width;
  g_autofree gint32 *pixels = g_new (gint32, window->size * window->size * TILE);
  Panel panel;

  for (gint64 begin = 0; begin < window->n_positions; begin += TILE)
    {
      const guint n_terms = (guint) MIN (TILE, window->n_positions - begin);

      find_pixels (window, begin, pixels);
      for (gint64 image = 0; image < node->shape[0]; image++)
        {
          gather (window,
                  call->x[0] + image * image_size (call->inputs[0]) + group * n_group_values,
                  pixels, tap, n_columns, panel);
          transpose (panel);
          multiply (call->dy + image * image_size (node) + group * n_rows * window->n_positions +
                        begin,
                    window->n_positions, n_rows, n_terms, panel, sums);
        }
    }
}

static void
differentiate_weight (const SiambanReferenceCall *call)
{
  const SiambanNode *node = call->node;
  const Window window = window_new (node, call->inputs[0]->shape, FALSE);
  const gint64 n_rows = node->shape[1] / node->n_groups;
  const gint64 n_taps = window_get_n_taps (&window);
  g_autofree double (*sums)[TILE] = g_malloc_n (n_rows, sizeof *sums);

  for (gint64 group = 0; group < node->n_groups; group++)
    for (gint64 tap = 0; tap < n_taps; tap += TILE)
      {
        memset (sums, 0, n_rows * sizeof *sums);
        differentiate_taps (call, &window, group, tap, sums);
        for (gint64 row = 0; row < n_rows; row++)
          {
            float *line = call->weight_gradient + (group * n_rows + row) * n_taps + tap;

            for (gint64 i = 0; i < MIN (TILE, n_taps - tap); i++)
              line[i] = (float) (line[i] + sums[row][i]);
          }
      }
}

static void
differentiate_bias (const SiambanReferenceCall *call)
{
  const gint64 *shape = call->node->shape;
  const gint64 n_positions = shape[2] * shape[3];

  for (gint64 channel = 0; channel < shape[1]; channel++)
    {
      double sum = 0;

      for (gint64 image = 0; image < shape[0]; image++)
        for (gint64 i = 0; i < n_positions; i++)
          sum += call->dy[(image * shape[1] + channel) * n_positions + i];
      call->bias_gradient[channel] = (float) (call->bias_gradient[channel] + sum);
    }
}

static void
convolution_backward (const SiambanReferenceCall *call)
{
  if (call->dx[0] != NULL)
    differentiate_input (call);
  if (call->weight_gradient != NULL)
    differentiate_weight (call);
  if (call->bias_gradient != NULL)
    differentiate_bias (call);
}

const SiambanReferenceOp _siamban_reference_convolution = { convolution_forward,
                                                            convolution_backward };
