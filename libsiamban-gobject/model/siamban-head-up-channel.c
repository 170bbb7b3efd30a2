/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-head-private.h"

#include "siamban-kwargs.h"

/* The template becomes as many kernels as there are output channels, each over all channels of the
 * search image, as in SiamRPN.
 *
 * Source: `UPChannelBAN` in `siamban/models/head/ban.py`. */

#define DEFAULT_CHANNELS 256

static SiambanFeature
convolve (SiambanBuilder *builder, SiambanFeature x, const char *module, guint n_out, guint size)
{
  const SiambanConvolution convolution = { .n_out = n_out, .size = size, .bias = TRUE };

  return _siamban_builder_convolution (builder, x, module, &convolution);
}

static SiambanScores
correlate (SiambanBuilder *builder,
           SiambanFeature template,
           SiambanFeature search,
           guint n_in,
           guint n_cls)
{
  SiambanFeature cls_kernel, loc_kernel, cls_search, loc_search;
  SiambanScores scores;

  cls_kernel = convolve (builder, template, "template_cls_conv", n_in * n_cls, 3);
  cls_kernel = _siamban_builder_template (builder, cls_kernel, "cls.kernel");
  loc_kernel = convolve (builder, template, "template_loc_conv", n_in * SIAMBAN_LOC_CHANNELS, 3);
  loc_kernel = _siamban_builder_template (builder, loc_kernel, "loc.kernel");
  cls_search = convolve (builder, search, "search_cls_conv", n_in, 3);
  _siamban_builder_set_name (builder, cls_search, "cls.search");
  loc_search = convolve (builder, search, "search_loc_conv", n_in, 3);
  _siamban_builder_set_name (builder, loc_search, "loc.search");

  scores.cls = _siamban_builder_xcorr (builder, cls_search, cls_kernel);
  scores.loc = _siamban_builder_xcorr (builder, loc_search, loc_kernel);
  _siamban_builder_set_name (builder, scores.loc, "loc.xcorr");
  scores.loc = convolve (builder, scores.loc, "loc_adjust", SIAMBAN_LOC_CHANNELS, 1);

  return scores;
}

static SiambanScores
build (SiambanBuilder *builder,
       GVariant *kwargs,
       const SiambanFeatures *template,
       const SiambanFeatures *search)
{
  const gint64 n_in = siamban_kwargs_get_int (kwargs, "feature_in", DEFAULT_CHANNELS);
  const guint n_cls = _siamban_head_cls_channels (builder, kwargs);

  if (!_siamban_head_check_single (builder, "UPChannelBAN", template))
    return (SiambanScores){ 0 };

  if (n_in != template->levels[0].n_channels)
    {
      _siamban_builder_fail (builder, "BAN.KWARGS.feature_in",
                             "%" G_GINT64_FORMAT
                             " does not fit the features before it, expected %u",
                             n_in, template->levels[0].n_channels);
      return (SiambanScores){ 0 };
    }

  return correlate (builder, template->levels[0], search->levels[0], (guint) n_in, n_cls);
}

static const SiambanKwarg kwargs[] = {
  { "feature_in", SIAMBAN_KWARG_INT },
  { "cls_out_channels", SIAMBAN_KWARG_INT },
  { NULL, 0 },
};

const SiambanHead _siamban_head_up_channel = { "UPChannelBAN", kwargs, build };
