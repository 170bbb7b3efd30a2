/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-synth-private.h"

#include <math.h>

/* Patterns as fields of 0 … 1 over a square that repeats; a palette makes pictures of them. */

static float
smooth (float x)
{
  return x * x * (3 - 2 * x);
}

/* One octave of value noise: random values on a grid of cells, blended smoothly between. */
static void
add_octave (SiambanRandom *random, float *field, guint size, guint n_cells, float weight)
{
  g_autofree float *grid = g_new (float, (gsize) n_cells *n_cells);
  const guint step = size / n_cells;
  g_autofree float *blend = g_new (float, step);

  for (guint i = 0; i < n_cells * n_cells; i++)
    grid[i] = (float) (_siamban_random_uint32 (random) >> 8) * (weight / 16777216.f);
  for (guint i = 0; i < step; i++)
    blend[i] = smooth ((float) i / (float) step);

  for (guint y = 0; y < size; y++)
    {
      const float *upper = grid + (y / step) * n_cells;
      const float *lower = grid + ((y / step + 1) % n_cells) * n_cells;
      const float fy = blend[y % step];
      float *row = field + (gsize) y * size;

      for (guint cell = 0; cell < n_cells; cell++)
        {
          const guint next = (cell + 1) % n_cells;
          const float left = upper[cell] + (lower[cell] - upper[cell]) * fy;
          const float right = upper[next] + (lower[next] - upper[next]) * fy;

          for (guint i = 0; i < step; i++)
            row[cell * step + i] += left + (right - left) * blend[i];
        }
    }
}

/* Stretches what the field holds to 0 … 1. */
static void
normalize (float *field, guint size)
{
  float low = field[0], high = field[0];

  for (gsize i = 1; i < (gsize) size * size; i++)
    {
      low = MIN (low, field[i]);
      high = MAX (high, field[i]);
    }
  for (gsize i = 0; i < (gsize) size * size; i++)
    field[i] = high > low ? (field[i] - low) / (high - low) : 0.5f;
}

void
_siamban_synth_noise (SiambanRandom *random,
                      float *field,
                      guint size,
                      guint first_cells,
                      guint n_octaves,
                      double persistence)
{
  double weight = 1;

  for (gsize i = 0; i < (gsize) size * size; i++)
    field[i] = 0;
  for (guint octave = 0; octave < n_octaves && (first_cells << octave) <= size; octave++)
    {
      add_octave (random, field, size, first_cells << octave, (float) weight);
      weight *= persistence;
    }
  normalize (field, size);
}

static void
fill_clouds (SiambanRandom *random, float *field, guint size)
{
  _siamban_synth_noise (random, field, size, 2u << _siamban_random_below (random, 3),
                        2 + _siamban_random_below (random, 5),
                        _siamban_synth_between (random, 0.35, 0.8));
}

/* Whole numbers of periods on both axes keep the stripes unbroken where the square repeats. */
static void
fill_stripes (SiambanRandom *random, float *field, guint size)
{
  const int periods_x = (int) _siamban_random_below (random, 9) - 4;
  const int periods_y = 1 + (int) _siamban_random_below (random, 7);
  const float hardness = (float) _siamban_synth_between (random, 0.7, 6);
  const float warp = (float) _siamban_synth_between (random, 0, 0.6);

  _siamban_synth_noise (random, field, size, 2u << _siamban_random_below (random, 2), 2, 0.5);
  for (guint y = 0; y < size; y++)
    for (guint x = 0; x < size; x++)
      {
        float *value = &field[(gsize) y * size + x];
        const float turns = (float) (periods_x * (int) x + periods_y * (int) y) / (float) size;

        *value = sinf (2 * (float) G_PI * (turns + warp * *value));
        *value = CLAMP (0.5f + 0.5f * hardness * *value, 0, 1);
      }
}

/* Checks, bricks and tiles, each of its own tone. */
static void
fill_tiles (SiambanRandom *random, float *field, guint size)
{
  const guint columns = 2u << _siamban_random_below (random, 3);
  const guint rows = 2u << _siamban_random_below (random, 3);
  const guint shift = _siamban_synth_chance (random, 0.5) ? size / columns / 2 : 0;
  const guint gap = _siamban_random_below (random, 1 + size / 64);
  const float unlike = (float) _siamban_synth_between (random, 0, 1);
  g_autofree float *tones = g_new (float, rows *columns);

  for (guint i = 0; i < rows * columns; i++)
    tones[i] = (1 - unlike) * (float) ((i + i / columns) % 2) +
               unlike * (float) _siamban_random_uniform (random);
  for (guint y = 0; y < size; y++)
    for (guint x = 0; x < size; x++)
      {
        const guint row = y * rows / size;
        const guint moved = (x + (row % 2) * shift) % size;
        const gboolean in_gap = moved % (size / columns) < gap || y % (size / rows) < gap;

        field[(gsize) y * size + x] = in_gap ? 1 : tones[row * columns + moved * columns / size];
      }
}

/* One ellipse or rectangle of a single tone, with a slope of brightness across it. */
static void
draw_leaf (SiambanRandom *random, float *field, guint size, double radius)
{
  const double rx = radius * _siamban_synth_between (random, 0.4, 1);
  const double ry = radius * _siamban_synth_between (random, 0.4, 1);
  const double angle = _siamban_synth_between (random, 0, G_PI);
  const float cosine = (float) cos (angle), sine = (float) sin (angle);
  const gboolean round = _siamban_synth_chance (random, 0.6);
  const float tone = (float) _siamban_random_uniform (random);
  const float slope = (float) _siamban_synth_between (random, -0.15, 0.15);
  const int reach = (int) (1.5 * radius) + 1;
  const int x0 = (int) _siamban_random_below (random, size);
  const int y0 = (int) _siamban_random_below (random, size);

  for (int dy = -reach; dy <= reach; dy++)
    for (int dx = -reach; dx <= reach; dx++)
      {
        const float u = (cosine * (float) dx + sine * (float) dy) / (float) rx;
        const float v = (cosine * (float) dy - sine * (float) dx) / (float) ry;
        const gboolean inside = round ? u * u + v * v < 1 : MAX (fabsf (u), fabsf (v)) < 1;

        if (inside)
          field[(gsize) ((y0 + dy) & (int) (size - 1)) * size +
                (gsize) ((x0 + dx) & (int) (size - 1))] = CLAMP (tone + slope * u, 0, 1);
      }
}

