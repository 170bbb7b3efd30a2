/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <math.h>

#include "gui.h"
#include "siamban-configure-page.h"
#include "siamban-device-row.h"
#include "siamban-key-form.h"
#include "siamban-key-text.h"
#include "siamban-model-view.h"
#include "siamban-schedule-view.h"

typedef struct
{
  SiambanWindow *window;
  SiambanConfigurePage *page;
  SiambanKeyForm *form;
} Fixture;

static SiambanConfig *
config_of (Fixture *fixture)
{
  return siamban_session_get_config (siamban_window_get_session (fixture->window));
}

static SiambanKeyRow *
row_of (Fixture *fixture, const char *key)
{
  SiambanKeyRow *row = siamban_key_form_find_row (fixture->form, key);

  g_assert_nonnull (row);

  return row;
}

static gboolean
is_built (gpointer user_data)
{
  Fixture *fixture = user_data;

  /* The keys of the last group, and the count of problems, which comes after. */
  return siamban_key_form_find_row (fixture->form, "TRACK.LR") != NULL &&
         gui_look_for (GTK_WIDGET (fixture->page), GTK_TYPE_BUTTON, "problems") != NULL;
}

/* The bundled configuration with a data set that is complete, so that nothing is wrong. */
static void
open_page (Fixture *fixture, int width, int height)
{
  g_autofree char *path = g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), "siamban_r18_small.yaml",
                                            NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;

  fixture->window = gui_open (width, height);
  siamban_session_load_config (siamban_window_get_session (fixture->window), file, &error);
  g_assert_no_error (error);
  gui_press ("<Alt>3");
  fixture->page = SIAMBAN_CONFIGURE_PAGE (siamban_window_get_page (fixture->window, "configure"));
  fixture->form = SIAMBAN_KEY_FORM (
      gui_find (GTK_WIDGET (fixture->page), SIAMBAN_TYPE_KEY_FORM, NULL));
  gui_wait_for (is_built, fixture, 20);
  gui_settle ();
}

static void
search (Fixture *fixture, const char *text)
{
  GtkWidget *entry;

  gui_press ("<Control>f");
  entry = gui_find (GTK_WIDGET (fixture->page), GTK_TYPE_SEARCH_ENTRY, NULL);
  gtk_editable_select_region (GTK_EDITABLE (entry), 0, -1);
  gui_type (text);
  gui_run_for (0.3);
  gui_settle ();
}

/* Types into the entry of a key as a user does. */
static void
type_into (Fixture *fixture, const char *key, const char *text)
{
  GtkWidget *row = GTK_WIDGET (row_of (fixture, key));
  GtkWidget *entry = gui_find (row, GTK_TYPE_ENTRY, NULL);

  gui_click (entry);
  gtk_editable_select_region (GTK_EDITABLE (entry), 0, -1);
  gui_type (text);
}

static const char *
problem_label (Fixture *fixture)
{
  return gtk_button_get_label (
      GTK_BUTTON (gui_find (GTK_WIDGET (fixture->page), GTK_TYPE_BUTTON, "problems")));
}

static void
test_edit (void)
{
  Fixture fixture;
  SiambanKeyRow *row;

  open_page (&fixture, 1400, 900);
  g_assert_cmpstr (problem_label (&fixture), ==, "No problems");

  search (&fixture, "TRAIN.EPOCH");
  row = row_of (&fixture, "TRAIN.EPOCH");
  type_into (&fixture, "TRAIN.EPOCH", "many");
  g_assert_nonnull (siamban_key_row_get_problem (row));
  g_assert_nonnull (strstr (siamban_key_row_get_problem (row), "many"));
  gui_run_for (0.1);
  g_assert_cmpstr (problem_label (&fixture), ==, "1 problem");
  gui_save_picture (GTK_WIDGET (fixture.window), "configure-wrong");
  g_assert_cmpint (siamban_config_get_int (config_of (&fixture), "TRAIN.EPOCH"), !=, 0);

  type_into (&fixture, "TRAIN.EPOCH", "12");
  g_assert_null (siamban_key_row_get_problem (row));
  g_assert_cmpint (siamban_config_get_int (config_of (&fixture), "TRAIN.EPOCH"), ==, 12);
  g_assert_true (siamban_key_row_get_changed (row));

  /* Escape gives up what does not fit. */
  type_into (&fixture, "TRAIN.EPOCH", "0");
  g_assert_nonnull (siamban_key_row_get_problem (row));
  gui_press ("Escape");
  g_assert_null (siamban_key_row_get_problem (row));
  g_assert_cmpint (siamban_config_get_int (config_of (&fixture), "TRAIN.EPOCH"), ==, 12);

  gui_click (gui_find (GTK_WIDGET (row), GTK_TYPE_BUTTON, "reset"));
  g_assert_cmpint (siamban_config_get_int (config_of (&fixture), "TRAIN.EPOCH"), ==, 20);
  g_assert_false (siamban_key_row_get_changed (row));

  gui_close ();
}

