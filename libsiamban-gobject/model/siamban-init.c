/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-model-private.h"

#include "siamban-random-private.h"
#include "siamban-weights-private.h"

/* A stream of random numbers for each parameter: one more layer changes no other's values. */

/* The largest layer alone is a sixteenth of the work. */
#define MAX_THREADS 8

static void
fill (SiambanParameter *parameter, const SiambanInit *init, SiambanRandom *random)
{
  const gsize n = siamban_parameter_get_n_elements (parameter);
  float *values = _siamban_parameter_peek_values (parameter);

  switch (init->kind)
    {
    case SIAMBAN_INIT_NORMAL:
      for (gsize i = 0; i < n; i++)
        values[i] = (float) (init->scale * _siamban_random_normal (random));
      break;

    case SIAMBAN_INIT_UNIFORM:
      for (gsize i = 0; i < n; i++)
        values[i] = (float) (init->scale * (2.0 * _siamban_random_uniform (random) - 1.0));
      break;

    case SIAMBAN_INIT_CONSTANT:
    default:
      for (gsize i = 0; i < n; i++)
        values[i] = (float) init->scale;
      break;
    }
}

/* What several threads fill at a time; the streams make the result the same whoever fills what. */
typedef struct
{
  SiambanWeights *weights;
  const GArray *inits;
  guint64 seed;
  guint next; /* atomic */
} Work;

static gpointer
fill_cb (gpointer data)
{
  Work *work = data;
  guint i;

  while ((i = (guint) g_atomic_int_add (&work->next, 1)) < work->inits->len)
    {
      SiambanParameter *parameter = _siamban_weights_peek (work->weights, i);
      gint64 *counter = _siamban_parameter_peek_counter (parameter);
      SiambanRandom random;

      _siamban_random_init (&random, work->seed, i, SIAMBAN_STREAM_WEIGHTS);
      if (counter != NULL)
        *counter = 0;
      else
        fill (parameter, &g_array_index (work->inits, SiambanInit, i), &random);
    }

  return NULL;
}

void
_siamban_init_fill (SiambanWeights *weights, const GArray *inits, guint64 seed)
{
  const guint n_helpers = MIN (g_get_num_processors (), MAX_THREADS) - 1;
  Work work = { weights, inits, seed, 0 };
  GThread *helpers[MAX_THREADS];

  _siamban_weights_get_store (weights);
  for (guint i = 0; i < n_helpers; i++)
    helpers[i] = g_thread_new ("siamban-init", fill_cb, &work);
  fill_cb (&work);
  for (guint i = 0; i < n_helpers; i++)
    g_thread_join (helpers[i]);
}
