/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-synth-private.h"

#include <math.h>

#define TEXTURE_LOG2_SIZE 7

double
_siamban_synth_between (SiambanRandom *random, double low, double high)
{
  return low + (high - low) * _siamban_random_uniform (random);
}

gboolean
_siamban_synth_chance (SiambanRandom *random, double probability)
{
  return _siamban_random_uniform (random) < probability;
}

/* At most ±amplitude; slowest and fastest are radians a frame. */
SynthWave
_siamban_synth_wave (SiambanRandom *random, double amplitude, double slowest, double fastest)
{
  SynthWave wave;
  double sum = 0;

  for (guint i = 0; i < SYNTH_N_WAVES; i++)
    {
      wave.amplitude[i] = _siamban_synth_between (random, 0.2, 1) / (i + 1);
      wave.speed[i] = _siamban_synth_between (random, slowest, fastest);
      wave.phase[i] = _siamban_synth_between (random, 0, 2 * G_PI);
      sum += wave.amplitude[i];
    }
  for (guint i = 0; i < SYNTH_N_WAVES; i++)
    wave.amplitude[i] *= amplitude / sum;

  return wave;
}

double
_siamban_synth_wave_at (const SynthWave *self, double t)
{
  double sum = 0;

  for (guint i = 0; i < SYNTH_N_WAVES; i++)
    sum += self->amplitude[i] * sin (self->speed[i] * t + self->phase[i]);

  return sum;
}

/* |x|^n + |y|^n = 1: a diamond at 1, an ellipse at 2, ever more a rectangle beyond. */
static void
make_superellipse (SiambanRandom *random, float *radius)
{
  const double n = _siamban_synth_chance (random, 0.4) ? 2
                                                       : _siamban_synth_between (random, 1.3, 9);

  for (guint i = 0; i < SYNTH_N_ANGLES; i++)
    {
      const double angle = 2 * G_PI * i / SYNTH_N_ANGLES;

      radius[i] = (float) pow (pow (fabs (cos (angle)), n) + pow (fabs (sin (angle)), n), -1 / n);
    }
}

/* Corners at samples; the edge between two corners is straight. */
static void
make_polygon (SiambanRandom *random, float *radius)
{
  const guint n_corners = 3 + _siamban_random_below (random, 7);
  const double shortest = _siamban_synth_chance (random, 0.5)
                              ? 1
                              : _siamban_synth_between (random, 0.45, 0.9);
  const guint first = _siamban_random_below (random, SYNTH_N_ANGLES);
  const guint step = SYNTH_N_ANGLES / n_corners;
  guint at[10];
  double reach[10];

  for (guint i = 0; i < n_corners; i++)
    {
      at[i] = i * step + (i > 0 ? _siamban_random_below (random, step / 3) : 0);
      reach[i] = _siamban_synth_between (random, shortest, 1);
    }
  for (guint i = 0; i < n_corners; i++)
    {
      const guint next = (i + 1) % n_corners;
      const guint end = next == 0 ? SYNTH_N_ANGLES : at[next];
      const double opening = 2 * G_PI * (end - at[i]) / SYNTH_N_ANGLES;

      for (guint k = at[i]; k < end; k++)
        {
          const double turned = 2 * G_PI * (k - at[i]) / SYNTH_N_ANGLES;
          const double length = reach[i] * reach[next] * sin (opening) /
                                (reach[i] * sin (turned) + reach[next] * sin (opening - turned));

          radius[(first + k) % SYNTH_N_ANGLES] = (float) length;
        }
    }
}

static void
make_blob (SiambanRandom *random, float *radius)
{
  double strength[7], phase[7], largest = 0;

  for (guint k = 0; k < 7; k++)
    {
      strength[k] = _siamban_synth_between (random, 0, 0.35) / (k + 1);
      phase[k] = _siamban_synth_between (random, 0, 2 * G_PI);
    }
  for (guint i = 0; i < SYNTH_N_ANGLES; i++)
    {
      double sum = 1;

      for (guint k = 0; k < 7; k++)
        sum += strength[k] * sin ((k + 2) * 2 * G_PI * i / SYNTH_N_ANGLES + phase[k]);
      radius[i] = (float) MAX (sum, 0.25);
      largest = MAX (largest, radius[i]);
    }
  for (guint i = 0; i < SYNTH_N_ANGLES; i++)
    radius[i] /= (float) largest;
}

