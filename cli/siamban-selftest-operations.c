/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-selftest.h"

#include <math.h>
#include <string.h>

#include "siamban-selftest-cases.h"

/* A device may sum in yet another order than those that the cases were measured on. */
#define SLACK 10

/* One case on one device. */
typedef struct
{
  SiambanGraph *graph;
  SiambanProgram *program;
} Trial;

static void
trial_clear (Trial *self)
{
  g_clear_object (&self->program);
  g_clear_object (&self->graph);
}

static GListModel *
weights_of (const Trial *self)
{
  return G_LIST_MODEL (siamban_graph_get_weights (self->graph));
}

static SiambanTensor *
make_tensor (const char *name, guint round, const gint64 *shape, gsize n_dims)
{
  g_autofree char *seed = g_strdup_printf ("%s.%u", name, round);
  g_autoptr (GBytes) bytes = NULL;
  gboolean whole;
  double low, high;
  gsize n = 1;
  float *values;

  for (gsize i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  case_get_range (name, &low, &high, &whole);
  values = selftest_make_values (seed, low, high, n);
  for (gsize i = 0; whole && i < n; i++)
    values[i] = floorf (values[i]);
  bytes = g_bytes_new_take (values, n * sizeof (float));

  return siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, n_dims, bytes, NULL);
}

/* Statistics are filled once: from then on they are what the program measures. */
static gboolean
fill_weights (Trial *self, guint round, GError **error)
{
  GListModel *weights = weights_of (self);

  for (guint i = 0; i < g_list_model_get_n_items (weights); i++)
    {
      g_autoptr (SiambanParameter) parameter = g_list_model_get_item (weights, i);
      const SiambanParameterKind kind = siamban_parameter_get_kind (parameter);
      g_autoptr (SiambanTensor) tensor = NULL;
      const gint64 *shape;
      gsize n_dims;

      if (kind == SIAMBAN_PARAMETER_COUNTER || (kind == SIAMBAN_PARAMETER_BUFFER && round > 0))
        continue;
      shape = siamban_parameter_get_shape (parameter, &n_dims);
      tensor = make_tensor (siamban_parameter_get_name (parameter), round, shape, n_dims);
      if (!siamban_parameter_set_tensor (parameter, tensor, error))
        return FALSE;
    }
  siamban_program_weights_changed (self->program);

  return TRUE;
}

/* The unit that a variable is made of: one bright pixel a batch entry. */
static SiambanTensor *
make_unit (const gint64 *shape)
{
  const gsize n = (gsize) (shape[0] * shape[1]);
  float *values = g_new0 (float, n);
  g_autoptr (GBytes) bytes = g_bytes_new_take (values, n * sizeof (float));

  for (gint64 i = 0; i < shape[0]; i++)
    values[i * shape[1] + i] = 1;

  return siamban_tensor_new (SIAMBAN_DTYPE_FLOAT32, shape, 4, bytes, NULL);
}

/* Nothing if the network has no such input. */
static gboolean
fill_input (Trial *self, const char *name, guint round, GError **error)
{
  const guint value = siamban_graph_lookup (self->graph, name);
  g_autoptr (SiambanTensor) tensor = NULL;
  const gint64 *shape;
  gsize n_dims;

  if (value == 0)
    return TRUE;
  shape = siamban_graph_get_shape (self->graph, value, &n_dims);
  tensor = g_str_has_suffix (name, ".unit") ? make_unit (shape)
                                            : make_tensor (name, round, shape, n_dims);

  return siamban_program_set_input (self->program, name, tensor, error);
}

