/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <math.h>

#include "siamban-plot.h"

#define WIDTH 700
#define HEIGHT 300
#define N_SERIES 8

/* Pictures go where this names a folder, to be looked at. */
static const char *pictures;
static gint64 bench_points;

typedef struct
{
  GtkWidget *window;
  SiambanPlot *plot;
} Fixture;

static void
set_up (Fixture *fixture, int width, int height)
{
  fixture->plot = SIAMBAN_PLOT (siamban_plot_new ());
  fixture->window = gtk_window_new ();
  gtk_window_set_titlebar (GTK_WINDOW (fixture->window), gtk_box_new (0, 0));
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), width, height);
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (fixture->plot));
  gtk_window_present (GTK_WINDOW (fixture->window));
  while (gtk_widget_get_width (GTK_WIDGET (fixture->plot)) == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture *fixture)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* What the widget draws, on white. */
static cairo_surface_t *
draw (Fixture *fixture)
{
  GtkWidget *widget = GTK_WIDGET (fixture->plot);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  cairo_surface_t *surface = cairo_image_surface_create (
      CAIRO_FORMAT_RGB24, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  cairo_t *cr = cairo_create (surface);
  g_autoptr (GskRenderNode) node = NULL;

  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  GTK_WIDGET_GET_CLASS (widget)->snapshot (widget, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  if (node != NULL)
    gsk_render_node_draw (node, cr);
  cairo_destroy (cr);

  return surface;
}

static void
keep (cairo_surface_t *surface, const char *name)
{
  g_autofree char *path = NULL;

  if (pictures == NULL)
    return;

  g_assert_cmpint (g_mkdir_with_parents (pictures, 0755), ==, 0);
  path = g_build_filename (pictures, name, NULL);
  g_assert_cmpint (cairo_surface_write_to_png (surface, path), ==, CAIRO_STATUS_SUCCESS);
}

/* Whether the colour of the first series is anywhere near a column, below the legend. */
static gboolean
shows_curve (cairo_surface_t *surface, int column)
{
  const guint8 *data = cairo_image_surface_get_data (surface);
  const int stride = cairo_image_surface_get_stride (surface);

  for (int y = 30; y < cairo_image_surface_get_height (surface) - 26; y++)
    for (int x = column - 1; x <= column + 1; x++)
      {
        const guint8 *pixel = data + y * stride + x * 4;

        /* blue, green, red: #0072b2 over white */
        if (pixel[0] > pixel[2] + 60)
          return TRUE;
      }

  return FALSE;
}

static int
pixel_of (Fixture *fixture, double share)
{
  return 56 + (int) (share * (gtk_widget_get_width (GTK_WIDGET (fixture->plot)) - 56 - 12));
}

static gboolean
press_with (Fixture *fixture, guint key, GdkModifierType modifiers)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (fixture->plot));
  gboolean handled = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", key, 0, modifiers, &handled);
    }

  return handled;
}

static gboolean
press (Fixture *fixture, guint key)
{
  return press_with (fixture, key, 0);
}

static void
test_gap (void)
{
  Fixture fixture;
  cairo_surface_t *surface;

  set_up (&fixture, WIDTH, HEIGHT);
  g_object_set (fixture.plot, "title", "Loss", NULL);
  siamban_plot_add_series (fixture.plot, "total");
  for (guint i = 0; i <= 100; i++)
    siamban_plot_append (fixture.plot, 0, i,
                         (i > 40 && i < 60) || i == 79 || i == 81 ? NAN : sin (i / 10.0));
  surface = draw (&fixture);
  keep (surface, "plot-gap.png");

  g_assert_true (shows_curve (surface, pixel_of (&fixture, 0.2)));
  g_assert_false (shows_curve (surface, pixel_of (&fixture, 0.5)));
  g_assert_true (shows_curve (surface, pixel_of (&fixture, 0.7)));
  /* alone between two gaps */
  g_assert_true (shows_curve (surface, pixel_of (&fixture, 0.8)));
  g_assert_false (shows_curve (surface, pixel_of (&fixture, 0.79)));

  cairo_surface_destroy (surface);
  tear_down (&fixture);
}

