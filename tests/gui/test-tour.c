/* SPDX-License-Identifier: Apache-2.0 */
#include "gui.h"
#include "run.h"
#include "siamban-run-launcher.h"

/* Every page, narrow and wide, light and dark: pictures to be looked at, and nothing wider than its
 * window. The language is that of the environment. */

static const char *const names[] = { "start", "data", "inspect", "configure", "train", "track" };
static const int widths[] = { 720, 1400 };

static gboolean
has_ended (gpointer user_data)
{
  SiambanRun *run = siamban_session_get_run (user_data);

  return run != NULL && siamban_run_get_state (run) == SIAMBAN_RUN_FINISHED;
}

/* What is asked for more room than there is cannot be seen. */
static void
check_fits (GtkWidget *window, int width, const char *name)
{
  int minimum, natural;

  gtk_widget_measure (window, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  if (minimum > width)
    g_error ("Page %s needs %d pixels, and has %d", name, minimum, width);
}

static void
show (SiambanWindow *window, const char *scheme, int width)
{
  const char *language = g_getenv ("LANGUAGE");
  const gboolean contrast = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *picture = g_strdup_printf ("tour-%s-%s%s-%d-%s",
                                                  language != NULL ? language : "en", scheme,
                                                  contrast ? "-contrast" : "", width, names[i]);

      if (siamban_window_get_page (window, names[i]) == NULL)
        continue;
      gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", names[i]);
      gui_run_for (0.8);
      check_fits (GTK_WIDGET (window), width, names[i]);
      gui_save_picture (GTK_WIDGET (window), picture);
    }
}

static void
tour (gconstpointer data)
{
  const gboolean dark = GPOINTER_TO_INT (data);
  AdwStyleManager *style = adw_style_manager_get_default ();
  RunFixture fixture;
  g_autofree char *folder = NULL;

  run_set_up (&fixture, NULL);
  folder = g_build_filename (fixture.folder, "tiny", NULL);
  adw_style_manager_set_color_scheme (style, dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                                  : ADW_COLOR_SCHEME_FORCE_LIGHT);
  for (gsize i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      SiambanWindow *window = gui_open (widths[i], 800);
      SiambanSession *session = siamban_window_get_session (window);

      siamban_session_set_config (session, fixture.config);
      if (i == 0)
        siamban_run_launcher_start (session, folder, fixture.config, NULL, NULL, NULL);
      else
        siamban_run_launcher_open (session, folder, NULL, NULL);
      gui_wait_for (has_ended, session, 60);
      show (window, dark ? "dark" : "light", widths[i]);
      gui_close ();
    }
  run_tear_down (&fixture, NULL);
}

int
main (int argc, char *argv[])
{
  if (!gui_init (&argc, &argv))
    {
      g_print ("1..0 # SKIP no display\n");
      return 0;
    }

  g_test_add_data_func ("/tour/light", GINT_TO_POINTER (FALSE), tour);
  g_test_add_data_func ("/tour/dark", GINT_TO_POINTER (TRUE), tour);

  return g_test_run ();
}
