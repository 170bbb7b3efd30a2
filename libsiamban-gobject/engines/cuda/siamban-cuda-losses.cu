/* SPDX-License-Identifier: Apache-2.0 */

/* The losses over the points of all images. Few numbers, so one block sums, in double precision. */
#include "siamban-cuda-port-private.h"

#include "siamban-cuda-loss-kernels-private.h"

/* The values of SiambanIouLoss; the host code asserts that they agree. */
enum
{
  LINEAR,
  LOG,
  GENERALIZED,
};

enum
{
  LEFT,
  TOP,
  RIGHT,
  BOTTOM,
};

/* Kernels */

/* log (1 + exp (x)) without overflow */
static __device__ inline double
softplus (double x)
{
  return x > 0 ? x + log1p (exp (-x)) : log1p (exp (x));
}

static __device__ inline bool
is_label (const void *labels, int narrow, size_t i, int label)
{
  return siamban_load (labels, narrow, i) == (float) label;
}

/* With two scores the negative log-likelihood of one is softplus (other - one). */
static __global__ void
cross_entropy_kernel (const void *scores,
                      int scores_narrow,
                      const void *labels,
                      int labels_narrow,
                      double *counts,
                      float *loss,
                      size_t n_points)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double n[2] = { 0, 0 }, sums[2] = { 0, 0 }, total = 0;

  SIAMBAN_FOR_EACH (i, n_points)
    if (is_label (labels, labels_narrow, i, 0) || is_label (labels, labels_narrow, i, 1))
      {
        const int label = is_label (labels, labels_narrow, i, 1);

        n[label] += 1;
        sums[label] += softplus ((double) siamban_load (scores, scores_narrow, 2 * i + 1 - label) -
                                 siamban_load (scores, scores_narrow, 2 * i + label));
      }
  for (int label = 0; label < 2; label++)
    {
      n[label] = siamban_block_sum (n[label], shared);
      sums[label] = siamban_block_sum (sums[label], shared);
      if (n[label] > 0)
        total += 0.5 * sums[label] / n[label];
    }

  if (threadIdx.x == 0)
    {
      counts[0] = n[0];
      counts[1] = n[1];
      *loss = (float) total;
    }
}

static __global__ void
add_cross_entropy_gradient_kernel (const void *scores,
                                   int scores_narrow,
                                   const void *labels,
                                   int labels_narrow,
                                   const double *counts,
                                   const float *dloss,
                                   void *dscores,
                                   int dscores_narrow,
                                   size_t n_points)
{
  SIAMBAN_FOR_EACH (i, n_points)
    if (is_label (labels, labels_narrow, i, 0) || is_label (labels, labels_narrow, i, 1))
      {
        const int label = is_label (labels, labels_narrow, i, 1);
        const size_t right = 2 * i + label, wrong = 2 * i + 1 - label;
        const double share = 1 / (1 + exp ((double) siamban_load (scores, scores_narrow, right) -
                                           siamban_load (scores, scores_narrow, wrong)));
        const double gradient = 0.5 * *dloss * share / counts[label];

        siamban_store (dscores, dscores_narrow, right,
                       (float) (siamban_load (dscores, dscores_narrow, right) - gradient));
        siamban_store (dscores, dscores_narrow, wrong,
                       (float) (siamban_load (dscores, dscores_narrow, wrong) + gradient));
      }
}

/* The distances of one point to the sides of its box. */
struct Sides
{
  float at[4];
};

static __device__ inline Sides
read_sides (const void *x, int narrow, size_t point)
{
  Sides sides;

  for (int side = 0; side < 4; side++)
    sides.at[side] = siamban_load (x, narrow, 4 * point + side);

  return sides;
}

/* How two boxes around one point overlap. */
struct Overlap
{
  double width, height;
  double outer_width, outer_height;
  double predicted_width, predicted_height;
  double all;   /* area of the union */
  double outer; /* area of the smallest box around both */
  double iou;
};

