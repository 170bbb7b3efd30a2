/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-synth.h"
#include "siamban-box.h"
#include "siamban-random-private.h"

G_BEGIN_DECLS

/* Samples of an outline around its centre. Corners of polygons lie on samples, so that the box of
 * the samples is the box of the shape. */
#define SYNTH_N_ANGLES 512
#define SYNTH_MAX_PARTS 4
#define SYNTH_MAX_COLORS 5
#define SYNTH_N_WAVES 3
#define SYNTH_N_HARMONICS 2
#define SYNTH_MAX_LEVELS 10

typedef struct
{
  float bgr[3]; /* 0 … 255 */
} SynthColor;

typedef struct
{
  SynthColor colors[SYNTH_MAX_COLORS];
  guint n_colors;
} SynthPalette;

/* A square picture that repeats in both directions, with halved copies of itself for distant
 * views. */
typedef struct
{
  guint n_levels;
  guint log2_size;
  guint8 *levels[SYNTH_MAX_LEVELS]; /* (size >> level, size >> level, BGRX) */
} SynthTexture;

/* A smooth path: sines of several speeds. */
typedef struct
{
  double amplitude[SYNTH_N_WAVES];
  double speed[SYNTH_N_WAVES]; /* radians a frame */
  double phase[SYNTH_N_WAVES];
} SynthWave;

/* A shape that is seen whole from its centre: how far its edge is in each direction. */
typedef struct
{
  float radius[SYNTH_N_ANGLES];
  double x, y; /* centre, in the object's own units */
  double half_width, half_height;
  double angle;
  SynthWave swing; /* added to the angle */
  guint order[SYNTH_N_HARMONICS];
  double strength[SYNTH_N_HARMONICS];
  double speed[SYNTH_N_HARMONICS];
  double phase[SYNTH_N_HARMONICS];
  SynthTexture *texture;
  gboolean owns_texture;
  double shade_x, shade_y; /* brighter on one side */
  double rim;              /* darkening of the edge, 0 none */
} SynthPart;

/* What moves: one to four parts. Its own units are half its size, so that it spans about -1 … 1. */
typedef struct
{
  guint n_parts;
  SynthPart parts[SYNTH_MAX_PARTS];
  double half_width, half_height; /* pixels */
  double x, y;                    /* pixels, the middle of the path */
  SynthWave path_x, path_y;
  SynthWave growth;   /* logarithm of the scale */
  SynthWave stretch;  /* logarithm of the aspect */
  double angle, spin; /* radians, radians a frame */
  SynthWave sway;     /* added to the angle */
  gboolean fixed;     /* stands still in the world, moves with the camera */
  double softness;    /* pixels over which the edge fades */
} SynthActor;

typedef struct
{
  double x, y;
  double a, b, c, d; /* own units → pixels: (a b; c d) */
} SynthPose;

typedef struct
{
  guint width, height;
  guint64 noise_seed;

  SynthTexture *background[2]; /* the second may be absent */
  double ground_angle, ground_zoom;
  double horizon, horizon_slope;
  SynthWave pan_x, pan_y;

  SynthActor target;
  SynthActor *below; /* distractors and things in the scene, drawn before the target */
  guint n_below;
  SynthActor occluder;
  gboolean has_occluder;
  double occluder_angle, occluder_aside; /* of its way across the target, which path_x gives */

  SynthWave light;
  SynthWave light_slope_x, light_slope_y;
  double cast[3], cast_speed[3];
  double noise; /* standard deviation in grey levels */
  guint n_blurs;
  gboolean gray;
} SynthScene;

/* siamban-synth-texture.c */
SynthPalette _siamban_synth_palette (SiambanRandom *random);
SynthPalette
_siamban_synth_palette_near (SiambanRandom *random, const SynthPalette *other, double distance);
SynthTexture *
_siamban_synth_texture_new (SiambanRandom *random, guint log2_size, const SynthPalette *palette);
void _siamban_synth_texture_free (SynthTexture *self);

/* siamban-synth-field.c: a (size, size) field of 0 … 1 that repeats */
void _siamban_synth_field (SiambanRandom *random, float *field, guint size);
void _siamban_synth_noise (SiambanRandom *random,
                           float *field,
                           guint size,
                           guint first_cells,
                           guint n_octaves,
                           double persistence);

/* siamban-synth-actor.c */
double _siamban_synth_between (SiambanRandom *random, double low, double high);
gboolean _siamban_synth_chance (SiambanRandom *random, double probability);
SynthWave
_siamban_synth_wave (SiambanRandom *random, double amplitude, double slowest, double fastest);
double _siamban_synth_wave_at (const SynthWave *self, double t);
void _siamban_synth_actor_init (SynthActor *self,
                                SiambanRandom *random,
                                const SynthPalette *palette,
                                double half_width,
                                double half_height);
void _siamban_synth_actor_copy_look (SynthActor *self, const SynthActor *other);
void _siamban_synth_actor_clear (SynthActor *self);
float _siamban_synth_part_radius (const SynthPart *self, guint i, double t);
SynthPose _siamban_synth_actor_pose (const SynthActor *self, double t);
SynthPose _siamban_synth_part_pose (const SynthPart *self, const SynthPose *actor, double t);
SiambanBox _siamban_synth_actor_box (const SynthActor *self, const SynthPose *pose, double t);

/* siamban-synth-scene.c */
SynthScene *_siamban_synth_scene_new (guint64 seed, guint video, guint width, guint height);
void _siamban_synth_scene_unref (SynthScene *self);
SynthPose _siamban_synth_scene_pose (const SynthScene *self, const SynthActor *actor, double t);
SynthPose _siamban_synth_scene_occluder_pose (const SynthScene *self, double t);
/* The target's extent within the frame, as if nothing covered it. */
SiambanBox _siamban_synth_scene_box (const SynthScene *self, guint frame);

/* siamban-synth-render.c: @pixels is (height, width, BGR) */
void _siamban_synth_scene_render (const SynthScene *self, guint frame, guint8 *pixels);

/* siamban-synth.c */
void _siamban_synth_emit_progress (SiambanSynth *self, guint64 n_done, guint64 n_frames);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SynthScene, _siamban_synth_scene_unref)

G_END_DECLS
