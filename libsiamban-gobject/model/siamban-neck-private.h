/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-builder-private.h"

G_BEGIN_DECLS

typedef struct _SiambanNeck SiambanNeck;

/* One kind of neck. A new one is a file with such a constant, and a line in siamban-neck.c. */
struct _SiambanNeck
{
  const char *type; /* of ADJUST.TYPE */
  const SiambanKwarg *kwargs;
  void (*build) (SiambanBuilder *builder,
                 GVariant *kwargs,
                 const SiambanFeatures *in,
                 SiambanFeatures *out);
};

extern const SiambanNeck _siamban_neck_adjust_layer;
extern const SiambanNeck _siamban_neck_adjust_all_layer;

const SiambanNeck *_siamban_neck_lookup (const char *type, GError **error);

/* What both kinds have in `kwargs`. */
extern const SiambanKwarg _siamban_neck_adjust_kwargs[];

/* Compares `in_channels` with the backbone's and returns `out_channels`: one number a level, or
 * NULL after a failure. */
gint64 *
_siamban_neck_out_channels (SiambanBuilder *builder, GVariant *kwargs, const SiambanFeatures *in);

/* The part that both kinds share, for one level. */
SiambanFeature _siamban_neck_adjust (SiambanBuilder *builder, SiambanFeature x, guint n_out);

G_END_DECLS
