/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-frame-tile.h"

#include <glib/gi18n.h>

#define ICON_SIZE 32
#define LINE_WIDTH 1.5f

/* The crop of one frame, with the box of its target. */
struct _SiambanFrameTile
{
  GtkWidget parent_instance;

  SiambanThumbnailLoader *loader;
  SiambanFrame *frame;
  guint template_size;

  SiambanThumbnailRequest *request;
  GdkTexture *texture;
  guint crop_size;
  char *error;
  GtkIconPaintable *broken;
};

enum
{
  SIGNAL_FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SiambanFrameTile, siamban_frame_tile, GTK_TYPE_WIDGET)

static void
stop (SiambanFrameTile *self)
{
  g_clear_pointer (&self->request, siamban_thumbnail_request_cancel);
}

static void
show (SiambanFrameTile *self, SiambanThumbnail *thumbnail)
{
  g_set_object (&self->texture, thumbnail->texture);
  self->crop_size = thumbnail->width;
  g_free (self->error);
  self->error = g_strdup (thumbnail->error);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
loaded_cb (SiambanThumbnail *thumbnail, gpointer user_data)
{
  SiambanFrameTile *self = user_data;

  self->request = NULL;
  show (self, thumbnail);
  if (self->error != NULL)
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, self->error);
}

static void
tell_name (SiambanFrameTile *self)
{
  g_autofree char *name = NULL;

  if (self->frame != NULL)
    name = g_strdup_printf (
        _ ("%s, track %s, frame %u"), siamban_frame_get_video_name (self->frame),
        siamban_frame_get_track_name (self->frame), siamban_frame_get_number (self->frame));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name != NULL ? name : "", -1);
}

void
siamban_frame_tile_set_frame (SiambanFrameTile *self, SiambanFrame *frame, guint template_size)
{
  SiambanThumbnail *thumbnail;
  char *path;

  stop (self);
  g_clear_object (&self->texture);
  g_clear_pointer (&self->error, g_free);
  g_set_object (&self->frame, frame);
  self->template_size = template_size;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  tell_name (self);
  if (frame == NULL)
    return;

  path = siamban_frame_get_path (frame);
  thumbnail = siamban_thumbnail_loader_peek (self->loader, path);
  if (thumbnail != NULL)
    {
      show (self, thumbnail);
      g_free (path);
      return;
    }
  self->request = siamban_thumbnail_loader_load (self->loader, path, loaded_cb, self);
}

static gboolean
query_tooltip_cb (SiambanFrameTile *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;

  if (self->frame == NULL)
    return FALSE;
  path = siamban_frame_get_path (self->frame);
  text = self->error != NULL ? g_strdup_printf ("%s\n%s", path, self->error)
                             : g_strdup_printf (_ ("%s, track %s, frame %u"),
                                                siamban_frame_get_video_name (self->frame),
                                                siamban_frame_get_track_name (self->frame),
                                                siamban_frame_get_number (self->frame));
  gtk_tooltip_set_text (tooltip, text);

  return TRUE;
}

static void
append_box (SiambanFrameTile *self, GtkSnapshot *snapshot, double scale)
{
  g_autoptr (SiambanBox)
      box = siamban_frame_get_box_in_crop (self->frame, self->crop_size, self->template_size);
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA color;
  GskRoundedRect outline;
  const float widths[4] = { LINE_WIDTH, LINE_WIDTH, LINE_WIDTH, LINE_WIDTH };

  if (!gtk_style_context_lookup_color (style, "warning_bg_color", &color))
    gtk_style_context_get_color (style, &color);
  gsk_rounded_rect_init_from_rect (&outline,
                                   &GRAPHENE_RECT_INIT ((float) (box->x1 * scale),
                                                        (float) (box->y1 * scale),
                                                        (float) ((box->x2 - box->x1) * scale),
                                                        (float) ((box->y2 - box->y1) * scale)),
                                   0);
  gtk_snapshot_append_border (snapshot, &outline, widths,
                              (GdkRGBA[4]){ color, color, color, color });
}

static void
append_broken (SiambanFrameTile *self, GtkSnapshot *snapshot, int width, int height)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA color;

  if (self->broken == NULL)
    self->broken = gtk_icon_theme_lookup_icon (
        gtk_icon_theme_get_for_display (gtk_widget_get_display (GTK_WIDGET (self))),
        "image-missing-symbolic", NULL, ICON_SIZE, gtk_widget_get_scale_factor (GTK_WIDGET (self)),
        gtk_widget_get_direction (GTK_WIDGET (self)), 0);
  gtk_style_context_get_color (style, &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (width - ICON_SIZE) / 2,
                                                          (float) (height - ICON_SIZE) / 2));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (self->broken), snapshot,
                                            ICON_SIZE, ICON_SIZE, &color, 1);
  gtk_snapshot_restore (snapshot);
}

static void
siamban_frame_tile_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SiambanFrameTile *self = SIAMBAN_FRAME_TILE (widget);
  const int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  const int side = MIN (width, height);

  if (self->error != NULL)
    {
      append_broken (self, snapshot, width, height);
      return;
    }
  if (self->texture == NULL)
    return;

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot, &GRAPHENE_POINT_INIT ((float) (width - side) / 2, (float) (height - side) / 2));
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) side, (float) side));
  gtk_snapshot_append_texture (snapshot, self->texture,
                               &GRAPHENE_RECT_INIT (0, 0, (float) side, (float) side));
  append_box (self, snapshot, (double) side / self->crop_size);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_restore (snapshot);
}

static void
siamban_frame_tile_measure (GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
  *minimum = *natural = SIAMBAN_FRAME_TILE_SIZE;
}

static void
siamban_frame_tile_dispose (GObject *object)
{
  SiambanFrameTile *self = SIAMBAN_FRAME_TILE (object);

  stop (self);
  g_clear_object (&self->frame);
  g_clear_object (&self->texture);
  g_clear_object (&self->broken);
  g_clear_object (&self->loader);
  g_clear_pointer (&self->error, g_free);

  G_OBJECT_CLASS (siamban_frame_tile_parent_class)->dispose (object);
}

static void
siamban_frame_tile_class_init (SiambanFrameTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_frame_tile_dispose;
  widget_class->snapshot = siamban_frame_tile_snapshot;
  widget_class->measure = siamban_frame_tile_measure;
  gtk_widget_class_set_css_name (widget_class, "frametile");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);

  /* The picture cannot be read: why. */
  signals[SIGNAL_FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
siamban_frame_tile_init (SiambanFrameTile *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
}

GtkWidget *
siamban_frame_tile_new (SiambanThumbnailLoader *loader)
{
  SiambanFrameTile *self = g_object_new (SIAMBAN_TYPE_FRAME_TILE, NULL);

  self->loader = g_object_ref (loader);

  return GTK_WIDGET (self);
}
