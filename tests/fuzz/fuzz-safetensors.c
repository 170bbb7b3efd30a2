/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz-target.h"
#include "siamban-safetensors-private.h"
#include "siamban.h"

/* A file is refused with a message that names it, or its tensors together are no larger than it
 * and fill their shapes. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (SiambanCheckpoint) checkpoint = siamban_checkpoint_new ();
  g_autoptr (GError) error = NULL;
  const gboolean done = _siamban_safetensors_read (checkpoint, bytes, "fuzz", &error);
  gsize n_bytes = 0;

  _siamban_safetensors_detect (bytes);
  g_assert_true (done == (error == NULL));
  if (!done)
    {
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_true (g_str_has_prefix (error->message, "“fuzz”: "));
      return 0;
    }

  for (const char *const *name = siamban_checkpoint_get_names (checkpoint); *name != NULL; name++)
    {
      SiambanTensor *tensor = siamban_checkpoint_lookup (checkpoint, *name);
      const gsize n = g_bytes_get_size (siamban_tensor_get_bytes (tensor));

      g_assert_cmpuint (siamban_tensor_get_n_elements (tensor) *
                            siamban_dtype_get_size (siamban_tensor_get_dtype (tensor)),
                        ==, n);
      n_bytes += n;
    }
  g_assert_cmpuint (n_bytes, <=, size);

  return 0;
}
