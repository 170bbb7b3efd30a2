/* SPDX-License-Identifier: Apache-2.0 */
#include <omp.h>

#include "siamban-winograd-lanes-private.h"

#define TAPS 9

/* Channels whose sums are made at a time, with two vectors of the other ones. */
#define ROWS GROUP

/* The weights of lanes × lanes channels, as (input channel, tap) vectors of output channels. */
static void
load_square (const SiambanWinograd *self,
             const float *weights,
             gsize output,
             gsize input,
             Lanes *to)
{
  for (gsize part = 0; part < TAPS; part++)
    {
      Lanes *rows = to + part * LANES;

      for (gsize i = 0; i < LANES; i++)
        rows[i] = *(const Lanes *) (weights + ((output + i) * self->n_inputs + input) * TAPS +
                                    part * LANES);
      transpose (rows);
    }
}

ALWAYS_INLINE void
transform_taps (const Lanes *taps, gsize distance, Lanes *to)
{
  Lanes rows[3 * EDGE];

  for (gsize i = 0; i < 3; i++)
    transform_weights (taps + i * 3 * distance, distance, rows + i * EDGE, 1);
  for (gsize i = 0; i < EDGE; i++)
    transform_weights (rows + i, EDGE, to + i, EDGE);
}

/* Whole cache lines: both vectors of a row at once. */
ALWAYS_INLINE void
store_rows (const Lanes *left, const Lanes *right, float *u, gsize u_plane)
{
  for (gsize plane = 0; plane < PLANES; plane++)
    {
      *(Lanes *) (u + plane * u_plane) = left[plane];
      *(Lanes *) (u + plane * u_plane + LANES) = right[plane];
    }
}

/* u (planes, columns / 2 lanes, rows, 2 lanes): rows are input channels, columns output channels. */
void
SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_prepare) (const SiambanWinograd *self,
                                                     const float *weights,
                                                     const float *factors,
                                                     const SiambanWinogradWindow *window,
                                                     float *u,
                                                     gsize u_plane)
{
  for (gsize column = 0; column < window->n_columns; column += 2 * LANES)
    for (gsize row = 0; row < window->n_rows; row += LANES)
      {
        const gsize output = window->column + column;
        Lanes taps[2][TAPS * LANES];

        for (gsize half = 0; half < 2; half++)
          {
            load_square (self, weights, output + half * LANES, window->row + row, taps[half]);
            if (factors != NULL)
              for (gsize i = 0; i < TAPS * LANES; i++)
                taps[half][i] *= *(const Lanes *) (factors + output + half * LANES);
          }

        for (gsize i = 0; i < LANES; i++)
          {
            Lanes left[PLANES], right[PLANES];

            transform_taps (taps[0] + i * TAPS, 1, left);
            transform_taps (taps[1] + i * TAPS, 1, right);
            store_rows (left, right, u + column * window->n_rows + (row + i) * 2 * LANES, u_plane);
          }
      }
}

/* The same with rows of output channels and columns of input channels. */
void
SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_prepare_transposed) (const SiambanWinograd *self,
                                                                const float *weights,
                                                                const SiambanWinogradWindow *window,
                                                                float *u,
                                                                gsize u_plane)
{
  for (gsize column = 0; column < window->n_columns; column += 2 * LANES)
    for (gsize row = 0; row < window->n_rows; row += LANES)
      {
        Lanes taps[2][TAPS * LANES]; /* (tap, output channel) vectors of input channels */

        for (gsize half = 0; half < 2; half++)
          {
            Lanes square[TAPS * LANES];

            load_square (self, weights, window->row + row, window->column + column + half * LANES,
                         square);
            for (gsize tap = 0; tap < TAPS; tap++)
              {
                for (gsize i = 0; i < LANES; i++)
                  taps[half][tap * LANES + i] = square[i * TAPS + tap];
                transpose (taps[half] + tap * LANES);
              }
          }

        for (gsize i = 0; i < LANES; i++)
          {
            Lanes left[PLANES], right[PLANES];

            transform_taps (taps[0] + i, LANES, left);
            transform_taps (taps[1] + i, LANES, right);
            store_rows (left, right, u + column * window->n_rows + (row + i) * 2 * LANES, u_plane);
          }
      }
}

/* The sums over all tiles of @n_rows input channels times two vectors of output channels. */
ALWAYS_INLINE void
accumulate (const SiambanWinograd *self,
            const float *const *v,
            const float *m,
            gsize n_rows,
            float *to,
            gsize distance)
{
  Lanes left[ROWS], right[ROWS];

#pragma GCC unroll 8
  for (gsize i = 0; i < n_rows; i++)
    left[i] = right[i] = SPLAT (0.f);

  for (gsize group = 0; group < self->n_groups; group++, m += self->group_distance)
#pragma GCC unroll 8
    for (gsize tile = 0; tile < GROUP; tile++)
      {
        const Lanes m_left = *(const Lanes *) (m + tile * LANES);
        const Lanes m_right = *(const Lanes *) (m + (GROUP + tile) * LANES);

#pragma GCC unroll 8
        for (gsize i = 0; i < n_rows; i++)
          {
            const Lanes factor = SPLAT (v[i][group * self->group_distance + tile * LANES]);

            left[i] += factor * m_left;
            right[i] += factor * m_right;
          }
      }

#pragma GCC unroll 8
  for (gsize i = 0; i < n_rows; i++)
    {
      *(Lanes *) (to + i * distance) = left[i];
      *(Lanes *) (to + i * distance + LANES) = right[i];
    }
}

