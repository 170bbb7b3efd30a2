/* SPDX-License-Identifier: Apache-2.0 */

/* What combines the levels of the head: exp (x · scale) and the weighted sum of levels. */
#include "siamban-cuda-port-private.h"

/* Kernels */

static __global__ void
exp_scale_kernel (const void *x, int x_narrow, const float *scale, void *y, int y_narrow, size_t n)
{
  const double factor = scale != nullptr ? *scale : 1;

  SIAMBAN_FOR_EACH (i, n)
    siamban_store (y, y_narrow, i, (float) exp (siamban_load (x, x_narrow, i) * factor));
}

static __global__ void
add_exp_scale_gradient_kernel (const float *scale,
                               const void *y,
                               int y_narrow,
                               const void *dy,
                               int dy_narrow,
                               void *dx,
                               int dx_narrow,
                               size_t n)
{
  const double factor = scale != nullptr ? *scale : 1;

  SIAMBAN_FOR_EACH (i, n)
    siamban_store (
        dx, dx_narrow, i,
        (float) (siamban_load (dx, dx_narrow, i) + (double) siamban_load (dy, dy_narrow, i) *
                                                       siamban_load (y, y_narrow, i) * factor));
}

/* One block: there is only one scale. */
static __global__ void
add_scale_gradient_kernel (const void *x,
                           int x_narrow,
                           const void *y,
                           int y_narrow,
                           const void *dy,
                           int dy_narrow,
                           float *dscale,
                           size_t n)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double sum = 0;

  SIAMBAN_FOR_EACH (i, n)
    sum += (double) siamban_load (dy, dy_narrow, i) * siamban_load (y, y_narrow, i) *
           siamban_load (x, x_narrow, i);
  sum = siamban_block_sum (sum, shared);
  if (threadIdx.x == 0)
    *dscale = (float) (*dscale + sum);
}

/* softmax (weight)[level] */
static __device__ double
share_of (const float *weight, int level, int n_levels)
{
  double largest, sum = 0;

  if (weight == nullptr)
    return 1.0 / n_levels;

  largest = weight[0];
  for (int i = 1; i < n_levels; i++)
    largest = weight[i] > largest ? weight[i] : largest;
  for (int i = 0; i < n_levels; i++)
    sum += exp (weight[i] - largest);

  return exp (weight[level] - largest) / sum;
}

static __global__ void
level_sum_kernel (const void *x,
                  int x_narrow,
                  const float *weight,
                  int level,
                  int n_levels,
                  void *y,
                  int y_narrow,
                  size_t n)
{
  const float share = (float) share_of (weight, level, n_levels);

  SIAMBAN_FOR_EACH (i, n)
    {
      const float part = share * siamban_load (x, x_narrow, i);

      siamban_store (y, y_narrow, i, level > 0 ? siamban_load (y, y_narrow, i) + part : part);
    }
}

static __global__ void
add_level_gradient_kernel (const float *weight,
                           int level,
                           int n_levels,
                           const void *dy,
                           int dy_narrow,
                           void *dx,
                           int dx_narrow,
                           size_t n)
{
  const float share = (float) share_of (weight, level, n_levels);

  SIAMBAN_FOR_EACH (i, n)
    siamban_add (dx, dx_narrow, i, share * siamban_load (dy, dy_narrow, i));
}

/* One block a level. */
static __global__ void
level_product_kernel (const void *x,
                      int x_narrow,
                      const void *dy,
                      int dy_narrow,
                      int level,
                      double *products,
                      size_t n)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double sum = 0;

  SIAMBAN_FOR_EACH (i, n)
    sum += (double) siamban_load (dy, dy_narrow, i) * siamban_load (x, x_narrow, i);
  sum = siamban_block_sum (sum, shared);
  if (threadIdx.x == 0)
    products[level] = sum;
}

/* With the shares a = softmax (w): dL/dw_i = a_i · (dL/da_i - sum of a_j · dL/da_j). */
static __global__ void
add_level_weight_gradient_kernel (const float *weight,
                                  int n_levels,
                                  const double *products,
                                  float *dweight)
{
  const int level = (int) threadIdx.x;
  double mean = 0;

  if (level >= n_levels)
    return;

  for (int i = 0; i < n_levels; i++)
    mean += share_of (weight, i, n_levels) * products[i];
  dweight[level] = (float) (dweight[level] +
                            share_of (weight, level, n_levels) * (products[level] - mean));
}

