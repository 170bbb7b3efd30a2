/* SPDX-License-Identifier: Apache-2.0 */
#include <adwaita.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "siamban-frame-view.h"

/* The grid of frames of the application: how soon it is painted, what keeps the main loop from its
 * turn while it scrolls, and how much memory it takes. */

#define N_PICTURES 64 /* that differ; the others are links to them */
#define FRAMES_A_VIDEO 100

static int n_crops = 100000;
static double seconds = 10;

static const GOptionEntry options[] = {
  { "crops", 0, 0, G_OPTION_ARG_INT, &n_crops, "Crops in the grid", "N" },
  { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds, "Time of each way of scrolling", "SECONDS" },
  { NULL },
};

typedef struct
{
  GtkAdjustment *adjustment;
  gboolean jumps;
  guint n_frames;
  GArray *gaps; /* double, milliseconds between two turns of the main loop */
  GArray *busy; /* double, those of them in which the main thread computed */
  gint64 last;
  double last_busy;
} Probe;

static double
get_megabytes (void)
{
  long total, resident = 0;
  FILE *file = fopen ("/proc/self/statm", "r");

  if (file != NULL && fscanf (file, "%ld %ld", &total, &resident) != 2)
    resident = 0;
  if (file != NULL)
    fclose (file);

  return (double) resident * (double) sysconf (_SC_PAGESIZE) / (1 << 20);
}

static void
fail (GError *error)
{
  fprintf (stderr, "bench-grid: %s\n", error->message);
  exit (1);
}

/* Links to a few pictures under as many names as are asked for. */
static SiambanDataset *
make_dataset (const char *folder)
{
  g_autoptr (SiambanSynth) synth = siamban_synth_new (1, 8, N_PICTURES / 8, 320, 240);
  g_autofree char *originals = g_build_filename (folder, "originals", NULL);
  g_autofree char *root = g_build_filename (folder, "crops", NULL);
  g_autofree char *anno = g_build_filename (folder, "train.json", NULL);
  g_autoptr (GString) json = g_string_new ("{");
  g_autoptr (GListStore) sources = g_list_store_new (SIAMBAN_TYPE_SUB_DATASET);
  g_autoptr (SiambanSubDataset) source = NULL;
  GError *error = NULL;

  if (!siamban_synth_write_crops (synth, originals, &error))
    fail (error);
  for (int i = 0; i < n_crops; i++)
    {
      const int video = i / FRAMES_A_VIDEO, frame = i % FRAMES_A_VIDEO;
      g_autofree char *name = siamban_synth_get_video_name (synth, (guint) (i % 8));
      g_autofree char *from = g_strdup_printf ("%s/%s/%06d.00.x.jpg", originals, name, i / 8 % 8);
      g_autofree char *to = g_strdup_printf ("%s/video-%05d/%06d.00.x.jpg", root, video, frame);

      if (frame == 0)
        {
          g_autofree char *parent = g_path_get_dirname (to);

          g_mkdir_with_parents (parent, 0700);
          g_string_append_printf (json, "%s\"video-%05d\": {\"00\": {", video > 0 ? "}}, " : "",
                                  video);
        }
      if (link (from, to) != 0)
        g_error ("%s: cannot be made", to);
      g_string_append_printf (json, "%s\"%06d\": [10, 10, %d, 60]", frame > 0 ? ", " : "", frame,
                              50 + frame);
    }
  g_string_append (json, "}}}");
  if (!g_file_set_contents (anno, json->str, (gssize) json->len, &error))
    fail (error);
  source = siamban_sub_dataset_new ("BIG", root, anno, 100, -1, 0, &error);
  if (source == NULL)
    fail (error);
  g_list_store_append (sources, source);

  return g_object_new (SIAMBAN_TYPE_DATASET, "sub-datasets", sources, NULL);
}

static void
painted_cb (GdkFrameClock *clock, gpointer user_data)
{
  gint64 *painted = user_data;

  if (*painted == 0)
    *painted = g_get_monotonic_time ();
}

/* Milliseconds that this thread has computed: other programs do not add to it. */
static double
get_busy (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);

  return (double) time.tv_sec * 1e3 + (double) time.tv_nsec / 1e6;
}

/* Called whenever the main loop has nothing better to do than what is due now. */
static gboolean
turn_cb (gpointer user_data)
{
  Probe *self = user_data;
  const gint64 now = g_get_monotonic_time ();
  const double gap = (double) (now - self->last) / 1e3;
  const double now_busy = get_busy ();
  const double busy = now_busy - self->last_busy;

  g_array_append_val (self->gaps, gap);
  g_array_append_val (self->busy, busy);
  self->last = now;
  self->last_busy = now_busy;

  return G_SOURCE_CONTINUE;
}