static void
init_part (SynthPart *self, SiambanRandom *random, const SynthPalette *palette)
{
  static void (*const shapes[]) (SiambanRandom *, float *) = { make_superellipse, make_superellipse,
                                                               make_polygon, make_blob };

  *self = (SynthPart){ .half_width = 1, .half_height = 1 };
  shapes[_siamban_random_below (random, G_N_ELEMENTS (shapes))](random, self->radius);
  for (guint k = 0; k < SYNTH_N_HARMONICS; k++)
    {
      self->order[k] = 2 + _siamban_random_below (random, 3);
      self->strength[k] = _siamban_synth_between (random, 0, 0.06);
      self->speed[k] = _siamban_synth_between (random, 0.03, 0.25);
      self->phase[k] = _siamban_synth_between (random, 0, 2 * G_PI);
    }
  self->texture = _siamban_synth_texture_new (random, TEXTURE_LOG2_SIZE, palette);
  self->owns_texture = TRUE;
  self->shade_x = _siamban_synth_between (random, -0.3, 0.3);
  self->shade_y = _siamban_synth_between (random, -0.45, 0.1);
  self->rim = _siamban_synth_chance (random, 0.3) ? _siamban_synth_between (random, 0.2, 0.7) : 0;
}

static void
place_part (SynthPart *self, double x, double y, double half_width, double half_height)
{
  self->x = x;
  self->y = y;
  self->half_width = half_width;
  self->half_height = half_height;
}

/* Legs, torso and head, seen from afar. */
static void
arrange_figure (SynthActor *self, SiambanRandom *random)
{
  const double stride = _siamban_synth_between (random, 0.1, 0.35);

  self->n_parts = 4;
  place_part (&self->parts[0], -0.3, 0.55, 0.25, 0.45);
  place_part (&self->parts[1], 0.3, 0.55, 0.25, 0.45);
  place_part (&self->parts[2], 0, -0.1, 0.75, 0.55);
  place_part (&self->parts[3], 0, -0.75, 0.4, 0.27);
  self->parts[0].swing = _siamban_synth_wave (random, stride, 0.2, 0.6);
  self->parts[1].swing = _siamban_synth_wave (random, stride, 0.2, 0.6);
}

/* A body with a cabin on it, on two wheels. */
static void
arrange_vehicle (SynthActor *self, SiambanRandom *random)
{
  const double cabin = _siamban_synth_between (random, -0.3, 0.3);

  self->n_parts = 4;
  place_part (&self->parts[0], cabin, -0.45, 0.55, 0.5);
  place_part (&self->parts[1], 0, 0.15, 1, 0.5);
  place_part (&self->parts[2], -0.55, 0.65, 0.25, 0.35);
  place_part (&self->parts[3], 0.55, 0.65, 0.25, 0.35);
}

/* A large piece with one to three smaller ones that stick to it. */
static void
arrange_cluster (SynthActor *self, SiambanRandom *random)
{
  self->n_parts = 2 + _siamban_random_below (random, SYNTH_MAX_PARTS - 1);
  place_part (&self->parts[0], 0, 0, 0.75, 0.75);
  for (guint i = 1; i < self->n_parts; i++)
    {
      const double angle = _siamban_synth_between (random, 0, 2 * G_PI);
      const double away = _siamban_synth_between (random, 0.2, 0.7);
      const double size = _siamban_synth_between (random, 0.2, 0.5);

      place_part (&self->parts[i], away * cos (angle), away * sin (angle), size,
                  size * _siamban_synth_between (random, 0.6, 1.4));
      self->parts[i].swing = _siamban_synth_wave (random, 0.4, 0.03, 0.3);
    }
}

