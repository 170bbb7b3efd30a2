/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-key-row.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "siamban-key-text.h"

struct _SiambanKeyRow
{
  AdwPreferencesRow parent_instance;

  GtkLabel *label;
  GtkLabel *mark;
  GtkLabel *description;
  GtkBox *short_slot;
  GtkBox *wide_slot;
  GtkWidget *reset;
  GtkWidget *problem_box;
  GtkLabel *problem_label;

  SiambanConfig *config;
  char *key;
  char *haystack; /* folded for the search */
  char *fault;    /* why what is typed does not fit */
  char *problem;  /* what other keys show to be wrong */
  gboolean changed;

  GtkWidget *editor;
  gboolean writing; /* the editor's value into the configuration, or the other way */
};

enum
{
  SIGNAL_FAULT_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SiambanKeyRow, siamban_key_row, ADW_TYPE_PREFERENCES_ROW)

static void
show_problem (SiambanKeyRow *self)
{
  const char *text = siamban_key_row_get_problem (self);

  gtk_label_set_text (self->problem_label, text != NULL ? text : "");
  gtk_widget_set_visible (self->problem_box, text != NULL);
  if (text != NULL)
    gtk_widget_add_css_class (self->editor, "error");
  else
    gtk_widget_remove_css_class (self->editor, "error");
  gtk_accessible_update_state (
      GTK_ACCESSIBLE (self->editor), GTK_ACCESSIBLE_STATE_INVALID,
      text != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

static void
set_fault (SiambanKeyRow *self, const char *fault)
{
  const gboolean changed = g_strcmp0 (fault, self->fault) != 0;

  g_free (self->fault);
  self->fault = g_strdup (fault);
  show_problem (self);
  if (changed)
    g_signal_emit (self, signals[SIGNAL_FAULT_CHANGED], 0);
}

static void
mark_change (SiambanKeyRow *self)
{
  self->changed = !siamban_key_is_default (self->config, self->key);
  gtk_widget_set_visible (GTK_WIDGET (self->mark), self->changed);
  gtk_widget_set_visible (self->reset, self->changed);
}

/* What is typed into the configuration. */
static void
write_text (SiambanKeyRow *self, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (self->writing)
    return;

  self->writing = TRUE;
  if (siamban_key_text_set (self->config, self->key, text, &error))
    set_fault (self, NULL);
  else
    set_fault (self, error->message);
  self->writing = FALSE;
  mark_change (self);
}

static const char *const *
choices_of (SiambanKeyRow *self)
{
  const char *name;
  SiambanConfigGroup *group = siamban_key_find_group (self->config, self->key, &name);

  return siamban_config_group_get_choices (group, name);
}

/* What the configuration has into the editor. */
static void
refresh (SiambanKeyRow *self)
{
  g_autofree char *text = siamban_key_text_get (self->config, self->key);

  self->writing = TRUE;
  if (GTK_IS_SWITCH (self->editor))
    gtk_switch_set_active (GTK_SWITCH (self->editor), g_str_equal (text, "true"));
  else if (GTK_IS_DROP_DOWN (self->editor))
    {
      const char *const *choices = choices_of (self);

      for (guint i = 0; choices[i] != NULL; i++)
        if (g_str_equal (choices[i], text))
          gtk_drop_down_set_selected (GTK_DROP_DOWN (self->editor), i);
    }
  else if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->editor)), text))
    gtk_editable_set_text (GTK_EDITABLE (self->editor), text);
  self->writing = FALSE;
  set_fault (self, NULL);
  mark_change (self);
}

/* Somebody else changed the key: undo, another page, a reset. */
static void
key_changed_cb (SiambanKeyRow *self)
{
  if (!self->writing)
    refresh (self);
}

static void
text_changed_cb (SiambanKeyRow *self)
{
  write_text (self, gtk_editable_get_text (GTK_EDITABLE (self->editor)));
}

static void
switch_changed_cb (SiambanKeyRow *self)
{
  write_text (self, gtk_switch_get_active (GTK_SWITCH (self->editor)) ? "true" : "false");
}

static void
choice_changed_cb (SiambanKeyRow *self)
{
  const guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->editor));

  if (selected != GTK_INVALID_LIST_POSITION)
    write_text (self, choices_of (self)[selected]);
}

static void
reset_cb (SiambanKeyRow *self)
{
  siamban_key_reset (self->config, self->key);
  refresh (self);
  gtk_widget_grab_focus (self->editor);
}

/* Escape gives up what does not fit. */
static gboolean
escape_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  SiambanKeyRow *self = SIAMBAN_KEY_ROW (user_data);

  if (self->fault == NULL)
    return FALSE;
  refresh (self);

  return TRUE;
}

static GtkWidget *
make_entry (SiambanKeyRow *self, gboolean wide)
{
  GtkWidget *entry = gtk_entry_new ();
  GtkEventController *shortcuts = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (shortcuts),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                        gtk_callback_action_new (escape_cb, self, NULL)));
  gtk_widget_add_controller (entry, shortcuts);
  gtk_editable_set_width_chars (GTK_EDITABLE (entry), wide ? 16 : 12);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (entry), wide ? -1 : 12);
  gtk_widget_set_hexpand (entry, wide);
  g_signal_connect_swapped (entry, "changed", G_CALLBACK (text_changed_cb), self);

  return entry;
}

static gboolean
is_wide (GParamSpec *property)
{
  return property->value_type == G_TYPE_STRING || property->value_type == G_TYPE_STRV ||
         property->value_type == G_TYPE_VARIANT;
}

