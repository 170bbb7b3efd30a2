/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-communicator-private.h"
#include "siamban-error.h"
#include "siamban-program-private.h"
#include "siamban-tensor-private.h"
#include "siamban-training-private.h"

/* Floats that are summed in one call: 16 MiB, so that a fast rank does not wait for all of a slow
 * one's memory at once. */
#define BUCKET_SIZE ((gsize) 1 << 22)

/* Of what a rank says to the others, in bytes. */
#define MAX_TEXT 1024

void
_siamban_training_set_communicator (SiambanTraining *self,
                                    SiambanCommunicator *communicator,
                                    GAsyncQueue *warnings)
{
  g_set_object (&self->communicator, communicator);
  self->rank = siamban_communicator_get_rank (communicator);
  self->n_ranks = siamban_communicator_get_n_ranks (communicator);
  g_clear_pointer (&self->warnings, g_async_queue_unref);
  self->warnings = g_async_queue_ref (warnings);
}

static gboolean
broadcast_counters (SiambanTraining *self, GError **error)
{
  SiambanWeights *weights = siamban_model_get_weights (self->model);

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      gint64 *counter = _siamban_parameter_peek_counter (_siamban_weights_peek (weights, i));

      if (counter != NULL &&
          !_siamban_communicator_broadcast (self->communicator, counter, sizeof *counter, error))
        return FALSE;
    }

  return TRUE;
}

/* Ranks that start from other files or another place would drift apart without a word. */
static gboolean
check_position (SiambanTraining *self, GError **error)
{
  guint64 iteration = self->iteration;

  if (!_siamban_communicator_broadcast (self->communicator, &iteration, sizeof iteration, error))
    return FALSE;
  if (iteration == self->iteration)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               "Rank 0 starts after iteration %" G_GUINT64_FORMAT
               ", rank %u after %" G_GUINT64_FORMAT ": all ranks must see the same files",
               iteration, self->rank, self->iteration);

  return FALSE;
}

/* That of one weight, wherever the engine keeps it. */
static gboolean
broadcast_momentum_of (SiambanTraining *self, SiambanParameter *parameter, GError **error)
{
  const char *name = siamban_parameter_get_name (parameter);
  g_autoptr (SiambanTensor) own = siamban_program_get_momentum (self->program, name, error);
  g_autoptr (SiambanTensor) shared = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const gint64 *shape;
  gpointer values;
  gsize n_dims, size;

  if (own == NULL)
    return FALSE;
  shape = siamban_tensor_get_shape (own, &n_dims);
  size = siamban_tensor_get_n_elements (own) * sizeof (float);
  values = g_memdup2 (_siamban_tensor_peek (own), size);
  bytes = g_bytes_new_take (values, size);
  if (!_siamban_communicator_broadcast (self->communicator, values, size, error))
    return FALSE;
  shared = siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, n_dims, bytes, error);

  return shared != NULL && siamban_program_set_momentum (self->program, name, shared, error);
}

static gboolean
broadcast_momentum (SiambanTraining *self, GError **error)
{
  SiambanWeights *weights = self->program->weights;

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    if (self->program->trains[i] &&
        !broadcast_momentum_of (self, _siamban_weights_peek (weights, i), error))
      return FALSE;

  return TRUE;
}

gboolean
_siamban_training_share_start (SiambanTraining *self, GError **error)
{
  const SiambanWeightsStore *store = _siamban_weights_get_store (self->program->weights);

  if (self->n_ranks == 1)
    return TRUE;

  if (!check_position (self, error) ||
      !_siamban_communicator_broadcast (self->communicator, store->values,
                                        store->n_values * sizeof (float), error) ||
      !broadcast_momentum (self, error) || !broadcast_counters (self, error))
    return FALSE;
  siamban_program_weights_changed (self->program);

  return TRUE;
}

