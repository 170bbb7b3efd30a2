/* SPDX-License-Identifier: Apache-2.0 */

/* Everything that can have the focus says what it is: to a screen reader by its name. */
#include "gui.h"
#include "run.h"
#include "siamban-run-launcher.h"
#include "siamban-start-dialog.h"

/* With how many widgets at least can have the focus, once all of it is there. */
static const struct
{
  const char *name;
  guint n_widgets;
} pages[] = {
  { "start", 8 },       { "data", 20 },  { "inspect", 50 },
  { "configure", 150 }, { "train", 10 }, { "track", 10 },
};

static gboolean
has_text (GtkWidget *widget, const char *property)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (widget), property);
  g_autofree char *text = NULL;

  if (pspec == NULL || !G_IS_PARAM_SPEC_STRING (pspec) || !(pspec->flags & G_PARAM_READABLE))
    return FALSE;
  g_object_get (widget, property, &text, NULL);

  return text != NULL && *text != '\0';
}

/* What GTK computes a name from: the label or the relation that was set, else the tooltip, else the
 * words inside, as of a button. */
static gboolean
has_own_name (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);

  return gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL) ||
         gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY) ||
         has_text (widget, "tooltip-text") || has_text (widget, "label") ||
         has_text (widget, "title");
}

static gboolean
holds_words (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && has_text (widget, "label"))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (holds_words (child))
      return TRUE;

  return FALSE;
}

/* The text of an entry and the steps of a spin button are parts of something that has the name. */
static gboolean
is_part (GtkWidget *widget)
{
  GtkWidget *parent = gtk_widget_get_parent (widget);

  for (guint i = 0; i < 4 && parent != NULL; i++, parent = gtk_widget_get_parent (parent))
    if (GTK_IS_EDITABLE (parent) || GTK_IS_DROP_DOWN (parent) || GTK_IS_MENU_BUTTON (parent) ||
        ADW_IS_SPLIT_BUTTON (parent) || GTK_IS_POPOVER (parent))
      return has_own_name (parent) || GTK_IS_POPOVER (parent) || holds_words (parent);

  return FALSE;
}

/* The item of a list is what is in it; one that is kept for later is empty. */
static gboolean
is_named_item (GtkWidget *widget)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  if (!g_str_equal (G_OBJECT_TYPE_NAME (widget), "GtkListItemWidget"))
    return FALSE;

  return child == NULL || !gtk_widget_get_mapped (widget) || GTK_IS_LABEL (child) ||
         has_own_name (child) || holds_words (child);
}

/* What only holds others, and takes the focus to be scrolled by keys. */
static gboolean
is_container (GtkWidget *widget)
{
  /* The words of a label that can be selected are its name. */
  return GTK_IS_LABEL (widget) || GTK_IS_SCROLLED_WINDOW (widget) || GTK_IS_VIEWPORT (widget) ||
         GTK_IS_PANED (widget) || GTK_IS_POPOVER (widget);
}

static gboolean
has_name (GtkWidget *widget)
{
  const gboolean is_field = GTK_IS_EDITABLE (widget) || GTK_IS_RANGE (widget) ||
                            GTK_IS_DROP_DOWN (widget) || GTK_IS_SWITCH (widget) ||
                            GTK_IS_LIST_BASE (widget) || GTK_IS_DRAWING_AREA (widget);

  return has_own_name (widget) || (!is_field && holds_words (widget)) || is_part (widget) ||
         is_named_item (widget);
}

static char *
describe_place (GtkWidget *widget)
{
  GString *text = g_string_new (NULL);

  for (GtkWidget *at = widget; at != NULL; at = gtk_widget_get_parent (at))
    {
      const char *id = gtk_buildable_get_buildable_id (GTK_BUILDABLE (at));

      g_string_append_printf (text, "%s%s%s%s", text->len > 0 ? " in " : "",
                              G_OBJECT_TYPE_NAME (at), id != NULL ? " " : "", id != NULL ? id : "");
      if (id != NULL && at != widget)
        break;
    }

  return g_string_free (text, FALSE);
}

/* Of what is shown below @widget. @where: NULL to say nothing of those without a name. */
static void
count (GtkWidget *widget, guint *n_widgets, guint *n_nameless, const char *where)
{
  if (!gtk_widget_get_visible (widget))
    return;
  if (gtk_widget_get_focusable (widget) && !is_container (widget))
    {
      (*n_widgets)++;
      if (!has_name (widget))
        {
          g_autofree char *place = describe_place (widget);

          (*n_nameless)++;
          if (where != NULL)
            g_test_message ("%s: no name: %s", where, place);
        }
    }

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    count (child, n_widgets, n_nameless, where);
}

static gboolean
has_ended (gpointer user_data)
{
  SiambanRun *run = siamban_session_get_run (user_data);

  return run != NULL && siamban_run_get_state (run) == SIAMBAN_RUN_FINISHED;
}

static void
ignore_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  (void) siamban_run_launcher_start_finish (result, NULL);
}

typedef struct
{
  GtkWidget *page;
  guint n_expected;
} Expected;

static gboolean
is_all_there (gpointer user_data)
{
  const Expected *expected = user_data;
  guint n = 0, n_nameless = 0;

  count (expected->page, &n, &n_nameless, NULL);

  return n >= expected->n_expected;
}

static void
test_names (void)
{
  RunFixture fixture;
  SiambanWindow *window;
  SiambanSession *session;
  g_autofree char *folder = NULL;
  GtkWidget *dialog;
  guint n = 0, n_nameless = 0;

  run_set_up (&fixture, NULL);
  folder = g_build_filename (fixture.folder, "tiny", NULL);
  window = gui_open (1200, 800);
  session = siamban_window_get_session (window);
  siamban_session_set_config (session, fixture.config);
  siamban_run_launcher_start (session, folder, fixture.config, NULL, ignore_cb, NULL);
  gui_wait_for (has_ended, session, 60);

  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      Expected expected = { siamban_window_get_page (window, pages[i].name), pages[i].n_widgets };
      guint n_before = n;

      gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", pages[i].name);
      gui_wait_for (is_all_there, &expected, 20);
      gui_run_for (0.5);
      count (expected.page, &n, &n_nameless, pages[i].name);
      g_test_message ("%s: %u widgets can have the focus", pages[i].name, n - n_before);
    }
  count (gui_find (GTK_WIDGET (window), ADW_TYPE_HEADER_BAR, NULL), &n, &n_nameless, "header");

  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", "train");
  gui_settle ();
  gui_press ("<Control>r");
  dialog = gui_find_window (SIAMBAN_TYPE_START_DIALOG);
  gui_settle ();
  count (dialog, &n, &n_nameless, "dialog");
  gui_press ("Escape");
  gui_run_for (0.3);

  g_assert_cmpuint (n_nameless, ==, 0);
  gui_close ();
  run_tear_down (&fixture, NULL);
}

int
main (int argc, char *argv[])
{
  /* Keeps what widgets tell, for the test to ask. */
  g_setenv ("GTK_A11Y", "test", TRUE);
  gui_init (&argc, &argv);

  g_test_add_func ("/accessible/names", test_names);

  return g_test_run ();
}