/* What only several keys together show to be wrong is told at the key, and counted. */
static void
test_problem_of_keys (void)
{
  Fixture fixture;
  SiambanKeyRow *row;

  open_page (&fixture, 1400, 900);
  search (&fixture, "OUTPUT_SIZE");
  row = row_of (&fixture, "TRAIN.OUTPUT_SIZE");
  type_into (&fixture, "TRAIN.OUTPUT_SIZE", "24");
  gui_run_for (0.6);
  g_assert_nonnull (siamban_key_row_get_problem (row));
  g_assert_cmpstr (problem_label (&fixture), ==, "1 problem");
  g_assert_cmpint (siamban_config_get_int (config_of (&fixture), "TRAIN.OUTPUT_SIZE"), ==, 24);

  /* The button leads there from wherever. */
  search (&fixture, "MOMENTUM");
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (row)));
  gui_click (gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_BUTTON, "problems"));
  gui_settle ();
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (row)));
  g_assert_nonnull (gtk_widget_get_focus_child (GTK_WIDGET (row)));

  type_into (&fixture, "TRAIN.OUTPUT_SIZE", "25");
  gui_run_for (0.6);
  g_assert_null (siamban_key_row_get_problem (row));
  g_assert_cmpstr (problem_label (&fixture), ==, "No problems");

  gui_close ();
}

static void
test_history (void)
{
  Fixture fixture;
  double before;

  open_page (&fixture, 1400, 900);
  before = siamban_config_get_double (config_of (&fixture), "TRAIN.BASE_LR");
  search (&fixture, "base");
  type_into (&fixture, "TRAIN.BASE_LR", "0.125");
  type_into (&fixture, "TRAIN.BASE_SIZE", "9");
  g_assert_cmpfloat (siamban_config_get_double (config_of (&fixture), "TRAIN.BASE_LR"), ==, 0.125);

  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "configure.undo", NULL);
  g_assert_cmpint (siamban_config_get_int (config_of (&fixture), "TRAIN.BASE_SIZE"), ==, 8);
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "configure.undo", NULL);
  g_assert_cmpfloat (siamban_config_get_double (config_of (&fixture), "TRAIN.BASE_LR"), ==, before);
  gui_settle ();
  gui_click (gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_BUTTON, "edit-redo-symbolic"));
  g_assert_cmpfloat (siamban_config_get_double (config_of (&fixture), "TRAIN.BASE_LR"), ==, 0.125);

  gui_close ();
}

/* Every kind of key is written as it is read. */
static void
test_text (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), "siamban_r50_l234.yaml",
                                            NULL);
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, NULL);
  g_autoptr (SiambanConfig) copy = siamban_config_new ();
  GListModel *groups = siamban_config_get_groups (config);
  g_autofree char *expected = siamban_config_to_yaml (config);
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (groups); i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);
      g_auto (GStrv) keys = siamban_config_group_list_keys (group);
      const char *name = siamban_config_group_get_name (group);

      for (guint j = 0; keys[j] != NULL; j++)
        {
          g_autofree char *key = *name != '\0' ? g_strconcat (name, ".", keys[j], NULL)
                                               : g_strdup (keys[j]);
          g_autofree char *text = siamban_key_text_get (config, key);

          siamban_key_text_set (copy, key, text, &error);
          g_assert_no_error (error);
        }
    }
  found = siamban_config_to_yaml (copy);
  g_assert_cmpstr (found, ==, expected);

  /* A parameter that is taken out of the text is gone. */
  g_assert_true (siamban_key_text_set (copy, "TRAIN.LR.KWARGS", "{start_lr: 1e-2}", NULL));
  g_assert_false (
      siamban_kwargs_has (siamban_config_get_kwargs (copy, "TRAIN.LR.KWARGS"), "end_lr"));
  g_assert_false (siamban_key_text_set (copy, "TRAIN.LR.KWARGS", "{start_lr", &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_CONFIG);
}