static void
test_keys (void)
{
  Fixture fixture;
  double low, high;

  set_up (&fixture, WIDTH, HEIGHT);
  siamban_plot_add_series (fixture.plot, "total");
  for (guint i = 0; i <= 100; i++)
    siamban_plot_append (fixture.plot, 0, i, i);

  siamban_plot_get_range (fixture.plot, &low, &high);
  g_assert_cmpfloat (low, ==, 0);
  g_assert_cmpfloat (high, ==, 100);
  /* All is in sight: nowhere to go, so that the key is left to the window. */
  g_assert_false (press (&fixture, GDK_KEY_Left));

  g_assert_true (press (&fixture, GDK_KEY_plus));
  siamban_plot_get_range (fixture.plot, &low, &high);
  g_assert_cmpfloat_with_epsilon (high - low, 80, 1e-6);
  for (guint i = 0; i < 20; i++)
    g_assert_true (press (&fixture, GDK_KEY_Right));
  siamban_plot_get_range (fixture.plot, &low, &high);
  g_assert_cmpfloat_with_epsilon (high, 100, 1e-6);
  g_assert_cmpfloat_with_epsilon (low, 20, 1e-6);

  /* However often, it stays a range. */
  for (guint i = 0; i < 500; i++)
    press (&fixture, GDK_KEY_plus);
  siamban_plot_get_range (fixture.plot, &low, &high);
  g_assert_cmpfloat (low, <, high);
  cairo_surface_destroy (draw (&fixture));

  g_assert_true (press (&fixture, GDK_KEY_0));
  siamban_plot_append (fixture.plot, 0, 200, 1);
  siamban_plot_get_range (fixture.plot, &low, &high);
  g_assert_cmpfloat (high, ==, 200);

  tear_down (&fixture);
}

static gboolean
press_with_shift (Fixture *fixture, guint key)
{
  return press_with (fixture, key, GDK_SHIFT_MASK);
}

