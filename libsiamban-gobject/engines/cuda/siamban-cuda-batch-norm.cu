/* SPDX-License-Identifier: Apache-2.0 */

/* Batch norm, and the gradient of a bias: sums over all pixels of a channel.
 *
 * A block of 32 channels × 8 rows sums every n-th pixel; the parts of a channel are added in their
 * order by one thread, in double precision. */
#include "siamban-cuda-port-private.h"

#define LANES 32
#define ROWS 8

/* Kernels */

/* The two sums of a part, of what `a` and `b` are for its thread. */
static __device__ inline void
store_part (double a, double b, int channel, int n_channels, double *parts)
{
  __shared__ double shared[2][ROWS][LANES];

  shared[0][threadIdx.y][threadIdx.x] = a;
  shared[1][threadIdx.y][threadIdx.x] = b;
  __syncthreads ();
  if (threadIdx.y == 0 && channel < n_channels)
    for (int i = 0; i < 2; i++)
      {
        double sum = 0;

        for (int row = 0; row < ROWS; row++)
          sum += shared[i][row][threadIdx.x];
        parts[((size_t) blockIdx.y * 2 + i) * n_channels + channel] = sum;
      }
}

/* Sums of x and x². */
static __global__ void
measure_kernel (const void *x, int x_narrow, size_t n_pixels, int n_channels, double *parts)
{
  const int channel = (int) (blockIdx.x * LANES + threadIdx.x);
  double sum = 0, squares = 0;

  if (channel < n_channels)
    for (size_t i = blockIdx.y * ROWS + threadIdx.y; i < n_pixels; i += (size_t) gridDim.y * ROWS)
      {
        const double value = siamban_load (x, x_narrow, i * n_channels + channel);

        sum += value;
        squares += value * value;
      }
  store_part (sum, squares, channel, n_channels, parts);
}

/* Sums of dy and dy · normalised x; without statistics of dy alone. */
static __global__ void
gradient_sums_kernel (const void *x,
                      int x_narrow,
                      const void *dy,
                      int dy_narrow,
                      size_t n_pixels,
                      int n_channels,
                      const float *statistics,
                      double *parts)
{
  const int channel = (int) (blockIdx.x * LANES + threadIdx.x);
  double sum = 0, products = 0;

  if (channel < n_channels)
    for (size_t i = blockIdx.y * ROWS + threadIdx.y; i < n_pixels; i += (size_t) gridDim.y * ROWS)
      {
        const size_t at = i * n_channels + channel;

        const float slope = siamban_load (dy, dy_narrow, at);

        sum += slope;
        if (statistics != nullptr)
          products += (double) slope * (siamban_load (x, x_narrow, at) - statistics[channel]) *
                      statistics[n_channels + channel];
      }
  store_part (sum, products, channel, n_channels, parts);
}

static __device__ inline double
add_parts (const double *parts, int n_parts, int which, int channel, int n_channels)
{
  double sum = 0;

  for (int part = 0; part < n_parts; part++)
    sum += parts[((size_t) part * 2 + which) * n_channels + channel];

  return sum;
}

static __global__ void
finish_statistics_kernel (const double *parts,
                          int n_parts,
                          double n_pixels,
                          int n_channels,
                          float *statistics,
                          float *running_mean,
                          float *running_variance,
                          float epsilon,
                          float momentum)
{
  SIAMBAN_FOR_EACH (channel, (size_t) n_channels)
    {
      const double mean = add_parts (parts, n_parts, 0, (int) channel, n_channels) / n_pixels;
      const double squares = add_parts (parts, n_parts, 1, (int) channel, n_channels) / n_pixels;
      const double variance = squares - mean * mean > 0 ? squares - mean * mean : 0;

      statistics[channel] = (float) mean;
      statistics[n_channels + channel] = (float) (1 / sqrt (variance + epsilon));
      if (running_mean != nullptr)
        {
          const double unbiased = variance * n_pixels / (n_pixels - 1);

          running_mean[channel] = (float) (running_mean[channel] +
                                           momentum * (mean - running_mean[channel]));
          running_variance[channel] = (float) (running_variance[channel] +
                                               momentum * (unbiased - running_variance[channel]));
        }
    }
}