static gboolean
has_memory (gpointer user_data)
{
  return gui_look_for (user_data, GTK_TYPE_LEVEL_BAR, "level") != NULL;
}

static gboolean
has_tree (gpointer user_data)
{
  return gui_look_for (user_data, GTK_TYPE_TREE_EXPANDER, NULL) != NULL;
}

static GtkWidget *
show_view (Fixture *fixture, const char *title)
{
  GtkWidget *page = GTK_WIDGET (fixture->page);
  GtkWidget *switcher = gui_find (page, GTK_TYPE_STACK_SWITCHER, NULL);

  gui_click (gtk_widget_get_parent (gui_find (switcher, GTK_TYPE_LABEL, title)));
  gui_settle ();

  return gui_find (page, GTK_TYPE_STACK, "views");
}

static void
test_views (void)
{
  Fixture fixture;
  GtkWidget *views;

  open_page (&fixture, 1400, 900);
  gui_save_picture (GTK_WIDGET (fixture.window), "configure-schedule-1400");

  views = show_view (&fixture, "Devices");
  gui_wait_for (has_memory, views, 30);
  gui_save_picture (GTK_WIDGET (fixture.window), "configure-devices-1400");
  gui_click (
      gui_find (gui_find (views, SIAMBAN_TYPE_DEVICE_ROW, NULL), GTK_TYPE_CHECK_BUTTON, NULL));
  g_assert_nonnull (siamban_session_get_devices (siamban_window_get_session (fixture.window)));

  views = show_view (&fixture, "Network");
  gui_wait_for (has_tree, views, 30);
  g_assert_null (siamban_model_view_get_problem (
      SIAMBAN_MODEL_VIEW (gui_find (views, SIAMBAN_TYPE_MODEL_VIEW, NULL))));
  gui_save_picture (GTK_WIDGET (fixture.window), "configure-network-1400");

  gui_close ();
}

/* The groups' rates are those that the optimizer would use. */
static void
test_rates (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("SIAMBAN_CONFIGS"), "siamban_r50_l234.yaml",
                                            NULL);
  g_autoptr (SiambanConfig) config = siamban_config_new_from_file (path, NULL);
  g_autoptr (SiambanModel) model = siamban_model_new (config, NULL);
  g_autoptr (SiambanLrSchedule) schedule = siamban_lr_schedule_new_from_config (config, NULL);
  const guint train_epoch = (guint) siamban_config_get_int (config, "BACKBONE.TRAIN_EPOCH");
  g_autoptr (SiambanOptimizer) optimizer = NULL;

  g_assert_true (
      isnan (siamban_schedule_view_get_rate (config, schedule, "backbone", train_epoch - 1)));

  siamban_model_set_epoch (model, train_epoch);
  optimizer = siamban_optimizer_new (config, siamban_model_get_weights (model), NULL);
  siamban_optimizer_set_epoch (optimizer, train_epoch);
  for (guint i = 0; i < siamban_optimizer_get_n_groups (optimizer); i++)
    g_assert_cmpfloat (
        siamban_schedule_view_get_rate (
            config, schedule, siamban_optimizer_get_group_name (optimizer, i), train_epoch),
        ==, siamban_optimizer_get_group_rate (optimizer, i));
}

static gboolean
is_saved (gpointer user_data)
{
  return g_file_test (user_data, G_FILE_TEST_EXISTS);
}

