/* SPDX-License-Identifier: Apache-2.0 */
#include <omp.h>
#include <string.h>

#include "siamban-error.h"
#include "siamban-onednn-plan-private.h"
#include "siamban-tensor-private.h"

static const SiambanOnednnOp *const operations[SIAMBAN_N_OPS] = {
  [SIAMBAN_OP_CONVOLUTION] = &_siamban_onednn_convolution,
  [SIAMBAN_OP_BATCH_NORM] = &_siamban_onednn_batch_norm,
  [SIAMBAN_OP_RELU] = &_siamban_onednn_activation,
  [SIAMBAN_OP_RELU6] = &_siamban_onednn_activation,
  [SIAMBAN_OP_MAX_POOL] = &_siamban_onednn_max_pool,
  [SIAMBAN_OP_ADD] = &_siamban_onednn_add,
  [SIAMBAN_OP_CROP] = &_siamban_onednn_crop,
  [SIAMBAN_OP_XCORR_DEPTHWISE] = &_siamban_onednn_xcorr_depthwise,
  [SIAMBAN_OP_XCORR] = &_siamban_onednn_xcorr,
  [SIAMBAN_OP_EXP_SCALE] = &_siamban_onednn_exp_scale,
  [SIAMBAN_OP_LEVEL_SUM] = &_siamban_onednn_level_sum,
  [SIAMBAN_OP_CROSS_ENTROPY] = &_siamban_onednn_cross_entropy,
  [SIAMBAN_OP_IOU_LOSS] = &_siamban_onednn_iou_loss,
  [SIAMBAN_OP_LOSS_SUM] = &_siamban_onednn_loss_sum,
};

/* Which derived weights no longer fit the weights. */
typedef enum
{
  NOTHING,
  WHAT_TRAINS,
  EVERYTHING,
} Stale;

typedef struct
{
  SiambanProgram parent_instance;

  SiambanOnednnPlan *plan;
  float *staging; /* an input on its way into blocks */
  Stale stale;
  gboolean updating;
} SiambanOnednnProgram;

typedef SiambanProgramClass SiambanOnednnProgramClass;

G_DEFINE_TYPE (SiambanOnednnProgram, _siamban_onednn_program, SIAMBAN_TYPE_PROGRAM)

#define ONEDNN(program) ((SiambanOnednnProgram *) (program))

/* OpenMP keeps this number for each thread. */
static void
set_threads (SiambanProgram *program)
{
  static gsize available;

  if (g_once_init_enter (&available))
    g_once_init_leave (&available, (gsize) MAX (omp_get_max_threads (), 1));

  omp_set_num_threads (program->n_threads > 0 ? (int) program->n_threads : (int) available);
}

/* Convolutions of oneDNN read images with few channels best as they are. */
static gboolean
is_plain_input (SiambanOnednnPlan *plan, guint value)
{
  SiambanGraph *graph = plan->program->graph;
  const SiambanNode *input = _siamban_graph_peek_node (graph, value);

  if (input->is_output || input->shape[1] >= (gint64) plan->lanes)
    return FALSE;

  for (guint i = 1; i <= plan->n_values; i++)
    {
      const SiambanNode *user = _siamban_graph_peek_node (graph, i);

      for (guint k = 0; k < user->n_inputs; k++)
        if (user->inputs[k] == value && (user->op != SIAMBAN_OP_CONVOLUTION || user->n_groups != 1))
          return FALSE;
    }

  return TRUE;
}

static gboolean
plan_inputs (SiambanOnednnProgram *self, GError **error)
{
  SiambanOnednnPlan *plan = self->plan;
  gsize largest = 0;

  for (guint value = 1; value <= plan->n_values; value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, value);

      if (node->op != SIAMBAN_OP_INPUT)
        continue;
      plan->is_plain[value] = is_plain_input (plan, value);
      plan->value_blocks[value] = _siamban_onednn_plan_add_persistent (
          plan, _siamban_onednn_plan_count (plan, value));
      if (!plan->is_plain[value])
        largest = MAX (largest, _siamban_node_get_n_elements (node));
    }

  self->staging = g_try_new0 (float, MAX (largest, 1));
  if (self->staging == NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                 "The network's inputs need %" G_GSIZE_FORMAT " MiB of memory, which are not there",
                 largest * sizeof (float) >> 20);

  return self->staging != NULL;
}

