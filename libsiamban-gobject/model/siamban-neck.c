/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-neck-private.h"

#include "siamban-registry-private.h"

static const SiambanNeck *const necks[] = {
  &_siamban_neck_adjust_all_layer,
  &_siamban_neck_adjust_layer,
};

const SiambanNeck *
_siamban_neck_lookup (const char *type, GError **error)
{
  const char *types[G_N_ELEMENTS (necks) + 1] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (necks); i++)
    {
      if (g_str_equal (necks[i]->type, type))
        return necks[i];
      types[i] = necks[i]->type;
    }

  _siamban_registry_fail ("ADJUST.TYPE", type, types, error);

  return NULL;
}
