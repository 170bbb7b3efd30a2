/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-schedule-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "siamban-plot.h"

/* Epochs that are plotted as steps; of more, a line through each says enough. */
#define MAX_STEPS 2000

struct _SiambanScheduleView
{
  GtkWidget parent_instance;

  GtkStack *stack;
  SiambanPlot *plot;
  GtkLabel *summary;
  GtkLabel *reason;
};

G_DEFINE_FINAL_TYPE (SiambanScheduleView, siamban_schedule_view, GTK_TYPE_WIDGET)

static const char *const groups[] = { "backbone", "neck", "head" };

double
siamban_schedule_view_get_rate (SiambanConfig *config,
                                SiambanLrSchedule *schedule,
                                const char *group,
                                guint epoch)
{
  const double base = siamban_config_get_double (config, "TRAIN.BASE_LR");

  if (g_str_equal (group, "backbone"))
    {
      const double share = siamban_config_get_double (config, "BACKBONE.LAYERS_LR");

      if ((gint64) epoch < siamban_config_get_int (config, "BACKBONE.TRAIN_EPOCH") ||
          siamban_config_get_strv (config, "BACKBONE.TRAIN_LAYERS")[0] == NULL)
        return NAN;
      return siamban_lr_schedule_get_group_rate (schedule, epoch, share * base);
    }
  if (g_str_equal (group, "neck") && !siamban_config_get_boolean (config, "ADJUST.ADJUST"))
    return NAN;

  return siamban_lr_schedule_get_group_rate (schedule, epoch, base);
}

/* Each epoch is a step: the rate does not change within. Epochs are counted from 1, as in a log. */
static void
plot (SiambanScheduleView *self, SiambanConfig *config, SiambanLrSchedule *schedule)
{
  const guint n_epochs = siamban_lr_schedule_get_n_epochs (schedule);

  siamban_plot_clear (self->plot);
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    for (guint epoch = 0; epoch < n_epochs; epoch++)
      {
        const double rate = siamban_schedule_view_get_rate (config, schedule, groups[i], epoch);

        siamban_plot_append (self->plot, i, epoch + 1, rate);
        if (n_epochs <= MAX_STEPS)
          siamban_plot_append (self->plot, i, epoch + 1.999, rate);
      }
}

static void
summarise (SiambanScheduleView *self, SiambanConfig *config, SiambanLrSchedule *schedule)
{
  const guint n_epochs = siamban_lr_schedule_get_n_epochs (schedule);
  const guint start = (guint) siamban_config_get_int (config, "TRAIN.START_EPOCH");
  const gint64 train_epoch = siamban_config_get_int (config, "BACKBONE.TRAIN_EPOCH");
  const double first = siamban_schedule_view_get_rate (config, schedule, "head", start);
  const double last = siamban_schedule_view_get_rate (config, schedule, "head", n_epochs - 1);
  g_autofree char *rates = g_strdup_printf (_ ("Head: %g in epoch %u, %g in epoch %u."), first,
                                            start + 1, last, n_epochs);
  g_autofree char *backbone = train_epoch < n_epochs
                                  ? g_strdup_printf (_ ("The backbone trains from epoch %d on."),
                                                     (int) train_epoch + 1)
                                  : g_strdup (_ ("The backbone does not train."));
  g_autofree char *text = g_strdup_printf ("%s %s", rates, backbone);

  gtk_label_set_text (self->summary, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->plot), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text, -1);
}

static void
siamban_schedule_view_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SIAMBAN_TYPE_SCHEDULE_VIEW);

  G_OBJECT_CLASS (siamban_schedule_view_parent_class)->dispose (object);
}

static void
siamban_schedule_view_class_init (SiambanScheduleViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_schedule_view_dispose;

  g_type_ensure (SIAMBAN_TYPE_PLOT);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/configure/siamban-schedule-view.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanScheduleView, stack);
  gtk_widget_class_bind_template_child (widget_class, SiambanScheduleView, plot);
  gtk_widget_class_bind_template_child (widget_class, SiambanScheduleView, summary);
  gtk_widget_class_bind_template_child (widget_class, SiambanScheduleView, reason);
}

static void
siamban_schedule_view_init (SiambanScheduleView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_object_bind_property (adw_style_manager_get_default (), "high-contrast", self->plot,
                          "high-contrast", G_BINDING_SYNC_CREATE);
  siamban_plot_add_series (self->plot, _ ("backbone"));
  siamban_plot_add_series (self->plot, _ ("neck"));
  siamban_plot_add_series (self->plot, _ ("head"));
}

gboolean
siamban_schedule_view_show (SiambanScheduleView *self, SiambanConfig *config, GError **error)
{
  GError *problem = NULL;
  g_autoptr (SiambanLrSchedule) schedule = siamban_lr_schedule_new_from_config (config, &problem);

  if (schedule == NULL)
    {
      gtk_label_set_text (self->reason, problem->message);
      gtk_stack_set_visible_child_name (self->stack, "reason");
      g_propagate_error (error, problem);
      return FALSE;
    }

  plot (self, config, schedule);
  summarise (self, config, schedule);
  gtk_stack_set_visible_child_name (self->stack, "plot");

  return TRUE;
}
