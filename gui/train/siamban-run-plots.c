/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-run-plots.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "siamban-run-feed.h"
#include "siamban-settings.h"

struct _SiambanRunPlots
{
  GtkWidget parent_instance;

  GtkWidget *content;
  GtkAdjustment *smoothing_adjustment;
  SiambanPlot *losses;
  SiambanPlot *rates;
  SiambanPlot *gradients;
  SiambanPlot *times;
  SiambanPlot *validations;
  GtkWidget *validations_child; /* is not there before there are any */

  SiambanRun *run;
  SiambanRunFeed *feed;
  GPtrArray *overlays; /* of SiambanRunFeed */
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (SiambanRunPlots, siamban_run_plots, GTK_TYPE_WIDGET)

static double
get_total_loss (const SiambanIteration *iteration)
{
  return iteration->total_loss;
}

static double
get_cls_loss (const SiambanIteration *iteration)
{
  return iteration->cls_loss;
}

static double
get_loc_loss (const SiambanIteration *iteration)
{
  return iteration->loc_loss;
}

static double
get_backbone_rate (const SiambanIteration *iteration)
{
  return iteration->backbone_rate;
}

/* What a network does not have is no curve. */
static double
get_neck_rate (const SiambanIteration *iteration)
{
  return iteration->neck_rate > 0 ? iteration->neck_rate : NAN;
}

static double
get_head_rate (const SiambanIteration *iteration)
{
  return iteration->head_rate;
}

static double
get_grad_norm (const SiambanIteration *iteration)
{
  return iteration->grad_norm;
}

static double
get_data_time (const SiambanIteration *iteration)
{
  return iteration->data_time;
}

static double
get_compute_time (const SiambanIteration *iteration)
{
  return iteration->batch_time - iteration->data_time - iteration->communication_time;
}

/* One device waits for nobody, and has no curve of that. */
static double
get_communication_time (const SiambanIteration *iteration)
{
  return iteration->communication_time > 0 ? iteration->communication_time : NAN;
}

/* Every curve of a run, in which plot, and which colour it has. */
static const struct
{
  gsize plot; /* offset in SiambanRunPlots */
  const char *name;
  SiambanRunValue value; /* NULL: of validations */
  gboolean compared;     /* shown of other runs, too */
} curves[] = {
  { G_STRUCT_OFFSET (SiambanRunPlots, losses), N_ ("total"), get_total_loss, TRUE },
  { G_STRUCT_OFFSET (SiambanRunPlots, losses), N_ ("cls"), get_cls_loss, TRUE },
  { G_STRUCT_OFFSET (SiambanRunPlots, losses), N_ ("loc"), get_loc_loss, TRUE },
  { G_STRUCT_OFFSET (SiambanRunPlots, rates), N_ ("backbone"), get_backbone_rate, FALSE },
  { G_STRUCT_OFFSET (SiambanRunPlots, rates), N_ ("neck"), get_neck_rate, FALSE },
  { G_STRUCT_OFFSET (SiambanRunPlots, rates), N_ ("head"), get_head_rate, TRUE },
  { G_STRUCT_OFFSET (SiambanRunPlots, gradients), N_ ("gradient norm"), get_grad_norm, TRUE },
  { G_STRUCT_OFFSET (SiambanRunPlots, times), N_ ("waiting for data"), get_data_time, FALSE },
  { G_STRUCT_OFFSET (SiambanRunPlots, times), N_ ("computing"), get_compute_time, TRUE },
  { G_STRUCT_OFFSET (SiambanRunPlots, times), N_ ("waiting for devices"), get_communication_time,
    FALSE },
  { G_STRUCT_OFFSET (SiambanRunPlots, validations), N_ ("mean IoU"), NULL, TRUE },
};

static const struct
{
  const char *name;
  gsize plot;
} plots[] = {
  { "loss", G_STRUCT_OFFSET (SiambanRunPlots, losses) },
  { "rate", G_STRUCT_OFFSET (SiambanRunPlots, rates) },
  { "gradient", G_STRUCT_OFFSET (SiambanRunPlots, gradients) },
  { "time", G_STRUCT_OFFSET (SiambanRunPlots, times) },
  { "validation", G_STRUCT_OFFSET (SiambanRunPlots, validations) },
};

static SiambanPlot *
plot_at (SiambanRunPlots *self, gsize offset)
{
  return G_STRUCT_MEMBER (SiambanPlot *, self, offset);
}

/* @prefix: of the names of another run; NULL for the run that is shown. */
static SiambanRunFeed *
add_curves (SiambanRunPlots *self, SiambanRun *run, const char *prefix)
{
  SiambanRunFeed *feed = siamban_run_feed_new (run);
  SiambanPlot *last = NULL;
  guint style = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (curves); i++)
    {
      SiambanPlot *plot = plot_at (self, curves[i].plot);
      g_autofree char *name = NULL;
      guint series;

      style = plot == last ? style + 1 : 0;
      last = plot;
      if (prefix != NULL && !curves[i].compared)
        continue;
      name = prefix != NULL ? g_strdup_printf ("%s %s", prefix, _ (curves[i].name))
                            : g_strdup (_ (curves[i].name));
      series = siamban_plot_add_series (plot, name);
      siamban_plot_style_series (plot, series, style, prefix != NULL);
      if (curves[i].value != NULL)
        siamban_run_feed_add (feed, plot, series, curves[i].value);
      else
        siamban_run_feed_add_validations (feed, plot, series);
    }

