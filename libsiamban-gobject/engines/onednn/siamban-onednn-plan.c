/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onednn-plan-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-memory-private.h"
#include "siamban-onednn-convolution-private.h"

#define ALIGNMENT 64

static void
step_free (gpointer data)
{
  SiambanOnednnStep *step = data;

  if (step->clear != NULL)
    step->clear (step);
  g_free (step->text);
  g_free (step);
}

static void
derived_free (gpointer data)
{
  SiambanOnednnDerived *derived = data;

  if (derived->steps == NULL)
    step_free (derived->step);
  g_free (derived);
}

static gboolean
is_persistent (const SiambanOnednnBlock *block)
{
  return block->life.last == G_MAXUINT;
}

static void
block_free (gpointer data)
{
  SiambanOnednnBlock *block = data;

  if (is_persistent (block))
    _siamban_memory_free (block->data, block->life.size);
  g_free (block);
}

static void
find_groups (SiambanOnednnPlan *self)
{
  self->groups = _siamban_plan_groups (self->program->graph, self->program->needs_gradient);

  for (guint i = 0; i < self->groups->len; i++)
    {
      const SiambanPlanGroup *group = &g_array_index (self->groups, SiambanPlanGroup, i);

      self->group_indices[group->main] = self->group_indices[group->value] = i + 1;
      self->group_indices[group->fold] = self->group_indices[group->add] = i + 1;
    }
  self->group_indices[0] = 0;
}

const SiambanPlanGroup *
_siamban_onednn_plan_group (const SiambanOnednnPlan *self, guint value)
{
  const guint index = self->group_indices[value];

  return index == 0 ? NULL : &g_array_index (self->groups, SiambanPlanGroup, index - 1);
}

SiambanOnednnPlan *
_siamban_onednn_plan_new (SiambanProgram *program)
{
  SiambanOnednnPlan *self = g_new0 (SiambanOnednnPlan, 1);

  self->program = program;
  self->lanes = _siamban_onednn_get_lanes ();
  self->kernels = _siamban_kernels_get (self->lanes);
  self->stream = _siamban_onednn_stream_new ();
  self->blocks = g_ptr_array_new_with_free_func (block_free);
  g_ptr_array_add (self->blocks, g_new0 (SiambanOnednnBlock, 1));
  self->derived = g_ptr_array_new_with_free_func (derived_free);
  self->forward = g_ptr_array_new_with_free_func (step_free);
  self->backward = g_ptr_array_new_with_free_func (step_free);
  self->current = self->forward;

  self->n_values = siamban_graph_get_n_values (program->graph);
  self->value_blocks = g_new0 (guint, self->n_values + 1);
  self->group_indices = g_new0 (guint, self->n_values + 1);
  self->done_forward = g_new0 (gboolean, self->n_values + 1);
  self->done_backward = g_new0 (gboolean, self->n_values + 1);
  self->restored = g_new0 (gboolean, self->n_values + 1);
  self->is_plain = g_new0 (gboolean, self->n_values + 1);
  self->contributions = g_new0 (GArray *, self->n_values + 1);
  self->has_gradient = g_new0 (gboolean, _siamban_weights_get_n (program->weights));

  self->exact = program->exact;
  find_groups (self);

  return self;
}

void
_siamban_onednn_plan_free (SiambanOnednnPlan *self)
{
  g_ptr_array_unref (self->derived);
  g_ptr_array_unref (self->forward);
  g_ptr_array_unref (self->backward);
  g_ptr_array_unref (self->blocks);
  for (guint value = 0; value <= self->n_values; value++)
    g_clear_pointer (&self->contributions[value], g_array_unref);
  g_free (self->value_blocks);
  g_array_unref (self->groups);
  g_free (self->group_indices);
  g_free (self->done_forward);
  g_free (self->done_backward);
  g_free (self->restored);
  g_free (self->is_plain);
  g_free (self->contributions);
  g_free (self->has_gradient);
  _siamban_memory_free (self->arena, self->arena_size + ALIGNMENT);
  _siamban_onednn_stream_free (self->stream);
  g_free (self);
}

