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
to_nhwc_kernel (const T *x, float *y, SiambanCudaShape s)
{
  SIAMBAN_FOR_EACH (i, size_of (s))
    y[i] = (float) x[nchw_offset (i, s)];
}

static __global__ void
to_nchw_kernel (const float *x, float *y, SiambanCudaShape s)
{
  SIAMBAN_FOR_EACH (i, size_of (s))
    y[nchw_offset (i, s)] = x[i];
}

static __global__ void
add_to_nchw_kernel (const float *x, float *y, SiambanCudaShape s)
{
  SIAMBAN_FOR_EACH (i, size_of (s))
    y[nchw_offset (i, s)] += x[i];
}

/* Not-a-number stays what it is, so that it reaches the loss. */
static __global__ void
clamp_kernel (const float *x, float *y, float limit, size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    y[i] = x[i] <= 0 ? 0 : x[i] > limit ? limit : x[i];
}

static __global__ void
add_clamp_gradient_kernel (const float *y, const float *dy, float *dx, float limit, size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    if (y[i] > 0 && y[i] < limit)
      dx[i] += dy[i];
}

static __global__ void
combine_kernel (const float *a, float s, const float *b, float t, float *y, size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    y[i] = a[i] * s + b[i] * t;
}

static __global__ void
add_scaled_kernel (const float *x, float factor, float *y, size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    y[i] += x[i] * factor;
}

static __global__ void
add_bias_kernel (const float *bias, float *y, SiambanCudaShape s)
{
  SIAMBAN_FOR_EACH (i, size_of (s))
    y[i] += bias[i % s.c];
}

static __global__ void
fill_kernel (float value, float *y, size_t n)
{
  SIAMBAN_FOR_EACH (i, n)
    y[i] = value;
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
crop_kernel (const float *x, SiambanCudaShape from, float *y, SiambanCudaShape to, int top, int left)
{
  SIAMBAN_FOR_EACH (i, size_of (to))
    y[i] = x[crop_offset (i, from, to, top, left)];
}

static __global__ void
add_crop_gradient_kernel (const float *dy,
                          SiambanCudaShape to,
                          float *dx,
                          SiambanCudaShape from,
                          int top,
                          int left)
{
  SIAMBAN_FOR_EACH (i, size_of (to))
    dx[crop_offset (i, from, to, top, left)] += dy[i];
}

/* Launchers */

static size_t
bytes_of (SiambanCudaShape s)
{
  return (size_t) s.n * s.h * s.w * s.c * sizeof (float);
}

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
  SIAMBAN_WRITES (y, bytes_of (shape));

  return SIAMBAN_RUN (to_nhwc_kernel<unsigned char>, elements_of (shape), stream, x, y, shape);
}

cudaError_t
siamban_cuda_to_nhwc (cudaStream_t stream, const float *x, float *y, SiambanCudaShape shape)
{
  SIAMBAN_READS (x, bytes_of (shape));
  SIAMBAN_WRITES (y, bytes_of (shape));

  return SIAMBAN_RUN (to_nhwc_kernel<float>, elements_of (shape), stream, x, y, shape);
}

cudaError_t
siamban_cuda_to_nchw (cudaStream_t stream, const float *x, float *y, SiambanCudaShape shape)
{
  SIAMBAN_READS (x, bytes_of (shape));
  SIAMBAN_WRITES (y, bytes_of (shape));

  return SIAMBAN_RUN (to_nchw_kernel, elements_of (shape), stream, x, y, shape);
}

cudaError_t
siamban_cuda_add_to_nchw (cudaStream_t stream, const float *x, float *y, SiambanCudaShape shape)
{
  SIAMBAN_READS (x, bytes_of (shape));
  SIAMBAN_WRITES (y, bytes_of (shape));

  return SIAMBAN_RUN (add_to_nchw_kernel, elements_of (shape), stream, x, y, shape);
}

cudaError_t
siamban_cuda_clamp (cudaStream_t stream, const float *x, float *y, float limit, size_t n)
{
  SIAMBAN_READS (x, n * sizeof (float));
  SIAMBAN_WRITES (y, n * sizeof (float));

  return SIAMBAN_RUN (clamp_kernel, n, stream, x, y, limit, n);
}

cudaError_t
siamban_cuda_add_clamp_gradient (cudaStream_t stream,
                                 const float *y,
                                 const float *dy,
                                 float *dx,
                                 float limit,
                                 size_t n)
{
  SIAMBAN_READS (y, n * sizeof (float));
  SIAMBAN_READS (dy, n * sizeof (float));
  SIAMBAN_WRITES (dx, n * sizeof (float));

  return SIAMBAN_RUN (add_clamp_gradient_kernel, n, stream, y, dy, dx, limit, n);
}

cudaError_t
siamban_cuda_combine (cudaStream_t stream,
                      const float *a,
                      float s,
                      const float *b,
                      float t,
                      float *y,
                      size_t n)
{
  SIAMBAN_READS (a, n * sizeof (float));
  SIAMBAN_READS (b, n * sizeof (float));
  SIAMBAN_WRITES (y, n * sizeof (float));

  return SIAMBAN_RUN (combine_kernel, n, stream, a, s, b, t, y, n);
}

cudaError_t
siamban_cuda_add_scaled (cudaStream_t stream, const float *x, float factor, float *y, size_t n)
{
  SIAMBAN_READS (x, n * sizeof (float));
  SIAMBAN_WRITES (y, n * sizeof (float));

  return SIAMBAN_RUN (add_scaled_kernel, n, stream, x, factor, y, n);
}

cudaError_t
siamban_cuda_add_bias (cudaStream_t stream, const float *bias, float *y, SiambanCudaShape shape)
{
  SIAMBAN_READS (bias, shape.c * sizeof (float));
  SIAMBAN_WRITES (y, bytes_of (shape));

  return SIAMBAN_RUN (add_bias_kernel, elements_of (shape), stream, bias, y, shape);
}

cudaError_t
siamban_cuda_fill (cudaStream_t stream, float value, float *y, size_t n)
{
  SIAMBAN_WRITES (y, n * sizeof (float));

  return SIAMBAN_RUN (fill_kernel, n, stream, value, y, n);
}

cudaError_t
siamban_cuda_crop (cudaStream_t stream,
                   const float *x,
                   SiambanCudaShape from,
                   float *y,
                   SiambanCudaShape to,
                   int top,
                   int left)
{
  SIAMBAN_READS (x, bytes_of (from));
  SIAMBAN_WRITES (y, bytes_of (to));

  return SIAMBAN_RUN (crop_kernel, elements_of (to), stream, x, from, y, to, top, left);
}

cudaError_t
siamban_cuda_add_crop_gradient (cudaStream_t stream,
                                const float *dy,
                                SiambanCudaShape to,
                                float *dx,
                                SiambanCudaShape from,
                                int top,
                                int left)
{
  SIAMBAN_READS (dy, bytes_of (to));
  SIAMBAN_WRITES (dx, bytes_of (from));

  return SIAMBAN_RUN (add_crop_gradient_kernel, elements_of (to), stream, dy, to, dx, from, top,
                      left);
}
