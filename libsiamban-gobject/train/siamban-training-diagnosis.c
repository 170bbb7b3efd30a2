/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-program-private.h"
#include "siamban-tensor-private.h"
#include "siamban-training-private.h"

static gboolean
are_finite (const float *values, gsize n)
{
  /* A sum would overflow on finite ones. */
  for (gsize i = 0; i < n; i++)
    if (!isfinite (values[i]))
      return FALSE;

  return TRUE;
}

static gboolean
is_finite_tensor (SiambanTensor *tensor)
{
  return are_finite (_siamban_tensor_peek (tensor), siamban_tensor_get_n_elements (tensor));
}

const char *
_siamban_training_find_bad_weight (SiambanModel *model)
{
  SiambanWeights *weights = siamban_model_get_weights (model);

  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);

      if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_COUNTER &&
          !are_finite (_siamban_parameter_peek_values (parameter),
                       siamban_parameter_get_n_elements (parameter)))
        return siamban_parameter_get_name (parameter);
    }

  return NULL;
}

/* The backward pass goes from the last layers to the first ones. NULL if all are sound. */
static const char *
find_bad_gradient (SiambanProgram *program)
{
  for (guint i = _siamban_weights_get_n (program->weights); i > 0; i--)
    {
      SiambanParameter *parameter = _siamban_weights_peek (program->weights, i - 1);
      const char *name = siamban_parameter_get_name (parameter);
      g_autoptr (SiambanTensor) gradient = NULL;

      if (!program->trains[i - 1])
        continue;
      gradient = siamban_program_get_gradient (program, name, NULL);
      if (gradient && !is_finite_tensor (gradient))
        return name;
    }

  return NULL;
}

/* Keeps every value, each under a name. */
static void
keep_all (SiambanGraph *graph)
{
  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      g_autofree char *name = g_strdup_printf ("value %u", value);

      if (_siamban_graph_peek_node (graph, value)->op == SIAMBAN_OP_INPUT)
        continue;
      if (_siamban_graph_peek_node (graph, value)->name == NULL)
        siamban_graph_set_name (graph, value, name);
      siamban_graph_add_output (graph, value);
    }
}

/* The parameter of an operation, or of the nearest one before it that has one. */
static const char *
name_place (SiambanGraph *graph, guint value)
{
  while (value > 0)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);

      if (node->weight)
        return siamban_parameter_get_name (node->weight);
      if (node->n_inputs == 0)
        break;
      value = node->inputs[0];
    }

  return "the input";
}

/* Runs the batch forward once more, without a trace, and looks at all that comes of it. */
static char *
find_bad_value (SiambanTraining *self, SiambanBatch *batch, GError **error)
{
  g_autoptr (SiambanGraph)
      graph = siamban_model_build_training (self->model, self->batch_size, error);
  g_autoptr (SiambanProgram) program = NULL;

  if (graph == NULL)
    return NULL;
  keep_all (graph);
  /* As for inference: statistics stay as they are. */
  program = siamban_device_compile (self->device, graph, FALSE, error);
  if (program == NULL || !_siamban_training_write_inputs (program, batch, error) ||
      !siamban_program_forward (program, error))
    return NULL;

  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      g_autoptr (SiambanTensor) tensor = NULL;

      if (node->op == SIAMBAN_OP_INPUT)
        continue;
      tensor = siamban_program_get_output (program, node->name, error);
      if (tensor == NULL)
        return NULL;
      if (!is_finite_tensor (tensor))
        return g_strdup_printf ("the forward pass first was not finite in value %u, %s of %s",
                                value, _siamban_op_get_name (node->op), name_place (graph, value));
    }

  return g_strdup ("the forward pass is finite everywhere");
}

char *
_siamban_training_diagnose (SiambanTraining *self, SiambanBatch *batch, gboolean has_gradients)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *value = NULL;
  const char *weight = _siamban_training_find_bad_weight (self->model);
  const char *gradient = has_gradients ? find_bad_gradient (self->program) : NULL;

  if (weight)
    g_string_append_printf (text, "the first weight that is not finite is %s; ", weight);
  else
    g_string_append (text, "all weights are finite; ");
  if (self->bad_statistics)
    g_string_append_printf (text, "the batch would make the statistics %s not finite; ",
                            self->bad_statistics);
  if (gradient)
    g_string_append_printf (text, "the backward pass first was not finite in %s; ", gradient);

  value = find_bad_value (self, batch, &error);
  g_string_append (text, value ? value : error->message);

  return g_string_free (g_steal_pointer (&text), FALSE);
}
