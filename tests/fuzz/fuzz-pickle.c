/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz-target.h"
#include "siamban-torch-file-reader-private.h"
#include "siamban.h"

/* A file is refused with a message that names it, or every tensor of its dictionary has a shape
 * that its bytes fill or is refused. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanTorchFile) file = _siamban_torch_file_open_bytes (bytes, "fuzz", &error);
  SiambanPickleValue *root;

  g_assert_true ((file == NULL) == (error != NULL));
  if (file == NULL)
    {
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_true (g_str_has_prefix (error->message, "“fuzz”: "));
      return 0;
    }

  root = _siamban_torch_file_get_root (file);
  for (guint i = 0; root->kind == SIAMBAN_PICKLE_DICT && i < root->items->len; i++)
    {
      SiambanPickleValue *value = g_ptr_array_index (root->items, i);
      g_autoptr (SiambanTensor) tensor = NULL;

      if (value->kind == SIAMBAN_PICKLE_TENSOR)
        tensor = _siamban_torch_file_read_tensor (file, value, NULL);
      if (tensor != NULL)
        g_assert_cmpuint (siamban_tensor_get_n_elements (tensor) *
                              siamban_dtype_get_size (siamban_tensor_get_dtype (tensor)),
                          ==, g_bytes_get_size (siamban_tensor_get_bytes (tensor)));
    }

  return 0;
}