/* Everything but where it is and how it moves about. */
void
_siamban_synth_actor_init (SynthActor *self,
                           SiambanRandom *random,
                           const SynthPalette *palette,
                           double half_width,
                           double half_height)
{
  const double kind = _siamban_random_uniform (random);

  *self = (SynthActor){ .n_parts = 1, .half_width = half_width, .half_height = half_height };
  for (guint i = 0; i < SYNTH_MAX_PARTS; i++)
    {
      const SynthPalette own = _siamban_synth_chance (random, 0.5)
                                   ? _siamban_synth_palette (random)
                                   : _siamban_synth_palette_near (random, palette, 0.1);

      if (i == 0 || kind > 0.5)
        init_part (&self->parts[i], random, i == 0 ? palette : &own);
    }
  if (kind > 0.8)
    arrange_figure (self, random);
  else if (kind > 0.65)
    arrange_vehicle (self, random);
  else if (kind > 0.5)
    arrange_cluster (self, random);

  self->softness = _siamban_synth_between (random, 0.8, 2.2);
}

/* For one that looks the same; the textures stay the other's, which must live longer. */
void
_siamban_synth_actor_copy_look (SynthActor *self, const SynthActor *other)
{
  *self = *other;
  for (guint i = 0; i < SYNTH_MAX_PARTS; i++)
    self->parts[i].owns_texture = FALSE;
}

void
_siamban_synth_actor_clear (SynthActor *self)
{
  for (guint i = 0; i < SYNTH_MAX_PARTS; i++)
    if (self->parts[i].owns_texture)
      _siamban_synth_texture_free (self->parts[i].texture);
}

float
_siamban_synth_part_radius (const SynthPart *self, guint i, double t)
{
  double deformation = 1;

  for (guint k = 0; k < SYNTH_N_HARMONICS; k++)
    deformation += self->strength[k] * sin (self->order[k] * 2 * G_PI * i / SYNTH_N_ANGLES +
                                            self->speed[k] * t + self->phase[k]);

  return self->radius[i] * (float) deformation;
}

SynthPose
_siamban_synth_actor_pose (const SynthActor *self, double t)
{
  const double growth = exp (_siamban_synth_wave_at (&self->growth, t));
  const double stretch = exp (_siamban_synth_wave_at (&self->stretch, t));
  const double angle = self->angle + self->spin * t + _siamban_synth_wave_at (&self->sway, t);
  const double width = self->half_width * growth * stretch;
  const double height = self->half_height * growth / stretch;

  return (SynthPose){
    .x = self->x + _siamban_synth_wave_at (&self->path_x, t),
    .y = self->y + _siamban_synth_wave_at (&self->path_y, t),
    .a = cos (angle) * width,
    .b = -sin (angle) * height,
    .c = sin (angle) * width,
    .d = cos (angle) * height,
  };
}

SynthPose
_siamban_synth_part_pose (const SynthPart *self, const SynthPose *actor, double t)
{
  const double angle = self->angle + _siamban_synth_wave_at (&self->swing, t);
  const double p = cos (angle) * self->half_width, q = -sin (angle) * self->half_height;
  const double r = sin (angle) * self->half_width, s = cos (angle) * self->half_height;

  return (SynthPose){
    .x = actor->x + actor->a * self->x + actor->b * self->y,
    .y = actor->y + actor->c * self->x + actor->d * self->y,
    .a = actor->a * p + actor->b * r,
    .b = actor->a * q + actor->b * s,
    .c = actor->c * p + actor->d * r,
    .d = actor->c * q + actor->d * s,
  };
}

SiambanBox
_siamban_synth_actor_box (const SynthActor *self, const SynthPose *pose, double t)
{
  SiambanBox box = { INFINITY, INFINITY, -INFINITY, -INFINITY };

  for (guint i = 0; i < self->n_parts; i++)
    {
      const SynthPose part = _siamban_synth_part_pose (&self->parts[i], pose, t);

      for (guint k = 0; k < SYNTH_N_ANGLES; k++)
        {
          const double radius = _siamban_synth_part_radius (&self->parts[i], k, t);
          const double u = radius * cos (2 * G_PI * k / SYNTH_N_ANGLES);
          const double v = radius * sin (2 * G_PI * k / SYNTH_N_ANGLES);
          const double x = part.x + part.a * u + part.b * v;
          const double y = part.y + part.c * u + part.d * v;

          box.x1 = MIN (box.x1, x);
          box.x2 = MAX (box.x2, x);
          box.y1 = MIN (box.y1, y);
          box.y2 = MAX (box.y2, y);
        }
    }

  return box;
}