void
_siamban_onednn_plan_begin_backward (SiambanOnednnPlan *self)
{
  self->current = self->backward;
}

static SiambanOnednnBlock *
block_at (SiambanOnednnPlan *self, guint block)
{
  return g_ptr_array_index (self->blocks, block);
}

/* Whole cache lines, and one more so that equal blocks do not fall on the same lines. */
guint
_siamban_onednn_plan_add_block (SiambanOnednnPlan *self, gsize n_floats)
{
  SiambanOnednnBlock *block = g_new0 (SiambanOnednnBlock, 1);

  block->life.size = (n_floats * sizeof (float) + 2 * ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);
  block->life.first = G_MAXUINT;
  g_ptr_array_add (self->blocks, block);

  return self->blocks->len - 1;
}

/* Its numbers stay from step to step; it begins as zeros. */
guint
_siamban_onednn_plan_add_persistent (SiambanOnednnPlan *self, gsize n_floats)
{
  const guint index = _siamban_onednn_plan_add_block (self, n_floats);
  SiambanOnednnBlock *block = block_at (self, index);

  block->life.first = 0;
  block->life.last = G_MAXUINT;
  self->n_persistent_bytes += block->life.size;

  return index;
}

void
_siamban_onednn_plan_keep (SiambanOnednnPlan *self, guint block)
{
  SiambanPlanBlock *life = &block_at (self, block)->life;

  life->last = MAX (life->last, G_MAXUINT - 1);
}

float *
_siamban_onednn_plan_get_data (SiambanOnednnPlan *self, guint block)
{
  return block == 0 ? NULL : block_at (self, block)->data;
}

SiambanMap
_siamban_onednn_plan_map (const SiambanOnednnPlan *self, guint value)
{
  const gint64 *shape = _siamban_graph_peek_node (self->program->graph, value)->shape;

  return (SiambanMap){ (gsize) shape[0], ((gsize) shape[1] + self->lanes - 1) / self->lanes,
                       (gsize) shape[2], (gsize) shape[3] };
}

/* The floats of a value's block. */
gsize
_siamban_onednn_plan_count (const SiambanOnednnPlan *self, guint value)
{
  const SiambanMap map = _siamban_onednn_plan_map (self, value);

  if (self->is_plain[value])
    return _siamban_node_get_n_elements (_siamban_graph_peek_node (self->program->graph, value));

  return map.n * map.blocks * map.height * map.width * self->lanes;
}

guint
_siamban_onednn_plan_value (SiambanOnednnPlan *self, guint value)
{
  if (self->value_blocks[value] == 0)
    self->value_blocks[value] = _siamban_onednn_plan_add_block (
        self, _siamban_onednn_plan_count (self, value));

  return self->value_blocks[value];
}

static SiambanOnednnStep *
step_new (SiambanOnednnPlan *self, gsize size, void (*run) (SiambanOnednnStep *), guint value)
{
  SiambanOnednnStep *step = g_malloc0 (size);

  step->run = run;
  step->plan = self;
  step->value = value;
  step->node = value == 0 ? NULL : _siamban_graph_peek_node (self->program->graph, value);

  return step;
}

gpointer
_siamban_onednn_plan_add_step (SiambanOnednnPlan *self,
                               gsize size,
                               void (*run) (SiambanOnednnStep *),
                               guint value,
                               char *text)
{
  SiambanOnednnStep *step = step_new (self, size, run, value);

  step->text = text;
  g_ptr_array_add (self->current, step);

  return step;
}

/* Only for the step that was added last, or one that derives weights: lives count in order. */
void
_siamban_onednn_step_use (SiambanOnednnStep *step, guint slot, guint block)
{
  SiambanOnednnPlan *self = (SiambanOnednnPlan *) step->plan;
  const guint now = self->forward->len + self->backward->len;
  SiambanPlanBlock *life = &block_at (self, block)->life;

  g_assert (slot < SIAMBAN_ONEDNN_MAX_DATA);
  step->blocks[slot] = block;
  if (block == 0)
    return;

  life->first = MIN (life->first, now);
  life->last = MAX (life->last, now);
}