static __global__ void
recall_kernel (const float *running_mean,
               const float *running_variance,
               float *statistics,
               float epsilon,
               int n_channels)
{
  SIAMBAN_FOR_EACH (channel, (size_t) n_channels)
    {
      statistics[channel] = running_mean[channel];
      statistics[n_channels + channel] = (float) (1 / sqrt ((double) running_variance[channel] +
                                                            epsilon));
    }
}

static __global__ void
batch_norm_kernel (const void *x,
                   int x_narrow,
                   size_t n,
                   int n_channels,
                   const float *statistics,
                   const float *weight,
                   const float *bias,
                   void *y,
                   int y_narrow)
{
  SIAMBAN_FOR_EACH (i, n)
    {
      const int channel = (int) (i % n_channels);
      const float factor = statistics[n_channels + channel] * weight[channel];

      siamban_store (y, y_narrow, i,
                     (siamban_load (x, x_narrow, i) - statistics[channel]) * factor +
                         bias[channel]);
    }
}

static __global__ void
finish_sums_kernel (const double *parts,
                    int n_parts,
                    int n_channels,
                    double *sums,
                    float *dweight,
                    float *dbias)
{
  SIAMBAN_FOR_EACH (channel, (size_t) n_channels)
    {
      const double sum = add_parts (parts, n_parts, 0, (int) channel, n_channels);
      const double products = add_parts (parts, n_parts, 1, (int) channel, n_channels);

      if (sums != nullptr)
        {
          sums[channel] = sum;
          sums[n_channels + channel] = products;
        }
      if (dweight != nullptr)
        dweight[channel] = (float) (dweight[channel] + products);
      if (dbias != nullptr)
        dbias[channel] = (float) (dbias[channel] + sum);
    }
}

/* dx = weight · scale · (dy - mean (dy) - normalised x · mean (dy · normalised x)); without the two
 * means where the statistics are constants. */
static __global__ void
add_batch_norm_gradient_kernel (const void *x,
                                int x_narrow,
                                const void *dy,
                                int dy_narrow,
                                size_t n,
                                int n_channels,
                                const float *statistics,
                                const float *weight,
                                const double *sums,
                                void *dx,
                                int dx_narrow)
{
  const double n_pixels = (double) (n / n_channels);

  SIAMBAN_FOR_EACH (i, n)
    {
      const int channel = (int) (i % n_channels);
      const float scale = statistics[n_channels + channel];
      float slope = siamban_load (dy, dy_narrow, i);

      if (sums != nullptr)
        slope -= (float) (sums[channel] / n_pixels) +
                 (siamban_load (x, x_narrow, i) - statistics[channel]) * scale *
                     (float) (sums[n_channels + channel] / n_pixels);
      siamban_add (dx, dx_narrow, i, weight[channel] * scale * slope);
    }
}

/* Launchers */

static size_t
count_pixels (SiambanCudaShape s)
{
  return (size_t) s.n * s.h * s.w;
}

static dim3
parts_grid (SiambanCudaShape s)
{
  const size_t n_parts = (count_pixels (s) + 4 * ROWS - 1) / (4 * ROWS);

  return dim3 ((unsigned) (s.c + LANES - 1) / LANES,
               n_parts > SIAMBAN_CUDA_MAX_PARTS ? SIAMBAN_CUDA_MAX_PARTS : (unsigned) n_parts);
}

static size_t
parts_bytes (SiambanCudaShape s)
{
  return (size_t) parts_grid (s).y * 2 * s.c * sizeof (double);
}

cudaError_t
siamban_cuda_batch_norm_measure (cudaStream_t stream,
                                 SiambanCudaMap x,
                                 SiambanCudaShape shape,
                                 double *parts,
                                 float *statistics,
                                 float *running_mean,
                                 float *running_variance,
                                 float epsilon,
                                 float momentum)
{
  const dim3 grid = parts_grid (shape);
  cudaError_t status;

  SIAMBAN_READS (x.data, siamban_bytes_of (x, count_pixels (shape) * shape.c));
  SIAMBAN_WRITES (parts, parts_bytes (shape));
  status = SIAMBAN_LAUNCH (measure_kernel, grid, dim3 (LANES, ROWS), 0, stream, x.data, x.narrow,
                           count_pixels (shape), shape.c, parts);
  if (status != cudaSuccess)
    return status;

  SIAMBAN_READS (parts, parts_bytes (shape));
  SIAMBAN_WRITES (statistics, 2 * shape.c * sizeof (float));
  if (running_mean != nullptr)
    {
      SIAMBAN_WRITES (running_mean, shape.c * sizeof (float));
      SIAMBAN_WRITES (running_variance, shape.c * sizeof (float));
    }

  return SIAMBAN_RUN (finish_statistics_kernel, shape.c, stream, parts, (int) grid.y,
                      (double) count_pixels (shape), shape.c, statistics, running_mean,
                      running_variance, epsilon, momentum);
}

