/* SPDX-License-Identifier: Apache-2.0 */
#include <omp.h>
#include <string.h>

#include "siamban-winograd-lanes-private.h"

#define GROUP_BLOCK (GROUP * LANES)
#define N_TAPS 9
#define LINE 16 /* floats */
#define PREPARE SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_prepare)
#define PREPARE_TRANSPOSED SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_prepare_transposed)

/* A group of tiles times two vectors of columns: a (n / lanes, tiles, lanes), b (n, 2 lanes). The
 * sum begins at 0 and is added to what is there in the end: short sums round less than long ones. */
ALWAYS_INLINE void
multiply (const float *a, const float *b, gsize n, float *m, gboolean add)
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
      Lanes *to = (Lanes *) m + i;

      if (add)
        {
          left[i] += to[0];
          right[i] += to[GROUP];
        }
      to[0] = left[i];
      to[GROUP] = right[i];
    }
}

static __attribute__ ((noinline)) void
multiply_first (const float *a, const float *b, gsize n, float *m)
{
  multiply (a, b, n, m, FALSE);
}

static __attribute__ ((noinline)) void
multiply_next (const float *a, const float *b, gsize n, float *m)
{
  multiply (a, b, n, m, TRUE);
}

typedef struct _Product Product;

/* One product with transformed weights, and what happens before and behind it. */
struct _Product
{
  const SiambanWinograd *shape;
  SiambanWinogradProduct plan;
  const float *a;
  gsize a_plane;
  const float *const *weights; /* of each sibling */
  const float *const *factors; /* the same, for forward */
  /* Some tiles of one image, of one vector of channels. */
  void (*finish) (const Product *self,
                  guint part,
                  gsize image,
                  gsize first,
                  gsize last,
                  gsize channel,
                  const float *m,
                  gsize m_group);
  const SiambanWinogradForward *call;
  float *const *dx;
};

/* A piece of work of one thread. */
typedef struct
{
  gsize column;
  gsize n_columns;
  gsize first_image; /* counted through the parts */
  gsize last_image;
  float *u;
  float *m;
} Piece;

/* The weights of a block that comes later. They lie in runs and come from the memory a line at a
 * time, between products that do not need it. */
typedef struct
{
  const float *weights; /* the line that is next */
  gsize line;           /* of its run */
  gsize n_lines;        /* of a run */
  gsize n_runs;         /* that are not begun, and the one that is */
  gsize distance;       /* of runs, in floats */
} Ahead;

static Ahead
look_ahead (const Product *self, SiambanWinogradWindow window)
{
  const gboolean forward = self->call != NULL;
  gsize *output = forward ? &window.column : &window.row;
  const gsize sibling = locate_output (self->shape, output);
  const gsize input = forward ? window.row : window.column;
  const gsize n_inputs = forward ? window.n_rows : window.n_columns;

  return (Ahead){
    .weights = self->weights[sibling] + (*output * self->shape->n_inputs + input) * N_TAPS,
    .n_lines = n_inputs * N_TAPS / LINE,
    .n_runs = forward ? window.n_columns : window.n_rows,
    .distance = self->shape->n_inputs * N_TAPS,
  };
}

ALWAYS_INLINE void
fetch_ahead (Ahead *self, gsize n)
{
  for (; n > 0 && self->n_runs > 0; n--)
    {
      __builtin_prefetch (self->weights + self->line * LINE, 0, 2);
      if (++self->line == self->n_lines)
        {
          self->line = 0;
          self->weights += self->distance;
          self->n_runs--;
        }
    }
}

