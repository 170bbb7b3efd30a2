/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

/* All devices of all engines that can be used here, of SiambanDevice. */
GPtrArray *compute_devices (void);

/* Numbers in [low, high) that depend on nothing but the name. */
void compute_fill (const char *name, double low, double high, float *values, gsize n_values);

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
