/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-cublas-private.h"
#include "siamban-cuda-convolution-private.h"

G_BEGIN_DECLS

/* A pass of a 1 × 1 convolution, which is a product of two matrices when the channels come last. */
typedef struct _SiambanCudaProduct SiambanCudaProduct;

/* NULL if the convolution is no product, or the library has no way for it. */
SiambanCudaProduct *_siamban_cuda_product_new (const SiambanCublas *cublas,
                                               cublasLtHandle_t handle,
                                               const SiambanCudaConvolution *convolution,
                                               SiambanCudaPass pass);
void _siamban_cuda_product_free (SiambanCudaProduct *self);

gsize _siamban_cuda_product_get_workspace (const SiambanCudaProduct *self);

/* As _siamban_cuda_plan_run(). */
gboolean _siamban_cuda_product_run (const SiambanCudaProduct *self,
                                    cudaStream_t stream,
                                    const void *x,
                                    const void *w,
                                    const void *y,
                                    void *workspace,
                                    GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanCudaProduct, _siamban_cuda_product_free)

G_END_DECLS
