/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-model-node.h"

#include <glib/gi18n.h>
#include <string.h>

struct _SiambanModelNode
{
  GObject parent_instance;

  char *name;
  char *shape;
  guint64 n_weights;
  int train_epoch;
  GListStore *children;
};

G_DEFINE_FINAL_TYPE (SiambanModelNode, siamban_model_node, G_TYPE_OBJECT)

static void
siamban_model_node_finalize (GObject *object)
{
  SiambanModelNode *self = SIAMBAN_MODEL_NODE (object);

  g_free (self->name);
  g_free (self->shape);
  g_clear_object (&self->children);

  G_OBJECT_CLASS (siamban_model_node_parent_class)->finalize (object);
}

static void
siamban_model_node_class_init (SiambanModelNodeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_model_node_finalize;
}

static void
siamban_model_node_init (SiambanModelNode *self)
{
  self->train_epoch = -1;
}

static SiambanModelNode *
node_new (const char *name, gboolean is_module)
{
  SiambanModelNode *self = g_object_new (SIAMBAN_TYPE_MODEL_NODE, NULL);

  self->name = g_strdup (name);
  if (is_module)
    self->children = g_list_store_new (SIAMBAN_TYPE_MODEL_NODE);

  return self;
}

/* The child of that name, which is the last if it is there: names come in order. Borrowed. */
static SiambanModelNode *
ensure_child (SiambanModelNode *self, const char *name, gboolean is_module)
{
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (self->children));
  g_autoptr (SiambanModelNode) child = NULL;

  if (n > 0 && is_module)
    child = g_list_model_get_item (G_LIST_MODEL (self->children), n - 1);
  if (child == NULL || !g_str_equal (child->name, name))
    {
      g_clear_object (&child);
      child = node_new (name, is_module);
      g_list_store_append (self->children, child);
    }

  return child;
}

static char *
format_shape (const gint64 *shape, gsize n_dims)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? " × " : "", shape[i]);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* A parameter is counted in all modules that it is in. */
static void
count (SiambanModelNode *self, SiambanParameter *parameter, int train_epoch)
{
  if (siamban_parameter_get_kind (parameter) != SIAMBAN_PARAMETER_WEIGHT)
    return;

  self->n_weights += siamban_parameter_get_n_elements (parameter);
  if (train_epoch >= 0 && (self->train_epoch < 0 || train_epoch < self->train_epoch))
    self->train_epoch = train_epoch;
}

static void
add_parameter (SiambanModelNode *root, SiambanParameter *parameter, int train_epoch)
{
  g_auto (GStrv) parts = g_strsplit (siamban_parameter_get_name (parameter), ".", -1);
  SiambanModelNode *node = root;
  const gint64 *shape;
  gsize n_dims = 0;

  count (node, parameter, train_epoch);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      node = ensure_child (node, parts[i], parts[i + 1] != NULL);
      count (node, parameter, train_epoch);
    }

  shape = siamban_parameter_get_shape (parameter, &n_dims);
  node->shape = n_dims > 0 ? format_shape (shape, n_dims) : g_strdup (_ ("one number"));
}

/* Which weights train in an epoch: one byte each. */
static guint8 *
find_trained (SiambanModel *model, guint epoch)
{
  GListModel *weights = G_LIST_MODEL (siamban_model_get_weights (model));
  const guint n = g_list_model_get_n_items (weights);
  guint8 *trained = g_new0 (guint8, n + 1);

  siamban_model_set_epoch (model, epoch);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SiambanParameter) parameter = g_list_model_get_item (weights, i);

      trained[i] = siamban_parameter_get_trainable (parameter);
    }

  return trained;
}

static gboolean
add_outputs (SiambanModelNode *root, SiambanModel *model, GError **error)
{
  static const char *const names[] = { "cls", "loc" };
  g_autoptr (SiambanGraph) graph = siamban_model_build_training (model, 1, error);
  SiambanModelNode *outputs;

  if (graph == NULL)
    return FALSE;

  outputs = ensure_child (root, _ ("outputs of a pair"), TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gsize n_dims;
      const gint64 *shape = siamban_graph_get_shape (graph, siamban_graph_lookup (graph, names[i]),
                                                     &n_dims);

      ensure_child (outputs, names[i], FALSE)->shape = format_shape (shape + 1, n_dims - 1);
    }

  return TRUE;
}

SiambanModelNode *
siamban_model_node_new_from_config (SiambanConfig *config, GError **error)
{
  g_autoptr (SiambanModel) model = siamban_model_new (config, error);
  g_autoptr (SiambanModelNode) root = NULL;
  g_autofree guint8 *before = NULL;
  g_autofree guint8 *after = NULL;
  GListModel *weights;
  gint64 n_epochs, train_epoch;

  if (model == NULL)
    return NULL;

  n_epochs = siamban_config_get_int (config, "TRAIN.EPOCH");
  train_epoch = siamban_config_get_int (config, "BACKBONE.TRAIN_EPOCH");
  before = find_trained (model, 0);
  after = train_epoch < n_epochs ? find_trained (model, (guint) train_epoch) : NULL;
  weights = G_LIST_MODEL (siamban_model_get_weights (model));
  root = node_new (_ ("network"), TRUE);
  for (guint i = 0; i < g_list_model_get_n_items (weights); i++)
    {
      g_autoptr (SiambanParameter) parameter = g_list_model_get_item (weights, i);

      add_parameter (root, parameter,
                     before[i]                   ? 0
                     : after != NULL && after[i] ? (int) train_epoch
                                                 : -1);
    }
  if (!add_outputs (root, model, error))
    return NULL;

  return g_steal_pointer (&root);
}

const char *
siamban_model_node_get_name (SiambanModelNode *self)
{
  return self->name;
}

const char *
siamban_model_node_get_shape (SiambanModelNode *self)
{
  return self->shape;
}

guint64
siamban_model_node_get_n_weights (SiambanModelNode *self)
{
  return self->n_weights;
}

int
siamban_model_node_get_train_epoch (SiambanModelNode *self)
{
  return self->train_epoch;
}

GListModel *
siamban_model_node_get_children (SiambanModelNode *self)
{
  return self->children != NULL ? G_LIST_MODEL (self->children) : NULL;
}
