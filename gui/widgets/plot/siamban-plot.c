/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-plot.h"

#include <glib/gi18n.h>
#include <math.h>

#include "siamban-axis-private.h"
#include "siamban-series-private.h"

#define MARGIN_LEFT 56
#define MARGIN_RIGHT 12
#define MARGIN_TOP 8
#define MARGIN_BOTTOM 24
#define ROW_HEIGHT 20
#define SWATCH_WIDTH 14
#define ZOOM_STEP 0.8
#define PAN_STEP 0.1

/**
 * SiambanPlot:
 *
 * Curves over the iteration. Each is drawn with at most one column a pixel, raw and faint below its
 * smoothed self, so that a million points cost no more than a thousand.
 *
 * The wheel and plus and minus zoom, dragging and the arrows move, a double click and zero show
 * everything again. The y axis follows what is in sight.
 */
struct _SiambanPlot
{
  GtkWidget parent_instance;

  GPtrArray *series; /* of SiambanSeries */
  char *title;
  double smoothing;
  gboolean logarithmic;

  double low, high; /* the part of the x axis in sight; NAN for all of it */
  double drag_low, drag_high;
  double pointer_x; /* of the widget, NAN while the pointer is elsewhere */
  guint describe_id;
};

/* One picture of the plot. */
typedef struct
{
  SiambanAxis x;
  SiambanAxis y;
  graphene_rect_t area;
} Frame;

G_DEFINE_FINAL_TYPE (SiambanPlot, siamban_plot, GTK_TYPE_WIDGET)

