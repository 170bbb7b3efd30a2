/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-reference-program-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-tensor-private.h"

static const SiambanReferenceOp *const operations[SIAMBAN_N_OPS] = {
  [SIAMBAN_OP_CONVOLUTION] = &_siamban_reference_convolution,
  [SIAMBAN_OP_BATCH_NORM] = &_siamban_reference_batch_norm,
  [SIAMBAN_OP_RELU] = &_siamban_reference_relu,
  [SIAMBAN_OP_RELU6] = &_siamban_reference_relu6,
  [SIAMBAN_OP_MAX_POOL] = &_siamban_reference_max_pool,
  [SIAMBAN_OP_ADD] = &_siamban_reference_add,
  [SIAMBAN_OP_CROP] = &_siamban_reference_crop,
  [SIAMBAN_OP_XCORR_DEPTHWISE] = &_siamban_reference_xcorr_depthwise,
  [SIAMBAN_OP_XCORR] = &_siamban_reference_xcorr,
  [SIAMBAN_OP_EXP_SCALE] = &_siamban_reference_exp_scale,
  [SIAMBAN_OP_LEVEL_SUM] = &_siamban_reference_level_sum,
  [SIAMBAN_OP_CROSS_ENTROPY] = &_siamban_reference_cross_entropy,
  [SIAMBAN_OP_IOU_LOSS] = &_siamban_reference_iou_loss,
  [SIAMBAN_OP_LOSS_SUM] = &_siamban_reference_loss_sum,
};

/* Every value and every gradient has a buffer of its own. */
typedef struct
{
  SiambanProgram parent_instance;

  guint n_values;
  float **values;
  float **value_gradients;
  float **saved;
  guint64 n_bytes;
} SiambanReferenceProgram;

typedef SiambanProgramClass SiambanReferenceProgramClass;

G_DEFINE_TYPE (SiambanReferenceProgram, _siamban_reference_program, SIAMBAN_TYPE_PROGRAM)

#define REFERENCE(program) ((SiambanReferenceProgram *) (program))

static gboolean
allocate (SiambanReferenceProgram *self, gsize n_values, float **buffer, GError **error)
{
  *buffer = g_try_new0 (float, MAX (n_values, 1));
  if (*buffer == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_OUT_OF_MEMORY,
                   "The program has %" G_GUINT64_FORMAT
                   " bytes, and no memory for another %" G_GSIZE_FORMAT
                   " numbers of four bytes: a smaller batch needs less",
                   self->n_bytes, n_values);
      return FALSE;
    }
  self->n_bytes += n_values * sizeof (float);

  return TRUE;
}

static gboolean
allocate_value (SiambanReferenceProgram *self, guint value, GError **error)
{
  const SiambanProgram *program = &self->parent_instance;
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);
  const gsize n_elements = _siamban_node_get_n_elements (node);
  const gboolean saves = node->op != SIAMBAN_OP_INPUT && operations[node->op]->count_saved != NULL;

  return allocate (self, n_elements, &self->values[value], error) &&
         (!program->needs_gradient[value] ||
          allocate (self, n_elements, &self->value_gradients[value], error)) &&
         (!saves ||
          allocate (self, operations[node->op]->count_saved (node), &self->saved[value], error));
}

static gboolean
siamban_reference_program_prepare (SiambanProgram *program, GError **error)
{
  SiambanReferenceProgram *self = REFERENCE (program);

  self->n_values = siamban_graph_get_n_values (program->graph);
  self->values = g_new0 (float *, self->n_values + 1);
  self->value_gradients = g_new0 (float *, self->n_values + 1);
  self->saved = g_new0 (float *, self->n_values + 1);

  for (guint value = 1; value <= self->n_values; value++)
    if (!allocate_value (self, value, error))
      return FALSE;

  return TRUE;
}

static gboolean
siamban_reference_program_write_input (SiambanProgram *program,
                                       guint value,
                                       SiambanDType dtype,
                                       gconstpointer data,
                                       GError **error)
{
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

  _siamban_convert_to_float32 (dtype, data, _siamban_node_get_n_elements (node),
                               REFERENCE (program)->values[value]);

  return TRUE;
}

