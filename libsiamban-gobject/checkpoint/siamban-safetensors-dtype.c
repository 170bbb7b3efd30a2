/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-safetensors-dtype-private.h"

static const char *const names[] = {
  [SIAMBAN_DTYPE_FLOAT32] = "F32", [SIAMBAN_DTYPE_FLOAT64] = "F64",
  [SIAMBAN_DTYPE_FLOAT16] = "F16", [SIAMBAN_DTYPE_BFLOAT16] = "BF16",
  [SIAMBAN_DTYPE_INT8] = "I8",     [SIAMBAN_DTYPE_UINT8] = "U8",
  [SIAMBAN_DTYPE_INT16] = "I16",   [SIAMBAN_DTYPE_INT32] = "I32",
  [SIAMBAN_DTYPE_INT64] = "I64",   [SIAMBAN_DTYPE_BOOL] = "BOOL",
};

const char *
_siamban_safetensors_get_dtype_name (SiambanDType dtype)
{
  return names[dtype];
}

gboolean
_siamban_safetensors_find_dtype (const char *name, SiambanDType *dtype)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name))
      {
        *dtype = (SiambanDType) i;
        return TRUE;
      }

  return FALSE;
}
