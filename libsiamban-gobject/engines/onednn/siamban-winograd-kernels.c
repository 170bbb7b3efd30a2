/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "siamban-winograd-lanes-private.h"

#define PLANES SIAMBAN_WINOGRAD_PLANES

/* Tiles of a group: with two vectors of channels, their sums fill the registers and leave room for
 * the operands. */
#if SIAMBAN_LANES == 16
#define GROUP 8
#else
#define GROUP 6
#endif

#define GROUP_BLOCK (GROUP * LANES)

void SIAMBAN_KERNEL (_siamban_winograd_prepare) (const SiambanWinograd *self,
                                                 const float *weights,
                                                 const float *factors,
                                                 gsize first,
                                                 gsize n,
                                                 float *u,
                                                 gsize u_plane);
void SIAMBAN_KERNEL (_siamban_winograd_prepare_transposed) (const SiambanWinograd *self,
                                                            const float *weights,
                                                            gsize first,
                                                            gsize n,
                                                            float *u,
                                                            gsize u_plane);

/* The floats of a tile in a plane of v or m. */
ALWAYS_INLINE gsize
tile_offset (gsize tile, gsize distance, gsize block)
{
  return tile / GROUP * distance + block * GROUP_BLOCK + tile % GROUP * LANES;
}

/* The tiles that fill up the last group. */
static void
clear_padding (const SiambanWinograd *self, float *planes, gsize distance, gsize plane, gsize n)
{
  const SiambanWinogradPart *last = &self->parts[self->n_parts - 1];
  const gsize n_tiles = last->first + last->n * last->n_tiles;

  for (gsize i = 0; i < PLANES; i++)
    for (gsize block = 0; block < n / LANES; block++)
      for (gsize tile = n_tiles; tile < self->n_groups * GROUP; tile++)
        *(Lanes *) (planes + i * plane + tile_offset (tile, distance, block)) = SPLAT (0.f);
}

/* One row of a tile's input; what lies outside of the map is 0. */
ALWAYS_INLINE void
load_row (const Lanes *row, gssize x, gsize step, gsize width, Lanes *to)
{
  for (gsize i = 0; i < 6; i++)
    {
      const gssize at = x + (gssize) (i * step);

      to[i] = at >= 0 && at < (gssize) width ? row[at] : SPLAT (0.f);
    }
}

static void
transform_input_tile (const SiambanWinograd *self,
                      const SiambanWinogradPart *part,
                      const Lanes *map,
                      SiambanWinogradTile tile,
                      float *to)
{
  const gssize y = (gssize) tile.y - (gssize) self->padding;
  const gssize x = (gssize) tile.x - (gssize) self->padding;
  Lanes rows[PLANES], result[PLANES];

  for (gsize i = 0; i < 6; i++)
    {
      const gssize at = y + (gssize) (i * self->dilation);
      Lanes row[6];

      if (at >= 0 && at < (gssize) part->height)
        load_row (map + at * (gssize) part->width, x, self->dilation, part->width, row);
      else
        for (gsize k = 0; k < 6; k++)
          row[k] = SPLAT (0.f);
      transform_input (row, 1, rows + i * 6, 1);
    }
  for (gsize i = 0; i < 6; i++)
    transform_input (rows + i, 6, result + i, 6);
  for (gsize i = 0; i < PLANES; i++)
    *(Lanes *) (to + i * self->v_plane) = result[i];
}

static void
winograd_input (const SiambanWinograd *self, const float *const *x, float *v)
{
  const gsize n_blocks = self->n_inputs / LANES;

  for (guint k = 0; k < self->n_parts; k++)
    {
      const SiambanWinogradPart *part = &self->parts[k];
      const gsize area = part->height * part->width;

#pragma omp parallel for collapse(2) schedule(static)
      for (gsize image = 0; image < part->n; image++)
        for (gsize block = 0; block < n_blocks; block++)
          for (gsize i = 0; i < part->n_tiles; i++)
            transform_input_tile (
                self, part, (const Lanes *) x[k] + (image * n_blocks + block) * area,
                part->tiles[i],
                v + tile_offset (part->first + image * part->n_tiles + i, self->v_group, block));
    }
  clear_padding (self, v, self->v_group, self->v_plane, self->n_inputs);
}

static void
transform_gradient_tile (const SiambanWinograd *self,
                         const SiambanWinogradPart *part,
                         const Lanes *map,
                         SiambanWinogradTile tile,
                         float *to)
{
  Lanes rows[24], result[PLANES];

  for (gsize i = 0; i < 4; i++)
    {
      const gsize y = tile.y + i * self->dilation;
      Lanes row[4];

      for (gsize k = 0; k < 4; k++)
        {
          const gsize x = tile.x + k * self->dilation;

          row[k] = y < part->out_height && x < part->out_width ? map[y * part->out_width + x]
                                                               : SPLAT (0.f);
        }
      transform_output_back (row, 1, rows + i * 6, 1);
    }
  for (gsize i = 0; i < 6; i++)
    transform_output_back (rows + i, 6, result + i, 6);
  for (gsize i = 0; i < PLANES; i++)
    *(Lanes *) (to + i * self->m_plane) = result[i];
}