/* Launchers */

cudaError_t
siamban_cuda_exp_scale (cudaStream_t stream,
                        SiambanCudaMap x,
                        const float *scale,
                        SiambanCudaMap y,
                        size_t n)
{
  SIAMBAN_READS (x.data, siamban_bytes_of (x, n));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, n));

  return SIAMBAN_RUN (exp_scale_kernel, n, stream, x.data, x.narrow, scale, y.data, y.narrow, n);
}

cudaError_t
siamban_cuda_add_exp_scale_gradient (cudaStream_t stream,
                                     SiambanCudaMap x,
                                     const float *scale,
                                     SiambanCudaMap y,
                                     SiambanCudaMap dy,
                                     SiambanCudaMap dx,
                                     float *dscale,
                                     size_t n)
{
  cudaError_t status = cudaSuccess;

  SIAMBAN_READS (x.data, siamban_bytes_of (x, n));
  SIAMBAN_READS (y.data, siamban_bytes_of (y, n));
  SIAMBAN_READS (dy.data, siamban_bytes_of (dy, n));
  if (dx.data != nullptr)
    {
      SIAMBAN_WRITES (dx.data, siamban_bytes_of (dx, n));
      status = SIAMBAN_RUN (add_exp_scale_gradient_kernel, n, stream, scale, y.data, y.narrow,
                            dy.data, dy.narrow, dx.data, dx.narrow, n);
    }
  if (dscale != nullptr && status == cudaSuccess)
    {
      SIAMBAN_WRITES (dscale, sizeof (float));
      status = SIAMBAN_LAUNCH (add_scale_gradient_kernel, dim3 (1), dim3 (SIAMBAN_BLOCK), 0, stream,
                               x.data, x.narrow, y.data, y.narrow, dy.data, dy.narrow, dscale, n);
    }

  return status;
}

cudaError_t
siamban_cuda_level_sum (cudaStream_t stream,
                        SiambanCudaMap x,
                        const float *weight,
                        int level,
                        int n_levels,
                        SiambanCudaMap y,
                        size_t n)
{
  SIAMBAN_READS (x.data, siamban_bytes_of (x, n));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, n));

  return SIAMBAN_RUN (level_sum_kernel, n, stream, x.data, x.narrow, weight, level, n_levels,
                      y.data, y.narrow, n);
}

cudaError_t
siamban_cuda_add_level_gradient (cudaStream_t stream,
                                 SiambanCudaMap x,
                                 const float *weight,
                                 int level,
                                 int n_levels,
                                 SiambanCudaMap dy,
                                 SiambanCudaMap dx,
                                 double *products,
                                 size_t n)
{
  cudaError_t status = cudaSuccess;

  SIAMBAN_READS (x.data, siamban_bytes_of (x, n));
  SIAMBAN_READS (dy.data, siamban_bytes_of (dy, n));
  if (dx.data != nullptr)
    {
      SIAMBAN_WRITES (dx.data, siamban_bytes_of (dx, n));
      status = SIAMBAN_RUN (add_level_gradient_kernel, n, stream, weight, level, n_levels, dy.data,
                            dy.narrow, dx.data, dx.narrow, n);
    }
  if (status == cudaSuccess)
    {
      SIAMBAN_WRITES (products + level, sizeof (double));
      status = SIAMBAN_LAUNCH (level_product_kernel, dim3 (1), dim3 (SIAMBAN_BLOCK), 0, stream,
                               x.data, x.narrow, dy.data, dy.narrow, level, products, n);
    }

  return status;
}

cudaError_t
siamban_cuda_add_level_weight_gradient (cudaStream_t stream,
                                        const float *weight,
                                        int n_levels,
                                        const double *products,
                                        float *dweight)
{
  SIAMBAN_READS (products, n_levels * sizeof (double));
  SIAMBAN_WRITES (dweight, n_levels * sizeof (float));

  return SIAMBAN_LAUNCH (add_level_weight_gradient_kernel, dim3 (1), dim3 (32), 0, stream, weight,
                         n_levels, products, dweight);
}
