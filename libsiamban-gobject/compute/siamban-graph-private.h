/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-graph.h"

G_BEGIN_DECLS

/* BatchNorm2d's defaults, which SiamBAN uses throughout. */
#define SIAMBAN_BATCH_NORM_EPSILON 1e-5
#define SIAMBAN_BATCH_NORM_MOMENTUM 0.1

#define SIAMBAN_NODE_MAX_INPUTS 8

typedef enum
{
  SIAMBAN_OP_NONE,
  SIAMBAN_OP_INPUT,
  SIAMBAN_OP_CONVOLUTION,
  SIAMBAN_OP_BATCH_NORM,
  SIAMBAN_OP_RELU,
  SIAMBAN_OP_RELU6,
  SIAMBAN_OP_MAX_POOL,
  SIAMBAN_OP_ADD,
  SIAMBAN_OP_CROP,
  SIAMBAN_OP_XCORR_DEPTHWISE,
  SIAMBAN_OP_XCORR,
  SIAMBAN_OP_EXP_SCALE,
  SIAMBAN_OP_LEVEL_SUM,
  SIAMBAN_OP_CROSS_ENTROPY,
  SIAMBAN_OP_IOU_LOSS,
  SIAMBAN_OP_LOSS_SUM,
  SIAMBAN_N_OPS
} SiambanOp;

/* One value of the graph and how it comes about. All values are float32, (N, C, H, W); a loss is
 * (1, 1, 1, 1). What an operation does not have is 0 or NULL.
 *
 *   convolution     inputs: x                      weight (O, I / groups, kh, kw), bias (O) or NULL
 *   batch norm      inputs: x                      weight, bias, mean, variance (C), counter
 *   max pool        inputs: x                      size, stride, padding (pads never win)
 *   crop            inputs: x                      top, left; height and width are the shape's
 *   xcorr depthwise inputs: search, kernel         channel by channel, no padding
 *   xcorr           inputs: search (N, C, H, W), kernel (N, K * C, h, w) -> (N, K, ...)
 *   exp scale       inputs: x                      exp (x * scale[index]), exp (x) if weight is NULL
 *   level sum       inputs: levels                 softmax (weight) as factors, the mean if NULL
 *   cross entropy   inputs: scores (N, 2, O, O), labels (N, 1, O, O) of -1, 0, 1
 *   iou loss        inputs: distances (N, 4, O, O), label distances, label classes
 *   loss sum        inputs: a, b                   factors[0] * a + factors[1] * b
 */
typedef struct
{
  SiambanOp op;
  guint n_inputs;
  guint inputs[SIAMBAN_NODE_MAX_INPUTS];
  gint64 shape[4];

  SiambanParameter *weight;
  SiambanParameter *bias;
  SiambanParameter *mean;
  SiambanParameter *variance;
  SiambanParameter *counter;

  guint size;
  guint stride;
  guint padding;
  guint dilation;
  guint n_groups;
  guint top;
  guint left;
  guint index;
  gboolean training;
  double factors[2];
  SiambanIouLoss iou_loss;

  char *name;
  gboolean is_output;
} SiambanNode;

/* Value 0 is none; values count from 1. Inputs of a node are always smaller than the node. */
SIAMBAN_MODULE_API
const SiambanNode *_siamban_graph_peek_node (SiambanGraph *self, guint value);
SIAMBAN_MODULE_API
guint _siamban_graph_get_loss (SiambanGraph *self);

SIAMBAN_MODULE_API
const char *_siamban_op_get_name (SiambanOp op);

/* From now on the graph does not change. */
void _siamban_graph_seal (SiambanGraph *self);

/* For the methods that add an operation. All give 0 or NULL on failure and keep the first error,
 * which names the value that would have come next. */
guint _siamban_graph_fail (SiambanGraph *self, SiambanOp op, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
guint _siamban_graph_fail_shapes (SiambanGraph *self,
                                  SiambanOp op,
                                  const SiambanNode *a,
                                  const SiambanNode *b);
const SiambanNode *_siamban_graph_get_input (SiambanGraph *self, SiambanOp op, guint value);
SiambanParameter *
_siamban_graph_get_parameter (SiambanGraph *self, SiambanOp op, const char *name, gsize n_dims);
guint _siamban_graph_append (SiambanGraph *self, const SiambanNode *node);

/* The node of an operation that keeps the shape of its only input. */
guint _siamban_graph_append_pointwise (SiambanGraph *self, SiambanOp op, guint x);

gboolean _siamban_node_has_shape_of (const SiambanNode *a, const SiambanNode *b);

static inline gsize
_siamban_node_get_n_elements (const SiambanNode *node)
{
  return (gsize) (node->shape[0] * node->shape[1] * node->shape[2] * node->shape[3]);
}

G_END_DECLS
