/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-bytes.h"

/**
 * siamban_bytes_get_address:
 * @bytes: some bytes
 *
 * Gets where bytes lie in memory, for languages whose own functions would copy them.
 *
 * The address is good as long as @bytes is, and nothing may be written there.
 *
 * Returns: the address, 0 if there are no bytes
 *
 * Since: 0.1
 */
guint64
siamban_bytes_get_address (GBytes *bytes)
{
  g_return_val_if_fail (bytes != NULL, 0);

  return (guint64) (gsize) g_bytes_get_data (bytes, NULL);
}

typedef struct
{
  gpointer user_data;
  GDestroyNotify destroy;
} Owner;

static void
owner_free (gpointer data)
{
  Owner *self = data;

  if (self->destroy)
    self->destroy (self->user_data);
  g_free (self);
}

/**
 * siamban_bytes_new_at_address:
 * @address: where the bytes are in memory
 * @size: how many there are
 * @owner: (nullable) (scope notified) (closure user_data) (destroy destroy): keeps the memory; not called
 * @user_data: data of @owner
 * @destroy: (nullable): called with @user_data in any thread, when nobody looks at the bytes any more
 *
 * Makes bytes around memory that belongs to somebody else, such as an array of another language;
 * nothing is copied.
 *
 * The memory must stay where it is, and nothing may change it, until @destroy is called.
 *
 * Returns: (transfer full): the bytes
 *
 * Since: 0.1
 */
GBytes *
siamban_bytes_new_at_address (guint64 address,
                              gsize size,
                              SiambanOwnerFunc owner,
                              gpointer user_data,
                              GDestroyNotify destroy)
{
  Owner *self;

  g_return_val_if_fail (address != 0 || size == 0, NULL);

  self = g_new (Owner, 1);
  self->user_data = user_data;
  self->destroy = destroy;

  return g_bytes_new_with_free_func ((gconstpointer) (gsize) address, size, owner_free, self);
}
