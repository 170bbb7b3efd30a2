/* SPDX-License-Identifier: Apache-2.0 */

/* Windows that slide over a map: max pooling and cross-correlation. One thread an element of the
 * result, neighbouring threads on neighbouring channels. */
#include "siamban-cuda-port-private.h"

/* Kernels */

typedef struct
{
  int size, stride, padding;
} Pool;

static __device__ inline size_t
offset_of (SiambanCudaShape s, int image, int y, int x, int channel)
{
  return (((size_t) image * s.h + y) * s.w + x) * s.c + channel;
}

static __device__ inline size_t
size_of (SiambanCudaShape s)
{
  return (size_t) s.n * s.h * s.w * s.c;
}

/* The pixel that wins a window. The first of equal values wins, and not-a-number wins over
 * everything, so that it does not disappear. */
static __device__ size_t
find_winner (const void *x,
             int x_narrow,
             SiambanCudaShape from,
             Pool pool,
             int image,
             int row,
             int column,
             int c)
{
  const int top = row * pool.stride - pool.padding, left = column * pool.stride - pool.padding;
  size_t winner = 0;
  float largest = 0;
  bool found = false;

  for (int y = top > 0 ? top : 0; y < top + pool.size && y < from.h; y++)
    for (int u = left > 0 ? left : 0; u < left + pool.size && u < from.w; u++)
      {
        const size_t at = offset_of (from, image, y, u, c);

        const float value = siamban_load (x, x_narrow, at);

        if (!found || value > largest || value != value)
          {
            winner = at;
            largest = value;
          }
        found = true;
      }

  return winner;
}

static __global__ void
max_pool_kernel (const void *x,
                 int x_narrow,
                 SiambanCudaShape from,
                 void *y,
                 int y_narrow,
                 SiambanCudaShape to,
                 Pool pool)
{
  SIAMBAN_FOR_EACH (i, size_of (to))
    {
      const int c = (int) (i % to.c), column = (int) (i / to.c % to.w);
      const size_t line = i / to.c / to.w;

      siamban_store (y, y_narrow, i,
                     siamban_load (x, x_narrow,
                                   find_winner (x, x_narrow, from, pool, (int) (line / to.h),
                                                (int) (line % to.h), column, c)));
    }
}

/* Each pixel asks the windows over it whether it won. */
static __global__ void
add_max_pool_gradient_kernel (const void *x,
                              int x_narrow,
                              const void *dy,
                              int dy_narrow,
                              SiambanCudaShape to,
                              void *dx,
                              int dx_narrow,
                              SiambanCudaShape from,
                              Pool pool)
{
  SIAMBAN_FOR_EACH (i, size_of (from))
    {
      const int c = (int) (i % from.c), column = (int) (i / from.c % from.w);
      const size_t line = i / from.c / from.w;
      const int row = (int) (line % from.h), image = (int) (line / from.h);
      const int bottom = (row + pool.padding) / pool.stride;
      const int right = (column + pool.padding) / pool.stride;
      float sum = 0;

      for (int y = bottom; y >= 0 && y * pool.stride - pool.padding + pool.size > row; y--)
        for (int u = right; u >= 0 && u * pool.stride - pool.padding + pool.size > column; u--)
          if (y < to.h && u < to.w && find_winner (x, x_narrow, from, pool, image, y, u, c) == i)
            sum += siamban_load (dy, dy_narrow, offset_of (to, image, y, u, c));
      siamban_add (dx, dx_narrow, i, sum);
    }
}

/* Output channel k looks at search channels `first` to `first + n_summed - 1` and, in the kernel, at
 * as many from k · n_summed on. */