static SiambanOnednnDerived *
find_derived (SiambanOnednnPlan *self, const SiambanOnednnDerived *wanted)
{
  for (guint i = 0; i < self->derived->len; i++)
    {
      SiambanOnednnDerived *derived = g_ptr_array_index (self->derived, i);

      if (derived->convolution->weight == wanted->convolution->weight &&
          derived->convolution->bias == wanted->convolution->bias &&
          derived->convolution->n_groups == wanted->convolution->n_groups &&
          (derived->fold != NULL ? derived->fold->weight : NULL) ==
              (wanted->fold != NULL ? wanted->fold->weight : NULL) &&
          derived->steps == wanted->steps && derived->form == wanted->form)
        return derived;
    }

  return NULL;
}

SiambanOnednnDerived *
_siamban_onednn_plan_derive (SiambanOnednnPlan *self,
                             const SiambanNode *convolution,
                             const SiambanNode *fold,
                             const char *form,
                             gsize n_floats,
                             gboolean brief,
                             gsize step_size,
                             gboolean *is_new)
{
  const gboolean trained = siamban_parameter_get_trainable (convolution->weight) ||
                           (convolution->bias != NULL &&
                            siamban_parameter_get_trainable (convolution->bias));
  const SiambanOnednnDerived wanted = {
    .convolution = convolution,
    .fold = fold,
    .form = g_intern_string (form),
    .trained = trained,
    .steps = brief && trained && self->program->training ? self->current : NULL,
  };
  SiambanOnednnDerived *derived = find_derived (self, &wanted);

  *is_new = derived == NULL;
  if (derived != NULL)
    return derived;

  derived = g_memdup2 (&wanted, sizeof wanted);
  if (wanted.steps != NULL)
    {
      derived->step = _siamban_onednn_plan_add_step (self, step_size, NULL, 0,
                                                     g_strdup ("weights in blocks"));
      derived->block = _siamban_onednn_plan_add_block (self, n_floats);
      _siamban_onednn_step_use (derived->step, 0, derived->block);
    }
  else
    {
      derived->step = step_new (self, step_size, NULL, 0);
      derived->block = _siamban_onednn_plan_add_persistent (self, n_floats);
      derived->step->blocks[0] = derived->block;
    }
  derived->step->node = convolution;
  g_ptr_array_add (self->derived, derived);

  return derived;
}

gboolean
_siamban_onednn_plan_has_other_users (const SiambanOnednnPlan *self, guint value, guint user)
{
  for (guint i = 1; i <= self->n_values; i++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (self->program->graph, i);

      for (guint k = 0; i != user && k < node->n_inputs; k++)
        if (node->inputs[k] == value)
          return TRUE;
    }

  return _siamban_graph_peek_node (self->program->graph, value)->is_output;
}

/* Correlations are quick, and their results as large as a map of the head. */
static gboolean
restore_xcorr (SiambanOnednnPlan *self, const SiambanPlanGroup *group)
{
  const SiambanNode *node = _siamban_graph_peek_node (self->program->graph, group->main);

  if (node->op != SIAMBAN_OP_XCORR_DEPTHWISE || node->is_output || group->value != group->main ||
      !_siamban_onednn_plan_needs_gradient (self, group->value))
    return FALSE;

  _siamban_onednn_plan_restore (self, group);
  self->value_blocks[group->value] = 0;

  return _siamban_onednn_xcorr_depthwise.forward (self, group, NULL);
}

static void
restore_value (SiambanOnednnPlan *self, guint value)
{
  const SiambanPlanGroup *group = _siamban_onednn_plan_group (self, value);

  if (group != NULL && group->value == value && !self->restored[value])
    self->restored[value] = restore_xcorr (self, group) ||
                            _siamban_onednn_batch_norm_restore (self, group);
}

