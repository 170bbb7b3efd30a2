/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* Small networks of one operation or a few, on which every engine is compared with the plain loops:
 * by `siamban selftest`, and by the tests. */

SiambanParameter *
compute_weight (SiambanWeights *weights, const char *name, const gint64 *shape, gsize n_dims);

/* The four parameters and the counter of a batch norm. */
void compute_batch_norm_weights (SiambanWeights *weights, const char *name, gint64 n_channels);

/* A value that is learnt: every element is one element of the weight @name, so that what flows
 * back into it can be read as that weight's gradient.
 *
 * It is a convolution of the input `NAME.unit`, one bright pixel a batch entry, with kernels as
 * large as the map; products with 0 and 1 are exact in every engine. */
guint compute_variable (SiambanGraph *graph,
                        const char *name,
                        guint batch_size,
                        guint n_channels,
                        guint height,
                        guint width);

/* One small network, and what an engine may differ from the plain loops. */
typedef struct
{
  const char *name;

  /* Adds the operation to be tested and gives its value. */
  guint (*build) (SiambanGraph *graph);

  /* The largest difference to the reference engine, in units of the largest element. */
  double tolerance;

  /* Whether some of its numbers lie on, or next to, another branch of a maximum or minimum, so that
   * differences say little about the gradient; each operation has cases without. */
  gboolean has_corners;
} OperationCase;

extern const OperationCase operation_cases[];
extern const guint n_operation_cases;

/* One convolution of its own variable: no build function each. */
typedef struct
{
  const char *name;
  guint batch_size, n_inputs, height, width;
  guint n_outputs, size, stride, padding, dilation, n_groups;
  gboolean bias;
} ConvolutionCase;

extern const ConvolutionCase convolution_cases[];
extern const guint n_convolution_cases;

guint convolution_case_build (SiambanGraph *graph, const ConvolutionCase *the_case);

/* One of the two. */
typedef struct
{
  const OperationCase *operation;
  const ConvolutionCase *convolution;
} Subject;

const char *subject_get_name (const Subject *subject);
double subject_get_tolerance (const Subject *subject);

/* Its output “y”, and behind it a loss that looks at each of its elements differently: a 1×1 convolution
 * to two channels whose cross entropy is taken. */
SiambanGraph *subject_build (const Subject *subject);

/* The range of the numbers that a weight or an input of that name gets. */
void case_get_range (const char *name, double *low, double *high, gboolean *whole);

G_END_DECLS
