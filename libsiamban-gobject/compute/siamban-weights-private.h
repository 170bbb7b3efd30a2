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

/* The same, for those who want only the places: if a device is ahead, its weights are not copied back.
 * The buffers are always those of the last step. */
SIAMBAN_MODULE_API
const SiambanWeightsStore *_siamban_weights_get_layout (SiambanWeights *self);

/* Copies the weights, not the buffers, of whoever is ahead to the host. */
typedef gboolean (*SiambanWeightsPullFunc) (gpointer owner, GError **error);

/* An engine has newer weights than the host: they are asked for when somebody wants to see one, through
 * the store, a parameter, or a public function; so to write a weight on the host the store must be got
 * anew. The owner of the newest weights is the last who called. It must call for the weights before it
 * goes away. */
SIAMBAN_MODULE_API
void _siamban_weights_set_ahead (SiambanWeights *self, SiambanWeightsPullFunc pull, gpointer owner);
SIAMBAN_MODULE_API
gboolean _siamban_weights_is_ahead (SiambanWeights *self, gconstpointer owner);

/* Gets the newest weights on the host. After a failure those are there that were copied last, and it can
 * be tried again. */
SIAMBAN_MODULE_API
gboolean _siamban_weights_sync (SiambanWeights *self, GError **error);

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
