/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-program-private.h"

G_BEGIN_DECLS

/* What one operation works on. Everything is row major (N, C, H, W).
 *
 * Forward overwrites y. Backward adds to each dx and to the gradients of parameters; dx[i] is NULL
 * where no gradient is needed, and so is the gradient of a parameter that does not train. */
typedef struct
{
  const SiambanNode *node;
  const SiambanNode *inputs[SIAMBAN_NODE_MAX_INPUTS];
  const float *x[SIAMBAN_NODE_MAX_INPUTS];
  float *dx[SIAMBAN_NODE_MAX_INPUTS];
  float *y;
  const float *dy;
  const float *weight;
  const float *bias;
  float *weight_gradient;
  float *bias_gradient;
  float *saved; /* what forward keeps for backward, of the length that count_saved() gives */
  gboolean update_statistics; /* running ones, in a training program */
} SiambanReferenceCall;

typedef struct
{
  void (*forward) (const SiambanReferenceCall *call);
  void (*backward) (const SiambanReferenceCall *call);
  /* How many floats forward keeps for backward; NULL: none. */
  gsize (*count_saved) (const SiambanNode *node);
} SiambanReferenceOp;

extern const SiambanReferenceOp _siamban_reference_convolution;
extern const SiambanReferenceOp _siamban_reference_batch_norm;
extern const SiambanReferenceOp _siamban_reference_relu;
extern const SiambanReferenceOp _siamban_reference_relu6;
extern const SiambanReferenceOp _siamban_reference_max_pool;
extern const SiambanReferenceOp _siamban_reference_add;
extern const SiambanReferenceOp _siamban_reference_crop;
extern const SiambanReferenceOp _siamban_reference_xcorr_depthwise;
extern const SiambanReferenceOp _siamban_reference_xcorr;
extern const SiambanReferenceOp _siamban_reference_exp_scale;
extern const SiambanReferenceOp _siamban_reference_level_sum;
extern const SiambanReferenceOp _siamban_reference_cross_entropy;
extern const SiambanReferenceOp _siamban_reference_iou_loss;
extern const SiambanReferenceOp _siamban_reference_loss_sum;

GType _siamban_reference_program_get_type (void);

G_END_DECLS
