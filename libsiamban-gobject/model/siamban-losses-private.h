/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-config.h"
#include "siamban-graph.h"

G_BEGIN_DECLS

/* Adds the labels as inputs and the losses of two score maps: `cls_loss`, `loc_loss` and their
 * weighted sum `total_loss`, which becomes the graph's loss. */
void _siamban_losses_add (SiambanGraph *graph, SiambanConfig *config, guint cls, guint loc);

G_END_DECLS
