/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cuda-program-private.h"

#include "siamban-error.h"
#include "siamban-plan-private.h"

/* All of a program's memory is one piece, in which values and gradients share places by when they
 * are needed. Step v computes value v, step 2 · n + 1 - v differentiates it. */

#define ALIGNMENT 256

typedef struct
{
  SiambanPlanBlock block;
  gpointer *pointer;
} Piece;

typedef struct
{
  SiambanCudaProgram *program;
  GPtrArray *pieces; /* of Piece */
  guint end;         /* after the last step */
} Planning;

static void
want (Planning *self, gpointer pointer, gsize size, guint first, guint last)
{
  Piece *piece = g_new0 (Piece, 1);

  piece->block.size = MAX (size, 1);
  piece->block.first = first;
  piece->block.last = last;
  piece->pointer = pointer;
  g_ptr_array_add (self->pieces, piece);
}

/* The last step that looks at a value: a user's own, or the differentiation of it or of a user. */
static guint
last_look (Planning *self, guint value)
{
  SiambanProgram *program = &self->program->parent_instance;
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);
  guint last = value;

  if (node->is_output || node->op == SIAMBAN_OP_INPUT || node->op == SIAMBAN_OP_LOSS_SUM)
    return self->end;
  if (program->needs_gradient[value])
    last = self->end - value;

  for (guint user = value + 1; user <= self->program->n_values; user++)
    {
      const SiambanNode *other = _siamban_graph_peek_node (program->graph, user);

      for (guint i = 0; i < other->n_inputs; i++)
        if (other->inputs[i] == value)
          last = MAX (last, program->needs_gradient[user] ? self->end - user
                            : self->program->values[user].group != 0
                                ? self->program->values[user].group
                                : user);
    }

  return last;
}

/* The highest user that is differentiated. */
static guint
find_last_user (SiambanCudaProgram *self, guint value)
{
  for (guint user = self->n_values; user > value; user--)
    {
      const SiambanNode *node = _siamban_graph_peek_node (self->parent_instance.graph, user);

      if (self->parent_instance.needs_gradient[user])
        for (guint i = 0; i < node->n_inputs; i++)
          if (node->inputs[i] == value)
            return user;
    }

  return 0;
}

/* Batch norms keep statistics (two floats a channel) and the sums of their gradient (two doubles),
 * sums over levels a number a level, losses how many points they have. */
static gsize
saved_size (const SiambanNode *node)
{
  switch (node->op)
    {
    case SIAMBAN_OP_BATCH_NORM:
      return (gsize) node->shape[1] * (2 * sizeof (float) + 2 * sizeof (double));

    case SIAMBAN_OP_LEVEL_SUM:
    case SIAMBAN_OP_CROSS_ENTROPY:
    case SIAMBAN_OP_IOU_LOSS:
      return SIAMBAN_NODE_MAX_INPUTS * sizeof (double);

    default:
      return 0;
    }
}

static void
plan_convolution (Planning *self, guint value)
{
  SiambanProgram *program = &self->program->parent_instance;
  const SiambanNode *node = _siamban_cuda_convolution_of (self->program, value);
  const guint input = node->inputs[0];
  SiambanCudaValue *own = &self->program->values[value];

  want (self, &own->weight.data,
        _siamban_cuda_map_size (own->weight, siamban_parameter_get_n_elements (node->weight)), 0,
        self->end);
  if (own->fusion.convolution != 0)
    want (self, &own->bias.data, _siamban_cuda_map_size (own->bias, (gsize) node->shape[1]), 0,
          self->end);
  if (own->value.narrow && !self->program->values[input].value.narrow)
    want (self, &own->narrow_input.data,
          _siamban_cuda_map_size (
              own->narrow_input,
              _siamban_node_get_n_elements (_siamban_graph_peek_node (program->graph, input))),
          value, program->needs_gradient[value] ? self->end - value : value);
}

static void
plan_value (Planning *self, guint value)
{
  SiambanCudaProgram *program = self->program;
  const SiambanNode *node = _siamban_graph_peek_node (program->parent_instance.graph, value);
  SiambanCudaValue *own = &program->values[value];
  const gsize size = _siamban_cuda_map_size (own->value, _siamban_node_get_n_elements (node));

  if (own->group != 0)
    return;

  own->last_user = find_last_user (program, value);
  want (self, &own->value.data, size, node->op == SIAMBAN_OP_INPUT ? 0 : value,
        last_look (self, value));
  if (program->parent_instance.needs_gradient[value])
    want (self, &own->gradient.data, size, own->last_user > 0 ? self->end - own->last_user : 0,
          self->end - value);
  if (saved_size (node) > 0)
    want (self, &own->saved, saved_size (node), 0, self->end);
  if (_siamban_cuda_convolution_of (program, value) != NULL)
    plan_convolution (self, value);
}