static __attribute__ ((noinline)) void
accumulate_rows (const SiambanWinograd *self,
                 const float *const *v,
                 const float *m,
                 float *to,
                 gsize distance)
{
  accumulate (self, v, m, ROWS, to, distance);
}

/* What is left of a piece: 32 = 5 * 6 + 2, and other numbers of channels. */
static __attribute__ ((noinline)) void
accumulate_two_rows (const SiambanWinograd *self,
                     const float *const *v,
                     const float *m,
                     float *to,
                     gsize distance)
{
  accumulate (self, v, m, 2, to, distance);
}

/* One plane of one piece: (inputs, outputs). */
static void
multiply_piece (const SiambanWinograd *self,
                const float *v,
                const float *m,
                gsize input,
                gsize n_inputs,
                gsize output,
                gsize n_outputs,
                float *to)
{
  for (gsize column = 0; column < n_outputs; column += 2 * LANES)
    for (gsize row = 0; row < n_inputs;)
      {
        const gsize n_rows = n_inputs - row >= ROWS ? ROWS : 2;
        const float *from[ROWS];

        for (gsize i = 0; i < n_rows; i++)
          from[i] = v + channel_offset (self, input + row + i);
        (n_rows == ROWS ? accumulate_rows : accumulate_two_rows) (
            self, from, m + channel_offset (self, output + column), to + row * n_outputs + column,
            n_outputs);
        row += n_rows;
      }
}

/* Back from the planes to the weights of lanes × lanes channels. */
static void
store_square (const SiambanWinograd *self,
              const float *planes,
              gsize distance,
              gsize output,
              gsize input,
              float *gradient,
              gboolean add)
{
  Lanes taps[TAPS * LANES];

  for (gsize i = 0; i < LANES; i++)
    {
      Lanes u[PLANES], rows[3 * EDGE];

      for (gsize plane = 0; plane < PLANES; plane++)
        u[plane] = *(const Lanes *) (planes + plane * SIAMBAN_WINOGRAD_PIECE + i * distance);
      for (gsize k = 0; k < EDGE; k++)
        transform_weights_back (u + k * EDGE, 1, rows + k * 3, 1);
      for (gsize k = 0; k < 3; k++)
        transform_weights_back (rows + k, 3, taps + i * TAPS + k, 3);
    }

  for (gsize part = 0; part < TAPS; part++)
    {
      transpose (taps + part * LANES);
      for (gsize i = 0; i < LANES; i++)
        {
          Lanes *to = (Lanes *) (gradient + ((output + i) * self->n_inputs + input) * TAPS +
                                 part * LANES);

          if (add)
            *to += taps[part * LANES + i];
          else
            *to = taps[part * LANES + i];
        }
    }
}

void
SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_backward_weights) (const SiambanWinograd *self,
                                                              const float *v,
                                                              const float *m,
                                                              float *scratch,
                                                              float *const *gradient,
                                                              const gboolean *add)
{
#pragma omp parallel for collapse(2) schedule(dynamic)
  for (gsize input = 0; input < self->n_inputs; input += SIAMBAN_WINOGRAD_PIECE_INPUTS)
    for (gsize output = 0; output < self->n_outputs; output += SIAMBAN_WINOGRAD_PIECE_OUTPUTS)
      {
        const gsize n_inputs = MIN (SIAMBAN_WINOGRAD_PIECE_INPUTS, self->n_inputs - input);
        const gsize n_outputs = MIN (SIAMBAN_WINOGRAD_PIECE_OUTPUTS, self->n_outputs - output);
        gsize own = output;
        const gsize sibling = locate_output (self, &own);
        float *planes = scratch + (gsize) omp_get_thread_num () * PLANES * SIAMBAN_WINOGRAD_PIECE;

        if (gradient[sibling] == NULL)
          continue;

        for (gsize plane = 0; plane < PLANES; plane++)
          multiply_piece (self, v + plane * self->v_plane, m + plane * self->m_plane, input,
                          n_inputs, output, n_outputs, planes + plane * SIAMBAN_WINOGRAD_PIECE);
        for (gsize k = 0; k < n_outputs; k += LANES)
          for (gsize c = 0; c < n_inputs; c += LANES)
            store_square (self, planes + c * n_outputs + k, n_outputs, own + k, input + c,
                          gradient[sibling], add[sibling]);
      }
}
