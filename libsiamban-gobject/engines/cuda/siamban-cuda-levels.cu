/* SPDX-License-Identifier: Apache-2.0 */

/* What combines the levels of the head: exp (x · scale) and the weighted sum of levels. */
#include "siamban-cuda-port-private.h"

/* Kernels */

static __global__ void
exp_scale_kernel (const float *x, const float *scale, float *y, size_t n)
{
  const double factor = scale != nullptr ? *scale : 1;

  SIAMBAN_FOR_EACH (i, n)
    y[i] = (float) exp (x[i] * factor);
}

static __global__ void
add_exp_scale_gradient_kernel (const float *scale,
                               const float *y,
                               const float *dy,
                               float *dx,
                               size_t n)
{
  const double factor = scale != nullptr ? *scale : 1;

  SIAMBAN_FOR_EACH (i, n)
    dx[i] = (float) (dx[i] + (double) dy[i] * y[i] * factor);
}

/* One block: there is only one scale. */
static __global__ void
add_scale_gradient_kernel (const float *x, const float *y, const float *dy, float *dscale, size_t n)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double sum = 0;

  SIAMBAN_FOR_EACH (i, n)
    sum += (double) dy[i] * y[i] * x[i];
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
level_sum_kernel (const float *x, const float *weight, int level, int n_levels, float *y, size_t n)
{
  const float share = (float) share_of (weight, level, n_levels);

  SIAMBAN_FOR_EACH (i, n)
    y[i] = level > 0 ? y[i] + share * x[i] : share * x[i];
}

static __global__ void
add_level_gradient_kernel (const float *weight,
                           int level,
                           int n_levels,
                           const float *dy,
                           float *dx,
                           size_t n)
{
  const float share = (float) share_of (weight, level, n_levels);

  SIAMBAN_FOR_EACH (i, n)
    dx[i] += share * dy[i];
}

/* One block a level. */
static __global__ void
level_product_kernel (const float *x, const float *dy, int level, double *products, size_t n)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double sum = 0;

  SIAMBAN_FOR_EACH (i, n)
    sum += (double) dy[i] * x[i];
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
siamban_cuda_exp_scale (cudaStream_t stream, const float *x, const float *scale, float *y, size_t n)
{
  SIAMBAN_READS (x, n * sizeof (float));
  SIAMBAN_WRITES (y, n * sizeof (float));

  return SIAMBAN_RUN (exp_scale_kernel, n, stream, x, scale, y, n);
}

cudaError_t
siamban_cuda_add_exp_scale_gradient (cudaStream_t stream,
                                     const float *x,
                                     const float *scale,
                                     const float *y,
                                     const float *dy,
                                     float *dx,
                                     float *dscale,
                                     size_t n)
{
  cudaError_t status = cudaSuccess;

  SIAMBAN_READS (x, n * sizeof (float));
  SIAMBAN_READS (y, n * sizeof (float));
  SIAMBAN_READS (dy, n * sizeof (float));
  if (dx != nullptr)
    {
      SIAMBAN_WRITES (dx, n * sizeof (float));
      status = SIAMBAN_RUN (add_exp_scale_gradient_kernel, n, stream, scale, y, dy, dx, n);
    }
  if (dscale != nullptr && status == cudaSuccess)
    {
      SIAMBAN_WRITES (dscale, sizeof (float));
      status = SIAMBAN_LAUNCH (add_scale_gradient_kernel, dim3 (1), dim3 (SIAMBAN_BLOCK), 0, stream,
                               x, y, dy, dscale, n);
    }

  return status;
}

cudaError_t
siamban_cuda_level_sum (cudaStream_t stream,
                        const float *x,
                        const float *weight,
                        int level,
                        int n_levels,
                        float *y,
                        size_t n)
{
  SIAMBAN_READS (x, n * sizeof (float));
  SIAMBAN_WRITES (y, n * sizeof (float));

  return SIAMBAN_RUN (level_sum_kernel, n, stream, x, weight, level, n_levels, y, n);
}

cudaError_t
siamban_cuda_add_level_gradient (cudaStream_t stream,
                                 const float *x,
                                 const float *weight,
                                 int level,
                                 int n_levels,
                                 const float *dy,
                                 float *dx,
                                 double *products,
                                 size_t n)
{
  cudaError_t status = cudaSuccess;

  SIAMBAN_READS (x, n * sizeof (float));
  SIAMBAN_READS (dy, n * sizeof (float));
  if (dx != nullptr)
    {
      SIAMBAN_WRITES (dx, n * sizeof (float));
      status = SIAMBAN_RUN (add_level_gradient_kernel, n, stream, weight, level, n_levels, dy, dx,
                            n);
    }
  if (status == cudaSuccess)
    {
      SIAMBAN_WRITES (products + level, sizeof (double));
      status = SIAMBAN_LAUNCH (level_product_kernel, dim3 (1), dim3 (SIAMBAN_BLOCK), 0, stream, x,
                               dy, level, products, n);
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
