/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

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

/* The range of the numbers that a weight or an input of that name gets. */
void case_get_range (const char *name, double *low, double *high, gboolean *whole);

G_END_DECLS
