/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-label-view.h"

#include <glib/gi18n.h>
#include <math.h>

/* Pixels of the picture for one of the sample, so that labels are drawn sharp. */
#define ZOOM 3
#define MIN_SIZE 200
#define NATURAL_SIZE 510
#define HEAD 5.0

/* The search image as the library draws it. The point under the pointer, or the one that the arrow keys
 * went to, is described, and its distances to the edges of the box are drawn. */
struct _SiambanLabelView
{
  GtkWidget parent_instance;

  SiambanSample *sample;
  SiambanSampleParts parts;
  GdkTexture *texture;
  int row; /* of the point that is described; −1 for none */
  int column;
  char *description;
};

enum
{
  PROP_DESCRIPTION = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (SiambanLabelView, siamban_label_view, GTK_TYPE_WIDGET)

GdkTexture *
siamban_texture_new_for_image (SiambanImage *image)
{
  const int width = (int) siamban_image_get_width (image);
  const int height = (int) siamban_image_get_height (image);
  g_autoptr (GBytes) bytes = siamban_image_get_bytes (image);

  return gdk_memory_texture_new (width, height, GDK_MEMORY_B8G8R8, bytes, (gsize) width * 3);
}

/* Where a point lies, in pixels of the search image. */
static double
position_of (SiambanLabelView *self, int i)
{
  const int search = (int) siamban_sample_get_search_size (self->sample);
  const int output = (int) siamban_sample_get_output_size (self->sample);
  const int stride = (int) siamban_sample_get_stride (self->sample);

  return search / 2 - output / 2 * stride + i * stride;
}

static const char *
name_label (int label)
{
  if (label > 0)
    return _ ("target");

  return label == 0 ? _ ("background") : _ ("ignored");
}

/* Left, top, right, bottom. */
static void
get_offsets (SiambanLabelView *self, float offsets[4])
{
  g_autoptr (GBytes) bytes = siamban_sample_get_label_loc (self->sample);
  const float *values = g_bytes_get_data (bytes, NULL);
  const gsize side = siamban_sample_get_output_size (self->sample);

  for (gsize i = 0; i < 4; i++)
    offsets[i] = values[(i * side + (gsize) self->row) * side + (gsize) self->column];
}

static int
get_label (SiambanLabelView *self)
{
  g_autoptr (GBytes) bytes = siamban_sample_get_label_cls (self->sample);
  const gint8 *labels = g_bytes_get_data (bytes, NULL);

  return labels[(guint) self->row * siamban_sample_get_output_size (self->sample) +
                (guint) self->column];
}

static void
describe (SiambanLabelView *self)
{
  float offsets[4];

  g_free (self->description);
  self->description = NULL;
  if (self->sample == NULL)
    self->description = g_strdup ("");
  else if (self->row < 0)
    self->description = g_strdup (
        _ ("Point at a label, or use the arrow keys, to read its numbers"));
  else
    {
      get_offsets (self, offsets);
      self->description = g_strdup_printf (
          _ ("Row %d, column %d: %s; left %.1f, top %.1f, right %.1f, bottom %.1f"), self->row,
          self->column, name_label (get_label (self)), (double) offsets[0], (double) offsets[1],
          (double) offsets[2], (double) offsets[3]);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  self->description, -1);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DESCRIPTION]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
draw_again (SiambanLabelView *self)
{
  g_autoptr (SiambanImage) image = NULL;

  g_clear_object (&self->texture);
  if (self->sample != NULL)
    {
      image = siamban_sample_render (self->sample, SIAMBAN_SAMPLE_SEARCH | self->parts, ZOOM);
      self->texture = siamban_texture_new_for_image (image);
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
siamban_label_view_set_sample (SiambanLabelView *self, SiambanSample *sample)
{
  g_clear_pointer (&self->sample, siamban_sample_unref);
  if (sample != NULL)
    {
      const int side = (int) siamban_sample_get_output_size (sample);

      self->sample = siamban_sample_ref (sample);
      if (self->row >= side || self->column >= side)
        self->row = self->column = -1;
    }
  draw_again (self);
  describe (self);
}

void
siamban_label_view_set_parts (SiambanLabelView *self, SiambanSampleParts parts)
{
  if (self->parts == parts)
    return;

  self->parts = parts;
  draw_again (self);
}

/* The square that the picture fills. */
static void
find_square (SiambanLabelView *self, double *x, double *y, double *side)
{
  const int width = gtk_widget_get_width (GTK_WIDGET (self));
  const int height = gtk_widget_get_height (GTK_WIDGET (self));

  *side = MIN (width, height);
  *x = (width - *side) / 2;
  *y = (height - *side) / 2;
}

static void
select_point (SiambanLabelView *self, int row, int column)
{
  if (row == self->row && column == self->column)
    return;

  self->row = row;
  self->column = column;
  describe (self);
}

static void
motion_cb (SiambanLabelView *self, double x, double y)
{
  double left, top, side, scale;
  int row, column, n;

  if (self->sample == NULL)
    return;
  find_square (self, &left, &top, &side);
  scale = side / siamban_sample_get_search_size (self->sample);
  n = (int) siamban_sample_get_output_size (self->sample);
  column = (int) floor (((x - left) / scale - position_of (self, 0)) /
                            siamban_sample_get_stride (self->sample) +
                        0.5);
  row = (int) floor (
      ((y - top) / scale - position_of (self, 0)) / siamban_sample_get_stride (self->sample) + 0.5);
  if (row < 0 || column < 0 || row >= n || column >= n)
    row = column = -1;
  select_point (self, row, column);
}

static gboolean
move_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  SiambanLabelView *self = SIAMBAN_LABEL_VIEW (widget);
  int dx, dy, n;

  if (self->sample == NULL)
    return FALSE;
  g_variant_get (args, "(ii)", &dx, &dy);
  n = (int) siamban_sample_get_output_size (self->sample);
  if (self->row < 0)
    select_point (self, n / 2, n / 2);
  else
    select_point (self, CLAMP (self->row + dy, 0, n - 1), CLAMP (self->column + dx, 0, n - 1));

  return TRUE;
}

static void
draw_arrow (cairo_t *cr, double x, double y, double to_x, double to_y)
{
  const double length = hypot (to_x - x, to_y - y);
  const double dx = length > 0 ? (to_x - x) / length : 0, dy = length > 0 ? (to_y - y) / length : 0;

  cairo_move_to (cr, x, y);
  cairo_line_to (cr, to_x, to_y);
  cairo_move_to (cr, to_x - HEAD * (dx + dy), to_y - HEAD * (dy - dx));
  cairo_line_to (cr, to_x, to_y);
  cairo_line_to (cr, to_x - HEAD * (dx - dy), to_y - HEAD * (dy + dx));
}

/* In the colours of selected text, with an edge in those of its ground, so that it is seen on any
 * image. */
static void
stroke (SiambanLabelView *self, cairo_t *cr)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA front, back;

  if (!gtk_style_context_lookup_color (style, "accent_bg_color", &front) ||
      !gtk_style_context_lookup_color (style, "accent_fg_color", &back))
    {
      gtk_style_context_get_color (style, &front);
      back = (GdkRGBA){ 1 - front.red, 1 - front.green, 1 - front.blue, 1 };
    }
  gdk_cairo_set_source_rgba (cr, &back);
  cairo_set_line_width (cr, 4);
  cairo_stroke_preserve (cr);
  gdk_cairo_set_source_rgba (cr, &front);
  cairo_set_line_width (cr, 2);
  cairo_stroke (cr);
}

static void
draw_number (SiambanLabelView *self, cairo_t *cr, double x, double y, float value, double side)
{
  g_autofree char *text = g_strdup_printf ("%.1f", (double) value);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA color;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  x = CLAMP (x - width / 2.0, 2, MAX (side - width - 2, 2));
  y = CLAMP (y - height / 2.0, 2, MAX (side - height - 2, 2));
  cairo_rectangle (cr, x - 2, y, width + 4, height);
  if (!gtk_style_context_lookup_color (style, "accent_bg_color", &color))
    gtk_style_context_get_color (style, &color);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_fill (cr);
  if (!gtk_style_context_lookup_color (style, "accent_fg_color", &color))
    gtk_style_context_get_color (style, &color);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_move_to (cr, x, y);
  pango_cairo_show_layout (cr, layout);
}

static void
draw_offsets (SiambanLabelView *self, cairo_t *cr, double side)
{
  const double scale = side / siamban_sample_get_search_size (self->sample);
  const double x = (position_of (self, self->column) + 0.5) * scale;
  const double y = (position_of (self, self->row) + 0.5) * scale;
  float offsets[4];
  double ends[4][2];

  get_offsets (self, offsets);
  ends[0][0] = x - (double) offsets[0] * scale;
  ends[1][1] = y - (double) offsets[1] * scale;
  ends[2][0] = x + (double) offsets[2] * scale;
  ends[3][1] = y + (double) offsets[3] * scale;
  ends[0][1] = ends[2][1] = y;
  ends[1][0] = ends[3][0] = x;

  cairo_arc (cr, x, y, 0.45 * siamban_sample_get_stride (self->sample) * scale, 0, 2 * G_PI);
  stroke (self, cr);
  /* Only within the box is it the distance to all edges; a negative pair has none. */
  for (guint i = 0; i < 4; i++)
    if (offsets[i] > 0)
      {
        draw_arrow (cr, x, y, ends[i][0], ends[i][1]);
        stroke (self, cr);
      }
  for (guint i = 0; i < 4; i++)
    if (offsets[i] > 0)
      draw_number (self, cr, (x + ends[i][0]) / 2, (y + ends[i][1]) / 2, offsets[i], side);
}

static void
siamban_label_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SiambanLabelView *self = SIAMBAN_LABEL_VIEW (widget);
  double x, y, side;
  graphene_rect_t bounds;

