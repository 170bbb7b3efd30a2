/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

#include <math.h>

#include "siamban-program-private.h"

static void
fill (const char *name, guint round, float *values, gsize n)
{
  g_autofree char *seed = g_strdup_printf ("%s.%u", name, round);
  double low, high;
  gboolean whole;

  case_get_range (name, &low, &high, &whole);
  compute_fill (seed, low, high, values, n);
  for (gsize i = 0; whole && i < n; i++)
    values[i] = floorf (values[i]);
}

SiambanGraph *
step_build (const char *name)
{
  Subject subject = { NULL };
  SiambanGraph *graph;
  SiambanWeights *weights;

  for (guint i = 0; i < n_operation_cases; i++)
    if (g_str_equal (operation_cases[i].name, name))
      subject.operation = &operation_cases[i];
  g_assert_nonnull (subject.operation);

  graph = subject_build (&subject);
  weights = siamban_graph_get_weights (graph);
  _siamban_weights_get_store (weights);
  for (guint i = 0; i < _siamban_weights_get_n (weights); i++)
    {
      SiambanParameter *parameter = _siamban_weights_peek (weights, i);

      if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_COUNTER)
        fill (siamban_parameter_get_name (parameter), 0, _siamban_parameter_peek_values (parameter),
              siamban_parameter_get_n_elements (parameter));
    }

  return graph;
}

SiambanProgram *
step_compile (const char *device, SiambanGraph *graph, gboolean training)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanDevice) opened = siamban_device_open (device, &error);

  g_assert_no_error (error);

  return compute_compile (opened, graph, training);
}

gboolean
step_write_inputs (SiambanProgram *program, guint round, GError **error)
{
  SiambanGraph *graph = siamban_program_get_graph (program);

  for (guint value = 1; value <= siamban_graph_get_n_values (graph); value++)
    {
      const SiambanNode *node = _siamban_graph_peek_node (graph, value);
      const gsize n = _siamban_node_get_n_elements (node);
      g_autofree float *values = NULL;

      if (node->op != SIAMBAN_OP_INPUT)
        continue;
      values = g_new (float, n);
      fill (node->name, round, values, n);
      if (!_siamban_program_write_input (program, node->name, SIAMBAN_DTYPE_FLOAT32, values, n,
                                         error))
        return FALSE;
    }

  return TRUE;
}

gboolean
step_update (SiambanProgram *program, guint round, GError **error)
{
  const guint n = _siamban_weights_get_n (program->weights);
  g_autofree double *rates = g_new (double, n);

  for (guint i = 0; i < n; i++)
    rates[i] = 1e-2 / (1 + round + i);

  return siamban_program_update (program, rates, n, 0.9 - 0.01 * round, 1e-3, 0.5 + round, NULL,
                                 error);
}

gboolean
step_take (SiambanProgram *program, guint round, GError **error)
{
  return step_write_inputs (program, round, error) && siamban_program_forward (program, error) &&
         siamban_program_backward (program, error) && step_update (program, round, error);
}

void
step_assert_same (SiambanWeights *a, SiambanWeights *b)
{
  const SiambanWeightsStore *x = _siamban_weights_get_store (a);
  const SiambanWeightsStore *y = _siamban_weights_get_store (b);

  g_assert_cmpmem (x->values, x->n_values * sizeof (float), y->values,
                   y->n_values * sizeof (float));
  for (guint i = 0; i < _siamban_weights_get_n (a); i++)
    {
      const gint64 *counter = _siamban_parameter_peek_counter (_siamban_weights_peek (a, i));
      const gint64 *other = _siamban_parameter_peek_counter (_siamban_weights_peek (b, i));

      if (counter != NULL)
        g_assert_cmpint (*counter, ==, *other);
    }
}
