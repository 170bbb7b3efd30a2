/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-plot-private.h"

#define MARGIN_TOP 8
#define MARGIN_BOTTOM 24
#define ROW_HEIGHT 20
#define SWATCH_WIDTH 14
#define MARK_SPACING 36

/* One picture of the plot. */
typedef struct
{
  SiambanAxis x;
  SiambanAxis y;
  graphene_rect_t area;
} Frame;

#define N_COLORS 8

/* Apart for the colour-blind, too (after Okabe and Ito), on light and on dark ground. */
static const char *const colors[N_COLORS] = {
  "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#9a7b2f", "#7f7f7f",
};
/* The same hues, with a contrast of at least 4.5 to 1 to one of the grounds. */
static const char *const dark_colors[N_COLORS] = {
  "#00527f", "#a34000", "#006b4e", "#8f3f6d", "#1a6a9c", "#7d5600", "#5e4a1a", "#4d4d4d",
};
static const char *const bright_colors[N_COLORS] = {
  "#5cb8f5", "#ff9a4d", "#3fd6a5", "#f0a3cf", "#a8dcff", "#ffc445", "#d8bd6f", "#c8c8c8",
};

/* How strongly things are drawn: as usual, and for who needs contrast. */
typedef struct
{
  float grid;
  float text;
  float raw;    /* below what is smoothed */
  float dashed; /* what is there to compare with */
  double line_width;
} Strength;

static const Strength usual = { 0.12f, 0.7f, 0.35f, 0.6f, 1.6 };
static const Strength contrasting = { 0.5f, 1, 0.5f, 0.9f, 2.4 };

