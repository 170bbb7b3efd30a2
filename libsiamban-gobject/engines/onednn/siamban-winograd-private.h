/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Winograd's F(4 × 4, 3 × 3) and F(2 × 2, 3 × 3) after Lavin and Gray, "Fast Algorithms for
 * Convolutional Neural Networks" (https://arxiv.org/abs/1509.09308): a tile of 4 × 4 results takes
 * 36 products instead of 144, one of 2 × 2 takes 16 instead of 36 and rounds less. With dilation d
 * the map falls into d * d grids that know nothing of each other, and a tile takes every d-th
 * position.
 *
 * All tiles become matrices, one plane for each of these products:
 *
 *   v  planes of tiles × input channels    the transformed input
 *   m  planes of tiles × output channels   the transformed result, or its gradient
 *   u  planes of input × output channels   the transformed weights
 *
 * Tiles stand in groups whose sums a processor can hold in its registers:
 * v (planes, C / 64, groups, 64 / lanes, tiles of a group, lanes). Planes and groups are padded so
 * that they do not compete for the same cache lines.
 *
 * Two maps with the same weights (template and search) can be done at once, as parts, and so can
 * siblings, several weights for the same map: their channels of the result stand side by side in m
 * and u. Results and their gradients are in an array, all parts of the first sibling first. */

/* Channels of a section of v and m: what a core multiplies at a time lies together. */
#define SIAMBAN_WINOGRAD_SECTION 64
#define SIAMBAN_WINOGRAD_MAX_PARTS 2
#define SIAMBAN_WINOGRAD_MAX_SIBLINGS 2

/* Position of the first result of a tile. */
typedef struct
{
  guint y;
  guint x;
} SiambanWinogradTile;

typedef struct
{
  gsize n;
  gsize height, width;
  gsize out_height, out_width;
  gsize first;   /* tile of all */
  gsize n_tiles; /* of one image */
  SiambanWinogradTile *tiles;
} SiambanWinogradPart;

typedef struct
{
  gsize tile; /* results along an edge of a tile: 4 or 2 */
  gsize lanes;
  gsize n_inputs;  /* channels, a multiple of twice the lanes, as the outputs */
  gsize n_outputs; /* of all siblings */
  gsize n_siblings;
  gsize padding;
  gsize dilation;
  guint n_parts;
  SiambanWinogradPart parts[SIAMBAN_WINOGRAD_MAX_PARTS];
  gsize group; /* tiles of a group */
  gsize n_groups;
  gsize group_distance; /* in floats, as all distances */
  gsize section_distance;
  gsize v_plane;
  gsize m_plane;
} SiambanWinograd;

typedef struct
{
  const float *const *x;        /* of each part */
  const float *const *residual; /* as y, or NULL */
  float *const *y;
  const float *weights[SIAMBAN_WINOGRAD_MAX_SIBLINGS]; /* (K, C, 3, 3) */
  const float *factors[SIAMBAN_WINOGRAD_MAX_SIBLINGS]; /* of a channel's weights, or NULL */
  const float *bias[SIAMBAN_WINOGRAD_MAX_SIBLINGS];    /* or NULL */
  float low, high;                                     /* of the activation; infinite without one */
  float *v;
  float *scratch;
} SiambanWinogradForward;

/* How tiles × rows times rows × columns is cut up, so that what is used again stays in the cache
 * of a core. A thread transforms the weights of one block of rows and columns at a time and adds
 * the products of all tiles of a chunk. */
typedef struct
{
  gsize n_rows;
  gsize n_columns;
  gsize row_block;
  gsize column_block;
  gsize chunk_groups; /* groups of tiles of a chunk */
  gsize n_ranges;     /* of images, each a piece of work */
  gsize u_plane;      /* distances, in floats */
  gsize u_block;
  gsize m_plane;
  gsize n_floats; /* scratch of one thread */
} SiambanWinogradProduct;

/* What it takes, in products for each pair of channels, transforms included; infinite if the
 * kernels cannot do it. */
double _siamban_winograd_estimate (const SiambanWinograd *self);
double _siamban_winograd_estimate_plain (const SiambanWinograd *self);
void _siamban_winograd_add_part (SiambanWinograd *self, gsize n, gsize height, gsize width);
/* After the last part. */
void _siamban_winograd_finish (SiambanWinograd *self);
void _siamban_winograd_clear (SiambanWinograd *self);

gsize _siamban_winograd_count_v (const SiambanWinograd *self);
gsize _siamban_winograd_count_m (const SiambanWinograd *self);

/* Of forward (inputs to outputs) and of the input's gradient (the other way round). */
SiambanWinogradProduct _siamban_winograd_plan_product (const SiambanWinograd *self,
                                                       gsize n_rows,
                                                       gsize n_columns,
                                                       gsize n_threads);
/* Of either, and of the weights' gradient. */
gsize _siamban_winograd_count_scratch (const SiambanWinograd *self, gsize n_threads);
gsize _siamban_winograd_count_weight_scratch (const SiambanWinograd *self, gsize n_threads);

/* The weights' gradient is made in pieces of so many input and output channels. */
#define SIAMBAN_WINOGRAD_PIECE_INPUTS 64
#define SIAMBAN_WINOGRAD_PIECE_OUTPUTS 32
#define SIAMBAN_WINOGRAD_PIECE (SIAMBAN_WINOGRAD_PIECE_INPUTS * SIAMBAN_WINOGRAD_PIECE_OUTPUTS + 16)

G_END_DECLS
