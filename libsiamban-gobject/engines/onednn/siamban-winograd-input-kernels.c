/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-winograd-lanes-private.h"

/* The tiles that fill up the last group. */
static void
clear_padding (const SiambanWinograd *self, float *planes, gsize plane, gsize n)
{
  const SiambanWinogradPart *last = &self->parts[self->n_parts - 1];
  const gsize n_tiles = last->first + last->n * last->n_tiles;

  for (gsize i = 0; i < PLANES; i++)
    for (gsize channel = 0; channel < n; channel += LANES)
      for (gsize tile = n_tiles; tile < self->n_groups * GROUP; tile++)
        *(Lanes *) (planes + i * plane + channel_offset (self, channel) +
                    tile_offset (tile, self->group_distance)) = SPLAT (0.f);
}

/* Writes a column of a tile's planes and asks for the lines of the tile a group behind it: what is
 * written misses the cache, in as many places as there are planes. */
ALWAYS_INLINE void
store_column (const SiambanWinograd *self, const Lanes *column, float *to, gsize plane)
{
#pragma GCC unroll 6
  for (gsize i = 0; i < EDGE; i++)
    {
      float *at = to + i * EDGE * plane;

      __builtin_prefetch (at + self->group_distance, 1, 2);
      *(Lanes *) at = column[i];
    }
}

/* One row of a tile's input; what lies outside of the map is 0. */
ALWAYS_INLINE void
load_row (const Lanes *row, gssize x, gsize step, gsize width, Lanes *to)
{
  for (gsize i = 0; i < EDGE; i++)
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
  Lanes rows[PLANES];

  for (gsize i = 0; i < EDGE; i++)
    {
      const gssize at = y + (gssize) (i * self->dilation);
      Lanes row[EDGE];

      if (at >= 0 && at < (gssize) part->height)
        load_row (map + at * (gssize) part->width, x, self->dilation, part->width, row);
      else
        for (gsize k = 0; k < EDGE; k++)
          row[k] = SPLAT (0.f);
      transform_input (row, 1, rows + i * EDGE, 1);
    }
  for (gsize i = 0; i < EDGE; i++)
    {
      Lanes column[EDGE];

      transform_input (rows + i, EDGE, column, 1);
      store_column (self, column, to + i * self->v_plane, self->v_plane);
    }
}

void
SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_input) (const SiambanWinograd *self,
                                                   const float *const *x,
                                                   float *v)
{
  const gsize n_blocks = self->n_inputs / LANES;

  for (guint k = 0; k < self->n_parts; k++)
    {
      const SiambanWinogradPart *part = &self->parts[k];
      const gsize area = part->height * part->width;

#pragma omp parallel for collapse(2) schedule(dynamic)
      for (gsize image = 0; image < part->n; image++)
        for (gsize block = 0; block < n_blocks; block++)
          for (gsize i = 0; i < part->n_tiles; i++)
            transform_input_tile (
                self, part, (const Lanes *) x[k] + (image * n_blocks + block) * area,
                part->tiles[i],
                v + channel_offset (self, block * LANES) +
                    tile_offset (part->first + image * part->n_tiles + i, self->group_distance));
    }
  clear_padding (self, v, self->v_plane, self->n_inputs);
}

static void
transform_gradient_tile (const SiambanWinograd *self,
                         const SiambanWinogradPart *part,
                         const Lanes *map,
                         SiambanWinogradTile tile,
                         float *to)
{
  Lanes rows[TILE * EDGE];

  for (gsize i = 0; i < TILE; i++)
    {
      const gsize y = tile.y + i * self->dilation;
      Lanes row[TILE];

      for (gsize k = 0; k < TILE; k++)
        {
          const gsize x = tile.x + k * self->dilation;

          row[k] = y < part->out_height && x < part->out_width ? map[y * part->out_width + x]
                                                               : SPLAT (0.f);
        }
      transform_output_back (row, 1, rows + i * EDGE, 1);
    }
  for (gsize i = 0; i < EDGE; i++)
    {
      Lanes column[EDGE];

      transform_output_back (rows + i, EDGE, column, 1);
      store_column (self, column, to + i * self->m_plane, self->m_plane);
    }
}

void
SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_gradient) (const SiambanWinograd *self,
                                                      const float *const *dy,
                                                      float *m)
{
  for (guint k = 0; k < self->n_parts; k++)
    {
      const SiambanWinogradPart *part = &self->parts[k];
      const gsize area = part->out_height * part->out_width;

#pragma omp parallel for collapse(2) schedule(dynamic)
      for (gsize image = 0; image < part->n; image++)
        for (gsize channel = 0; channel < self->n_outputs; channel += LANES)
          {
            gsize own = channel;
            const gsize sibling = locate_output (self, &own);
            const float *map = dy[sibling * self->n_parts + k] +
                               (image * count_outputs (self) + own) * area;

            for (gsize i = 0; i < part->n_tiles; i++)
              transform_gradient_tile (
                  self, part, (const Lanes *) map, part->tiles[i],
                  m + channel_offset (self, channel) +
                      tile_offset (part->first + image * part->n_tiles + i, self->group_distance));
          }
    }
  clear_padding (self, m, self->m_plane, self->n_outputs);
}
