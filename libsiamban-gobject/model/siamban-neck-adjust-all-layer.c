/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-neck-private.h"

/* The adjustment of each level by a layer of its own.
 *
 * Source: `AdjustAllLayer` in `siamban/models/neck/neck.py`. */

/* Levels are counted like the stages of the backbone that they usually come from. */
#define FIRST_LEVEL 2

static SiambanFeature
build_level (SiambanBuilder *builder, guint n_levels, guint index, guint n_out, SiambanFeature x)
{
  char module[16];
  gsize outer;

  if (n_levels == 1)
    g_snprintf (module, sizeof module, "downsample");
  else
    g_snprintf (module, sizeof module, "downsample%u", index + FIRST_LEVEL);

  outer = _siamban_builder_enter (builder, module);
  x = _siamban_neck_adjust (builder, x, n_out);
  _siamban_builder_leave (builder, outer);
  _siamban_builder_set_name (builder, x, "%s.neck%u", builder->branch, index + FIRST_LEVEL);

  return x;
}

static void
build (SiambanBuilder *builder, GVariant *kwargs, const SiambanFeatures *in, SiambanFeatures *out)
{
  g_autofree gint64 *n_out = _siamban_neck_out_channels (builder, kwargs, in);

  *out = *in;
  if (n_out == NULL)
    return;

  for (guint i = 0; i < in->n_levels; i++)
    out->levels[i] = build_level (builder, in->n_levels, i, (guint) n_out[i], in->levels[i]);
}

const SiambanNeck _siamban_neck_adjust_all_layer = {
  "AdjustAllLayer",
  _siamban_neck_adjust_kwargs,
  build,
};
