/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sets the error of a key whose value is none of @types. */
void _siamban_registry_fail (const char *key,
                             const char *type,
                             const char *const *types,
                             GError **error);

G_END_DECLS
