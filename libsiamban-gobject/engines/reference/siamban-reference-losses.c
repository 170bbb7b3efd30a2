/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-reference-program-private.h"

#include <math.h>

/* Points are numbered through all images of the batch. */
static gsize
count_points (const SiambanReferenceCall *call, const float *labels, float label)
{
  const gint64 *shape = call->inputs[0]->shape;
  gsize n = 0;

  for (gint64 i = 0; i < shape[0] * shape[2] * shape[3]; i++)
    n += labels[i] == label;

  return n;
}

/* Where the first channel of a point is; the others follow a plane apart. */
static gsize
offset_of (const SiambanReferenceCall *call, gint64 point)
{
  const gint64 *shape = call->inputs[0]->shape;
  const gint64 n_pixels = shape[2] * shape[3];

  return (gsize) (point / n_pixels * shape[1] * n_pixels + point % n_pixels);
}

static gint64
get_n_points (const SiambanReferenceCall *call)
{
  const gint64 *shape = call->inputs[0]->shape;

  return shape[0] * shape[2] * shape[3];
}

static gsize
get_plane (const SiambanReferenceCall *call)
{
  return (gsize) (call->inputs[0]->shape[2] * call->inputs[0]->shape[3]);
}

/* log (1 + exp (x)) without overflow */
static double
softplus (double x)
{
  return x > 0 ? x + log1p (exp (-x)) : log1p (exp (x));
}

/* With two scores the negative log-likelihood of one is softplus (other - one). */
static void
cross_entropy_forward (const SiambanReferenceCall *call)
{
  const float *labels = call->x[1];
  double sums[2] = { 0 };
  double loss = 0;

  for (gint64 point = 0; point < get_n_points (call); point++)
    if (labels[point] == 0 || labels[point] == 1)
      {
        const guint label = labels[point] == 1;
        const float *scores = call->x[0] + offset_of (call, point);

        sums[label] += softplus ((double) scores[(1 - label) * get_plane (call)] -
                                 scores[label * get_plane (call)]);
      }

  for (guint label = 0; label < 2; label++)
    {
      const gsize n = count_points (call, labels, (float) label);

      if (n > 0)
        loss += 0.5 * sums[label] / (double) n;
    }
  *call->y = (float) loss;
}

static void
cross_entropy_backward (const SiambanReferenceCall *call)
{
  const float *labels = call->x[1];
  const gsize n_points[2] = { count_points (call, labels, 0), count_points (call, labels, 1) };

  if (call->dx[0] == NULL)
    return;

  for (gint64 point = 0; point < get_n_points (call); point++)
    if (labels[point] == 0 || labels[point] == 1)
      {
        const guint label = labels[point] == 1;
        const gsize at = offset_of (call, point);
        const gsize right = at + label * get_plane (call);
        const gsize wrong = at + (1 - label) * get_plane (call);
        const double share = 1 / (1 + exp ((double) call->x[0][right] - call->x[0][wrong]));
        const double gradient = 0.5 * *call->dy * share / (double) n_points[label];

        call->dx[0][right] = (float) (call->dx[0][right] - gradient);
        call->dx[0][wrong] = (float) (call->dx[0][wrong] + gradient);
      }
}

const SiambanReferenceOp _siamban_reference_cross_entropy = { cross_entropy_forward,
                                                              cross_entropy_backward };

enum
{
  LEFT,
  TOP,
  RIGHT,
  BOTTOM,
};

/* How two boxes around one point overlap. */
typedef struct
{
  double width, height; /* of the intersection */
  double outer_width, outer_height;
  double predicted_width, predicted_height;
  double all;   /* area of the union */
  double outer; /* area of the smallest box around both */
  double iou;
} Overlap;

static Overlap
overlap_of (const double *p, const double *t)
{
  Overlap o = {
    .width = MIN (p[LEFT], t[LEFT]) + MIN (p[RIGHT], t[RIGHT]),
    .height = MIN (p[TOP], t[TOP]) + MIN (p[BOTTOM], t[BOTTOM]),
    .outer_width = MAX (p[LEFT], t[LEFT]) + MAX (p[RIGHT], t[RIGHT]),
    .outer_height = MAX (p[TOP], t[TOP]) + MAX (p[BOTTOM], t[BOTTOM]),
    .predicted_width = p[LEFT] + p[RIGHT],
    .predicted_height = p[TOP] + p[BOTTOM],
  };
  const double intersection = o.width * o.height;

  o.all = (t[LEFT] + t[RIGHT]) * (t[TOP] + t[BOTTOM]) + o.predicted_width * o.predicted_height -
          intersection;
  o.outer = o.outer_width * o.outer_height + 1e-7;
  o.iou = (intersection + 1) / (o.all + 1);

  return o;
}

