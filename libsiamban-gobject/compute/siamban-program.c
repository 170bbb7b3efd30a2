/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-program-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-memory-private.h"
#include "siamban-tensor-private.h"

/**
 * SiambanProgram:
 *
 * A [class@Graph], planned for one device and ready to run.
 *
 * One step of training is: fill the inputs, [method@Program.forward], look at the losses,
 * [method@Program.backward], [method@Program.update]. All memory was planned when the program was
 * compiled; a step allocates none.
 *
 * A program is used by one thread at a time. It reads and writes the [class@Weights] of its graph.
 *
 * Since: 0.1
 */
G_DEFINE_ABSTRACT_TYPE (SiambanProgram, siamban_program, G_TYPE_OBJECT)

static SiambanProgramClass *
class_of (SiambanProgram *self)
{
  return (SiambanProgramClass *) G_OBJECT_GET_CLASS (self);
}

static gboolean
read_host (SiambanProgram *self, const float *from, SiambanParameter *parameter, float *to)
{
  memcpy (to, from + _siamban_parameter_get_offset (parameter),
          siamban_parameter_get_n_elements (parameter) * sizeof (float));

  return TRUE;
}

static gboolean
siamban_program_real_read_gradient (SiambanProgram *self,
                                    SiambanParameter *parameter,
                                    float *to,
                                    GError **error)
{
  return read_host (self, self->gradients, parameter, to);
}

static gboolean
siamban_program_real_read_momentum (SiambanProgram *self,
                                    SiambanParameter *parameter,
                                    float *to,
                                    GError **error)
{
  return read_host (self, self->momentum, parameter, to);
}

static gboolean
siamban_program_real_write_momentum (SiambanProgram *self,
                                     SiambanParameter *parameter,
                                     const float *from,
                                     GError **error)
{
  memcpy (self->momentum + _siamban_parameter_get_offset (parameter), from,
          siamban_parameter_get_n_elements (parameter) * sizeof (float));

  return TRUE;
}

static gboolean
siamban_program_real_read_gradients (SiambanProgram *self,
                                     gsize offset,
                                     gsize n,
                                     float *to,
                                     GError **error)
{
  memcpy (to, self->gradients + offset, n * sizeof (float));

  return TRUE;
}

static gboolean
siamban_program_real_write_gradients (SiambanProgram *self,
                                      gsize offset,
                                      gsize n,
                                      const float *from,
                                      GError **error)
{
  memcpy (self->gradients + offset, from, n * sizeof (float));

  return TRUE;
}

static gboolean
siamban_program_real_update (SiambanProgram *self,
                             const SiambanUpdate *update,
                             double *grad_norm,
                             GError **error)
{
  return _siamban_sgd_update (self, update, grad_norm);
}

static void
siamban_program_real_weights_changed (SiambanProgram *self)
{
}

static char *
siamban_program_real_describe (SiambanProgram *self)
{
  return siamban_graph_to_string (self->graph);
}

void
_siamban_program_drop_buffers (SiambanProgram *self)
{
  const gsize n_bytes = self->gradients != NULL || self->momentum != NULL
                            ? _siamban_weights_get_store (self->weights)->n_weight_values *
                                  sizeof (float)
                            : 0;

  _siamban_memory_free (self->sums, n_bytes);
  _siamban_memory_free (self->gradients, n_bytes);
  _siamban_memory_free (self->momentum, n_bytes);
  self->gradients = self->momentum = self->sums = NULL;
}

static void
siamban_program_finalize (GObject *object)
{
  SiambanProgram *self = SIAMBAN_PROGRAM (object);

  _siamban_program_drop_buffers (self);
  g_free (self->needs_gradient);
  g_free (self->trains);
  g_free (self->convolutions);
  g_clear_object (&self->weights);
  g_clear_object (&self->graph);
  g_clear_object (&self->device);

  G_OBJECT_CLASS (siamban_program_parent_class)->finalize (object);
}

