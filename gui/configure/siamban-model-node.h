/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban.h"

G_BEGIN_DECLS

#define SIAMBAN_TYPE_MODEL_NODE (siamban_model_node_get_type ())

G_DECLARE_FINAL_TYPE (SiambanModelNode, siamban_model_node, SIAMBAN, MODEL_NODE, GObject)

/* A network as a tree: modules, and in them the parameters. Builds the network: for a thread. */
SiambanModelNode *siamban_model_node_new_from_config (SiambanConfig *config, GError **error);

const char *siamban_model_node_get_name (SiambanModelNode *self);

/* NULL for a module. */
const char *siamban_model_node_get_shape (SiambanModelNode *self);

/* Numbers in the weights at and under it. */
guint64 siamban_model_node_get_n_weights (SiambanModelNode *self);

/* The first epoch, from 0, that something of it trains in; -1 for none. */
int siamban_model_node_get_train_epoch (SiambanModelNode *self);

/* SiambanModelNode; NULL for a parameter. */
GListModel *siamban_model_node_get_children (SiambanModelNode *self);

G_END_DECLS
