/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-histogram-view.h"

#include <glib/gi18n.h>

#define WIDTH 180
#define HEIGHT 72
#define GAP 1.0

/* Bars, with the least, the middle and the largest value below. */
struct _SiambanHistogramView
{
  GtkWidget parent_instance;

  GtkWidget *title;
  GtkWidget *bars;
  GtkWidget *caption;
  SiambanHistogram *histogram;
  char *unit;
};

G_DEFINE_FINAL_TYPE (SiambanHistogramView, siamban_histogram_view, GTK_TYPE_WIDGET)

static guint64
find_highest (SiambanHistogram *histogram)
{
  guint64 highest = 1;

  for (guint i = 0; i < siamban_histogram_get_n_bins (histogram); i++)
    highest = MAX (highest, siamban_histogram_get_count (histogram, i));

  return highest;
}

static void
draw_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer user_data)
{
  SiambanHistogramView *self = user_data;
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (area));
  const guint n = siamban_histogram_get_n_bins (self->histogram);
  const double highest = (double) find_highest (self->histogram);
  GdkRGBA color;

  gtk_style_context_get_color (style, &color);
  cairo_set_source_rgba (cr, (double) color.red, (double) color.green, (double) color.blue, 0.3);
  cairo_rectangle (cr, 0, height - 1, width, 1);
  cairo_fill (cr);
  if (!gtk_style_context_lookup_color (style, "accent_color", &color))
    gtk_style_context_get_color (style, &color);
  gdk_cairo_set_source_rgba (cr, &color);
  for (guint i = 0; i < n; i++)
    {
      const double bar = (double) siamban_histogram_get_count (self->histogram, i) / highest *
                         (height - 2);

      cairo_rectangle (cr, (double) width / n * i, height - 1 - bar, (double) width / n - GAP, bar);
    }
  cairo_fill (cr);
}

static gboolean
query_tooltip_cb (SiambanHistogramView *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  const guint n = siamban_histogram_get_n_bins (self->histogram);
  const int width = gtk_widget_get_width (self->bars);
  g_autofree char *text = NULL;
  guint64 count;
  guint bin;

  if (n == 0 || width <= 0 || x < 0)
    return FALSE;
  bin = MIN ((guint) x * n / (guint) width, n - 1);
  count = siamban_histogram_get_count (self->histogram, bin);
  text = g_strdup_printf ("%.4g – %.4g %s: %" G_GUINT64_FORMAT,
                          siamban_histogram_get_edge (self->histogram, bin),
                          siamban_histogram_get_edge (self->histogram, bin + 1), self->unit, count);
  gtk_tooltip_set_text (tooltip, text);

  return TRUE;
}

static void
siamban_histogram_view_dispose (GObject *object)
{
  SiambanHistogramView *self = SIAMBAN_HISTOGRAM_VIEW (object);

  g_clear_pointer (&self->title, gtk_widget_unparent);
  g_clear_pointer (&self->bars, gtk_widget_unparent);
  g_clear_pointer (&self->caption, gtk_widget_unparent);
  g_clear_pointer (&self->histogram, siamban_histogram_unref);
  g_clear_pointer (&self->unit, g_free);

  G_OBJECT_CLASS (siamban_histogram_view_parent_class)->dispose (object);
}

static void
siamban_histogram_view_class_init (SiambanHistogramViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = siamban_histogram_view_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static GtkWidget *
add_label (SiambanHistogramView *self, const char *style)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, style);
  gtk_widget_set_parent (label, GTK_WIDGET (self));

  return label;
}

static void
siamban_histogram_view_init (SiambanHistogramView *self)
{
  GtkBoxLayout *layout = GTK_BOX_LAYOUT (gtk_widget_get_layout_manager (GTK_WIDGET (self)));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (layout, 3);
  self->title = add_label (self, "caption-heading");
  self->bars = gtk_drawing_area_new ();
  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (self->bars), WIDTH);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (self->bars), HEIGHT);
  gtk_widget_set_has_tooltip (self->bars, TRUE);
  g_signal_connect_swapped (self->bars, "query-tooltip", G_CALLBACK (query_tooltip_cb), self);
  gtk_widget_set_parent (self->bars, GTK_WIDGET (self));
  self->caption = add_label (self, "caption");
}

GtkWidget *
siamban_histogram_view_new (SiambanHistogram *histogram, const char *title, const char *unit)
{
  SiambanHistogramView *self = g_object_new (SIAMBAN_TYPE_HISTOGRAM_VIEW, NULL);
  g_autofree char *suffix = NULL;
  g_autofree char *caption = NULL;
  g_autofree char *summary = NULL;

  self->histogram = siamban_histogram_ref (histogram);
  self->unit = g_strdup (unit);
  gtk_label_set_text (GTK_LABEL (self->title), title);
  suffix = *unit != '\0' ? g_strconcat (" ", unit, NULL) : g_strdup ("");
  /* Translators: the least and the largest value, the unit with a space before it, the median. */
  caption = g_strdup_printf (
      _ ("%.4g to %.4g%s, median %.4g"), siamban_histogram_get_minimum (histogram),
      siamban_histogram_get_maximum (histogram), suffix, siamban_histogram_get_median (histogram));
  gtk_label_set_text (GTK_LABEL (self->caption), caption);
  summary = g_strdup_printf ("%s: %s", title, caption);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, summary,
                                  -1);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (self->bars), draw_cb, self, NULL);

  return GTK_WIDGET (self);
}
