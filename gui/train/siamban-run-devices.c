/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-devices.h"

#include <glib/gi18n.h>

#define BAR_WIDTH 120

struct _SiambanRunDevices
{
  GtkWidget parent_instance;

  GtkWidget *box; /* a flow box of tiles */
};

G_DEFINE_FINAL_TYPE (SiambanRunDevices, siamban_run_devices, GTK_TYPE_WIDGET)

static gboolean
to_busy_fraction (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_double (to, MAX (g_value_get_double (from), 0));

  return TRUE;
}

static gboolean
to_busy_text (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  const double busy = g_value_get_double (from);

  g_value_take_string (to, busy < 0 ? g_strdup (_ ("busy: unknown"))
                                    : g_strdup_printf (_ ("busy: %.0f %%"), 100 * busy));

  return TRUE;
}

static gboolean
to_memory_fraction (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_autoptr (SiambanRunDevice) device = SIAMBAN_RUN_DEVICE (g_binding_dup_source (binding));
  const double memory = (double) siamban_run_device_get_memory (device);
  const double used = (double) g_value_get_uint64 (from);

  g_value_set_double (to, memory > 0 ? MIN (used / memory, 1) : 0);

  return TRUE;
}

static gboolean
to_memory_text (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_autoptr (SiambanRunDevice) device = SIAMBAN_RUN_DEVICE (g_binding_dup_source (binding));
  g_autofree char *all = g_format_size_full (siamban_run_device_get_memory (device),
                                             G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *used = g_format_size_full (g_value_get_uint64 (from), G_FORMAT_SIZE_IEC_UNITS);

  g_value_take_string (to, g_value_get_uint64 (from) == 0
                               ? g_strdup (_ ("memory: unknown"))
                               : g_strdup_printf (_ ("memory: %s of %s"), used, all));

  return TRUE;
}

static void
add_bar (GtkWidget *tile,
         SiambanRunDevice *device,
         const char *property,
         const char *name,
         GBindingTransformFunc to_fraction,
         GBindingTransformFunc to_text)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *bar = gtk_level_bar_new ();
  GtkWidget *label = gtk_label_new (NULL);

  /* Full is good here: nothing turns red. */
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (bar), GTK_LEVEL_BAR_OFFSET_FULL);
  gtk_widget_set_size_request (bar, BAR_WIDTH, -1);
  gtk_widget_set_valign (bar, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "numeric");
  g_object_bind_property_full (device, property, bar, "value", G_BINDING_SYNC_CREATE, to_fraction,
                               NULL, NULL, NULL);
  g_object_bind_property_full (device, property, label, "label", G_BINDING_SYNC_CREATE, to_text,
                               NULL, NULL, NULL);
  gtk_box_append (GTK_BOX (row), bar);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (tile), row);
}

static GtkWidget *
make_tile (gpointer item, gpointer user_data)
{
  SiambanRunDevice *device = item;
  GtkWidget *tile = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *child = gtk_flow_box_child_new ();
  GtkWidget *label = gtk_label_new (siamban_run_device_get_id (device));

  gtk_widget_set_tooltip_text (label, siamban_run_device_get_name (device));
  gtk_widget_add_css_class (label, "caption-heading");
  gtk_box_append (GTK_BOX (tile), label);
  add_bar (tile, device, "utilisation", _ ("How busy the device is"), to_busy_fraction,
           to_busy_text);
  add_bar (tile, device, "memory-used", _ ("Memory of the device"), to_memory_fraction,
           to_memory_text);
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child), tile);
  gtk_widget_set_focusable (child, FALSE);

  return child;
}

static void
siamban_run_devices_dispose (GObject *object)
{
  g_clear_pointer (&SIAMBAN_RUN_DEVICES (object)->box, gtk_widget_unparent);

  G_OBJECT_CLASS (siamban_run_devices_parent_class)->dispose (object);
}

static void
siamban_run_devices_class_init (SiambanRunDevicesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = siamban_run_devices_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
siamban_run_devices_init (SiambanRunDevices *self)
{
  self->box = gtk_flow_box_new ();
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (self->box), GTK_SELECTION_NONE);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (self->box), 4);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (self->box), 12);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->box), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Devices of the run"), -1);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

void
siamban_run_devices_set_run (SiambanRunDevices *self, SiambanRun *run)
{
  gtk_flow_box_bind_model (GTK_FLOW_BOX (self->box),
                           run != NULL ? siamban_run_get_devices (run) : NULL, make_tile, NULL,
                           NULL);
}
