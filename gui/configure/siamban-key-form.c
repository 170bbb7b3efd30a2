/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-key-form.h"

#include <glib/gi18n.h>
#include <string.h>

/* Rows that are mapped in one frame. All of them would take longer than a user should wait. */
#define ROWS_A_FRAME 6

typedef struct
{
  GtkWidget *widget; /* AdwPreferencesGroup */
  GPtrArray *rows;   /* of SiambanKeyRow, borrowed */
} Group;

struct _SiambanKeyForm
{
  GtkWidget parent_instance;

  GtkStack *stack;
  GtkBox *box;

  SiambanConfig *config;
  GPtrArray *groups; /* of Group */
  GHashTable *rows;  /* key → SiambanKeyRow, borrowed */
  GStrv words;
  gboolean changed_only;
  guint n_matching;
  guint n_ready; /* rows that may be shown so far, from the top */
  guint tick_id;
  guint build_id;
  guint next; /* group of the configuration to build */
};

G_DEFINE_FINAL_TYPE (SiambanKeyForm, siamban_key_form, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_BUILT,
  SIGNAL_FAULT_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static const struct
{
  const char *name;
  const char *title;
} titles[] = {
  { "", N_ ("General") },
  { "TRAIN", N_ ("Training") },
  { "TRAIN.LR", N_ ("Learning Rate") },
  { "TRAIN.LR_WARMUP", N_ ("Warm-up") },
  { "DATASET", N_ ("Data") },
  { "DATASET.TEMPLATE", N_ ("Augmentation of Templates") },
  { "DATASET.SEARCH", N_ ("Augmentation of Search Images") },
  { "BACKBONE", N_ ("Backbone") },
  { "ADJUST", N_ ("Neck") },
  { "BAN", N_ ("Head") },
  { "POINT", N_ ("Points") },
  { "TRACK", N_ ("Tracking") },
};

static char *
title_of (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (titles[i].name, name))
      return g_strdup (_ (titles[i].title));

  return g_strdup_printf (_ ("Data Set %s"), strrchr (name, '.') + 1);
}

static void
group_free (gpointer data)
{
  Group *self = data;

  g_ptr_array_unref (self->rows);
  g_free (self);
}

/* @n_before rows match in the groups above. Gives how many do with this one. */
static guint
filter_group (SiambanKeyForm *self, Group *group, guint n_before)
{
  guint n_matching = n_before;

  for (guint i = 0; i < group->rows->len; i++)
    {
      SiambanKeyRow *row = group->rows->pdata[i];
      const gboolean matches = siamban_key_row_matches (row, (const char *const *) self->words) &&
                               (!self->changed_only || siamban_key_row_get_changed (row));

      gtk_widget_set_visible (GTK_WIDGET (row), matches && n_matching < self->n_ready);
      n_matching += matches;
    }
  gtk_widget_set_visible (group->widget, n_matching > n_before && n_before < self->n_ready);

  return n_matching;
}

static void
filter (SiambanKeyForm *self)
{
  self->n_matching = 0;
  for (guint i = 0; i < self->groups->len; i++)
    self->n_matching = filter_group (self, self->groups->pdata[i], self->n_matching);
  gtk_stack_set_visible_child_name (self->stack,
                                    self->n_matching > 0 || self->build_id != 0 ? "rows" : "none");
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  SiambanKeyForm *self = SIAMBAN_KEY_FORM (widget);

  self->n_ready += ROWS_A_FRAME;
  filter (self);
  if (self->build_id != 0 || self->n_ready < g_hash_table_size (self->rows))
    return G_SOURCE_CONTINUE;

  self->tick_id = 0;

  return G_SOURCE_REMOVE;
}

/* From the top on, a few rows with each frame that is drawn. */
static void
show_rows (SiambanKeyForm *self)
{
  if (self->tick_id == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
}

static void
siamban_key_form_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (siamban_key_form_parent_class)->map (widget);
  show_rows (SIAMBAN_KEY_FORM (widget));
}

static void
fault_changed_cb (SiambanKeyForm *self)
{
  g_signal_emit (self, signals[SIGNAL_FAULT_CHANGED], 0);
}

static void
add_group (SiambanKeyForm *self, SiambanConfigGroup *config_group)
{
  const char *name = siamban_config_group_get_name (config_group);
  g_auto (GStrv) keys = siamban_config_group_list_keys (config_group);
  g_autofree char *title = title_of (name);
  Group *group = g_new0 (Group, 1);

  group->widget = adw_preferences_group_new ();
  group->rows = g_ptr_array_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group->widget), title);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autofree char *key = *name != '\0' ? g_strconcat (name, ".", keys[i], NULL)
                                           : g_strdup (keys[i]);
      SiambanKeyRow *row = siamban_key_row_new (self->config, key);

      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group->widget), GTK_WIDGET (row));
      g_signal_connect_object (row, "fault-changed", G_CALLBACK (fault_changed_cb), self,
                               G_CONNECT_SWAPPED);
      g_ptr_array_add (group->rows, row);
      g_hash_table_insert (self->rows, (gpointer) siamban_key_row_get_key (row), row);
    }
  gtk_box_append (self->box, group->widget);
  g_ptr_array_add (self->groups, group);
  self->n_matching = filter_group (self, group, self->n_matching);
}

/* A group a turn, so that the window does not stand still for a hundred rows. */
static gboolean
build_cb (gpointer user_data)
{
  SiambanKeyForm *self = SIAMBAN_KEY_FORM (user_data);
  GListModel *groups = siamban_config_get_groups (self->config);
  g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, self->next++);

  if (group != NULL)
    {
      add_group (self, group);
      return G_SOURCE_CONTINUE;
    }

  self->build_id = 0;
  filter (self);
  g_signal_emit (self, signals[SIGNAL_BUILT], 0);

  return G_SOURCE_REMOVE;
}