static void
read_point (const SiambanReferenceCall *call, guint input, gint64 point, double *distances)
{
  for (guint side = 0; side < 4; side++)
    distances[side] = call->x[input][offset_of (call, point) + side * get_plane (call)];
}

static double
loss_of (SiambanIouLoss kind, const Overlap *o)
{
  switch (kind)
    {
    case SIAMBAN_IOU_LOSS_LOG:
      return -log (o->iou);

    case SIAMBAN_IOU_LOSS_GENERALIZED:
      return 1 - o->iou + (o->outer - o->all) / o->outer;

    case SIAMBAN_IOU_LOSS_LINEAR:
    default:
      return 1 - o->iou;
    }
}

static void
iou_loss_forward (const SiambanReferenceCall *call)
{
  const float *labels = call->x[2];
  const gsize n = count_points (call, labels, 1);
  double sum = 0;

  for (gint64 point = 0; point < get_n_points (call); point++)
    if (labels[point] == 1)
      {
        double predicted[4], target[4];
        Overlap overlap;

        read_point (call, 0, point, predicted);
        read_point (call, 1, point, target);
        overlap = overlap_of (predicted, target);
        sum += loss_of (call->node->iou_loss, &overlap);
      }

  *call->y = n > 0 ? (float) (sum / (double) n) : 0;
}

/* The derivative of min (a, b) by a; PyTorch shares it out evenly when both are equal. */
static double
slope_of_min (double a, double b)
{
  return a < b ? 1 : a > b ? 0 : 0.5;
}

/* The derivative of one point's loss by its distance to one side. */
static double
slope_of (SiambanIouLoss kind, const Overlap *o, guint side, const double *p, const double *t)
{
  const gboolean horizontal = side == LEFT || side == RIGHT;
  const double inner = slope_of_min (p[side], t[side]);
  const double d_intersection = inner * (horizontal ? o->height : o->width);
  const double d_predicted = horizontal ? o->predicted_height : o->predicted_width;
  const double d_outer = (1 - inner) * (horizontal ? o->outer_height : o->outer_width);
  const double d_all = d_predicted - d_intersection;
  const double d_iou = (d_intersection - o->iou * d_all) / (o->all + 1);

  switch (kind)
    {
    case SIAMBAN_IOU_LOSS_LOG:
      return -d_iou / o->iou;

    case SIAMBAN_IOU_LOSS_GENERALIZED:
      return -d_iou - (d_all - o->all / o->outer * d_outer) / o->outer;

    case SIAMBAN_IOU_LOSS_LINEAR:
    default:
      return -d_iou;
    }
}

static void
iou_loss_backward (const SiambanReferenceCall *call)
{
  const float *labels = call->x[2];
  const gsize n = count_points (call, labels, 1);

  if (call->dx[0] == NULL)
    return;

  for (gint64 point = 0; point < get_n_points (call); point++)
    if (labels[point] == 1)
      {
        double predicted[4], target[4];
        Overlap overlap;

        read_point (call, 0, point, predicted);
        read_point (call, 1, point, target);
        overlap = overlap_of (predicted, target);
        for (guint side = 0; side < 4; side++)
          {
            float *to = call->dx[0] + offset_of (call, point) + side * get_plane (call);

            *to = (float) (*to +
                           *call->dy / (double) n *
                               slope_of (call->node->iou_loss, &overlap, side, predicted, target));
          }
      }
}

const SiambanReferenceOp _siamban_reference_iou_loss = { iou_loss_forward, iou_loss_backward };

static void
loss_sum_forward (const SiambanReferenceCall *call)
{
  *call->y = (float) (call->node->factors[0] * *call->x[0] + call->node->factors[1] * *call->x[1]);
}

static void
loss_sum_backward (const SiambanReferenceCall *call)
{
  for (guint i = 0; i < 2; i++)
    if (call->dx[i] != NULL)
      *call->dx[i] = (float) (*call->dx[i] + call->node->factors[i] * *call->dy);
}

const SiambanReferenceOp _siamban_reference_loss_sum = { loss_sum_forward, loss_sum_backward };
