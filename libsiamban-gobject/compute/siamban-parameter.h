/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-tensor.h"

G_BEGIN_DECLS

/**
 * SiambanParameterKind:
 * @SIAMBAN_PARAMETER_WEIGHT: learnt by gradient descent
 * @SIAMBAN_PARAMETER_BUFFER: measured while training, such as the running mean of a batch norm
 * @SIAMBAN_PARAMETER_COUNTER: one whole number, such as the `num_batches_tracked` of a batch norm
 *
 * How a [class@Parameter] gets its value.
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_PARAMETER_WEIGHT,
  SIAMBAN_PARAMETER_BUFFER,
  SIAMBAN_PARAMETER_COUNTER,
} SiambanParameterKind;

#define SIAMBAN_TYPE_PARAMETER (siamban_parameter_get_type ())

SIAMBAN_API
G_DECLARE_FINAL_TYPE (SiambanParameter, siamban_parameter, SIAMBAN, PARAMETER, GObject)

SIAMBAN_API
const char *siamban_parameter_get_name (SiambanParameter *self);

SIAMBAN_API
SiambanParameterKind siamban_parameter_get_kind (SiambanParameter *self);

SIAMBAN_API
const gint64 *siamban_parameter_get_shape (SiambanParameter *self, gsize *n_dims);

SIAMBAN_API
gsize siamban_parameter_get_n_elements (SiambanParameter *self);

SIAMBAN_API
gboolean siamban_parameter_get_trainable (SiambanParameter *self);

SIAMBAN_API
void siamban_parameter_set_trainable (SiambanParameter *self, gboolean trainable);

SIAMBAN_API
SiambanTensor *siamban_parameter_get_tensor (SiambanParameter *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
gboolean
siamban_parameter_set_tensor (SiambanParameter *self, SiambanTensor *tensor, GError **error);

G_END_DECLS
