/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-onednn-plan-private.h"

G_BEGIN_DECLS

/* One convolution, or two that are done at once where that helps: twins have the same weights, in
 * the two branches of the network; siblings have the same input. */
typedef struct
{
  guint n;
  SiambanPlanPairing pairing;
  const SiambanPlanGroup *groups[2];
  const SiambanNode *nodes[2]; /* the convolutions themselves */
} SiambanOnednnPair;

/* Ways to do a convolution. Forward fills the group's value, with the sum and the activation
 * behind it; @in_place: the value's block holds the residual. Backward gets dy and adds steps for
 * the weights' gradient and, if dx is not 0, for that of the input. All take care of everything
 * but the bias's gradient. */
gboolean _siamban_onednn_depthwise_forward (SiambanOnednnPlan *plan,
                                            const SiambanPlanGroup *group,
                                            gboolean in_place);
gboolean _siamban_onednn_depthwise_backward (SiambanOnednnPlan *plan,
                                             const SiambanNode *node,
                                             guint value,
                                             guint dy,
                                             guint dx);

gboolean _siamban_onednn_direct_forward (SiambanOnednnPlan *plan,
                                         const SiambanPlanGroup *group,
                                         gboolean in_place,
                                         GError **error);
gboolean _siamban_onednn_direct_backward (SiambanOnednnPlan *plan,
                                          const SiambanNode *node,
                                          guint value,
                                          guint dy,
                                          guint dx,
                                          GError **error);

gboolean _siamban_onednn_winograd_fits (const SiambanOnednnPlan *plan,
                                        const SiambanOnednnPair *pair);
gboolean _siamban_onednn_winograd_forward (SiambanOnednnPlan *plan, const SiambanOnednnPair *pair);
gboolean _siamban_onednn_winograd_backward (SiambanOnednnPlan *plan,
                                            const SiambanOnednnPair *pair,
                                            const guint *dy,
                                            const guint *dx);

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
