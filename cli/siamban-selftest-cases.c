/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-selftest-cases.h"

/* Sums of up to a few hundred products in single precision, whatever their order. */
#define SUMS 2e-5
/* A few roundings of one number. */
#define POINTWISE 1e-6
/* A mean that is a thousand times the deviation eats three digits of it. */
#define CANCELLED 5e-3

SiambanParameter *
compute_weight (SiambanWeights *weights, const char *name, const gint64 *shape, gsize n_dims)
{
  return siamban_weights_add (weights, name, SIAMBAN_PARAMETER_WEIGHT, shape, n_dims);
}

void
compute_batch_norm_weights (SiambanWeights *weights, const char *name, gint64 n_channels)
{
  static const struct
  {
    const char *suffix;
    SiambanParameterKind kind;
  } parts[] = {
    { ".weight", SIAMBAN_PARAMETER_WEIGHT },
    { ".bias", SIAMBAN_PARAMETER_WEIGHT },
    { ".running_mean", SIAMBAN_PARAMETER_BUFFER },
    { ".running_var", SIAMBAN_PARAMETER_BUFFER },
    { ".num_batches_tracked", SIAMBAN_PARAMETER_COUNTER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *full_name = g_strconcat (name, parts[i].suffix, NULL);

      siamban_weights_add (weights, full_name, parts[i].kind, &n_channels,
                           parts[i].kind == SIAMBAN_PARAMETER_COUNTER ? 0 : 1);
    }
}

guint
compute_variable (SiambanGraph *graph,
                  const char *name,
                  guint batch_size,
                  guint n_channels,
                  guint height,
                  guint width)
{
  const guint size = MAX (height, width);
  const gint64 shape[] = { n_channels, batch_size, size, size };
  g_autofree char *unit_name = g_strconcat (name, ".unit", NULL);
  g_autofree char *value_name = g_strconcat (name, ".value", NULL);
  guint value;

  compute_weight (siamban_graph_get_weights (graph), name, shape, 4);
  value = siamban_graph_input (graph, unit_name, batch_size, batch_size, 1, 1);
  value = siamban_graph_convolution (graph, value, name, NULL, 1, size - 1, 1, 1);
  if (height != width)
    value = siamban_graph_crop (graph, value, 0, 0, height, width);
  siamban_graph_set_name (graph, value, value_name);

  return value;
}

static guint
convolve (SiambanGraph *graph,
          guint x,
          const char *name,
          guint n_outputs,
          guint size,
          guint stride,
          guint padding,
          guint dilation,
          guint n_groups,
          gboolean bias)
{
  SiambanWeights *weights = siamban_graph_get_weights (graph);
  g_autofree char *weight_name = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat (name, ".bias", NULL);
  gsize n_dims;
  const gint64 n_inputs = siamban_graph_get_shape (graph, x, &n_dims)[1];

  /* A second use of the same name shares the kernels. */
  if (siamban_weights_lookup (weights, weight_name) == NULL)
    {
      compute_weight (weights, weight_name,
                      (gint64[]){ n_outputs, n_inputs / n_groups, size, size }, 4);
      if (bias)
        compute_weight (weights, bias_name, (gint64[]){ n_outputs }, 1);
    }

  return siamban_graph_convolution (graph, x, weight_name, bias ? bias_name : NULL, stride, padding,
                                    dilation, n_groups);
}

static guint
convolve_plainly (SiambanGraph *graph, guint x, const char *name, guint n_outputs, guint size)
{
  return convolve (graph, x, name, n_outputs, size, 1, size / 2, 1, 1, FALSE);
}

static guint
normalise (SiambanGraph *graph, guint x, const char *name, gboolean training)
{
  SiambanWeights *weights = siamban_graph_get_weights (graph);
  g_autofree char *weight_name = g_strconcat (name, ".weight", NULL);
  gsize n_dims;

  if (siamban_weights_lookup (weights, weight_name) == NULL)
    compute_batch_norm_weights (weights, name, siamban_graph_get_shape (graph, x, &n_dims)[1]);

  return siamban_graph_batch_norm (graph, x, name, training);
}

guint
convolution_case_build (SiambanGraph *graph, const ConvolutionCase *c)
{
  const guint x = compute_variable (graph, "x", c->batch_size, c->n_inputs, c->height, c->width);

  return convolve (graph, x, "conv", c->n_outputs, c->size, c->stride, c->padding, c->dilation,
                   c->n_groups, c->bias);
}

const ConvolutionCase convolution_cases[] = {
  { "1x1", 2, 8, 5, 7, 16, 1, 1, 0, 1, 1, FALSE },
  { "1x1-bias", 1, 24, 9, 9, 3, 1, 1, 0, 1, 1, TRUE },
  { "1x1-stride", 3, 3, 9, 8, 5, 1, 2, 0, 1, 1, FALSE },
  { "3x3", 2, 3, 10, 7, 8, 3, 1, 1, 1, 1, TRUE },
  { "3x3-no-padding", 1, 16, 7, 7, 24, 3, 1, 0, 1, 1, FALSE },
  { "3x3-stride", 3, 16, 11, 8, 8, 3, 2, 0, 1, 1, FALSE },
  { "3x3-stride-padding", 2, 5, 9, 11, 7, 3, 2, 1, 1, 1, TRUE },
  { "3x3-stride-3", 1, 8, 13, 12, 4, 3, 3, 1, 1, 1, FALSE },
  { "3x3-dilation-2", 2, 8, 9, 9, 16, 3, 1, 2, 2, 1, FALSE },
  { "3x3-dilation-4", 1, 16, 9, 7, 8, 3, 1, 4, 4, 1, FALSE },
  { "3x3-dilation-stride", 2, 4, 13, 11, 6, 3, 2, 2, 2, 1, TRUE },
  { "3x3-whole-map", 3, 8, 3, 3, 16, 3, 1, 0, 1, 1, TRUE },
  { "5x5-groups", 2, 16, 8, 9, 24, 5, 1, 2, 1, 2, TRUE },
  { "7x7-stride", 2, 3, 23, 21, 8, 7, 2, 0, 1, 1, FALSE },
  { "11x11-stride", 1, 3, 25, 23, 8, 11, 2, 0, 1, 1, TRUE },
  { "depthwise", 2, 24, 7, 9, 24, 3, 1, 1, 1, 24, FALSE },
  { "depthwise-stride", 3, 8, 9, 8, 8, 3, 2, 1, 1, 8, FALSE },
  { "depthwise-dilation", 1, 16, 11, 11, 16, 3, 1, 2, 2, 16, TRUE },
  { "depthwise-two-each", 2, 3, 8, 8, 6, 3, 1, 1, 1, 3, TRUE },
  { "many-channels", 1, 96, 13, 13, 70, 3, 1, 1, 1, 1, FALSE },
};

const guint n_convolution_cases = G_N_ELEMENTS (convolution_cases);

static guint
build_batch_norm_training (SiambanGraph *graph)
{
  return normalise (graph, compute_variable (graph, "x", 3, 8, 5, 7), "bn", TRUE);
}

static guint
build_batch_norm_one_image (SiambanGraph *graph)
{
  return normalise (graph, compute_variable (graph, "x", 1, 24, 3, 3), "bn", TRUE);
}

static guint
build_batch_norm_evaluation (SiambanGraph *graph)
{
  return normalise (graph, compute_variable (graph, "x", 2, 3, 6, 5), "bn", FALSE);
}

static guint
build_batch_norm_offset (SiambanGraph *graph)
{
  return normalise (graph, compute_variable (graph, "far", 2, 8, 6, 6), "bn", TRUE);
}

/* As in a Siamese network: both branches normalise with the same parameters, one after the other. */
static guint
build_batch_norm_twice (SiambanGraph *graph)
{
  const guint z = normalise (graph, compute_variable (graph, "z", 2, 8, 4, 4), "bn", TRUE);
  const guint x = normalise (graph, compute_variable (graph, "x", 2, 8, 7, 7), "bn", TRUE);

  return siamban_graph_xcorr_depthwise (graph, x, z);
}

static guint
build_relu (SiambanGraph *graph)
{
  return siamban_graph_relu (graph, compute_variable (graph, "x", 2, 5, 7, 3));
}

static guint
build_relu_zero (SiambanGraph *graph)
{
  return siamban_graph_relu (graph, compute_variable (graph, "coarse", 1, 8, 5, 5));
}

static guint
build_relu6 (SiambanGraph *graph)
{
  return siamban_graph_relu6 (graph, compute_variable (graph, "wide", 2, 8, 5, 5));
}

static guint
build_relu6_corners (SiambanGraph *graph)
{
  return siamban_graph_relu6 (graph, compute_variable (graph, "coarse", 2, 3, 6, 6));
}

static guint
build_max_pool (SiambanGraph *graph)
{
  return siamban_graph_max_pool (graph, compute_variable (graph, "wide", 2, 8, 9, 12), 3, 2, 1);
}

static guint
build_max_pool_negative (SiambanGraph *graph)
{
  return siamban_graph_max_pool (graph, compute_variable (graph, "negative", 1, 3, 7, 7), 3, 2, 1);
}

static guint
build_max_pool_2 (SiambanGraph *graph)
{
  return siamban_graph_max_pool (graph, compute_variable (graph, "x", 3, 5, 7, 6), 2, 2, 0);
}

static guint
build_max_pool_ties (SiambanGraph *graph)
{
  return siamban_graph_max_pool (graph, compute_variable (graph, "coarse", 2, 16, 11, 11), 3, 2, 1);
}

static guint
build_add (SiambanGraph *graph)
{
  const guint a = compute_variable (graph, "a", 2, 8, 5, 7);
  const guint b = compute_variable (graph, "b", 2, 8, 5, 7);

  return siamban_graph_add (graph, a, b);
}

static guint
build_add_self (SiambanGraph *graph)
{
  const guint x = compute_variable (graph, "x", 1, 3, 5, 4);

  return siamban_graph_add (graph, x, x);
}

static guint
build_crop (SiambanGraph *graph)
{
  return siamban_graph_crop (graph, compute_variable (graph, "x", 2, 8, 9, 8), 2, 1, 4, 6);
}

static guint
build_crop_nothing (SiambanGraph *graph)
{
  return siamban_graph_crop (graph, compute_variable (graph, "x", 1, 3, 5, 5), 0, 0, 5, 5);
}

static guint
build_xcorr_depthwise (SiambanGraph *graph)
{
  const guint search = compute_variable (graph, "x", 3, 24, 9, 8);
  const guint kernel = compute_variable (graph, "z", 3, 24, 3, 4);

  return siamban_graph_xcorr_depthwise (graph, search, kernel);
}

static guint
build_xcorr_depthwise_5 (SiambanGraph *graph)
{
  const guint search = compute_variable (graph, "x", 2, 16, 13, 13);
  const guint kernel = compute_variable (graph, "z", 2, 16, 5, 5);

  return siamban_graph_xcorr_depthwise (graph, search, kernel);
}

/* The kernel is what a second one, and the search features what a first one is correlated with. */
static guint
build_xcorr_depthwise_shared (SiambanGraph *graph)
{
  const guint x = compute_variable (graph, "x", 2, 3, 8, 8);
  const guint z = compute_variable (graph, "z", 2, 3, 3, 3);
  const guint once = siamban_graph_xcorr_depthwise (graph, x, z);

  return siamban_graph_xcorr_depthwise (graph, once, z);
}

static guint
build_xcorr (SiambanGraph *graph)
{
  const guint search = compute_variable (graph, "x", 2, 8, 9, 7);
  const guint kernel = compute_variable (graph, "z", 2, 4 * 8, 3, 2);

  return siamban_graph_xcorr (graph, search, kernel);
}

static guint
build_xcorr_one (SiambanGraph *graph)
{
  const guint search = compute_variable (graph, "x", 3, 3, 5, 5);
  const guint kernel = compute_variable (graph, "z", 3, 3, 5, 5);

  return siamban_graph_xcorr (graph, search, kernel);
}

static guint
build_exp_scale (SiambanGraph *graph)
{
  compute_weight (siamban_graph_get_weights (graph), "scale", (gint64[]){ 3 }, 1);

  return siamban_graph_exp_scale (graph, compute_variable (graph, "x", 2, 4, 5, 5), "scale", 1);
}

static guint
build_exp (SiambanGraph *graph)
{
  return siamban_graph_exp_scale (graph, compute_variable (graph, "x", 2, 4, 5, 5), NULL, 0);
}

static guint
build_levels (SiambanGraph *graph, const char *weight)
{
  const guint levels[] = {
    compute_variable (graph, "x2", 2, 4, 5, 5),
    compute_variable (graph, "x3", 2, 4, 5, 5),
    compute_variable (graph, "x4", 2, 4, 5, 5),
  };

  if (weight != NULL)
    compute_weight (siamban_graph_get_weights (graph), weight, (gint64[]){ 3 }, 1);

  return siamban_graph_level_sum (graph, levels, G_N_ELEMENTS (levels), weight);
}

static guint
build_level_sum (SiambanGraph *graph)
{
  return build_levels (graph, "level_weight");
}

static guint
build_level_mean (SiambanGraph *graph)
{
  return build_levels (graph, NULL);
}

static guint
build_level_one (SiambanGraph *graph)
{
  const guint x = compute_variable (graph, "x", 2, 2, 5, 5);

  compute_weight (siamban_graph_get_weights (graph), "level_weight", (gint64[]){ 1 }, 1);

  return siamban_graph_level_sum (graph, &x, 1, "level_weight");
}

static guint
build_cross_entropy (SiambanGraph *graph)
{
  const guint scores = compute_variable (graph, "wide", 3, 2, 7, 5);
  const guint labels = siamban_graph_input (graph, "labels", 3, 1, 7, 5);

  return siamban_graph_cross_entropy (graph, scores, labels);
}

static guint
build_iou_loss (SiambanGraph *graph, SiambanIouLoss kind)
{
  const guint distances = compute_variable (graph, "distances", 2, 4, 7, 7);
  const guint targets = siamban_graph_input (graph, "targets", 2, 4, 7, 7);
  const guint labels = siamban_graph_input (graph, "labels", 2, 1, 7, 7);

  return siamban_graph_iou_loss (graph, distances, targets, labels, kind);
}

static guint
build_iou_linear (SiambanGraph *graph)
{
  return build_iou_loss (graph, SIAMBAN_IOU_LOSS_LINEAR);
}

static guint
build_iou_log (SiambanGraph *graph)
{
  return build_iou_loss (graph, SIAMBAN_IOU_LOSS_LOG);
}

static guint
build_iou_generalized (SiambanGraph *graph)
{
  return build_iou_loss (graph, SIAMBAN_IOU_LOSS_GENERALIZED);
}

static guint
build_loss_sum (SiambanGraph *graph)
{
  const guint a = build_cross_entropy (graph);
  const guint distances = compute_variable (graph, "distances", 3, 4, 7, 5);
  const guint targets = siamban_graph_input (graph, "targets", 3, 4, 7, 5);
  const guint labels = siamban_graph_lookup (graph, "labels");
  const guint b = siamban_graph_iou_loss (graph, distances, targets, labels,
                                          SIAMBAN_IOU_LOSS_LINEAR);

  return siamban_graph_loss_sum (graph, a, 0.75, b, 1.5);
}

/* What an engine would like to fuse, in training and in evaluation. */
static guint
build_fused (SiambanGraph *graph, gboolean training)
{
  guint x = compute_variable (graph, "x", 2, 3, 9, 9);

  x = siamban_graph_relu (
      graph, normalise (graph, convolve_plainly (graph, x, "conv1", 8, 3), "bn1", training));
  x = siamban_graph_relu6 (
      graph, normalise (graph, convolve_plainly (graph, x, "conv2", 16, 1), "bn2", training));

  return normalise (graph, convolve_plainly (graph, x, "conv3", 8, 3), "bn3", training);
}

static guint
build_fused_training (SiambanGraph *graph)
{
  return build_fused (graph, TRUE);
}

static guint
build_fused_evaluation (SiambanGraph *graph)
{
  return build_fused (graph, FALSE);
}

/* A bottleneck with its shortcut, whose input two others read. */
static guint
build_residual (SiambanGraph *graph)
{
  const guint input = compute_variable (graph, "x", 2, 8, 9, 9);
  guint x, shortcut;

  x = siamban_graph_relu (
      graph, normalise (graph, convolve_plainly (graph, input, "conv1", 4, 1), "bn1", TRUE));
  x = siamban_graph_relu (
      graph, normalise (graph, convolve (graph, x, "conv2", 4, 3, 2, 0, 1, 1, FALSE), "bn2", TRUE));
  x = normalise (graph, convolve_plainly (graph, x, "conv3", 16, 1), "bn3", TRUE);
  shortcut = normalise (graph, convolve (graph, input, "down", 16, 3, 2, 0, 1, 1, FALSE), "down.bn",
                        TRUE);
  x = siamban_graph_relu (graph, siamban_graph_add (graph, x, shortcut));

  /* The identity shortcut of the next block. */
  return siamban_graph_relu (
      graph,
      siamban_graph_add (
          graph, x,
          normalise (graph, convolve (graph, x, "conv4", 16, 3, 1, 2, 2, 1, FALSE), "bn4", FALSE)));
}

/* Template and search pass through the same layers. */
static guint
build_siamese (SiambanGraph *graph)
{
  guint z = compute_variable (graph, "z", 2, 3, 7, 7);
  guint x = compute_variable (graph, "x", 2, 3, 12, 11);

  z = siamban_graph_relu (graph,
                          normalise (graph, convolve_plainly (graph, z, "conv", 8, 3), "bn", TRUE));
  x = siamban_graph_relu (graph,
                          normalise (graph, convolve_plainly (graph, x, "conv", 8, 3), "bn", TRUE));
  z = siamban_graph_crop (graph, z, 2, 2, 3, 3);

  return siamban_graph_xcorr_depthwise (graph, x, z);
}

/* The block of MobileNetV2. */
static guint
build_inverted_residual (SiambanGraph *graph)
{
  const guint input = compute_variable (graph, "x", 2, 8, 7, 7);
  guint x;

  x = siamban_graph_relu6 (
      graph, normalise (graph, convolve_plainly (graph, input, "expand", 24, 1), "bn1", TRUE));
  x = siamban_graph_relu6 (
      graph,
      normalise (graph, convolve (graph, x, "depthwise", 24, 3, 1, 1, 1, 24, FALSE), "bn2", TRUE));
  x = normalise (graph, convolve_plainly (graph, x, "project", 8, 1), "bn3", TRUE);

  return siamban_graph_add (graph, input, x);
}

/* Pooled values that another layer reads as well. */
static guint
build_stem (SiambanGraph *graph)
{
  guint x = compute_variable (graph, "x", 2, 3, 21, 21);
  guint stem;

  stem = siamban_graph_relu (
      graph, normalise (graph, convolve (graph, x, "conv1", 8, 7, 2, 0, 1, 1, FALSE), "bn1", TRUE));
  x = siamban_graph_max_pool (graph, stem, 3, 2, 1);
  stem = siamban_graph_crop (graph, stem, 2, 2, 4, 4);

  return siamban_graph_add (graph, x, stem);
}

const OperationCase operation_cases[] = {
  { "batch-norm/training", build_batch_norm_training, SUMS, FALSE },
  { "batch-norm/one-image", build_batch_norm_one_image, SUMS, FALSE },
  { "batch-norm/evaluation", build_batch_norm_evaluation, SUMS, FALSE },
  { "batch-norm/offset", build_batch_norm_offset, CANCELLED, TRUE },
  { "batch-norm/twice", build_batch_norm_twice, SUMS, FALSE },
  { "relu/random", build_relu, POINTWISE, FALSE },
  { "relu/zero", build_relu_zero, POINTWISE, TRUE },
  { "relu6/random", build_relu6, POINTWISE, FALSE },
  { "relu6/corners", build_relu6_corners, POINTWISE, TRUE },
  { "max-pool/3", build_max_pool, POINTWISE, FALSE },
  { "max-pool/negative", build_max_pool_negative, POINTWISE, FALSE },
  { "max-pool/2", build_max_pool_2, POINTWISE, FALSE },
  { "max-pool/ties", build_max_pool_ties, POINTWISE, TRUE },
  { "add/two", build_add, POINTWISE, FALSE },
  { "add/self", build_add_self, POINTWISE, FALSE },
  { "crop/some", build_crop, POINTWISE, FALSE },
  { "crop/nothing", build_crop_nothing, POINTWISE, FALSE },
  { "xcorr-depthwise/odd", build_xcorr_depthwise, SUMS, FALSE },
  { "xcorr-depthwise/5", build_xcorr_depthwise_5, SUMS, FALSE },
  { "xcorr-depthwise/shared", build_xcorr_depthwise_shared, SUMS, FALSE },
  { "xcorr/four", build_xcorr, SUMS, FALSE },
  { "xcorr/one", build_xcorr_one, SUMS, FALSE },
  { "exp-scale/learnt", build_exp_scale, SUMS, FALSE },
  { "exp-scale/plain", build_exp, SUMS, FALSE },
  { "level-sum/learnt", build_level_sum, SUMS, FALSE },
  { "level-sum/mean", build_level_mean, SUMS, FALSE },
  { "level-sum/one", build_level_one, SUMS, FALSE },
  { "cross-entropy", build_cross_entropy, SUMS, FALSE },
  { "iou-loss/linear", build_iou_linear, SUMS, FALSE },
  { "iou-loss/log", build_iou_log, SUMS, FALSE },
  { "iou-loss/generalized", build_iou_generalized, SUMS, FALSE },
  { "loss-sum", build_loss_sum, SUMS, FALSE },
  { "block/training", build_fused_training, 10 * SUMS, TRUE },
  { "block/evaluation", build_fused_evaluation, 10 * SUMS, TRUE },
  { "block/residual", build_residual, 10 * SUMS, TRUE },
  { "block/siamese", build_siamese, 10 * SUMS, FALSE },
  { "block/inverted-residual", build_inverted_residual, 10 * SUMS, TRUE },
  { "block/stem", build_stem, 10 * SUMS, FALSE },
};

const guint n_operation_cases = G_N_ELEMENTS (operation_cases);

const char *
subject_get_name (const Subject *subject)
{
  return subject->operation != NULL ? subject->operation->name : subject->convolution->name;
}

double
subject_get_tolerance (const Subject *subject)
{
  /* Sums of up to 900 products in single precision, in any order. */
  return subject->operation != NULL ? subject->operation->tolerance : 2e-5;
}

SiambanGraph *
subject_build (const Subject *subject)
{
  g_autoptr (SiambanWeights) weights = siamban_weights_new ();
  SiambanGraph *graph = siamban_graph_new (weights);
  const gint64 *shape;
  guint value, labels;
  gsize n_dims;

  value = subject->operation != NULL ? subject->operation->build (graph)
                                     : convolution_case_build (graph, subject->convolution);
  siamban_graph_set_name (graph, value, "y");
  siamban_graph_add_output (graph, value);

  shape = siamban_graph_get_shape (graph, value, &n_dims);
  if (shape[0] * shape[1] * shape[2] * shape[3] > 1)
    {
      const guint n = (guint) shape[0], height = (guint) shape[2], width = (guint) shape[3];

      compute_weight (weights, "head", (gint64[]){ 2, shape[1], 1, 1 }, 4);
      labels = siamban_graph_input (graph, "head.labels", n, 1, height, width);
      value = siamban_graph_convolution (graph, value, "head", NULL, 1, 0, 1, 1);
      value = siamban_graph_cross_entropy (graph, value, labels);
      siamban_graph_set_name (graph, value, "loss");
    }
  siamban_graph_set_loss (graph, value);

  return graph;
}

void
case_get_range (const char *name, double *low, double *high, gboolean *whole)
{
  static const struct
  {
    const char *name;
    double low, high;
    gboolean whole;
  } ranges[] = {
    { "coarse", -3, 9, TRUE },        { "wide", -8, 12, FALSE },
    { "negative", -9, -1, FALSE },    { "far", 1000, 1001, FALSE },
    { "distances", 1, 20, FALSE },    { "targets", 1, 20, FALSE },
    { "labels", -1, 2, TRUE },        { "scale", 0.5, 1.5, FALSE },
    { "bn.weight", 0.5, 1.5, FALSE }, { "running_var", 0.5, 2, FALSE },
  };

  *low = -1;
  *high = 1;
  *whole = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    if (g_str_has_suffix (name, ranges[i].name))
      {
        *low = ranges[i].low;
        *high = ranges[i].high;
        *whole = ranges[i].whole;
      }
}
