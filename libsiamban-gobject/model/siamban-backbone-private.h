/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-builder-private.h"

G_BEGIN_DECLS

#define SIAMBAN_BACKBONE_KWARGS "BACKBONE.KWARGS"

typedef struct _SiambanBackbone SiambanBackbone;

/* One kind of backbone. A new one is a file with such a constant, and a line in
 * siamban-backbone.c. */
struct _SiambanBackbone
{
  const char *type; /* of BACKBONE.TYPE */
  const SiambanKwarg *kwargs;
  void (*build) (SiambanBuilder *builder,
                 const SiambanBackbone *self,
                 GVariant *kwargs,
                 SiambanFeature image,
                 SiambanFeatures *features);
  gconstpointer variant; /* what @build tells apart */
};

extern const SiambanBackbone _siamban_backbone_alexnet;
extern const SiambanBackbone _siamban_backbone_alexnetlegacy;
extern const SiambanBackbone _siamban_backbone_mobilenetv2;
extern const SiambanBackbone _siamban_backbone_resnet18;
extern const SiambanBackbone _siamban_backbone_resnet34;
extern const SiambanBackbone _siamban_backbone_resnet50;

const SiambanBackbone *_siamban_backbone_lookup (const char *type, GError **error);

/* Picks the outputs that `used_layers` names out of all; @defaults ends with -1. */
void _siamban_backbone_pick (SiambanBuilder *builder,
                             GVariant *kwargs,
                             const gint64 *defaults,
                             const SiambanFeature *all,
                             guint n_all,
                             SiambanFeatures *features);

/* Whether `used_layers` names one of these two. */
gboolean
_siamban_backbone_uses (GVariant *kwargs, const gint64 *defaults, gint64 layer, gint64 other);

/* int (n_channels * width_mult), and a failure if nothing remains. */
guint _siamban_backbone_widen (SiambanBuilder *builder, GVariant *kwargs, guint n_channels);

G_END_DECLS
