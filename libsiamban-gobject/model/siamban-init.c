/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-model-private.h"

#include "siamban-process.h"
#include "siamban-random-private.h"
#include "siamban-weights-private.h"

/* A stream of random numbers for each parameter: one more layer changes no other's values. */

#define MAX_THREADS 16

/* Values that one thread fills at a time; a multiple of what a block of random numbers makes. */
#define PIECE (1u << 18)

typedef struct
{
  guint parameter;
  gsize begin;
} Piece;

/* What several threads fill at a time; the streams make the result the same whoever fills what. */
typedef struct
{
  SiambanWeights *weights;
  const GArray *inits;
  guint64 seed;
  GArray *pieces; /* Piece */
  guint next;     /* atomic */
} Work;

static void
fill (Work *work, const Piece *piece)
{
  const SiambanInit *init = &g_array_index (work->inits, SiambanInit, piece->parameter);
  SiambanParameter *parameter = _siamban_weights_peek (work->weights, piece->parameter);
  const gsize n = MIN (siamban_parameter_get_n_elements (parameter) - piece->begin, PIECE);
  float *values = _siamban_parameter_peek_values (parameter) + piece->begin;
  SiambanRandom random;

  _siamban_random_init (&random, work->seed, piece->parameter, SIAMBAN_STREAM_WEIGHTS);
  switch (init->kind)
    {
    case SIAMBAN_INIT_NORMAL:
      _siamban_random_skip (&random, (guint32) (piece->begin / SIAMBAN_NORMALS_PER_BLOCK));
      _siamban_random_fill_normal (&random, init->scale, values, n);
      break;

    case SIAMBAN_INIT_UNIFORM:
      _siamban_random_skip (&random, (guint32) (piece->begin / SIAMBAN_UNIFORMS_PER_BLOCK));
      _siamban_random_fill_uniform (&random, init->scale, values, n);
      break;

    case SIAMBAN_INIT_CONSTANT:
    default:
      for (gsize i = 0; i < n; i++)
        values[i] = (float) init->scale;
      break;
    }
}

static gpointer
fill_cb (gpointer data)
{
  Work *work = data;
  guint i;

  while ((i = (guint) g_atomic_int_add (&work->next, 1)) < work->pieces->len)
    fill (work, &g_array_index (work->pieces, Piece, i));

  return NULL;
}

/* Counters begin at 0 at once. */
static void
list_pieces (Work *work)
{
  for (guint i = 0; i < work->inits->len; i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (work->weights, i);
      const gsize n = siamban_parameter_get_n_elements (parameter);
      gint64 *counter = _siamban_parameter_peek_counter (parameter);

      if (counter != NULL)
        *counter = 0;
      for (gsize begin = 0; counter == NULL && begin < n; begin += PIECE)
        {
          const Piece piece = { i, begin };

          g_array_append_val (work->pieces, piece);
        }
    }
}

void
_siamban_init_fill (SiambanWeights *weights, const GArray *inits, guint64 seed)
{
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  Work work = { weights, inits, seed, pieces, 0 };
  GThread *helpers[MAX_THREADS];
  guint n_helpers;

  _siamban_weights_get_store (weights);
  list_pieces (&work);
  n_helpers = MIN (MIN (siamban_process_get_n_threads (), MAX_THREADS), pieces->len) - 1;
  for (guint i = 0; i < n_helpers; i++)
    helpers[i] = g_thread_new ("siamban-init", fill_cb, &work);
  fill_cb (&work);
  for (guint i = 0; i < n_helpers; i++)
    g_thread_join (helpers[i]);
}
