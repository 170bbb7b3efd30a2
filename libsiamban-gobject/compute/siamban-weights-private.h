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
SIAMBAN_MODULE_API
const SiambanWeightsStore *_siamban_weights_get_store (SiambanWeights *self);

SIAMBAN_MODULE_API
guint _siamban_weights_get_n (SiambanWeights *self);
SIAMBAN_MODULE_API
SiambanParameter *_siamban_weights_peek (SiambanWeights *self, guint index);

SIAMBAN_MODULE_API
guint _siamban_parameter_get_index (SiambanParameter *self);
SIAMBAN_MODULE_API
gsize _siamban_parameter_get_offset (SiambanParameter *self);
SIAMBAN_MODULE_API
float *_siamban_parameter_peek_values (SiambanParameter *self);
SIAMBAN_MODULE_API
gint64 *_siamban_parameter_peek_counter (SiambanParameter *self);

G_END_DECLS