cudaError_t
siamban_cuda_batch_norm_recall (cudaStream_t stream,
                                const float *running_mean,
                                const float *running_variance,
                                float *statistics,
                                float epsilon,
                                int n_channels)
{
  SIAMBAN_READS (running_mean, n_channels * sizeof (float));
  SIAMBAN_READS (running_variance, n_channels * sizeof (float));
  SIAMBAN_WRITES (statistics, 2 * n_channels * sizeof (float));

  return SIAMBAN_RUN (recall_kernel, n_channels, stream, running_mean, running_variance, statistics,
                      epsilon, n_channels);
}

cudaError_t
siamban_cuda_batch_norm (cudaStream_t stream,
                         SiambanCudaMap x,
                         SiambanCudaShape shape,
                         const float *statistics,
                         const float *weight,
                         const float *bias,
                         SiambanCudaMap y)
{
  const size_t n = count_pixels (shape) * shape.c;

  SIAMBAN_READS (x.data, siamban_bytes_of (x, n));
  SIAMBAN_READS (statistics, 2 * shape.c * sizeof (float));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, n));

  return SIAMBAN_RUN (batch_norm_kernel, n, stream, x.data, x.narrow, n, shape.c, statistics,
                      weight, bias, y.data, y.narrow);
}

cudaError_t
siamban_cuda_add_batch_norm_sums (cudaStream_t stream,
                                  SiambanCudaMap x,
                                  SiambanCudaMap dy,
                                  SiambanCudaShape shape,
                                  const float *statistics,
                                  double *parts,
                                  double *sums,
                                  float *dweight,
                                  float *dbias)
{
  const dim3 grid = parts_grid (shape);
  cudaError_t status;

  if (x.data != nullptr)
    SIAMBAN_READS (x.data, siamban_bytes_of (x, count_pixels (shape) * shape.c));
  SIAMBAN_READS (dy.data, siamban_bytes_of (dy, count_pixels (shape) * shape.c));
  SIAMBAN_WRITES (parts, parts_bytes (shape));
  status = SIAMBAN_LAUNCH (gradient_sums_kernel, grid, dim3 (LANES, ROWS), 0, stream, x.data,
                           x.narrow, dy.data, dy.narrow, count_pixels (shape), shape.c, statistics,
                           parts);
  if (status != cudaSuccess)
    return status;

  SIAMBAN_READS (parts, parts_bytes (shape));

  return SIAMBAN_RUN (finish_sums_kernel, shape.c, stream, parts, (int) grid.y, shape.c, sums,
                      dweight, dbias);
}

cudaError_t
siamban_cuda_add_batch_norm_gradient (cudaStream_t stream,
                                      SiambanCudaMap x,
                                      SiambanCudaMap dy,
                                      SiambanCudaShape shape,
                                      const float *statistics,
                                      const float *weight,
                                      const double *sums,
                                      SiambanCudaMap dx)
{
  const size_t n = count_pixels (shape) * shape.c;

  SIAMBAN_READS (x.data, siamban_bytes_of (x, n));
  SIAMBAN_READS (dy.data, siamban_bytes_of (dy, n));
  SIAMBAN_WRITES (dx.data, siamban_bytes_of (dx, n));

  return SIAMBAN_RUN (add_batch_norm_gradient_kernel, n, stream, x.data, x.narrow, dy.data,
                      dy.narrow, n, shape.c, statistics, weight, sums, dx.data, dx.narrow);
}

cudaError_t
siamban_cuda_add_bias_gradient (cudaStream_t stream,
                                SiambanCudaMap dy,
                                SiambanCudaShape shape,
                                double *parts,
                                float *dbias)
{
  const SiambanCudaMap none = { nullptr, 0 };

  return siamban_cuda_add_batch_norm_sums (stream, none, dy, shape, nullptr, parts, nullptr,
                                           nullptr, dbias);
}