/* Dead leaves: things that cover things, of all sizes, whose statistics resemble photographs. */
static void
fill_leaves (SiambanRandom *random, float *field, guint size)
{
  const guint n_leaves = 60 + _siamban_random_below (random, 140);
  const double largest = size * _siamban_synth_between (random, 0.08, 0.22);

  fill_clouds (random, field, size);
  for (guint i = 0; i < n_leaves; i++)
    {
      const double share = _siamban_random_uniform (random);

      draw_leaf (random, field, size, MAX (largest * share * share, 2));
    }
}

/* Spots of one tone on another, as on a ball, a cow or a shirt. */
static void
fill_spots (SiambanRandom *random, float *field, guint size)
{
  const guint n_spots = 4 + _siamban_random_below (random, 40);
  const double radius = size * _siamban_synth_between (random, 0.03, 0.12);

  for (gsize i = 0; i < (gsize) size * size; i++)
    field[i] = 0;
  for (guint i = 0; i < n_spots; i++)
    draw_leaf (random, field, size, radius * _siamban_synth_between (random, 0.6, 1.2));
}

/* The nearest of a few points gives the tone: stones, scales, cracked paint. */
static void
fill_cells (SiambanRandom *random, float *field, guint size)
{
  const guint n_points = 6 + _siamban_random_below (random, 12);
  const gboolean smooth_cells = _siamban_synth_chance (random, 0.4);
  g_autofree float *points = g_new (float, 3 * n_points);

  for (guint i = 0; i < n_points; i++)
    {
      points[3 * i] = (float) _siamban_synth_between (random, 0, size);
      points[3 * i + 1] = (float) _siamban_synth_between (random, 0, size);
      points[3 * i + 2] = (float) _siamban_random_uniform (random);
    }
  for (guint y = 0; y < size; y++)
    for (guint x = 0; x < size; x++)
      {
        float nearest = INFINITY, tone = 0;

        for (guint i = 0; i < n_points; i++)
          {
            const float ax = fabsf (points[3 * i] - (float) x);
            const float ay = fabsf (points[3 * i + 1] - (float) y);
            const float dx = MIN (ax, (float) size - ax), dy = MIN (ay, (float) size - ay);
            const float distance = dx * dx + dy * dy;

            tone = distance < nearest ? points[3 * i + 2] : tone;
            nearest = MIN (nearest, distance);
          }
        field[(gsize) y * size + x] = smooth_cells ? sqrtf (nearest) : tone;
      }
  if (smooth_cells)
    normalize (field, size);
}

/* Letters, windows and emblems: a small random bitmap, mirrored or not. */
static void
fill_bitmap (SiambanRandom *random, float *field, guint size)
{
  const guint n = 4u << _siamban_random_below (random, 2);
  const gboolean mirrored = _siamban_synth_chance (random, 0.5);
  const guint density = 2 + _siamban_random_below (random, 3);
  g_autofree float *bits = g_new (float, (gsize) n *n);

  for (guint i = 0; i < n * n; i++)
    bits[i] = _siamban_random_below (random, density) == 0 ? 1.f : 0.f;
  for (guint y = 0; y < size; y++)
    for (guint x = 0; x < size; x++)
      {
        const guint column = x * n / size;

        field[(gsize) y * size + x] = bits[(y * n / size) * n +
                                           (mirrored && column >= n / 2 ? n - 1 - column : column)];
      }
}

/* Circles around the middle: wheels, targets, faces of clocks. */
static void
fill_rings (SiambanRandom *random, float *field, guint size)
{
  const float frequency = (float) _siamban_synth_between (random, 2, 9);
  const float hardness = (float) _siamban_synth_between (random, 0.7, 5);
  const float spokes = (float) _siamban_random_below (random, 7);
  const float middle = (float) size / 2;

  for (guint y = 0; y < size; y++)
    for (guint x = 0; x < size; x++)
      {
        const float dx = (float) x - middle, dy = (float) y - middle;
        const float radius = sqrtf (dx * dx + dy * dy) / middle;
        const float wave = sinf (2 * frequency * radius + spokes * atan2f (dy, dx));

        field[(gsize) y * size + x] = CLAMP (0.5f + 0.5f * hardness * wave, 0, 1);
      }
}

void
_siamban_synth_field (SiambanRandom *random, float *field, guint size)
{
  static void (*const kinds[]) (SiambanRandom *, float *,
                                guint) = { fill_clouds, fill_stripes, fill_tiles,
                                           fill_leaves, fill_leaves,  fill_spots,
                                           fill_cells,  fill_bitmap,  fill_rings };
  /* In large, what looks like a thing would repeat too plainly. */
  static void (*const large_kinds[]) (SiambanRandom *, float *,
                                      guint) = { fill_clouds, fill_clouds, fill_tiles,  fill_leaves,
                                                 fill_leaves, fill_leaves, fill_stripes };

  if (size > 256)
    large_kinds[_siamban_random_below (random, G_N_ELEMENTS (large_kinds))](random, field, size);
  else
    kinds[_siamban_random_below (random, G_N_ELEMENTS (kinds))](random, field, size);
}
