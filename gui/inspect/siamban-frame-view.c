/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-frame-view.h"

#include <glib/gi18n.h>

#include "siamban-frame-tile.h"
#include "siamban-message.h"

#define MAX_PICTURE_BYTES (32u << 20)

/* The videos of a source, their tracks, and the frames of what is selected. */
struct _SiambanFrameView
{
  GtkWidget parent_instance;

  GtkWidget *content;
  GtkInfoBar *bar;
  GtkLabel *bar_label;
  AdwFlap *flap;
  GtkDropDown *sources;
  GtkSearchEntry *search;
  GtkListView *videos;
  GtkGridView *grid;
  GtkLabel *count;
  GtkLabel *details;

  SiambanThumbnailLoader *loader;
  SiambanDataset *dataset;
  guint template_size;
  SiambanSubDataset *source;
  GtkFilter *filter;
  GtkSingleSelection *selection;
  GtkSingleSelection *frames;
};

G_DEFINE_FINAL_TYPE (SiambanFrameView, siamban_frame_view, GTK_TYPE_WIDGET)

static char *
get_name (gpointer item, gpointer user_data)
{
  if (SIAMBAN_IS_VIDEO (item))
    return g_strdup (siamban_video_get_name (item));

  return SIAMBAN_IS_TRACK (item) ? g_strdup (siamban_track_get_name (item)) : NULL;
}

static GListModel *
list_tracks (gpointer item, gpointer user_data)
{
  GListModel *tracks;

  if (!SIAMBAN_IS_VIDEO (item))
    return NULL;
  tracks = siamban_video_list_tracks (item);
  if (g_list_model_get_n_items (tracks) > 1)
    return tracks;
  g_object_unref (tracks);

  return NULL;
}

static void
show_details (SiambanFrameView *self)
{
  SiambanFrame *frame = self->frames != NULL ? gtk_single_selection_get_selected_item (self->frames)
                                             : NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  const SiambanBox *box;

  if (frame == NULL)
    {
      gtk_label_set_text (self->details, _ ("Select a frame to read about it"));
      return;
    }
  box = siamban_frame_get_box (frame);
  path = siamban_frame_get_path (frame);
  text = g_strdup_printf (_ ("%s · track %s · frame %u · box %.0f × %.0f at %.0f, %.0f · %s"),
                          siamban_frame_get_video_name (frame),
                          siamban_frame_get_track_name (frame), siamban_frame_get_number (frame),
                          box->x2 - box->x1, box->y2 - box->y1, box->x1, box->y1, path);
  gtk_label_set_text (self->details, text);
}

/* Takes @frames. */
static void
show_frames (SiambanFrameView *self, GListModel *frames)
{
  const guint n = g_list_model_get_n_items (frames);
  g_autofree char *count = g_strdup_printf (g_dngettext (NULL, "%u frame", "%u frames", n), n);

  gtk_label_set_text (self->count, count);
  g_clear_object (&self->frames);
  self->frames = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->frames, FALSE);
  gtk_single_selection_set_can_unselect (self->frames, TRUE);
  gtk_single_selection_set_model (self->frames, frames);
  g_signal_connect_swapped (self->frames, "notify::selected-item", G_CALLBACK (show_details), self);
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->frames));
  g_object_unref (frames);
  show_details (self);
}

static void
video_selected_cb (SiambanFrameView *self)
{
  GtkTreeListRow *row = gtk_single_selection_get_selected_item (self->selection);
  g_autoptr (GObject) item = row != NULL ? gtk_tree_list_row_get_item (row) : NULL;

  if (SIAMBAN_IS_VIDEO (item))
    show_frames (self, siamban_video_list_frames (SIAMBAN_VIDEO (item)));
  else if (SIAMBAN_IS_TRACK (item))
    show_frames (self, siamban_track_list_frames (SIAMBAN_TRACK (item)));
  else if (self->source != NULL)
    show_frames (self, siamban_sub_dataset_list_frames (self->source));
}