/* Adds the products of one block of rows for a chunk of groups. */
static void
multiply_block (const Product *self,
                const Piece *piece,
                const SiambanWinogradWindow *window,
                const float *u,
                gsize group,
                gsize n_groups,
                Ahead ahead)
{
  const gsize n_products = PLANES * (window->n_columns / (2 * LANES)) * n_groups;
  const gsize n_fetched = (ahead.n_runs * ahead.n_lines + n_products - 1) / n_products;

  for (gsize plane = 0; plane < PLANES; plane++)
    for (gsize column = 0; column < window->n_columns; column += 2 * LANES)
      {
        const float *a = self->a + plane * self->a_plane +
                         channel_offset (self->shape, window->row) +
                         group * self->shape->group_distance;
        const float *b = u + plane * self->plan.u_plane + column * window->n_rows;
        float *m = piece->m + plane * self->plan.m_plane + column * GROUP;

        for (gsize i = 0; i < n_groups; i++)
          {
            fetch_ahead (&ahead, n_fetched);
            if (window->row == 0)
              multiply_first (a, b, window->n_rows, m);
            else
              multiply_next (a, b, window->n_rows, m);
            a += self->shape->group_distance;
            m += window->n_columns * GROUP;
          }
      }
}

/* Transforms weights: columns are output channels forward, and rows are backward. */
static void
prepare (const Product *self, SiambanWinogradWindow window, float *u)
{
  gsize *output = self->call != NULL ? &window.column : &window.row;
  const gsize sibling = locate_output (self->shape, output);

  if (self->call != NULL)
    PREPARE (self->shape, self->weights[sibling], self->factors[sibling], &window, u,
             self->plan.u_plane);
  else
    PREPARE_TRANSPOSED (self->shape, self->weights[sibling], &window, u, self->plan.u_plane);
}

/* The block behind @window: the next rows, or the first ones of the columns that this thread will
 * most likely get next. */
static Ahead
find_next (const Product *self, SiambanWinogradWindow window)
{
  const SiambanWinogradProduct *plan = &self->plan;

  window.row += window.n_rows;
  if (window.row == plan->n_rows)
    {
      window.row = 0;
      window.column += (gsize) omp_get_num_threads () * plan->column_block;
    }
  if (window.column >= plan->n_columns)
    return (Ahead){ 0 };

  window.n_rows = MIN (plan->row_block, plan->n_rows - window.row);
  window.n_columns = MIN (plan->column_block, plan->n_columns - window.column);

  return look_ahead (self, window);
}

/* All rows for one chunk; each block of weights takes the place of the last. */
static void
multiply_chunk (const Product *self, const Piece *piece, gsize group, gsize n_groups)
{
  for (gsize row = 0; row < self->plan.n_rows; row += self->plan.row_block)
    {
      const SiambanWinogradWindow window = { row,
                                             MIN (self->plan.row_block, self->plan.n_rows - row),
                                             piece->column, piece->n_columns };

      prepare (self, window, piece->u);
      multiply_block (self, piece, &window, piece->u, group, n_groups, find_next (self, window));
    }
}

/* The tiles of a chunk, image by image. */
static void
finish_chunk (const Product *self, const Piece *piece, gsize group, gsize n_groups)
{
  const gsize begin = group * GROUP, end = (group + n_groups) * GROUP;
  const gsize m_group = piece->n_columns * GROUP;
  gsize number = 0;

  for (guint part = 0; part < self->shape->n_parts; part++)
    for (gsize image = 0; image < self->shape->parts[part].n; image++, number++)
      {
        const gsize n = self->shape->parts[part].n_tiles;
        const gsize tile = self->shape->parts[part].first + image * n;
        const gsize first = MAX (begin, tile), last = MIN (end, tile + n);

        if (number < piece->first_image || number >= piece->last_image)
          continue;
        for (gsize column = 0; first < last && column < piece->n_columns; column += LANES)
          self->finish (self, part, image, first - tile, last - tile, piece->column + column,
                        piece->m + column * GROUP - group * m_group, m_group);
      }
}