static const Strength *
get_strength (SiambanPlot *self)
{
  return self->high_contrast ? &contrasting : &usual;
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

  faint.alpha = get_strength (self)->grid;
  text.alpha = get_strength (self)->text;

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

static GdkRGBA
color_of (SiambanPlot *self, const SiambanSeries *series, const GdkRGBA *ink)
{
  const gboolean on_dark = ink->red + ink->green + ink->blue > 1.5f;
  const char *const *palette = !self->high_contrast ? colors
                               : on_dark            ? bright_colors
                                                    : dark_colors;
  GdkRGBA color;

  gdk_rgba_parse (&color, palette[series->style % N_COLORS]);
  /* What is there to compare with stays behind. */
  if (series->dashed)
    color.alpha = get_strength (self)->dashed;

  return color;
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
draw_curves (SiambanPlot *self, GtkSnapshot *snapshot, const Frame *frame, const GdkRGBA *ink)
{
  const double dashes[] = { 5, 4 };
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &frame->area);

  cairo_set_antialias (cr, CAIRO_ANTIALIAS_FAST);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_width (cr, get_strength (self)->line_width);
  for (guint i = 0; i < self->series->len; i++)
    {
      const SiambanSeries *series = g_ptr_array_index (self->series, i);
      const GdkRGBA color = color_of (self, series, ink);

      cairo_set_dash (cr, dashes, series->dashed ? G_N_ELEMENTS (dashes) : 0, 0);
      if (self->smoothing > 0)
        {
          GdkRGBA faint = color;

          faint.alpha = get_strength (self)->raw;
          draw_series (cr, frame, series, &faint);
        }
      draw_series (cr, frame, _siamban_series_get_smooth (series), &color);
    }
  cairo_destroy (cr);
}

/* The average of a series over what is selected, else its value at the pointer, else its last one.
 * NAN if it has none. */
static double
value_to_show (SiambanPlot *self, const Frame *frame, const SiambanSeries *series)
{
  guint at = series->points->len;

  if (at == 0)
    return NAN;
  if (!isnan (self->selected_low))
    return series->selected_mean;
  if (!isnan (self->pointer_x))
    at = _siamban_series_find (series, _siamban_axis_from_pixel (&frame->x, self->pointer_x));

  return g_array_index (series->points, SiambanPoint, MIN (at, series->points->len - 1)).y;
}

static void
draw_swatch (GtkSnapshot *snapshot,
             const SiambanSeries *series,
             const GdkRGBA *color,
             double x,
             double y)
{
  const float part = series->dashed ? SWATCH_WIDTH * 0.4f : SWATCH_WIDTH;

  gtk_snapshot_append_color (snapshot, color,
                             &GRAPHENE_RECT_INIT ((float) x, (float) y - 2, part, 4));
  if (series->dashed)
    gtk_snapshot_append_color (
        snapshot, color,
        &GRAPHENE_RECT_INIT ((float) x + SWATCH_WIDTH - part, (float) y - 2, part, 4));
}

/* Lays title and names out in rows, and draws them too if there is a snapshot.
 * Returns: the number of rows */
static guint
flow_legend (SiambanPlot *self, GtkSnapshot *snapshot, const Frame *frame, const GdkRGBA *ink)
{
  const int right = gtk_widget_get_width (GTK_WIDGET (self)) - PLOT_MARGIN_RIGHT;
  double x = PLOT_MARGIN_LEFT;
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
      if (x > PLOT_MARGIN_LEFT && x + indent + width > right)
        {
          x = PLOT_MARGIN_LEFT;
          row++;
        }

      y = MARGIN_TOP + (row + 0.5) * ROW_HEIGHT;
      if (snapshot != NULL && series != NULL)
        {
          const GdkRGBA color = color_of (self, series, ink);

          draw_swatch (snapshot, series, &color, x, y);
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
  const float width = (float) gtk_widget_get_width (GTK_WIDGET (self)) - PLOT_MARGIN_LEFT -
                      PLOT_MARGIN_RIGHT;
  float top, height;

  frame->x = (SiambanAxis){ .start = PLOT_MARGIN_LEFT, .end = PLOT_MARGIN_LEFT + width };
  siamban_plot_get_range (self, &frame->x.low, &frame->x.high);
  top = (float) (MARGIN_TOP + ROW_HEIGHT * flow_legend (self, NULL, frame, NULL) + 6);
  height = (float) gtk_widget_get_height (GTK_WIDGET (self)) - top - MARGIN_BOTTOM;
  frame->area = GRAPHENE_RECT_INIT (PLOT_MARGIN_LEFT, top, width, height);
  frame->y = (SiambanAxis){ .start = top + height - 1, .end = top + 1 };
  find_y_range (self, frame);

  return width >= 10 && height >= 10;
}

static void
draw_marks (SiambanPlot *self, GtkSnapshot *snapshot, const Frame *frame, const GdkRGBA *ink)
{
  const graphene_rect_t *area = &frame->area;
  GdkRGBA line = *ink, text = *ink;
  double free_from = area->origin.x;

  line.alpha = self->high_contrast ? 0.8f : 0.3f;
  text.alpha = get_strength (self)->text;
  for (guint i = 0; i < self->marks->len; i++)
    {
      const SiambanPlotMark *mark = &g_array_index (self->marks, SiambanPlotMark, i);
      const double at = _siamban_axis_to_pixel (&frame->x, mark->x);

      /* Marks that touch are one: every other one, or fewer, is shown. */
      if (mark->x < frame->x.low || mark->x > frame->x.high || at < free_from)
        continue;
      for (float y = area->origin.y; y < area->origin.y + area->size.height; y += 6)
        gtk_snapshot_append_color (snapshot, &line, &GRAPHENE_RECT_INIT ((float) at, y, 1, 3));
      draw_text (self, snapshot, mark->label, at + 4, area->origin.y + 8, 0, &text);
      free_from = at + MARK_SPACING;
    }
}

static void
draw_selection (SiambanPlot *self, GtkSnapshot *snapshot, const Frame *frame, const GdkRGBA *ink)
{
  const graphene_rect_t *area = &frame->area;
  const double right = area->origin.x + area->size.width;
  GdkRGBA shade = *ink;
  double from, to;

  if (isnan (self->selected_low))
    return;

  shade.alpha = 0.1f;
  from = CLAMP (_siamban_axis_to_pixel (&frame->x, self->selected_low), area->origin.x, right);
  to = CLAMP (_siamban_axis_to_pixel (&frame->x, self->selected_high), area->origin.x, right);
  gtk_snapshot_append_color (
      snapshot, &shade,
      &GRAPHENE_RECT_INIT ((float) from, area->origin.y, (float) (to - from), area->size.height));
}

static void
draw_pointer (SiambanPlot *self, GtkSnapshot *snapshot, const Frame *frame, const GdkRGBA *ink)
{
  GdkRGBA line = *ink;
  g_autofree char *text = NULL;

  if (isnan (self->pointer_x))
    return;

  line.alpha = self->high_contrast ? 1 : 0.4f;
  gtk_snapshot_append_color (snapshot, &line,
                             &GRAPHENE_RECT_INIT ((float) self->pointer_x, frame->area.origin.y, 1,
                                                  frame->area.size.height));
  text = g_strdup_printf ("%.0f", _siamban_axis_from_pixel (&frame->x, self->pointer_x));
  draw_text (self, snapshot, text, self->pointer_x,
             frame->area.origin.y + frame->area.size.height - 10, 0.5, ink);
}

static void
draw_focus (SiambanPlot *self, GtkSnapshot *snapshot, const GdkRGBA *ink)
{
  const float width = (float) gtk_widget_get_width (GTK_WIDGET (self));
  const float height = (float) gtk_widget_get_height (GTK_WIDGET (self));
  GdkRGBA color = *ink;
  GskRoundedRect outline;

  if ((gtk_widget_get_state_flags (GTK_WIDGET (self)) & GTK_STATE_FLAG_FOCUS_VISIBLE) == 0)
    return;

  color.alpha = self->high_contrast ? 1 : 0.5f;
  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (1, 1, width - 2, height - 2), 6);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 2, 2, 2, 2 },
                              (GdkRGBA[4]){ color, color, color, color });
}

void
_siamban_plot_draw (SiambanPlot *self, GtkSnapshot *snapshot)
{
  GdkRGBA ink;
  Frame frame = { 0 };

  if (!make_frame (self, &frame))
    return;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &ink);
  draw_selection (self, snapshot, &frame, &ink);
  draw_grid (self, snapshot, &frame, &ink);
  draw_marks (self, snapshot, &frame, &ink);
  draw_curves (self, snapshot, &frame, &ink);
  flow_legend (self, snapshot, &frame, &ink);
  draw_pointer (self, snapshot, &frame, &ink);
  draw_focus (self, snapshot, &ink);
}