  if (self->texture == NULL)
    return;

  find_square (self, &x, &y, &side);
  bounds = GRAPHENE_RECT_INIT (0, 0, (float) side, (float) side);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_append_texture (snapshot, self->texture, &bounds);
  if (self->row >= 0)
    {
      cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);

      draw_offsets (self, cr, side);
      cairo_destroy (cr);
    }
  gtk_snapshot_restore (snapshot);
}

static void
siamban_label_view_measure (GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
  *minimum = MIN_SIZE;
  *natural = NATURAL_SIZE;
}

static void
siamban_label_view_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_DESCRIPTION)
    g_value_set_string (value, SIAMBAN_LABEL_VIEW (object)->description);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_label_view_finalize (GObject *object)
{
  SiambanLabelView *self = SIAMBAN_LABEL_VIEW (object);

  g_clear_pointer (&self->sample, siamban_sample_unref);
  g_clear_object (&self->texture);
  g_free (self->description);

  G_OBJECT_CLASS (siamban_label_view_parent_class)->finalize (object);
}

static void
siamban_label_view_class_init (SiambanLabelViewClass *klass)
{
  static const struct
  {
    guint key;
    int dx, dy;
  } keys[] = {
    { GDK_KEY_Left, -1, 0 }, { GDK_KEY_Right, 1, 0 }, { GDK_KEY_Up, 0, -1 }, { GDK_KEY_Down, 0, 1 }
  };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->get_property = siamban_label_view_get_property;
  G_OBJECT_CLASS (klass)->finalize = siamban_label_view_finalize;
  widget_class->snapshot = siamban_label_view_snapshot;
  widget_class->measure = siamban_label_view_measure;
  gtk_widget_class_set_css_name (widget_class, "labelview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding (widget_class, keys[i].key, 0, move_cb, "(ii)", keys[i].dx,
                                  keys[i].dy);

  props[PROP_DESCRIPTION] = g_param_spec_string ("description", NULL, NULL, NULL,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS |
                                                     G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, props);
}

static void
siamban_label_view_init (SiambanLabelView *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();

  self->row = self->column = -1;
  self->parts = SIAMBAN_SAMPLE_BOXES | SIAMBAN_SAMPLE_POINTS;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Search image with labels"), -1);
}
