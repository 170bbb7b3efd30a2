/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-weights.h"

G_BEGIN_DECLS

/* All values of one set of weights in one flat buffer: first the weights, in reverse order of
 * their addition (the order in which backward finishes their gradients), then the buffers. Each
 * parameter begins on a 64-byte boundary; the gaps hold zeros. */
typedef struct
{
  float *values;
  gsize n_values;
  gsize n_weight_values; /* gradients and momentum have this length and the same offsets */
} SiambanWeightsStore;

/* Allocates the values on first use; nothing can be added afterwards. */
const SiambanWeightsStore *_siamban_weights_get_store (SiambanWeights *self);

guint _siamban_weights_get_n (SiambanWeights *self);
SiambanParameter *_siamban_weights_peek (SiambanWeights *self, guint index);

guint _siamban_parameter_get_index (SiambanParameter *self);
gsize _siamban_parameter_get_offset (SiambanParameter *self);
float *_siamban_parameter_peek_values (SiambanParameter *self);
gint64 *_siamban_parameter_peek_counter (SiambanParameter *self);

G_END_DECLS
