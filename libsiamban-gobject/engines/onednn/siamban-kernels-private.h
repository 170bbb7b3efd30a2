/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-winograd-private.h"

G_BEGIN_DECLS

/* The loops that take the time, compiled once for each kind of processor with vectors of as many
 * floats as a block has channels: 8, or 16 with AVX-512. Each result is made by one thread in a
 * fixed order, so that the number of threads does not change a bit. */

/* (n, blocks, height, width, lanes) */
typedef struct
{
  gsize n;
  gsize blocks;
  gsize height;
  gsize width;
} SiambanMap;

typedef struct
{
  SiambanMap map;
  const float *x;
  const float *residual; /* or NULL */
  float *y;
  float *mean;
  float *inverse_deviation;
  float *variance;     /* of the batch, biased; NULL: mean and inverse_deviation are given */
  const float *weight; /* of whole blocks, like all that follows */
  const float *bias;
  float epsilon;
  float low; /* of the activation; without one, infinite */
  float high;
} SiambanBatchNormForward;

typedef struct
{
  SiambanMap map;
  const float *x;
  const float *y; /* NULL without activation */
  const float *dy[3];
  guint n_dy;
  float *sum; /* the masked sum of all dy, NULL if nobody needs it; may be dy[0] */
  float *dx;  /* or NULL; may be dy[0] */
  const float *mean;
  const float *inverse_deviation;
  const float *weight;
  float *weight_gradient;
  float *bias_gradient;
  float high;
  gboolean training; /* whether mean and deviation are those of x */
} SiambanBatchNormBackward;

/* Each channel with a kernel of its own. */
typedef struct
{
  SiambanMap x;
  SiambanMap y;
  gsize size_y;
  gsize size_x;
  gsize stride;
  gsize padding;
  gsize dilation;
  gboolean per_image; /* kernels (n, blocks, size_y, size_x, lanes), else (blocks, ...) */
} SiambanDepthwise;

typedef struct
{
  SiambanMap x;
  SiambanMap y;
  gsize size;
  gsize stride;
  gsize padding;
} SiambanPool;

typedef struct
{
  gsize group; /* tiles */
  void (*input) (const SiambanWinograd *shape, const float *const *x, float *v);
  void (*gradient) (const SiambanWinograd *shape, const float *const *dy, float *m);
  void (*forward) (const SiambanWinograd *shape, const SiambanWinogradForward *call);
  void (*backward_data) (const SiambanWinograd *shape,
                         const float *dm,
                         const float *const *weights,
                         float *const *dx,
                         float *scratch);
  void (*backward_weights) (const SiambanWinograd *shape,
                            const float *v,
                            const float *dm,
                            float *scratch,
                            float *const *gradient,
                            const gboolean *add);
} SiambanWinogradKernels;

typedef struct
{
  const char *name;
  gsize lanes;

  /* y = clamp (x, 0, high) */
  void (*activation_forward) (const float *x, float *y, gsize n_floats, float high);
  void (*activation_backward) (const float *y,
                               const float *dy,
                               float *dx,
                               gsize n_floats,
                               float high);
  void (*sum) (const float *const *x, gsize n, float *y, gsize n_floats);

  void (*batch_norm_forward) (const SiambanBatchNormForward *call);
  void (*batch_norm_backward) (const SiambanBatchNormBackward *call);

  /* bias, one a channel, may be NULL */
  void (*depthwise_forward) (const SiambanDepthwise *shape,
                             const float *x,
                             const float *kernel,
                             const float *bias,
                             float low,
                             float high,
                             float *y);
  void (*depthwise_backward_data) (const SiambanDepthwise *shape,
                                   const float *dy,
                                   const float *kernel,
                                   float *dx);
  void (*depthwise_backward_kernel) (const SiambanDepthwise *shape,
                                     const float *x,
                                     const float *dy,
                                     float *kernel_gradient);

  void (*max_pool_forward) (const SiambanPool *shape, const float *x, float *y);
  void (*max_pool_backward) (const SiambanPool *shape,
                             const float *x,
                             const float *y,
                             const float *dy,
                             float *dx);

  SiambanWinogradKernels winograd_4; /* F(4 × 4, 3 × 3) */
  SiambanWinogradKernels winograd_2; /* F(2 × 2, 3 × 3) */

  /* Of each channel, over images and positions. */
  void (*sum_channels) (const SiambanMap *map, const float *x, float *sums);
} SiambanKernels;

/* For blocks of 8 or 16. */
const SiambanKernels *_siamban_kernels_get (gsize lanes);

G_END_DECLS