static __global__ void
xcorr_kernel (const void *search,
              int search_narrow,
              SiambanCudaShape search_shape,
              const void *kernel,
              int kernel_narrow,
              SiambanCudaShape kernel_shape,
              void *y,
              int y_narrow,
              SiambanCudaShape shape,
              int n_summed,
              int full)
{
  SIAMBAN_FOR_EACH (i, size_of (shape))
    {
      const int k = (int) (i % shape.c), column = (int) (i / shape.c % shape.w);
      const size_t line = i / shape.c / shape.w;
      const int row = (int) (line % shape.h), image = (int) (line / shape.h);
      const int first = full ? 0 : k;
      float sum = 0;

      for (int v = 0; v < kernel_shape.h; v++)
        {
          float part = 0;

          for (int u = 0; u < kernel_shape.w; u++)
            for (int j = 0; j < n_summed; j++)
              part += siamban_load (
                          search, search_narrow,
                          offset_of (search_shape, image, row + v, column + u, first + j)) *
                      siamban_load (kernel, kernel_narrow,
                                    offset_of (kernel_shape, image, v, u, k * n_summed + j));
          sum += part;
        }
      siamban_store (y, y_narrow, i, sum);
    }
}

static __global__ void
add_xcorr_search_gradient_kernel (const void *kernel,
                                  int kernel_narrow,
                                  SiambanCudaShape kernel_shape,
                                  const void *dy,
                                  int dy_narrow,
                                  SiambanCudaShape shape,
                                  void *dsearch,
                                  int dsearch_narrow,
                                  SiambanCudaShape search_shape,
                                  int full)
{
  SIAMBAN_FOR_EACH (i, size_of (search_shape))
    {
      const int c = (int) (i % search_shape.c),
                column = (int) (i / search_shape.c % search_shape.w);
      const size_t line = i / search_shape.c / search_shape.w;
      const int row = (int) (line % search_shape.h), image = (int) (line / search_shape.h);
      const int begin = full ? 0 : c, end = full ? shape.c : c + 1;
      float sum = 0;

      for (int v = 0; v < kernel_shape.h; v++)
        {
          float part = 0;

          for (int u = 0; u < kernel_shape.w; u++)
            {
              const int y = row - v, x = column - u;

              if (y < 0 || x < 0 || y >= shape.h || x >= shape.w)
                continue;
              for (int k = begin; k < end; k++)
                part += siamban_load (dy, dy_narrow, offset_of (shape, image, y, x, k)) *
                        siamban_load (kernel, kernel_narrow,
                                      offset_of (kernel_shape, image, v, u,
                                                 full ? k * search_shape.c + c : k));
            }
          sum += part;
        }
      siamban_add (dsearch, dsearch_narrow, i, sum);
    }
}

static __global__ void
add_xcorr_kernel_gradient_kernel (const void *search,
                                  int search_narrow,
                                  SiambanCudaShape search_shape,
                                  const void *dy,
                                  int dy_narrow,
                                  SiambanCudaShape shape,
                                  void *dkernel,
                                  int dkernel_narrow,
                                  SiambanCudaShape kernel_shape,
                                  int full)
{
  SIAMBAN_FOR_EACH (i, size_of (kernel_shape))
    {
      const int plane = (int) (i % kernel_shape.c), u = (int) (i / kernel_shape.c % kernel_shape.w);
      const size_t line = i / kernel_shape.c / kernel_shape.w;
      const int v = (int) (line % kernel_shape.h), image = (int) (line / kernel_shape.h);
      const int k = full ? plane / search_shape.c : plane;
      const int c = full ? plane % search_shape.c : plane;
      float sum = 0;

      for (int row = 0; row < shape.h; row++)
        {
          float part = 0;

          for (int column = 0; column < shape.w; column++)
            part += siamban_load (dy, dy_narrow, offset_of (shape, image, row, column, k)) *
                    siamban_load (search, search_narrow,
                                  offset_of (search_shape, image, row + v, column + u, c));
          sum += part;
        }
      siamban_add (dkernel, dkernel_narrow, i, sum);
    }
}

/* Launchers */

static size_t
elements_of (SiambanCudaShape s)
{
  return (size_t) s.n * s.h * s.w * s.c;
}

