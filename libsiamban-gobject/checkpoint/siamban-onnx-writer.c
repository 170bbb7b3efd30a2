/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-onnx-writer-private.h"

#include <string.h>

#include "siamban-error.h"

/* Numbers of onnx.proto. */
#define ATTRIBUTE_FLOAT 1
#define ATTRIBUTE_INT 2
#define ATTRIBUTE_INTS 7
#define DATA_FLOAT 1
#define DATA_INT64 7
#define IR_VERSION 7
#define OPERATOR_SET 13

/* A message of protobuf is smaller than this. */
#define MAX_SIZE ((gsize) G_MAXINT32)

SiambanOnnxWriter *
_siamban_onnx_writer_new (void)
{
  SiambanOnnxWriter *self = g_new0 (SiambanOnnxWriter, 1);

  self->nodes = g_ptr_array_new ();
  self->initializers = g_ptr_array_new ();
  self->inputs = g_ptr_array_new ();
  self->outputs = g_ptr_array_new ();
  self->constants = g_hash_table_new (g_str_hash, g_str_equal);
  self->memory = g_ptr_array_new_with_free_func (g_free);

  return self;
}

void
_siamban_onnx_writer_free (SiambanOnnxWriter *self)
{
  g_hash_table_unref (self->constants);
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->initializers);
  g_ptr_array_unref (self->inputs);
  g_ptr_array_unref (self->outputs);
  g_ptr_array_unref (self->memory);
  g_free (self);
}

static gpointer
keep (SiambanOnnxWriter *self, gpointer memory)
{
  g_ptr_array_add (self->memory, memory);

  return memory;
}

static gpointer
copy (SiambanOnnxWriter *self, gconstpointer data, gsize size)
{
  return keep (self, g_memdup2 (data, size));
}

char *
_siamban_onnx_printf (SiambanOnnxWriter *self, const char *format, ...)
{
  va_list args;
  char *text;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  return keep (self, text);
}

Siamban__Onnx__Node *
_siamban_onnx_add_node (SiambanOnnxWriter *self,
                        const char *op,
                        const char *output,
                        const char *const *inputs,
                        gsize n_inputs)
{
  Siamban__Onnx__Node *node = keep (self, g_new (Siamban__Onnx__Node, 1));

  siamban__onnx__node__init (node);
  node->op_type = (char *) op;
  node->name = (char *) output;
  node->n_input = n_inputs;
  node->input = copy (self, inputs, n_inputs * sizeof *inputs);
  node->n_output = 1;
  node->output = copy (self, &output, sizeof output);
  g_ptr_array_add (self->nodes, node);

  return node;
}

static Siamban__Onnx__Attribute *
add_attribute (SiambanOnnxWriter *self, Siamban__Onnx__Node *node, const char *name, gint32 type)
{
  Siamban__Onnx__Attribute *attribute = keep (self, g_new (Siamban__Onnx__Attribute, 1));
  Siamban__Onnx__Attribute **list = keep (
      self, g_new (Siamban__Onnx__Attribute *, node->n_attribute + 1));

  siamban__onnx__attribute__init (attribute);
  attribute->name = (char *) name;
  attribute->has_type = TRUE;
  attribute->type = type;
  for (gsize i = 0; i < node->n_attribute; i++)
    list[i] = node->attribute[i];
  list[node->n_attribute++] = attribute;
  node->attribute = list;

  return attribute;
}

void
_siamban_onnx_add_int (SiambanOnnxWriter *self,
                       Siamban__Onnx__Node *node,
                       const char *name,
                       gint64 value)
{
  Siamban__Onnx__Attribute *attribute = add_attribute (self, node, name, ATTRIBUTE_INT);

  attribute->has_i = TRUE;
  attribute->i = value;
}

void
_siamban_onnx_add_float (SiambanOnnxWriter *self,
                         Siamban__Onnx__Node *node,
                         const char *name,
                         float value)
{
  Siamban__Onnx__Attribute *attribute = add_attribute (self, node, name, ATTRIBUTE_FLOAT);

  attribute->has_f = TRUE;
  attribute->f = value;
}

void
_siamban_onnx_add_ints (SiambanOnnxWriter *self,
                        Siamban__Onnx__Node *node,
                        const char *name,
                        const gint64 *values,
                        gsize n)
{
  Siamban__Onnx__Attribute *attribute = add_attribute (self, node, name, ATTRIBUTE_INTS);

  attribute->n_ints = n;
  attribute->ints = copy (self, values, n * sizeof *values);
}

/* @data is in the byte order of the file, which is little-endian. */
static void
add_constant (SiambanOnnxWriter *self,
              const char *name,
              gint32 type,
              const gint64 *shape,
              gsize n_dims,
              gconstpointer data,
              gsize size)
{
  Siamban__Onnx__Tensor *tensor = keep (self, g_new (Siamban__Onnx__Tensor, 1));

  siamban__onnx__tensor__init (tensor);
  tensor->name = (char *) name;
  tensor->has_data_type = TRUE;
  tensor->data_type = type;
  tensor->n_dims = n_dims;
  tensor->dims = copy (self, shape, n_dims * sizeof *shape);
  tensor->has_raw_data = TRUE;
  tensor->raw_data.data = (guint8 *) data;
  tensor->raw_data.len = size;
  g_hash_table_add (self->constants, (char *) name);
  g_ptr_array_add (self->initializers, tensor);
}

