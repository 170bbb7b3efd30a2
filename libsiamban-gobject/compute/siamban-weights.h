/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-parameter.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_WEIGHTS (siamban_weights_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanWeights, siamban_weights, SIAMBAN, WEIGHTS, GObject)

SIAMBAN_API
SiambanWeights *siamban_weights_new (void) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanParameter *siamban_weights_add (SiambanWeights *self,
                                       const char *name,
                                       SiambanParameterKind kind,
                                       const gint64 *shape,
                                       gsize n_dims);

SIAMBAN_API
SiambanParameter *siamban_weights_lookup (SiambanWeights *self, const char *name);

SIAMBAN_API
SiambanWeights *siamban_weights_copy (SiambanWeights *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
guint64 siamban_weights_get_n_values (SiambanWeights *self, gboolean trainable_only);

G_END_DECLS
