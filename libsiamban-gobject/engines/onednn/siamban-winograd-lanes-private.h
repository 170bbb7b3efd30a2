/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-lanes-private.h"
#include "siamban-winograd-private.h"

/* The transforms of one axis, of the points 0, ±1, ±2 and infinity. Each reads numbers a distance
 * apart and writes them a distance apart. */

/* 6 numbers of the input to 6 */
ALWAYS_INLINE void
transform_input (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = i[4 * s] - 4 * i[2 * s], b = i[3 * s] - 4 * i[s];
  const Lanes c = i[4 * s] - i[2 * s], d = 2 * (i[3 * s] - i[s]);

  o[0] = 4 * i[0] - 5 * i[2 * s] + i[4 * s];
  o[q] = a + b;
  o[2 * q] = a - b;
  o[3 * q] = c + d;
  o[4 * q] = c - d;
  o[5 * q] = 4 * i[s] - 5 * i[3 * s] + i[5 * s];
}

/* 6 products to 4 results */
ALWAYS_INLINE void
transform_output (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = i[s] + i[2 * s], b = i[s] - i[2 * s];
  const Lanes c = i[3 * s] + i[4 * s], d = i[3 * s] - i[4 * s];

  o[0] = i[0] + a + c;
  o[q] = b + 2 * d;
  o[2 * q] = a + 4 * c;
  o[3 * q] = b + 8 * d + i[5 * s];
}

/* 4 gradients of results to those of 6 products: the transpose of transform_output() */
ALWAYS_INLINE void
transform_output_back (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = i[0] + i[2 * s], b = i[s] + i[3 * s];
  const Lanes c = i[0] + 4 * i[2 * s], d = 2 * i[s] + 8 * i[3 * s];

  o[0] = i[0];
  o[q] = a + b;
  o[2 * q] = a - b;
  o[3 * q] = c + d;
  o[4 * q] = c - d;
  o[5 * q] = i[3 * s];
}

/* The transpose of transform_input() */
ALWAYS_INLINE void
transform_input_back (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = i[s] + i[2 * s], b = i[s] - i[2 * s];
  const Lanes c = i[3 * s] + i[4 * s], d = i[3 * s] - i[4 * s];

  o[0] = 4 * i[0];
  o[q] = -4 * b - 2 * d + 4 * i[5 * s];
  o[2 * q] = -5 * i[0] - 4 * a - c;
  o[3 * q] = b + 2 * d - 5 * i[5 * s];
  o[4 * q] = i[0] + a + c;
  o[5 * q] = i[5 * s];
}

/* 3 weights to 6 */
ALWAYS_INLINE void
transform_weights (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = (i[0] + i[2 * s]) * (-1.f / 6), b = i[s] * (-1.f / 6);
  const Lanes c = i[0] * (1.f / 24) + i[2 * s] * (1.f / 6), d = i[s] * (1.f / 12);

  o[0] = i[0] * .25f;
  o[q] = a + b;
  o[2 * q] = a - b;
  o[3 * q] = c + d;
  o[4 * q] = c - d;
  o[5 * q] = i[2 * s];
}

/* The transpose of transform_weights() */
ALWAYS_INLINE void
transform_weights_back (const Lanes *i, gsize s, Lanes *o, gsize q)
{
  const Lanes a = i[s] + i[2 * s], b = i[s] - i[2 * s];
  const Lanes c = i[3 * s] + i[4 * s], d = i[3 * s] - i[4 * s];

  o[0] = .25f * i[0] - (1.f / 6) * a + (1.f / 24) * c;
  o[q] = (1.f / 12) * d - (1.f / 6) * b;
  o[2 * q] = (1.f / 6) * (c - a) + i[5 * s];
}

/* Lane l of the first row of a pair, step apart, after they swapped what is not on the diagonal. */
#define SWAP_FIRST(l, step) (((l) & (step)) != 0 ? LANES + (l) - (step) : (l))
#define SWAP_SECOND(l, step) (((l) & (step)) != 0 ? LANES + (l) : (l) + (step))

#define EIGHT(which, from, step)                                                                   \
  which (from, step), which (from + 1, step), which (from + 2, step), which (from + 3, step),      \
      which (from + 4, step), which (from + 5, step), which (from + 6, step),                      \
      which (from + 7, step)

#if SIAMBAN_LANES == 8
#define SWAP_MASK(which, step) ((Mask){ EIGHT (which, 0, step) })
#else
#define SWAP_MASK(which, step) ((Mask){ EIGHT (which, 0, step), EIGHT (which, 8, step) })
#endif

#define SWAP_ROWS(step)                                                                            \
  _Pragma ("GCC unroll 16") for (gsize i = 0; i < LANES; i++) if ((i & (step)) == 0)               \
  {                                                                                                \
    const Lanes first = rows[i], second = rows[i + (step)];                                        \
                                                                                                   \
    rows[i] = __builtin_shuffle (first, second, SWAP_MASK (SWAP_FIRST, step));                     \
    rows[i + (step)] = __builtin_shuffle (first, second, SWAP_MASK (SWAP_SECOND, step));           \
  }

/* A square of lanes × lanes numbers. */
ALWAYS_INLINE void
transpose (Lanes *rows)
{
  SWAP_ROWS (1)
  SWAP_ROWS (2)
  SWAP_ROWS (4)
#if SIAMBAN_LANES == 16
  SWAP_ROWS (8)
#endif
}

/* The floats of a channel's first tile in a plane of v or m. */
ALWAYS_INLINE gsize
channel_offset (const SiambanWinograd *self, gsize channel)
{
  const gsize within = channel % SIAMBAN_WINOGRAD_SECTION;

  return channel / SIAMBAN_WINOGRAD_SECTION * self->section_distance +
         within / LANES * LANES * self->group + within % LANES;
}

/* A block of the matrix of transformed weights. */
typedef struct
{
  gsize row;
  gsize n_rows;
  gsize column;
  gsize n_columns;
} SiambanWinogradWindow;

void SIAMBAN_KERNEL (_siamban_winograd_prepare) (const SiambanWinograd *self,
                                                 const float *weights,
                                                 const float *factors,
                                                 const SiambanWinogradWindow *window,
                                                 float *u,
                                                 gsize u_plane);
void SIAMBAN_KERNEL (_siamban_winograd_prepare_transposed) (const SiambanWinograd *self,
                                                            const float *weights,
                                                            const float *factors,
                                                            const SiambanWinogradWindow *window,
                                                            float *u,
                                                            gsize u_plane);
