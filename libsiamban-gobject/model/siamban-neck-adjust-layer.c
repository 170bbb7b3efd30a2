/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-neck-private.h"

#include "siamban-channels-private.h"
#include "siamban-kwargs.h"

/* Brings a feature map to fewer channels, and cuts the middle out of the template's: its border
 * shows less of the target and was computed with padding.
 *
 * Source: `AdjustLayer` in `siamban/models/neck/neck.py`. */

/* A narrower map is the template's. */
#define MIN_SEARCH_SIZE 20
#define CROP_START 4
#define CROP_SIZE 7

#define KEY_IN "ADJUST.KWARGS.in_channels"
#define KEY_OUT "ADJUST.KWARGS.out_channels"

const SiambanKwarg _siamban_neck_adjust_kwargs[] = {
  { "in_channels", SIAMBAN_KWARG_INTS },
  { "out_channels", SIAMBAN_KWARG_INTS },
  { NULL, 0 },
};

gint64 *
_siamban_neck_out_channels (SiambanBuilder *builder, GVariant *kwargs, const SiambanFeatures *in)
{
  gsize n_out;
  g_autofree gint64 *out = siamban_kwargs_get_ints (kwargs, "out_channels", &n_out);

  if (!_siamban_channels_check (builder, KEY_IN, kwargs, in))
    return NULL;

  if (n_out != in->n_levels)
    {
      _siamban_builder_fail (builder, KEY_OUT,
                             "expected one number for each of %u levels, found %u", in->n_levels,
                             (guint) n_out);
      return NULL;
    }

  for (gsize i = 0; i < n_out; i++)
    if (!_siamban_channels_in_range (builder, KEY_OUT, out[i]))
      return NULL;

  return g_steal_pointer (&out);
}

/* As a Python slice, the window ends where the map ends. */
static guint
crop_size (guint size)
{
  return size > CROP_START ? MIN (CROP_SIZE, size - CROP_START) : 0;
}

SiambanFeature
_siamban_neck_adjust (SiambanBuilder *builder, SiambanFeature x, guint n_out)
{
  const SiambanConvolution convolution = { .n_out = n_out, .size = 1 };
  const gsize outer = _siamban_builder_enter (builder, "downsample");
  const guint width = _siamban_builder_get_width (builder, x);
  const guint height = _siamban_builder_get_height (builder, x);

  x = _siamban_builder_convolution (builder, x, "0", &convolution);
  x = _siamban_builder_batch_norm (builder, x, "1");
  if (width < MIN_SEARCH_SIZE)
    x = _siamban_builder_crop (builder, x, CROP_START, CROP_START, crop_size (height),
                               crop_size (width));
  _siamban_builder_leave (builder, outer);

  return x;
}

static void
build (SiambanBuilder *builder, GVariant *kwargs, const SiambanFeatures *in, SiambanFeatures *out)
{
  g_autofree gint64 *n_out = NULL;

  *out = *in;
  if (in->n_levels != 1)
    {
      _siamban_builder_fail (builder, "ADJUST.TYPE",
                             "AdjustLayer takes one level and the backbone makes %u, expected "
                             "AdjustAllLayer",
                             in->n_levels);
      return;
    }

  n_out = _siamban_neck_out_channels (builder, kwargs, in);
  if (n_out == NULL)
    return;

  out->levels[0] = _siamban_neck_adjust (builder, in->levels[0], (guint) n_out[0]);
  _siamban_builder_set_name (builder, out->levels[0], "%s.neck", builder->branch);
}

const SiambanNeck _siamban_neck_adjust_layer = {
  "AdjustLayer",
  _siamban_neck_adjust_kwargs,
  build,
};
