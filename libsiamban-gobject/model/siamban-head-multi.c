/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-head-private.h"

#include "siamban-channels-private.h"
#include "siamban-kwargs.h"

/* A depthwise head for each level; the levels are averaged, with learnt weights if wanted.
 *
 * Source: `MultiBAN` in `siamban/models/head/ban.py`. */

#define KEY_IN "BAN.KWARGS.in_channels"

/* Levels are counted like the stages of the backbone that they usually come from. */
#define FIRST_LEVEL 2

static SiambanScores
build_level (SiambanBuilder *builder,
             guint index,
             SiambanFeature template,
             SiambanFeature search,
             guint n_cls)
{
  SiambanScores scores;
  char module[16], box[16];
  gsize outer;

  g_snprintf (module, sizeof module, "box%u", index + FIRST_LEVEL);
  g_snprintf (box, sizeof box, "%s.", module);
  outer = _siamban_builder_enter (builder, module);
  scores = _siamban_head_build_depthwise (builder, box, template, search, template.n_channels,
                                          n_cls);
  _siamban_builder_leave (builder, outer);

  scores.loc = _siamban_builder_exp_scale (builder, scores.loc, "loc_scale", index);
  _siamban_builder_set_name (builder, scores.loc, "%sloc.exp", box);

  return scores;
}

static SiambanScores
build (SiambanBuilder *builder,
       GVariant *kwargs,
       const SiambanFeatures *template,
       const SiambanFeatures *search)
{
  const gboolean weighted = siamban_kwargs_get_boolean (kwargs, "weighted", FALSE);
  const guint n_cls = _siamban_head_cls_channels (builder, kwargs);
  const guint n_levels = template->n_levels;
  SiambanFeatures cls = { .n_levels = n_levels };
  SiambanFeatures loc = { .n_levels = n_levels };

  if (!_siamban_channels_check (builder, KEY_IN, kwargs, template))
    return (SiambanScores){ 0 };

  /* PyTorch lists a module's own parameters before those of the modules in it. */
  if (weighted)
    {
      _siamban_builder_ones (builder, "cls_weight", n_levels);
      _siamban_builder_ones (builder, "loc_weight", n_levels);
    }
  _siamban_builder_ones (builder, "loc_scale", n_levels);

  for (guint i = 0; i < n_levels; i++)
    {
      const SiambanScores scores = build_level (builder, i, template->levels[i], search->levels[i],
                                                n_cls);

      cls.levels[i] = scores.cls;
      loc.levels[i] = scores.loc;
    }

  return (SiambanScores){
    _siamban_builder_level_sum (builder, &cls, weighted ? "cls_weight" : NULL),
    _siamban_builder_level_sum (builder, &loc, weighted ? "loc_weight" : NULL),
  };
}

static const SiambanKwarg kwargs[] = {
  { "in_channels", SIAMBAN_KWARG_INTS },
  { "cls_out_channels", SIAMBAN_KWARG_INT },
  { "weighted", SIAMBAN_KWARG_BOOLEAN },
  { NULL, 0 },
};

const SiambanHead _siamban_head_multi = { "MultiBAN", kwargs, build };
