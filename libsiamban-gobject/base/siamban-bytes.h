/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

/**
 * SiambanOwnerFunc:
 * @user_data: data of the caller
 *
 * Stands for whoever owns memory; it is never called.
 *
 * Since: 0.1
 */
typedef void (*SiambanOwnerFunc) (gpointer user_data);

SIAMBAN_API
guint64 siamban_bytes_get_address (GBytes *bytes);

SIAMBAN_API
GBytes *siamban_bytes_new_at_address (guint64 address,
                                      gsize size,
                                      SiambanOwnerFunc owner,
                                      gpointer user_data,
                                      GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
