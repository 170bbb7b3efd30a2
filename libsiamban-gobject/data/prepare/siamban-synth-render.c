/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-synth-private.h"

#include <math.h>
#include <string.h>

/* Texture positions in 1/256 of a pixel. */
#define FRACTION_BITS 8
#define FRACTION (1 << FRACTION_BITS)
#define FRACTION_MASK (FRACTION - 1)
#define LIGHT_BITS 10

typedef struct
{
  const SynthPart *part;
  SynthPose pose;
  SynthPose inverse;                /* pixels → own units */
  float radius[SYNTH_N_ANGLES + 1]; /* the first again at the end */
  float
      stiffness[SYNTH_N_ANGLES + 1]; /* texture moves with the edge: undeformed / deformed radius */
  const guint8 *texels;
  guint log2_size;
  float softness;
} PartView;

static void
sample (const guint8 *texels, guint log2_size, int x, int y, int out[3])
{
  const int mask = (1 << log2_size) - 1;
  const int fx = x & FRACTION_MASK, fy = y & FRACTION_MASK;
  const int x0 = (x >> FRACTION_BITS) & mask, x1 = (x0 + 1) & mask;
  const int y0 = (y >> FRACTION_BITS) & mask, y1 = (y0 + 1) & mask;
  const guint8 *p00 = texels + (((gsize) y0 << log2_size) + (gsize) x0) * 4;
  const guint8 *p01 = texels + (((gsize) y0 << log2_size) + (gsize) x1) * 4;
  const guint8 *p10 = texels + (((gsize) y1 << log2_size) + (gsize) x0) * 4;
  const guint8 *p11 = texels + (((gsize) y1 << log2_size) + (gsize) x1) * 4;

  for (guint c = 0; c < 3; c++)
    {
      const int upper = p00[c] * (FRACTION - fx) + p01[c] * fx;
      const int lower = p10[c] * (FRACTION - fx) + p11[c] * fx;

      out[c] = (upper * (FRACTION - fy) + lower * fy) >> (2 * FRACTION_BITS);
    }
}

/* How much the second background covers, 0 … 256: a soft line across the frame. */
static int
get_far_share (const SynthScene *self, double shift, int x, int y)
{
  const double line = self->horizon + self->horizon_slope * (x - self->width * 0.5) - shift;

  return (int) (256 * CLAMP ((line - y) * 0.5 + 0.5, 0, 1));
}

static void
draw_background (const SynthScene *self, double t, guint8 *pixels)
{
  const double step_x = cos (self->ground_angle) * self->ground_zoom * FRACTION;
  const double step_y = sin (self->ground_angle) * self->ground_zoom * FRACTION;
  const double pan_x = _siamban_synth_wave_at (&self->pan_x, t);
  const double pan_y = _siamban_synth_wave_at (&self->pan_y, t);
  const SynthTexture *near = self->background[0], *far = self->background[1];
  int out[3];

  for (int y = 0; y < (int) self->height; y++)
    {
      const double px = pan_x, py = y + pan_y;
      const int u0 = (int) floor (step_x * px - step_y * py);
      const int v0 = (int) floor (step_y * px + step_x * py);
      guint8 *row = pixels + (gsize) y * self->width * 3;

      for (int x = 0; x < (int) self->width; x++)
        {
          const int u = u0 + (int) (step_x * x), v = v0 + (int) (step_y * x);
          const int share = far != NULL ? get_far_share (self, pan_y, x, y) : 0;

          if (share < 256)
            sample (near->levels[0], near->log2_size, u, v, out);
          if (share > 0)
            {
              int behind[3];

              sample (far->levels[0], far->log2_size, u, v, behind);
              for (guint c = 0; c < 3; c++)
                out[c] = share == 256 ? behind[c]
                                      : (out[c] * (256 - share) + behind[c] * share) >> 8;
            }
          for (guint c = 0; c < 3; c++)
            row[3 * x + (int) c] = (guint8) out[c];
        }
    }
}

/* The direction in samples of an outline, 0 … SYNTH_N_ANGLES; within 0.005 of a sample's width of
 * atan2(), and several times as fast. */
static float
get_direction (float u, float v)
{
  const float ax = fabsf (u), ay = fabsf (v);
  const float ratio = MIN (ax, ay) / MAX (MAX (ax, ay), 1e-12f);
  const float square = ratio * ratio;
  float turns = ratio *
                (0.15914944f +
                 square * (-0.0530173f +
                           square * (0.0310486f +
                                     square * (-0.0191136f +
                                               square * (0.0089427f - square * 0.0020166f)))));

  turns = ay > ax ? 0.25f - turns : turns;
  turns = u < 0 ? 0.5f - turns : turns;
  turns = v < 0 ? 1 - turns : turns;

  return turns * SYNTH_N_ANGLES;
}

