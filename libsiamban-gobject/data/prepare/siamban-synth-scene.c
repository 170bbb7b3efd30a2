/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-synth-private.h"

#include <math.h>

#define BACKGROUND_LOG2_SIZE 9
#define MAX_DISTRACTORS 3
#define MAX_FURNITURE 6
/* Least half side of a target, in pixels. */
#define SMALLEST_HALF_SIDE 8.0

static void
clear_scene (gpointer data)
{
  SynthScene *self = data;

  for (guint i = 0; i < G_N_ELEMENTS (self->background); i++)
    _siamban_synth_texture_free (self->background[i]);
  for (guint i = 0; i < self->n_below; i++)
    _siamban_synth_actor_clear (&self->below[i]);
  _siamban_synth_actor_clear (&self->target);
  _siamban_synth_actor_clear (&self->occluder);
  g_free (self->below);
}

void
_siamban_synth_scene_unref (SynthScene *self)
{
  g_atomic_rc_box_release_full (self, clear_scene);
}

/* How fast a wave can get, in its own units a frame. */
static double
get_top_speed (const SynthWave *wave)
{
  double sum = 0;

  for (guint i = 0; i < SYNTH_N_WAVES; i++)
    sum += wave->amplitude[i] * wave->speed[i];

  return sum;
}

static void
limit_speed (SynthWave *wave, double limit)
{
  const double top_speed = get_top_speed (wave);

  for (guint i = 0; i < SYNTH_N_WAVES && top_speed > limit; i++)
    wave->speed[i] *= limit / top_speed;
}

/* A path that stays in the frame, no faster than a share of the actor's size a frame: what moves
 * further than that between two frames no tracker can follow. */
static void
set_in_motion (SynthActor *self, SiambanRandom *random, const SynthScene *scene)
{
  const double side = MIN (self->half_width, self->half_height) * 2;
  const double limit = side * _siamban_synth_between (random, 0.03, 0.25);
  const double room_x = MAX (scene->width / 2.0 - self->half_width * 0.8, 4);
  const double room_y = MAX (scene->height / 2.0 - self->half_height * 0.8, 4);
  const double reach_x = room_x * _siamban_synth_between (random, 0.2, 1);
  const double reach_y = room_y * _siamban_synth_between (random, 0.1, 1);

  self->x = scene->width / 2.0 + _siamban_synth_between (random, -1, 1) * (room_x - reach_x);
  self->y = scene->height / 2.0 + _siamban_synth_between (random, -1, 1) * (room_y - reach_y);
  self->path_x = _siamban_synth_wave (random, reach_x, 0.01, 0.16);
  self->path_y = _siamban_synth_wave (random, reach_y, 0.01, 0.16);
  limit_speed (&self->path_x, limit);
  limit_speed (&self->path_y, limit);
  self->growth = _siamban_synth_wave (random, _siamban_synth_between (random, 0.02, 0.45), 0.01,
                                      0.1);
  self->stretch = _siamban_synth_wave (random, _siamban_synth_between (random, 0.01, 0.25), 0.01,
                                       0.15);
  self->sway = _siamban_synth_wave (random, _siamban_synth_between (random, 0.02, 0.3), 0.02, 0.15);
  if (_siamban_synth_chance (random, 0.2))
    {
      self->angle = _siamban_synth_between (random, 0, 2 * G_PI);
      self->spin = _siamban_synth_between (random, -0.06, 0.06);
    }
}

static void
draw_size (SiambanRandom *random, const SynthScene *scene, double *half_width, double *half_height)
{
  const double largest = MIN (scene->width, scene->height) * 0.22;
  const double smallest = MIN (SMALLEST_HALF_SIDE, largest / 2);
  const double size = smallest * exp (_siamban_random_uniform (random) * log (largest / smallest));
  const double aspect = exp (_siamban_synth_between (random, -0.8, 0.8));

  *half_width = MAX (size * sqrt (aspect), smallest);
  *half_height = MAX (size / sqrt (aspect), smallest);
}