enum
{
  PROP_TITLE = 1,
  PROP_SMOOTHING,
  PROP_LOGARITHMIC,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* Apart for the colour-blind, too (after Okabe and Ito), on light and on dark ground. */
static const char *const colors[] = {
  "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#9a7b2f", "#7f7f7f",
};

static void
find_whole (SiambanPlot *self, double *low, double *high)
{
  SiambanAxis whole = { .low = INFINITY, .high = -INFINITY };

  for (guint i = 0; i < self->series->len; i++)
    {
      const GArray *points = ((SiambanSeries *) g_ptr_array_index (self->series, i))->points;

      if (points->len == 0)
        continue;
      whole.low = MIN (whole.low, g_array_index (points, SiambanPoint, 0).x);
      whole.high = MAX (whole.high, g_array_index (points, SiambanPoint, points->len - 1).x);
    }
  _siamban_axis_widen (&whole);
  *low = whole.low;
  *high = whole.high;
}

static void
find_y_range (SiambanPlot *self, Frame *frame)
{
  SiambanAxis *y = &frame->y;

  y->logarithmic = self->logarithmic;
  y->low = INFINITY;
  y->high = -INFINITY;
  for (guint i = 0; i < self->series->len; i++)
    {
      const SiambanSeries *series = g_ptr_array_index (self->series, i);
      const guint from = _siamban_series_find (series, frame->x.low);
      const guint to = _siamban_series_find (series, nextafter (frame->x.high, INFINITY));
      const SiambanExtent extent = _siamban_series_get_extent (series, from, to);
      const double low = self->logarithmic ? extent.low_positive : extent.low;

      if (low > extent.high)
        continue;
      y->low = MIN (y->low, self->logarithmic ? log10 (low) : low);
      y->high = MAX (y->high, self->logarithmic ? log10 (extent.high) : extent.high);
    }
  _siamban_axis_widen (y);
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
  const double x_step = _siamban_axis_step (frame->x.low, frame->x.high, 6);
  const double y_step = _siamban_axis_step (frame->y.low, frame->y.high, 4);
  GdkRGBA faint = *ink, text = *ink;

  faint.alpha = 0.12f;
  text.alpha = 0.7f;

  for (double i = ceil (frame->y.low / y_step); i * y_step <= frame->y.high; i++)
    {
      const double value = self->logarithmic ? pow (10, i * y_step) : i * y_step;
      const float at = (float) _siamban_axis_to_pixel (&frame->y, value);
      g_autofree char *label = g_strdup_printf (self->logarithmic ? "%.2g" : "%.4g", value);

      gtk_snapshot_append_color (snapshot, &faint,
                                 &GRAPHENE_RECT_INIT (area->origin.x, at, area->size.width, 1));
      draw_text (self, snapshot, label, area->origin.x - 6, at, 1, &text);
    }

  for (double i = ceil (frame->x.low / x_step); i * x_step <= frame->x.high; i++)
    {
      const float at = (float) _siamban_axis_to_pixel (&frame->x, i * x_step);
      g_autofree char *label = g_strdup_printf ("%.6g", i * x_step);

      gtk_snapshot_append_color (snapshot, &faint,
                                 &GRAPHENE_RECT_INIT (at, area->origin.y, 1, area->size.height));
      draw_text (self, snapshot, label, at, area->origin.y + area->size.height + 12, 0.5, &text);
    }
}

typedef struct
{
  double x;
  double top;
  double bottom;
} Bar;

/* What a column covers on whole pixels, from where the one before it ended. */
static Bar
make_bar (const Frame *frame, const GArray *columns, guint at)
{
  const SiambanColumn *column = &g_array_index (columns, SiambanColumn, at);
  double low = column->low, high = column->high;
  double top;

  if (at > 0 && !column->gap)
    {
      const double before = g_array_index (columns, SiambanColumn, at - 1).last;

      low = MIN (low, before);
      high = MAX (high, before);
    }
  top = floor (_siamban_axis_to_pixel (&frame->y, high));

  return (Bar){
    .x = floor (_siamban_axis_to_pixel (&frame->x, column->x)),
    .top = top,
    .bottom = MAX (ceil (_siamban_axis_to_pixel (&frame->y, low)), top + 1),
  };
}

/* Whether a curve is a noisy one with a point for each pixel or more. */
static gboolean
is_dense (const Frame *frame, const GArray *columns)
{
  double height = 0;

  if (columns->len < 0.5 * frame->area.size.width)
    return FALSE;
  for (guint i = 0; i < columns->len; i++)
    {
      const Bar bar = make_bar (frame, columns, i);

      height += bar.bottom - bar.top;
    }

  return height > 4.0 * columns->len;
}

/* A dense curve fills an area: upright bars on whole pixels look the same as the zigzag through all
 * points and are drawn several times as fast. */
static void
add_bars (cairo_t *cr, const Frame *frame, const GArray *columns)
{
  for (guint i = 0; i < columns->len; i++)
    {
      const Bar bar = make_bar (frame, columns, i);
      double width = 1;

      if (i + 1 < columns->len && !g_array_index (columns, SiambanColumn, i + 1).gap)
        width = MAX (make_bar (frame, columns, i + 1).x - bar.x, 1);
      cairo_rectangle (cr, bar.x, bar.top, width, bar.bottom - bar.top);
    }
}

/* A point between two gaps is a line of no length: a dot, as the caps are round. */
static void
add_lines (cairo_t *cr, const Frame *frame, const GArray *columns)
{
  for (guint i = 0; i < columns->len; i++)
    {
      const SiambanColumn *column = &g_array_index (columns, SiambanColumn, i);
      const double x = _siamban_axis_to_pixel (&frame->x, column->x);

      if (i == 0 || column->gap)
        cairo_move_to (cr, x, _siamban_axis_to_pixel (&frame->y, column->first));
      cairo_line_to (cr, x, _siamban_axis_to_pixel (&frame->y, column->first));
      if (column->low < column->high)
        {
          cairo_line_to (cr, x, _siamban_axis_to_pixel (&frame->y, column->low));
          cairo_line_to (cr, x, _siamban_axis_to_pixel (&frame->y, column->high));
          cairo_line_to (cr, x, _siamban_axis_to_pixel (&frame->y, column->last));
        }
    }
}

static void
draw_series (cairo_t *cr, const Frame *frame, const SiambanSeries *series, const GdkRGBA *color)
{
  const guint width = (guint) MAX (frame->area.size.width, 1);
  g_autoptr (GArray)
      columns = _siamban_series_decimate (series, frame->x.low, frame->x.high, width);

  gdk_cairo_set_source_rgba (cr, color);
  if (is_dense (frame, columns))
    {
      add_bars (cr, frame, columns);
      cairo_fill (cr);
    }
  else
    {
      add_lines (cr, frame, columns);
      /* Thousands of corners: nobody sees their shape, and round ones take most of the time. */
      cairo_set_line_join (cr, columns->len < 200 ? CAIRO_LINE_JOIN_ROUND : CAIRO_LINE_JOIN_BEVEL);
      cairo_stroke (cr);
    }
}

static void
draw_curves (SiambanPlot *self, GtkSnapshot *snapshot, const Frame *frame)
{
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &frame->area);

