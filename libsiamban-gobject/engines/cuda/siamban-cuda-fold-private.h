/* SPDX-License-Identifier: Apache-2.0 */

/* Weights of convolutions with their batch norms; see siamban-cuda-kernels-private.h. */
#pragma once

#include "siamban-cuda-kernels-private.h"

#ifdef __cplusplus
extern "C"
{
#endif

  /* A batch norm whose statistics are constants; without data it does nothing. */
  typedef struct
  {
    const float *weight, *bias, *mean, *variance;
    float epsilon;
  } SiambanCudaNorm;

  /* Weights of a convolution, (O, I, h, w) of @shape (O, h, w, I), with the batch norm behind it: its weights
   * with the channels last, and its bias. @bias: NULL for none */
  cudaError_t siamban_cuda_fold (cudaStream_t stream,
                                 const float *weight,
                                 const float *bias,
                                 SiambanCudaNorm norm,
                                 SiambanCudaShape shape,
                                 SiambanCudaMap folded_weight,
                                 SiambanCudaMap folded_bias);

#ifdef __cplusplus
}
#endif
