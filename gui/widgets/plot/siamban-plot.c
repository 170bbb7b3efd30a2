/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-plot.h"

#include <glib/gi18n.h>
#include <math.h>

#include "siamban-series-private.h"

#define MARGIN_LEFT 56
#define MARGIN_RIGHT 12
#define MARGIN_TOP 26
#define MARGIN_BOTTOM 24

/* A chart of curves over the iteration. Each curve is drawn with at most two points a pixel, raw
 * and faint below its smoothed self. */
struct _SiambanPlot
{
  GtkWidget parent_instance;

  GPtrArray *series; /* of SiambanSeries */
  char *title;
  double smoothing;
  gboolean logarithmic;
  double pointer_x; /* of the widget, NAN while the pointer is elsewhere */
};

typedef struct
{
  double x_low, x_high, y_low, y_high; /* y is a logarithm where the axis is logarithmic */
  graphene_rect_t area;
} Frame;

G_DEFINE_FINAL_TYPE (SiambanPlot, siamban_plot, GTK_TYPE_WIDGET)

/* Apart for the colour-blind, too (Okabe and Ito), on light and on dark ground. */
static const char *const colors[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7" };

static double
to_axis (SiambanPlot *self, double y)
{
  return self->logarithmic ? log10 (MAX (y, 1e-12)) : y;
}

static void
find_ranges (SiambanPlot *self, Frame *frame)
{
  frame->x_low = frame->y_low = INFINITY;
  frame->x_high = frame->y_high = -INFINITY;

  for (guint i = 0; i < self->series->len; i++)
    {
      const SiambanSeries *series = g_ptr_array_index (self->series, i);

      for (guint j = 0; j < series->points->len; j++)
        {
          const SiambanPoint *point = &g_array_index (series->points, SiambanPoint, j);

          if (!isfinite (point->y))
            continue;
          frame->x_low = MIN (frame->x_low, point->x);
          frame->x_high = MAX (frame->x_high, point->x);
          frame->y_low = MIN (frame->y_low, to_axis (self, point->y));
          frame->y_high = MAX (frame->y_high, to_axis (self, point->y));
        }
    }

  if (!(frame->x_low < frame->x_high))
    {
      frame->x_low = isfinite (frame->x_low) ? frame->x_low - 1 : 0;
      frame->x_high = frame->x_low + 2;
    }
  if (!(frame->y_low < frame->y_high))
    {
      frame->y_low = isfinite (frame->y_low) ? frame->y_low - 1 : 0;
      frame->y_high = frame->y_low + 2;
    }
}

static double
screen_x (const Frame *frame, double x)
{
  return frame->area.origin.x +
         (x - frame->x_low) / (frame->x_high - frame->x_low) * frame->area.size.width;
}

static double
screen_y (const Frame *frame, double y)
{
  return frame->area.origin.y +
         (frame->y_high - y) / (frame->y_high - frame->y_low) * frame->area.size.height;
}

static void
draw_text (SiambanPlot *self,
           GtkSnapshot *snapshot,
           const char *text,
           double x,
           double y,
           double align,
           const GdkRGBA *color)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  PangoRectangle extents;

  pango_layout_get_pixel_extents (layout, NULL, &extents);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (x - align * extents.width),
                                                          (float) (y - extents.height / 2.0)));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
draw_grid (SiambanPlot *self, GtkSnapshot *snapshot, const Frame *frame, const GdkRGBA *ink)
{
  const graphene_rect_t *area = &frame->area;
  const double x_step = _siamban_axis_step (frame->x_low, frame->x_high, 6);
  const double y_step = _siamban_axis_step (frame->y_low, frame->y_high, 4);
  GdkRGBA faint = *ink, text = *ink;

  faint.alpha = 0.12f;
  text.alpha = 0.7f;

  for (double y = ceil (frame->y_low / y_step) * y_step; y <= frame->y_high; y += y_step)
    {
      const float at = (float) screen_y (frame, y);
      g_autofree char *label = g_strdup_printf ("%.4g", self->logarithmic       ? pow (10, y)
                                                        : fabs (y) < y_step / 2 ? 0
                                                                                : y);

      gtk_snapshot_append_color (snapshot, &faint,
                                 &GRAPHENE_RECT_INIT (area->origin.x, at, area->size.width, 1));
      draw_text (self, snapshot, label, area->origin.x - 6, at, 1, &text);
    }

  for (double x = ceil (frame->x_low / x_step) * x_step; x <= frame->x_high; x += x_step)
    {
      const float at = (float) screen_x (frame, x);
      g_autofree char *label = g_strdup_printf ("%.6g", x);

      gtk_snapshot_append_color (snapshot, &faint,
                                 &GRAPHENE_RECT_INIT (at, area->origin.y, 1, area->size.height));
      draw_text (self, snapshot, label, at, area->origin.y + area->size.height + 12, 0.5, &text);
    }
}