const char *
_siamban_onnx_add_floats (SiambanOnnxWriter *self,
                          const char *name,
                          const gint64 *shape,
                          gsize n_dims,
                          const float *values)
{
  gsize n = 1;

  if (g_hash_table_contains (self->constants, name))
    return name;

  for (gsize i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
#if G_BYTE_ORDER == G_BIG_ENDIAN
  guint32 *swapped = keep (self, g_new (guint32, n));

  memcpy (swapped, values, n * sizeof *swapped);
  for (gsize i = 0; i < n; i++)
    swapped[i] = GUINT32_SWAP_LE_BE (swapped[i]);
  values = (const float *) swapped;
#endif
  add_constant (self, name, DATA_FLOAT, shape, n_dims, values, n * sizeof *values);

  return name;
}

const char *
_siamban_onnx_add_scalar (SiambanOnnxWriter *self, double value)
{
  const float number = (float) value;
  guint32 bits;
  const char *name;

  memcpy (&bits, &number, sizeof bits);
  name = _siamban_onnx_printf (self, "scalar/%08x", bits);

  return _siamban_onnx_add_floats (self, name, NULL, 0, copy (self, &number, sizeof number));
}

const char *
_siamban_onnx_add_list (SiambanOnnxWriter *self, const gint64 *values, gsize n)
{
  const gint64 shape = (gint64) n;
  GString *text = g_string_new ("list/");
  gint64 *ordered = keep (self, g_new (gint64, n));
  char *name;

  for (gsize i = 0; i < n; i++)
    {
      g_string_append_printf (text, ".%" G_GINT64_FORMAT, values[i]);
      ordered[i] = GINT64_TO_LE (values[i]);
    }
  name = keep (self, g_string_free (text, FALSE));
  if (!g_hash_table_contains (self->constants, name))
    add_constant (self, name, DATA_INT64, &shape, 1, ordered, n * sizeof *ordered);

  return name;
}

void
_siamban_onnx_add_value (SiambanOnnxWriter *self,
                         GPtrArray *list,
                         const char *name,
                         const gint64 *shape)
{
  const gsize n_dims = 4;
  Siamban__Onnx__ValueInfo *value = keep (self, g_new (Siamban__Onnx__ValueInfo, 1));
  Siamban__Onnx__Type *type = keep (self, g_new (Siamban__Onnx__Type, 1));
  Siamban__Onnx__TensorType *tensor = keep (self, g_new (Siamban__Onnx__TensorType, 1));
  Siamban__Onnx__Shape *dims = keep (self, g_new (Siamban__Onnx__Shape, 1));

  siamban__onnx__value_info__init (value);
  siamban__onnx__type__init (type);
  siamban__onnx__tensor_type__init (tensor);
  siamban__onnx__shape__init (dims);
  value->name = (char *) name;
  value->type = type;
  type->tensor_type = tensor;
  tensor->has_elem_type = TRUE;
  tensor->elem_type = DATA_FLOAT;
  tensor->shape = dims;
  dims->n_dim = n_dims;
  dims->dim = keep (self, g_new (Siamban__Onnx__Dimension *, n_dims));
  for (gsize i = 0; i < n_dims; i++)
    {
      dims->dim[i] = keep (self, g_new (Siamban__Onnx__Dimension, 1));
      siamban__onnx__dimension__init (dims->dim[i]);
      dims->dim[i]->has_dim_value = TRUE;
      dims->dim[i]->dim_value = shape[i];
    }
  g_ptr_array_add (list, value);
}

GBytes *
_siamban_onnx_writer_end (SiambanOnnxWriter *self, const char *name, GError **error)
{
  Siamban__Onnx__Graph graph = SIAMBAN__ONNX__GRAPH__INIT;
  Siamban__Onnx__OperatorSet operators = SIAMBAN__ONNX__OPERATOR_SET__INIT;
  Siamban__Onnx__OperatorSet *operator_sets = &operators;
  Siamban__Onnx__Model model = SIAMBAN__ONNX__MODEL__INIT;
  gsize size;
  guint8 *data;

  graph.name = (char *) name;
  graph.n_node = self->nodes->len;
  graph.node = (Siamban__Onnx__Node **) self->nodes->pdata;
  graph.n_initializer = self->initializers->len;
  graph.initializer = (Siamban__Onnx__Tensor **) self->initializers->pdata;
  graph.n_input = self->inputs->len;
  graph.input = (Siamban__Onnx__ValueInfo **) self->inputs->pdata;
  graph.n_output = self->outputs->len;
  graph.output = (Siamban__Onnx__ValueInfo **) self->outputs->pdata;
  operators.domain = (char *) "";
  operators.has_version = TRUE;
  operators.version = OPERATOR_SET;
  model.has_ir_version = TRUE;
  model.ir_version = IR_VERSION;
  model.producer_name = (char *) "siamban";
  model.producer_version = (char *) SIAMBAN_VERSION;
  model.graph = &graph;
  model.n_opset_import = 1;
  model.opset_import = &operator_sets;

  size = siamban__onnx__model__get_packed_size (&model);
  if (size >= MAX_SIZE)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_UNSUPPORTED,
                   "A network of %" G_GSIZE_FORMAT " bytes is too large for one ONNX file", size);
      return NULL;
    }
  data = g_malloc (size);
  siamban__onnx__model__pack (&model, data);

  return g_bytes_new_take (data, size);
}