static gboolean
bar_is_shown (gpointer user_data)
{
  return gui_look_for (user_data, GTK_TYPE_LABEL, "bar_label") != NULL;
}

static gboolean
has_epochs (gpointer user_data)
{
  return siamban_config_get_int (config_of (user_data), "TRAIN.EPOCH") == 7;
}

static void
save_and_read (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (gui_get_folder (), name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (SiambanConfig) config = NULL;
  g_autofree char *expected = siamban_config_to_json (config_of (fixture));
  g_autofree char *found = NULL;

  siamban_configure_page_save (fixture->page, file);
  gui_wait_for (is_saved, path, 10);
  gui_run_for (0.1);
  config = siamban_config_new_from_file (path, NULL);
  g_assert_nonnull (config);
  found = siamban_config_to_json (config);
  g_assert_cmpstr (found, ==, expected);
}

static void
test_files (void)
{
  Fixture fixture;
  g_autofree char *damaged = g_build_filename (gui_get_folder (), "damaged.yaml", NULL);
  g_autofree char *good = g_build_filename (gui_get_folder (), "good.yaml", NULL);
  g_autoptr (GFile) damaged_file = g_file_new_for_path (damaged);
  g_autoptr (GFile) good_file = g_file_new_for_path (good);
  g_autoptr (GFile) nowhere = g_file_new_for_path ("/proc/no/such/folder/a.yaml");
  SiambanConfig *before;

  open_page (&fixture, 720, 700);
  save_and_read (&fixture, "a.yaml");
  save_and_read (&fixture, "a.json");

  g_assert_true (g_file_set_contents (damaged, "TRAIN:\n  EPOHC: 3\n", -1, NULL));
  before = config_of (&fixture);
  siamban_configure_page_open (fixture.page, damaged_file);
  gui_wait_for (bar_is_shown, fixture.page, 10);
  g_assert_true (config_of (&fixture) == before);
  gui_save_picture (GTK_WIDGET (fixture.window), "configure-damaged-720");

  g_assert_true (g_file_set_contents (good, "TRAIN:\n  EPOCH: 7\n", -1, NULL));
  siamban_configure_page_open (fixture.page, good_file);
  gui_wait_for (has_epochs, &fixture, 10);
  gui_settle ();
  g_assert_false (bar_is_shown (fixture.page));

  siamban_configure_page_save (fixture.page, nowhere);
  gui_wait_for (bar_is_shown, fixture.page, 10);

  gui_close ();
}

/* To be looked at: both widths, light and dark. */
static void
test_pictures (void)
{
  Fixture fixture;
  GtkWidget *toggle;

  open_page (&fixture, 720, 800);
  gui_save_picture (GTK_WIDGET (fixture.window), "configure-720");
  toggle = gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_TOGGLE_BUTTON, "side_toggle");
  gui_click (toggle);
  gui_run_for (0.5);
  gui_save_picture (GTK_WIDGET (fixture.window), "configure-side-720");
  gui_click (toggle);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      ADW_COLOR_SCHEME_FORCE_DARK);
  gui_click (gui_find (GTK_WIDGET (fixture.page), GTK_TYPE_TOGGLE_BUTTON, "changed_only"));
  gui_save_picture (GTK_WIDGET (fixture.window), "configure-dark-720");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  search (&fixture, "nothing has this");
  g_assert_cmpuint (siamban_key_form_get_n_shown (fixture.form), ==, 0);
  gui_save_picture (GTK_WIDGET (fixture.window), "configure-none-720");

  gui_close ();
}

int
main (int argc, char *argv[])
{
  gui_init (&argc, &argv);

  g_test_add_func ("/configure/text", test_text);
  g_test_add_func ("/configure/rates", test_rates);
  g_test_add_func ("/configure/edit", test_edit);
  g_test_add_func ("/configure/problem-of-keys", test_problem_of_keys);
  g_test_add_func ("/configure/history", test_history);
  g_test_add_func ("/configure/views", test_views);
  g_test_add_func ("/configure/files", test_files);
  g_test_add_func ("/configure/pictures", test_pictures);

  return g_test_run ();
}