static void
winograd_gradient (const SiambanWinograd *self, const float *const *dy, float *m)
{
  const gsize n_blocks = self->n_outputs / LANES;

  for (guint k = 0; k < self->n_parts; k++)
    {
      const SiambanWinogradPart *part = &self->parts[k];
      const gsize area = part->out_height * part->out_width;

#pragma omp parallel for collapse(2) schedule(static)
      for (gsize image = 0; image < part->n; image++)
        for (gsize block = 0; block < n_blocks; block++)
          for (gsize i = 0; i < part->n_tiles; i++)
            transform_gradient_tile (
                self, part, (const Lanes *) dy[k] + (image * n_blocks + block) * area,
                part->tiles[i],
                m + tile_offset (part->first + image * part->n_tiles + i, self->m_group, block));
    }
  clear_padding (self, m, self->m_group, self->m_plane, self->n_outputs);
}

/* A group of tiles times two vectors of columns: a (n / lanes, tiles, lanes), b (n, 2 lanes). */
static __attribute__ ((noinline)) void
multiply_group (const float *a, const float *b, gsize n, float *m)
{
  Lanes left[GROUP], right[GROUP];

#pragma GCC unroll 8
  for (gsize i = 0; i < GROUP; i++)
    left[i] = right[i] = SPLAT (0.f);

  for (gsize k = 0; k < n; k += LANES, a += GROUP_BLOCK)
#pragma GCC unroll 16
    for (gsize lane = 0; lane < LANES; lane++, b += 2 * LANES)
      {
        const Lanes b_left = *(const Lanes *) b, b_right = *(const Lanes *) (b + LANES);

        __builtin_prefetch (b + 32 * LANES);
        __builtin_prefetch (b + 33 * LANES);
#pragma GCC unroll 8
        for (gsize i = 0; i < GROUP; i++)
          {
            const Lanes factor = SPLAT (a[i * LANES + lane]);

            left[i] += factor * b_left;
            right[i] += factor * b_right;
          }
      }

#pragma GCC unroll 8
  for (gsize i = 0; i < GROUP; i++)
    {
      *(Lanes *) (m + i * LANES) = left[i];
      *(Lanes *) (m + GROUP_BLOCK + i * LANES) = right[i];
    }
}

/* All tiles times one block of transformed weights; to be called by all threads. */
static void
multiply_planes (const SiambanWinograd *self,
                 const float *a,
                 gsize a_group,
                 gsize a_plane,
                 gsize n_rows,
                 const float *u,
                 gsize u_plane,
                 gsize n_columns,
                 float *m,
                 gsize m_plane)
{
#pragma omp for collapse(2) schedule(static)
  for (gsize plane = 0; plane < PLANES; plane++)
    for (gsize group = 0; group < self->n_groups; group++)
      for (gsize column = 0; column < n_columns; column += 2 * LANES)
        multiply_group (a + plane * a_plane + group * a_group,
                        u + plane * u_plane + column * n_rows, n_rows,
                        m + plane * m_plane + (group * n_columns + column) * GROUP);
}

typedef struct
{
  const SiambanWinogradForward *call;
  gsize first; /* output channel of the block of weights */
  gsize n;
  const float *m;
  gsize m_plane;
} OutputBlock;

static void
transform_output_tile (const float *m, gsize plane, Lanes *result)
{
  Lanes rows[24];

  for (gsize i = 0; i < 6; i++)
    {
      Lanes row[6];

      for (gsize k = 0; k < 6; k++)
        row[k] = *(const Lanes *) (m + (i * 6 + k) * plane);
      transform_output (row, 1, rows + i * 4, 1);
    }
  for (gsize i = 0; i < 4; i++)
    transform_output (rows + i, 4, result + i, 4);
}

/* The results of one block of channels of one image. */
static void
store_map (const SiambanWinograd *self,
           const OutputBlock *output,
           guint which,
           gsize image,
           gsize block)
{
  const SiambanWinogradForward *call = output->call;
  const SiambanWinogradPart *part = &self->parts[which];
  const gsize channel = output->first + block * LANES;
  const gsize begin = (image * self->n_outputs + channel) * part->out_height * part->out_width;
  const Lanes bias = call->bias != NULL ? *(const Lanes *) (call->bias + channel) : SPLAT (0.f);
  const Lanes low = SPLAT (call->low), high = SPLAT (call->high);
  const Lanes *residual = call->residual != NULL ? (const Lanes *) (call->residual[which] + begin)
                                                 : NULL;
  Lanes *y = (Lanes *) (call->y[which] + begin);

  for (gsize i = 0; i < part->n_tiles; i++)
    {
      const gsize tile = part->first + image * part->n_tiles + i;
      Lanes result[16];

      transform_output_tile (output->m + tile_offset (tile, output->n * GROUP, block),
                             output->m_plane, result);
      for (gsize row = part->tiles[i].y, k = 0; k < 4 && row < part->out_height;
           k++, row += self->dilation)
        for (gsize column = part->tiles[i].x, l = 0; l < 4 && column < part->out_width;
             l++, column += self->dilation)
          {
            const gsize at = row * part->out_width + column;
            Lanes value = result[k * 4 + l] + bias;

            if (residual != NULL)
              value += residual[at];
            y[at] = lanes_clamp (value, low, high);
          }
    }
}