  return feed;
}

static void
remove_curves (SiambanRunPlots *self)
{
  g_ptr_array_set_size (self->overlays, 0);
  g_clear_pointer (&self->feed, siamban_run_feed_free);
  for (gsize i = 0; i < G_N_ELEMENTS (plots); i++)
    {
      siamban_plot_remove_series (plot_at (self, plots[i].plot), 0);
      siamban_plot_clear_marks (plot_at (self, plots[i].plot));
      siamban_plot_show_all (plot_at (self, plots[i].plot));
    }
}

static void
epoch_cb (guint epoch, double first_iteration, gpointer user_data)
{
  g_autofree char *label = g_strdup_printf ("%u", epoch);

  for (gsize i = 0; i < G_N_ELEMENTS (plots); i++)
    siamban_plot_add_mark (plot_at (user_data, plots[i].plot), first_iteration, label);
}

static gboolean
is_validated (SiambanRunPlots *self)
{
  for (guint i = 0; i < self->overlays->len; i++)
    if (siamban_run_feed_has_validations (self->overlays->pdata[i]))
      return TRUE;

  return self->feed != NULL && siamban_run_feed_has_validations (self->feed);
}

static void
update_validations (SiambanRunPlots *self)
{
  gtk_widget_set_visible (self->validations_child, is_validated (self));
}

static void
rewound_cb (SiambanRunPlots *self)
{
  update_validations (self);
  for (gsize i = 0; i < G_N_ELEMENTS (plots); i++)
    siamban_plot_clear_marks (plot_at (self, plots[i].plot));
}

static SiambanPlot *
find_plot (SiambanRunPlots *self, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (plots); i++)
    if (g_str_equal (plots[i].name, name))
      return plot_at (self, plots[i].plot);

  g_return_val_if_reached (NULL);
}

static void
toast (SiambanRunPlots *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanRunPlots) self = SIAMBAN_RUN_PLOTS (user_data);
  g_autoptr (GError) error = NULL;

  if (siamban_plot_export_finish (SIAMBAN_PLOT (source), result, &error))
    toast (self, _ ("Exported"));
  else
    toast (self, error->message);
}

static void
export_response_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  SiambanRunPlots *self = SIAMBAN_RUN_PLOTS (user_data);
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

  if (response == GTK_RESPONSE_ACCEPT && file != NULL && g_file_peek_path (file) != NULL)
    siamban_plot_export_async (find_plot (self, g_object_get_data (G_OBJECT (dialog), "plot")),
                               g_file_peek_path (file), exported_cb, g_object_ref (self));
  g_clear_object (&self->chooser);
}

static void
show_chooser (SiambanRunPlots *self, GCallback response)
{
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect (self->chooser, "response", response, self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* The parameter: which plot, and which suffix. */
static void
export_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanRunPlots *self = SIAMBAN_RUN_PLOTS (widget);
  const char *plot, *suffix;
  g_autofree char *file = NULL;

  g_variant_get (parameter, "(&s&s)", &plot, &suffix);
  if (!gtk_widget_get_mapped (GTK_WIDGET (find_plot (self, plot))))
    {
      toast (self, _ ("There is nothing to export yet"));
      return;
    }
  file = g_strdup_printf ("%s.%s", plot, suffix);
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Export"),
                                               GTK_WINDOW (gtk_widget_get_root (widget)),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), file);
  g_object_set_data_full (G_OBJECT (self->chooser), "plot", g_strdup (plot), g_free);
  show_chooser (self, G_CALLBACK (export_response_cb));
}