  cairo_set_antialias (cr, CAIRO_ANTIALIAS_FAST);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_width (cr, 1.6);
  for (guint i = 0; i < self->series->len; i++)
    {
      const SiambanSeries *series = g_ptr_array_index (self->series, i);
      GdkRGBA color;

      gdk_rgba_parse (&color, colors[i % G_N_ELEMENTS (colors)]);
      if (self->smoothing > 0)
        {
          GdkRGBA faint = color;

          faint.alpha = 0.25f;
          draw_series (cr, frame, series, &faint);
        }
      draw_series (cr, frame, _siamban_series_get_smooth (series), &color);
    }
  cairo_destroy (cr);
}

/* The value of a series at the pointer, else its last one. NAN if it has none. */
static double
value_to_show (SiambanPlot *self, const Frame *frame, const SiambanSeries *series)
{
  guint at = series->points->len;

  if (at == 0)
    return NAN;
  if (!isnan (self->pointer_x))
    at = _siamban_series_find (series, _siamban_axis_from_pixel (&frame->x, self->pointer_x));

  return g_array_index (series->points, SiambanPoint, MIN (at, series->points->len - 1)).y;
}

/* Lays title and names out in rows, and draws them too if there is a snapshot.
 * Returns: the number of rows */
static guint
flow_legend (SiambanPlot *self, GtkSnapshot *snapshot, const Frame *frame, const GdkRGBA *ink)
{
  const int right = gtk_widget_get_width (GTK_WIDGET (self)) - MARGIN_RIGHT;
  double x = MARGIN_LEFT;
  guint row = 0;

  for (guint i = 0; i <= self->series->len; i++)
    {
      const SiambanSeries *series = i > 0 ? g_ptr_array_index (self->series, i - 1) : NULL;
      g_autofree char *text = NULL;
      g_autoptr (PangoLayout) layout = NULL;
      const double indent = series != NULL ? SWATCH_WIDTH + 6 : 0;
      double y, value;
      int width;

      if (series == NULL && self->title == NULL)
        continue;
      value = series != NULL ? value_to_show (self, frame, series) : NAN;
      text = series == NULL  ? g_strdup (self->title)
             : isnan (value) ? g_strdup (series->name)
                             : g_strdup_printf ("%s %.4g", series->name, value);
      layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
      pango_layout_get_pixel_size (layout, &width, NULL);
      /* In steps, so that a digit more moves nothing. */
      width = (width + 47) / 32 * 32;
      if (x > MARGIN_LEFT && x + indent + width > right)
        {
          x = MARGIN_LEFT;
          row++;
        }

      y = MARGIN_TOP + (row + 0.5) * ROW_HEIGHT;
      if (snapshot != NULL && series != NULL)
        {
          GdkRGBA color;

          gdk_rgba_parse (&color, colors[(i - 1) % G_N_ELEMENTS (colors)]);
          gtk_snapshot_append_color (
              snapshot, &color, &GRAPHENE_RECT_INIT ((float) x, (float) y - 2, SWATCH_WIDTH, 4));
        }
      if (snapshot != NULL)
        draw_text (self, snapshot, text, x + indent, y, 0, ink);
      x += indent + width;
    }

  return row + 1;
}

