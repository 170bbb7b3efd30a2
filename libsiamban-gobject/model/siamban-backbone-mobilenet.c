/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-backbone-private.h"

/* MobileNetV2 (Sandler et al., 2018, https://arxiv.org/abs/1801.04381), dilated instead of strided
 * from its fourth stage on, so that all in all the stride is 8.
 *
 * Source: `siamban/models/backbone/mobile_v2.py`. */

typedef struct
{
  guint expansion; /* channels within a block, times those that come in */
  guint n_out;
  guint n_blocks;
  guint stride;
  guint dilation;
} Stage;

static const Stage stages[] = {
  { 1, 16, 1, 1, 1 }, { 6, 24, 2, 2, 1 },  { 6, 32, 3, 2, 1 },  { 6, 64, 4, 1, 2 },
  { 6, 96, 3, 1, 2 }, { 6, 160, 3, 1, 4 }, { 6, 320, 1, 1, 4 },
};

static const gint64 default_layers[] = { 3, 5, 7, -1 };

static SiambanFeature
build_block (SiambanBuilder *builder,
             guint expansion,
             guint n_out,
             guint stride,
             guint dilation,
             SiambanFeature x)
{
  const guint n_within = x.n_channels * expansion;
  const SiambanConvolution widen = { .n_out = n_within, .size = 1 };
  const SiambanConvolution depthwise = {
    .n_out = n_within,
    .size = 3,
    .stride = stride,
    .padding = dilation > 1 ? dilation : 2 - stride,
    .dilation = dilation,
    .n_groups = n_within,
  };
  const SiambanConvolution narrow = { .n_out = n_out, .size = 1 };
  const gsize outer = _siamban_builder_enter (builder, "conv");
  const SiambanFeature residual = x;

  x = _siamban_builder_convolution (builder, x, "0", &widen);
  x = _siamban_builder_relu6 (builder, _siamban_builder_batch_norm (builder, x, "1"));
  x = _siamban_builder_convolution (builder, x, "3", &depthwise);
  x = _siamban_builder_relu6 (builder, _siamban_builder_batch_norm (builder, x, "4"));
  x = _siamban_builder_convolution (builder, x, "6", &narrow);
  x = _siamban_builder_batch_norm (builder, x, "7");
  _siamban_builder_leave (builder, outer);

  if (stride == 1 && residual.n_channels == n_out)
    x = _siamban_builder_add (builder, residual, x);

  return x;
}

static SiambanFeature
build_stage (SiambanBuilder *builder, guint index, guint n_out, SiambanFeature x)
{
  const Stage *stage = &stages[index];
  const guint before = index == 0 ? 1 : stages[index - 1].dilation;
  /* Where the dilation grows, the first block has half of it. */
  const guint first = stage->dilation == before ? before : MAX (1, stage->dilation / 2);
  char module[16];
  gsize outer;

  g_snprintf (module, sizeof module, "layer%u", index + 1);
  outer = _siamban_builder_enter (builder, module);
  for (guint i = 0; i < stage->n_blocks; i++)
    {
      const char block[] = { (char) ('0' + i), '\0' };
      const gsize inner = _siamban_builder_enter (builder, block);

      x = build_block (builder, stage->expansion, n_out, i == 0 ? stage->stride : 1,
                       i == 0 ? first : stage->dilation, x);
      _siamban_builder_leave (builder, inner);
    }
  _siamban_builder_leave (builder, outer);
  _siamban_builder_set_name (builder, x, "%s.p%u", builder->branch, index + 1);

  return x;
}

static void
build (SiambanBuilder *builder,
       const SiambanBackbone *self,
       GVariant *kwargs,
       SiambanFeature image,
       SiambanFeatures *features)
{
  const SiambanConvolution stem = {
    .n_out = _siamban_backbone_widen (builder, kwargs, 32),
    .size = 3,
    .stride = 2,
  };
  SiambanFeature all[G_N_ELEMENTS (stages) + 1];
  const gsize outer = _siamban_builder_enter (builder, "layer0");
  SiambanFeature x;

  x = _siamban_builder_convolution (builder, image, "0", &stem);
  x = _siamban_builder_relu6 (builder, _siamban_builder_batch_norm (builder, x, "1"));
  _siamban_builder_leave (builder, outer);
  _siamban_builder_set_name (builder, x, "%s.stem", builder->branch);
  all[0] = x;

  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      x = build_stage (builder, i, _siamban_backbone_widen (builder, kwargs, stages[i].n_out), x);
      all[i + 1] = x;
    }

  _siamban_backbone_pick (builder, kwargs, default_layers, all, G_N_ELEMENTS (all), features);
}

static const SiambanKwarg kwargs[] = {
  { "width_mult", SIAMBAN_KWARG_DOUBLE },
  { "used_layers", SIAMBAN_KWARG_INTS },
  { NULL, 0 },
};

const SiambanBackbone _siamban_backbone_mobilenetv2 = { "mobilenetv2", kwargs, build, NULL };
