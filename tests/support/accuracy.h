/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* How far the numbers of one convolution are from those of double precision.
 *
 * The convolution stands alone in a graph, with the shapes, and so the choices, that it has in the
 * network: in both branches where it is in both, with the batch norm folded in where it is frozen.
 * Inputs are noise without its negative half, as behind a ReLU; gradients are noise. The truth is
 * computed for some thousand elements, drawn at random. */

typedef enum
{
  ACCURACY_FORWARD,
  ACCURACY_DATA,    /* gradient of the input */
  ACCURACY_WEIGHTS, /* gradient of the weights */
  ACCURACY_N_DIRECTIONS
} AccuracyDirection;

typedef struct
{
  guint n_inputs; /* channels */
  guint n_outputs;
  guint size;
  guint stride;
  guint padding;
  guint dilation;
  guint batch_size; /* a power of two, for gradients that are exact */
  guint maps[2];    /* height and width in each branch; 0 for none */
  gboolean frozen;  /* forward only */
  gboolean has_data_gradient;
} AccuracyLayer;

/* Root mean squares: of the errors, by that of the numbers. 0 for what the layer does not have. */
typedef struct
{
  double errors[ACCURACY_N_DIRECTIONS];
  char *choices[ACCURACY_N_DIRECTIONS]; /* what the engine says it does */
} Accuracy;

/* @exact: without the fast ways, which round more. */
Accuracy *accuracy_measure (const AccuracyLayer *layer, gboolean exact);
void accuracy_free (Accuracy *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Accuracy, accuracy_free)

G_END_DECLS
