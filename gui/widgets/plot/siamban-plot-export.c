/* SPDX-License-Identifier: Apache-2.0 */
#include <cairo-svg.h>
#include <math.h>
#include <string.h>

#include "siamban-plot-private.h"

#define PNG_SCALE 2

static void
paint (SiambanPlot *self, cairo_t *cr)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  GdkRGBA ink;
  double ground;

  /* What is drawn in a dark window needs a dark ground. */
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &ink);
  ground = ink.red + ink.green + ink.blue > 1.5 ? 0.12 : 1;
  cairo_set_source_rgb (cr, ground, ground, ground);
  cairo_paint (cr);

  _siamban_plot_draw (self, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  if (node != NULL)
    gsk_render_node_draw (node, cr);
}

static gboolean
check (cairo_status_t status, const char *path, GError **error)
{
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot write “%s”: %s", path,
               cairo_status_to_string (status));

  return FALSE;
}

gboolean
siamban_plot_save_png (SiambanPlot *self, const char *path, GError **error)
{
  const int width = MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1);
  const int height = MAX (gtk_widget_get_height (GTK_WIDGET (self)), 1);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width * PNG_SCALE,
                                                         height * PNG_SCALE);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  cairo_scale (cr, PNG_SCALE, PNG_SCALE);
  paint (self, cr);
  cairo_destroy (cr);
  status = cairo_surface_write_to_png (surface, path);
  cairo_surface_destroy (surface);

  return check (status, path, error);
}

gboolean
siamban_plot_save_svg (SiambanPlot *self, const char *path, GError **error)
{
  cairo_surface_t *surface = cairo_svg_surface_create (
      path, MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1),
      MAX (gtk_widget_get_height (GTK_WIDGET (self)), 1));
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  paint (self, cr);
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);

  return check (status, path, error);
}

static void
append_name (GString *text, const char *name)
{
  g_autoptr (GString) quoted = g_string_new (name);

  g_string_replace (quoted, "\"", "\"\"", 0);
  g_string_append_printf (text, ",\"%s\"", quoted->str);
}

/* The smallest x that no series has written yet; infinite at the end. */
static double
find_next (SiambanPlot *self, const guint *at)
{
  double next = INFINITY;

  for (guint i = 0; i < self->series->len; i++)
    {
      const GArray *points = ((SiambanSeries *) g_ptr_array_index (self->series, i))->points;

      if (at[i] < points->len)
        next = MIN (next, g_array_index (points, SiambanPoint, at[i]).x);
    }

  return next;
}

char *
siamban_plot_to_csv (SiambanPlot *self)
{
  g_autoptr (GString) text = g_string_new ("x");
  g_autofree guint *at = g_new0 (guint, self->series->len);
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  double x;

  for (guint i = 0; i < self->series->len; i++)
    append_name (text, ((SiambanSeries *) g_ptr_array_index (self->series, i))->name);
  g_string_append_c (text, '\n');

  while (isfinite (x = find_next (self, at)))
    {
      g_string_append (text, g_ascii_dtostr (number, sizeof number, x));
      for (guint i = 0; i < self->series->len; i++)
        {
          const GArray *points = ((SiambanSeries *) g_ptr_array_index (self->series, i))->points;

          g_string_append_c (text, ',');
          if (at[i] >= points->len || g_array_index (points, SiambanPoint, at[i]).x > x)
            continue;
          if (isfinite (g_array_index (points, SiambanPoint, at[i]).y))
            g_string_append (text, g_ascii_formatd (number, sizeof number, "%.9g",
                                                    g_array_index (points, SiambanPoint, at[i]).y));
          at[i]++;
        }
      g_string_append_c (text, '\n');
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}
