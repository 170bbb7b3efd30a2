/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-winograd-private.h"

#include <math.h>

/* A cache line between planes, and a quarter of one's neighbours between groups. */
#define GROUP_PADDING 16
#define PLANE_PADDING 48

/* All planes of a block of weights take some 300 KiB. A chunk is for the memory that its products
 * take; each one more reads the transformed input and makes the weights again. */
#define ROW_BLOCK SIAMBAN_WINOGRAD_SECTION
#define COLUMN_BLOCK 32
#define CHUNK_PRODUCTS (36 * 768)

static gsize
count_planes (const SiambanWinograd *self)
{
  return (self->tile + 2) * (self->tile + 2);
}

/* Tiles of one grid along one axis, of all grids together. */
static gsize
count_tiles (gsize length, gsize tile, gsize dilation)
{
  gsize n = 0;

  for (gsize phase = 0; phase < MIN (dilation, length); phase++)
    n += ((length - phase + dilation - 1) / dilation + tile - 1) / tile;

  return n;
}

static void
list_tiles (SiambanWinogradPart *part, gsize tile, gsize dilation)
{
  const gsize step = tile * dilation;
  gsize n = 0;

  part->tiles = g_new (SiambanWinogradTile, part->n_tiles);
  for (gsize phase_y = 0; phase_y < dilation; phase_y++)
    for (gsize phase_x = 0; phase_x < dilation; phase_x++)
      for (gsize y = phase_y; y < part->out_height; y += step)
        for (gsize x = phase_x; x < part->out_width; x += step)
          part->tiles[n++] = (SiambanWinogradTile){ (guint) y, (guint) x };
  g_assert (n == part->n_tiles);
}

void
_siamban_winograd_add_part (SiambanWinograd *self, gsize n, gsize height, gsize width)
{
  SiambanWinogradPart *part = &self->parts[self->n_parts++];
  const gsize shrinkage = 2 * self->dilation;

  part->n = n;
  part->height = height;
  part->width = width;
  part->out_height = height + 2 * self->padding - shrinkage;
  part->out_width = width + 2 * self->padding - shrinkage;
  part->n_tiles = count_tiles (part->out_height, self->tile, self->dilation) *
                  count_tiles (part->out_width, self->tile, self->dilation);
  list_tiles (part, self->tile, self->dilation);
}

static gsize
count_sections (gsize n_channels)
{
  return (n_channels + SIAMBAN_WINOGRAD_SECTION - 1) / SIAMBAN_WINOGRAD_SECTION;
}

void
_siamban_winograd_finish (SiambanWinograd *self)
{
  gsize n_tiles = 0;

  for (guint i = 0; i < self->n_parts; i++)
    {
      self->parts[i].first = n_tiles;
      n_tiles += self->parts[i].n * self->parts[i].n_tiles;
    }

  self->n_groups = (n_tiles + self->group - 1) / self->group;
  self->group_distance = SIAMBAN_WINOGRAD_SECTION * self->group + GROUP_PADDING;
  self->section_distance = self->group_distance * self->n_groups;
  self->v_plane = count_sections (self->n_inputs) * self->section_distance + PLANE_PADDING;
  self->m_plane = count_sections (self->n_outputs) * self->section_distance + PLANE_PADDING;
}

void
_siamban_winograd_clear (SiambanWinograd *self)
{
  for (guint i = 0; i < self->n_parts; i++)
    g_clear_pointer (&self->parts[i].tiles, g_free);
}

double
_siamban_winograd_estimate (const SiambanWinograd *self)
{
  const double weights = 8. / 3, data = 24; /* of each number of a plane, measured */
  const gsize n_planes = count_planes (self);
  gsize n_tiles = 0;

  if (self->n_inputs % (2 * self->lanes) != 0 || self->n_outputs % (2 * self->lanes) != 0 ||
      MIN (self->n_inputs, self->n_outputs) < 32)
    return INFINITY;
  /* No block of channels may belong to two siblings. */
  if (self->n_siblings > 1 && self->n_outputs / self->n_siblings % SIAMBAN_WINOGRAD_SECTION != 0)
    return INFINITY;

  for (guint i = 0; i < self->n_parts; i++)
    n_tiles += self->parts[i].n * self->parts[i].n_tiles;
  n_tiles = (n_tiles + self->group - 1) / self->group * self->group;

  return (double) n_planes *
         ((double) n_tiles + weights +
          data * (double) n_tiles / (double) MIN (self->n_inputs, self->n_outputs));
}

double
_siamban_winograd_estimate_plain (const SiambanWinograd *self)
{
  gsize n_results = 0;

  for (guint i = 0; i < self->n_parts; i++)
    n_results += self->parts[i].n * self->parts[i].out_height * self->parts[i].out_width;

  return 9. * (double) n_results;
}

gsize
_siamban_winograd_count_v (const SiambanWinograd *self)
{
  return count_planes (self) * self->v_plane;
}

gsize
_siamban_winograd_count_m (const SiambanWinograd *self)
{
  return count_planes (self) * self->m_plane;
}

/* Enough pieces of work for all threads. */
static gsize
count_ranges (const SiambanWinograd *self, gsize n_blocks, gsize n_threads)
{
  const gsize wanted = n_threads == 1 ? 1 : (2 * n_threads + n_blocks - 1) / n_blocks;
  gsize n_images = 0;

  for (guint i = 0; i < self->n_parts; i++)
    n_images += self->parts[i].n;

  return n_blocks % n_threads == 0 ? 1 : MIN (wanted, n_images);
}

SiambanWinogradProduct
_siamban_winograd_plan_product (const SiambanWinograd *self,
                                gsize n_rows,
                                gsize n_columns,
                                gsize n_threads)
{
  const gsize max_groups = CHUNK_PRODUCTS / count_planes (self) / self->group;
  const gsize n_chunks = (self->n_groups + max_groups - 1) / max_groups;
  SiambanWinogradProduct plan = {
    .n_rows = n_rows,
    .n_columns = n_columns,
    .row_block = MIN (ROW_BLOCK, n_rows),
    .column_block = MIN (COLUMN_BLOCK, n_columns),
    .chunk_groups = (self->n_groups + n_chunks - 1) / n_chunks,
  };

  plan.n_ranges = count_ranges (self, (n_columns + plan.column_block - 1) / plan.column_block,
                                n_threads);
  plan.u_plane = plan.row_block * plan.column_block + GROUP_PADDING;
  plan.u_block = count_planes (self) * plan.u_plane + PLANE_PADDING;
  plan.m_plane = plan.chunk_groups * self->group * plan.column_block + GROUP_PADDING;
  plan.n_floats = plan.u_block + count_planes (self) * plan.m_plane + PLANE_PADDING;

  return plan;
}

gsize
_siamban_winograd_count_scratch (const SiambanWinograd *self, gsize n_threads)
{
  const SiambanWinogradProduct forward = _siamban_winograd_plan_product (
      self, self->n_inputs, self->n_outputs, n_threads);
  const SiambanWinogradProduct backward = _siamban_winograd_plan_product (
      self, self->n_outputs, self->n_inputs, n_threads);

  return n_threads * MAX (forward.n_floats, backward.n_floats);
}

gsize
_siamban_winograd_count_weight_scratch (const SiambanWinograd *self, gsize n_threads)
{
  return n_threads * count_planes (self) * SIAMBAN_WINOGRAD_PIECE;
}
