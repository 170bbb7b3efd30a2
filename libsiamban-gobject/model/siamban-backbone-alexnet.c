/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-backbone-private.h"

/* AlexNet without padding, as SiamFC has it (https://arxiv.org/abs/1606.09549), with a batch norm
 * after each convolution. The two variants differ in the names of their parameters only.
 *
 * Source: `siamban/models/backbone/alexnet.py`. */

typedef struct
{
  guint n_out;
  guint size;
  guint stride;
  gboolean pooled;
} Layer;

static const Layer layers[] = {
  { 96, 11, 2, TRUE },  { 256, 5, 1, TRUE },  { 384, 3, 1, FALSE },
  { 384, 3, 1, FALSE }, { 256, 3, 1, FALSE },
};

/* The module of a layer, and the number of its first part in there. */
static guint
name_layer (gboolean legacy, guint index, guint position, char *module, gsize n_bytes)
{
  if (legacy)
    g_snprintf (module, n_bytes, "features");
  else
    g_snprintf (module, n_bytes, "layer%u", index + 1);

  return legacy ? position : 0;
}

static SiambanFeature
build_layer (SiambanBuilder *builder,
             GVariant *kwargs,
             const Layer *layer,
             guint position,
             SiambanFeature x)
{
  const SiambanConvolution convolution = {
    .n_out = _siamban_backbone_widen (builder, kwargs, layer->n_out),
    .size = layer->size,
    .stride = layer->stride,
    .bias = TRUE,
  };
  char conv[8], norm[8];

  g_snprintf (conv, sizeof conv, "%u", position);
  g_snprintf (norm, sizeof norm, "%u", position + 1);
  x = _siamban_builder_convolution (builder, x, conv, &convolution);
  x = _siamban_builder_batch_norm (builder, x, norm);
  if (layer->pooled)
    x = _siamban_builder_max_pool (builder, x, 3, 2, 0);

  return x;
}

static void
build (SiambanBuilder *builder,
       const SiambanBackbone *self,
       GVariant *kwargs,
       SiambanFeature image,
       SiambanFeatures *features)
{
  const gboolean legacy = self->variant != NULL;
  SiambanFeature x = image;
  guint position = 0;

  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      char module[16];
      const guint first = name_layer (legacy, i, position, module, sizeof module);
      const gsize outer = _siamban_builder_enter (builder, module);

      x = build_layer (builder, kwargs, &layers[i], first, x);
      _siamban_builder_leave (builder, outer);
      if (i + 1 < G_N_ELEMENTS (layers))
        x = _siamban_builder_relu (builder, x);
      _siamban_builder_set_name (builder, x, "%s.p%u", builder->branch, i + 1);

      /* Convolution, norm, the pool where there is one, and the activation. */
      position += layers[i].pooled ? 4 : 3;
    }

  features->levels[0] = x;
  features->n_levels = 1;
}

static const SiambanKwarg kwargs[] = { { "width_mult", SIAMBAN_KWARG_DOUBLE }, { NULL, 0 } };

const SiambanBackbone _siamban_backbone_alexnet = { "alexnet", kwargs, build, NULL };
const SiambanBackbone _siamban_backbone_alexnetlegacy = { "alexnetlegacy", kwargs, build, layers };