static void
winograd_forward (const SiambanWinograd *self, const SiambanWinogradForward *call)
{
  const gsize block = _siamban_winograd_get_block (self, self->n_inputs, self->n_outputs);
  const gsize u_plane = block * self->n_inputs + 64;
  const gsize m_plane = block * self->n_groups * GROUP + 64;
  float *u = call->scratch, *m = call->scratch + PLANES * u_plane;

  winograd_input (self, call->x, call->v);

#pragma omp parallel
  for (gsize first = 0; first < self->n_outputs; first += block)
    {
      const gsize n = MIN (block, self->n_outputs - first);
      const OutputBlock output = { call, first, n, m, m_plane };

      SIAMBAN_KERNEL (_siamban_winograd_prepare)
      (self, call->weights, call->factors, first, n, u, u_plane);
      multiply_planes (self, call->v, self->v_group, self->v_plane, self->n_inputs, u, u_plane, n,
                       m, m_plane);

      for (guint part = 0; part < self->n_parts; part++)
#pragma omp for collapse(2) schedule(static) nowait
        for (gsize image = 0; image < self->parts[part].n; image++)
          for (gsize i = 0; i < n / LANES; i++)
            store_map (self, &output, part, image, i);
#pragma omp barrier
    }
}

/* Adds what the products of one tile give to the gradient of the input around it. */
static void
add_input_tile (const SiambanWinograd *self,
                const SiambanWinogradPart *part,
                const float *m,
                gsize plane,
                SiambanWinogradTile tile,
                Lanes *map)
{
  Lanes rows[PLANES], result[PLANES];

  for (gsize i = 0; i < 6; i++)
    {
      Lanes row[6];

      for (gsize k = 0; k < 6; k++)
        row[k] = *(const Lanes *) (m + (i * 6 + k) * plane);
      transform_input_back (row, 1, rows + i * 6, 1);
    }
  for (gsize i = 0; i < 6; i++)
    transform_input_back (rows + i, 6, result + i, 6);

  for (gsize i = 0; i < 6; i++)
    {
      const gsize y = tile.y + i * self->dilation - self->padding; /* wraps below 0 */

      for (gsize k = 0; k < 6 && y < part->height; k++)
        {
          const gsize x = tile.x + k * self->dilation - self->padding;

          if (x < part->width)
            map[y * part->width + x] += result[i * 6 + k];
        }
    }
}

static void
add_map (const SiambanWinograd *self,
         const SiambanWinogradPart *part,
         gsize image,
         const float *m,
         gsize m_group,
         gsize m_plane,
         Lanes *map)
{
  memset (map, 0, part->height * part->width * sizeof (Lanes));
  for (gsize i = 0; i < part->n_tiles; i++)
    {
      const gsize tile = part->first + image * part->n_tiles + i;

      add_input_tile (self, part, m + tile_offset (tile, m_group, 0), m_plane, part->tiles[i], map);
    }
}

static void
winograd_backward_data (const SiambanWinograd *self,
                        const float *dm,
                        const float *weights,
                        float *const *dx,
                        float *scratch)
{
  const gsize block = _siamban_winograd_get_block (self, self->n_outputs, self->n_inputs);
  const gsize u_plane = block * self->n_outputs + 64;
  const gsize m_plane = block * self->n_groups * GROUP + 64;
  float *u = scratch, *m = scratch + PLANES * u_plane;

#pragma omp parallel
  for (gsize first = 0; first < self->n_inputs; first += block)
    {
      const gsize n = MIN (block, self->n_inputs - first);

      SIAMBAN_KERNEL (_siamban_winograd_prepare_transposed) (self, weights, first, n, u, u_plane);
      multiply_planes (self, dm, self->m_group, self->m_plane, self->n_outputs, u, u_plane, n, m,
                       m_plane);

      for (guint k = 0; k < self->n_parts; k++)
        {
          const SiambanWinogradPart *part = &self->parts[k];

#pragma omp for collapse(2) schedule(static) nowait
          for (gsize image = 0; image < part->n; image++)
            for (gsize i = 0; i < n / LANES; i++)
              add_map (self, part, image, m + i * GROUP_BLOCK, n * GROUP, m_plane,
                       (Lanes *) (dx[k] + (image * self->n_inputs + first + i * LANES) *
                                              part->height * part->width));
        }
#pragma omp barrier
    }
}

void
SIAMBAN_KERNEL (_siamban_kernels_add_winograd) (SiambanKernels *table)
{
  table->winograd_group = GROUP;
  table->winograd_input = winograd_input;
  table->winograd_gradient = winograd_gradient;
  table->winograd_forward = winograd_forward;
  table->winograd_backward_data = winograd_backward_data;
}
