/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-map-view.h"

#include <glib/gi18n.h>

#include "siamban-track-video.h"

/* What a map covers most of a picture with. */
#define MOST 0.75

struct _SiambanMapView
{
  GtkWidget parent_instance;

  SiambanTrackResult *result;
  SiambanMap map;
  GdkTexture *crop;
  GdkTexture *overlay;
};

G_DEFINE_FINAL_TYPE (SiambanMapView, siamban_map_view, GTK_TYPE_WIDGET)

const float *
siamban_map_view_get_numbers (SiambanTrackResult *result, SiambanMap map)
{
  switch (map)
    {
    case SIAMBAN_MAP_SCORE:
      return g_bytes_get_data (siamban_track_result_get_score_map (result), NULL);
    case SIAMBAN_MAP_PENALISED:
      return g_bytes_get_data (siamban_track_result_get_pscore_map (result), NULL);
    case SIAMBAN_MAP_PENALTY:
      return g_bytes_get_data (siamban_track_result_get_penalty_map (result), NULL);
    case SIAMBAN_MAP_WINDOW:
      return g_bytes_get_data (siamban_track_result_get_window_map (result), NULL);
    case SIAMBAN_MAP_NONE:
    default:
      return NULL;
    }
}

/* All maps go from 0 to 1; the more, the less of the picture is seen. */
static GdkTexture *
make_overlay (SiambanTrackResult *result, SiambanMap map)
{
  const guint size = siamban_track_result_get_map_size (result);
  const float *numbers = siamban_map_view_get_numbers (result, map);
  g_autoptr (GBytes) bytes = NULL;
  guint8 *pixels;

  if (numbers == NULL)
    return NULL;

  pixels = g_malloc ((gsize) size * size * 4);
  for (gsize i = 0; i < (gsize) size * size; i++)
    {
      const double value = CLAMP (numbers[i], 0, 1);

      pixels[4 * i] = 255;
      pixels[4 * i + 1] = (guint8) (200 * value);
      pixels[4 * i + 2] = 0;
      pixels[4 * i + 3] = (guint8) (255 * MOST * value);
    }
  bytes = g_bytes_new_take (pixels, (gsize) size * size * 4);

  return gdk_memory_texture_new ((int) size, (int) size, GDK_MEMORY_R8G8B8A8, bytes,
                                 (gsize) size * 4);
}

/* The crop's pixels in the widget: a square in the middle. */
static graphene_rect_t
find_place (SiambanMapView *self)
{
  const float width = (float) gtk_widget_get_width (GTK_WIDGET (self));
  const float height = (float) gtk_widget_get_height (GTK_WIDGET (self));
  const float side = MIN (width, height);

  return GRAPHENE_RECT_INIT ((width - side) / 2, (height - side) / 2, side, side);
}

/* The middles of the outer points are half a stride from the edges of what the map covers. */
static void
append_overlay (SiambanMapView *self, GtkSnapshot *snapshot, const graphene_rect_t *place)
{
  const float n_pixels = (float) siamban_image_get_width (
      siamban_track_result_get_search_crop (self->result));
  const float covered = (float) (siamban_track_result_get_map_size (self->result) *
                                 siamban_track_result_get_stride (self->result));
  const float side = place->size.width * covered / n_pixels;

  gtk_snapshot_append_texture (
      snapshot, self->overlay,
      &GRAPHENE_RECT_INIT (place->origin.x + (place->size.width - side) / 2,
                           place->origin.y + (place->size.height - side) / 2, side, side));
}

static void
append_best (SiambanMapView *self, GtkSnapshot *snapshot, const graphene_rect_t *place)
{
  const guint size = siamban_track_result_get_map_size (self->result);
  const guint best = siamban_track_result_get_best_index (self->result);
  const double n_pixels = siamban_image_get_width (
      siamban_track_result_get_search_crop (self->result));
  const double unit = place->size.width / n_pixels;
  const double step = siamban_track_result_get_stride (self->result) * unit;
  const double x = place->origin.x + place->size.width / 2 +
                   ((double) (best % size) - (size - 1) / 2.0) * step;
  const double y = place->origin.y + place->size.height / 2 +
                   ((double) (best / size) - (size - 1) / 2.0) * step;
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, place);

  cairo_arc (cr, x, y, 6, 0, 2 * G_PI);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.7);
  cairo_set_line_width (cr, 4);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_set_line_width (cr, 2);
  cairo_stroke (cr);
  cairo_destroy (cr);
}

static void
siamban_map_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SiambanMapView *self = SIAMBAN_MAP_VIEW (widget);
  const graphene_rect_t place = find_place (self);

  if (self->result == NULL || place.size.width < 1)
    return;

  gtk_snapshot_append_texture (snapshot, self->crop, &place);
  if (self->overlay != NULL)
    append_overlay (self, snapshot, &place);
  append_best (self, snapshot, &place);
}

static void
siamban_map_view_dispose (GObject *object)
{
  SiambanMapView *self = SIAMBAN_MAP_VIEW (object);

  g_clear_pointer (&self->result, siamban_track_result_unref);
  g_clear_object (&self->crop);
  g_clear_object (&self->overlay);

  G_OBJECT_CLASS (siamban_map_view_parent_class)->dispose (object);
}

static void
siamban_map_view_class_init (SiambanMapViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_map_view_dispose;
  widget_class->snapshot = siamban_map_view_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
siamban_map_view_init (SiambanMapView *self)
{
  self->map = SIAMBAN_MAP_SCORE;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Search image with a map of its points"), -1);
}

static void
describe (SiambanMapView *self)
{
  g_autofree char *text = NULL;

  if (self->result != NULL)
    text = g_strdup_printf (_ ("Point %u was chosen, with a score of %.3f"),
                            siamban_track_result_get_best_index (self->result),
                            siamban_track_result_get_score (self->result));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text != NULL ? text : "", -1);
}

void
siamban_map_view_set_result (SiambanMapView *self, SiambanTrackResult *result)
{
  if (self->result == result)
    return;

  g_clear_pointer (&self->result, siamban_track_result_unref);
  g_clear_object (&self->crop);
  g_clear_object (&self->overlay);
  if (result != NULL)
    {
      self->result = siamban_track_result_ref (result);
      self->crop = siamban_track_video_make_texture (siamban_track_result_get_search_crop (result));
      self->overlay = make_overlay (result, self->map);
    }
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
siamban_map_view_set_map (SiambanMapView *self, SiambanMap map)
{
  self->map = map;
  g_clear_object (&self->overlay);
  if (self->result != NULL)
    self->overlay = make_overlay (self->result, map);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
