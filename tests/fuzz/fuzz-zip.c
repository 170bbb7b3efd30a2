/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz-target.h"
#include "siamban-torch-container-private.h"
#include "siamban.h"

/* Whatever its first bytes are, the file is taken for an archive: it is refused, or every storage
 * that its pickle names is read or refused. */

typedef struct
{
  SiambanTorchContainer *container;
  gsize n_bytes;
} Reading;

static void
read_storage_cb (SiambanPickleValue *value, gpointer user_data)
{
  Reading *reading = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (value->kind != SIAMBAN_PICKLE_STORAGE || value->storage.key == NULL)
    return;
  bytes = reading->container->read (reading->container, &value->storage, &error);
  g_assert_true ((bytes == NULL) == (error != NULL));
  reading->n_bytes += bytes != NULL ? g_bytes_get_size (bytes) : 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (SiambanPickle) pickle = _siamban_pickle_new ();
  g_autoptr (GError) error = NULL;
  Reading reading = { .container = _siamban_torch_zip_open (pickle, bytes, &error) };

  g_assert_true ((reading.container == NULL) == (error != NULL));
  if (reading.container == NULL)
    return 0;

  _siamban_pickle_foreach (pickle, read_storage_cb, &reading);
  /* What an archive may unpack to, all members together. */
  g_assert_cmpuint (reading.n_bytes, <=, size * 64 + (64 << 20));
  reading.container->free (reading.container);

  return 0;
}