static gboolean
prepare_view (PartView *view,
              const SynthPart *part,
              const SynthActor *actor,
              const SynthPose *pose,
              double t)
{
  double determinant, texels_per_pixel;
  guint level = 0;

  view->part = part;
  view->pose = _siamban_synth_part_pose (part, pose, t);
  determinant = view->pose.a * view->pose.d - view->pose.b * view->pose.c;
  if (!(fabs (determinant) > 1e-6))
    return FALSE;

  view->inverse = (SynthPose){ .a = view->pose.d / determinant,
                               .b = -view->pose.b / determinant,
                               .c = -view->pose.c / determinant,
                               .d = view->pose.a / determinant };
  for (guint i = 0; i <= SYNTH_N_ANGLES; i++)
    {
      const guint k = i % SYNTH_N_ANGLES;

      view->radius[i] = _siamban_synth_part_radius (part, k, t);
      view->stiffness[i] = part->radius[k] / view->radius[i];
    }

  /* A part spans two units, which is the whole of its texture. */
  texels_per_pixel = (1 << part->texture->log2_size) / (2 * sqrt (fabs (determinant)));
  while (level + 1 < part->texture->n_levels && texels_per_pixel > 1.5)
    {
      texels_per_pixel /= 2;
      level++;
    }
  view->texels = part->texture->levels[level];
  view->log2_size = part->texture->log2_size - level;
  view->softness = (float) actor->softness;

  return TRUE;
}

static void
shade_pixel (const PartView *view, float u, float v, float inside, float stiffness, int out[3])
{
  const float scale = (float) (1 << view->log2_size) * 0.5f * FRACTION;
  const SynthPart *part = view->part;
  const float rim = inside < 2 ? 1 - (float) part->rim : 1;
  float light = 1 + (float) part->shade_x * u + (float) part->shade_y * v;

  light = CLAMP (light, 0.2f, 1.8f) * rim;
  sample (view->texels, view->log2_size, (int) ((u * stiffness + 1) * scale),
          (int) ((v * stiffness + 1) * scale), out);
  for (guint c = 0; c < 3; c++)
    out[c] = MIN ((int) ((float) out[c] * light), 255);
}

static void
draw_pixel (const PartView *view, double x, double y, guint8 *pixel)
{
  const double dx = x - view->pose.x, dy = y - view->pose.y;
  const float u = (float) (view->inverse.a * dx + view->inverse.b * dy);
  const float v = (float) (view->inverse.c * dx + view->inverse.d * dy);
  const float length = sqrtf (u * u + v * v);
  const float direction = get_direction (u, v);
  const guint i = MIN ((guint) direction, SYNTH_N_ANGLES - 1);
  const float between = direction - (float) i;
  const float radius = view->radius[i] + (view->radius[i + 1] - view->radius[i]) * between;
  const float stiffness = view->stiffness[i] +
                          (view->stiffness[i + 1] - view->stiffness[i]) * between;
  /* Pixels from here to the edge, along the ray from the centre; at the centre itself the ray has
   * no length. */
  const float pixels = (float) sqrt (dx * dx + dy * dy);
  const float inside = length > 1e-4f ? pixels * (radius / length - 1) : 1e4f;
  const float cover = CLAMP (0.5f + inside / view->softness, 0, 1);
  const int alpha = (int) (256 * cover);
  int out[3];

  if (alpha == 0)
    return;

  shade_pixel (view, u, v, inside, stiffness, out);
  for (guint c = 0; c < 3; c++)
    pixel[c] = (guint8) ((pixel[c] * (256 - alpha) + out[c] * alpha) >> 8);
}

static void
draw_part (const SynthScene *self, const PartView *view, guint8 *pixels)
{
  float largest = 0;
  double reach_x, reach_y;
  int left, right, top, bottom;

  for (guint i = 0; i < SYNTH_N_ANGLES; i++)
    largest = MAX (largest, view->radius[i]);

  reach_x = largest * hypot (view->pose.a, view->pose.b) + view->softness;
  reach_y = largest * hypot (view->pose.c, view->pose.d) + view->softness;
  left = (int) MAX (floor (view->pose.x - reach_x), 0);
  top = (int) MAX (floor (view->pose.y - reach_y), 0);
  right = (int) MIN (ceil (view->pose.x + reach_x), self->width);
  bottom = (int) MIN (ceil (view->pose.y + reach_y), self->height);
  for (int y = top; y < bottom; y++)
    for (int x = left; x < right; x++)
      draw_pixel (view, x + 0.5, y + 0.5, pixels + ((gsize) y * self->width + (gsize) x) * 3);
}

static void
draw_actor (const SynthScene *self,
            const SynthActor *actor,
            const SynthPose *pose,
            double t,
            guint8 *pixels)
{
  PartView view;

  for (guint i = 0; i < actor->n_parts; i++)
    if (prepare_view (&view, &actor->parts[i], actor, pose, t))
      draw_part (self, &view, pixels);
}