static __device__ Overlap
overlap_of (const Sides &from, const Sides &to)
{
  const float *p = from.at, *t = to.at;
  Overlap o;

  o.width = fmin ((double) p[LEFT], (double) t[LEFT]) + fmin ((double) p[RIGHT], (double) t[RIGHT]);
  o.height = fmin ((double) p[TOP], (double) t[TOP]) +
             fmin ((double) p[BOTTOM], (double) t[BOTTOM]);
  o.outer_width = fmax ((double) p[LEFT], (double) t[LEFT]) +
                  fmax ((double) p[RIGHT], (double) t[RIGHT]);
  o.outer_height = fmax ((double) p[TOP], (double) t[TOP]) +
                   fmax ((double) p[BOTTOM], (double) t[BOTTOM]);
  o.predicted_width = (double) p[LEFT] + p[RIGHT];
  o.predicted_height = (double) p[TOP] + p[BOTTOM];
  o.all = ((double) t[LEFT] + t[RIGHT]) * ((double) t[TOP] + t[BOTTOM]) +
          o.predicted_width * o.predicted_height - o.width * o.height;
  o.outer = o.outer_width * o.outer_height + 1e-7;
  o.iou = (o.width * o.height + 1) / (o.all + 1);

  return o;
}

static __device__ double
loss_of (int kind, const Overlap &o)
{
  if (kind == LOG)
    return -log (o.iou);
  if (kind == GENERALIZED)
    return 1 - o.iou + (o.outer - o.all) / o.outer;

  return 1 - o.iou;
}

static __global__ void
iou_loss_kernel (const void *predicted,
                 int predicted_narrow,
                 const void *target,
                 int target_narrow,
                 const void *labels,
                 int labels_narrow,
                 int kind,
                 double *counts,
                 float *loss,
                 size_t n_points)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double n = 0, sum = 0;

  SIAMBAN_FOR_EACH (i, n_points)
    if (is_label (labels, labels_narrow, i, 1))
      {
        n += 1;
        sum += loss_of (kind, overlap_of (read_sides (predicted, predicted_narrow, i),
                                          read_sides (target, target_narrow, i)));
      }
  n = siamban_block_sum (n, shared);
  sum = siamban_block_sum (sum, shared);

  if (threadIdx.x == 0)
    {
      counts[1] = n;
      *loss = n > 0 ? (float) (sum / n) : 0;
    }
}

/* The derivative of one point's loss by its distance to one side. Where both distances are equal
 * the minimum's slope is shared out evenly, as in PyTorch. */
static __device__ double
slope_of (int kind, const Overlap &o, int side, const Sides &from, const Sides &to)
{
  const float *p = from.at, *t = to.at;
  const bool horizontal = side == LEFT || side == RIGHT;
  const double inner = p[side] < t[side] ? 1 : p[side] > t[side] ? 0 : 0.5;
  const double d_intersection = inner * (horizontal ? o.height : o.width);
  const double d_predicted = horizontal ? o.predicted_height : o.predicted_width;
  const double d_outer = (1 - inner) * (horizontal ? o.outer_height : o.outer_width);
  const double d_all = d_predicted - d_intersection;
  const double d_iou = (d_intersection - o.iou * d_all) / (o.all + 1);

  if (kind == LOG)
    return -d_iou / o.iou;
  if (kind == GENERALIZED)
    return -d_iou - (d_all - o.all / o.outer * d_outer) / o.outer;

  return -d_iou;
}

static __global__ void
add_iou_loss_gradient_kernel (const void *predicted,
                              int predicted_narrow,
                              const void *target,
                              int target_narrow,
                              const void *labels,
                              int labels_narrow,
                              int kind,
                              const double *counts,
                              const float *dloss,
                              void *dpredicted,
                              int dpredicted_narrow,
                              size_t n_points)
{
  SIAMBAN_FOR_EACH (i, n_points)
    if (is_label (labels, labels_narrow, i, 1))
      {
        const Sides p = read_sides (predicted, predicted_narrow, i);
        const Sides t = read_sides (target, target_narrow, i);
        const Overlap overlap = overlap_of (p, t);

        for (int side = 0; side < 4; side++)
          siamban_store (dpredicted, dpredicted_narrow, 4 * i + side,
                         (float) (siamban_load (dpredicted, dpredicted_narrow, 4 * i + side) +
                                  *dloss / counts[1] * slope_of (kind, overlap, side, p, t)));
      }
}

