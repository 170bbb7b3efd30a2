/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-graph-private.h"
#include "siamban-onnx.pb-c.h"

G_BEGIN_DECLS

/* The parts of a graph in the Open Neural Network Exchange's format, in the making. What is added is
 * kept until the writer is freed. */
typedef struct
{
  GPtrArray *nodes;        /* Siamban__Onnx__Node */
  GPtrArray *initializers; /* Siamban__Onnx__Tensor */
  GPtrArray *inputs;       /* Siamban__Onnx__ValueInfo */
  GPtrArray *outputs;      /* likewise */
  GHashTable *constants;   /* names of the initializers */
  GPtrArray *memory;       /* everything of the messages */
} SiambanOnnxWriter;

SiambanOnnxWriter *_siamban_onnx_writer_new (void);
void _siamban_onnx_writer_free (SiambanOnnxWriter *self);

/* A text that lives as long as the writer. */
char *_siamban_onnx_printf (SiambanOnnxWriter *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Names of values are kept by the caller or made by the function above. */
Siamban__Onnx__Node *_siamban_onnx_add_node (SiambanOnnxWriter *self,
                                             const char *op,
                                             const char *output,
                                             const char *const *inputs,
                                             gsize n_inputs);
void _siamban_onnx_add_int (SiambanOnnxWriter *self,
                            Siamban__Onnx__Node *node,
                            const char *name,
                            gint64 value);
void _siamban_onnx_add_float (SiambanOnnxWriter *self,
                              Siamban__Onnx__Node *node,
                              const char *name,
                              float value);
void _siamban_onnx_add_ints (SiambanOnnxWriter *self,
                             Siamban__Onnx__Node *node,
                             const char *name,
                             const gint64 *values,
                             gsize n);

/* Constants, each once by its name, which is returned. Numbers of @values are borrowed. */
const char *_siamban_onnx_add_floats (SiambanOnnxWriter *self,
                                      const char *name,
                                      const gint64 *shape,
                                      gsize n_dims,
                                      const float *values);
const char *_siamban_onnx_add_scalar (SiambanOnnxWriter *self, double value);
const char *_siamban_onnx_add_list (SiambanOnnxWriter *self, const gint64 *values, gsize n);

/* What goes in and what comes out; @value has four dimensions. */
void _siamban_onnx_add_value (SiambanOnnxWriter *self,
                              GPtrArray *list,
                              const char *name,
                              const gint64 *shape);

/* The whole file; NULL with an error if it is too large for the format. */
GBytes *_siamban_onnx_writer_end (SiambanOnnxWriter *self, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanOnnxWriter, _siamban_onnx_writer_free)

G_END_DECLS
