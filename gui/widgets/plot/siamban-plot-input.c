/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-plot-private.h"

#define ZOOM_STEP 0.8
#define PAN_STEP 0.1

static void
zoom (SiambanPlot *self, double pixel, double factor)
{
  const double right = gtk_widget_get_width (GTK_WIDGET (self)) - PLOT_MARGIN_RIGHT;
  SiambanAxis x = { .start = PLOT_MARGIN_LEFT, .end = MAX (right, PLOT_MARGIN_LEFT + 1) };
  double whole_low, whole_high;

  siamban_plot_get_range (self, &x.low, &x.high);
  _siamban_plot_find_whole (self, &whole_low, &whole_high);
  _siamban_axis_zoom (&x.low, &x.high, _siamban_axis_from_pixel (&x, CLAMP (pixel, x.start, x.end)),
                      factor);
  if (x.low <= whole_low && x.high >= whole_high)
    siamban_plot_show_all (self);
  else
    siamban_plot_set_range (self, MAX (x.low, whole_low), MIN (x.high, whole_high));
}

static void
pan (SiambanPlot *self, double low, double high, double distance)
{
  double whole_low, whole_high;

  _siamban_plot_find_whole (self, &whole_low, &whole_high);
  _siamban_axis_pan (&low, &high, distance, whole_low, whole_high);
  siamban_plot_set_range (self, low, high);
}

static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);
  const double right = gtk_widget_get_width (GTK_WIDGET (self)) - PLOT_MARGIN_RIGHT;

  self->pointer_x = CLAMP (x, PLOT_MARGIN_LEFT, MAX (right, PLOT_MARGIN_LEFT));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
leave_cb (GtkEventControllerMotion *motion, gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);

  self->pointer_x = NAN;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
scroll_cb (GtkEventControllerScroll *scroll, double dx, double dy, gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);
  const double middle = gtk_widget_get_width (GTK_WIDGET (self)) / 2.0;

  /* Without Control the wheel moves the page that the plot is on. */
  if ((gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll)) &
       GDK_CONTROL_MASK) == 0)
    return GDK_EVENT_PROPAGATE;

  zoom (self, isnan (self->pointer_x) ? middle : self->pointer_x, pow (ZOOM_STEP, -dy));

  return GDK_EVENT_STOP;
}

static double
value_at (SiambanPlot *self, double pixel)
{
  const double right = gtk_widget_get_width (GTK_WIDGET (self)) - PLOT_MARGIN_RIGHT;
  SiambanAxis x = { .start = PLOT_MARGIN_LEFT, .end = MAX (right, PLOT_MARGIN_LEFT + 1) };

  siamban_plot_get_range (self, &x.low, &x.high);

  return _siamban_axis_from_pixel (&x, CLAMP (pixel, x.start, x.end));
}

static void
drag_begin_cb (GtkGestureDrag *drag, double x, double y, gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);

  gtk_widget_grab_focus (GTK_WIDGET (self));
  siamban_plot_get_range (self, &self->drag_low, &self->drag_high);
  self->drag_start = x;
  self->drag_selects = (gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (drag)) &
                        GDK_SHIFT_MASK) != 0;
}

static void
drag_update_cb (GtkGestureDrag *drag, double dx, double dy, gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);
  const double width = gtk_widget_get_width (GTK_WIDGET (self)) - PLOT_MARGIN_LEFT -
                       PLOT_MARGIN_RIGHT;

  if (self->drag_selects)
    {
      const double from = value_at (self, self->drag_start);
      const double to = value_at (self, self->drag_start + dx);

      siamban_plot_select (self, MIN (from, to), MAX (from, to));
      return;
    }

  /* All of it stays all of it, also when more comes. */
  if (!isnan (self->low))
    pan (self, self->drag_low, self->drag_high,
         -dx / MAX (width, 1) * (self->drag_high - self->drag_low));
}

static void
pressed_cb (GtkGestureClick *click, int n_press, double x, double y, gpointer user_data)
{
  if (n_press == 2)
    siamban_plot_show_all (SIAMBAN_PLOT (user_data));
}

/* The right end moves; a new selection begins in the middle of what is in sight. */
static void
extend_selection (SiambanPlot *self, double distance)
{
  double low, high;

  siamban_plot_get_range (self, &low, &high);
  if (isnan (self->selected_low))
    siamban_plot_select (self, (low + high) / 2 + MIN (distance, 0),
                         (low + high) / 2 + MAX (distance, 0));
  else
    siamban_plot_select (self, self->selected_low, MIN (self->selected_high + distance, high));
}

static gboolean
key_pressed_cb (GtkEventControllerKey *keys,
                guint key,
                guint code,
                GdkModifierType modifiers,
                gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);
  const double middle = gtk_widget_get_width (GTK_WIDGET (self)) / 2.0;
  double low, high;

  /* The window's own shortcuts go first. */
  if ((modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;

  siamban_plot_get_range (self, &low, &high);
  switch (key)
    {
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      zoom (self, middle, ZOOM_STEP);
      return GDK_EVENT_STOP;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      zoom (self, middle, 1 / ZOOM_STEP);
      return GDK_EVENT_STOP;
    case GDK_KEY_0:
    case GDK_KEY_KP_0:
      siamban_plot_show_all (self);
      return GDK_EVENT_STOP;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      if (isnan (self->selected_low))
        return GDK_EVENT_PROPAGATE;
      siamban_plot_set_range (self, self->selected_low, self->selected_high);
      siamban_plot_select (self, NAN, NAN);
      return GDK_EVENT_STOP;
    case GDK_KEY_Escape:
      if (isnan (self->selected_low))
        return GDK_EVENT_PROPAGATE;
      siamban_plot_select (self, NAN, NAN);
      return GDK_EVENT_STOP;
    case GDK_KEY_Left:
    case GDK_KEY_Right:
      if ((modifiers & GDK_SHIFT_MASK) != 0)
        {
          extend_selection (self, (high - low) * (key == GDK_KEY_Left ? -PAN_STEP : PAN_STEP));
          return GDK_EVENT_STOP;
        }
      if (isnan (self->low))
        return GDK_EVENT_PROPAGATE;
      pan (self, low, high, (high - low) * (key == GDK_KEY_Left ? -PAN_STEP : PAN_STEP));
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

void
_siamban_plot_listen (SiambanPlot *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (
      GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_widget_set_focusable (widget, TRUE);

  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (widget, motion);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  gtk_widget_add_controller (widget, scroll);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (widget, keys);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
}