static gboolean
scroll_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  Probe *self = user_data;
  const double room = gtk_adjustment_get_upper (self->adjustment) -
                      gtk_adjustment_get_page_size (self->adjustment);
  double value = gtk_adjustment_get_value (self->adjustment);

  self->n_frames++;
  if (!self->jumps)
    value = value + 60 > room ? 0 : value + 60;
  else if (self->n_frames % 15 == 0)
    value = g_random_double () * room;
  gtk_adjustment_set_value (self->adjustment, value);

  return G_SOURCE_CONTINUE;
}

static int
compare_cb (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static gboolean
over_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_REMOVE;
}

static void
wait (double time)
{
  gboolean over = FALSE;

  g_timeout_add ((guint) (time * 1e3), over_cb, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static void
print_times (const char *name, GArray *times)
{
  const double *values = (const double *) (gpointer) times->data;
  guint n_long = 0;

  qsort (times->data, times->len, sizeof (double), compare_cb);
  for (guint i = 0; i < times->len; i++)
    n_long += values[i] > 50;
  printf ("  %s: %.1f ms (median), %.1f ms (99 %%), %.1f ms (longest), %u times over 50 ms\n", name,
          values[times->len / 2], values[times->len * 99 / 100], values[times->len - 1], n_long);
}

static void
scroll (GtkWidget *scroller, gboolean jumps, const char *name)
{
  Probe probe = { gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller)), jumps };
  guint source, tick;

  probe.gaps = g_array_new (FALSE, FALSE, sizeof (double));
  probe.busy = g_array_new (FALSE, FALSE, sizeof (double));
  probe.last = g_get_monotonic_time ();
  probe.last_busy = get_busy ();
  source = g_timeout_add_full (G_PRIORITY_HIGH, 1, turn_cb, &probe, NULL);
  tick = gtk_widget_add_tick_callback (scroller, scroll_cb, &probe, NULL);
  wait (MAX (seconds, 0.3));
  gtk_widget_remove_tick_callback (scroller, tick);
  g_source_remove (source);

  printf ("%s: %.1f frames a second; %.0f MiB\n", name, probe.n_frames / MAX (seconds, 0.3),
          get_megabytes ());
  print_times ("main loop away for", probe.gaps);
  print_times ("of that computing", probe.busy);
  g_array_unref (probe.gaps);
  g_array_unref (probe.busy);
}

/* The widget of that kind below @root, the last one if there are more. */
static GtkWidget *
find_scroller (GtkWidget *root)
{
  if (GTK_IS_SCROLLED_WINDOW (root) &&
      GTK_IS_GRID_VIEW (gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (root))))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_scroller (child);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static void
measure (SiambanDataset *dataset)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *view = g_object_new (SIAMBAN_TYPE_FRAME_VIEW, NULL);
  GtkWidget *scroller;
  gint64 begin, painted = 0;
  gsize n_bytes;

  gtk_window_set_default_size (GTK_WINDOW (window), 1400, 900);
  gtk_window_set_child (GTK_WINDOW (window), view);
  gtk_window_present (GTK_WINDOW (window));
  wait (1);
  scroller = find_scroller (view);
  g_assert (scroller != NULL);
  printf ("%d crops; empty: %.0f MiB\n", n_crops, get_megabytes ());

  begin = g_get_monotonic_time ();
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (painted_cb),
                    &painted);
  siamban_frame_view_set_dataset (SIAMBAN_FRAME_VIEW (view), dataset);
  gtk_widget_queue_draw (window);
  while (painted == 0)
    g_main_context_iteration (NULL, TRUE);
  printf ("first paint after %.0f ms", (double) (painted - begin) / 1e3);
  do
    {
      n_bytes = siamban_frame_view_get_n_bytes (SIAMBAN_FRAME_VIEW (view));
      wait (0.05);
    }
  while (n_bytes == 0 || siamban_frame_view_get_n_bytes (SIAMBAN_FRAME_VIEW (view)) > n_bytes);
  printf (", all pictures after %.0f ms; %.0f MiB\n",
          (double) (g_get_monotonic_time () - begin) / 1e3 - 50, get_megabytes ());

  scroll (scroller, FALSE, "scrolling 60 pixels a frame");
  scroll (scroller, TRUE, "jumping anywhere, 4 times a second");
  scroll (scroller, FALSE, "scrolling again");
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (SiambanDataset) dataset = NULL;
  g_autofree char *folder = NULL;
  GError *error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    fail (error);
  if (!gtk_init_check ())
    {
      fprintf (stderr, "bench-grid: there is no display\n");
      return 77;
    }
  adw_init ();
  folder = files_make_folder ();
  dataset = make_dataset (folder);
  measure (dataset);
  files_remove_tree (folder);

  return 0;
}