cudaError_t
siamban_cuda_max_pool (cudaStream_t stream,
                       SiambanCudaMap x,
                       SiambanCudaShape from,
                       SiambanCudaMap y,
                       SiambanCudaShape to,
                       int size,
                       int stride,
                       int padding)
{
  const Pool pool = { size, stride, padding };

  SIAMBAN_READS (x.data, siamban_bytes_of (x, elements_of (from)));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, elements_of (to)));

  return SIAMBAN_RUN (max_pool_kernel, elements_of (to), stream, x.data, x.narrow, from, y.data,
                      y.narrow, to, pool);
}

cudaError_t
siamban_cuda_add_max_pool_gradient (cudaStream_t stream,
                                    SiambanCudaMap x,
                                    SiambanCudaMap dy,
                                    SiambanCudaShape to,
                                    SiambanCudaMap dx,
                                    SiambanCudaShape from,
                                    int size,
                                    int stride,
                                    int padding)
{
  const Pool pool = { size, stride, padding };

  SIAMBAN_READS (x.data, siamban_bytes_of (x, elements_of (from)));
  SIAMBAN_READS (dy.data, siamban_bytes_of (dy, elements_of (to)));
  SIAMBAN_WRITES (dx.data, siamban_bytes_of (dx, elements_of (from)));

  return SIAMBAN_RUN (add_max_pool_gradient_kernel, elements_of (from), stream, x.data, x.narrow,
                      dy.data, dy.narrow, to, dx.data, dx.narrow, from, pool);
}

cudaError_t
siamban_cuda_xcorr (cudaStream_t stream,
                    SiambanCudaMap search,
                    SiambanCudaShape search_shape,
                    SiambanCudaMap kernel,
                    SiambanCudaShape kernel_shape,
                    SiambanCudaMap y,
                    SiambanCudaShape shape,
                    int full)
{
  SIAMBAN_READS (search.data, siamban_bytes_of (search, elements_of (search_shape)));
  SIAMBAN_READS (kernel.data, siamban_bytes_of (kernel, elements_of (kernel_shape)));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, elements_of (shape)));

  return SIAMBAN_RUN (xcorr_kernel, elements_of (shape), stream, search.data, search.narrow,
                      search_shape, kernel.data, kernel.narrow, kernel_shape, y.data, y.narrow,
                      shape, full ? search_shape.c : 1, full);
}

cudaError_t
siamban_cuda_add_xcorr_search_gradient (cudaStream_t stream,
                                        SiambanCudaMap kernel,
                                        SiambanCudaShape kernel_shape,
                                        SiambanCudaMap dy,
                                        SiambanCudaShape shape,
                                        SiambanCudaMap dsearch,
                                        SiambanCudaShape search_shape,
                                        int full)
{
  SIAMBAN_READS (kernel.data, siamban_bytes_of (kernel, elements_of (kernel_shape)));
  SIAMBAN_READS (dy.data, siamban_bytes_of (dy, elements_of (shape)));
  SIAMBAN_WRITES (dsearch.data, siamban_bytes_of (dsearch, elements_of (search_shape)));

  return SIAMBAN_RUN (add_xcorr_search_gradient_kernel, elements_of (search_shape), stream,
                      kernel.data, kernel.narrow, kernel_shape, dy.data, dy.narrow, shape,
                      dsearch.data, dsearch.narrow, search_shape, full);
}

cudaError_t
siamban_cuda_add_xcorr_kernel_gradient (cudaStream_t stream,
                                        SiambanCudaMap search,
                                        SiambanCudaShape search_shape,
                                        SiambanCudaMap dy,
                                        SiambanCudaShape shape,
                                        SiambanCudaMap dkernel,
                                        SiambanCudaShape kernel_shape,
                                        int full)
{
  SIAMBAN_READS (search.data, siamban_bytes_of (search, elements_of (search_shape)));
  SIAMBAN_READS (dy.data, siamban_bytes_of (dy, elements_of (shape)));
  SIAMBAN_WRITES (dkernel.data, siamban_bytes_of (dkernel, elements_of (kernel_shape)));

  return SIAMBAN_RUN (add_xcorr_kernel_gradient_kernel, elements_of (kernel_shape), stream,
                      search.data, search.narrow, search_shape, dy.data, dy.narrow, shape,
                      dkernel.data, dkernel.narrow, kernel_shape, full);
}