void
_siamban_onednn_plan_restore (SiambanOnednnPlan *self, const SiambanPlanGroup *group)
{
  const SiambanNode *node = _siamban_graph_peek_node (self->program->graph, group->main);

  if (group->activation != SIAMBAN_OP_NONE)
    restore_value (self, group->value);
  if (node->op == SIAMBAN_OP_ADD || node->op == SIAMBAN_OP_CROP)
    return;

  for (guint i = 0; i < node->n_inputs; i++)
    restore_value (self, node->inputs[i]);
}

gboolean
_siamban_onednn_plan_needs_gradient (const SiambanOnednnPlan *self, guint value)
{
  return self->program->needs_gradient[value];
}

GArray *
_siamban_onednn_plan_get_contributions (SiambanOnednnPlan *self, guint value)
{
  if (self->contributions[value] == NULL)
    self->contributions[value] = g_array_new (FALSE, FALSE, sizeof (SiambanOnednnContribution));

  return self->contributions[value];
}

void
_siamban_onednn_plan_contribute (SiambanOnednnPlan *self, guint value, guint block, gboolean shared)
{
  const SiambanOnednnContribution contribution = { block, shared };

  if (_siamban_onednn_plan_needs_gradient (self, value))
    g_array_append_val (_siamban_onednn_plan_get_contributions (self, value), contribution);
}

static void
run_sum (SiambanOnednnStep *step)
{
  const float *summands[SIAMBAN_ONEDNN_MAX_DATA];
  gsize n = 0;

  while (n + 1 < SIAMBAN_ONEDNN_MAX_DATA && step->data[n + 1] != NULL)
    {
      summands[n] = step->data[n + 1];
      n++;
    }
  step->plan->kernels->sum (summands, n, step->data[0],
                            _siamban_onednn_plan_count (step->plan, step->value));
}

/* The contributions as one, summed up if there are several; block 0 if there are none. */
SiambanOnednnContribution
_siamban_onednn_plan_gradient (SiambanOnednnPlan *self, guint value)
{
  GArray *list = _siamban_onednn_plan_get_contributions (self, value);

  if (list->len == 0)
    return (SiambanOnednnContribution){ 0, FALSE };

  while (list->len > 1)
    {
      const guint n = MIN (list->len, SIAMBAN_ONEDNN_MAX_DATA - 1);
      SiambanOnednnContribution total = g_array_index (list, SiambanOnednnContribution, 0);
      SiambanOnednnStep *step;

      if (total.shared)
        total.block = _siamban_onednn_plan_add_block (self,
                                                      _siamban_onednn_plan_count (self, value));
      total.shared = FALSE;
      step = _siamban_onednn_plan_add_step (self, sizeof *step, run_sum, value,
                                            g_strdup_printf ("sum of %u gradients", n));
      _siamban_onednn_step_use (step, 0, total.block);
      for (guint i = 0; i < n; i++)
        _siamban_onednn_step_use (step, i + 1,
                                  g_array_index (list, SiambanOnednnContribution, i).block);
      g_array_remove_range (list, 0, n);
      g_array_prepend_val (list, total);
    }

  return g_array_index (list, SiambanOnednnContribution, 0);
}

float *
_siamban_onednn_plan_parameter_gradient (SiambanOnednnPlan *self,
                                         SiambanParameter *parameter,
                                         gboolean *accumulate)
{
  guint index;

  if (parameter == NULL || self->program->gradients == NULL ||
      !siamban_parameter_get_trainable (parameter))
    return NULL;

  index = _siamban_parameter_get_index (parameter);
  *accumulate = self->has_gradient[index];
  self->has_gradient[index] = TRUE;

  return self->program->gradients + _siamban_parameter_get_offset (parameter);
}