static void
overlay_opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SiambanRunPlots) self = SIAMBAN_RUN_PLOTS (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (SiambanRun) run = siamban_run_open_finish (result, &error);

  if (self->content == NULL)
    return; /* closed meanwhile */
  if (run != NULL)
    siamban_run_plots_add_overlay (self, run);
  else
    toast (self, error->message);
}

static void
overlay_response_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  SiambanRunPlots *self = SIAMBAN_RUN_PLOTS (user_data);
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

  if (response == GTK_RESPONSE_ACCEPT && file != NULL && g_file_peek_path (file) != NULL)
    siamban_run_open_async (g_file_peek_path (file), NULL, overlay_opened_cb, g_object_ref (self));
  g_clear_object (&self->chooser);
}

static void
add_overlay_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SiambanRunPlots *self = SIAMBAN_RUN_PLOTS (widget);

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      _ ("Compare with a Run"), GTK_WINDOW (gtk_widget_get_root (widget)),
      GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Compare"), NULL);
  show_chooser (self, G_CALLBACK (overlay_response_cb));
}

static void
remove_overlays_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  siamban_run_plots_remove_overlays (SIAMBAN_RUN_PLOTS (widget));
}

static void
siamban_run_plots_dispose (GObject *object)
{
  SiambanRunPlots *self = SIAMBAN_RUN_PLOTS (object);

  if (self->content != NULL)
    siamban_run_plots_set_run (self, NULL);
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->content, gtk_widget_unparent);

  G_OBJECT_CLASS (siamban_run_plots_parent_class)->dispose (object);
}

static void
siamban_run_plots_finalize (GObject *object)
{
  g_ptr_array_unref (SIAMBAN_RUN_PLOTS (object)->overlays);

  G_OBJECT_CLASS (siamban_run_plots_parent_class)->finalize (object);
}

static void
siamban_run_plots_class_init (SiambanRunPlotsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_run_plots_dispose;
  G_OBJECT_CLASS (klass)->finalize = siamban_run_plots_finalize;

  g_type_ensure (SIAMBAN_TYPE_PLOT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/train/siamban-run-plots.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanRunPlots, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunPlots, smoothing_adjustment);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunPlots, losses);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunPlots, rates);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunPlots, gradients);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunPlots, times);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunPlots, validations);
  gtk_widget_class_bind_template_child (widget_class, SiambanRunPlots, validations_child);
  gtk_widget_class_install_action (widget_class, "plots.export", "(ss)", export_action);
  gtk_widget_class_install_action (widget_class, "plots.add-overlay", NULL, add_overlay_action);
  gtk_widget_class_install_action (widget_class, "plots.remove-overlays", NULL,
                                   remove_overlays_action);
}

static void
siamban_run_plots_init (SiambanRunPlots *self)
{
  self->overlays = g_ptr_array_new_with_free_func ((GDestroyNotify) siamban_run_feed_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "plots.remove-overlays", FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (plots); i++)
    g_object_bind_property (adw_style_manager_get_default (), "high-contrast",
                            plot_at (self, plots[i].plot), "high-contrast", G_BINDING_SYNC_CREATE);
  if (siamban_settings_get () != NULL)
    g_settings_bind (siamban_settings_get (), "smoothing", self->smoothing_adjustment, "value",
                     G_SETTINGS_BIND_DEFAULT);
}

void
siamban_run_plots_set_run (SiambanRunPlots *self, SiambanRun *run)
{
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  remove_curves (self);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "plots.remove-overlays", FALSE);
  g_set_object (&self->run, run);
  self->feed = run != NULL ? add_curves (self, run, NULL) : NULL;
  update_validations (self);
  if (run == NULL)
    return;

  siamban_run_feed_mark_epochs (self->feed, epoch_cb, self);
  g_signal_connect_swapped (run, "validation", G_CALLBACK (update_validations), self);
  g_signal_connect_swapped (run, "rewound", G_CALLBACK (rewound_cb), self);
}

void
siamban_run_plots_add_overlay (SiambanRunPlots *self, SiambanRun *run)
{
  g_autofree char *name = g_path_get_basename (siamban_run_get_directory (run));

  g_ptr_array_add (self->overlays, add_curves (self, run, name));
  update_validations (self);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "plots.remove-overlays", TRUE);
}

void
siamban_run_plots_remove_overlays (SiambanRunPlots *self)
{
  g_autoptr (SiambanRun) run = self->run != NULL ? g_object_ref (self->run) : NULL;

  siamban_run_plots_set_run (self, run);
}

guint
siamban_run_plots_get_n_overlays (SiambanRunPlots *self)
{
  return self->overlays->len;
}
