/* SPDX-License-Identifier: Apache-2.0 */

/* Our kernels, seen from C. All pointers are device memory, maps are (N, H, W, C). What has «add» in
 * its name adds to what is there. No sum depends on the order in which blocks run. Whatever a map is
 * of, sums, statistics and losses are computed in float32 or float64. */
#pragma once

#include <cuda_runtime_api.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C"
{
#endif

  typedef struct
  {
    int n, h, w, c;
  } SiambanCudaShape;

  /* Elements of a value, of its gradient or of what is like them. */
  typedef struct
  {
    void *data;
    int narrow; /* bfloat16, otherwise float32 */
  } SiambanCudaMap;

/* Sums over channels are made in at most so many parts. */
#define SIAMBAN_CUDA_MAX_PARTS 64

  /* Between (N, C, H, W) and (N, H, W, C). */
  cudaError_t siamban_cuda_from_bytes (cudaStream_t stream,
                                       const unsigned char *x,
                                       float *y,
                                       SiambanCudaShape shape);
  cudaError_t siamban_cuda_to_nhwc (cudaStream_t stream,
                                    const float *x,
                                    SiambanCudaMap y,
                                    SiambanCudaShape shape);
  cudaError_t
  siamban_cuda_to_nchw (cudaStream_t stream, SiambanCudaMap x, float *y, SiambanCudaShape shape);
  cudaError_t siamban_cuda_add_to_nchw (cudaStream_t stream,
                                        SiambanCudaMap x,
                                        float *y,
                                        SiambanCudaShape shape);

  cudaError_t siamban_cuda_clamp (cudaStream_t stream,
                                  SiambanCudaMap x,
                                  SiambanCudaMap y,
                                  float limit,
                                  size_t n);
  cudaError_t siamban_cuda_add_clamp_gradient (cudaStream_t stream,
                                               SiambanCudaMap y,
                                               SiambanCudaMap dy,
                                               SiambanCudaMap dx,
                                               float limit,
                                               size_t n);
  /* y = a · s + b · t */
  cudaError_t siamban_cuda_combine (cudaStream_t stream,
                                    SiambanCudaMap a,
                                    float s,
                                    SiambanCudaMap b,
                                    float t,
                                    SiambanCudaMap y,
                                    size_t n);
  cudaError_t siamban_cuda_add_scaled (cudaStream_t stream,
                                       SiambanCudaMap x,
                                       float factor,
                                       SiambanCudaMap y,
                                       size_t n);
  cudaError_t siamban_cuda_add_bias (cudaStream_t stream,
                                     const float *bias,
                                     SiambanCudaMap y,
                                     SiambanCudaShape shape);
  cudaError_t
  siamban_cuda_convert (cudaStream_t stream, SiambanCudaMap x, SiambanCudaMap y, size_t n);
  cudaError_t siamban_cuda_fill (cudaStream_t stream, float value, SiambanCudaMap y, size_t n);
  cudaError_t siamban_cuda_crop (cudaStream_t stream,
                                 SiambanCudaMap x,
                                 SiambanCudaShape from,
                                 SiambanCudaMap y,
                                 SiambanCudaShape to,
                                 int top,
                                 int left);
  cudaError_t siamban_cuda_add_crop_gradient (cudaStream_t stream,
                                              SiambanCudaMap dy,
                                              SiambanCudaShape to,
                                              SiambanCudaMap dx,
                                              SiambanCudaShape from,
                                              int top,
                                              int left);

  /* @scale: one number, or NULL for 1 */
  cudaError_t siamban_cuda_exp_scale (cudaStream_t stream,
                                      SiambanCudaMap x,
                                      const float *scale,
                                      SiambanCudaMap y,
                                      size_t n);
  cudaError_t siamban_cuda_add_exp_scale_gradient (cudaStream_t stream,
                                                   SiambanCudaMap x,
                                                   const float *scale,
                                                   SiambanCudaMap y,
                                                   SiambanCudaMap dy,
                                                   SiambanCudaMap dx,
                                                   float *dscale,
                                                   size_t n);
  /* One level of the sum; the first overwrites y. @weight: n_levels numbers, or NULL for the mean */
  cudaError_t siamban_cuda_level_sum (cudaStream_t stream,
                                      SiambanCudaMap x,
                                      const float *weight,
                                      int level,
                                      int n_levels,
                                      SiambanCudaMap y,
                                      size_t n);
  cudaError_t siamban_cuda_add_level_gradient (cudaStream_t stream,
                                               SiambanCudaMap x,
                                               const float *weight,
                                               int level,
                                               int n_levels,
                                               SiambanCudaMap dy,
                                               SiambanCudaMap dx,
                                               double *products,
                                               size_t n);
  cudaError_t siamban_cuda_add_level_weight_gradient (cudaStream_t stream,
                                                      const float *weight,
                                                      int n_levels,
                                                      const double *products,
                                                      float *dweight);

  /* @statistics: C means, C times 1 / sqrt (variance + epsilon); @parts: 2 · SIAMBAN_CUDA_MAX_PARTS · C;
 * @sums: C of dy, C of dy · normalised x */
  cudaError_t siamban_cuda_batch_norm_measure (cudaStream_t stream,
                                               SiambanCudaMap x,
                                               SiambanCudaShape shape,
                                               double *parts,
                                               float *statistics,
                                               float *running_mean,
                                               float *running_variance,
                                               float epsilon,
                                               float momentum);
  cudaError_t siamban_cuda_batch_norm_recall (cudaStream_t stream,
                                              const float *running_mean,
                                              const float *running_variance,
                                              float *statistics,
                                              float epsilon,
                                              int n_channels);
  cudaError_t siamban_cuda_batch_norm (cudaStream_t stream,
                                       SiambanCudaMap x,
                                       SiambanCudaShape shape,
                                       const float *statistics,
                                       const float *weight,
                                       const float *bias,
                                       SiambanCudaMap y);
  cudaError_t siamban_cuda_add_batch_norm_sums (cudaStream_t stream,
                                                SiambanCudaMap x,
                                                SiambanCudaMap dy,
                                                SiambanCudaShape shape,
                                                const float *statistics,
                                                double *parts,
                                                double *sums,
                                                float *dweight,
                                                float *dbias);
  cudaError_t siamban_cuda_add_batch_norm_gradient (cudaStream_t stream,
                                                    SiambanCudaMap x,
                                                    SiambanCudaMap dy,
                                                    SiambanCudaShape shape,
                                                    const float *statistics,
                                                    const float *weight,
                                                    const double *sums,
                                                    SiambanCudaMap dx);
  cudaError_t siamban_cuda_add_bias_gradient (cudaStream_t stream,
                                              SiambanCudaMap dy,
                                              SiambanCudaShape shape,
                                              double *parts,
                                              float *dbias);

  cudaError_t siamban_cuda_max_pool (cudaStream_t stream,
                                     SiambanCudaMap x,
                                     SiambanCudaShape from,
                                     SiambanCudaMap y,
                                     SiambanCudaShape to,
                                     int size,
                                     int stride,
                                     int padding);
  cudaError_t siamban_cuda_add_max_pool_gradient (cudaStream_t stream,
                                                  SiambanCudaMap x,
                                                  SiambanCudaMap dy,
                                                  SiambanCudaShape to,
                                                  SiambanCudaMap dx,
                                                  SiambanCudaShape from,
                                                  int size,
                                                  int stride,
                                                  int padding);

  /* Cross-correlation, channel by channel, or with @full over all channels of the search features. */
  cudaError_t siamban_cuda_xcorr (cudaStream_t stream,
                                  SiambanCudaMap search,
                                  SiambanCudaShape search_shape,
                                  SiambanCudaMap kernel,
                                  SiambanCudaShape kernel_shape,
                                  SiambanCudaMap y,
                                  SiambanCudaShape shape,
                                  int full);
  cudaError_t siamban_cuda_add_xcorr_search_gradient (cudaStream_t stream,
                                                      SiambanCudaMap kernel,
                                                      SiambanCudaShape kernel_shape,
                                                      SiambanCudaMap dy,
                                                      SiambanCudaShape shape,
                                                      SiambanCudaMap dsearch,
                                                      SiambanCudaShape search_shape,
                                                      int full);
  cudaError_t siamban_cuda_add_xcorr_kernel_gradient (cudaStream_t stream,
                                                      SiambanCudaMap search,
                                                      SiambanCudaShape search_shape,
                                                      SiambanCudaMap dy,
                                                      SiambanCudaShape shape,
                                                      SiambanCudaMap dkernel,
                                                      SiambanCudaShape kernel_shape,
                                                      int full);

  /* What @settings of siamban_cuda_descend() hold: these, and then a learning rate a parameter. */
  enum
  {
    SIAMBAN_CUDA_MOMENTUM,
    SIAMBAN_CUDA_WEIGHT_DECAY,
    SIAMBAN_CUDA_GRAD_CLIP, /* 0: none */
    SIAMBAN_CUDA_RATES,
  };

/* @parts: room for SIAMBAN_CUDA_NORM_PARTS; @squares: one number, the sum of squares */
#define SIAMBAN_CUDA_NORM_PARTS 512
  cudaError_t siamban_cuda_sum_squares (cudaStream_t stream,
                                        const float *x,
                                        size_t n,
                                        double *parts,
                                        double *squares);
  cudaError_t siamban_cuda_descend (cudaStream_t stream,
                                    float *values,
                                    float *momentum_values,
                                    const float *gradients,
                                    size_t n,
                                    const float *settings,
                                    unsigned parameter,
                                    const double *squares);

#ifdef __cplusplus
}
#endif
