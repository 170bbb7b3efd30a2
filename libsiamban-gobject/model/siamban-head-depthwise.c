/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-head-private.h"

#include "siamban-channels-private.h"
#include "siamban-kwargs.h"

/* Template and search image are correlated channel by channel, once for the scores and once for
 * the distances.
 *
 * Source: `DepthwiseXCorr` and `DepthwiseBAN` in `siamban/models/head/ban.py`. */

#define DEFAULT_CHANNELS 256

#define KEY_IN "BAN.KWARGS.in_channels"
#define KEY_OUT "BAN.KWARGS.out_channels"

static SiambanFeature
build_branch (SiambanBuilder *builder, const char *module, SiambanFeature x, guint n_hidden)
{
  const SiambanConvolution convolution = { .n_out = n_hidden, .size = 3 };
  const gsize outer = _siamban_builder_enter (builder, module);

  x = _siamban_builder_convolution (builder, x, "0", &convolution);
  x = _siamban_builder_relu (builder, _siamban_builder_batch_norm (builder, x, "1"));
  _siamban_builder_leave (builder, outer);

  return x;
}

static SiambanFeature
build_head (SiambanBuilder *builder, SiambanFeature x, guint n_hidden, guint n_out)
{
  const SiambanConvolution first = { .n_out = n_hidden, .size = 1 };
  const SiambanConvolution last = { .n_out = n_out, .size = 1, .bias = TRUE };
  const gsize outer = _siamban_builder_enter (builder, "head");

  x = _siamban_builder_convolution (builder, x, "0", &first);
  x = _siamban_builder_relu (builder, _siamban_builder_batch_norm (builder, x, "1"));
  x = _siamban_builder_convolution (builder, x, "3", &last);
  _siamban_builder_leave (builder, outer);

  return x;
}

static SiambanFeature
build_xcorr (SiambanBuilder *builder,
             const char *box,
             const char *module,
             SiambanFeature template,
             SiambanFeature search,
             guint n_hidden,
             guint n_out)
{
  g_autofree char *kernel_name = g_strconcat (box, module, ".kernel", NULL);
  const gsize outer = _siamban_builder_enter (builder, module);
  SiambanFeature kernel, x;

  kernel = build_branch (builder, "conv_kernel", template, n_hidden);
  kernel = _siamban_builder_template (builder, kernel, kernel_name);
  x = build_branch (builder, "conv_search", search, n_hidden);
  _siamban_builder_set_name (builder, x, "%s%s.search", box, module);
  x = _siamban_builder_xcorr_depthwise (builder, x, kernel);
  _siamban_builder_set_name (builder, x, "%s%s.xcorr", box, module);
  x = build_head (builder, x, n_hidden, n_out);
  _siamban_builder_set_name (builder, x, "%s%s.out", box, module);
  _siamban_builder_leave (builder, outer);

  return x;
}

SiambanScores
_siamban_head_build_depthwise (SiambanBuilder *builder,
                               const char *box,
                               SiambanFeature template,
                               SiambanFeature search,
                               guint n_hidden,
                               guint n_cls)
{
  SiambanScores scores;

  scores.cls = build_xcorr (builder, box, "cls", template, search, n_hidden, n_cls);
  scores.loc = build_xcorr (builder, box, "loc", template, search, n_hidden, SIAMBAN_LOC_CHANNELS);

  return scores;
}

static SiambanScores
build (SiambanBuilder *builder,
       GVariant *kwargs,
       const SiambanFeatures *template,
       const SiambanFeatures *search)
{
  const gint64 n_in = siamban_kwargs_get_int (kwargs, "in_channels", DEFAULT_CHANNELS);
  const gint64 n_hidden = siamban_kwargs_get_int (kwargs, "out_channels", DEFAULT_CHANNELS);
  const guint n_cls = _siamban_head_cls_channels (builder, kwargs);

  if (!_siamban_head_check_single (builder, "DepthwiseBAN", template) ||
      !_siamban_channels_in_range (builder, KEY_OUT, n_hidden))
    return (SiambanScores){ 0 };

  if (n_in != template->levels[0].n_channels)
    {
      _siamban_builder_fail (
          builder, KEY_IN, "%" G_GINT64_FORMAT " does not fit the features before it, expected %u",
          n_in, template->levels[0].n_channels);
      return (SiambanScores){ 0 };
    }

  return _siamban_head_build_depthwise (builder, "", template->levels[0], search->levels[0],
                                        (guint) n_hidden, n_cls);
}

/* The original takes `weighted` and does nothing with it. */
static const SiambanKwarg kwargs[] = {
  { "in_channels", SIAMBAN_KWARG_INT },
  { "out_channels", SIAMBAN_KWARG_INT },
  { "cls_out_channels", SIAMBAN_KWARG_INT },
  { "weighted", SIAMBAN_KWARG_BOOLEAN },
  { NULL, 0 },
};

const SiambanHead _siamban_head_depthwise = { "DepthwiseBAN", kwargs, build };
