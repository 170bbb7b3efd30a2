/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a stream of numbers is for. Streams of one (seed, index) never overlap, so that a draw
 * added to one purpose changes no other. */
typedef enum
{
  SIAMBAN_STREAM_ORDER,
  SIAMBAN_STREAM_PAIR,
  SIAMBAN_STREAM_TEMPLATE,
  SIAMBAN_STREAM_SEARCH,
  SIAMBAN_STREAM_LABELS,
  SIAMBAN_STREAM_WEIGHTS,
  SIAMBAN_STREAM_SYNTH,
  SIAMBAN_STREAM_TEST,
  SIAMBAN_STREAM_STAGES,
} SiambanStream;

/* A counter-based generator, Philox 4x32-10 (Salmon et al., 2011, «Parallel random numbers: as
 * easy as 1, 2, 3»): the n-th number is a pure function of (seed, index, stream, n). */
typedef struct
{
  guint32 key[2];
  guint32 counter[4];
  guint32 block[4];
  guint n_left;
} SiambanRandom;

#define SIAMBAN_PHILOX_MULTIPLIER_0 0xD2511F53u
#define SIAMBAN_PHILOX_MULTIPLIER_1 0xCD9E8D57u
#define SIAMBAN_PHILOX_WEYL_0 0x9E3779B9u
#define SIAMBAN_PHILOX_WEYL_1 0xBB67AE85u
#define SIAMBAN_PHILOX_ROUNDS 10

/* How many values of a kind a block of four numbers makes. */
#define SIAMBAN_NORMALS_PER_BLOCK 1
#define SIAMBAN_UNIFORMS_PER_BLOCK 2

void _siamban_random_init (SiambanRandom *self, guint64 seed, guint64 index, SiambanStream stream);
guint32 _siamban_random_uint32 (SiambanRandom *self);
guint32 _siamban_random_below (SiambanRandom *self, guint32 n);
double _siamban_random_uniform (SiambanRandom *self);
double _siamban_random_normal (SiambanRandom *self);

/* The next values of the stream, @deviation times normal ones or uniform ones in ±@bound, from the
 * next whole block on: what the functions above draw one by one from a new stream. */
void _siamban_random_fill_normal (SiambanRandom *self, double deviation, float *values, gsize n);
void _siamban_random_fill_uniform (SiambanRandom *self, double bound, float *values, gsize n);

/* Leaves out so many whole blocks, so that several threads fill one stream's values. */
void _siamban_random_skip (SiambanRandom *self, guint32 n_blocks);

void _siamban_random_shuffle (SiambanRandom *self, guint32 *items, gsize n_items);

void _siamban_philox_block (const guint32 key[2], const guint32 counter[4], guint32 out[4]);

G_END_DECLS