/* Launchers */

cudaError_t
siamban_cuda_cross_entropy (cudaStream_t stream,
                            SiambanCudaMap scores,
                            SiambanCudaMap labels,
                            double *counts,
                            float *loss,
                            size_t n_points)
{
  SIAMBAN_READS (scores.data, siamban_bytes_of (scores, 2 * n_points));
  SIAMBAN_READS (labels.data, siamban_bytes_of (labels, n_points));
  SIAMBAN_WRITES (counts, 2 * sizeof (double));
  SIAMBAN_WRITES (loss, sizeof (float));

  return SIAMBAN_LAUNCH (cross_entropy_kernel, dim3 (1), dim3 (SIAMBAN_BLOCK), 0, stream,
                         scores.data, scores.narrow, labels.data, labels.narrow, counts, loss,
                         n_points);
}

cudaError_t
siamban_cuda_add_cross_entropy_gradient (cudaStream_t stream,
                                         SiambanCudaMap scores,
                                         SiambanCudaMap labels,
                                         const double *counts,
                                         const float *dloss,
                                         SiambanCudaMap dscores,
                                         size_t n_points)
{
  SIAMBAN_READS (scores.data, siamban_bytes_of (scores, 2 * n_points));
  SIAMBAN_READS (labels.data, siamban_bytes_of (labels, n_points));
  SIAMBAN_READS (counts, 2 * sizeof (double));
  SIAMBAN_WRITES (dscores.data, siamban_bytes_of (dscores, 2 * n_points));

  return SIAMBAN_RUN (add_cross_entropy_gradient_kernel, n_points, stream, scores.data,
                      scores.narrow, labels.data, labels.narrow, counts, dloss, dscores.data,
                      dscores.narrow, n_points);
}

cudaError_t
siamban_cuda_iou_loss (cudaStream_t stream,
                       SiambanCudaMap predicted,
                       SiambanCudaMap target,
                       SiambanCudaMap labels,
                       int kind,
                       double *counts,
                       float *loss,
                       size_t n_points)
{
  SIAMBAN_READS (predicted.data, siamban_bytes_of (predicted, 4 * n_points));
  SIAMBAN_READS (target.data, siamban_bytes_of (target, 4 * n_points));
  SIAMBAN_READS (labels.data, siamban_bytes_of (labels, n_points));
  SIAMBAN_WRITES (counts, 2 * sizeof (double));
  SIAMBAN_WRITES (loss, sizeof (float));

  return SIAMBAN_LAUNCH (iou_loss_kernel, dim3 (1), dim3 (SIAMBAN_BLOCK), 0, stream, predicted.data,
                         predicted.narrow, target.data, target.narrow, labels.data, labels.narrow,
                         kind, counts, loss, n_points);
}

cudaError_t
siamban_cuda_add_iou_loss_gradient (cudaStream_t stream,
                                    SiambanCudaMap predicted,
                                    SiambanCudaMap target,
                                    SiambanCudaMap labels,
                                    int kind,
                                    const double *counts,
                                    const float *dloss,
                                    SiambanCudaMap dpredicted,
                                    size_t n_points)
{
  SIAMBAN_READS (predicted.data, siamban_bytes_of (predicted, 4 * n_points));
  SIAMBAN_READS (target.data, siamban_bytes_of (target, 4 * n_points));
  SIAMBAN_READS (labels.data, siamban_bytes_of (labels, n_points));
  SIAMBAN_READS (counts, 2 * sizeof (double));
  SIAMBAN_WRITES (dpredicted.data, siamban_bytes_of (dpredicted, 4 * n_points));

  return SIAMBAN_RUN (add_iou_loss_gradient_kernel, n_points, stream, predicted.data,
                      predicted.narrow, target.data, target.narrow, labels.data, labels.narrow,
                      kind, counts, dloss, dpredicted.data, dpredicted.narrow, n_points);
}