static void
init_background (SynthScene *self, SiambanRandom *random, const SynthPalette *palette)
{
  const double speed = _siamban_synth_chance (random, 0.4) ? 0.02 : 0.1;
  const double reach = _siamban_synth_between (random, 0, self->width * 0.6);
  const SynthPalette other = _siamban_synth_palette (random);

  self->background[0] = _siamban_synth_texture_new (random, BACKGROUND_LOG2_SIZE, palette);
  if (_siamban_synth_chance (random, 0.35))
    self->background[1] = _siamban_synth_texture_new (random, BACKGROUND_LOG2_SIZE, &other);
  self->ground_angle = _siamban_synth_between (random, -0.5, 0.5);
  self->ground_zoom = _siamban_synth_between (random, 0.6, 1.6);
  self->horizon = self->height * _siamban_synth_between (random, 0.2, 0.8);
  self->horizon_slope = _siamban_synth_between (random, -0.3, 0.3);
  self->pan_x = _siamban_synth_wave (random, reach, speed / 4, speed);
  self->pan_y = _siamban_synth_wave (random, reach * _siamban_synth_between (random, 0.05, 0.7),
                                     speed / 4, speed);
}

/* One to three that resemble the target: of other make in its colours, now and then a twin. */
static void
add_distractors (SynthScene *self, SiambanRandom *random, const SynthPalette *palette)
{
  const guint n_distractors = 1 + _siamban_random_below (random, MAX_DISTRACTORS);

  for (guint i = 0; i < n_distractors; i++)
    {
      SynthActor *actor = &self->below[self->n_below++];
      const double size = _siamban_synth_between (random, 0.7, 1.3);

      if (_siamban_synth_chance (random, 0.2))
        _siamban_synth_actor_copy_look (actor, &self->target);
      else
        {
          const SynthPalette near = _siamban_synth_palette_near (random, palette, 0.15);

          _siamban_synth_actor_init (actor, random, &near, self->target.half_width,
                                     self->target.half_height);
        }
      actor->half_width *= size;
      actor->half_height *= size;
      set_in_motion (actor, random, self);
    }
}

/* Things that belong to the place and move with it when the camera turns. */
static void
add_furniture (SynthScene *self, SiambanRandom *random)
{
  const guint n_furniture = _siamban_random_below (random, MAX_FURNITURE + 1);

  for (guint i = 0; i < n_furniture; i++)
    {
      SynthActor *actor = &self->below[self->n_below++];
      const SynthPalette palette = _siamban_synth_palette (random);
      double half_width, half_height;

      draw_size (random, self, &half_width, &half_height);
      _siamban_synth_actor_init (actor, random, &palette, half_width, half_height);
      actor->fixed = TRUE;
      actor->x = _siamban_synth_between (random, 0, self->width);
      actor->y = _siamban_synth_between (random, 0, self->height);
      actor->angle = _siamban_synth_between (random, 0, 2 * G_PI);
    }
}

/* A pole or a thing that passes over the target again and again, and leaves some of it in sight.
 * It starts beside the target, since the first frame is the one that shows what to follow. */
static void
add_occluder (SynthScene *self, SiambanRandom *random)
{
  const SynthPalette palette = _siamban_synth_palette (random);
  const gboolean pole = _siamban_synth_chance (random, 0.5);
  const double side = MIN (self->target.half_width, self->target.half_height);
  const double size = side * _siamban_synth_between (random, 0.4, 0.9);
  double reach;

  self->has_occluder = TRUE;
  self->occluder_angle = pole ? 0 : _siamban_synth_between (random, 0, 2 * G_PI);
  self->occluder_aside = pole ? 0
                              : side * _siamban_synth_between (random, 0.4, 0.9) *
                                    (_siamban_synth_chance (random, 0.5) ? 1 : -1);
  _siamban_synth_actor_init (&self->occluder, random, &palette,
                             pole ? side * _siamban_synth_between (random, 0.15, 0.4) : size,
                             pole ? self->height : size);
  reach = 7 * MAX (self->target.half_width, self->target.half_height);
  do
    self->occluder.path_x = _siamban_synth_wave (random, reach, 0.02, 0.08);
  while (fabs (_siamban_synth_wave_at (&self->occluder.path_x, 0)) < reach / 4);
}

static void
init_light (SynthScene *self, SiambanRandom *random)
{
  self->light = _siamban_synth_wave (random, _siamban_synth_between (random, 0, 0.25), 0.01, 0.12);
  self->light_slope_x = _siamban_synth_wave (random, _siamban_synth_between (random, 0, 0.35),
                                             0.005, 0.05);
  self->light_slope_y = _siamban_synth_wave (random, _siamban_synth_between (random, 0, 0.35),
                                             0.005, 0.05);
  for (guint c = 0; c < 3; c++)
    {
      self->cast[c] = _siamban_synth_between (random, 0, 0.08);
      self->cast_speed[c] = _siamban_synth_between (random, 0.01, 0.06);
    }
  self->noise = _siamban_synth_chance (random, 0.3) ? _siamban_synth_between (random, 3, 9)
                                                    : _siamban_synth_between (random, 0, 3);
  self->n_blurs = _siamban_random_below (random, 3);
  self->gray = _siamban_synth_chance (random, 0.08);
}