/* FALSE if there is no room for a picture. */
static gboolean
make_frame (SiambanPlot *self, Frame *frame)
{
  const float width = (float) gtk_widget_get_width (GTK_WIDGET (self)) - MARGIN_LEFT - MARGIN_RIGHT;
  float top, height;

  frame->x = (SiambanAxis){ .start = MARGIN_LEFT, .end = MARGIN_LEFT + width };
  siamban_plot_get_range (self, &frame->x.low, &frame->x.high);
  top = (float) (MARGIN_TOP + ROW_HEIGHT * flow_legend (self, NULL, frame, NULL) + 6);
  height = (float) gtk_widget_get_height (GTK_WIDGET (self)) - top - MARGIN_BOTTOM;
  frame->area = GRAPHENE_RECT_INIT (MARGIN_LEFT, top, width, height);
  frame->y = (SiambanAxis){ .start = top + height - 1, .end = top + 1 };
  find_y_range (self, frame);

  return width >= 10 && height >= 10;
}

static void
siamban_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SiambanPlot *self = SIAMBAN_PLOT (widget);
  GdkRGBA ink;
  Frame frame = { 0 };

  if (!make_frame (self, &frame))
    return;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  draw_grid (self, snapshot, &frame, &ink);
  draw_curves (self, snapshot, &frame);
  flow_legend (self, snapshot, &frame, &ink);

  if (!isnan (self->pointer_x))
    {
      GdkRGBA line = ink;

      line.alpha = 0.4f;
      gtk_snapshot_append_color (snapshot, &line,
                                 &GRAPHENE_RECT_INIT ((float) self->pointer_x, frame.area.origin.y,
                                                      1, frame.area.size.height));
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
zoom (SiambanPlot *self, double pixel, double factor)
{
  const double right = gtk_widget_get_width (GTK_WIDGET (self)) - MARGIN_RIGHT;
  SiambanAxis x = { .start = MARGIN_LEFT, .end = MAX (right, MARGIN_LEFT + 1) };
  double whole_low, whole_high;

  siamban_plot_get_range (self, &x.low, &x.high);
  find_whole (self, &whole_low, &whole_high);
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

  find_whole (self, &whole_low, &whole_high);
  _siamban_axis_pan (&low, &high, distance, whole_low, whole_high);
  siamban_plot_set_range (self, low, high);
}

static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);
  const double right = gtk_widget_get_width (GTK_WIDGET (self)) - MARGIN_RIGHT;

  self->pointer_x = CLAMP (x, MARGIN_LEFT, MAX (right, MARGIN_LEFT));
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

  zoom (self, isnan (self->pointer_x) ? middle : self->pointer_x, pow (ZOOM_STEP, -dy));

  return GDK_EVENT_STOP;
}

static void
drag_begin_cb (GtkGestureDrag *drag, double x, double y, gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);

  gtk_widget_grab_focus (GTK_WIDGET (self));
  siamban_plot_get_range (self, &self->drag_low, &self->drag_high);
}

static void
drag_update_cb (GtkGestureDrag *drag, double dx, double dy, gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);
  const double width = gtk_widget_get_width (GTK_WIDGET (self)) - MARGIN_LEFT - MARGIN_RIGHT;

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
    case GDK_KEY_Left:
    case GDK_KEY_Right:
      if (isnan (self->low))
        return GDK_EVENT_PROPAGATE;
      pan (self, low, high, (high - low) * (key == GDK_KEY_Left ? -PAN_STEP : PAN_STEP));
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/* What a screen reader says of the picture. */
static gboolean
describe_cb (gpointer user_data)
{
  SiambanPlot *self = SIAMBAN_PLOT (user_data);
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
  self->describe_id = 0;

  return G_SOURCE_REMOVE;
}