static gboolean
plan_forward (SiambanOnednnPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->groups->len; i++)
    {
      const SiambanPlanGroup *group = &g_array_index (plan->groups, SiambanPlanGroup, i);
      const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->main);

      if (!operations[node->op]->forward (plan, group, error))
        return FALSE;
    }

  for (guint value = 1; value <= plan->n_values; value++)
    if (_siamban_graph_peek_node (plan->program->graph, value)->is_output)
      _siamban_onednn_plan_keep (plan, _siamban_onednn_plan_value (plan, value));

  return TRUE;
}

static void
run_seed (SiambanOnednnStep *step)
{
  memset (step->data[0], 0, step->plan->lanes * sizeof (float));
  step->data[0][0] = 1;
}

/* The derivative of the loss by itself. */
static void
plan_seed (SiambanOnednnPlan *plan)
{
  const guint loss = _siamban_graph_get_loss (plan->program->graph);
  const guint block = _siamban_onednn_plan_add_block (plan, plan->lanes);
  SiambanOnednnStep *step = _siamban_onednn_plan_add_step (plan, sizeof *step, run_seed, loss,
                                                           g_strdup ("seed"));

  _siamban_onednn_step_use (step, 0, block);
  _siamban_onednn_plan_contribute (plan, loss, block, FALSE);
}

