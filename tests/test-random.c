/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-random-private.h"

/* The known answers that the authors of Philox publish with Random123 (philox4x32, 10 rounds). */
static void
test_known_answers (void)
{
  static const struct
  {
    guint32 counter[4], key[2], expected[4];
  } cases[] = {
    { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
      { 0xffffffff, 0xffffffff },
      { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
      { 0xa4093822, 0x299f31d0 },
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint32 out[4];

      _siamban_philox_block (cases[i].key, cases[i].counter, out);
      for (guint j = 0; j < 4; j++)
        g_assert_cmphex (out[j], ==, cases[i].expected[j]);
    }
}

static void
test_streams_are_independent (void)
{
  SiambanRandom a, again, other_index, other_stream, other_seed;
  guint n_equal = 0;

  _siamban_random_init (&a, 7, 3, SIAMBAN_STREAM_PAIR);
  _siamban_random_init (&again, 7, 3, SIAMBAN_STREAM_PAIR);
  _siamban_random_init (&other_index, 7, 4, SIAMBAN_STREAM_PAIR);
  _siamban_random_init (&other_stream, 7, 3, SIAMBAN_STREAM_LABELS);
  _siamban_random_init (&other_seed, 8, 3, SIAMBAN_STREAM_PAIR);

  for (guint i = 0; i < 1000; i++)
    {
      const guint32 value = _siamban_random_uint32 (&a);

      g_assert_cmpuint (value, ==, _siamban_random_uint32 (&again));
      n_equal += value == _siamban_random_uint32 (&other_index);
      n_equal += value == _siamban_random_uint32 (&other_stream);
      n_equal += value == _siamban_random_uint32 (&other_seed);
    }

  g_assert_cmpuint (n_equal, <, 3);
}

static void
test_distributions (void)
{
  enum
  {
    N = 100000
  };
  SiambanRandom random;
  guint counts[7] = { 0 };
  double sum = 0, normal_sum = 0, normal_squares = 0;

  _siamban_random_init (&random, 1, 0, SIAMBAN_STREAM_TEST);
  for (guint i = 0; i < N; i++)
    {
      const double uniform = _siamban_random_uniform (&random);
      const double normal = _siamban_random_normal (&random);

      g_assert_true (uniform >= 0 && uniform < 1 && isfinite (normal));
      sum += uniform;
      normal_sum += normal;
      normal_squares += normal * normal;
      counts[_siamban_random_below (&random, 7)]++;
    }

  /* Five standard deviations of each statistic. */
  g_assert_cmpfloat (fabs (sum / N - 0.5), <, 5 * sqrt (1 / 12.0 / N));
  g_assert_cmpfloat (fabs (normal_sum / N), <, 5 / sqrt (N));
  g_assert_cmpfloat (fabs (normal_squares / N - 1), <, 5 * sqrt (2.0 / N));
  for (guint i = 0; i < 7; i++)
    g_assert_cmpfloat (fabs (counts[i] - N / 7.0), <, 5 * sqrt (N * 6.0 / 49));
}

/* Two functions of two uniform numbers, as the C library has them. Their own error is of the size of
 * the difference. */
static void
test_normal_formula (void)
{
  SiambanRandom random, same;

  _siamban_random_init (&random, 3, 0, SIAMBAN_STREAM_TEST);
  same = random;
  for (guint i = 0; i < 100000; i++)
    {
      const double radius = sqrt (-2 * log (1 - _siamban_random_uniform (&same)));
      const double expected = radius * cos (2 * G_PI * _siamban_random_uniform (&same));

      g_assert_cmpfloat (fabs (_siamban_random_normal (&random) - expected), <, 1e-14);
    }
}

/* Many at once are the same as one by one, from any block on, to the last bit. */
static void
test_fill (void)
{
  const guint n = 1001, n_skipped = 100;
  g_autofree float *normals = g_new (float, n + 1);
  g_autofree float *uniforms = g_new (float, n + 1);
  SiambanRandom random;

  normals[n] = uniforms[n] = 7;
  _siamban_random_init (&random, 9, 1, SIAMBAN_STREAM_TEST);
  _siamban_random_fill_normal (&random, 0.3, normals, n_skipped);
  _siamban_random_fill_normal (&random, 0.3, normals + n_skipped, n - n_skipped);
  _siamban_random_init (&random, 9, 1, SIAMBAN_STREAM_TEST);
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat (normals[i], ==, (float) (0.3 * _siamban_random_normal (&random)));

  _siamban_random_init (&random, 9, 1, SIAMBAN_STREAM_TEST);
  _siamban_random_fill_uniform (&random, 0.3, uniforms, n);
  _siamban_random_init (&random, 9, 1, SIAMBAN_STREAM_TEST);
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat (uniforms[i], ==,
                       (float) (0.3 * (2 * _siamban_random_uniform (&random) - 1)));
  g_assert_true (normals[n] == 7 && uniforms[n] == 7);

  _siamban_random_init (&random, 9, 1, SIAMBAN_STREAM_TEST);
  _siamban_random_skip (&random, n_skipped / SIAMBAN_NORMALS_PER_BLOCK);
  g_assert_cmpfloat (normals[n_skipped], ==, (float) (0.3 * _siamban_random_normal (&random)));
  _siamban_random_init (&random, 9, 1, SIAMBAN_STREAM_TEST);
  _siamban_random_skip (&random, n_skipped / SIAMBAN_UNIFORMS_PER_BLOCK);
  g_assert_cmpfloat (uniforms[n_skipped], ==,
                     (float) (0.3 * (2 * _siamban_random_uniform (&random) - 1)));
}

static void
test_shuffle (void)
{
  guint32 items[64];
  guint64 seen = 0;
  guint n_in_place = 0;
  SiambanRandom random;

  for (guint i = 0; i < 64; i++)
    items[i] = i;
  _siamban_random_init (&random, 5, 0, SIAMBAN_STREAM_TEST);
  _siamban_random_shuffle (&random, items, 64);
  for (guint i = 0; i < 64; i++)
    {
      seen |= G_GUINT64_CONSTANT (1) << items[i];
      n_in_place += items[i] == i;
    }

  g_assert_cmphex (seen, ==, G_MAXUINT64);
  g_assert_cmpuint (n_in_place, <, 10);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/random/known-answers", test_known_answers);
  g_test_add_func ("/random/streams-are-independent", test_streams_are_independent);
  g_test_add_func ("/random/distributions", test_distributions);
  g_test_add_func ("/random/normal-formula", test_normal_formula);
  g_test_add_func ("/random/fill", test_fill);
  g_test_add_func ("/random/shuffle", test_shuffle);

  return g_test_run ();
}