static void
siamban_program_class_init (SiambanProgramClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_program_finalize;

  klass->read_gradient = siamban_program_real_read_gradient;
  klass->read_momentum = siamban_program_real_read_momentum;
  klass->write_momentum = siamban_program_real_write_momentum;
  klass->read_gradients = siamban_program_real_read_gradients;
  klass->write_gradients = siamban_program_real_write_gradients;
  klass->allocate_sums = _siamban_program_real_allocate_sums;
  klass->add_gradients = _siamban_program_real_add_gradients;
  klass->update = siamban_program_real_update;
  klass->weights_changed = siamban_program_real_weights_changed;
  klass->describe = siamban_program_real_describe;
}

static void
siamban_program_init (SiambanProgram *self)
{
}

/**
 * siamban_program_get_graph:
 * @self: a program
 *
 * Gets what the program computes.
 *
 * Returns: (transfer none): the graph
 *
 * Since: 0.1
 */
SiambanGraph *
siamban_program_get_graph (SiambanProgram *self)
{
  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), NULL);

  return self->graph;
}

gboolean
_siamban_program_write_input (SiambanProgram *self,
                              const char *name,
                              SiambanDType dtype,
                              gconstpointer data,
                              gsize n_elements,
                              GError **error)
{
  const guint value = siamban_graph_lookup (self->graph, name);
  const SiambanNode *node = value == 0 ? NULL : _siamban_graph_peek_node (self->graph, value);

  if (node == NULL || node->op != SIAMBAN_OP_INPUT)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_GRAPH,
                   "The network has no input “%s”", name);
      return FALSE;
    }

  if (n_elements != _siamban_node_get_n_elements (node))
    {
      g_autofree char *shape = _siamban_shape_to_string (node->shape, 4);

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_GRAPH,
                   "Input “%s” of shape %s cannot take %" G_GSIZE_FORMAT " numbers", name, shape,
                   n_elements);
      return FALSE;
    }

  return class_of (self)->write_input (self, value, dtype, data, error);
}

/**
 * siamban_program_set_input:
 * @self: a program
 * @name: the name of an input
 * @tensor: its numbers, row major (N, C, H, W), of any dtype
 * @error: return location for an error
 *
 * Fills an input for the next [method@Program.forward]; it stays until it is filled again.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_GRAPH if there is no such input or the number of elements
 * differs.
 *
 * Returns: %TRUE if the numbers were taken
 *
 * Since: 0.1
 */
gboolean
siamban_program_set_input (SiambanProgram *self,
                           const char *name,
                           SiambanTensor *tensor,
                           GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), FALSE);
  g_return_val_if_fail (name != NULL && tensor != NULL, FALSE);

  return _siamban_program_write_input (self, name, siamban_tensor_get_dtype (tensor),
                                       _siamban_tensor_peek (tensor),
                                       siamban_tensor_get_n_elements (tensor), error);
}

/**
 * siamban_program_get_output:
 * @self: a program
 * @name: the name of an output
 * @error: return location for an error
 *
 * Copies what the last [method@Program.forward] computed.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_GRAPH if there is no such output.
 *
 * Returns: (transfer full): a float32 tensor of shape (N, C, H, W)
 *
 * Since: 0.1
 */
SiambanTensor *
siamban_program_get_output (SiambanProgram *self, const char *name, GError **error)
{
  g_autoptr (SiambanTensor) tensor = NULL;
  const SiambanNode *node;
  float *values;
  guint value;

  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  value = siamban_graph_lookup (self->graph, name);
  node = value == 0 ? NULL : _siamban_graph_peek_node (self->graph, value);
  if (node == NULL || !node->is_output)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_GRAPH,
                   "The network has no output “%s”", name);
      return NULL;
    }

  tensor = _siamban_tensor_new_4d (node->shape, &values);
  if (!class_of (self)->read_output (self, value, values, error))
    return NULL;

  return g_steal_pointer (&tensor);
}

