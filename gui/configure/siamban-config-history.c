/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-config-history.h"

/* One key's value before a change, or after one that was taken back. */
typedef struct
{
  SiambanConfigGroup *group;
  const char *property; /* interned */
  GValue value;
} Change;

struct _SiambanConfigHistory
{
  GObject parent_instance;

  SiambanConfig *config;
  SiambanConfig *last; /* as it was before the change that comes next */
  GPtrArray *undo;     /* of Change */
  GPtrArray *redo;
  GPtrArray *target; /* where a change that is being made is remembered */
  gboolean closed;
  guint saved; /* length of the undo list when it was saved; G_MAXUINT if unreachable */
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SiambanConfigHistory, siamban_config_history, G_TYPE_OBJECT)

static void
change_free (gpointer data)
{
  Change *self = data;

  g_object_unref (self->group);
  g_value_unset (&self->value);
  g_free (self);
}

static SiambanConfigGroup *
find_group (SiambanConfig *config, const char *name)
{
  GListModel *groups = siamban_config_get_groups (config);

  for (guint i = 0; i < g_list_model_get_n_items (groups); i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);

      if (g_str_equal (siamban_config_group_get_name (group), name))
        return group;
    }

  return NULL;
}

/* The value before the change, and the new one in its place. */
static void
exchange (SiambanConfigHistory *self, SiambanConfigGroup *group, GParamSpec *property, GValue *old)
{
  SiambanConfigGroup *last = find_group (self->last, siamban_config_group_get_name (group));
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (old, property->value_type);
  g_value_init (&value, property->value_type);
  g_object_get_property (G_OBJECT (group), property->name, &value);
  if (last != NULL)
    {
      g_object_get_property (G_OBJECT (last), property->name, old);
      g_object_set_property (G_OBJECT (last), property->name, &value);
    }
  else
    g_param_value_set_default (property, old);
}

/* Typing a number is one change, not one a digit. */
static gboolean
continues (SiambanConfigHistory *self, SiambanConfigGroup *group, GParamSpec *property)
{
  const Change *top;

  if (self->target != NULL || self->closed || self->undo->len == 0 ||
      self->undo->len == self->saved)
    return FALSE;

  top = g_ptr_array_index (self->undo, self->undo->len - 1);

  return top->group == group && g_str_equal (top->property, property->name);
}

static void
notify_cb (SiambanConfigGroup *group, GParamSpec *property, SiambanConfigHistory *self)
{
  const gboolean continued = continues (self, group, property);
  Change *change = g_new0 (Change, 1);

  change->group = g_object_ref (group);
  change->property = g_intern_string (property->name);
  exchange (self, group, property, &change->value);

  if (continued)
    change_free (change);
  else
    g_ptr_array_add (self->target != NULL ? self->target : self->undo, change);
  if (self->target == NULL)
    {
      if (self->redo->len > 0 && self->saved != G_MAXUINT && self->saved >= self->undo->len)
        self->saved = G_MAXUINT;
      g_ptr_array_set_size (self->redo, 0);
      self->closed = FALSE;
    }
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
watch (SiambanConfigHistory *self, guint from, guint n)
{
  GListModel *groups = siamban_config_get_groups (self->config);

  for (guint i = from; i < from + n; i++)
    {
      g_autoptr (SiambanConfigGroup) group = g_list_model_get_item (groups, i);

      g_signal_connect_object (group, "notify", G_CALLBACK (notify_cb), self, 0);
    }
}

/* A data set is never taken out again, its keys only go back. */
static void
groups_changed_cb (GListModel *groups,
                   guint position,
                   guint n_removed,
                   guint n_added,
                   SiambanConfigHistory *self)
{
  g_clear_object (&self->last);
  self->last = siamban_config_copy (self->config);
  watch (self, position, n_added);
}

static void
siamban_config_history_finalize (GObject *object)
{
  SiambanConfigHistory *self = SIAMBAN_CONFIG_HISTORY (object);

  g_ptr_array_unref (self->undo);
  g_ptr_array_unref (self->redo);
  g_clear_object (&self->last);
  g_clear_object (&self->config);

  G_OBJECT_CLASS (siamban_config_history_parent_class)->finalize (object);
}

static void
siamban_config_history_class_init (SiambanConfigHistoryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = siamban_config_history_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
siamban_config_history_init (SiambanConfigHistory *self)
{
  self->undo = g_ptr_array_new_with_free_func (change_free);
  self->redo = g_ptr_array_new_with_free_func (change_free);
}

SiambanConfigHistory *
siamban_config_history_new (SiambanConfig *config)
{
  SiambanConfigHistory *self = g_object_new (SIAMBAN_TYPE_CONFIG_HISTORY, NULL);
  GListModel *groups = siamban_config_get_groups (config);

  self->config = g_object_ref (config);
  self->last = siamban_config_copy (config);
  watch (self, 0, g_list_model_get_n_items (groups));
  g_signal_connect_object (groups, "items-changed", G_CALLBACK (groups_changed_cb), self, 0);

  return self;
}

gboolean
siamban_config_history_can_undo (SiambanConfigHistory *self)
{
  return self->undo->len > 0;
}

gboolean
siamban_config_history_can_redo (SiambanConfigHistory *self)
{
  return self->redo->len > 0;
}

/* Puts the last change of one list back; what it replaces is remembered in the other. */
static void
move (SiambanConfigHistory *self, GPtrArray *from, GPtrArray *to)
{
  Change *change;

  if (from->len == 0)
    return;

  change = g_ptr_array_steal_index (from, from->len - 1);
  self->target = to;
  g_object_set_property (G_OBJECT (change->group), change->property, &change->value);
  self->target = NULL;
  self->closed = TRUE;
  change_free (change);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
siamban_config_history_undo (SiambanConfigHistory *self)
{
  move (self, self->undo, self->redo);
}

void
siamban_config_history_redo (SiambanConfigHistory *self)
{
  move (self, self->redo, self->undo);
}

void
siamban_config_history_close (SiambanConfigHistory *self)
{
  self->closed = TRUE;
}

gboolean
siamban_config_history_is_modified (SiambanConfigHistory *self)
{
  return self->undo->len != self->saved;
}

void
siamban_config_history_set_saved (SiambanConfigHistory *self)
{
  self->saved = self->undo->len;
  self->closed = TRUE;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}
