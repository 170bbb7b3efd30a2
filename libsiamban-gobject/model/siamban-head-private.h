/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-builder-private.h"

G_BEGIN_DECLS

/* Distances to the left, top, right and bottom edge. */
#define SIAMBAN_LOC_CHANNELS 4

/* What a head says at each point: scores and distances. */
typedef struct
{
  SiambanFeature cls;
  SiambanFeature loc;
} SiambanScores;

typedef struct _SiambanHead SiambanHead;

/* One kind of head. A new one is a file with such a constant, and a line in siamban-head.c. */
struct _SiambanHead
{
  const char *type; /* of BAN.TYPE */
  const SiambanKwarg *kwargs;
  SiambanScores (*build) (SiambanBuilder *builder,
                          GVariant *kwargs,
                          const SiambanFeatures *template,
                          const SiambanFeatures *search);
};

extern const SiambanHead _siamban_head_depthwise;
extern const SiambanHead _siamban_head_multi;
extern const SiambanHead _siamban_head_up_channel;

const SiambanHead *_siamban_head_lookup (const char *type, GError **error);

/* `cls_out_channels`: 2 for the scores of background and target, 1 for the target's alone. */
guint _siamban_head_cls_channels (SiambanBuilder *builder, GVariant *kwargs);

/* Fails where a head for one level gets more. */
gboolean _siamban_head_check_single (SiambanBuilder *builder,
                                     const char *type,
                                     const SiambanFeatures *features);

/* The two depthwise branches for one level, `cls` and `loc`, with @n_hidden channels within.
 * @box is what the names of values begin with: empty, or a module with a point. */
SiambanScores _siamban_head_build_depthwise (SiambanBuilder *builder,
                                             const char *box,
                                             SiambanFeature template,
                                             SiambanFeature search,
                                             guint n_hidden,
                                             guint n_cls);

G_END_DECLS
