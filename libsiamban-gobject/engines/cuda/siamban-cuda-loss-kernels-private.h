/* SPDX-License-Identifier: Apache-2.0 */

/* Kernels of the losses; see siamban-cuda-kernels-private.h. */
#pragma once

#include "siamban-cuda-kernels-private.h"

#ifdef __cplusplus
extern "C"
{
#endif

  /* @counts: points of label 0 and of label 1 */
  cudaError_t siamban_cuda_cross_entropy (cudaStream_t stream,
                                          SiambanCudaMap scores,
                                          SiambanCudaMap labels,
                                          double *counts,
                                          float *loss,
                                          size_t n_points);
  cudaError_t siamban_cuda_add_cross_entropy_gradient (cudaStream_t stream,
                                                       SiambanCudaMap scores,
                                                       SiambanCudaMap labels,
                                                       const double *counts,
                                                       const float *dloss,
                                                       SiambanCudaMap dscores,
                                                       size_t n_points);
  cudaError_t siamban_cuda_iou_loss (cudaStream_t stream,
                                     SiambanCudaMap predicted,
                                     SiambanCudaMap target,
                                     SiambanCudaMap labels,
                                     int kind,
                                     double *counts,
                                     float *loss,
                                     size_t n_points);
  cudaError_t siamban_cuda_add_iou_loss_gradient (cudaStream_t stream,
                                                  SiambanCudaMap predicted,
                                                  SiambanCudaMap target,
                                                  SiambanCudaMap labels,
                                                  int kind,
                                                  const double *counts,
                                                  const float *dloss,
                                                  SiambanCudaMap dpredicted,
                                                  size_t n_points);

#ifdef __cplusplus
}
#endif