static void
draw_series (SiambanPlot *self,
             cairo_t *cr,
             const Frame *frame,
             const SiambanSeries *series,
             const GdkRGBA *color)
{
  g_autoptr (GArray) columns = _siamban_series_decimate (series, frame->x_low, frame->x_high,
                                                         (guint) MAX (frame->area.size.width, 1));

  for (guint i = 0; i < columns->len; i++)
    {
      const SiambanColumn *column = &g_array_index (columns, SiambanColumn, i);
      const double x = screen_x (frame, column->x);

      cairo_line_to (cr, x, screen_y (frame, to_axis (self, column->first)));
      if (column->low < column->high)
        {
          cairo_line_to (cr, x, screen_y (frame, to_axis (self, column->low)));
          cairo_line_to (cr, x, screen_y (frame, to_axis (self, column->high)));
          cairo_line_to (cr, x, screen_y (frame, to_axis (self, column->last)));
        }
    }

  gdk_cairo_set_source_rgba (cr, color);
  cairo_stroke (cr);
}

static void
draw_curves (SiambanPlot *self, GtkSnapshot *snapshot, const Frame *frame)
{
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &frame->area);

  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  for (guint i = 0; i < self->series->len; i++)
    {
      const SiambanSeries *series = g_ptr_array_index (self->series, i);
      GdkRGBA color;

      gdk_rgba_parse (&color, colors[i % G_N_ELEMENTS (colors)]);
      cairo_set_line_width (cr, 1.6);
      if (self->smoothing > 0)
        {
          SiambanSeries *smooth = _siamban_series_smooth (series, self->smoothing);
          GdkRGBA faint = color;

          faint.alpha = 0.25f;
          draw_series (self, cr, frame, series, &faint);
          draw_series (self, cr, frame, smooth, &color);
          _siamban_series_free (smooth);
        }
      else
        draw_series (self, cr, frame, series, &color);
    }
  cairo_destroy (cr);
}

/* The value of a series at the pointer, else its last one. NAN if it has none. */
static double
value_to_show (SiambanPlot *self, const Frame *frame, const SiambanSeries *series)
{
  double x, value = NAN;

  if (series->points->len == 0)
    return NAN;
  if (isnan (self->pointer_x))
    return g_array_index (series->points, SiambanPoint, series->points->len - 1).y;

  x = frame->x_low + (self->pointer_x - frame->area.origin.x) / frame->area.size.width *
                         (frame->x_high - frame->x_low);
  for (guint i = 0; i < series->points->len; i++)
    {
      const SiambanPoint *point = &g_array_index (series->points, SiambanPoint, i);

      if (point->x > x && !isnan (value))
        break;
      value = point->y;
    }

  return value;
}

static void
draw_legend (SiambanPlot *self, GtkSnapshot *snapshot, const Frame *frame, const GdkRGBA *ink)
{
  double x = frame->area.origin.x;

  if (self->title != NULL)
    {
      draw_text (self, snapshot, self->title, x, 12, 0, ink);
      x += 150;
    }

  for (guint i = 0; i < self->series->len; i++)
    {
      const SiambanSeries *series = g_ptr_array_index (self->series, i);
      const double value = value_to_show (self, frame, series);
      g_autofree char *text = isnan (value) ? g_strdup (series->name)
                                            : g_strdup_printf ("%s %.4g", series->name, value);
      GdkRGBA color;

      gdk_rgba_parse (&color, colors[i % G_N_ELEMENTS (colors)]);
      gtk_snapshot_append_color (snapshot, &color, &GRAPHENE_RECT_INIT ((float) x, 10, 14, 4));
      draw_text (self, snapshot, text, x + 20, 12, 0, ink);
      x += 150;
    }
}

