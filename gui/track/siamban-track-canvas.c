/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-track-canvas.h"

#include <glib/gi18n.h>
#include <math.h>

#define MIN_SIDE 4.0 /* of a box, in pixels of the frame */

struct _SiambanTrackCanvas
{
  GtkWidget parent_instance;

  GdkTexture *frame;
  SiambanBox tracked;
  SiambanBox truth;
  SiambanBox drawn;
  gboolean has_tracked;
  gboolean has_truth;
  gboolean has_drawn;
  gboolean drawing;
};

enum
{
  SIGNAL_BOX_DRAWN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SiambanTrackCanvas, siamban_track_canvas, GTK_TYPE_WIDGET)

/* The frame as large as it fits, in the middle. */
typedef struct
{
  double scale;
  double left;
  double top;
  double width; /* of the frame */
  double height;
} Place;

static gboolean
find_place (SiambanTrackCanvas *self, Place *place)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self));
  const double height = gtk_widget_get_height (GTK_WIDGET (self));

  if (self->frame == NULL || width < 1 || height < 1)
    return FALSE;

  place->width = gdk_texture_get_width (self->frame);
  place->height = gdk_texture_get_height (self->frame);
  place->scale = MIN (width / place->width, height / place->height);
  place->left = (width - place->width * place->scale) / 2;
  place->top = (height - place->height * place->scale) / 2;

  return TRUE;
}

static void
to_frame (const Place *place, double *x, double *y)
{
  *x = CLAMP ((*x - place->left) / place->scale, 0, place->width);
  *y = CLAMP ((*y - place->top) / place->scale, 0, place->height);
}

/* A line of a colour on a dark one, to be seen on every picture; dashed lines differ without colour. */
static void
append_box (GtkSnapshot *snapshot,
            const Place *place,
            const SiambanBox *box,
            const char *colour,
            gboolean dashed)
{
  const double width = place->width * place->scale, height = place->height * place->scale;
  const graphene_rect_t area = GRAPHENE_RECT_INIT ((float) place->left, (float) place->top,
                                                   (float) width, (float) height);
  const double dashes[] = { 6, 4 };
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &area);
  GdkRGBA rgba;

  gdk_rgba_parse (&rgba, colour);
  cairo_rectangle (cr, place->left + box->x1 * place->scale, place->top + box->y1 * place->scale,
                   siamban_box_get_width (box) * place->scale,
                   siamban_box_get_height (box) * place->scale);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.6);
  cairo_set_line_width (cr, 4);
  cairo_stroke_preserve (cr);
  gdk_cairo_set_source_rgba (cr, &rgba);
  cairo_set_line_width (cr, 2);
  if (dashed)
    cairo_set_dash (cr, dashes, G_N_ELEMENTS (dashes), 0);
  cairo_stroke (cr);
  cairo_destroy (cr);
}

static void
siamban_track_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SiambanTrackCanvas *self = SIAMBAN_TRACK_CANVAS (widget);
  Place place;

  if (!find_place (self, &place))
    return;

  gtk_snapshot_append_texture (snapshot, self->frame,
                               &GRAPHENE_RECT_INIT ((float) place.left, (float) place.top,
                                                    (float) (place.width * place.scale),
                                                    (float) (place.height * place.scale)));
  if (self->has_truth)
    append_box (snapshot, &place, &self->truth, "white", TRUE);
  if (self->has_tracked && !self->drawing)
    append_box (snapshot, &place, &self->tracked, "#33d94d", FALSE);
  if (self->has_drawn && self->drawing)
    append_box (snapshot, &place, &self->drawn, "#ffd60a", FALSE);
}

static void
tell_box (SiambanTrackCanvas *self)
{
  g_autofree char *text = g_strdup_printf (
      _ ("Target of %.0f × %.0f pixels at %.0f, %.0f"), siamban_box_get_width (&self->drawn),
      siamban_box_get_height (&self->drawn), self->drawn.x1, self->drawn.y1);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[SIGNAL_BOX_DRAWN], 0);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, SiambanTrackCanvas *self)
{
  Place place;

  if (!self->drawing || !find_place (self, &place))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }

  gtk_widget_grab_focus (GTK_WIDGET (self));
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

/* From wherever it begins, in any direction. */
static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, SiambanTrackCanvas *self)
{
  Place place;
  double x1, y1, x2, y2;

  if (!find_place (self, &place) || !gtk_gesture_drag_get_start_point (gesture, &x1, &y1))
    return;

  x2 = x1 + dx;
  y2 = y1 + dy;
  to_frame (&place, &x1, &y1);
  to_frame (&place, &x2, &y2);
  if (fabs (x2 - x1) < MIN_SIDE || fabs (y2 - y1) < MIN_SIDE)
    return;

  self->drawn = (SiambanBox){ MIN (x1, x2), MIN (y1, y2), MAX (x1, x2), MAX (y1, y2) };
  self->has_drawn = TRUE;
  tell_box (self);
}