/**
 * siamban_program_forward:
 * @self: a program
 * @error: return location for an error
 *
 * Computes every value. Batch norms in training also update their running statistics.
 *
 * Returns: %TRUE if it was computed
 *
 * Since: 0.1
 */
gboolean
siamban_program_forward (SiambanProgram *self, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), FALSE);

  return class_of (self)->forward (self, error);
}

/**
 * siamban_program_backward:
 * @self: a program compiled for training, after [method@Program.forward]
 * @error: return location for an error
 *
 * Computes the gradient of the loss for every trainable parameter, in place of the last ones.
 *
 * Returns: %TRUE if it was computed
 *
 * Since: 0.1
 */
gboolean
siamban_program_backward (SiambanProgram *self, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), FALSE);
  g_return_val_if_fail (self->training, FALSE);

  return class_of (self)->backward (self, error);
}

static SiambanParameter *
weight_named (SiambanProgram *self, const char *name, GError **error)
{
  SiambanParameter *parameter = siamban_weights_lookup (self->weights, name);

  if (parameter == NULL || siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_WEIGHT)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS, "There is no weight “%s”",
                   name);
      return NULL;
    }

  return parameter;
}

static SiambanTensor *
read_parameter (SiambanProgram *self,
                const char *name,
                gboolean (*read) (SiambanProgram *, SiambanParameter *, float *, GError **),
                GError **error)
{
  SiambanParameter *parameter = weight_named (self, name, error);
  g_autoptr (SiambanTensor) tensor = NULL;
  const gint64 *shape;
  gsize n_dims;
  float *values;

  if (parameter == NULL)
    return NULL;

  shape = siamban_parameter_get_shape (parameter, &n_dims);
  tensor = _siamban_tensor_new_float32 (shape, n_dims, &values);
  if (!read (self, parameter, values, error))
    return NULL;

  return g_steal_pointer (&tensor);
}

/**
 * siamban_program_get_gradient:
 * @self: a program compiled for training
 * @parameter: the name of a weight
 * @error: return location for an error
 *
 * Copies a gradient that [method@Program.backward] left, before clipping.
 *
 * Returns: (transfer full): a float32 tensor of the weight's shape
 *
 * Since: 0.1
 */
SiambanTensor *
siamban_program_get_gradient (SiambanProgram *self, const char *parameter, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), NULL);
  g_return_val_if_fail (parameter != NULL && self->training, NULL);

  return read_parameter (self, parameter, class_of (self)->read_gradient, error);
}

/**
 * siamban_program_get_momentum:
 * @self: a program compiled for training
 * @parameter: the name of a weight
 * @error: return location for an error
 *
 * Copies the momentum of a weight, for a checkpoint.
 *
 * Returns: (transfer full): a float32 tensor of the weight's shape
 *
 * Since: 0.1
 */
SiambanTensor *
siamban_program_get_momentum (SiambanProgram *self, const char *parameter, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), NULL);
  g_return_val_if_fail (parameter != NULL && self->training, NULL);

  return read_parameter (self, parameter, class_of (self)->read_momentum, error);
}

/**
 * siamban_program_set_momentum:
 * @self: a program compiled for training
 * @parameter: the name of a weight
 * @tensor: the momentum, of the weight's number of elements
 * @error: return location for an error
 *
 * Restores the momentum of a weight from a checkpoint.
 *
 * It fails with %SIAMBAN_ERROR_INVALID_WEIGHTS if the weight does not exist or has another size.
 *
 * Returns: %TRUE if it was taken
 *
 * Since: 0.1
 */
gboolean
siamban_program_set_momentum (SiambanProgram *self,
                              const char *parameter,
                              SiambanTensor *tensor,
                              GError **error)
{
  g_autoptr (SiambanTensor) converted = NULL;
  SiambanParameter *weight;

  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), FALSE);
  g_return_val_if_fail (parameter != NULL && tensor != NULL && self->training, FALSE);

  weight = weight_named (self, parameter, error);
  if (weight == NULL)
    return FALSE;

  converted = siamban_tensor_to_float32 (tensor);
  if (siamban_tensor_get_n_elements (converted) != siamban_parameter_get_n_elements (weight))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS,
                   "The momentum of “%s” has another size than the weight", parameter);
      return FALSE;
    }

  return class_of (self)->write_momentum (self, weight, _siamban_tensor_peek (converted), error);
}

