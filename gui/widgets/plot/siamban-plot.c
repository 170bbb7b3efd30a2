/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban-plot-private.h"

/**
 * SiambanPlot:
 *
 * Curves over the iteration. Each is drawn with at most one column a pixel, raw and faint below its
 * smoothed self, so that a million points cost no more than a thousand.
 *
 * The wheel with Control, plus and minus zoom, dragging and the arrows move, a double click and zero show
 * everything again. With Shift, dragging and the arrows select a part, whose averages are shown
 * instead of single values; Return shows that part alone, Escape forgets it. The y axis follows
 * what is in sight.
 */
G_DEFINE_FINAL_TYPE (SiambanPlot, siamban_plot, GTK_TYPE_WIDGET)

enum
{
  PROP_TITLE = 1,
  PROP_SMOOTHING,
  PROP_LOGARITHMIC,
  PROP_HIGH_CONTRAST,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

void
_siamban_plot_find_whole (SiambanPlot *self, double *low, double *high)
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
siamban_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  _siamban_plot_draw (SIAMBAN_PLOT (widget), snapshot);
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
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 180;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 420 : 260;
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
set_high_contrast (SiambanPlot *self, gboolean high_contrast)
{
  if (high_contrast == self->high_contrast)
    return;

  self->high_contrast = high_contrast;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HIGH_CONTRAST]);
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
    case PROP_HIGH_CONTRAST:
      g_value_set_boolean (value, self->high_contrast);
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
    case PROP_HIGH_CONTRAST:
      set_high_contrast (self, g_value_get_boolean (value));
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
  g_clear_pointer (&self->marks, g_array_unref);
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
  properties[PROP_HIGH_CONTRAST] = g_param_spec_boolean ("high-contrast", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
clear_mark (gpointer data)
{
  g_free (((SiambanPlotMark *) data)->label);
}

static void
siamban_plot_init (SiambanPlot *self)
{
  self->series = g_ptr_array_new_with_free_func ((GDestroyNotify) _siamban_series_free);
  self->marks = g_array_new (FALSE, FALSE, sizeof (SiambanPlotMark));
  g_array_set_clear_func (self->marks, clear_mark);
  self->low = self->high = NAN;
  self->selected_low = self->selected_high = NAN;
  self->pointer_x = NAN;
  _siamban_plot_listen (self);
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

  series->style = self->series->len;
  _siamban_series_set_smoothing (series, self->smoothing);
  g_ptr_array_add (self->series, series);
  changed (self);

  return self->series->len - 1;
}

void
siamban_plot_style_series (SiambanPlot *self, guint series, guint style, gboolean dashed)
{
  SiambanSeries *curve;

  g_return_if_fail (series < self->series->len);

  curve = g_ptr_array_index (self->series, series);
  curve->style = style;
  curve->dashed = dashed;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

guint
siamban_plot_get_n_series (SiambanPlot *self)
{
  return self->series->len;
}

void
siamban_plot_remove_series (SiambanPlot *self, guint first)
{
  g_return_if_fail (first <= self->series->len);

  g_ptr_array_set_size (self->series, (int) first);
  changed (self);
}

void
siamban_plot_add_mark (SiambanPlot *self, double x, const char *label)
{
  const SiambanPlotMark mark = { x, g_strdup (label) };

  g_array_append_val (self->marks, mark);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
siamban_plot_clear_marks (SiambanPlot *self)
{
  g_array_set_size (self->marks, 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Computed once, as it may be of a million points. */
static double
get_mean (const SiambanSeries *series, double low, double high)
{
  const guint end = _siamban_series_find (series, nextafter (high, INFINITY));
  double sum = 0;
  guint n = 0;

  for (guint i = _siamban_series_find (series, low); i < end; i++)
    {
      const double y = g_array_index (series->points, SiambanPoint, i).y;

      if (isfinite (y))
        {
          sum += y;
          n++;
        }
    }

  return n > 0 ? sum / n : NAN;
}

void
siamban_plot_select (SiambanPlot *self, double low, double high)
{
  if (isnan (low) || !(low < high))
    low = high = NAN;

  self->selected_low = low;
  self->selected_high = high;
  for (guint i = 0; i < self->series->len && !isnan (low); i++)
    {
      SiambanSeries *series = g_ptr_array_index (self->series, i);

      series->selected_mean = get_mean (series, low, high);
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
siamban_plot_get_selection (SiambanPlot *self, double *low, double *high)
{
  *low = self->selected_low;
  *high = self->selected_high;

  return !isnan (self->selected_low);
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
      _siamban_plot_find_whole (self, low, high);
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
