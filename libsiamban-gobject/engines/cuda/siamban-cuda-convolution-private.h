/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-cudnn-private.h"

G_BEGIN_DECLS

typedef enum
{
  SIAMBAN_CUDA_FORWARD,         /* y of x and w */
  SIAMBAN_CUDA_DATA_GRADIENT,   /* x of y and w */
  SIAMBAN_CUDA_WEIGHT_GRADIENT, /* w of x and y */
  SIAMBAN_CUDA_N_PASSES,
} SiambanCudaPass;

/* Shapes as (N, C, H, W), (O, I / groups, kh, kw) and (N, O, H, W); in memory the channels come
 * last. How many groups there are follows from the shapes. */
typedef struct
{
  gint64 x[4];
  gint64 w[4];
  gint64 y[4];
  gint64 stride;
  gint64 padding;
  gint64 dilation;
  cudnnDataType_t type;  /* CUDNN_DATA_FLOAT or CUDNN_DATA_BFLOAT16; sums are always float32 */
  gboolean has_bias;     /* forward only: y is y + bias, of (1, O, 1, 1), */
  gboolean has_residual; /* and + residual, of y's shape, */
  gboolean has_relu;     /* and not less than 0 */
  gboolean exact;        /* no tensor cores, no TF32: float32 as IEEE has it */
} SiambanCudaConvolution;

typedef struct _SiambanCudaPlan SiambanCudaPlan;

/* Plans one pass for the device of @handle, or without a handle for the device that @properties, a
 * finalized descriptor, describes. Only ways that give the same bits each time are considered.
 * Fails with %SIAMBAN_ERROR_UNSUPPORTED. */
SiambanCudaPlan *_siamban_cuda_plan_new (const SiambanCudnn *cudnn,
                                         cudnnHandle_t handle,
                                         cudnnBackendDescriptor_t properties,
                                         const SiambanCudaConvolution *convolution,
                                         SiambanCudaPass pass,
                                         GError **error);
void _siamban_cuda_plan_free (SiambanCudaPlan *self);

const SiambanCudaConvolution *_siamban_cuda_plan_get_convolution (const SiambanCudaPlan *self);

/* Bytes that a run needs beside its operands. */
gsize _siamban_cuda_plan_get_workspace (const SiambanCudaPlan *self);

gboolean _siamban_cuda_plan_has_note (const SiambanCudaPlan *self,
                                      cudnnBackendNumericalNote_t note);

/* The same with what a forward plan has behind the convolution; NULL for what it has not. */
gboolean _siamban_cuda_plan_run_fused (const SiambanCudaPlan *self,
                                       cudnnHandle_t handle,
                                       const void *x,
                                       const void *w,
                                       const void *bias,
                                       const void *residual,
                                       const void *y,
                                       void *workspace,
                                       GError **error);

/* On the handle's stream. The operand that the pass makes is overwritten. */
gboolean _siamban_cuda_plan_run (const SiambanCudaPlan *self,
                                 cudnnHandle_t handle,
                                 const void *x,
                                 const void *w,
                                 const void *y,
                                 void *workspace,
                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanCudaPlan, _siamban_cuda_plan_free)

G_END_DECLS