gboolean
_siamban_program_read_gradients (SiambanProgram *self,
                                 gsize offset,
                                 gsize n,
                                 float *to,
                                 GError **error)
{
  return class_of (self)->read_gradients (self, offset, n, to, error);
}

gboolean
_siamban_program_write_gradients (SiambanProgram *self,
                                  gsize offset,
                                  gsize n,
                                  const float *from,
                                  GError **error)
{
  return class_of (self)->write_gradients (self, offset, n, from, error);
}

/**
 * siamban_program_update:
 * @self: a program compiled for training, after [method@Program.backward]
 * @learning_rates: (array length=n_learning_rates): the learning rate of each parameter of the
 *   weights, in their order; those of frozen parameters are not looked at
 * @n_learning_rates: how many parameters the weights have
 * @momentum: the share of the last step that goes on, 0 to 1
 * @weight_decay: how much of a weight is added to its gradient
 * @grad_clip: the largest norm that all gradients together may have, 0 for no limit
 * @grad_norm: (out) (optional): the norm before clipping
 * @error: return location for an error
 *
 * Takes one step of stochastic gradient descent, exactly as PyTorch's `clip_grad_norm_()` and
 * `SGD` do. Weights that the loss does not depend on stay as they are, whatever the weight decay. If
 * @grad_norm is not finite, nothing is moved.
 *
 * Returns: %TRUE unless the device fails
 *
 * Since: 0.1
 */
gboolean
siamban_program_update (SiambanProgram *self,
                        const double *learning_rates,
                        gsize n_learning_rates,
                        double momentum,
                        double weight_decay,
                        double grad_clip,
                        double *grad_norm,
                        GError **error)
{
  const SiambanUpdate update = { learning_rates, momentum, weight_decay, grad_clip };
  double norm;

  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), FALSE);
  g_return_val_if_fail (self->training, FALSE);
  g_return_val_if_fail (n_learning_rates == _siamban_weights_get_n (self->weights), FALSE);

  if (!class_of (self)->update (self, &update, &norm, error))
    return FALSE;
  if (grad_norm != NULL)
    *grad_norm = norm;

  class_of (self)->weights_changed (self);

  return TRUE;
}

/**
 * siamban_program_weights_changed:
 * @self: a program
 *
 * Tells the program that somebody else wrote into its weights, so that it derives anew what it
 * keeps of them.
 *
 * Since: 0.1
 */
void
siamban_program_weights_changed (SiambanProgram *self)
{
  g_return_if_fail (SIAMBAN_IS_PROGRAM (self));

  class_of (self)->weights_changed (self);
}

/**
 * siamban_program_get_memory:
 * @self: a program
 *
 * Gets what a step needs: the plan's memory, and for training gradients, momentum and, if there are any,
 * the sums of gradients of several passes. The weights
 * themselves are not counted.
 *
 * Returns: the size, in bytes
 *
 * Since: 0.1
 */
guint64
siamban_program_get_memory (SiambanProgram *self)
{
  guint64 n_bytes;

  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), 0);

  n_bytes = class_of (self)->get_memory (self);
  if (self->training)
    n_bytes += (self->accumulates ? 3 : 2) * sizeof (float) *
               _siamban_weights_get_layout (self->weights)->n_weight_values;

  return n_bytes;
}

/**
 * siamban_program_to_string:
 * @self: a program
 *
 * Lists what the engine made of the graph: fused operations, layouts, memory.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
siamban_program_to_string (SiambanProgram *self)
{
  g_return_val_if_fail (SIAMBAN_IS_PROGRAM (self), NULL);

  return class_of (self)->describe (self);
}