/* Once, however many points come at a time. */
static void
changed (SiambanPlot *self)
{
  if (self->describe_id == 0)
    self->describe_id = g_idle_add (describe_cb, self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
set_title (SiambanPlot *self, const char *title)
{
  if (g_strcmp0 (title, self->title) == 0)
    return;

  g_free (self->title);
  self->title = g_strdup (title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title != NULL ? title : "", -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
}

static void
set_smoothing (SiambanPlot *self, double smoothing)
{
  if (smoothing == self->smoothing)
    return;

  self->smoothing = smoothing;
  for (guint i = 0; i < self->series->len; i++)
    _siamban_series_set_smoothing (g_ptr_array_index (self->series, i), smoothing);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SMOOTHING]);
}

static void
set_logarithmic (SiambanPlot *self, gboolean logarithmic)
{
  if (logarithmic == self->logarithmic)
    return;

  self->logarithmic = logarithmic;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOGARITHMIC]);
}

static void
siamban_plot_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanPlot *self = SIAMBAN_PLOT (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_SMOOTHING:
      g_value_set_double (value, self->smoothing);
      break;
    case PROP_LOGARITHMIC:
      g_value_set_boolean (value, self->logarithmic);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_plot_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  SiambanPlot *self = SIAMBAN_PLOT (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      set_title (self, g_value_get_string (value));
      break;
    case PROP_SMOOTHING:
      set_smoothing (self, g_value_get_double (value));
      break;
    case PROP_LOGARITHMIC:
      set_logarithmic (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_plot_dispose (GObject *object)
{
  SiambanPlot *self = SIAMBAN_PLOT (object);

  g_clear_handle_id (&self->describe_id, g_source_remove);

  G_OBJECT_CLASS (siamban_plot_parent_class)->dispose (object);
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
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = siamban_plot_get_property;
  object_class->set_property = siamban_plot_set_property;
  object_class->dispose = siamban_plot_dispose;
  object_class->finalize = siamban_plot_finalize;
  widget_class->snapshot = siamban_plot_snapshot;
  widget_class->measure = siamban_plot_measure;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_SMOOTHING] = g_param_spec_double ("smoothing", NULL, NULL, 0, 0.999, 0, flags);
  properties[PROP_LOGARITHMIC] = g_param_spec_boolean ("logarithmic", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
siamban_plot_init (SiambanPlot *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (
      GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  self->series = g_ptr_array_new_with_free_func ((GDestroyNotify) _siamban_series_free);
  self->low = self->high = NAN;
  self->pointer_x = NAN;
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

GtkWidget *
siamban_plot_new (void)
{
  return g_object_new (SIAMBAN_TYPE_PLOT, NULL);
}

guint
siamban_plot_add_series (SiambanPlot *self, const char *name)
{
  SiambanSeries *series = _siamban_series_new (name);

  _siamban_series_set_smoothing (series, self->smoothing);
  g_ptr_array_add (self->series, series);
  changed (self);

  return self->series->len - 1;
}

void
siamban_plot_append (SiambanPlot *self, guint series, double x, double y)
{
  g_return_if_fail (series < self->series->len);

  _siamban_series_append (g_ptr_array_index (self->series, series), x, y);
  changed (self);
}

void
siamban_plot_clear_series (SiambanPlot *self, guint series)
{
  g_return_if_fail (series < self->series->len);

  _siamban_series_clear (g_ptr_array_index (self->series, series));
  changed (self);
}

void
siamban_plot_clear (SiambanPlot *self)
{
  for (guint i = 0; i < self->series->len; i++)
    _siamban_series_clear (g_ptr_array_index (self->series, i));
  siamban_plot_show_all (self);
  changed (self);
}

void
siamban_plot_set_range (SiambanPlot *self, double low, double high)
{
  /* Nearer than numbers can tell apart there is nothing to see. */
  if (!(high - low > 1e-9 * MAX (fabs (low), fabs (high))))
    return;

  self->low = low;
  self->high = high;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
siamban_plot_get_range (SiambanPlot *self, double *low, double *high)
{
  if (isnan (self->low))
    {
      find_whole (self, low, high);
      return;
    }

  *low = self->low;
  *high = self->high;
}

void
siamban_plot_show_all (SiambanPlot *self)
{
  self->low = self->high = NAN;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
