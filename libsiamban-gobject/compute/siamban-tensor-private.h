/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-tensor.h"

G_BEGIN_DECLS

/* A float32 tensor whose elements the caller fills before anybody else sees it. */
SiambanTensor *_siamban_tensor_new_float32 (const gint64 *shape, gsize n_dims, float **values);
SiambanTensor *_siamban_tensor_new_4d (const gint64 shape[4], float **values);

gconstpointer _siamban_tensor_peek (SiambanTensor *self);

/* Converts any dtype to float32, element by element. */
SIAMBAN_MODULE_API
void
_siamban_convert_to_float32 (SiambanDType dtype, gconstpointer from, gsize n_elements, float *to);

char *_siamban_shape_to_string (const gint64 *shape, gsize n_dims);

G_END_DECLS
