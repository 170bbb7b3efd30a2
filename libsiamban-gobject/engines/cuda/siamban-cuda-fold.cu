/* SPDX-License-Identifier: Apache-2.0 */

/* A frozen batch norm as part of the convolution before it: y = (x - mean) · scale + shift is one
 * product of each weight with the scale of its channel, and a bias. */
#include "siamban-cuda-port-private.h"

#include "siamban-cuda-fold-private.h"

/* Kernels */

/* 1 where there is no batch norm. */
static __device__ inline float
scale_of (const float *norm_weight, const float *variance, float epsilon, size_t channel)
{
  return norm_weight == nullptr
             ? 1
             : norm_weight[channel] / (float) sqrt ((double) variance[channel] + epsilon);
}

static __global__ void
fold_weight_kernel (const float *weight,
                    const float *norm_weight,
                    const float *variance,
                    float epsilon,
                    SiambanCudaShape s,
                    void *folded,
                    int folded_narrow)
{
  const size_t plane = (size_t) s.h * s.w, n = (size_t) s.n * plane * s.c;

  SIAMBAN_FOR_EACH (i, n)
    {
      const size_t c = i % s.c, tap = i / s.c % plane, channel = i / s.c / plane;

      siamban_store (folded, folded_narrow, i,
                     weight[(channel * s.c + c) * plane + tap] *
                         scale_of (norm_weight, variance, epsilon, channel));
    }
}

static __global__ void
fold_bias_kernel (const float *bias,
                  const float *norm_weight,
                  const float *norm_bias,
                  const float *mean,
                  const float *variance,
                  float epsilon,
                  int n_channels,
                  void *folded,
                  int folded_narrow)
{
  SIAMBAN_FOR_EACH (channel, (size_t) n_channels)
    {
      float value = bias != nullptr ? bias[channel] : 0;

      if (norm_weight != nullptr)
        value = (value - mean[channel]) * scale_of (norm_weight, variance, epsilon, channel) +
                norm_bias[channel];
      siamban_store (folded, folded_narrow, channel, value);
    }
}

/* Launchers */

cudaError_t
siamban_cuda_fold (cudaStream_t stream,
                   const float *weight,
                   const float *bias,
                   SiambanCudaNorm norm,
                   SiambanCudaShape shape,
                   SiambanCudaMap folded_weight,
                   SiambanCudaMap folded_bias)
{
  const size_t n = (size_t) shape.n * shape.h * shape.w * shape.c;
  cudaError_t status;

  SIAMBAN_READS (weight, n * sizeof (float));
  SIAMBAN_WRITES (folded_weight.data, siamban_bytes_of (folded_weight, n));
  status = SIAMBAN_RUN (fold_weight_kernel, n, stream, weight, norm.weight, norm.variance,
                        norm.epsilon, shape, folded_weight.data, folded_weight.narrow);
  if (status != cudaSuccess)
    return status;

  SIAMBAN_WRITES (folded_bias.data, siamban_bytes_of (folded_bias, shape.n));

  return SIAMBAN_RUN (fold_bias_kernel, shape.n, stream, bias, norm.weight, norm.bias, norm.mean,
                      norm.variance, norm.epsilon, shape.n, folded_bias.data, folded_bias.narrow);
}