/* A part is selected by keys, shown alone, and forgotten. */
static void
test_selection (void)
{
  Fixture fixture;
  double low, high;

  set_up (&fixture, WIDTH, HEIGHT);
  siamban_plot_add_series (fixture.plot, "total");
  for (guint i = 0; i <= 100; i++)
    siamban_plot_append (fixture.plot, 0, i, i);
  siamban_plot_add_mark (fixture.plot, 40, "2");

  g_assert_false (siamban_plot_get_selection (fixture.plot, &low, &high));
  g_assert_false (press (&fixture, GDK_KEY_Return));
  for (guint i = 0; i < 3; i++)
    g_assert_true (press_with_shift (&fixture, GDK_KEY_Right));
  g_assert_true (siamban_plot_get_selection (fixture.plot, &low, &high));
  g_assert_cmpfloat_with_epsilon (low, 50, 1e-6);
  g_assert_cmpfloat_with_epsilon (high, 80, 1e-6);
  cairo_surface_destroy (draw (&fixture));

  g_assert_true (press (&fixture, GDK_KEY_Return));
  g_assert_false (siamban_plot_get_selection (fixture.plot, &low, &high));
  siamban_plot_get_range (fixture.plot, &low, &high);
  g_assert_cmpfloat_with_epsilon (low, 50, 1e-6);
  g_assert_cmpfloat_with_epsilon (high, 80, 1e-6);

  siamban_plot_select (fixture.plot, 60, 70);
  g_assert_true (press (&fixture, GDK_KEY_Escape));
  g_assert_false (siamban_plot_get_selection (fixture.plot, &low, &high));

  tear_down (&fixture);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
export_plot (Fixture *fixture, const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  siamban_plot_export_async (fixture->plot, path, exported_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return siamban_plot_export_finish (fixture->plot, result, error);
}

/* Two series that do not share every x; one has a gap and a name that needs quotes. */
static void
test_export (void)
{
  g_autofree char *folder = g_dir_make_tmp ("siamban-plot-XXXXXX", NULL);
  g_autofree char *png = g_build_filename (folder, "plot.png", NULL);
  g_autofree char *svg = g_build_filename (folder, "plot.svg", NULL);
  g_autofree char *numbers = g_build_filename (folder, "plot.csv", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "none", "plot.png", NULL);
  g_autoptr (GdkPixbuf) picture = NULL;
  g_autofree char *text = NULL;
  g_autofree char *csv = NULL;
  g_autoptr (GError) error = NULL;
  Fixture fixture;

  set_up (&fixture, WIDTH, HEIGHT);
  siamban_plot_add_series (fixture.plot, "total");
  siamban_plot_add_series (fixture.plot, "the \"other\" run");
  siamban_plot_append (fixture.plot, 0, 1, 0.5);
  siamban_plot_append (fixture.plot, 0, 2, NAN);
  siamban_plot_append (fixture.plot, 0, 4, 0.25);
  siamban_plot_append (fixture.plot, 1, 2, 3);
  siamban_plot_append (fixture.plot, 1, 3, 4);

  csv = siamban_plot_to_csv (fixture.plot);
  g_assert_cmpstr (csv, ==, "x,\"total\",\"the \"\"other\"\" run\"\n1,0.5,\n2,,3\n3,,4\n4,0.25,\n");

  g_assert_true (export_plot (&fixture, numbers, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (numbers, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, csv);
  g_clear_pointer (&text, g_free);

  g_assert_true (export_plot (&fixture, png, &error));
  g_assert_no_error (error);
  picture = gdk_pixbuf_new_from_file (png, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gdk_pixbuf_get_width (picture), ==,
                   2 * gtk_widget_get_width (GTK_WIDGET (fixture.plot)));
  g_assert_true (export_plot (&fixture, svg, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (svg, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "<svg"));
  g_assert_nonnull (strstr (text, "<path"));
  g_assert_false (export_plot (&fixture, nowhere, &error));
  g_assert_nonnull (strstr (error->message, nowhere));

  g_unlink (png);
  g_unlink (svg);
  g_unlink (numbers);
  g_rmdir (folder);
  tear_down (&fixture);
}

/* Nothing, one point, only gaps, values that no logarithm knows. */
static void
test_little (void)
{
  Fixture fixture;

  set_up (&fixture, WIDTH, HEIGHT);
  cairo_surface_destroy (draw (&fixture));
  siamban_plot_add_series (fixture.plot, "total");
  cairo_surface_destroy (draw (&fixture));
  siamban_plot_append (fixture.plot, 0, 1, NAN);
  cairo_surface_destroy (draw (&fixture));
  siamban_plot_append (fixture.plot, 0, 2, 5);
  cairo_surface_destroy (draw (&fixture));
  g_object_set (fixture.plot, "logarithmic", TRUE, NULL);
  siamban_plot_append (fixture.plot, 0, 3, 0);
  siamban_plot_append (fixture.plot, 0, 4, -1e300);
  cairo_surface_destroy (draw (&fixture));
  siamban_plot_clear (fixture.plot);
  cairo_surface_destroy (draw (&fixture));
  tear_down (&fixture);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  const gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

/* Eight series: time from a moved range to pixels. A few points are the test, a million the
 * measurement. */
static void
test_speed (void)
{
  enum
  {
    N_FRAMES = 200
  };
  const gint64 n_points = bench_points > 0 ? bench_points : 20000;
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  gint64 times[N_FRAMES];
  Fixture fixture;
  cairo_surface_t *surface;

  set_up (&fixture, 1400, 400);
  g_object_set (fixture.plot, "title", "Loss", NULL);
  for (guint i = 0; i < N_SERIES; i++)
    {
      g_autofree char *name = g_strdup_printf ("series %u", i + 1);

      siamban_plot_add_series (fixture.plot, name);
    }
  for (gint64 i = 0; i < n_points; i++)
    for (guint j = 0; j < N_SERIES; j++)
      siamban_plot_append (fixture.plot, j, (double) i,
                           1 + j / 2.0 + exp (-4.0 * (double) i / (double) n_points) +
                               g_rand_double_range (random, -0.2, 0.2));
  surface = draw (&fixture);
  keep (surface, "plot-eight.png");
  cairo_surface_destroy (surface);

  for (guint i = 0; i < N_FRAMES; i++)
    {
      /* In to a thousandth and out again, moving along. */
      const double share = pow (10, -3 * sin (G_PI * i / N_FRAMES));
      const double width = share * (double) (n_points - 1);
      const double low = ((double) n_points - 1 - width) * i / N_FRAMES;
      const gint64 start = g_get_monotonic_time ();

      siamban_plot_set_range (fixture.plot, low, low + width);
      cairo_surface_destroy (draw (&fixture));
      times[i] = g_get_monotonic_time () - start;
    }
  qsort (times, N_FRAMES, sizeof *times, compare_times);
  g_test_message ("%" G_GINT64_FORMAT " points x %u: p50 %.1f ms, p95 %.1f ms, max %.1f ms",
                  n_points, N_SERIES, (double) times[N_FRAMES / 2] / 1e3,
                  (double) times[N_FRAMES * 95 / 100] / 1e3, (double) times[N_FRAMES - 1] / 1e3);
  tear_down (&fixture);
}

int
main (int argc, char *argv[])
{
  const char *points = g_getenv ("SIAMBAN_BENCH_POINTS");

  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP no display\n");
      return 0;
    }
  pictures = g_getenv ("SIAMBAN_PICTURES");
  bench_points = points != NULL ? g_ascii_strtoll (points, NULL, 10) : 0;

  g_test_add_func ("/plot/gap", test_gap);
  g_test_add_func ("/plot/keys", test_keys);
  g_test_add_func ("/plot/selection", test_selection);
  g_test_add_func ("/plot/export", test_export);
  g_test_add_func ("/plot/little", test_little);
  g_test_add_func ("/plot/speed", test_speed);

  return g_test_run ();
}