/* Each pixel with its neighbours, 1 2 1, along one direction; the two ends stay. */
static void
blur_line (guint8 *line, gsize n, gsize step)
{
  int before[3] = { line[0], line[1], line[2] };

  for (gsize i = 1; i + 1 < n; i++)
    {
      guint8 *pixel = line + i * step;

      for (guint c = 0; c < 3; c++)
        {
          const int here = pixel[c];

          pixel[c] = (guint8) ((before[c] + 2 * here + pixel[c + step] + 2) / 4);
          before[c] = here;
        }
    }
}

/* Down the columns, a row at a time: the memory is read in its order. */
static void
blur_columns (guint8 *pixels, gsize width, gsize height)
{
  const gsize stride = width * 3;
  g_autofree guint8 *before = g_memdup2 (pixels, stride);

  for (gsize y = 1; y + 1 < height; y++)
    {
      guint8 *row = pixels + y * stride;
      const guint8 *next = row + stride;

      for (gsize i = 0; i < stride; i++)
        {
          const guint8 here = row[i];

          row[i] = (guint8) ((before[i] + 2 * here + next[i] + 2) / 4);
          before[i] = here;
        }
    }
}

static void
blur (const SynthScene *self, guint8 *pixels)
{
  for (guint pass = 0; pass < self->n_blurs; pass++)
    {
      for (gsize y = 0; y < self->height; y++)
        blur_line (pixels + y * self->width * 3, self->width, 3);
      blur_columns (pixels, self->width, self->height);
    }
}

static void
make_gray (guint8 *pixels, gsize n_pixels)
{
  for (gsize i = 0; i < n_pixels; i++)
    {
      guint8 *pixel = pixels + 3 * i;

      pixel[0] = pixel[1] = pixel[2] = (guint8) ((29 * pixel[0] + 150 * pixel[1] + 77 * pixel[2]) >>
                                                 8);
    }
}

/* A fast generator is enough for noise: a 64-bit linear congruence (Knuth's MMIX), its top bits. */
static int
next_noise (guint64 *state, int amplitude)
{
  guint32 bits;

  *state = *state * 6364136223846793005u + 1442695040888963407u;
  bits = (guint32) (*state >> 32);

  /* The sum of four uniform bytes is bell-shaped, with standard deviation 148. */
  return (((int) (bits & 255) + (int) (bits >> 8 & 255) + (int) (bits >> 16 & 255) +
           (int) (bits >> 24) - 510) *
          amplitude) /
         65536;
}

/* Light that slopes across the frame, a colour cast, and the camera's noise. */
static void
light_up (const SynthScene *self, guint frame, guint8 *pixels)
{
  const double t = frame;
  const double gain = 1 + _siamban_synth_wave_at (&self->light, t);
  const double slope_x = _siamban_synth_wave_at (&self->light_slope_x, t) / self->width;
  const double slope_y = _siamban_synth_wave_at (&self->light_slope_y, t) / self->height;
  const int amplitude = (int) (self->noise * 65536 / 148);
  guint64 state = self->noise_seed + frame * G_GUINT64_CONSTANT (0x9E3779B97F4A7C15);
  double cast[3];

  for (guint c = 0; c < 3; c++)
    cast[c] = (1 << LIGHT_BITS) * (1 + self->cast[c] * sin (self->cast_speed[c] * t + 2 * c));
  for (guint y = 0; y < self->height; y++)
    {
      guint8 *pixel = pixels + (gsize) y * self->width * 3;
      const double row_gain = gain + slope_y * (y - self->height * 0.5);

      for (guint x = 0; x < self->width; x++, pixel += 3)
        {
          const double here = row_gain + slope_x * (x - self->width * 0.5);

          for (guint c = 0; c < 3; c++)
            {
              const int value = (pixel[c] * (int) (here * cast[c]) >> LIGHT_BITS) +
                                next_noise (&state, amplitude);

              pixel[c] = (guint8) CLAMP (value, 0, 255);
            }
        }
    }
}

void
_siamban_synth_scene_render (const SynthScene *self, guint frame, guint8 *pixels)
{
  const double t = frame;
  const SynthPose target = _siamban_synth_scene_pose (self, &self->target, t);

  draw_background (self, t, pixels);
  for (guint i = 0; i < self->n_below; i++)
    {
      const SynthPose pose = _siamban_synth_scene_pose (self, &self->below[i], t);

      draw_actor (self, &self->below[i], &pose, t, pixels);
    }
  draw_actor (self, &self->target, &target, t, pixels);
  if (self->has_occluder)
    {
      const SynthPose pose = _siamban_synth_scene_occluder_pose (self, t);

      draw_actor (self, &self->occluder, &pose, t, pixels);
    }

  blur (self, pixels);
  if (self->gray)
    make_gray (pixels, (gsize) self->width * self->height);
  light_up (self, frame, pixels);
}
