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

static cairo_surface_t *
paint_png (SiambanPlot *self)
{
  const int width = MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1);
  const int height = MAX (gtk_widget_get_height (GTK_WIDGET (self)), 1);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width * PNG_SCALE,
                                                         height * PNG_SCALE);
  cairo_t *cr = cairo_create (surface);

  cairo_scale (cr, PNG_SCALE, PNG_SCALE);
  paint (self, cr);
  cairo_destroy (cr);

  return surface;
}

static cairo_status_t
collect_cb (gpointer bytes, const guchar *data, guint length)
{
  g_byte_array_append (bytes, data, length);

  return CAIRO_STATUS_SUCCESS;
}

/* @bytes gets the text when the surface is finished. */
static cairo_surface_t *
paint_svg (SiambanPlot *self, GByteArray *bytes)
{
  cairo_surface_t *surface = cairo_svg_surface_create_for_stream (
      collect_cb, bytes, MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1),
      MAX (gtk_widget_get_height (GTK_WIDGET (self)), 1));
  cairo_t *cr = cairo_create (surface);

  paint (self, cr);
  cairo_destroy (cr);

  return surface;
}

/* The numbers of a plot, apart from it, so that a thread can write them while it goes on. */
typedef struct
{
  guint n_series;
  char **names;
  GArray **points; /* of SiambanPoint */
} Table;

static void
free_table (gpointer data)
{
  Table *table = data;

  for (guint i = 0; i < table->n_series; i++)
    g_array_unref (table->points[i]);
  g_free (table->points);
  g_strfreev (table->names);
  g_free (table);
}

static Table *
copy_table (SiambanPlot *self)
{
  Table *table = g_new0 (Table, 1);

  table->n_series = self->series->len;
  table->names = g_new0 (char *, self->series->len + 1);
  table->points = g_new0 (GArray *, self->series->len);
  for (guint i = 0; i < self->series->len; i++)
    {
      const SiambanSeries *series = g_ptr_array_index (self->series, i);

      table->names[i] = g_strdup (series->name);
      table->points[i] = g_array_copy (series->points);
    }

  return table;
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
find_next (const Table *table, const guint *at)
{
  double next = INFINITY;

  for (guint i = 0; i < table->n_series; i++)
    if (at[i] < table->points[i]->len)
      next = MIN (next, g_array_index (table->points[i], SiambanPoint, at[i]).x);

  return next;
}

static char *
format_table (const Table *table)
{
  g_autoptr (GString) text = g_string_new ("x");
  g_autofree guint *at = g_new0 (guint, table->n_series);
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  double x;

  for (guint i = 0; i < table->n_series; i++)
    append_name (text, table->names[i]);
  g_string_append_c (text, '\n');

  while (isfinite (x = find_next (table, at)))
    {
      g_string_append (text, g_ascii_dtostr (number, sizeof number, x));
      for (guint i = 0; i < table->n_series; i++)
        {
          const GArray *points = table->points[i];

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

char *
siamban_plot_to_csv (SiambanPlot *self)
{
  Table *table = copy_table (self);
  char *text = format_table (table);

  free_table (table);

  return text;
}

/* What a thread writes; the picture is painted already. */
typedef struct
{
  char *path;
  Table *table;             /* NULL for a picture */
  cairo_surface_t *surface; /* NULL for numbers */
  GByteArray *bytes;        /* of the picture's file */
} Export;

static void
free_export (gpointer data)
{
  Export *export = data;

  g_free (export->path);
  g_clear_pointer (&export->table, free_table);
  /* One that is not finished writes its end. */
  g_clear_pointer (&export->surface, cairo_surface_destroy);
  g_byte_array_unref (export->bytes);
  g_free (export);
}

static gboolean
encode (const Export *export, GError **error)
{
  cairo_status_t status;

  if (cairo_surface_get_type (export->surface) == CAIRO_SURFACE_TYPE_SVG)
    {
      cairo_surface_finish (export->surface);
      status = cairo_surface_status (export->surface);
    }
  else
    status = cairo_surface_write_to_png_stream (export->surface, collect_cb, export->bytes);

  return check (status, export->path, error);
}

/* A file of that name is replaced when all of the new one is there. */
static gboolean
write_export (const Export *export, GError **error)
{
  g_autofree char *text = NULL;

  if (export->table != NULL)
    {
      text = format_table (export->table);
      return g_file_set_contents (export->path, text, -1, error);
    }

  return encode (export, error) &&
         g_file_set_contents (export->path, (const char *) export->bytes->data,
                              (gssize) export->bytes->len, error);
}

static void
export_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (write_export (task_data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
siamban_plot_export_async (SiambanPlot *self,
                           const char *path,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Export *export = g_new0 (Export, 1);

  g_task_set_source_tag (task, siamban_plot_export_async);
  export->path = g_strdup (path);
  export->bytes = g_byte_array_new ();
  if (g_str_has_suffix (path, ".csv"))
    export->table = copy_table (self);
  else
    export->surface = g_str_has_suffix (path, ".svg") ? paint_svg (self, export->bytes)
                                                      : paint_png (self);
  g_task_set_task_data (task, export, free_export);
  g_task_run_in_thread (task, export_thread);
}

gboolean
siamban_plot_export_finish (SiambanPlot *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
