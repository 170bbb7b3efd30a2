/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-onednn-plan-private.h"

G_BEGIN_DECLS

/* Ways to do a convolution. Forward fills the group's value, with the sum and the activation
 * behind it; @in_place: the value's block holds the residual. Backward gets dy and adds steps for
 * the weights' gradient and, if @dx is not 0, for that of the input. Both take care of everything
 * but the bias's gradient. */
typedef struct
{
  gboolean (*forward) (SiambanOnednnPlan *plan,
                       const SiambanPlanGroup *group,
                       gboolean in_place,
                       GError **error);
  gboolean (*backward) (SiambanOnednnPlan *plan,
                        const SiambanNode *node,
                        guint value,
                        guint dy,
                        guint dx,
                        GError **error);
} SiambanOnednnConvolution;

extern const SiambanOnednnConvolution _siamban_onednn_depthwise;
extern const SiambanOnednnConvolution _siamban_onednn_direct;

/* The bias with a batch norm folded in, of whole blocks of channels; 0 if there is neither. */
guint _siamban_onednn_convolution_bias (SiambanOnednnPlan *plan, const SiambanPlanGroup *group);

/* What a folded batch norm multiplies the weights of an output channel with; 1 without. */
float _siamban_onednn_fold_factor (const SiambanNode *fold, gint64 channel);

const SiambanNode *_siamban_onednn_plan_node (const SiambanOnednnPlan *plan, guint value);

/* One stream a plan: oneDNN's are for one thread at a time. */
gpointer _siamban_onednn_stream_new (void);
void _siamban_onednn_stream_free (gpointer stream);

/* The channels of a block: what oneDNN likes best on this machine. */
gsize _siamban_onednn_get_lanes (void);

G_END_DECLS
