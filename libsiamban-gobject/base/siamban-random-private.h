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

void _siamban_random_init (SiambanRandom *self, guint64 seed, guint64 index, SiambanStream stream);
guint32 _siamban_random_uint32 (SiambanRandom *self);
guint32 _siamban_random_below (SiambanRandom *self, guint32 n);
double _siamban_random_uniform (SiambanRandom *self);
double _siamban_random_normal (SiambanRandom *self);
void _siamban_random_shuffle (SiambanRandom *self, guint32 *items, gsize n_items);

void _siamban_philox_block (const guint32 key[2], const guint32 counter[4], guint32 out[4]);

G_END_DECLS
