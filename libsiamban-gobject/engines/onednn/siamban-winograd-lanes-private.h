/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-winograd-private.h"
#include "siamban-winograd-transforms-private.h"

/* Of the files that are also compiled for each size of tile, SIAMBAN_TILE. */

#define SIAMBAN_WINOGRAD_KERNEL(name) SIAMBAN_PASTE (SIAMBAN_KERNEL (name), SIAMBAN_TILE)

#define TILE SIAMBAN_TILE
#define EDGE (TILE + 2)
#define PLANES (EDGE * EDGE)

/* Tiles of a group: with two vectors of channels, their sums fill the registers and leave room for
 * the operands. */
#if SIAMBAN_LANES == 16
#define GROUP 8
#else
#define GROUP 6
#endif

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

/* The floats of a tile in its section. */
ALWAYS_INLINE gsize
tile_offset (gsize tile, gsize group_distance)
{
  return tile / GROUP * group_distance + tile % GROUP * LANES;
}

/* The output channels of each sibling. */
ALWAYS_INLINE gsize
count_outputs (const SiambanWinograd *self)
{
  return self->n_outputs / self->n_siblings;
}

/* The sibling of an output channel, which is then counted from the first of that sibling. */
ALWAYS_INLINE gsize
locate_output (const SiambanWinograd *self, gsize *channel)
{
  const gsize n = count_outputs (self), sibling = *channel / n;

  *channel -= sibling * n;

  return sibling;
}

/* A block of the matrix of transformed weights. */
typedef struct
{
  gsize row;
  gsize n_rows;
  gsize column;
  gsize n_columns;
} SiambanWinogradWindow;

/* The planes of the input and of the gradient of the result, in a file of their own. */
void SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_input) (const SiambanWinograd *self,
                                                        const float *const *x,
                                                        float *v);
void SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_gradient) (const SiambanWinograd *self,
                                                           const float *const *dy,
                                                           float *m);

void SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_prepare) (const SiambanWinograd *self,
                                                          const float *weights,
                                                          const float *factors,
                                                          const SiambanWinogradWindow *window,
                                                          float *u,
                                                          gsize u_plane);
void SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_prepare_transposed) (
    const SiambanWinograd *self,
    const float *weights,
    const SiambanWinogradWindow *window,
    float *u,
    gsize u_plane);

/* The gradient of the weights, in a file of its own. */
void SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_backward_weights) (const SiambanWinograd *self,
                                                                   const float *v,
                                                                   const float *m,
                                                                   float *scratch,
                                                                   float *const *gradient,
                                                                   const gboolean *add);