static void
show_source (SiambanFrameView *self, SiambanSubDataset *source)
{
  GtkFilterListModel *filtered;
  GtkTreeListModel *tree;

  g_set_object (&self->source, source);
  filtered = gtk_filter_list_model_new (
      siamban_sub_dataset_list_videos (source),
      *gtk_editable_get_text (GTK_EDITABLE (self->search)) ? g_object_ref (self->filter) : NULL);
  gtk_filter_list_model_set_incremental (filtered, TRUE);
  tree = gtk_tree_list_model_new (G_LIST_MODEL (filtered), FALSE, FALSE, list_tracks, NULL, NULL);
  g_clear_object (&self->selection);
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (tree));
  g_object_unref (tree);
  g_signal_connect_swapped (self->selection, "notify::selected-item",
                            G_CALLBACK (video_selected_cb), self);
  gtk_list_view_set_model (self->videos, GTK_SELECTION_MODEL (self->selection));
  show_frames (self, siamban_sub_dataset_list_frames (source));
}

static void
source_selected_cb (SiambanFrameView *self)
{
  const guint i = gtk_drop_down_get_selected (self->sources);
  g_autoptr (SiambanSubDataset) source = NULL;

  if (self->dataset == NULL || i == GTK_INVALID_LIST_POSITION)
    return;
  source = g_list_model_get_item (siamban_dataset_get_sub_datasets (self->dataset), i);
  if (source != NULL && source != self->source)
    show_source (self, source);
}

static void
search_changed_cb (SiambanFrameView *self)
{
  gtk_string_filter_set_search (GTK_STRING_FILTER (self->filter),
                                gtk_editable_get_text (GTK_EDITABLE (self->search)));
  if (self->source != NULL)
    show_source (self, self->source);
}

static void
show_all_cb (SiambanFrameView *self)
{
  if (self->selection != NULL)
    gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
}

static void
tile_failed_cb (SiambanFrameView *self, const char *reason)
{
  g_autofree char *text = NULL;
  g_autofree char *root = NULL;

  if (self->source == NULL || gtk_info_bar_get_revealed (self->bar))
    return;
  g_object_get (self->source, "root", &root, NULL);
  if (!g_file_test (root, G_FILE_TEST_IS_DIR))
    text = g_strdup_printf (_ ("The folder %s is gone. Bring it back and try again, or choose "
                               "another one on the page Data."),
                            root);
  else
    text = g_strdup_printf (_ ("An image cannot be read: %s\nTraining replaces it. Make the crops "
                               "anew on the page Data, or restore the file and try again."),
                            reason);
  siamban_message_show (self->bar, self->bar_label, gtk_info_bar_get_message_type (self->bar),
                        text);
}

static void
bar_response_cb (SiambanFrameView *self, int response)
{
  gtk_info_bar_set_revealed (self->bar, FALSE);
  if (response == GTK_RESPONSE_OK)
    siamban_frame_view_reload (self);
}

static void
tile_setup_cb (SiambanFrameView *self, GtkListItem *item)
{
  GtkWidget *tile = siamban_frame_tile_new (self->loader);

  g_signal_connect_object (tile, "failed", G_CALLBACK (tile_failed_cb), self, G_CONNECT_SWAPPED);
  gtk_list_item_set_child (item, tile);
}

static void
tile_bind_cb (SiambanFrameView *self, GtkListItem *item)
{
  siamban_frame_tile_set_frame (SIAMBAN_FRAME_TILE (gtk_list_item_get_child (item)),
                                gtk_list_item_get_item (item), self->template_size);
}

static void
tile_unbind_cb (SiambanFrameView *self, GtkListItem *item)
{
  siamban_frame_tile_set_frame (SIAMBAN_FRAME_TILE (gtk_list_item_get_child (item)), NULL,
                                self->template_size);
}

static void
video_setup_cb (SiambanFrameView *self, GtkListItem *item)
{
  GtkWidget *expander = gtk_tree_expander_new ();
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), label);
  gtk_list_item_set_child (item, expander);
}