static void
add_editor (SiambanKeyRow *self, GParamSpec *property)
{
  const char *const *choices = choices_of (self);
  const gboolean wide = choices == NULL && is_wide (property);

  if (choices != NULL)
    {
      self->editor = gtk_drop_down_new_from_strings (choices);
      g_signal_connect_swapped (self->editor, "notify::selected", G_CALLBACK (choice_changed_cb),
                                self);
    }
  else if (property->value_type == G_TYPE_BOOLEAN)
    {
      self->editor = gtk_switch_new ();
      g_signal_connect_swapped (self->editor, "notify::active", G_CALLBACK (switch_changed_cb),
                                self);
    }
  else
    self->editor = make_entry (self, wide);

  gtk_box_append (wide ? self->wide_slot : self->short_slot, self->editor);
  gtk_widget_set_visible (GTK_WIDGET (self->wide_slot), wide);
  gtk_accessible_update_relation (
      GTK_ACCESSIBLE (self->editor), GTK_ACCESSIBLE_RELATION_LABELLED_BY, self->label, NULL,
      GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, self->description, self->problem_label, NULL, -1);
}

static char *
describe_range (GParamSpec *property)
{
  if (G_IS_PARAM_SPEC_INT64 (property))
    return g_strdup_printf (_ ("From %" PRId64 " to %" PRId64),
                            G_PARAM_SPEC_INT64 (property)->minimum,
                            G_PARAM_SPEC_INT64 (property)->maximum);
  if (G_IS_PARAM_SPEC_DOUBLE (property))
    return g_strdup_printf (_ ("From %g to %g"), G_PARAM_SPEC_DOUBLE (property)->minimum,
                            G_PARAM_SPEC_DOUBLE (property)->maximum);
  if (property->value_type == G_TYPE_STRV)
    return g_strdup (_ ("Words with commas between them"));
  if (property->value_type == G_TYPE_VARIANT)
    return g_strdup (_ ("A mapping of YAML, such as {name: 1, other: [2, 3]}"));

  return NULL;
}

static void
siamban_key_row_dispose (GObject *object)
{
  SiambanKeyRow *self = SIAMBAN_KEY_ROW (object);

  g_clear_object (&self->config);
  gtk_widget_dispose_template (GTK_WIDGET (self), SIAMBAN_TYPE_KEY_ROW);

  G_OBJECT_CLASS (siamban_key_row_parent_class)->dispose (object);
}

static void
siamban_key_row_finalize (GObject *object)
{
  SiambanKeyRow *self = SIAMBAN_KEY_ROW (object);

  g_free (self->key);
  g_free (self->haystack);
  g_free (self->fault);
  g_free (self->problem);

  G_OBJECT_CLASS (siamban_key_row_parent_class)->finalize (object);
}

static void
siamban_key_row_class_init (SiambanKeyRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_key_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = siamban_key_row_finalize;

  signals[SIGNAL_FAULT_CHANGED] = g_signal_new ("fault-changed", G_TYPE_FROM_CLASS (klass),
                                                G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                                0);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/configure/siamban-key-row.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanKeyRow, label);
  gtk_widget_class_bind_template_child (widget_class, SiambanKeyRow, mark);
  gtk_widget_class_bind_template_child (widget_class, SiambanKeyRow, description);
  gtk_widget_class_bind_template_child (widget_class, SiambanKeyRow, short_slot);
  gtk_widget_class_bind_template_child (widget_class, SiambanKeyRow, wide_slot);
  gtk_widget_class_bind_template_child (widget_class, SiambanKeyRow, reset);
  gtk_widget_class_bind_template_child (widget_class, SiambanKeyRow, problem_box);
  gtk_widget_class_bind_template_child (widget_class, SiambanKeyRow, problem_label);
  gtk_widget_class_bind_template_callback (widget_class, reset_cb);
}

static void
siamban_key_row_init (SiambanKeyRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

SiambanKeyRow *
siamban_key_row_new (SiambanConfig *config, const char *key)
{
  SiambanKeyRow *self = g_object_new (SIAMBAN_TYPE_KEY_ROW, NULL);
  GParamSpec *property = siamban_key_find_property (config, key);
  const char *title = _ (g_param_spec_get_nick (property));
  const char *blurb = _ (g_param_spec_get_blurb (property));
  g_autofree char *range = describe_range (property);
  g_autofree char *description = g_strdup_printf ("%s · %s", key, blurb);
  g_autofree char *all = g_strdup_printf ("%s %s %s", key, title, blurb);
  g_autofree char *signal = g_strconcat ("notify::", property->name, NULL);

  self->config = g_object_ref (config);
  self->key = g_strdup (key);
  self->haystack = g_utf8_casefold (all, -1);
  gtk_label_set_text (self->label, title);
  gtk_label_set_text (self->description, description);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  add_editor (self, property);
  gtk_widget_set_tooltip_text (self->editor, range);
  refresh (self);
  g_signal_connect_object (siamban_key_find_group (config, key, NULL), signal,
                           G_CALLBACK (key_changed_cb), self, G_CONNECT_SWAPPED);

  return self;
}

const char *
siamban_key_row_get_key (SiambanKeyRow *self)
{
  return self->key;
}

gboolean
siamban_key_row_get_changed (SiambanKeyRow *self)
{
  return self->changed;
}

gboolean
siamban_key_row_matches (SiambanKeyRow *self, const char *const *words)
{
  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    if (strstr (self->haystack, words[i]) == NULL)
      return FALSE;

  return TRUE;
}

void
siamban_key_row_set_problem (SiambanKeyRow *self, const char *problem)
{
  if (g_strcmp0 (problem, self->problem) == 0)
    return;

  g_free (self->problem);
  self->problem = g_strdup (problem);
  show_problem (self);
}

const char *
siamban_key_row_get_problem (SiambanKeyRow *self)
{
  return self->fault != NULL ? self->fault : self->problem;
}
