/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-random-private.h"

/* One block of four numbers, as in the paper's known-answer vectors. */
void
_siamban_philox_block (const guint32 key[2], const guint32 counter[4], guint32 out[4])
{
  guint32 k0 = key[0], k1 = key[1];
  guint32 c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];

  for (guint round = 0; round < SIAMBAN_PHILOX_ROUNDS; round++)
    {
      const guint64 product0 = (guint64) SIAMBAN_PHILOX_MULTIPLIER_0 * c0;
      const guint64 product1 = (guint64) SIAMBAN_PHILOX_MULTIPLIER_1 * c2;

      c0 = (guint32) (product1 >> 32) ^ c1 ^ k0;
      c1 = (guint32) product1;
      c2 = (guint32) (product0 >> 32) ^ c3 ^ k1;
      c3 = (guint32) product0;
      k0 += SIAMBAN_PHILOX_WEYL_0;
      k1 += SIAMBAN_PHILOX_WEYL_1;
    }

  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

void
_siamban_random_init (SiambanRandom *self, guint64 seed, guint64 index, SiambanStream stream)
{
  *self = (SiambanRandom){
    .key = { (guint32) seed, (guint32) (seed >> 32) },
    .counter = { 0, (guint32) stream, (guint32) index, (guint32) (index >> 32) },
  };
}

guint32
_siamban_random_uint32 (SiambanRandom *self)
{
  if (self->n_left == 0)
    {
      _siamban_philox_block (self->key, self->counter, self->block);
      self->counter[0]++;
      self->n_left = 4;
    }

  return self->block[4 - self->n_left--];
}

/* Uniform in 0 … n - 1 without the bias of a plain remainder: draws that fall into the incomplete
 * last run of n are drawn again. */
guint32
_siamban_random_below (SiambanRandom *self, guint32 n)
{
  const guint32 n_rejected = n == 0 ? 0 : (guint32) (-n) % n;
  guint32 draw;

  g_return_val_if_fail (n > 0, 0);

  do
    draw = _siamban_random_uint32 (self);
  while (draw < n_rejected);

  return draw % n;
}

/* Uniform in [0, 1), all 53 bits of a double. */
double
_siamban_random_uniform (SiambanRandom *self)
{
  const guint32 high = _siamban_random_uint32 (self) >> 5;
  const guint32 low = _siamban_random_uint32 (self) >> 6;

  return (high * 67108864.0 + low) / 9007199254740992.0;
}

void
_siamban_random_shuffle (SiambanRandom *self, guint32 *items, gsize n_items)
{
  for (gsize i = n_items; i > 1; i--)
    {
      const gsize j = _siamban_random_below (self, (guint32) i);
      const guint32 other = items[j];

      items[j] = items[i - 1];
      items[i - 1] = other;
    }
}
