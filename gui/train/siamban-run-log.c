/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-log.h"

#include <string.h>

/* Beyond it the oldest lines go: they stay in the file. */
#define MAX_LINES 100000

/* The log of a run, of which a word typed above shows the lines that hold it. New lines are shown as
 * long as the end is in sight. */
struct _SiambanRunLog
{
  GtkWidget parent_instance;

  GtkWidget *content;
  GtkSearchEntry *search;
  GtkScrolledWindow *scroller;
  GtkListView *view;

  SiambanRun *run;
  GtkStringList *lines;
  GtkStringFilter *filter;
  gboolean at_end;
};

G_DEFINE_FINAL_TYPE (SiambanRunLog, siamban_run_log, GTK_TYPE_WIDGET)

static void
message_cb (SiambanRun *run, const char *text, gpointer user_data)
{
  SiambanRunLog *self = SIAMBAN_RUN_LOG (user_data);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (self->lines));
  const guint n_new = g_strv_length (lines);

  gtk_string_list_splice (self->lines, n, 0, (const char *const *) lines);
  if (n + n_new > MAX_LINES)
    gtk_string_list_splice (self->lines, 0, n + n_new - MAX_LINES, NULL);
}

/* The end moves away as lines come: follow it if it was in sight. */
static void
extent_changed_cb (GtkAdjustment *adjustment, gpointer user_data)
{
  SiambanRunLog *self = SIAMBAN_RUN_LOG (user_data);

  if (self->at_end)
    gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
}

static void
scrolled_cb (GtkAdjustment *adjustment, gpointer user_data)
{
  SiambanRunLog *self = SIAMBAN_RUN_LOG (user_data);

  self->at_end = gtk_adjustment_get_value (adjustment) +
                     gtk_adjustment_get_page_size (adjustment) >=
                 gtk_adjustment_get_upper (adjustment) - 40;
}

static void
search_changed_cb (GtkSearchEntry *entry, gpointer user_data)
{
  SiambanRunLog *self = SIAMBAN_RUN_LOG (user_data);

  gtk_string_filter_set_search (self->filter, gtk_editable_get_text (GTK_EDITABLE (entry)));
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, "monospace");
  gtk_widget_add_css_class (label, "caption");
  gtk_list_item_set_child (item, label);
  gtk_list_item_set_activatable (item, FALSE);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)),
                      gtk_string_object_get_string (gtk_list_item_get_item (item)));
}

static void
siamban_run_log_dispose (GObject *object)
{
  SiambanRunLog *self = SIAMBAN_RUN_LOG (object);

  if (self->content != NULL)
    siamban_run_log_set_run (self, NULL);
  g_clear_object (&self->lines);
  g_clear_object (&self->filter);
  g_clear_pointer (&self->content, gtk_widget_unparent);

  G_OBJECT_CLASS (siamban_run_log_parent_class)->dispose (object);
}

static void
siamban_run_log_class_init (SiambanRunLogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_run_log_dispose;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/train/siamban-run-log.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanRunLog, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunLog, search);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunLog, scroller);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunLog, view);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
}

static void
siamban_run_log_init (SiambanRunLog *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkAdjustment *adjustment;
  GtkFilterListModel *shown;

  gtk_widget_init_template (GTK_WIDGET (self));

  self->at_end = TRUE;
  self->lines = gtk_string_list_new (NULL);
  self->filter = gtk_string_filter_new (
      gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string"));
  shown = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->lines)),
                                     GTK_FILTER (g_object_ref (self->filter)));
  gtk_filter_list_model_set_incremental (shown, TRUE);
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  gtk_list_view_set_factory (self->view, factory);
  g_object_unref (factory);
  gtk_list_view_set_model (self->view,
                           GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (shown))));

  adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (extent_changed_cb), self, 0);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (scrolled_cb), self, 0);
}

void
siamban_run_log_set_run (SiambanRunLog *self, SiambanRun *run)
{
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  gtk_string_list_splice (self->lines, 0, g_list_model_get_n_items (G_LIST_MODEL (self->lines)),
                          NULL);
  g_set_object (&self->run, run);
  self->at_end = TRUE;
  if (run != NULL)
    g_signal_connect (run, "message", G_CALLBACK (message_cb), self);
}

void
siamban_run_log_focus_search (SiambanRunLog *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}
