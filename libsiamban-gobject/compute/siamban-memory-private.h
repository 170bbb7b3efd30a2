/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "siamban-macros.h"

G_BEGIN_DECLS

/* Zeros on a 64-byte boundary, or NULL without memory. What is large lies on huge pages, and takes
 * memory only where it is used. */
SIAMBAN_MODULE_API
gpointer _siamban_memory_new (gsize n_bytes);

/* @n_bytes as in the allocation; NULL is fine. */
SIAMBAN_MODULE_API
void _siamban_memory_free (gpointer memory, gsize n_bytes);

G_END_DECLS
