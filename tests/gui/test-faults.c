/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <string.h>

#include "gui.h"
#include "run.h"
#include "siamban-run-launcher.h"
#include "siamban-run-watch.h"
#include "siamban-track-page.h"

/* What goes wrong around a training and a tracker is said in the window, with the next step. */

#define NO_DEVICE "cuda:99"

typedef struct
{
  RunFixture run;
  SiambanWindow *window;
  SiambanSession *session;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  run_set_up (&fixture->run, NULL);
  fixture->window = gui_open (900, 760);
  fixture->session = siamban_window_get_session (fixture->window);
  siamban_session_set_config (fixture->session, fixture->run.config);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gui_close ();
  gui_end_runs (fixture->run.folder);
  run_tear_down (&fixture->run, NULL);
}

static gboolean
is_over (gpointer user_data)
{
  SiambanRun *run = siamban_session_get_run (user_data);

  return run != NULL && !siamban_run_is_live (run);
}

static gboolean
says (GtkWidget *page, const char *label, const char *part)
{
  GtkWidget *widget = gui_look_for (page, GTK_TYPE_LABEL, label);

  return widget != NULL && strstr (gtk_label_get_text (GTK_LABEL (widget)), part) != NULL;
}

/* The devices that are there follow that which is not. */
static gboolean
train_page_explains (gpointer user_data)
{
  return says (user_data, "info_label", NO_DEVICE);
}

static gboolean
track_page_explains (gpointer user_data)
{
  return says (user_data, "bar_label", NO_DEVICE) && says (user_data, "bar_label", "Configure");
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  siamban_run_launcher_start_finish (result, NULL);
}

static gboolean
is_set (gpointer user_data)
{
  return *(gboolean *) user_data;
}

static void
train (Fixture *fixture, const char *name, const char *const *devices)
{
  g_autofree char *folder = g_build_filename (fixture->run.folder, name, NULL);
  gboolean started = FALSE;

  siamban_run_launcher_start (fixture->session, folder, fixture->run.config, devices, started_cb,
                              &started);
  gui_wait_for (is_set, &started, 30);
}

static void
test_no_device_to_train (Fixture *fixture, gconstpointer data)
{
  GtkWidget *page = siamban_window_get_page (fixture->window, "train");

  gui_press ("<Alt>4");
  train (fixture, "nowhere", (const char *const[]){ NO_DEVICE, NULL });
  gui_wait_for (train_page_explains, page, 20);
  gui_save_picture (GTK_WIDGET (fixture->window), "faults-no-device-train");
}

static void
test_no_device_to_track (Fixture *fixture, gconstpointer data)
{
  GtkWidget *page = siamban_window_get_page (fixture->window, "track");
  g_autofree char *weights = NULL;
  g_autoptr (GFile) file = NULL;

  train (fixture, "run", NULL);
  gui_wait_for (is_over, fixture->session, 60);
  weights = g_build_filename (fixture->run.folder, "run", "snapshot", "checkpoint_e3.pth", NULL);
  file = g_file_new_for_path (weights);
  g_object_set (fixture->session, "devices", NO_DEVICE, NULL);
  gui_press ("<Alt>5");
  siamban_track_page_load (SIAMBAN_TRACK_PAGE (page), file);
  gui_wait_for (track_page_explains, page, 20);
  gui_save_picture (GTK_WIDGET (fixture->window), "faults-no-device-track");
}

static gboolean
has_twenty (gpointer user_data)
{
  SiambanRun *run = siamban_session_get_run (user_data);

  return run != NULL && siamban_run_get_n_iterations (run) >= 20;
}

static gboolean
train_page_says_folder (gpointer user_data)
{
  return says (user_data, "info_label", "snapshot");
}

/* A training whose folder goes away ends, and says which file it could not write. */
static void
test_run_folder_gone (Fixture *fixture, gconstpointer data)
{
  GtkWidget *page = siamban_window_get_page (fixture->window, "train");
  g_autofree char *snapshots = g_build_filename (fixture->run.folder, "run", "snapshot", NULL);
  g_autofree char *away = g_strconcat (snapshots, ".away", NULL);

  run_set (fixture->run.config, "TRAIN.EPOCH=40000");
  gui_press ("<Alt>4");
  train (fixture, "run", NULL);
  gui_wait_for (has_twenty, fixture->session, 60);
  /* A file where the folder was: root, too, cannot write there. */
  g_assert_cmpint (g_rename (snapshots, away), ==, 0);
  g_assert_true (g_file_set_contents (snapshots, "", 0, NULL));
  gui_wait_for (is_over, fixture->session, 60);
  gui_wait_for (train_page_says_folder, page, 20);
  gui_save_picture (GTK_WIDGET (fixture->window), "faults-run-folder");
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/faults/no-device-to-train", test_no_device_to_train },
    { "/faults/no-device-to-track", test_no_device_to_track },
    { "/faults/run-folder-gone", test_run_folder_gone },
  };

  gui_init (&argc, &argv);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);

  return g_test_run ();
}