/* Brings the colours nearer to greys of their own brightness. */
static void
fade_palette (SynthPalette *palette, float saturation)
{
  for (guint i = 0; i < palette->n_colors; i++)
    {
      float *bgr = palette->colors[i].bgr;
      const float gray = (bgr[0] + bgr[1] + bgr[2]) / 3;

      for (guint c = 0; c < 3; c++)
        bgr[c] = gray + saturation * (bgr[c] - gray);
    }
}

/* A pure function of its arguments. */
SynthScene *
_siamban_synth_scene_new (guint64 seed, guint video, guint width, guint height)
{
  SynthScene *self = g_atomic_rc_box_new0 (SynthScene);
  SynthPalette background_palette, palette;
  SiambanRandom random;
  double half_width, half_height;

  _siamban_random_init (&random, seed, video, SIAMBAN_STREAM_SYNTH);
  self->width = width;
  self->height = height;
  self->noise_seed = ((guint64) _siamban_random_uint32 (&random) << 32) |
                     _siamban_random_uint32 (&random);

  background_palette = _siamban_synth_palette (&random);
  /* Most places are duller than what moves in them. */
  if (_siamban_synth_chance (&random, 0.5))
    fade_palette (&background_palette, (float) _siamban_synth_between (&random, 0.2, 0.6));
  /* Some targets have the colours of what is behind them. */
  palette = _siamban_synth_chance (&random, 0.2)
                ? _siamban_synth_palette_near (&random, &background_palette, 0.15)
                : _siamban_synth_palette (&random);
  init_background (self, &random, &background_palette);

  draw_size (&random, self, &half_width, &half_height);
  _siamban_synth_actor_init (&self->target, &random, &palette, half_width, half_height);
  set_in_motion (&self->target, &random, self);

  self->below = g_new0 (SynthActor, MAX_FURNITURE + MAX_DISTRACTORS);
  add_furniture (self, &random);
  add_distractors (self, &random, &palette);
  if (_siamban_synth_chance (&random, 0.45))
    add_occluder (self, &random);
  init_light (self, &random);

  return self;
}

/* The world repeats a little beyond the frame, so that what leaves on one side comes back on the
 * other. */
static double
wrap (double position, double margin, double length)
{
  const double period = length + 2 * margin;
  const double moved = position + margin;

  return moved - period * floor (moved / period) - margin;
}

SynthPose
_siamban_synth_scene_pose (const SynthScene *self, const SynthActor *actor, double t)
{
  SynthPose pose = _siamban_synth_actor_pose (actor, t);

  if (actor->fixed)
    {
      const double margin = 1.5 * hypot (actor->half_width, actor->half_height);

      pose.x = wrap (pose.x - _siamban_synth_wave_at (&self->pan_x, t), margin, self->width);
      pose.y = wrap (pose.y - _siamban_synth_wave_at (&self->pan_y, t), margin, self->height);
    }

  return pose;
}

SynthPose
_siamban_synth_scene_occluder_pose (const SynthScene *self, double t)
{
  const SynthPose target = _siamban_synth_actor_pose (&self->target, t);
  const double along = _siamban_synth_wave_at (&self->occluder.path_x, t);
  const double cosine = cos (self->occluder_angle), sine = sin (self->occluder_angle);
  SynthPose pose = _siamban_synth_actor_pose (&self->occluder, t);

  pose.x = target.x + cosine * along - sine * self->occluder_aside;
  pose.y = target.y + sine * along + cosine * self->occluder_aside;

  return pose;
}

SiambanBox
_siamban_synth_scene_box (const SynthScene *self, guint frame)
{
  const SynthPose pose = _siamban_synth_scene_pose (self, &self->target, frame);
  const SiambanBox box = _siamban_synth_actor_box (&self->target, &pose, frame);

  return (SiambanBox){ MAX (box.x1, 0), MAX (box.y1, 0), MIN (box.x2, self->width),
                       MIN (box.y2, self->height) };
}
