/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-device-row.h"

#include <glib/gi18n.h>

struct _SiambanDeviceRow
{
  AdwPreferencesRow parent_instance;

  GtkCheckButton *check;
  GtkLabel *name;
  GtkLabel *detail;
  GtkLevelBar *level;
  GtkLabel *text;

  SiambanDevice *device; /* NULL for one that cannot be used */
};

enum
{
  PROP_ACTIVE = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (SiambanDeviceRow, siamban_device_row, ADW_TYPE_PREFERENCES_ROW)

static void
siamban_device_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  SiambanDeviceRow *self = SIAMBAN_DEVICE_ROW (object);

  switch (prop_id)
    {
    case PROP_ACTIVE:
      g_value_set_boolean (value, gtk_check_button_get_active (self->check));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
siamban_device_row_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  SiambanDeviceRow *self = SIAMBAN_DEVICE_ROW (object);

  switch (prop_id)
    {
    case PROP_ACTIVE:
      gtk_check_button_set_active (self->check, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
toggled_cb (SiambanDeviceRow *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ACTIVE]);
}

static void
siamban_device_row_dispose (GObject *object)
{
  SiambanDeviceRow *self = SIAMBAN_DEVICE_ROW (object);

  g_clear_object (&self->device);
  gtk_widget_dispose_template (GTK_WIDGET (self), SIAMBAN_TYPE_DEVICE_ROW);

  G_OBJECT_CLASS (siamban_device_row_parent_class)->dispose (object);
}

static void
siamban_device_row_class_init (SiambanDeviceRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = siamban_device_row_get_property;
  object_class->set_property = siamban_device_row_set_property;
  object_class->dispose = siamban_device_row_dispose;

  props[PROP_ACTIVE] = g_param_spec_boolean ("active", NULL, NULL, FALSE,
                                             G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                                 G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/configure/siamban-device-row.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanDeviceRow, check);
  gtk_widget_class_bind_template_child (widget_class, SiambanDeviceRow, name);
  gtk_widget_class_bind_template_child (widget_class, SiambanDeviceRow, detail);
  gtk_widget_class_bind_template_child (widget_class, SiambanDeviceRow, level);
  gtk_widget_class_bind_template_child (widget_class, SiambanDeviceRow, text);
  gtk_widget_class_bind_template_callback (widget_class, toggled_cb);
}

static void
siamban_device_row_init (SiambanDeviceRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static char *
format_size (guint64 n_bytes)
{
  return g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);
}

static void
set_names (SiambanDeviceRow *self, const char *name, const char *detail)
{
  gtk_label_set_text (self->name, name);
  gtk_label_set_text (self->detail, detail);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->check), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  -1);
}

SiambanDeviceRow *
siamban_device_row_new (SiambanDevice *device)
{
  SiambanDeviceRow *self = g_object_new (SIAMBAN_TYPE_DEVICE_ROW, NULL);
  g_autofree char *memory = format_size (siamban_device_get_memory (device));
  g_autofree char *detail = siamban_device_get_memory (device) > 0
                                ? g_strdup_printf (_ ("%s, engine %s, %s of memory"),
                                                   siamban_device_get_id (device),
                                                   siamban_device_get_engine_name (device), memory)
                                : g_strdup_printf (_ ("%s, engine %s"),
                                                   siamban_device_get_id (device),
                                                   siamban_device_get_engine_name (device));

  self->device = g_object_ref (device);
  set_names (self, siamban_device_get_name (device), detail);

  return self;
}

SiambanDeviceRow *
siamban_device_row_new_unusable (SiambanEngine *engine, const char *reason)
{
  SiambanDeviceRow *self = g_object_new (SIAMBAN_TYPE_DEVICE_ROW, NULL);

  set_names (self, siamban_engine_get_description (engine), siamban_engine_get_name (engine));
  gtk_widget_set_sensitive (GTK_WIDGET (self->check), FALSE);
  siamban_device_row_set_text (self, reason);

  return self;
}

SiambanDevice *
siamban_device_row_get_device (SiambanDeviceRow *self)
{
  return self->device;
}

void
siamban_device_row_set_text (SiambanDeviceRow *self, const char *text)
{
  gtk_widget_set_visible (GTK_WIDGET (self->level), FALSE);
  gtk_label_set_text (self->text, text);
  gtk_widget_set_visible (GTK_WIDGET (self->text), *text != '\0');
  gtk_widget_remove_css_class (GTK_WIDGET (self->text), "error");
}

static void
append_phase (GString *text, SiambanTrainingPhase *phase)
{
  const guint first = siamban_training_phase_get_first_epoch (phase);
  const guint n = siamban_training_phase_get_n_epochs (phase);
  g_autofree char *memory = format_size (siamban_training_phase_get_memory (phase));
  const double millions = (double) siamban_training_phase_get_n_weights (phase) / 1e6;

  if (text->len > 0)
    g_string_append_c (text, '\n');
  g_string_append_printf (text, _ ("Epochs %u to %u: %s, %.2f million weights train"), first + 1,
                          first + n, memory, millions);
}

void
siamban_device_row_set_phases (SiambanDeviceRow *self, GListModel *phases)
{
  const guint64 memory = siamban_device_get_memory (self->device);
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 most = 0;

  for (guint i = 0; i < g_list_model_get_n_items (phases); i++)
    {
      g_autoptr (SiambanTrainingPhase) phase = g_list_model_get_item (phases, i);

      append_phase (text, phase);
      most = MAX (most, siamban_training_phase_get_memory (phase));
    }
  if (memory > 0 && most > memory)
    g_string_append_printf (text, "\n%s",
                            _ ("That is more than there is: reduce TRAIN.BATCH_SIZE."));

  siamban_device_row_set_text (self, text->str);
  if (memory == 0)
    return;

  gtk_level_bar_set_value (self->level, MIN (1, (double) most / (double) memory));
  gtk_widget_set_visible (GTK_WIDGET (self->level), TRUE);
  if (most > memory)
    gtk_widget_add_css_class (GTK_WIDGET (self->text), "error");
}