/* What all operations share is as large as the largest of them wants it. */
static void
plan_shared (Planning *self)
{
  SiambanCudaProgram *program = self->program;
  gsize scratch = 1, workspace = 1, n_channels = 1;

  for (guint value = 1; value <= program->n_values; value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (program->parent_instance.graph, value);

      n_channels = MAX (n_channels, (gsize) node->shape[1]);
      if (node->is_output)
        scratch = MAX (scratch, _siamban_node_get_n_elements (node));
      if (_siamban_cuda_convolution_of (program, value) == NULL)
        continue;

      if (program->parent_instance.needs_gradient[value])
        scratch = MAX (scratch, MAX (siamban_parameter_get_n_elements (node->weight),
                                     _siamban_node_get_n_elements (_siamban_graph_peek_node (
                                         program->parent_instance.graph, node->inputs[0]))));
      for (guint pass = 0; pass < SIAMBAN_CUDA_N_PASSES; pass++)
        if (program->values[value].plans[pass] != NULL)
          workspace = MAX (workspace,
                           _siamban_cuda_plan_get_workspace (program->values[value].plans[pass]));
      for (guint pass = 0; pass < SIAMBAN_CUDA_N_PASSES; pass++)
        if (program->values[value].products[pass] != NULL)
          workspace = MAX (workspace, _siamban_cuda_product_get_workspace (
                                          program->values[value].products[pass]));
    }

  want (self, &program->scratch, scratch * sizeof (float), 0, self->end);
  want (self, &program->workspace, workspace, 0, self->end);
  want (self, &program->parts,
        sizeof (double) * MAX (2 * SIAMBAN_CUDA_MAX_PARTS * n_channels, SIAMBAN_CUDA_NORM_PARTS), 0,
        self->end);
  want (self, &program->squares, sizeof (double), 0, self->end);
  if (program->parent_instance.training)
    want (self, &program->settings,
          (SIAMBAN_CUDA_RATES + _siamban_weights_get_n (program->parent_instance.weights)) *
              sizeof (float),
          0, self->end);
}

static void
plan_slots (Planning *self)
{
  const gsize size = _siamban_cuda_place_inputs (self->program);

  for (guint i = 0; i < G_N_ELEMENTS (self->program->slots); i++)
    want (self, &self->program->slots[i].device, size, 0, self->end);
}

/* Of the host, for what the device reads and writes there by itself. */
static gboolean
allocate_host (SiambanCudaProgram *self, GError **error)
{
  const gsize slot = SIAMBAN_CUDA_ALIGN (_siamban_cuda_place_inputs (self));
  const gsize n_settings = SIAMBAN_CUDA_RATES +
                           _siamban_weights_get_n (self->parent_instance.weights);

  if (!_siamban_cuda_check (cudaHostAlloc ((void **) &self->host_arena,
                                           2 * slot + n_settings * sizeof (float),
                                           cudaHostAllocDefault),
                            "cudaHostAlloc", error))
    return FALSE;
  self->slots[0].host = self->host_arena;
  self->slots[1].host = self->host_arena + slot;
  self->host_settings = (float *) (self->host_arena + 2 * slot);

  return TRUE;
}

/* Weights, gradients and momentum do not grow with the batch. */
static gsize
count_flat_bytes (const SiambanCudaProgram *self)
{
  const SiambanWeightsStore *store = _siamban_weights_get_layout (self->parent_instance.weights);

  return sizeof (float) *
         (store->n_values + (self->parent_instance.training ? 2 * store->n_weight_values : 0));
}

/* The suggestion assumes that all of the arena grows with the batch; some of it does not, so it is
 * one less than the proportion. */
static gboolean
fail_for_memory (const SiambanCudaProgram *self, GError **error)
{
  const gsize flat = count_flat_bytes (self);
  g_autofree char *asked = g_format_size_full (self->arena_size + flat, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *left = NULL;
  gsize n_free = 0, total = 0;
  gint64 batch = 1, suggested = 0;

  for (guint value = 1; value <= self->n_values; value++)
    batch = MAX (batch, _siamban_graph_peek_node (self->parent_instance.graph, value)->shape[0]);
  cudaMemGetInfo (&n_free, &total);
  left = g_format_size_full (n_free, G_FORMAT_SIZE_IEC_UNITS);
  if (n_free > flat)
    suggested = (gint64) ((double) batch * (double) (n_free - flat) / (double) self->arena_size) -
                1;

  if (suggested > 0)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                 "cuda:%d has %s left, and a batch of %" G_GINT64_FORMAT
                 " needs %s; try a batch of %" G_GINT64_FORMAT,
                 self->device, left, batch, asked, MIN (suggested, batch - 1));
  else
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                 "cuda:%d has %s left, and a batch of %" G_GINT64_FORMAT " needs %s", self->device,
                 left, batch, asked);

  return FALSE;
}

/* One piece for all, so that there is one place where memory can be missing. */
static gboolean
allocate (SiambanCudaProgram *self, GError **error)
{
  const SiambanWeightsStore *store = _siamban_weights_get_layout (self->parent_instance.weights);
  const gsize begin = (self->arena_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  const cudaError_t status = cudaMalloc ((void **) &self->arena, begin + count_flat_bytes (self));

  if (status == cudaErrorMemoryAllocation)
    {
      /* The runtime remembers the failure; later calls must not report it. */
      cudaGetLastError ();
      return fail_for_memory (self, error);
    }
  if (!_siamban_cuda_check (status, "cudaMalloc", error))
    return FALSE;

  self->weights = (float *) (self->arena + begin);
  if (self->parent_instance.training)
    {
      self->gradients = self->weights + store->n_values;
      self->momentum = self->gradients + store->n_weight_values;
    }

  return TRUE;
}

gboolean
_siamban_cuda_plan_memory (SiambanCudaProgram *self, GError **error)
{
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func (g_free);
  Planning planning = { self, pieces, 2 * self->n_values + 1 };

  for (guint value = 1; value <= self->n_values; value++)
    plan_value (&planning, value);
  plan_shared (&planning);
  plan_slots (&planning);

  /* A piece begins with its block. */
  self->arena_size = _siamban_plan_memory ((SiambanPlanBlock **) pieces->pdata, pieces->len,
                                           ALIGNMENT);
  if (!allocate (self, error) || !allocate_host (self, error))
    return FALSE;

  for (guint i = 0; i < pieces->len; i++)
    {
      const Piece *piece = g_ptr_array_index (pieces, i);

      *piece->pointer = self->arena + piece->block.offset;
    }

  return TRUE;
}
