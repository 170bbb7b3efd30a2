/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-head-private.h"

#include "siamban-kwargs.h"
#include "siamban-registry-private.h"

static const SiambanHead *const heads[] = {
  &_siamban_head_depthwise,
  &_siamban_head_multi,
  &_siamban_head_up_channel,
};

const SiambanHead *
_siamban_head_lookup (const char *type, GError **error)
{
  const char *types[G_N_ELEMENTS (heads) + 1] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      if (g_str_equal (heads[i]->type, type))
        return heads[i];
      types[i] = heads[i]->type;
    }

  _siamban_registry_fail ("BAN.TYPE", type, types, error);

  return NULL;
}

guint
_siamban_head_cls_channels (SiambanBuilder *builder, GVariant *kwargs)
{
  const gint64 n = siamban_kwargs_get_int (kwargs, "cls_out_channels", 2);

  if (n == 1 || n == 2)
    return (guint) n;

  _siamban_builder_fail (builder, "BAN.KWARGS.cls_out_channels",
                         "expected 2, or 1 for scores made by a sigmoid, found %" G_GINT64_FORMAT,
                         n);

  return 2;
}

gboolean
_siamban_head_check_single (SiambanBuilder *builder,
                            const char *type,
                            const SiambanFeatures *features)
{
  if (features->n_levels == 1)
    return TRUE;

  _siamban_builder_fail (builder, "BAN.TYPE", "%s takes one level and gets %u, expected MultiBAN",
                         type, features->n_levels);

  return FALSE;
}
