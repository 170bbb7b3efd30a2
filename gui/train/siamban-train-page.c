/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-train-page.h"

#include <glib/gi18n.h>
#include <math.h>

#include "siamban-plot.h"
#include "siamban-run-feed.h"

/* What a run says of itself while it goes on: losses, learning rates, progress. */
struct _SiambanTrainPage
{
  GtkWidget parent_instance;

  GtkWidget *content;
  GtkLabel *status;
  GtkProgressBar *progress;
  SiambanPlot *losses;
  SiambanPlot *rates;

  SiambanSession *session;
  SiambanRun *run; /* the one that is shown */
  SiambanRunFeed *feed;
};

G_DEFINE_FINAL_TYPE (SiambanTrainPage, siamban_train_page, GTK_TYPE_WIDGET)

enum
{
  PROP_SESSION = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

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

static double
get_neck_rate (const SiambanIteration *iteration)
{
  return iteration->neck_rate;
}

static double
get_head_rate (const SiambanIteration *iteration)
{
  return iteration->head_rate;
}

static void
progress_cb (SiambanTrainPage *self)
{
  const double progress = siamban_run_get_progress (self->run);
  const double eta = siamban_run_get_eta (self->run);
  const guint n = siamban_run_get_n_iterations (self->run);
  const SiambanIteration *last = n > 0 ? siamban_run_get_iteration (self->run, n - 1) : NULL;
  g_autofree char *text = NULL;

  gtk_progress_bar_set_fraction (self->progress, progress);
  if (last == NULL)
    text = g_strdup (_ ("Waiting for the first iteration"));
  else if (last->number >= last->n_iterations)
    text = g_strdup_printf (_ ("Finished after %.0f iterations"), (double) last->number);
  else
    text = g_strdup_printf (_ ("Epoch %.0f, iteration %.0f of %.0f, %d:%02d left"),
                            (double) last->epoch, (double) last->number,
                            (double) last->n_iterations, (int) (eta / 3600),
                            (int) (fmod (eta, 3600) / 60));
  gtk_label_set_text (self->status, text);
}

static void
show_run (SiambanTrainPage *self, SiambanRun *run)
{
  g_clear_pointer (&self->feed, siamban_run_feed_free);
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_set_object (&self->run, run);
  if (run == NULL)
    return;

  self->feed = siamban_run_feed_new (run);
  siamban_run_feed_add (self->feed, self->losses, 0, get_total_loss);
  siamban_run_feed_add (self->feed, self->losses, 1, get_cls_loss);
  siamban_run_feed_add (self->feed, self->losses, 2, get_loc_loss);
  siamban_run_feed_add (self->feed, self->rates, 0, get_backbone_rate);
  siamban_run_feed_add (self->feed, self->rates, 1, get_neck_rate);
  siamban_run_feed_add (self->feed, self->rates, 2, get_head_rate);
  g_signal_connect_swapped (run, "notify::progress", G_CALLBACK (progress_cb), self);
  progress_cb (self);
}

static void
run_changed_cb (SiambanTrainPage *self)
{
  show_run (self, siamban_session_get_run (self->session));
}

static void
set_session (SiambanTrainPage *self, SiambanSession *session)
{
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (!g_set_object (&self->session, session) || session == NULL)
    return;

  g_signal_connect_swapped (session, "notify::run", G_CALLBACK (run_changed_cb), self);
  run_changed_cb (self);
}

static void
siamban_train_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_SESSION)
    g_value_set_object (value, SIAMBAN_TRAIN_PAGE (object)->session);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_train_page_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  if (prop_id == PROP_SESSION)
    set_session (SIAMBAN_TRAIN_PAGE (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
siamban_train_page_dispose (GObject *object)
{
  SiambanTrainPage *self = SIAMBAN_TRAIN_PAGE (object);

  show_run (self, NULL);
  set_session (self, NULL);
  g_clear_pointer (&self->content, gtk_widget_unparent);

  G_OBJECT_CLASS (siamban_train_page_parent_class)->dispose (object);
}

static void
siamban_train_page_class_init (SiambanTrainPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = siamban_train_page_get_property;
  object_class->set_property = siamban_train_page_set_property;
  object_class->dispose = siamban_train_page_dispose;

  properties[PROP_SESSION] = g_param_spec_object ("session", NULL, NULL, SIAMBAN_TYPE_SESSION,
                                                  G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (SIAMBAN_TYPE_PLOT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/siamban/Siamban/train/siamban-train-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, content);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, status);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, progress);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, losses);
  gtk_widget_class_bind_template_child (widget_class, SiambanTrainPage, rates);
}

static void
siamban_train_page_init (SiambanTrainPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  siamban_plot_add_series (self->losses, _ ("total"));
  siamban_plot_add_series (self->losses, _ ("cls"));
  siamban_plot_add_series (self->losses, _ ("loc"));
  siamban_plot_add_series (self->rates, _ ("backbone"));
  siamban_plot_add_series (self->rates, _ ("neck"));
  siamban_plot_add_series (self->rates, _ ("head"));
}
