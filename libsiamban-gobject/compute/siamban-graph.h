/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-weights.h"

G_BEGIN_DECLS

/**
 * SiambanIouLoss:
 * @SIAMBAN_IOU_LOSS_LINEAR: mean of `1 - iou`
 * @SIAMBAN_IOU_LOSS_LOG: mean of `-log (iou)`
 * @SIAMBAN_IOU_LOSS_GENERALIZED: mean of `1 - giou`
 *
 * How an overlap becomes a loss.
 *
 * Source: SiamBAN's `IOULoss`, of the types `linear_iou`, `iou` and `giou`.
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_IOU_LOSS_LINEAR,
  SIAMBAN_IOU_LOSS_LOG,
  SIAMBAN_IOU_LOSS_GENERALIZED,
} SiambanIouLoss;

#define SIAMBAN_TYPE_GRAPH (siamban_graph_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanGraph, siamban_graph, SIAMBAN, GRAPH, GObject)

SIAMBAN_API
SiambanGraph *siamban_graph_new (SiambanWeights *weights) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanWeights *siamban_graph_get_weights (SiambanGraph *self);

SIAMBAN_API
guint siamban_graph_input (SiambanGraph *self,
                           const char *name,
                           guint batch_size,
                           guint n_channels,
                           guint height,
                           guint width);

SIAMBAN_API
guint siamban_graph_convolution (SiambanGraph *self,
                                 guint x,
                                 const char *weight,
                                 const char *bias,
                                 guint stride,
                                 guint padding,
                                 guint dilation,
                                 guint n_groups);

SIAMBAN_API
guint siamban_graph_batch_norm (SiambanGraph *self, guint x, const char *name, gboolean training);

SIAMBAN_API
guint siamban_graph_relu (SiambanGraph *self, guint x);

SIAMBAN_API
guint siamban_graph_relu6 (SiambanGraph *self, guint x);

SIAMBAN_API
guint siamban_graph_max_pool (SiambanGraph *self, guint x, guint size, guint stride, guint padding);

SIAMBAN_API
guint siamban_graph_add (SiambanGraph *self, guint a, guint b);

SIAMBAN_API
guint
siamban_graph_crop (SiambanGraph *self, guint x, guint top, guint left, guint height, guint width);

SIAMBAN_API
guint siamban_graph_xcorr_depthwise (SiambanGraph *self, guint search, guint kernel);

SIAMBAN_API
guint siamban_graph_xcorr (SiambanGraph *self, guint search, guint kernel);

SIAMBAN_API
guint siamban_graph_exp_scale (SiambanGraph *self, guint x, const char *scale, guint index);

SIAMBAN_API
guint siamban_graph_level_sum (SiambanGraph *self,
                               const guint *levels,
                               gsize n_levels,
                               const char *weight);

SIAMBAN_API
guint siamban_graph_cross_entropy (SiambanGraph *self, guint scores, guint labels);

SIAMBAN_API
guint siamban_graph_iou_loss (SiambanGraph *self,
                              guint distances,
                              guint label_distances,
                              guint label_classes,
                              SiambanIouLoss kind);

SIAMBAN_API
guint
siamban_graph_loss_sum (SiambanGraph *self, guint a, double factor_a, guint b, double factor_b);

SIAMBAN_API
void siamban_graph_set_name (SiambanGraph *self, guint value, const char *name);

SIAMBAN_API
guint siamban_graph_lookup (SiambanGraph *self, const char *name);

SIAMBAN_API
void siamban_graph_add_output (SiambanGraph *self, guint value);

SIAMBAN_API
void siamban_graph_set_loss (SiambanGraph *self, guint value);

SIAMBAN_API
guint siamban_graph_get_n_values (SiambanGraph *self);

SIAMBAN_API
const gint64 *siamban_graph_get_shape (SiambanGraph *self, guint value, gsize *n_dims);

SIAMBAN_API
gboolean siamban_graph_check (SiambanGraph *self, GError **error);

SIAMBAN_API
char *siamban_graph_to_string (SiambanGraph *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