static gboolean
plan_backward (SiambanOnednnPlan *plan, GError **error)
{
  g_autoptr (GArray) order = _siamban_plan_backward_order (plan->program->graph, plan->groups);

  _siamban_onednn_plan_begin_backward (plan);
  plan_seed (plan);

  for (guint i = 0; i < order->len; i++)
    {
      const SiambanPlanGroup *group = &g_array_index (plan->groups, SiambanPlanGroup,
                                                      g_array_index (order, guint, i));
      const SiambanNode *node = _siamban_graph_peek_node (plan->program->graph, group->main);

      if (_siamban_onednn_plan_get_contributions (plan, group->value)->len == 0 ||
          plan->done_backward[group->value])
        continue;

      _siamban_onednn_plan_restore (plan, group);
      if (group->partner != 0)
        _siamban_onednn_plan_restore (plan, _siamban_onednn_plan_group (plan, group->partner));
      if (!operations[node->op]->backward (plan, group, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
siamban_onednn_program_prepare (SiambanProgram *program, GError **error)
{
  SiambanOnednnProgram *self = ONEDNN (program);

  /* oneDNN plans for the number of threads of now. */
  set_threads (program);
  self->plan = _siamban_onednn_plan_new (program);
  self->stale = EVERYTHING;

  return plan_inputs (self, error) && plan_forward (self->plan, error) &&
         (!program->training || plan_backward (self->plan, error)) &&
         _siamban_onednn_plan_finish (self->plan, error);
}

static gboolean
siamban_onednn_program_write_input (SiambanProgram *program,
                                    guint value,
                                    SiambanDType dtype,
                                    gconstpointer data,
                                    GError **error)
{
  SiambanOnednnProgram *self = ONEDNN (program);
  SiambanOnednnPlan *plan = self->plan;
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);
  const gsize n_elements = _siamban_node_get_n_elements (node);
  float *to = _siamban_onednn_plan_get_data (plan, plan->value_blocks[value]);

  set_threads (program);
  if (plan->is_plain[value])
    _siamban_convert_to_float32 (dtype, data, n_elements, to);
  else
    {
      _siamban_convert_to_float32 (dtype, data, n_elements, self->staging);
      _siamban_onednn_to_blocked (self->staging, to, node, plan->lanes);
    }

  return TRUE;
}

static gboolean
siamban_onednn_program_read_output (SiambanProgram *program, guint value, float *to, GError **error)
{
  SiambanOnednnPlan *plan = ONEDNN (program)->plan;
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

  _siamban_onednn_from_blocked (_siamban_onednn_plan_get_data (plan, plan->value_blocks[value]), to,
                                node, plan->lanes);

  return TRUE;
}

static void
derive_weights (SiambanOnednnProgram *self)
{
  for (guint i = 0; i < self->plan->derived->len; i++)
    {
      SiambanOnednnDerived *derived = g_ptr_array_index (self->plan->derived, i);

      if (derived->steps == NULL &&
          (self->stale == EVERYTHING || (self->stale == WHAT_TRAINS && derived->trained)))
        derived->step->run (derived->step);
    }
  self->stale = NOTHING;
}

static void
run_steps (GPtrArray *steps)
{
  for (guint i = 0; i < steps->len; i++)
    {
      SiambanOnednnStep *step = g_ptr_array_index (steps, i);

      step->run (step);
    }
}

static gboolean
siamban_onednn_program_forward (SiambanProgram *program, GError **error)
{
  SiambanOnednnProgram *self = ONEDNN (program);

  set_threads (program);
  derive_weights (self);
  run_steps (self->plan->forward);

  return TRUE;
}

/* A parameter that the loss does not depend on has no step that would write its gradient. */
static void
clear_other_gradients (SiambanProgram *program)
{
  const SiambanOnednnPlan *plan = ONEDNN (program)->plan;

  for (guint i = 0; i < _siamban_weights_get_n (program->weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (program->weights, i);

      if (!plan->has_gradient[i] && siamban_parameter_get_trainable (parameter))
        memset (program->gradients + _siamban_parameter_get_offset (parameter), 0,
                siamban_parameter_get_n_elements (parameter) * sizeof (float));
    }
}

static gboolean
siamban_onednn_program_backward (SiambanProgram *program, GError **error)
{
  set_threads (program);
  clear_other_gradients (program);
  run_steps (ONEDNN (program)->plan->backward);

  return TRUE;
}

static gboolean
siamban_onednn_program_update (SiambanProgram *program,
                               const SiambanUpdate *update,
                               double *grad_norm,
                               GError **error)
{
  ONEDNN (program)->updating = TRUE;

  return _siamban_sgd_update (program, update, grad_norm);
}

/* An update announces a change that leaves frozen weights as they are. */
static void
siamban_onednn_program_weights_changed (SiambanProgram *program)
{
  SiambanOnednnProgram *self = ONEDNN (program);

  self->stale = MAX (self->stale, self->updating ? WHAT_TRAINS : EVERYTHING);
  self->updating = FALSE;
}

static guint64
siamban_onednn_program_get_memory (SiambanProgram *program)
{
  const SiambanOnednnPlan *plan = ONEDNN (program)->plan;

  return plan->arena_size + plan->n_persistent_bytes;
}

static void
describe_steps (GString *text, GPtrArray *steps)
{
  for (guint i = 0; i < steps->len; i++)
    {
      const SiambanOnednnStep *step = g_ptr_array_index (steps, i);

      g_string_append_printf (text, "%4u  %s", step->value, step->text);
      if (step->node != NULL && step->node->weight != NULL)
        g_string_append_printf (text, "  %s", siamban_parameter_get_name (step->node->weight));
      if (step->node != NULL && step->node->name != NULL)
        g_string_append_printf (text, "  “%s”", step->node->name);
      g_string_append_c (text, '\n');
    }
}

static char *
siamban_onednn_program_describe (SiambanProgram *program)
{
  const SiambanOnednnPlan *plan = ONEDNN (program)->plan;
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "oneDNN, own kernels for %s, blocks of %u channels\n",
                          plan->kernels->name, (guint) plan->lanes);
  g_string_append_printf (text, "%u steps forward\n", plan->forward->len);
  describe_steps (text, plan->forward);
  g_string_append_printf (text, "%u steps backward\n", plan->backward->len);
  describe_steps (text, plan->backward);
  g_string_append_printf (text, "%u copies between layouts, %u derived weights\n", plan->n_reorders,
                          plan->derived->len);
  g_string_append_printf (text,
                          "%.1f MiB for values (%.1f MiB if none were reused), "
                          "%.1f MiB for inputs and derived weights\n",
                          (double) plan->arena_size / (1 << 20),
                          (double) plan->n_separate_bytes / (1 << 20),
                          (double) plan->n_persistent_bytes / (1 << 20));

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
siamban_onednn_program_finalize (GObject *object)
{
  SiambanOnednnProgram *self = ONEDNN (object);

  g_clear_pointer (&self->plan, _siamban_onednn_plan_free);
  g_free (self->staging);

  G_OBJECT_CLASS (_siamban_onednn_program_parent_class)->finalize (object);
}

static void
_siamban_onednn_program_class_init (SiambanOnednnProgramClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_onednn_program_finalize;

  klass->prepare = siamban_onednn_program_prepare;
  klass->write_input = siamban_onednn_program_write_input;
  klass->read_output = siamban_onednn_program_read_output;
  klass->forward = siamban_onednn_program_forward;
  klass->backward = siamban_onednn_program_backward;
  klass->update = siamban_onednn_program_update;
  klass->weights_changed = siamban_onednn_program_weights_changed;
  klass->get_memory = siamban_onednn_program_get_memory;
  klass->describe = siamban_onednn_program_describe;
}

static void
_siamban_onednn_program_init (SiambanOnednnProgram *self)
{
}