static void
video_bind_cb (SiambanFrameView *self, GtkListItem *item)
{
  GtkTreeExpander *expander = GTK_TREE_EXPANDER (gtk_list_item_get_child (item));
  GtkTreeListRow *row = gtk_list_item_get_item (item);
  g_autoptr (GObject) object = gtk_tree_list_row_get_item (row);
  g_autofree char *name = get_name (object, NULL);

  gtk_tree_expander_set_list_row (expander, row);
  gtk_label_set_text (GTK_LABEL (gtk_tree_expander_get_child (expander)), name);
}

static void
siamban_frame_view_dispose (GObject *object)
{
  SiambanFrameView *self = SIAMBAN_FRAME_VIEW (object);

  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  if (self->frames != NULL)
    g_signal_handlers_disconnect_by_data (self->frames, self);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  g_clear_object (&self->selection);
  g_clear_object (&self->frames);
  g_clear_object (&self->source);
  g_clear_object (&self->dataset);
  g_clear_object (&self->filter);
  g_clear_object (&self->loader);

  G_OBJECT_CLASS (siamban_frame_view_parent_class)->dispose (object);
}

static void
siamban_frame_view_class_init (SiambanFrameViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_frame_view_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/inspect/siamban-frame-view.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanFrameView, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanFrameView, bar);
  gtk_widget_class_bind_template_child (widget_class, SiambanFrameView, bar_label);
  gtk_widget_class_bind_template_child (widget_class, SiambanFrameView, flap);
  gtk_widget_class_bind_template_child (widget_class, SiambanFrameView, sources);
  gtk_widget_class_bind_template_child (widget_class, SiambanFrameView, search);
  gtk_widget_class_bind_template_child (widget_class, SiambanFrameView, videos);
  gtk_widget_class_bind_template_child (widget_class, SiambanFrameView, grid);
  gtk_widget_class_bind_template_child (widget_class, SiambanFrameView, count);
  gtk_widget_class_bind_template_child (widget_class, SiambanFrameView, details);
  gtk_widget_class_bind_template_callback (widget_class, source_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, show_all_cb);
  gtk_widget_class_bind_template_callback (widget_class, bar_response_cb);
  gtk_widget_class_bind_template_callback (widget_class, tile_setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, tile_bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, tile_unbind_cb);
  gtk_widget_class_bind_template_callback (widget_class, video_setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, video_bind_cb);
}

static void
siamban_frame_view_init (SiambanFrameView *self)
{
  GtkExpression *name = gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 0, NULL,
                                                     G_CALLBACK (get_name), NULL, NULL);

  self->loader = siamban_thumbnail_loader_new (SIAMBAN_FRAME_TILE_SIZE, MAX_PICTURE_BYTES);
  self->filter = GTK_FILTER (gtk_string_filter_new (name));
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
siamban_frame_view_set_dataset (SiambanFrameView *self, SiambanDataset *dataset)
{
  GListModel *sources;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  g_set_object (&self->dataset, dataset);
  g_clear_object (&self->source);
  gtk_info_bar_set_revealed (self->bar, FALSE);
  if (dataset == NULL)
    {
      gtk_grid_view_set_model (self->grid, NULL);
      gtk_list_view_set_model (self->videos, NULL);
      return;
    }

  g_object_get (dataset, "template-size", &self->template_size, NULL);
  siamban_thumbnail_loader_clear (self->loader);
  sources = siamban_dataset_get_sub_datasets (dataset);
  for (guint i = 0; i < g_list_model_get_n_items (sources); i++)
    {
      g_autoptr (SiambanSubDataset) source = g_list_model_get_item (sources, i);

      gtk_string_list_append (names, siamban_sub_dataset_get_name (source));
    }
  gtk_drop_down_set_model (self->sources, G_LIST_MODEL (names));
  source_selected_cb (self);
}

gsize
siamban_frame_view_get_n_bytes (SiambanFrameView *self)
{
  return siamban_thumbnail_loader_get_n_bytes (self->loader);
}

void
siamban_frame_view_reload (SiambanFrameView *self)
{
  siamban_thumbnail_loader_clear (self->loader);
  if (self->selection != NULL)
    video_selected_cb (self);
}
