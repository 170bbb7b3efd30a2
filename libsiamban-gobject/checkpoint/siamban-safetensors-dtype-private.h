/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-tensor.h"

G_BEGIN_DECLS

/* The element types as a header spells them. */
const char *_siamban_safetensors_get_dtype_name (SiambanDType dtype);
gboolean _siamban_safetensors_find_dtype (const char *name, SiambanDType *dtype);

G_END_DECLS
