/* SPDX-License-Identifier: Apache-2.0 */
#include "compute.h"

#include "golden.h"
#include "siamban-program-private.h"
#include "siamban-tensor-private.h"

GPtrArray *
compute_devices (void)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_object_unref);
  GListModel *engines = siamban_engine_list ();
  const char *only = g_getenv ("SIAMBAN_TEST_ENGINE");

  for (guint i = 0; i < g_list_model_get_n_items (engines); i++)
    {
      g_autoptr (SiambanEngine) engine = g_list_model_get_item (engines, i);
      g_autoptr (GListModel) devices = siamban_engine_get_devices (engine);

      if (only != NULL && !g_str_equal (siamban_engine_get_name (engine), only))
        continue;
      for (guint j = 0; j < g_list_model_get_n_items (devices); j++)
        g_ptr_array_add (found, g_list_model_get_item (devices, j));
    }
  /* A test without a device would pass. */
  g_assert_cmpuint (found->len, >, 0);

  return found;
}

void
compute_fill (const char *name, double low, double high, float *values, gsize n_values)
{
  for (gsize i = 0; i < n_values; i++)
    values[i] = (float) (low + (high - low) * golden_unit (name, i));
}

/* Where each element of a variable lies in the weight that it is made of: the kernel is turned
 * upside down, because the window meets the bright pixel with its last element first. */
static gsize
index_of (const SiambanNode *node, const gint64 *weight_shape, gsize element)
{
  const gint64 size = weight_shape[2];
  const gint64 x = (gint64) element % node->shape[3];
  const gint64 y = (gint64) element / node->shape[3] % node->shape[2];
  const gint64 plane = (gint64) element / (node->shape[2] * node->shape[3]);
  const gint64 channel = plane % node->shape[1], image = plane / node->shape[1];

  return (gsize) (((channel * weight_shape[1] + image) * size + size - 1 - y) * size + size - 1 -
                  x);
}

static const SiambanNode *
node_of (SiambanProgram *program, const char *name)
{
  g_autofree char *value_name = g_strconcat (name, ".value", NULL);
  SiambanGraph *graph = siamban_program_get_graph (program);
  const guint value = siamban_graph_lookup (graph, value_name);

  g_assert_cmpuint (value, !=, 0);

  return _siamban_graph_peek_node (graph, value);
}

void
compute_variable_write (SiambanProgram *program, const char *name, const float *values)
{
  SiambanWeights *weights = siamban_graph_get_weights (siamban_program_get_graph (program));
  SiambanParameter *parameter = siamban_weights_lookup (weights, name);
  g_autofree char *unit_name = g_strconcat (name, ".unit", NULL);
  const SiambanNode *node = node_of (program, name);
  const gint64 batch_size = node->shape[0];
  g_autofree float *units = g_new0 (float, batch_size *batch_size);
  const gint64 *shape;
  gsize n_dims;

  shape = siamban_parameter_get_shape (parameter, &n_dims);
  for (gsize i = 0; i < _siamban_node_get_n_elements (node); i++)
    _siamban_parameter_peek_values (parameter)[index_of (node, shape, i)] = values[i];
  siamban_program_weights_changed (program);

  for (gint64 i = 0; i < batch_size; i++)
    units[i * batch_size + i] = 1;
  compute_set_input (program, unit_name, units);
}

float *
compute_variable_gradient (SiambanProgram *program, const char *name)
{
  const SiambanNode *node = node_of (program, name);
  const gsize n_elements = _siamban_node_get_n_elements (node);
  float *gradient = g_new (float, n_elements);
  g_autoptr (SiambanTensor) tensor = NULL;
  g_autoptr (GError) error = NULL;
  const gint64 *shape;
  gsize n_dims;

  tensor = siamban_program_get_gradient (program, name, &error);
  g_assert_no_error (error);
  shape = siamban_tensor_get_shape (tensor, &n_dims);
  for (gsize i = 0; i < n_elements; i++)
    gradient[i] = ((const float *) _siamban_tensor_peek (tensor))[index_of (node, shape, i)];

  return gradient;
}

void
compute_set_input (SiambanProgram *program, const char *name, const float *values)
{
  SiambanGraph *graph = siamban_program_get_graph (program);
  const guint value = siamban_graph_lookup (graph, name);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (value, !=, 0);
  _siamban_program_write_input (
      program, name, SIAMBAN_DTYPE_FLOAT32, values,
      _siamban_node_get_n_elements (_siamban_graph_peek_node (graph, value)), &error);
  g_assert_no_error (error);
}

SiambanProgram *
compute_compile (SiambanDevice *device, SiambanGraph *graph, gboolean training)
{
  g_autoptr (GError) error = NULL;
  SiambanProgram *program = siamban_device_compile (device, graph, training, &error);

  g_assert_no_error (error);

  return program;
}

void
compute_forward (SiambanProgram *program)
{
  g_autoptr (GError) error = NULL;

  siamban_program_forward (program, &error);
  g_assert_no_error (error);
}

void
compute_backward (SiambanProgram *program)
{
  g_autoptr (GError) error = NULL;

  siamban_program_backward (program, &error);
  g_assert_no_error (error);
}

double
compute_get_number (SiambanProgram *program, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTensor) tensor = siamban_program_get_output (program, name, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (siamban_tensor_get_n_elements (tensor), ==, 1);

  return siamban_tensor_get_item (tensor, 0);
}
