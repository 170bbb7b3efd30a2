/* SPDX-License-Identifier: Apache-2.0 */

/* Operations on single elements, and changes of layout. */
#include "siamban-cuda-port-private.h"

/* Kernels */

/* Where an element that is at i in (N, H, W, C) lies in (N, C, H, W). */
static __device__ inline size_t
nchw_offset (size_t i, SiambanCudaShape s)
{
  const size_t plane = (size_t) s.h * s.w;
  const size_t c = i % s.c, pixel = i / s.c;

  return (pixel / plane * s.c + c) * plane + pixel % plane;
}

static __device__ inline size_t
size_of (SiambanCudaShape s)
{
  return (size_t) s.n * s.h * s.w * s.c;
}

template <class T>
static __global__ void
to_nhwc_kernel (const T *x, void *y, int y_narrow, SiambanCudaShape s)
{
  SIAMBAN_FOR_EACH (i, size_of (s))
    siamban_store (y, y_narrow, i, (float) x[nchw_offset (i, s)]);
}

static __global__ void
to_nchw_kernel (const void *x, int x_narrow, float *y, SiambanCudaShape s)
{
  SIAMBAN_FOR_EACH (i, size_of (s))
    y[nchw_offset (i, s)] = siamban_load (x, x_narrow, i);
}

static __global__ void
add_to_nchw_kernel (const void *x, int x_narrow, float *y, SiambanCudaShape s)
{
  SIAMBAN_FOR_EACH (i, size_of (s))
    y[nchw_offset (i, s)] += siamban_load (x, x_narrow, i);
}

/* Not-a-number stays what it is, so that it reaches the loss. */
static __global__ void
clamp_kernel (const void *x, int x_narrow, void *y, int y_narrow, float limit, size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    {
      const float value = siamban_load (x, x_narrow, i);

      siamban_store (y, y_narrow, i, value <= 0 ? 0 : value > limit ? limit : value);
    }
}

static __global__ void
add_clamp_gradient_kernel (const void *y,
                           int y_narrow,
                           const void *dy,
                           int dy_narrow,
                           void *dx,
                           int dx_narrow,
                           float limit,
                           size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    {
      const float value = siamban_load (y, y_narrow, i);

      if (value > 0 && value < limit)
        siamban_add (dx, dx_narrow, i, siamban_load (dy, dy_narrow, i));
    }
}

static __global__ void
combine_kernel (const void *a,
                int a_narrow,
                float s,
                const void *b,
                int b_narrow,
                float t,
                void *y,
                int y_narrow,
                size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    siamban_store (y, y_narrow, i,
                   siamban_load (a, a_narrow, i) * s + siamban_load (b, b_narrow, i) * t);
}

static __global__ void
add_scaled_kernel (const void *x, int x_narrow, float factor, void *y, int y_narrow, size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    siamban_add (y, y_narrow, i, siamban_load (x, x_narrow, i) * factor);
}

static __global__ void
add_bias_kernel (const float *bias, void *y, int y_narrow, SiambanCudaShape s)
{
  SIAMBAN_FOR_EACH (i, size_of (s))
    siamban_add (y, y_narrow, i, bias[i % s.c]);
}

static __global__ void
convert_kernel (const void *x, int x_narrow, void *y, int y_narrow, size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    siamban_store (y, y_narrow, i, siamban_load (x, x_narrow, i));
}

static __global__ void
fill_kernel (float value, void *y, int y_narrow, size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    siamban_store (y, y_narrow, i, value);
}

/* Where an element of the window lies in the map that it was cropped from. */
static __device__ inline size_t
crop_offset (size_t i, SiambanCudaShape from, SiambanCudaShape to, int top, int left)
{
  const size_t c = i % to.c, pixel = i / to.c;
  const size_t column = pixel % to.w, row = pixel / to.w % to.h, image = pixel / to.w / to.h;

  return ((image * from.h + top + row) * from.w + left + column) * from.c + c;
}

static __global__ void
crop_kernel (const void *x,
             int x_narrow,
             SiambanCudaShape from,
             void *y,
             int y_narrow,
             SiambanCudaShape to,
             int top,
             int left)
{
  SIAMBAN_FOR_EACH (i, size_of (to))
    siamban_store (y, y_narrow, i,
                   siamban_load (x, x_narrow, crop_offset (i, from, to, top, left)));
}

static __global__ void
add_crop_gradient_kernel (const void *dy,
                          int dy_narrow,
                          SiambanCudaShape to,
                          void *dx,
                          int dx_narrow,
                          SiambanCudaShape from,
                          int top,
                          int left)
{
  SIAMBAN_FOR_EACH (i, size_of (to))
    siamban_add (dx, dx_narrow, crop_offset (i, from, to, top, left),
                 siamban_load (dy, dy_narrow, i));
}

/* Launchers */

static size_t
elements_of (SiambanCudaShape s)
{
  return (size_t) s.n * s.h * s.w * s.c;
}

cudaError_t
siamban_cuda_from_bytes (cudaStream_t stream,
                         const unsigned char *x,
                         float *y,
                         SiambanCudaShape shape)
{
  SIAMBAN_READS (x, elements_of (shape));
  SIAMBAN_WRITES (y, elements_of (shape) * sizeof (float));

  return SIAMBAN_RUN (to_nhwc_kernel<unsigned char>, elements_of (shape), stream, x, y, 0, shape);
}