/* Where the gradients of what trains end: what is frozen mostly lies behind. */
static gsize
count_gradients (SiambanProgram *program)
{
  gsize end = 0;

  for (guint i = 0; i < _siamban_weights_get_n (program->weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (program->weights, i);

      if (program->trains[i])
        end = MAX (end, _siamban_parameter_get_offset (parameter) +
                            siamban_parameter_get_n_elements (parameter));
    }

  return end;
}

/* The sum over all ranks of a part of the gradients, in place. */
static gboolean
reduce_part (SiambanTraining *self, float *values, gsize n, GError **error)
{
  const char *reduction = siamban_config_get_string (self->config, "TRAIN.GRAD_REDUCE");
  const float scale = 1.0f / (float) self->n_ranks;

  if (!_siamban_communicator_all_sum (self->communicator, values, n, error))
    return FALSE;
  if (g_str_equal (reduction, "average"))
    for (gsize i = 0; i < n; i++)
      values[i] *= scale;

  return TRUE;
}

gboolean
_siamban_training_reduce_gradients (SiambanTraining *self, GError **error)
{
  const gsize n_values = count_gradients (self->program);
  float *gradients = self->program->gradients;
  /* What lies on a device passes through the host. */
  g_autofree float *bucket = NULL;

  /* Backward did it, where they lie. */
  if (self->n_ranks == 1 || self->connection != NULL)
    return TRUE;

  if (gradients == NULL)
    bucket = g_new (float, MIN (BUCKET_SIZE, n_values));
  for (gsize i = 0; i < n_values; i += BUCKET_SIZE)
    {
      const gsize n = MIN (BUCKET_SIZE, n_values - i);
      float *values = bucket != NULL ? bucket : gradients + i;

      if ((bucket != NULL &&
           !_siamban_program_read_gradients (self->program, i, n, bucket, error)) ||
          !reduce_part (self, values, n, error) ||
          (bucket != NULL &&
           !_siamban_program_write_gradients (self->program, i, n, bucket, error)))
        return FALSE;
    }

  return TRUE;
}

gboolean
_siamban_training_share_buffers (SiambanTraining *self, GError **error)
{
  const SiambanWeightsStore *store = _siamban_weights_get_layout (self->program->weights);
  const char *sync = siamban_config_get_string (self->config, "TRAIN.BN_SYNC");
  const gsize n_buffers = store->n_values - store->n_weight_values;
  float *buffers = store->values + store->n_weight_values;

  if (self->n_ranks == 1 || g_str_equal (sync, "none"))
    return TRUE;

  if (g_str_equal (sync, "broadcast"))
    {
      if (!_siamban_communicator_broadcast (self->communicator, buffers, n_buffers * sizeof (float),
                                            error))
        return FALSE;
    }
  else
    {
      if (!_siamban_communicator_all_sum (self->communicator, buffers, n_buffers, error))
        return FALSE;
      for (gsize i = 0; i < n_buffers; i++)
        buffers[i] /= (float) self->n_ranks;
    }
  siamban_program_weights_changed (self->program);

  return TRUE;
}

/* Every rank must take the same decision by its loss, or one would wait for the others for ever. */
gboolean
_siamban_training_reduce_losses (SiambanTraining *self, SiambanIteration *iteration, GError **error)
{
  float losses[] = { (float) iteration->cls_loss, (float) iteration->loc_loss,
                     (float) iteration->total_loss };

  if (self->n_ranks == 1)
    return TRUE;
  if (!_siamban_communicator_all_sum (self->communicator, losses, G_N_ELEMENTS (losses), error))
    return FALSE;

  iteration->cls_loss = losses[0] / self->n_ranks;
  iteration->loc_loss = losses[1] / self->n_ranks;
  iteration->total_loss = losses[2] / self->n_ranks;

  return TRUE;
}

double
_siamban_training_take_communication_time (SiambanTraining *self)
{
  const double seconds = (double) self->communicator->waited / G_USEC_PER_SEC +
                         self->program->waited;

  self->communicator->waited = 0;
  self->program->waited = 0;

  return seconds;
}

gboolean
_siamban_training_agree (SiambanTraining *self, gboolean *go_on, GError **error)
{
  float n_against = *go_on ? 0 : 1;

  if (!_siamban_communicator_all_sum (self->communicator, &n_against, 1, error))
    return FALSE;
  *go_on = n_against == 0;

  return TRUE;
}

/* The first rank that wants to speak; 0 if none does. */
static gboolean
find_speaker (SiambanTraining *self, gboolean wants, guint *speaker, GError **error)
{
  g_autofree float *wishes = g_new0 (float, self->n_ranks);

  wishes[self->rank] = wants ? 1 : 0;
  if (!_siamban_communicator_all_sum (self->communicator, wishes, self->n_ranks, error))
    return FALSE;
  *speaker = 0;
  for (guint rank = self->n_ranks; rank > 0; rank--)
    if (wishes[rank - 1] > 0)
      *speaker = rank - 1;

  return TRUE;
}

char *
_siamban_training_ask_rank (SiambanTraining *self,
                            gboolean bad,
                            SiambanDescribeFunc describe,
                            gpointer user_data,
                            GError **error)
{
  g_autofree float *bytes = g_new0 (float, MAX_TEXT);
  g_autofree char *text = g_new0 (char, MAX_TEXT + 1);
  guint speaker;

  if (self->n_ranks == 1)
    return describe (self, user_data);
  if (!find_speaker (self, bad, &speaker, error))
    return NULL;

  if (speaker == self->rank)
    {
      g_autofree char *own = describe (self, user_data);
      g_autofree char *named = g_strdup_printf ("on rank %u, %s", speaker, own);

      for (gsize i = 0; i < MAX_TEXT && named[i] != '\0'; i++)
        bytes[i] = (guchar) named[i];
    }
  /* Only one of the addends is not 0. */
  if (!_siamban_communicator_all_sum (self->communicator, bytes, MAX_TEXT, error))
    return NULL;
  for (gsize i = 0; i < MAX_TEXT; i++)
    text[i] = (char) (guchar) bytes[i];

  return g_utf8_make_valid (text, -1);
}
