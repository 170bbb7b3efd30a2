/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-backbone-private.h"

/* ResNet (He et al., 2015, https://arxiv.org/abs/1512.03385), with the last two stages dilated
 * instead of strided, so that all in all the stride is 8 (SiamRPN++,
 * https://arxiv.org/abs/1812.11703). Its first convolution is not padded.
 *
 * Source: `siamban/models/backbone/resnet_atrous.py`. */

#define N_STAGES 4

typedef struct
{
  gboolean bottleneck;
  guint n_blocks[N_STAGES];
} Variant;

typedef struct
{
  guint width; /* channels within a block */
  guint stride;
  guint dilation;
} Stage;

static const Stage stages[N_STAGES] = {
  { 64, 1, 1 },
  { 128, 2, 1 },
  { 256, 1, 2 },
  { 512, 1, 4 },
};

static const gint64 default_layers[] = { 2, 3, 4, -1 };

/* What is 1 × 1 there is 3 × 3 where the stage strides or dilates. */
static SiambanFeature
shorten (SiambanBuilder *builder, const Stage *stage, guint n_out, SiambanFeature x)
{
  const gboolean plain = stage->stride == 1 && stage->dilation == 1;
  const guint dilation = MAX (1, stage->dilation / 2);
  const SiambanConvolution convolution = {
    .n_out = n_out,
    .size = plain ? 1 : 3,
    .stride = stage->stride,
    .padding = stage->dilation > 1 ? dilation : 0,
    .dilation = dilation,
    .fan_out = TRUE,
  };
  const gsize outer = _siamban_builder_enter (builder, "downsample");

  x = _siamban_builder_convolution (builder, x, "0", &convolution);
  x = _siamban_builder_batch_norm (builder, x, "1");
  _siamban_builder_leave (builder, outer);

  return x;
}

/* The 3 × 3 convolution that carries the block's stride and dilation. */
static SiambanConvolution
wide_convolution (const Stage *stage, guint dilation)
{
  return (SiambanConvolution){
    .n_out = stage->width,
    .size = 3,
    .stride = stage->stride,
    .padding = dilation > 1 ? dilation : 2 - stage->stride,
    .dilation = dilation,
    .fan_out = TRUE,
  };
}

static SiambanFeature
build_basic (SiambanBuilder *builder, const Stage *stage, gboolean shortened, SiambanFeature x)
{
  const gboolean halved = shortened && stage->dilation > 1;
  const SiambanConvolution first = wide_convolution (stage, halved ? stage->dilation / 2
                                                                   : stage->dilation);
  const SiambanConvolution second = {
    .n_out = stage->width,
    .size = 3,
    .padding = stage->dilation,
    .dilation = stage->dilation,
    .fan_out = TRUE,
  };

  x = _siamban_builder_convolution (builder, x, "conv1", &first);
  x = _siamban_builder_relu (builder, _siamban_builder_batch_norm (builder, x, "bn1"));
  x = _siamban_builder_convolution (builder, x, "conv2", &second);

  return _siamban_builder_batch_norm (builder, x, "bn2");
}

static SiambanFeature
build_bottleneck (SiambanBuilder *builder, const Stage *stage, gboolean shortened, SiambanFeature x)
{
  const gboolean halved = shortened && stage->dilation > 1;
  const SiambanConvolution first = { .n_out = stage->width, .size = 1, .fan_out = TRUE };
  const SiambanConvolution second = wide_convolution (stage, halved ? stage->dilation / 2
                                                                    : stage->dilation);
  const SiambanConvolution third = { .n_out = 4 * stage->width, .size = 1, .fan_out = TRUE };

  x = _siamban_builder_convolution (builder, x, "conv1", &first);
  x = _siamban_builder_relu (builder, _siamban_builder_batch_norm (builder, x, "bn1"));
  x = _siamban_builder_convolution (builder, x, "conv2", &second);
  x = _siamban_builder_relu (builder, _siamban_builder_batch_norm (builder, x, "bn2"));
  x = _siamban_builder_convolution (builder, x, "conv3", &third);

  return _siamban_builder_batch_norm (builder, x, "bn3");
}

static SiambanFeature
build_block (SiambanBuilder *builder, const Variant *variant, const Stage *stage, SiambanFeature x)
{
  const guint n_out = stage->width * (variant->bottleneck ? 4 : 1);
  const gboolean shortened = stage->stride != 1 || x.n_channels != n_out;
  SiambanFeature residual = x;

  x = variant->bottleneck ? build_bottleneck (builder, stage, shortened, x)
                          : build_basic (builder, stage, shortened, x);
  if (shortened)
    residual = shorten (builder, stage, n_out, residual);

  return _siamban_builder_relu (builder, _siamban_builder_add (builder, x, residual));
}

static SiambanFeature
build_stage (SiambanBuilder *builder,
             const Variant *variant,
             GVariant *kwargs,
             guint index,
             SiambanFeature x)
{
  const char module[] = { 'l', 'a', 'y', 'e', 'r', (char) ('1' + index), '\0' };
  const gsize outer = _siamban_builder_enter (builder, module);
  Stage stage = stages[index];

  stage.width = _siamban_backbone_widen (builder, kwargs, stage.width);
  for (guint i = 0; i < variant->n_blocks[index]; i++)
    {
      const char block[] = { (char) ('0' + i), '\0' };
      const gsize inner = _siamban_builder_enter (builder, block);

      x = build_block (builder, variant, &stage, x);
      stage.stride = 1;
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
    .n_out = _siamban_backbone_widen (builder, kwargs, 64), .size = 7, .stride = 2, .fan_out = TRUE
  };
  SiambanFeature all[N_STAGES + 1];
  SiambanFeature x;

  x = _siamban_builder_convolution (builder, image, "conv1", &stem);
  x = _siamban_builder_relu (builder, _siamban_builder_batch_norm (builder, x, "bn1"));
  _siamban_builder_set_name (builder, x, "%s.stem", builder->branch);
  all[0] = x;

  x = _siamban_builder_max_pool (builder, x, 3, 2, 1);
  _siamban_builder_set_name (builder, x, "%s.maxpool", builder->branch);

  /* The last two stages exist only where something after them is used. */
  for (guint i = 0; i < N_STAGES; i++)
    {
      if (i < 2 || _siamban_backbone_uses (kwargs, default_layers, i + 1, N_STAGES))
        x = build_stage (builder, self->variant, kwargs, i, x);
      all[i + 1] = x;
    }

  _siamban_backbone_pick (builder, kwargs, default_layers, all, G_N_ELEMENTS (all), features);
}

/* The original has no width_mult here; it makes networks that learn on a processor. */
static const SiambanKwarg kwargs[] = {
  { "used_layers", SIAMBAN_KWARG_INTS },
  { "width_mult", SIAMBAN_KWARG_DOUBLE },
  { NULL, 0 },
};

static const Variant variant_18 = { FALSE, { 2, 2, 2, 2 } };
static const Variant variant_34 = { FALSE, { 3, 4, 6, 3 } };
static const Variant variant_50 = { TRUE, { 3, 4, 6, 3 } };

const SiambanBackbone _siamban_backbone_resnet18 = { "resnet18", kwargs, build, &variant_18 };
const SiambanBackbone _siamban_backbone_resnet34 = { "resnet34", kwargs, build, &variant_34 };
const SiambanBackbone _siamban_backbone_resnet50 = { "resnet50", kwargs, build, &variant_50 };