/* A box to begin with, for those who have no pointer. */
static void
ensure_box (SiambanTrackCanvas *self, const Place *place)
{
  if (self->has_drawn)
    return;

  self->drawn = (SiambanBox){ place->width * 0.4, place->height * 0.4, place->width * 0.6,
                              place->height * 0.6 };
  self->has_drawn = TRUE;
}

/* Within the frame: a box that is moved keeps its size, one that is sized keeps its corner. */
static void
change_box (SiambanTrackCanvas *self, const Place *place, double dx, double dy, gboolean size)
{
  SiambanBox *box = &self->drawn;
  const double width = siamban_box_get_width (box), height = siamban_box_get_height (box);

  if (size)
    {
      box->x2 = CLAMP (box->x2 + dx, box->x1 + MIN_SIDE, MAX (place->width, box->x1 + MIN_SIDE));
      box->y2 = CLAMP (box->y2 + dy, box->y1 + MIN_SIDE, MAX (place->height, box->y1 + MIN_SIDE));
      return;
    }

  box->x1 = CLAMP (box->x1 + dx, 0, MAX (0, place->width - width));
  box->y1 = CLAMP (box->y1 + dy, 0, MAX (0, place->height - height));
  box->x2 = box->x1 + width;
  box->y2 = box->y1 + height;
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint keyval,
                guint keycode,
                GdkModifierType state,
                SiambanTrackCanvas *self)
{
  const double step = (state & GDK_CONTROL_MASK) != 0 ? 10 : 1;
  const gboolean size = (state & GDK_SHIFT_MASK) != 0;
  Place place;

  if (!self->drawing || !find_place (self, &place) ||
      (keyval != GDK_KEY_Left && keyval != GDK_KEY_Right && keyval != GDK_KEY_Up &&
       keyval != GDK_KEY_Down))
    return FALSE;

  ensure_box (self, &place);
  change_box (self, &place,
              keyval == GDK_KEY_Right  ? step
              : keyval == GDK_KEY_Left ? -step
                                       : 0,
              keyval == GDK_KEY_Down ? step
              : keyval == GDK_KEY_Up ? -step
                                     : 0,
              size);
  tell_box (self);

  return TRUE;
}

static void
siamban_track_canvas_dispose (GObject *object)
{
  g_clear_object (&SIAMBAN_TRACK_CANVAS (object)->frame);

  G_OBJECT_CLASS (siamban_track_canvas_parent_class)->dispose (object);
}

static void
siamban_track_canvas_class_init (SiambanTrackCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_track_canvas_dispose;
  widget_class->snapshot = siamban_track_canvas_snapshot;

  signals[SIGNAL_BOX_DRAWN] = g_signal_new ("box-drawn", G_TYPE_FROM_CLASS (klass),
                                            G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "trackcanvas");
}

static void
siamban_track_canvas_init (SiambanTrackCanvas *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Frame with the target"), -1);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

void
siamban_track_canvas_set_frame (SiambanTrackCanvas *self, GdkTexture *frame)
{
  if (g_set_object (&self->frame, frame))
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
siamban_track_canvas_set_boxes (SiambanTrackCanvas *self,
                                const SiambanBox *tracked,
                                const SiambanBox *truth)
{
  self->has_tracked = tracked != NULL;
  if (tracked != NULL)
    self->tracked = *tracked;
  self->has_truth = truth != NULL;
  if (truth != NULL)
    self->truth = *truth;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
siamban_track_canvas_set_drawing (SiambanTrackCanvas *self, gboolean drawing)
{
  self->drawing = drawing;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), drawing ? "crosshair" : NULL);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
siamban_track_canvas_get_drawn (SiambanTrackCanvas *self, SiambanBox *box)
{
  if (self->has_drawn)
    *box = self->drawn;

  return self->has_drawn;
}

void
siamban_track_canvas_set_drawn (SiambanTrackCanvas *self, const SiambanBox *box)
{
  self->has_drawn = box != NULL;
  if (box != NULL)
    self->drawn = *box;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
siamban_track_canvas_to_widget (SiambanTrackCanvas *self, double *x, double *y)
{
  Place place;

  if (!find_place (self, &place))
    return;

  *x = place.left + *x * place.scale;
  *y = place.top + *y * place.scale;
}
