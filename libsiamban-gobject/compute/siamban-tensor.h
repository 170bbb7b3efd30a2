/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

/**
 * SiambanDType:
 * @SIAMBAN_DTYPE_FLOAT32: 32-bit floating point, what the network computes in
 * @SIAMBAN_DTYPE_FLOAT64: 64-bit floating point
 * @SIAMBAN_DTYPE_FLOAT16: IEEE half precision, storage only
 * @SIAMBAN_DTYPE_BFLOAT16: the upper half of a 32-bit float, storage only
 * @SIAMBAN_DTYPE_INT8: signed byte, as in class labels
 * @SIAMBAN_DTYPE_UINT8: unsigned byte, as in images
 * @SIAMBAN_DTYPE_INT16: 16-bit integer
 * @SIAMBAN_DTYPE_INT32: 32-bit integer
 * @SIAMBAN_DTYPE_INT64: 64-bit integer, as in batch counters
 * @SIAMBAN_DTYPE_BOOL: one byte, 0 or 1
 *
 * What one element of a [struct@Tensor] is.
 *
 * Since: 0.1
 */
typedef enum
{
  SIAMBAN_DTYPE_FLOAT32,
  SIAMBAN_DTYPE_FLOAT64,
  SIAMBAN_DTYPE_FLOAT16,
  SIAMBAN_DTYPE_BFLOAT16,
  SIAMBAN_DTYPE_INT8,
  SIAMBAN_DTYPE_UINT8,
  SIAMBAN_DTYPE_INT16,
  SIAMBAN_DTYPE_INT32,
  SIAMBAN_DTYPE_INT64,
  SIAMBAN_DTYPE_BOOL,
} SiambanDType;

SIAMBAN_API
gsize siamban_dtype_get_size (SiambanDType dtype);

SIAMBAN_API
const char *siamban_dtype_get_name (SiambanDType dtype);

#define SIAMBAN_TYPE_TENSOR (siamban_tensor_get_type ())

typedef struct _SiambanTensor SiambanTensor;

SIAMBAN_API
GType siamban_tensor_get_type (void) G_GNUC_CONST;

SIAMBAN_API
SiambanTensor *siamban_tensor_new (SiambanDType dtype,
                                   const gint64 *shape,
                                   gsize n_dims,
                                   GBytes *bytes,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanTensor *siamban_tensor_new_zeros (SiambanDType dtype,
                                         const gint64 *shape,
                                         gsize n_dims) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
SiambanTensor *siamban_tensor_ref (SiambanTensor *self);

SIAMBAN_API
void siamban_tensor_unref (SiambanTensor *self);

SIAMBAN_API
SiambanDType siamban_tensor_get_dtype (SiambanTensor *self);

SIAMBAN_API
const gint64 *siamban_tensor_get_shape (SiambanTensor *self, gsize *n_dims);

SIAMBAN_API
gsize siamban_tensor_get_n_elements (SiambanTensor *self);

SIAMBAN_API
GBytes *siamban_tensor_get_bytes (SiambanTensor *self);

SIAMBAN_API
double siamban_tensor_get_item (SiambanTensor *self, gsize index);

SIAMBAN_API
double siamban_tensor_get_norm (SiambanTensor *self);

SIAMBAN_API
SiambanTensor *siamban_tensor_to_float32 (SiambanTensor *self) G_GNUC_WARN_UNUSED_RESULT;

SIAMBAN_API
char *siamban_tensor_to_string (SiambanTensor *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanTensor, siamban_tensor_unref)

G_END_DECLS
