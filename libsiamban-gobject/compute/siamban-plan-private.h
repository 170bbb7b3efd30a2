/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-graph-private.h"

G_BEGIN_DECLS

/* What two convolutions have in common. */
typedef enum
{
  SIAMBAN_PLAN_ALONE,
  SIAMBAN_PLAN_TWINS,    /* the same weights, for two inputs */
  SIAMBAN_PLAN_SIBLINGS, /* the same input, for two weights of the same shape */
} SiambanPlanPairing;

/* Neighbouring operations that can be done in one pass over memory. The values between them are
 * never needed by themselves. */
typedef struct
{
  guint main;     /* the first operation: a convolution, a batch norm, or any other one, alone */
  guint fold;     /* a frozen batch norm that becomes part of the convolution's weights, or 0 */
  guint add;      /* a sum behind them, or 0 */
  guint residual; /* the other summand of it; made by an earlier group */
  SiambanOp activation; /* what follows, or SIAMBAN_OP_NONE */
  guint value;          /* the last of these operations, and what the group makes */
  guint depth;          /* the longest way from an input; groups run by their depth */
  guint partner;        /* value of another group of this depth that can be done at once, or 0 */
  SiambanPlanPairing pairing;
} SiambanPlanGroup;

/* Every operation of the graph, inputs left out, in an order in which they can run. */
GArray *_siamban_plan_groups (SiambanGraph *graph, const gboolean *needs_gradient);

/* Indices of the groups, in an order in which their gradients can be worked out: partners one after
 * the other, and of those that are ready, the one whose gradients take least memory. So one branch
 * of a head after the other lets go of what it kept, before the large maps of the backbone. */
GArray *_siamban_plan_backward_order (SiambanGraph *graph, GArray *groups);

/* A piece of memory that is needed from one step to another, both included. */
typedef struct
{
  gsize size;
  guint first;
  guint last;
  gsize offset; /* the result */
} SiambanPlanBlock;

/* Places blocks so that no two that live at the same time overlap. Returns the size of all. */
SIAMBAN_MODULE_API
gsize _siamban_plan_memory (SiambanPlanBlock **blocks, guint n_blocks, gsize alignment);

G_END_DECLS
