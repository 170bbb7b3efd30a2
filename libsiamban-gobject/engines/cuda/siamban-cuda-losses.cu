/* SPDX-License-Identifier: Apache-2.0 */

/* The losses over the points of all images. Few numbers, so one block sums, in double precision. */
#include "siamban-cuda-port-private.h"

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

/* With two scores the negative log-likelihood of one is softplus (other - one). */
static __global__ void
cross_entropy_kernel (const float *scores,
                      const float *labels,
                      double *counts,
                      float *loss,
                      size_t n_points)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double n[2] = { 0, 0 }, sums[2] = { 0, 0 }, total = 0;

  SIAMBAN_FOR_EACH (i, n_points)
    if (labels[i] == 0 || labels[i] == 1)
      {
        const int label = labels[i] == 1;

        n[label] += 1;
        sums[label] += softplus ((double) scores[2 * i + 1 - label] - scores[2 * i + label]);
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
add_cross_entropy_gradient_kernel (const float *scores,
                                   const float *labels,
                                   const double *counts,
                                   const float *dloss,
                                   float *dscores,
                                   size_t n_points)
{
  SIAMBAN_FOR_EACH (i, n_points)
    if (labels[i] == 0 || labels[i] == 1)
      {
        const int label = labels[i] == 1;
        const size_t right = 2 * i + label, wrong = 2 * i + 1 - label;
        const double share = 1 / (1 + exp ((double) scores[right] - scores[wrong]));
        const double gradient = 0.5 * *dloss * share / counts[label];

        dscores[right] = (float) (dscores[right] - gradient);
        dscores[wrong] = (float) (dscores[wrong] + gradient);
      }
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
overlap_of (const float *p, const float *t)
{
  Overlap o;

  o.width = fmin ((double) p[LEFT], (double) t[LEFT]) + fmin ((double) p[RIGHT], (double) t[RIGHT]);
  o.height = fmin ((double) p[TOP], (double) t[TOP]) + fmin ((double) p[BOTTOM],
                                                             (double) t[BOTTOM]);
  o.outer_width = fmax ((double) p[LEFT], (double) t[LEFT]) + fmax ((double) p[RIGHT],
                                                                    (double) t[RIGHT]);
  o.outer_height = fmax ((double) p[TOP], (double) t[TOP]) + fmax ((double) p[BOTTOM],
                                                                   (double) t[BOTTOM]);
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
iou_loss_kernel (const float *predicted,
                 const float *target,
                 const float *labels,
                 int kind,
                 double *counts,
                 float *loss,
                 size_t n_points)
{
  __shared__ double shared[SIAMBAN_BLOCK];
  double n = 0, sum = 0;

  SIAMBAN_FOR_EACH (i, n_points)
    if (labels[i] == 1)
      {
        n += 1;
        sum += loss_of (kind, overlap_of (predicted + 4 * i, target + 4 * i));
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
slope_of (int kind, const Overlap &o, int side, const float *p, const float *t)
{
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
add_iou_loss_gradient_kernel (const float *predicted,
                              const float *target,
                              const float *labels,
                              int kind,
                              const double *counts,
                              const float *dloss,
                              float *dpredicted,
                              size_t n_points)
{
  SIAMBAN_FOR_EACH (i, n_points)
    if (labels[i] == 1)
      {
        const float *p = predicted + 4 * i, *t = target + 4 * i;
        const Overlap overlap = overlap_of (p, t);

        for (int side = 0; side < 4; side++)
          dpredicted[4 * i + side] = (float) (dpredicted[4 * i + side] +
                                              *dloss / counts[1] *
                                                  slope_of (kind, overlap, side, p, t));
      }
}

/* Launchers */

cudaError_t
siamban_cuda_cross_entropy (cudaStream_t stream,
                            const float *scores,
                            const float *labels,
                            double *counts,
                            float *loss,
                            size_t n_points)
{
  SIAMBAN_READS (scores, 2 * n_points * sizeof (float));
  SIAMBAN_READS (labels, n_points * sizeof (float));
  SIAMBAN_WRITES (counts, 2 * sizeof (double));
  SIAMBAN_WRITES (loss, sizeof (float));

  return SIAMBAN_LAUNCH (cross_entropy_kernel, dim3 (1), dim3 (SIAMBAN_BLOCK), 0, stream, scores,
                         labels, counts, loss, n_points);
}

cudaError_t
siamban_cuda_add_cross_entropy_gradient (cudaStream_t stream,
                                         const float *scores,
                                         const float *labels,
                                         const double *counts,
                                         const float *dloss,
                                         float *dscores,
                                         size_t n_points)
{
  SIAMBAN_READS (scores, 2 * n_points * sizeof (float));
  SIAMBAN_READS (labels, n_points * sizeof (float));
  SIAMBAN_READS (counts, 2 * sizeof (double));
  SIAMBAN_WRITES (dscores, 2 * n_points * sizeof (float));

  return SIAMBAN_RUN (add_cross_entropy_gradient_kernel, n_points, stream, scores, labels, counts,
                      dloss, dscores, n_points);
}

cudaError_t
siamban_cuda_iou_loss (cudaStream_t stream,
                       const float *predicted,
                       const float *target,
                       const float *labels,
                       int kind,
                       double *counts,
                       float *loss,
                       size_t n_points)
{
  SIAMBAN_READS (predicted, 4 * n_points * sizeof (float));
  SIAMBAN_READS (target, 4 * n_points * sizeof (float));
  SIAMBAN_READS (labels, n_points * sizeof (float));
  SIAMBAN_WRITES (counts, 2 * sizeof (double));
  SIAMBAN_WRITES (loss, sizeof (float));

  return SIAMBAN_LAUNCH (iou_loss_kernel, dim3 (1), dim3 (SIAMBAN_BLOCK), 0, stream, predicted,
                         target, labels, kind, counts, loss, n_points);
}

cudaError_t
siamban_cuda_add_iou_loss_gradient (cudaStream_t stream,
                                    const float *predicted,
                                    const float *target,
                                    const float *labels,
                                    int kind,
                                    const double *counts,
                                    const float *dloss,
                                    float *dpredicted,
                                    size_t n_points)
{
  SIAMBAN_READS (predicted, 4 * n_points * sizeof (float));
  SIAMBAN_READS (target, 4 * n_points * sizeof (float));
  SIAMBAN_READS (labels, n_points * sizeof (float));
  SIAMBAN_READS (counts, 2 * sizeof (double));
  SIAMBAN_WRITES (dpredicted, 4 * n_points * sizeof (float));

  return SIAMBAN_RUN (add_iou_loss_gradient_kernel, n_points, stream, predicted, target, labels,
                      kind, counts, dloss, dpredicted, n_points);
}
