/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "gui.h"
#include "run.h"
#include "siamban-run-launcher.h"
#include "siamban-settings.h"

/* Clicks, drags, scrolls and types at random, on whatever window is there, while a training goes on.
 * Nothing may crash. SIAMBAN_MONKEY_MINUTES says how long, SIAMBAN_MONKEY_SEED what. */

#define DEFAULT_MINUTES 0.15

static const char *const keys[] = {
  "Tab",         "<Shift>Tab",
  "Return",      "space",
  "Escape",      "Left",
  "Right",       "Up",
  "Down",        "Home",
  "End",         "Page_Down",
  "Delete",      "BackSpace",
  "<Alt>1",      "<Alt>2",
  "<Alt>3",      "<Alt>4",
  "<Alt>5",      "<Alt>Home",
  "<Control>n",  "<Control>r",
  "<Control>p",  "<Control>period",
  "<Control>f",  "<Control>z",
  "<Control>a",  "<Control>question",
  "F10",         "plus",
  "minus",       "0",
  "1",           "9",
  "period",      "a",
  "d",           "<Control>s",
  "<Control>w",  "<Shift>Right",
  "<Shift>Left", "<Control><Shift>z",
};

/* A menu that opens beyond the screen, where a window is without a window manager. */
static const char known[] = "gdk_monitor_get_geometry: assertion";

static guint n_warnings;

/* GTK 4.8 warns of its own accounting when a widget goes away that is pressed, blinks or is narrower
 * than its text: those are counted. What is critical, and what others warn of, is fatal. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  g_autofree char *text = g_log_writer_format_fields (level, fields, n_fields, FALSE);
  const gboolean of_gtk = strstr (text, "Gtk-WARNING") != NULL;

  if ((level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL)) == 0)
    return G_LOG_WRITER_HANDLED;
  if (!of_gtk && strstr (text, known) == NULL)
    {
      g_printerr ("%s\n", text);
      abort ();
    }
  n_warnings++;

  return G_LOG_WRITER_HANDLED;
}

/* Files of the machine are none of its business. */
static gboolean
is_chooser (GtkWidget *window)
{
  return GTK_IS_FILE_CHOOSER (window);
}

/* A window that is seen; the one on top with a high probability. NULL if there is none. */
static GtkWidget *
pick_window (GRand *random)
{
  GListModel *windows = gtk_window_get_toplevels ();
  GtkWidget *picked = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (!gtk_widget_get_mapped (window))
        continue;
      if (is_chooser (window))
        {
          gtk_window_close (GTK_WINDOW (window));
          gui_settle ();
          return NULL;
        }
      if (picked == NULL || g_rand_double (random) < 0.7)
        picked = window;
    }

  return picked;
}

static void
act (GRand *random, GtkWidget *window)
{
  const double width = gtk_widget_get_width (window), height = gtk_widget_get_height (window);
  const double x = g_rand_double_range (random, 0, width);
  const double y = g_rand_double_range (random, 0, height);
  const double kind = g_rand_double (random);

  if (kind < 0.55)
    gui_press_pointer (window, x, y);
  else if (kind < 0.62)
    gui_drag (window, x, y, g_rand_double_range (random, 0, width),
              g_rand_double_range (random, 0, height));
  else if (kind < 0.70)
    gui_scroll (window, x, y, g_rand_int_range (random, -4, 5));
  else
    gui_press (keys[g_rand_int_range (random, 0, G_N_ELEMENTS (keys))]);
}

static double
read_number (const char *name, double otherwise)
{
  const char *text = g_getenv (name);

  return text != NULL ? g_ascii_strtod (text, NULL) : otherwise;
}

static void
test_monkey (void)
{
  const double minutes = read_number ("SIAMBAN_MONKEY_MINUTES", DEFAULT_MINUTES);
  const guint32 seed = (guint32) read_number ("SIAMBAN_MONKEY_SEED", 1);
  const gint64 end = g_get_monotonic_time () + (gint64) (minutes * 60 * G_USEC_PER_SEC);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  RunFixture fixture;
  g_autofree char *folder = NULL;
  SiambanWindow *window;
  guint n_actions = 0, n_windows = 1;

  run_set_up (&fixture, NULL);
  run_set (fixture.config, "TRAIN.EPOCH=100000");
  g_settings_set_string (siamban_settings_get (), "runs-folder", fixture.folder);
  folder = g_build_filename (fixture.folder, "run", NULL);
  window = gui_open (1000, 700);
  siamban_session_set_config (siamban_window_get_session (window), fixture.config);
  siamban_run_launcher_start (siamban_window_get_session (window), folder, fixture.config, NULL,
                              NULL, NULL);

  while (g_get_monotonic_time () < end)
    {
      GtkWidget *target = pick_window (random);

      if (target != NULL)
        {
          act (random, target);
          n_actions++;
        }
      else if (g_list_model_get_n_items (gtk_window_get_toplevels ()) == 0)
        {
          /* It closed the last one. */
          gui_open (g_rand_int_range (random, 720, 1401), 700);
          n_windows++;
        }
    }
  g_test_message ("seed %u: %u actions in %u windows, %u warnings of GTK", seed, n_actions,
                  n_windows, n_warnings);
  g_assert_cmpuint (n_actions, >, 5);

  gui_end_runs (fixture.folder);
  gui_end_runs (gui_get_folder ());
  while (g_list_model_get_n_items (gtk_window_get_toplevels ()) > 0)
    {
      g_autoptr (GtkWindow) left = g_list_model_get_item (gtk_window_get_toplevels (), 0);

      gtk_window_destroy (left);
    }
  run_tear_down (&fixture, NULL);
}

int
main (int argc, char *argv[])
{
  gui_init (&argc, &argv);

  g_log_set_always_fatal (G_LOG_LEVEL_ERROR);
  g_log_set_writer_func (write_log, NULL, NULL);

  g_test_add_func ("/monkey", test_monkey);

  return g_test_run ();
}
