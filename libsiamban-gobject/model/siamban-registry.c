/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-registry-private.h"

#include "siamban-config-text-private.h"
#include "siamban-error.h"

void
_siamban_registry_fail (const char *key, const char *type, const char *const *types, GError **error)
{
  g_autofree char *list = g_strjoinv (", ", (char **) types);
  const char *near = _siamban_config_nearest_word (type, types);

  if (near != NULL)
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                 "%s: “%s” is unknown, did you mean “%s”? There is: %s", key, type, near, list);
  else
    g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG,
                 "%s: “%s” is unknown, expected one of: %s", key, type, list);
}