static void
clear (SiambanKeyForm *self)
{
  g_clear_handle_id (&self->build_id, g_source_remove);
  g_hash_table_remove_all (self->rows);
  for (guint i = 0; i < self->groups->len; i++)
    gtk_box_remove (self->box, ((Group *) self->groups->pdata[i])->widget);
  g_ptr_array_set_size (self->groups, 0);
  self->next = 0;
  self->n_matching = 0;
  self->n_ready = 0;
}

static void
build (SiambanKeyForm *self)
{
  self->build_id = g_idle_add (build_cb, self);
  show_rows (self);
}

/* A data set was added. */
static void
groups_changed_cb (SiambanKeyForm *self)
{
  clear (self);
  build (self);
}

static void
siamban_key_form_dispose (GObject *object)
{
  SiambanKeyForm *self = SIAMBAN_KEY_FORM (object);

  g_clear_handle_id (&self->build_id, g_source_remove);
  g_clear_object (&self->config);
  gtk_widget_dispose_template (GTK_WIDGET (self), SIAMBAN_TYPE_KEY_FORM);

  G_OBJECT_CLASS (siamban_key_form_parent_class)->dispose (object);
}

static void
siamban_key_form_finalize (GObject *object)
{
  SiambanKeyForm *self = SIAMBAN_KEY_FORM (object);

  g_ptr_array_unref (self->groups);
  g_hash_table_unref (self->rows);
  g_strfreev (self->words);

  G_OBJECT_CLASS (siamban_key_form_parent_class)->finalize (object);
}

static void
siamban_key_form_class_init (SiambanKeyFormClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_key_form_dispose;
  G_OBJECT_CLASS (klass)->finalize = siamban_key_form_finalize;
  widget_class->map = siamban_key_form_map;

  signals[SIGNAL_BUILT] = g_signal_new ("built", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAULT_CHANGED] = g_signal_new ("fault-changed", G_TYPE_FROM_CLASS (klass),
                                                G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                                0);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/configure/siamban-key-form.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanKeyForm, stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanKeyForm, box);
}

static void
siamban_key_form_init (SiambanKeyForm *self)
{
  self->groups = g_ptr_array_new_with_free_func (group_free);
  self->rows = g_hash_table_new (g_str_hash, g_str_equal);
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
siamban_key_form_set_config (SiambanKeyForm *self, SiambanConfig *config)
{
  if (self->config == config)
    return;

  clear (self);
  if (self->config != NULL)
    g_signal_handlers_disconnect_by_data (siamban_config_get_groups (self->config), self);
  g_set_object (&self->config, config);
  g_signal_connect_object (siamban_config_get_groups (config), "items-changed",
                           G_CALLBACK (groups_changed_cb), self, G_CONNECT_SWAPPED);
  build (self);
}

void
siamban_key_form_set_search (SiambanKeyForm *self, const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);

  g_strfreev (self->words);
  self->words = g_strsplit (folded, " ", -1);
  filter (self);
}

void
siamban_key_form_set_changed_only (SiambanKeyForm *self, gboolean changed_only)
{
  self->changed_only = changed_only;
  filter (self);
}

SiambanKeyRow *
siamban_key_form_find_row (SiambanKeyForm *self, const char *key)
{
  return g_hash_table_lookup (self->rows, key);
}

/* The row of `KEY: problem`; a free parameter's is that of the mapping it is in. */
static SiambanKeyRow *
find_row_of (SiambanKeyForm *self, const char *problem, const char **text)
{
  const char *colon = strstr (problem, ": ");
  g_autofree char *key = g_strndup (problem, colon != NULL ? (gsize) (colon - problem) : 0);
  SiambanKeyRow *row = siamban_key_form_find_row (self, key);
  char *dot = strrchr (key, '.');

  if (row != NULL)
    {
      *text = colon + strlen (": ");
      return row;
    }

  *text = problem;
  if (dot == NULL)
    return NULL;
  *dot = '\0';

  return siamban_key_form_find_row (self, key);
}

void
siamban_key_form_set_problems (SiambanKeyForm *self,
                               const char *const *problems,
                               GStrvBuilder *rest)
{
  g_autoptr (GHashTable) found = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer row;

  for (guint i = 0; problems[i] != NULL; i++)
    {
      const char *text;

      row = find_row_of (self, problems[i], &text);
      if (row == NULL)
        g_strv_builder_add (rest, problems[i]);
      else if (g_hash_table_insert (found, row, NULL))
        siamban_key_row_set_problem (row, text);
    }

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    if (!g_hash_table_contains (found, row))
      siamban_key_row_set_problem (row, NULL);
}

guint
siamban_key_form_get_n_problems (SiambanKeyForm *self)
{
  GHashTableIter iter;
  gpointer row;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    n += siamban_key_row_get_problem (row) != NULL;

  return n;
}

guint
siamban_key_form_get_n_shown (SiambanKeyForm *self)
{
  return self->n_matching;
}

void
siamban_key_form_show_problem (SiambanKeyForm *self)
{
  /* It may be on one of the rows that are still to come. */
  self->n_ready = g_hash_table_size (self->rows);
  filter (self);
  for (guint i = 0; i < self->groups->len; i++)
    {
      Group *group = self->groups->pdata[i];

      for (guint j = 0; j < group->rows->len; j++)
        if (siamban_key_row_get_problem (group->rows->pdata[j]) != NULL)
          {
            gtk_widget_child_focus (group->rows->pdata[j], GTK_DIR_TAB_FORWARD);
            return;
          }
    }
}