/* The groups that hold the images of a piece; those at its ends may hold tiles of others, too. */
static void
find_groups (const SiambanWinograd *self, const Piece *piece, gsize *first, gsize *last)
{
  gsize number = 0;

  *first = self->n_groups;
  *last = 0;
  for (guint part = 0; part < self->n_parts; part++)
    for (gsize image = 0; image < self->parts[part].n; image++, number++)
      if (number >= piece->first_image && number < piece->last_image)
        {
          const gsize tile = self->parts[part].first + image * self->parts[part].n_tiles;

          *first = MIN (*first, tile / GROUP);
          *last = MAX (*last, (tile + self->parts[part].n_tiles + GROUP - 1) / GROUP);
        }
}

static void
run_piece (const Product *self, const Piece *piece)
{
  gsize first, last;

  find_groups (self->shape, piece, &first, &last);
  for (gsize group = first; group < last; group += self->plan.chunk_groups)
    {
      const gsize n_groups = MIN (self->plan.chunk_groups, last - group);

      multiply_chunk (self, piece, group, n_groups);
      finish_chunk (self, piece, group, n_groups);
    }
}

static gsize
count_images (const SiambanWinograd *self)
{
  gsize n = 0;

  for (guint part = 0; part < self->n_parts; part++)
    n += self->parts[part].n;

  return n;
}

static void
run_product (const Product *self, float *scratch)
{
  const SiambanWinogradProduct *plan = &self->plan;
  const gsize n_blocks = (plan->n_columns + plan->column_block - 1) / plan->column_block;
  const gsize n_images = count_images (self->shape);

  /* Numbers do not depend on the thread that makes them, and threads are not equally quick. */
#pragma omp parallel for collapse(2) schedule(dynamic)
  for (gsize block = 0; block < n_blocks; block++)
    for (gsize range = 0; range < plan->n_ranges; range++)
      {
        float *own = scratch + (gsize) omp_get_thread_num () * plan->n_floats;
        const gsize column = block * plan->column_block;
        const Piece piece = {
          .column = column,
          .n_columns = MIN (plan->column_block, plan->n_columns - column),
          .first_image = range * n_images / plan->n_ranges,
          .last_image = (range + 1) * n_images / plan->n_ranges,
          .m = own,
          .u = own + PLANES * plan->m_plane + 48,
        };

        run_piece (self, &piece);
      }
}

static void
transform_output_tile (const float *m, gsize plane, Lanes *result)
{
  Lanes rows[TILE * EDGE];

  for (gsize i = 0; i < EDGE; i++)
    {
      Lanes row[EDGE];

      for (gsize k = 0; k < EDGE; k++)
        row[k] = *(const Lanes *) (m + (i * EDGE + k) * plane);
      transform_output (row, 1, rows + i * TILE, 1);
    }
  for (gsize i = 0; i < TILE; i++)
    transform_output (rows + i, TILE, result + i, TILE);
}

/* Adds bias and residual, activates and stores the results of one tile. */
ALWAYS_INLINE void
store_tile (const SiambanWinograd *self,
            const SiambanWinogradPart *part,
            SiambanWinogradTile tile,
            const Lanes *result,
            const Lanes *residual,
            const Lanes *constants,
            Lanes *y)
{
  for (gsize row = tile.y, k = 0; k < TILE && row < part->out_height; k++, row += self->dilation)
    for (gsize column = tile.x, l = 0; l < TILE && column < part->out_width;
         l++, column += self->dilation)
      {
        const gsize at = row * part->out_width + column;
        Lanes value = result[k * TILE + l] + constants[0];

        if (residual != NULL)
          value += residual[at];
        y[at] = lanes_clamp (value, constants[1], constants[2]);
      }
}

