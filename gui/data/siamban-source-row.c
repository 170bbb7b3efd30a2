/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-source-row.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#include "siamban-histogram-view.h"

/* One source of the mixture: whether it is used, how much, and what its boxes are like. */
struct _SiambanSourceRow
{
  AdwExpanderRow parent_instance;

  GtkWidget *error_icon;
  GtkLevelBar *share;
  GtkSwitch *used;
  GtkSpinButton *num_use;
  GtkSpinButton *frame_range;
  AdwActionRow *folder;
  GtkFlowBox *histograms;

  SiambanSource *source;
  gboolean updating;
};

enum
{
  SIGNAL_EDITED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SiambanSourceRow, siamban_source_row, ADW_TYPE_EXPANDER_ROW)

static void
used_cb (SiambanSourceRow *self)
{
  if (!self->updating)
    g_signal_emit (self, signals[SIGNAL_EDITED], 0, "USED",
                   (gint64) gtk_switch_get_active (self->used));
}

static void
num_use_cb (SiambanSourceRow *self)
{
  if (!self->updating)
    g_signal_emit (self, signals[SIGNAL_EDITED], 0, "NUM_USE",
                   (gint64) gtk_spin_button_get_value (self->num_use));
}

static void
frame_range_cb (SiambanSourceRow *self)
{
  if (!self->updating)
    g_signal_emit (self, signals[SIGNAL_EDITED], 0, "FRAME_RANGE",
                   (gint64) gtk_spin_button_get_value (self->frame_range));
}

static void
show_histograms (SiambanSourceRow *self)
{
  SiambanStatistics *statistics = siamban_source_get_statistics (self->source);
  GtkWidget *views[3];

  if (statistics == NULL || gtk_flow_box_get_child_at_index (self->histograms, 0) != NULL)
    return;
  views[0] = siamban_histogram_view_new (siamban_statistics_get_box_sizes (statistics),
                                         _ ("Size of the boxes"), _ ("px"));
  views[1] = siamban_histogram_view_new (siamban_statistics_get_aspect_ratios (statistics),
                                         _ ("Width over height"), "");
  views[2] = siamban_histogram_view_new (siamban_statistics_get_track_lengths (statistics),
                                         _ ("Length of the tracks"), _ ("frames"));
  for (gsize i = 0; i < G_N_ELEMENTS (views); i++)
    gtk_flow_box_append (self->histograms, views[i]);
}

static char *
describe (SiambanSourceRow *self, SiambanConfig *config, guint64 n_draws)
{
  SiambanStatistics *statistics = siamban_source_get_statistics (self->source);
  const guint64 draws = siamban_source_count_draws (self->source, config);
  g_autofree char *videos = NULL;
  g_autofree char *frames = NULL;
  guint n;

  if (siamban_source_get_error (self->source) != NULL)
    return g_strdup_printf (_ ("%s\nBring the files back, add the folder where they are now, or "
                               "switch this source off."),
                            siamban_source_get_error (self->source));
  if (statistics == NULL)
    return g_strdup (_ ("Reading the annotations…"));
  n = siamban_statistics_get_n_videos (statistics);
  videos = g_strdup_printf (g_dngettext (NULL, "%u video", "%u videos", n), n);
  n = siamban_statistics_get_n_frames (statistics);
  frames = g_strdup_printf (g_dngettext (NULL, "%u box", "%u boxes", n), n);
  if (!siamban_source_is_used (self->source, config))
    return g_strdup_printf (_ ("%s, %s; not used"), videos, frames);

  return g_strdup_printf (_ ("%s, %s; %" PRIu64 " draws, %.1f %% of the pairs"), videos, frames,
                          draws, n_draws > 0 ? 100.0 * (double) draws / (double) n_draws : 0);
}

static gint64
get_int (SiambanSourceRow *self, SiambanConfig *config, const char *name, gint64 fallback)
{
  g_autofree char *key = siamban_source_get_key (self->source, name);

  return siamban_config_has_key (config, key) ? siamban_config_get_int (config, key) : fallback;
}

void
siamban_source_row_update (SiambanSourceRow *self, SiambanConfig *config, guint64 n_draws)
{
  const gboolean used = siamban_source_is_used (self->source, config);
  const guint64 draws = siamban_source_count_draws (self->source, config);
  const gboolean failed = siamban_source_get_error (self->source) != NULL;
  g_autofree char *text = describe (self, config, n_draws);
  g_autofree char *markup = g_markup_escape_text (text, -1);

  self->updating = TRUE;
  gtk_switch_set_active (self->used, used);
  gtk_spin_button_set_value (self->num_use, (double) get_int (self, config, "NUM_USE", -1));
  gtk_spin_button_set_value (self->frame_range,
                             (double) get_int (self, config, "FRAME_RANGE", 100));
  gtk_level_bar_set_value (self->share, n_draws > 0 ? (double) draws / (double) n_draws : 0);
  gtk_widget_set_visible (GTK_WIDGET (self->share), used && !failed);
  gtk_widget_set_visible (self->error_icon, failed);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), markup);
  show_histograms (self);
  self->updating = FALSE;
}

static void
siamban_source_row_dispose (GObject *object)
{
  SiambanSourceRow *self = SIAMBAN_SOURCE_ROW (object);

  g_clear_object (&self->source);

  G_OBJECT_CLASS (siamban_source_row_parent_class)->dispose (object);
}

static void
siamban_source_row_class_init (SiambanSourceRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = siamban_source_row_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/data/siamban-source-row.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanSourceRow, error_icon);
  gtk_widget_class_bind_template_child (widget_class, SiambanSourceRow, share);
  gtk_widget_class_bind_template_child (widget_class, SiambanSourceRow, used);
  gtk_widget_class_bind_template_child (widget_class, SiambanSourceRow, num_use);
  gtk_widget_class_bind_template_child (widget_class, SiambanSourceRow, frame_range);
  gtk_widget_class_bind_template_child (widget_class, SiambanSourceRow, folder);
  gtk_widget_class_bind_template_child (widget_class, SiambanSourceRow, histograms);
  gtk_widget_class_bind_template_callback (widget_class, used_cb);
  gtk_widget_class_bind_template_callback (widget_class, num_use_cb);
  gtk_widget_class_bind_template_callback (widget_class, frame_range_cb);

  signals[SIGNAL_EDITED] = g_signal_new ("edited", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING,
                                         G_TYPE_INT64);
}

static void
siamban_source_row_init (SiambanSourceRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
siamban_source_row_new (SiambanSource *source)
{
  SiambanSourceRow *self = g_object_new (SIAMBAN_TYPE_SOURCE_ROW, NULL);
  g_autofree char *label = g_strdup_printf (_ ("Use %s"), siamban_source_get_name (source));
  g_autofree char *root = g_markup_escape_text (siamban_source_get_root (source), -1);

  self->source = g_object_ref (source);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), siamban_source_get_name (source));
  adw_action_row_set_subtitle (self->folder, root);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->used), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->used), label);

  return GTK_WIDGET (self);
}

SiambanSource *
siamban_source_row_get_source (SiambanSourceRow *self)
{
  return self->source;
}