static gboolean
siamban_reference_program_read_output (SiambanProgram *program,
                                       guint value,
                                       float *to,
                                       GError **error)
{
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);

  memcpy (to, REFERENCE (program)->values[value],
          _siamban_node_get_n_elements (node) * sizeof (float));

  return TRUE;
}

static float *
gradient_of (SiambanProgram *program, SiambanParameter *parameter)
{
  if (program->gradients == NULL || parameter == NULL ||
      !program->trains[_siamban_parameter_get_index (parameter)])
    return NULL;

  return program->gradients + _siamban_parameter_get_offset (parameter);
}

static SiambanReferenceCall
make_call (SiambanProgram *program, guint value)
{
  SiambanReferenceProgram *self = REFERENCE (program);
  const SiambanNode *node = _siamban_graph_peek_node (program->graph, value);
  SiambanReferenceCall call = {
    .node = node,
    .y = self->values[value],
    .dy = self->value_gradients[value],
    .weight = node->weight != NULL ? _siamban_parameter_peek_values (node->weight) : NULL,
    .bias = node->bias != NULL ? _siamban_parameter_peek_values (node->bias) : NULL,
    .weight_gradient = gradient_of (program, node->weight),
    .bias_gradient = gradient_of (program, node->bias),
    .saved = self->saved[value],
    .update_statistics = program->training,
  };

  for (guint i = 0; i < node->n_inputs; i++)
    {
      call.inputs[i] = _siamban_graph_peek_node (program->graph, node->inputs[i]);
      call.x[i] = self->values[node->inputs[i]];
      call.dx[i] = self->value_gradients[node->inputs[i]];
    }

  return call;
}

static gboolean
siamban_reference_program_forward (SiambanProgram *program, GError **error)
{
  for (guint value = 1; value <= REFERENCE (program)->n_values; value++)
    {
      const SiambanReferenceCall call = make_call (program, value);

      if (call.node->op != SIAMBAN_OP_INPUT)
        operations[call.node->op]->forward (&call);
    }

  return TRUE;
}

static gboolean
siamban_reference_program_backward (SiambanProgram *program, GError **error)
{
  SiambanReferenceProgram *self = REFERENCE (program);
  const guint loss = _siamban_graph_get_loss (program->graph);

  memset (program->gradients, 0,
          _siamban_weights_get_store (program->weights)->n_weight_values * sizeof (float));
  for (guint value = 1; value <= self->n_values; value++)
    if (self->value_gradients[value] != NULL)
      memset (self->value_gradients[value], 0,
              sizeof (float) *
                  _siamban_node_get_n_elements (_siamban_graph_peek_node (program->graph, value)));

  if (self->value_gradients[loss] == NULL)
    return TRUE;

  self->value_gradients[loss][0] = 1;
  for (guint value = loss; value > 0; value--)
    {
      const SiambanReferenceCall call = make_call (program, value);

      if (call.dy != NULL && call.node->op != SIAMBAN_OP_INPUT)
        operations[call.node->op]->backward (&call);
    }

  return TRUE;
}

static guint64
siamban_reference_program_get_memory (SiambanProgram *program)
{
  return REFERENCE (program)->n_bytes;
}

static void
siamban_reference_program_finalize (GObject *object)
{
  SiambanReferenceProgram *self = REFERENCE (object);

  for (guint value = 1; value <= self->n_values; value++)
    {
      g_free (self->values[value]);
      g_free (self->value_gradients[value]);
      g_free (self->saved[value]);
    }
  g_free (self->values);
  g_free (self->value_gradients);
  g_free (self->saved);

  G_OBJECT_CLASS (_siamban_reference_program_parent_class)->finalize (object);
}

static void
_siamban_reference_program_class_init (SiambanReferenceProgramClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_reference_program_finalize;

  klass->prepare = siamban_reference_program_prepare;
  klass->write_input = siamban_reference_program_write_input;
  klass->read_output = siamban_reference_program_read_output;
  klass->forward = siamban_reference_program_forward;
  klass->backward = siamban_reference_program_backward;
  klass->get_memory = siamban_reference_program_get_memory;
}

static void
_siamban_reference_program_init (SiambanReferenceProgram *self)
{
}
