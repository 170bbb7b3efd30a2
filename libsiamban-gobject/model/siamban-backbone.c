/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-backbone-private.h"

#include "siamban-kwargs.h"
#include "siamban-registry-private.h"

#define MAX_CHANNELS 65536

static const SiambanBackbone *const backbones[] = {
  &_siamban_backbone_alexnet,  &_siamban_backbone_alexnetlegacy, &_siamban_backbone_mobilenetv2,
  &_siamban_backbone_resnet18, &_siamban_backbone_resnet34,      &_siamban_backbone_resnet50,
};

const SiambanBackbone *
_siamban_backbone_lookup (const char *type, GError **error)
{
  const char *types[G_N_ELEMENTS (backbones) + 1] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (backbones); i++)
    {
      if (g_str_equal (backbones[i]->type, type))
        return backbones[i];
      types[i] = backbones[i]->type;
    }

  _siamban_registry_fail ("BACKBONE.TYPE", type, types, error);

  return NULL;
}

static gint64 *
used_layers (GVariant *kwargs, const gint64 *defaults, gsize *n)
{
  gint64 *layers = siamban_kwargs_get_ints (kwargs, "used_layers", n);

  if (layers != NULL || siamban_kwargs_has (kwargs, "used_layers"))
    return layers;

  while (defaults[*n] >= 0)
    (*n)++;

  return g_memdup2 (defaults, *n * sizeof *defaults);
}

gboolean
_siamban_backbone_uses (GVariant *kwargs, const gint64 *defaults, gint64 layer, gint64 other)
{
  gsize n;
  g_autofree gint64 *layers = used_layers (kwargs, defaults, &n);

  for (gsize i = 0; i < n; i++)
    if (layers[i] == layer || layers[i] == other)
      return TRUE;

  return FALSE;
}

void
_siamban_backbone_pick (SiambanBuilder *builder,
                        GVariant *kwargs,
                        const gint64 *defaults,
                        const SiambanFeature *all,
                        guint n_all,
                        SiambanFeatures *features)
{
  static const char *const key = SIAMBAN_BACKBONE_KWARGS ".used_layers";
  gsize n;
  g_autofree gint64 *layers = used_layers (kwargs, defaults, &n);

  if (n == 0 || n > SIAMBAN_MAX_LEVELS)
    {
      _siamban_builder_fail (builder, key, "expected a list of 1 to %d layers, found %u",
                             SIAMBAN_MAX_LEVELS, (guint) n);
      n = MIN (n, SIAMBAN_MAX_LEVELS);
    }

  features->n_levels = (guint) n;
  for (gsize i = 0; i < n; i++)
    {
      if (layers[i] < 0 || layers[i] >= n_all)
        _siamban_builder_fail (builder, key,
                               "there is no layer %" G_GINT64_FORMAT ", expected 0 to %u",
                               layers[i], n_all - 1);
      features->levels[i] = all[CLAMP (layers[i], 0, n_all - 1)];
    }
}

guint
_siamban_backbone_widen (SiambanBuilder *builder, GVariant *kwargs, guint n_channels)
{
  const double n = n_channels * siamban_kwargs_get_double (kwargs, "width_mult", 1.0);

  /* Written so that a NaN fails too. */
  if (!(n >= 1 && n <= MAX_CHANNELS))
    {
      _siamban_builder_fail (builder, SIAMBAN_BACKBONE_KWARGS ".width_mult",
                             "makes %g channels of %u, expected 1 to %d", n, n_channels,
                             MAX_CHANNELS);
      return 1;
    }

  return (guint) n;
}
