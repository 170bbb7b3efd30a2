/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-losses-private.h"

static SiambanIouLoss
iou_loss_of (SiambanConfig *config)
{
  const char *kind = siamban_config_get_string (config, "TRAIN.LOC_LOSS");

  if (g_str_equal (kind, "iou"))
    return SIAMBAN_IOU_LOSS_LOG;
  if (g_str_equal (kind, "giou"))
    return SIAMBAN_IOU_LOSS_GENERALIZED;

  return SIAMBAN_IOU_LOSS_LINEAR;
}

static void
keep (SiambanGraph *graph, guint value, const char *name)
{
  siamban_graph_set_name (graph, value, name);
  siamban_graph_add_output (graph, value);
}

void
_siamban_losses_add (SiambanGraph *graph, SiambanConfig *config, guint cls, guint loc)
{
  gsize n_dims;
  const gint64 *shape = siamban_graph_get_shape (graph, cls, &n_dims);
  const guint batch_size = (guint) shape[0];
  const guint height = (guint) shape[2];
  const guint width = (guint) shape[3];
  guint label_cls, label_loc, cls_loss, loc_loss, total_loss;

  label_cls = siamban_graph_input (graph, "label_cls", batch_size, 1, height, width);
  label_loc = siamban_graph_input (graph, "label_loc", batch_size, 4, height, width);
  cls_loss = siamban_graph_cross_entropy (graph, cls, label_cls);
  loc_loss = siamban_graph_iou_loss (graph, loc, label_loc, label_cls, iou_loss_of (config));
  total_loss = siamban_graph_loss_sum (
      graph, cls_loss, siamban_config_get_double (config, "TRAIN.CLS_WEIGHT"), loc_loss,
      siamban_config_get_double (config, "TRAIN.LOC_WEIGHT"));

  keep (graph, cls_loss, "cls_loss");
  keep (graph, loc_loss, "loc_loss");
  keep (graph, total_loss, "total_loss");
  siamban_graph_set_loss (graph, total_loss);
}
