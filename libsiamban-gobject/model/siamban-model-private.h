/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-backbone-private.h"
#include "siamban-builder-private.h"
#include "siamban-head-private.h"
#include "siamban-model.h"
#include "siamban-neck-private.h"

G_BEGIN_DECLS

struct _SiambanModel
{
  GObject parent_instance;

  SiambanConfig *config; /* a copy that nobody changes */
  const SiambanBackbone *backbone;
  const SiambanNeck *neck; /* NULL for none */
  const SiambanHead *head;

  SiambanWeights *weights;
  GArray *inits;  /* of SiambanInit, by the parameter's index */
  char **trained; /* what the names of a trained backbone's parameters begin with */
  char **template_names;
  guint epoch;
};

/* From the images to the scores; either image may be 0, which this graph does not see. */
SiambanScores
_siamban_model_walk (SiambanModel *self, SiambanBuilder *builder, guint template, guint search);

/* Whether gradient descent moves a weight in an epoch. */
gboolean _siamban_model_trains (SiambanModel *self, const char *parameter, guint epoch);

/* Fills every parameter with what it begins with. */
void _siamban_init_fill (SiambanWeights *weights, const GArray *inits, guint64 seed);

G_END_DECLS