static void
finish_forward (const Product *self,
                guint which,
                gsize image,
                gsize first,
                gsize last,
                gsize channel,
                const float *m,
                gsize m_group)
{
  const SiambanWinogradForward *call = self->call;
  const SiambanWinogradPart *part = &self->shape->parts[which];
  const gsize sibling = locate_output (self->shape, &channel);
  const gsize index = sibling * self->shape->n_parts + which;
  const gsize begin = (image * count_outputs (self->shape) + channel) * part->out_height *
                      part->out_width;
  const float *bias = call->bias[sibling];
  const Lanes constants[3] = {
    bias != NULL ? *(const Lanes *) (bias + channel) : SPLAT (0.f),
    SPLAT (call->low),
    SPLAT (call->high),
  };

  for (gsize i = first; i < last; i++)
    {
      Lanes result[TILE * TILE];

      transform_output_tile (m + tile_offset (part->first + image * part->n_tiles + i, m_group),
                             self->plan.m_plane, result);
      store_tile (self->shape, part, part->tiles[i], result,
                  call->residual != NULL ? (const Lanes *) (call->residual[index] + begin) : NULL,
                  constants, (Lanes *) (call->y[index] + begin));
    }
}

static void
winograd_forward (const SiambanWinograd *self, const SiambanWinogradForward *call)
{
  const Product product = {
    .shape = self,
    .plan = _siamban_winograd_plan_product (self, self->n_inputs, self->n_outputs,
                                            (gsize) omp_get_max_threads ()),
    .a = call->v,
    .a_plane = self->v_plane,
    .weights = call->weights,
    .factors = call->factors,
    .finish = finish_forward,
    .call = call,
  };

  SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_input) (self, call->x, call->v);
  run_product (&product, call->scratch);
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

  for (gsize i = 0; i < EDGE; i++)
    {
      Lanes row[EDGE];

      for (gsize k = 0; k < EDGE; k++)
        row[k] = *(const Lanes *) (m + (i * EDGE + k) * plane);
      transform_input_back (row, 1, rows + i * EDGE, 1);
    }
  for (gsize i = 0; i < EDGE; i++)
    transform_input_back (rows + i, EDGE, result + i, EDGE);

  for (gsize i = 0; i < EDGE; i++)
    {
      const gsize y = tile.y + i * self->dilation - self->padding; /* wraps below 0 */

      for (gsize k = 0; k < EDGE && y < part->height; k++)
        {
          const gsize x = tile.x + k * self->dilation - self->padding;

          if (x < part->width)
            map[y * part->width + x] += result[i * EDGE + k];
        }
    }
}

/* Tiles overlap; those of one image and channel come to one thread, in their order. */
static void
finish_backward (const Product *self,
                 guint which,
                 gsize image,
                 gsize first,
                 gsize last,
                 gsize channel,
                 const float *m,
                 gsize m_group)
{
  const SiambanWinogradPart *part = &self->shape->parts[which];
  const gsize area = part->height * part->width;
  Lanes *map = (Lanes *) (self->dx[which] + (image * self->shape->n_inputs + channel) * area);

  if (first == 0)
    memset (map, 0, area * sizeof (Lanes));
  for (gsize i = first; i < last; i++)
    add_input_tile (self->shape, part,
                    m + tile_offset (part->first + image * part->n_tiles + i, m_group),
                    self->plan.m_plane, part->tiles[i], map);
}

static void
winograd_backward_data (const SiambanWinograd *self,
                        const float *dm,
                        const float *const *weights,
                        float *const *dx,
                        float *scratch)
{
  const Product product = {
    .shape = self,
    .plan = _siamban_winograd_plan_product (self, self->n_outputs, self->n_inputs,
                                            (gsize) omp_get_max_threads ()),
    .a = dm,
    .a_plane = self->m_plane,
    .weights = weights,
    .finish = finish_backward,
    .dx = dx,
  };

  run_product (&product, scratch);
}

void
SIAMBAN_WINOGRAD_KERNEL (_siamban_kernels_add_winograd) (SiambanWinogradKernels *table)
{
  table->group = GROUP;
  table->input = SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_input);
  table->gradient = SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_gradient);
  table->forward = winograd_forward;
  table->backward_data = winograd_backward_data;
  table->backward_weights = SIAMBAN_WINOGRAD_KERNEL (_siamban_winograd_backward_weights);
}
