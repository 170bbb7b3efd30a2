/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-model-view.h"

#include <glib/gi18n.h>

/* While somebody types, nothing is built. */
#define DELAY_MS 300

struct _SiambanModelView
{
  GtkWidget parent_instance;

  GtkStack *stack;
  GtkListView *list;
  GtkLabel *summary;
  GtkLabel *reason;

  SiambanConfig *config;
  GCancellable *cancellable;
  guint delay_id;
  char *problem;
};

enum
{
  PROP_PROBLEM = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (SiambanModelView, siamban_model_view, GTK_TYPE_WIDGET)

static void
set_problem (SiambanModelView *self, const char *problem)
{
  gtk_label_set_text (self->reason, problem != NULL ? problem : "");
  gtk_stack_set_visible_child_name (self->stack, problem != NULL ? "reason" : "tree");
  if (g_strcmp0 (problem, self->problem) == 0)
    return;

  g_free (self->problem);
  self->problem = g_strdup (problem);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROBLEM]);
}

static char *
format_count (guint64 n)
{
  if (n >= 1000000)
    return g_strdup_printf (_ ("%.2f million"), (double) n / 1e6);
  if (n >= 1000)
    return g_strdup_printf (_ ("%.1f thousand"), (double) n / 1e3);

  return g_strdup_printf ("%" G_GUINT64_FORMAT, n);
}

static char *
describe (SiambanModelNode *node)
{
  const int epoch = siamban_model_node_get_train_epoch (node);
  const guint64 n = siamban_model_node_get_n_weights (node);
  g_autofree char *count = format_count (n);
  g_autofree char *trains = NULL;

  if (siamban_model_node_get_shape (node) != NULL)
    return g_strdup (siamban_model_node_get_shape (node));
  if (n == 0)
    return g_strdup ("");

  if (epoch < 0)
    trains = g_strdup (_ ("frozen"));
  else if (epoch == 0)
    trains = g_strdup (_ ("trains"));
  else
    trains = g_strdup_printf (_ ("from epoch %d"), epoch + 1);

  return g_strdup_printf ("%s, %s", count, trains);
}

static GListModel *
get_children_cb (gpointer item, gpointer user_data)
{
  GListModel *children = siamban_model_node_get_children (item);

  return children != NULL ? g_object_ref (children) : NULL;
}

static void
setup_cb (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *expander = gtk_tree_expander_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *name = gtk_label_new (NULL);
  GtkWidget *detail = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_add_css_class (detail, "caption");
  gtk_widget_add_css_class (detail, "dim-label");
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), detail);
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), box);
  gtk_list_item_set_child (item, expander);
}

static void
bind_cb (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkTreeListRow *row = gtk_list_item_get_item (item);
  GtkTreeExpander *expander = GTK_TREE_EXPANDER (gtk_list_item_get_child (item));
  GtkWidget *name = gtk_widget_get_first_child (gtk_tree_expander_get_child (expander));
  g_autoptr (SiambanModelNode) node = gtk_tree_list_row_get_item (row);
  g_autofree char *text = describe (node);

  gtk_tree_expander_set_list_row (expander, row);
  gtk_label_set_text (GTK_LABEL (name), siamban_model_node_get_name (node));
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_next_sibling (name)), text);
}

static void
show_tree (SiambanModelView *self, SiambanModelNode *root)
{
  g_autofree char *count = format_count (siamban_model_node_get_n_weights (root));
  g_autofree char *summary = g_strdup_printf (_ ("%s weights"), count);
  GtkTreeListModel *tree = gtk_tree_list_model_new (
      g_object_ref (siamban_model_node_get_children (root)), FALSE, FALSE, get_children_cb, NULL,
      NULL);
  g_autoptr (GtkSelectionModel)
      selection = GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (tree)));

  gtk_list_view_set_model (self->list, selection);
  gtk_label_set_text (self->summary, summary);
}

static void
build_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  SiambanModelNode *root = siamban_model_node_new_from_config (data, &error);

  if (root != NULL)
    g_task_return_pointer (task, root, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
built_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SiambanModelView *self = SIAMBAN_MODEL_VIEW (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanModelNode) root = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->stack == NULL)
    return;

  if (root != NULL)
    show_tree (self, root);
  set_problem (self, root != NULL ? NULL : error->message);
}

static gboolean
begin_cb (gpointer user_data)
{
  SiambanModelView *self = SIAMBAN_MODEL_VIEW (user_data);
  g_autoptr (GTask) task = NULL;

  self->delay_id = 0;
  self->cancellable = g_cancellable_new ();
  task = g_task_new (self, self->cancellable, built_cb, NULL);
  g_task_set_source_tag (task, begin_cb);
  g_task_set_task_data (task, siamban_config_copy (self->config), g_object_unref);
  g_task_run_in_thread (task, build_in_thread);

  return G_SOURCE_REMOVE;
}

static void
stop (SiambanModelView *self)
{
  g_clear_handle_id (&self->delay_id, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
siamban_model_view_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_PROBLEM:
      g_value_set_string (value, SIAMBAN_MODEL_VIEW (object)->problem);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_model_view_dispose (GObject *object)
{
  SiambanModelView *self = SIAMBAN_MODEL_VIEW (object);

  stop (self);
  g_clear_object (&self->config);
  gtk_widget_dispose_template (GTK_WIDGET (self), SIAMBAN_TYPE_MODEL_VIEW);

  G_OBJECT_CLASS (siamban_model_view_parent_class)->dispose (object);
}

static void
siamban_model_view_finalize (GObject *object)
{
  g_free (SIAMBAN_MODEL_VIEW (object)->problem);

  G_OBJECT_CLASS (siamban_model_view_parent_class)->finalize (object);
}

static void
siamban_model_view_class_init (SiambanModelViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = siamban_model_view_get_property;
  object_class->dispose = siamban_model_view_dispose;
  object_class->finalize = siamban_model_view_finalize;

  props[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL,
                                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/configure/siamban-model-view.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanModelView, stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanModelView, list);
  gtk_widget_class_bind_template_child (widget_class, SiambanModelView, summary);
  gtk_widget_class_bind_template_child (widget_class, SiambanModelView, reason);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
}

static void
siamban_model_view_init (SiambanModelView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
siamban_model_view_show (SiambanModelView *self, SiambanConfig *config)
{
  g_set_object (&self->config, config);
  stop (self);
  self->delay_id = g_timeout_add (DELAY_MS, begin_cb, self);
}

const char *
siamban_model_view_get_problem (SiambanModelView *self)
{
  return self->problem;
}