static gboolean
fill_inputs (Trial *self, guint round, GError **error)
{
  static const char *const names[] = { "labels", "targets", "head.labels" };
  GListModel *weights = weights_of (self);

  for (guint i = 0; i < g_list_model_get_n_items (weights); i++)
    {
      g_autoptr (SiambanParameter) parameter = g_list_model_get_item (weights, i);
      g_autofree char *unit = g_strconcat (siamban_parameter_get_name (parameter), ".unit", NULL);

      if (!fill_input (self, unit, round, error))
        return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (!fill_input (self, names[i], round, error))
      return FALSE;

  return TRUE;
}

/* Two rounds with other numbers, so that nothing of the first may be left in the second. */
static gboolean
run (Trial *self, SiambanDevice *device, const Subject *subject, GError **error)
{
  self->graph = subject_build (subject);
  self->program = siamban_device_compile (device, self->graph, TRUE, error);
  if (self->program == NULL)
    return FALSE;
  for (guint round = 0; round < 2; round++)
    if (!fill_weights (self, round, error) || !fill_inputs (self, round, error) ||
        !siamban_program_forward (self->program, error) ||
        !siamban_program_backward (self->program, error))
      return FALSE;

  return TRUE;
}

static gboolean
compare_outputs (const Trial *found, const Trial *expected, double *difference, GError **error)
{
  static const char *const names[] = { "y", "loss" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (siamban_graph_lookup (expected->graph, names[i]) != 0)
      {
        g_autoptr (SiambanTensor) a = siamban_program_get_output (found->program, names[i], error);
        g_autoptr (SiambanTensor)
            b = a == NULL ? NULL : siamban_program_get_output (expected->program, names[i], error);

        if (b == NULL)
          return FALSE;
        *difference = MAX (*difference, selftest_compare (a, b));
      }

  return TRUE;
}

/* Gradients of weights; statistics and counters themselves. */
static gboolean
compare_parameters (const Trial *found, const Trial *expected, double *difference, GError **error)
{
  GListModel *weights = weights_of (expected);

  for (guint i = 0; i < g_list_model_get_n_items (weights); i++)
    {
      g_autoptr (SiambanParameter) parameter = g_list_model_get_item (weights, i);
      g_autoptr (SiambanParameter) twin = g_list_model_get_item (weights_of (found), i);
      const char *name = siamban_parameter_get_name (parameter);
      g_autoptr (SiambanTensor) a = NULL;
      g_autoptr (SiambanTensor) b = NULL;

      if (siamban_parameter_get_kind (parameter) == SIAMBAN_PARAMETER_WEIGHT)
        {
          a = siamban_program_get_gradient (found->program, name, error);
          if (a != NULL)
            b = siamban_program_get_gradient (expected->program, name, error);
        }
      else
        {
          a = siamban_parameter_get_tensor (twin);
          b = siamban_parameter_get_tensor (parameter);
        }
      if (b == NULL)
        return FALSE;
      *difference = MAX (*difference, selftest_compare (a, b));
    }

  return TRUE;
}

/* In units of what the case allows. */
static gboolean
try_case (Selftest *self, const Subject *subject, double *difference, GError **error)
{
  Trial found = { NULL }, expected = { NULL };
  double largest = 0;
  const gboolean done = run (&expected, self->reference, subject, error) &&
                        run (&found, self->device, subject, error) &&
                        compare_outputs (&found, &expected, &largest, error) &&
                        compare_parameters (&found, &expected, &largest, error);

  trial_clear (&found);
  trial_clear (&expected);
  *difference = largest / (SLACK * subject_get_tolerance (subject));

  return done;
}

/* All cases of one operation are one row. */
typedef struct
{
  char *operation;
  guint n_cases;
  double worst;
  char *worst_case;
} Group;

static void
group_end (Selftest *self, Group *group)
{
  if (group->operation != NULL)
    selftest_report (self, group->worst <= 1, group->operation,
                     _ ("worst of %u: %s, at %.2g of what is allowed"), group->n_cases,
                     group->worst_case, group->worst);
  g_free (group->operation);
  g_free (group->worst_case);
  *group = (Group){ NULL };
}

static void
add_case (Selftest *self, Group *group, const char *operation, const Subject *subject)
{
  g_autoptr (GError) error = NULL;
  double difference = 0;

  if (g_strcmp0 (group->operation, operation) != 0)
    {
      group_end (self, group);
      group->operation = g_strdup (operation);
    }
  if (!try_case (self, subject, &difference, &error))
    {
      selftest_report_error (self, subject_get_name (subject), g_steal_pointer (&error));
      return;
    }

  group->n_cases++;
  if (group->worst_case == NULL || difference > group->worst)
    {
      group->worst = difference;
      g_free (group->worst_case);
      group->worst_case = g_strdup (subject_get_name (subject));
    }
}

void
selftest_operations (Selftest *self)
{
  Group group = { NULL };

  for (guint i = 0; i < n_convolution_cases; i++)
    {
      const Subject subject = { .convolution = &convolution_cases[i] };

      add_case (self, &group, "convolution", &subject);
    }
  for (guint i = 0; i < n_operation_cases; i++)
    {
      const Subject subject = { .operation = &operation_cases[i] };
      const char *name = operation_cases[i].name;
      g_autofree char *operation = g_strndup (name, strcspn (name, "/"));

      add_case (self, &group, operation, &subject);
    }
  group_end (self, &group);
}
