/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compute.h"

G_BEGIN_DECLS

/* The graph of a case of operations, with weights that depend on nothing but their names. */
SiambanGraph *step_build (const char *name);
SiambanProgram *step_compile (const char *device, SiambanGraph *graph, gboolean training);

/* Other numbers and other learning rates each round. */
gboolean step_write_inputs (SiambanProgram *program, guint round, GError **error);
gboolean step_update (SiambanProgram *program, guint round, GError **error);
gboolean step_take (SiambanProgram *program, guint round, GError **error);

/* Whether weights, statistics and counters are the same to the last bit. */
void step_assert_same (SiambanWeights *a, SiambanWeights *b);

G_END_DECLS
