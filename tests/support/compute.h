/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-selftest-cases.h"
#include "siamban.h"

G_BEGIN_DECLS

/* All devices of all engines that can be used here, of SiambanDevice; of one engine only, if
 * SIAMBAN_TEST_ENGINE names it. */
GPtrArray *compute_devices (void);

/* Numbers in [low, high) that depend on nothing but the name. */
void compute_fill (const char *name, double low, double high, float *values, gsize n_values);

/* Sets the elements of a variable, and the input that it is made of. */
void compute_variable_write (SiambanProgram *program, const char *name, const float *values);

/* The gradient of a variable, row major. */
float *compute_variable_gradient (SiambanProgram *program, const char *name);

void compute_set_input (SiambanProgram *program, const char *name, const float *values);

SiambanProgram *compute_compile (SiambanDevice *device, SiambanGraph *graph, gboolean training);
void compute_forward (SiambanProgram *program);
void compute_backward (SiambanProgram *program);

/* The only element of an output. */
double compute_get_number (SiambanProgram *program, const char *name);

G_END_DECLS