static void
bind_step (gpointer data, gpointer user_data)
{
  SiambanOnednnPlan *self = user_data;
  SiambanOnednnStep *step = data;

  for (guint i = 0; i < SIAMBAN_ONEDNN_MAX_DATA; i++)
    step->data[i] = _siamban_onednn_plan_get_data (self, step->blocks[i]);
  if (step->bind != NULL)
    step->bind (step);
}

static gpointer
get_memory (gsize n_bytes, GError **error)
{
  gpointer memory = _siamban_memory_new (n_bytes);

  if (memory == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                 "The network needs %" G_GSIZE_FORMAT " MiB of memory, which are not there",
                 n_bytes >> 20);

  return memory;
}

/* Gives every block its place. What was never used has none. */
static gboolean
place_blocks (SiambanOnednnPlan *self, GError **error)
{
  g_autoptr (GPtrArray) lives = g_ptr_array_new ();

  for (guint i = 1; i < self->blocks->len; i++)
    {
      SiambanOnednnBlock *block = block_at (self, i);

      if (is_persistent (block))
        {
          block->data = get_memory (block->life.size, error);
          if (block->data == NULL)
            return FALSE;
        }
      else if (block->life.first != G_MAXUINT)
        {
          g_ptr_array_add (lives, &block->life);
          self->n_separate_bytes += block->life.size;
        }
    }

  self->arena_size = _siamban_plan_memory ((SiambanPlanBlock **) lives->pdata, lives->len,
                                           ALIGNMENT);
  /* Lanes beyond the channels must hold finite numbers from the first step on: zeros will do. */
  self->arena = get_memory (self->arena_size + ALIGNMENT, error);
  if (self->arena == NULL)
    return FALSE;

  for (guint i = 0; i < lives->len; i++)
    {
      SiambanOnednnBlock *block = g_ptr_array_index (lives, i);

      block->data = (float *) (self->arena + block->life.offset);
    }

  return TRUE;
}

gboolean
_siamban_onednn_plan_finish (SiambanOnednnPlan *self, GError **error)
{
  if (!place_blocks (self, error))
    return FALSE;

  for (guint i = 0; i < self->derived->len; i++)
    {
      SiambanOnednnDerived *derived = g_ptr_array_index (self->derived, i);

      if (derived->steps == NULL)
        bind_step (derived->step, self);
    }
  g_ptr_array_foreach (self->forward, bind_step, self);
  g_ptr_array_foreach (self->backward, bind_step, self);

  return TRUE;
}

void
_siamban_onednn_to_blocked (const float *from, float *to, const SiambanNode *node, gsize lanes)
{
  const gsize n_channels = (gsize) node->shape[1];
  const gsize n_blocks = (n_channels + lanes - 1) / lanes;
  const gsize area = (gsize) (node->shape[2] * node->shape[3]);

  memset (to, 0, (gsize) node->shape[0] * n_blocks * area * lanes * sizeof (float));
#pragma omp parallel for collapse(2) schedule(static) if (n_channels * area > 65536)
  for (gsize image = 0; image < (gsize) node->shape[0]; image++)
    for (gsize channel = 0; channel < n_channels; channel++)
      {
        const float *source = from + (image * n_channels + channel) * area;
        float *target = to + (image * n_blocks + channel / lanes) * area * lanes + channel % lanes;

        for (gsize i = 0; i < area; i++)
          target[i * lanes] = source[i];
      }
}

void
_siamban_onednn_from_blocked (const float *from, float *to, const SiambanNode *node, gsize lanes)
{
  const gsize n_channels = (gsize) node->shape[1];
  const gsize n_blocks = (n_channels + lanes - 1) / lanes;
  const gsize area = (gsize) (node->shape[2] * node->shape[3]);

  for (gsize image = 0; image < (gsize) node->shape[0]; image++)
    for (gsize channel = 0; channel < n_channels; channel++)
      {
        const float *source = from + (image * n_blocks + channel / lanes) * area * lanes +
                              channel % lanes;
        float *target = to + (image * n_channels + channel) * area;

        for (gsize i = 0; i < area; i++)
          target[i] = source[i * lanes];
      }
}