cudaError_t
siamban_cuda_to_nhwc (cudaStream_t stream, const float *x, SiambanCudaMap y, SiambanCudaShape shape)
{
  SIAMBAN_READS (x, elements_of (shape) * sizeof (float));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, elements_of (shape)));

  return SIAMBAN_RUN (to_nhwc_kernel<float>, elements_of (shape), stream, x, y.data, y.narrow,
                      shape);
}

cudaError_t
siamban_cuda_to_nchw (cudaStream_t stream, SiambanCudaMap x, float *y, SiambanCudaShape shape)
{
  SIAMBAN_READS (x.data, siamban_bytes_of (x, elements_of (shape)));
  SIAMBAN_WRITES (y, elements_of (shape) * sizeof (float));

  return SIAMBAN_RUN (to_nchw_kernel, elements_of (shape), stream, x.data, x.narrow, y, shape);
}

cudaError_t
siamban_cuda_add_to_nchw (cudaStream_t stream, SiambanCudaMap x, float *y, SiambanCudaShape shape)
{
  SIAMBAN_READS (x.data, siamban_bytes_of (x, elements_of (shape)));
  SIAMBAN_WRITES (y, elements_of (shape) * sizeof (float));

  return SIAMBAN_RUN (add_to_nchw_kernel, elements_of (shape), stream, x.data, x.narrow, y, shape);
}

cudaError_t
siamban_cuda_clamp (cudaStream_t stream, SiambanCudaMap x, SiambanCudaMap y, float limit, size_t n)
{
  SIAMBAN_READS (x.data, siamban_bytes_of (x, n));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, n));

  return SIAMBAN_RUN (clamp_kernel, n, stream, x.data, x.narrow, y.data, y.narrow, limit, n);
}

cudaError_t
siamban_cuda_add_clamp_gradient (cudaStream_t stream,
                                 SiambanCudaMap y,
                                 SiambanCudaMap dy,
                                 SiambanCudaMap dx,
                                 float limit,
                                 size_t n)
{
  SIAMBAN_READS (y.data, siamban_bytes_of (y, n));
  SIAMBAN_READS (dy.data, siamban_bytes_of (dy, n));
  SIAMBAN_WRITES (dx.data, siamban_bytes_of (dx, n));

  return SIAMBAN_RUN (add_clamp_gradient_kernel, n, stream, y.data, y.narrow, dy.data, dy.narrow,
                      dx.data, dx.narrow, limit, n);
}

cudaError_t
siamban_cuda_combine (cudaStream_t stream,
                      SiambanCudaMap a,
                      float s,
                      SiambanCudaMap b,
                      float t,
                      SiambanCudaMap y,
                      size_t n)
{
  SIAMBAN_READS (a.data, siamban_bytes_of (a, n));
  SIAMBAN_READS (b.data, siamban_bytes_of (b, n));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, n));

  return SIAMBAN_RUN (combine_kernel, n, stream, a.data, a.narrow, s, b.data, b.narrow, t, y.data,
                      y.narrow, n);
}

cudaError_t
siamban_cuda_add_scaled (cudaStream_t stream,
                         SiambanCudaMap x,
                         float factor,
                         SiambanCudaMap y,
                         size_t n)
{
  SIAMBAN_READS (x.data, siamban_bytes_of (x, n));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, n));

  return SIAMBAN_RUN (add_scaled_kernel, n, stream, x.data, x.narrow, factor, y.data, y.narrow, n);
}

cudaError_t
siamban_cuda_add_bias (cudaStream_t stream,
                       const float *bias,
                       SiambanCudaMap y,
                       SiambanCudaShape shape)
{
  SIAMBAN_READS (bias, shape.c * sizeof (float));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, elements_of (shape)));

  return SIAMBAN_RUN (add_bias_kernel, elements_of (shape), stream, bias, y.data, y.narrow, shape);
}

cudaError_t
siamban_cuda_convert (cudaStream_t stream, SiambanCudaMap x, SiambanCudaMap y, size_t n)
{
  SIAMBAN_READS (x.data, siamban_bytes_of (x, n));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, n));

  return SIAMBAN_RUN (convert_kernel, n, stream, x.data, x.narrow, y.data, y.narrow, n);
}

cudaError_t
siamban_cuda_fill (cudaStream_t stream, float value, SiambanCudaMap y, size_t n)
{
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, n));

  return SIAMBAN_RUN (fill_kernel, n, stream, value, y.data, y.narrow, n);
}

cudaError_t
siamban_cuda_crop (cudaStream_t stream,
                   SiambanCudaMap x,
                   SiambanCudaShape from,
                   SiambanCudaMap y,
                   SiambanCudaShape to,
                   int top,
                   int left)
{
  SIAMBAN_READS (x.data, siamban_bytes_of (x, elements_of (from)));
  SIAMBAN_WRITES (y.data, siamban_bytes_of (y, elements_of (to)));

  return SIAMBAN_RUN (crop_kernel, elements_of (to), stream, x.data, x.narrow, from, y.data,
                      y.narrow, to, top, left);
}

cudaError_t
siamban_cuda_add_crop_gradient (cudaStream_t stream,
                                SiambanCudaMap dy,
                                SiambanCudaShape to,
                                SiambanCudaMap dx,
                                SiambanCudaShape from,
                                int top,
                                int left)
{
  SIAMBAN_READS (dy.data, siamban_bytes_of (dy, elements_of (to)));
  SIAMBAN_WRITES (dx.data, siamban_bytes_of (dx, elements_of (from)));

  return SIAMBAN_RUN (add_crop_gradient_kernel, elements_of (to), stream, dy.data, dy.narrow, to,
                      dx.data, dx.narrow, from, top, left);
}
