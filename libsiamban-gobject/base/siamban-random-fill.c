/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "siamban-random-private.h"

/* The numbers of a stream, many at a time: loops over lanes that a compiler turns into vectors. All
 * is made of sums, products and square roots, which every machine rounds the same way; the
 * functions of the C library differ in the last bit from one processor to the next. */

#define LANES 64

/* Wider vectors where the processor has them. They change no bit. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
#define FOR_EACH_PROCESSOR                                                                         \
  __attribute__ ((target_clones ("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

#define INLINE static inline __attribute__ ((always_inline))

#define N_LOG_TERMS 11
#define N_TURN_TERMS 9

typedef struct
{
  guint32 words[4][LANES];
} Blocks;

INLINE void
make_blocks (const guint32 key[2], const guint32 counter[4], Blocks *blocks)
{
  guint32 k0 = key[0], k1 = key[1];

  for (guint32 i = 0; i < LANES; i++)
    {
      blocks->words[0][i] = counter[0] + i;
      blocks->words[1][i] = counter[1];
      blocks->words[2][i] = counter[2];
      blocks->words[3][i] = counter[3];
    }
  for (guint round = 0; round < SIAMBAN_PHILOX_ROUNDS; round++)
    {
      for (guint i = 0; i < LANES; i++)
        {
          const guint64 product0 = (guint64) SIAMBAN_PHILOX_MULTIPLIER_0 * blocks->words[0][i];
          const guint64 product1 = (guint64) SIAMBAN_PHILOX_MULTIPLIER_1 * blocks->words[2][i];

          blocks->words[0][i] = (guint32) (product1 >> 32) ^ blocks->words[1][i] ^ k0;
          blocks->words[1][i] = (guint32) product1;
          blocks->words[2][i] = (guint32) (product0 >> 32) ^ blocks->words[3][i] ^ k1;
          blocks->words[3][i] = (guint32) product0;
        }
      k0 += SIAMBAN_PHILOX_WEYL_0;
      k1 += SIAMBAN_PHILOX_WEYL_1;
    }
}

/* As _siamban_random_uniform() does it. */
INLINE double
to_uniform (guint32 high, guint32 low)
{
  return ((gint32) (high >> 5) * 67108864.0 + (gint32) (low >> 6)) / 9007199254740992.0;
}

INLINE guint64
to_bits (double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);

  return bits;
}

INLINE double
from_bits (guint64 bits)
{
  double value;

  memcpy (&value, &bits, sizeof value);

  return value;
}

/* log(x) = e·log(2) + 2·artanh((m − 1) / (m + 1)) for x = m·2ᵉ with m around 1; x is positive and
 * not denormal. */
INLINE double
log_of (double x)
{
  /* Rounds at √½: its bits are added so that the exponent steps there. */
  const guint64 shifted = to_bits (x) + (to_bits (1) - to_bits (G_SQRT2 / 2));
  const guint64 mantissa = (shifted & G_GUINT64_CONSTANT (0xfffffffffffff)) + to_bits (G_SQRT2 / 2);
  /* A number of 2⁵² with the exponent as its last bits, less the 2⁵². */
  const double exponent = from_bits ((shifted >> 52) | to_bits (4503599627370496.0)) -
                          (4503599627370496.0 + 1023);
  const double m = from_bits (mantissa);
  const double s = (m - 1) / (m + 1), z = s * s;
  double sum = 1.0 / (2 * N_LOG_TERMS + 1);

#pragma GCC unroll 16
  for (int i = N_LOG_TERMS - 1; i >= 0; i--)
    sum = sum * z + 1.0 / (2 * i + 1);

  return exponent * G_LN2 + 2 * s * sum;
}

/* cos(2π·turn) for 0 ≤ turn < 1, by the series of the sine or cosine of at most an eighth. */
INLINE double
cos_of_turn (double turn)
{
  const gint32 quarter = (gint32) (4 * turn + 0.5);
  const double y = 2 * G_PI * (turn - quarter / 4.0), z = y * y;
  /* Bits instead of conditions, which would keep the loop from becoming vectors. */
  const guint64 is_odd = -(guint64) (guint32) (quarter & 1);
  const guint64 sign = (guint64) (guint32) ((quarter + 1) & 2) << 62;
  double cosine = 1, sine = 1;

#pragma GCC unroll 16
  for (int i = N_TURN_TERMS; i > 0; i--)
    {
      cosine = 1 - z * (1.0 / (2 * i * (2 * i - 1))) * cosine;
      sine = 1 - z * (1.0 / (2 * i * (2 * i + 1))) * sine;
    }

  return from_bits (((to_bits (y * sine) & is_odd) | (to_bits (cosine) & ~is_odd)) ^ sign);
}

/* Box and Muller's method. Of the pair that it makes one is dropped, so that a draw is a fixed number
 * of steps of the counter. */
INLINE double
to_normal (double uniform, double turn)
{
  return sqrt (-2 * log_of (1 - uniform)) * cos_of_turn (turn);
}

double
_siamban_random_normal (SiambanRandom *self)
{
  const double uniform = _siamban_random_uniform (self);

  return to_normal (uniform, _siamban_random_uniform (self));
}

FOR_EACH_PROCESSOR static void
make_normal (const SiambanRandom *random, double deviation, float values[LANES])
{
  Blocks blocks;

  make_blocks (random->key, random->counter, &blocks);
  for (guint i = 0; i < LANES; i++)
    {
      const double uniform = to_uniform (blocks.words[0][i], blocks.words[1][i]);
      const double turn = to_uniform (blocks.words[2][i], blocks.words[3][i]);

      values[i] = (float) (deviation * to_normal (uniform, turn));
    }
}

FOR_EACH_PROCESSOR static void
make_uniform (const SiambanRandom *random, double bound, float values[2 * LANES])
{
  Blocks blocks;

  make_blocks (random->key, random->counter, &blocks);
  for (guint i = 0; i < LANES; i++)
    {
      const double first = to_uniform (blocks.words[0][i], blocks.words[1][i]);
      const double second = to_uniform (blocks.words[2][i], blocks.words[3][i]);

      values[2 * i] = (float) (bound * (2 * first - 1));
      values[2 * i + 1] = (float) (bound * (2 * second - 1));
    }
}

void
_siamban_random_fill_normal (SiambanRandom *self, double deviation, float *values, gsize n)
{
  float some[LANES];

  self->n_left = 0;
  for (gsize n_now; n > 0; n -= n_now, values += n_now)
    {
      n_now = MIN (n, LANES);
      make_normal (self, deviation, some);
      memcpy (values, some, n_now * sizeof *values);
      self->counter[0] += (guint32) n_now;
    }
}

void
_siamban_random_fill_uniform (SiambanRandom *self, double bound, float *values, gsize n)
{
  float some[2 * LANES];

  self->n_left = 0;
  for (gsize n_now; n > 0; n -= n_now, values += n_now)
    {
      n_now = MIN (n, 2 * LANES);
      make_uniform (self, bound, some);
      memcpy (values, some, n_now * sizeof *values);
      self->counter[0] += (guint32) (n_now + 1) / 2;
    }
}

void
_siamban_random_skip (SiambanRandom *self, guint32 n_blocks)
{
  self->counter[0] += n_blocks;
  self->n_left = 0;
}