static void
siamban_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SiambanPlot *self = SIAMBAN_PLOT (widget);
  const float width = (float) gtk_widget_get_width (widget);
  const float height = (float) gtk_widget_get_height (widget);
  GdkRGBA ink;
  Frame frame = { 0 };

  if (width < MARGIN_LEFT + MARGIN_RIGHT + 10 || height < MARGIN_TOP + MARGIN_BOTTOM + 10)
    return;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  frame.area = GRAPHENE_RECT_INIT (MARGIN_LEFT, MARGIN_TOP, width - MARGIN_LEFT - MARGIN_RIGHT,
                                   height - MARGIN_TOP - MARGIN_BOTTOM);
  find_ranges (self, &frame);
  draw_grid (self, snapshot, &frame, &ink);
  draw_curves (self, snapshot, &frame);
  draw_legend (self, snapshot, &frame, &ink);

  if (!isnan (self->pointer_x))
    {
      GdkRGBA line = ink;

      line.alpha = 0.4f;
      gtk_snapshot_append_color (
          snapshot, &line,
          &GRAPHENE_RECT_INIT ((float) self->pointer_x, MARGIN_TOP, 1, frame.area.size.height));
    }
}

static void
siamban_plot_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 140;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 260;
}

static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);
  const double right = gtk_widget_get_width (GTK_WIDGET (self)) - MARGIN_RIGHT;

  self->pointer_x = CLAMP (x, MARGIN_LEFT, right);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
leave_cb (GtkEventControllerMotion *motion, gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);

  self->pointer_x = NAN;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
siamban_plot_finalize (GObject *object)
{
  SiambanPlot *self = SIAMBAN_PLOT (object);

  g_clear_pointer (&self->series, g_ptr_array_unref);
  g_free (self->title);

  G_OBJECT_CLASS (siamban_plot_parent_class)->finalize (object);
}

static void
siamban_plot_class_init (SiambanPlotClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = siamban_plot_finalize;
  widget_class->snapshot = siamban_plot_snapshot;
  widget_class->measure = siamban_plot_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
siamban_plot_init (SiambanPlot *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();

  self->series = g_ptr_array_new_with_free_func ((GDestroyNotify) _siamban_series_free);
  self->pointer_x = NAN;
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
}

GtkWidget *
siamban_plot_new (void)
{
  return g_object_new (SIAMBAN_TYPE_PLOT, NULL);
}

void
siamban_plot_set_title (SiambanPlot *self, const char *title)
{
  g_free (self->title);
  self->title = g_strdup (title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
siamban_plot_set_logarithmic (SiambanPlot *self, gboolean logarithmic)
{
  self->logarithmic = logarithmic;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
siamban_plot_set_smoothing (SiambanPlot *self, double smoothing)
{
  self->smoothing = CLAMP (smoothing, 0, 0.999);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

guint
siamban_plot_add_series (SiambanPlot *self, const char *name)
{
  g_ptr_array_add (self->series, _siamban_series_new (name));

  return self->series->len - 1;
}

/* What a screen reader says of the picture. */
static void
describe (SiambanPlot *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->series->len; i++)
    {
      const SiambanSeries *series = g_ptr_array_index (self->series, i);

      if (series->points->len > 0)
        g_string_append_printf (
            text, "%s%s %.4g", text->len > 0 ? ", " : "", series->name,
            g_array_index (series->points, SiambanPoint, series->points->len - 1).y);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text->str, -1);
}

void
siamban_plot_append (SiambanPlot *self, guint series, double x, double y)
{
  const SiambanPoint point = { x, y };

  g_array_append_val (((SiambanSeries *) g_ptr_array_index (self->series, series))->points, point);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
siamban_plot_clear (SiambanPlot *self)
{
  for (guint i = 0; i < self->series->len; i++)
    g_array_set_size (((SiambanSeries *) g_ptr_array_index (self->series, i))->points, 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
